"""The history on the real documents: official lists, archives and tables that disagree.

Figures by ISTAT: 7,894 municipalities and 110 provinces on 9 June 2026; 377 municipalities in Sardinia.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from atlante.territories.documents import DocumentKind, codicefiscale_document, declared_document, read_document
from atlante.territories.history import resolve_history, unplaced_events
from atlante.territories.history.spelling import fold

if TYPE_CHECKING:
    from pathlib import Path

    from atlante.territories.documents import Document
    from atlante.territories.history import History

pytestmark = pytest.mark.shared_data
TODAY = date(2026, 6, 9)
TERRITORIAL = {"merger", "incorporation", "split", "cession", "establishment", "suppression", "abroad"}


@pytest.fixture(scope="module")
def documents(shared_data: Path) -> list[Document]:
    codes = shared_data / "codes"
    lists = [read_document(path) for path in sorted(codes.glob("istat_elenco_comuni_*.csv"))]
    others = [read_document(codes / name) for name in ("anpr_archivio_comuni.csv", "istat_comuni_soppressi.csv")]
    unified = read_document(codes / "comuniSistemaUnicoTerritoriale.csv", as_of=TODAY)
    return [*lists, *others, unified, codicefiscale_document(), declared_document()]


@pytest.fixture(scope="module")
def history(documents: list[Document]) -> History:
    return resolve_history(documents)


def test_each_day_of_a_list_has_exactly_its_municipalities_codes_and_names(
    documents: list[Document], history: History
) -> None:
    lists = [document for document in documents if document.kind is DocumentKind.ISTAT_LIST]
    assert len(lists) == 9
    for listed in lists:
        said = listed.statements.set_index("municipality_code").sort_index()
        taken = history.at(listed.as_of).set_index("municipality_code")
        assert taken.index.tolist() == said.index.tolist(), listed.as_of
        for column in ("istat_code", "sigla", "province_code", "region_code"):
            assert taken[column].tolist() == said[column].tolist(), (listed.as_of, column)
        # one name has one spelling at all times: "Pont-Canavese" of 2019 is written as in 2021
        assert fold(taken["name_it"]).tolist() == fold(said["name_it"]).tolist(), listed.as_of


def test_2026_has_7894_municipalities_and_110_provinces(history: History) -> None:
    today = history.at(TODAY)
    assert (len(today), today["province_code"].nunique(), today["sigla"].nunique()) == (7894, 110, 110)


def test_the_codes_of_a_table_of_march_2025_are_those_of_that_day(history: History, shared_data: Path) -> None:
    """AGCOM's table has a row of every municipality; the merged ones of 2024 are in no list of 2023."""
    (path,) = (shared_data / "context").glob("agcom_broadband_2025-03-31.csv")
    rows = pd.read_csv(path, usecols=["pro_com"], dtype=str)["pro_com"].str.zfill(6)
    assert set(rows) == set(history.at(date(2025, 3, 31))["istat_code"])


def test_all_codes_of_sardinia_change_in_2026_and_no_belfiore_code(history: History) -> None:
    before, after = (history.at(day).query("region_code == '20'") for day in (date(2025, 12, 31), date(2026, 1, 1)))
    assert len(after) == 377
    assert before["municipality_code"].tolist() == after["municipality_code"].tolist()
    assert (before["istat_code"].to_numpy() != after["istat_code"].to_numpy()).all()
    events = history.events[history.events["event_date"] == pd.Timestamp("2026-01-01")]
    assert events["kind"].value_counts().to_dict() == {"recoding": 377, "province change": 155}
    assert set(before["sigla"]) - set(after["sigla"]) == {"SU"}
    assert set(after["sigla"]) - set(before["sigla"]) == {"OG", "OT", "CI", "VS"}


def test_the_archive_that_keeps_the_old_siglas_of_sardinia_is_in_conflict(history: History) -> None:
    conflicts = history.conflicts.query("attribute == 'sigla'")
    assert len(conflicts) == 155
    assert set(conflicts["taken_from"]) == {"istat-list"}
    assert set(conflicts["other_from"]) == {"codicefiscale"}
    assert set(conflicts["valid_from"]) == {pd.Timestamp("2026-01-01")}


def test_annual_snapshots_miss_changes_inside_the_year(history: History) -> None:
    """Counted: days since 2001 on which a municipality began or ceased, and those of changes of province, too."""
    recent = history.events[history.events["event_date"] >= pd.Timestamp("2001-01-01")]
    days = recent.loc[recent["kind"].isin(TERRITORIAL), "event_date"].drop_duplicates()
    assert (len(days), ((days.dt.month > 1) | (days.dt.day > 1)).sum()) == (45, 33)
    days = recent.loc[recent["kind"].isin({*TERRITORIAL, "province change"}), "event_date"].drop_duplicates()
    assert (len(days), ((days.dt.month > 1) | (days.dt.day > 1)).sum()) == (55, 41)


def test_every_municipality_that_ceased_since_1950_has_a_successor_but_one(history: History) -> None:
    """Baranzate was suppressed by a court in 2003, and made again in 2004."""
    events = history.events[history.events["event_date"] >= pd.Timestamp("1990-01-01")]
    assert events.loc[events["kind"] == "suppression", "municipality_code"].tolist() == ["A618"]


def test_renamed_and_renumbered_municipalities_have_their_dates(history: History) -> None:
    def found(code: str, kind: str) -> pd.DataFrame:
        events = history.events
        return events[(events["municipality_code"] == code) & (events["kind"] == kind)]

    assert found("E667", "renaming")["successor_code"].tolist() == ["M312"]  # Lonato del Garda
    assert found("F478", "region change")["event_date"].tolist() == [pd.Timestamp("2021-06-17")]  # Montecopiolo
    assert pd.Timestamp("1974-08-20") in found("G113", "recoding")["event_date"].tolist()  # Oristano
    assert pd.Timestamp("1970-03-03") in found("E335", "recoding")["event_date"].tolist()  # Isernia


def test_events_that_have_no_place_are_those_of_municipalities_without_a_code(documents: list[Document]) -> None:
    """Most ceased before 1884; of later years only those that have no Belfiore code in any archive ("ND")."""
    lost = unplaced_events(documents)
    assert len(lost) == 532
    assert (lost["event_date"] >= pd.Timestamp("1884-01-01")).sum() < 30
    assert (lost["event_date"] >= pd.Timestamp("1975-01-01")).sum() == 0
