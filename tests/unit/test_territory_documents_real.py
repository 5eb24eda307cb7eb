"""The real documents about territories, in ../shared/data/codes: each of their traps. Counts: data.md, and as said."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from atlante.errors import ReferenceDateMissing
from atlante.territories.documents import (
    EVENT_STATEMENT_COLUMNS,
    STATEMENT_COLUMNS,
    Document,
    DocumentKind,
    codicefiscale_document,
    declared_document,
    is_document,
    read_document,
)
from atlante.territories.names import fold_names

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.shared_data

# municipalities and provinces at each day, by ISTAT's own count of the vintage
VINTAGES = {
    "2019-02-15": (7917, 107),
    "2020-01-01": (7904, 107),
    "2021-01-01": (7903, 107),
    "2021-08-01": (7904, 107),
    "2022-05-01": (7904, 107),
    "2023-08-01": (7901, 107),
    "2024-02-01": (7896, 107),
    "2024-02-24": (7896, 107),
    "2026-06-09": (7894, 110),
}
DAY_OF_CODES = dt.date(2026, 6, 9)  # the unified list has the codes of Sardinia of 2026 and does not say its day


@pytest.fixture(scope="module")
def lists(shared_data: Path) -> dict[str, Document]:
    return {day: read_document(shared_data / f"codes/istat_elenco_comuni_{day}.csv") for day in VINTAGES}


@pytest.fixture(scope="module")
def archive(shared_data: Path) -> Document:
    return read_document(shared_data / "codes/anpr_archivio_comuni.csv")


@pytest.fixture(scope="module")
def suppressed(shared_data: Path) -> Document:
    return read_document(shared_data / "codes/istat_comuni_soppressi.csv")


@pytest.mark.parametrize("day", VINTAGES)
def test_every_vintage_of_istats_list_is_read_whole(lists: dict[str, Document], day: str) -> None:
    """Line breaks inside headers, Windows-1252 up to 2024-02-01 and UTF-8 after, columns that come and go."""
    document = lists[day]
    rows = document.statements
    assert (len(rows), rows["province_code"].nunique()) == VINTAGES[day]
    assert rows["region_code"].nunique() == rows["region"].nunique() == 20
    assert (document.kind, document.as_of, document.is_snapshot) == ("istat-list", dt.date.fromisoformat(day), True)
    complete = ["municipality_code", "istat_code", "name_it", "sigla", "province_code", "province", "region_code"]
    assert rows[complete].notna().all(axis=None)
    assert rows["municipality_code"].is_unique
    assert rows["istat_code"].is_unique
    assert tuple(rows.columns) == STATEMENT_COLUMNS
    assert document.events.empty


@pytest.mark.parametrize("day", VINTAGES)
def test_letters_are_those_of_the_names_in_every_vintage(lists: dict[str, Document], day: str) -> None:
    names = lists[day].statements.set_index("municipality_code")
    assert names.loc["A074", "name_it"] == "Agliè"
    assert names.loc["D704", "province"] == "Forlì-Cesena"
    assert names.loc["A326", "region"] == "Valle d'Aosta/Vallée d'Aoste"
    assert names.loc["F839", ["sigla", "province"]].tolist() == ["NA", "Napoli"]
    texts = pd.concat([names[column].dropna() for column in ("name_it", "name_other", "province", "region")])
    assert texts[texts.str.contains(r"[\u0080-\u009f\ufffd?Ã]")].empty


@pytest.mark.parametrize("day", [day for day in VINTAGES if day < "2026"])
def test_the_124_names_in_two_languages_are_split(lists: dict[str, Document], day: str) -> None:
    """116 in Bolzano, 7 in Gorizia and Trieste, San Giovanni di Fassa; "č" was a question mark in all of them."""
    rows = lists[day].statements.set_index("municipality_code")
    assert rows["name_other"].notna().sum() == 124
    assert rows.loc["A952", ["name", "name_it", "name_other"]].tolist() == ["Bolzano/Bozen", "Bolzano", "Bozen"]
    assert rows.loc["I479", ["name", "name_it", "name_other"]].tolist() == [
        "Savogna d'Isonzo-Sovodnje ob Soči",
        "Savogna d'Isonzo",
        "Sovodnje ob Soči",
    ]
    assert rows.loc["L424", "name"] == "Trieste"
    assert any("'Sovodnje ob So?i' is read as 'Sovodnje ob Soči'" in sentence for sentence in lists[day].skipped)


def test_nuts_codes_are_taken_where_the_header_names_their_year(lists: dict[str, Document]) -> None:
    """NUTS of 2010 and NUTS without a year are not: Sud Sardegna was ITG27 in 2010, ITG2H since 2021."""
    said = {day: lists[day].statements[["nuts3_2021", "nuts3_2024"]].notna().any().tolist() for day in VINTAGES}
    assert said == {day: ["2021" <= day < "2026", "2024" <= day < "2026"] for day in VINTAGES}
    for day in ("2021-01-01", "2024-02-24"):
        assert lists[day].statements.set_index("municipality_code").loc["M025", "nuts3_2021"] == "ITG2H"


def test_a_municipality_without_a_code_yet_is_read_by_what_it_got(lists: dict[str, Document]) -> None:
    """Cadrezzate con Osmate began on the day of the list, whose code says N.D.; all later lists say M425."""
    rows = lists["2019-02-15"].statements.set_index("municipality_code")
    assert rows.loc["M425", "istat_code"] == "012143"
    assert lists["2019-02-15"].skipped[0] == (
        "line 1396: Cadrezzate con Osmate (ISTAT 012143) has no Belfiore code; it is M425."
    )


def test_the_hyphen_that_was_forgotten_in_2019_is_put_back(lists: dict[str, Document]) -> None:
    rows = lists["2019-02-15"].statements.set_index("municipality_code")
    assert rows.loc["M390", "name"] == "San Giovanni di Fassa-Sèn Jan"
    assert sum("'San Giovanni di FassaSèn Jan' is read as" in sentence for sentence in lists["2019-02-15"].skipped) == 1
    assert {len(lists[day].skipped) for day in VINTAGES if "2019" < day[:4] < "2026"} == {2}  # both of Sovodnje ob Soči


def test_sardinia_gets_other_istat_codes_in_2026_and_keeps_every_belfiore_code(lists: dict[str, Document]) -> None:
    before, after = (lists[day].statements.set_index("municipality_code") for day in ("2024-02-24", "2026-06-09"))
    old, new = (rows[rows["region_code"] == "20"] for rows in (before, after))
    assert len(old) == len(new) == 377
    assert set(old.index) == set(new.index)
    assert (old["istat_code"] != new["istat_code"].reindex(old.index)).all()
    assert set(new["sigla"]) - set(old["sigla"]) == {"OG", "OT", "CI", "VS"}
    assert set(old["sigla"]) - set(new["sigla"]) == {"SU"}
    elsewhere = before.index[before["region_code"] != "20"].intersection(after.index)
    assert before.loc[elsewhere, "istat_code"].equals(after.loc[elsewhere, "istat_code"])
    assert set(before.index) - set(after.index) == {"C056", "F838", "E608"}
    assert set(after.index) - set(before.index) == {"M439"}


def test_the_list_of_2026_has_residents_area_and_codes_of_regions(lists: dict[str, Document]) -> None:
    rows = lists["2026-06-09"].statements.set_index("municipality_code")
    assert rows.loc["A074", ["population", "area_km2", "region_code"]].tolist() == [2585, 13.1463, "01"]
    assert rows[["population", "area_km2"]].notna().all(axis=None)
    assert rows["area_km2"].sum() == pytest.approx(302_070, rel=0.001)  # ISTAT's area of Italy
    regions = lists["2024-02-24"].statements.groupby("region")["region_code"].first()
    assert rows.groupby("region")["region_code"].first().to_dict() == regions.to_dict()


def test_the_list_of_2026_does_not_say_whole_names_in_two_languages(lists: dict[str, Document]) -> None:
    rows = lists["2026-06-09"].statements.set_index("municipality_code")
    assert rows.loc["A952", ["name", "name_it", "name_other"]].tolist() == [None, "Bolzano", None]
    assert rows.loc["A074", "name"] == "Agliè"
    assert rows.loc["M390", "name"] is None
    said = lists["2024-02-24"].statements.set_index("municipality_code")
    assert rows.loc[said.index[said["name_other"].notna()], "name"].isna().all()


def test_seven_names_are_homonyms_up_to_2022(lists: dict[str, Document]) -> None:
    """Paternò and Paterno are told apart by an accent only; Calliano in Asti became Calliano Monferrato."""
    folded = {day: fold_names(lists[day].statements["name_it"]) for day in ("2022-05-01", "2023-08-01")}
    homonyms = {day: sorted(names[names.duplicated()]) for day, names in folded.items()}
    assert homonyms["2022-05-01"] == ["calliano", "castro", "livo", "paterno", "peglio", "samone", "san teodoro"]
    assert homonyms["2023-08-01"] == ["castro", "livo", "paterno", "peglio", "samone", "san teodoro"]


def test_every_record_of_anprs_archive_is_a_statement_or_is_named(archive: Document) -> None:
    assert len(archive.statements) + len(archive.skipped) == 19_352
    assert len(archive.skipped) == 28
    assert "line 766: ARIZZANO (1861-03-17 to 1911-07-04) has no Belfiore code." in archive.skipped
    assert (archive.kind, archive.as_of, archive.is_snapshot) == ("anpr-archive", dt.date(2023, 5, 16), False)


def test_periods_of_the_archive_end_on_the_day_after_the_last(archive: Document) -> None:
    """Abano was renamed Abano Terme on 14 November 1924: its last day was the 13th."""
    abano = archive.statements[archive.statements["municipality_code"] == "A001"]
    assert abano["name"].tolist() == ["ABANO", "ABANO TERME"]
    assert abano["valid_to"].tolist() == [pd.Timestamp(1924, 11, 14), pd.NaT]
    assert abano["valid_from"].tolist() == [pd.Timestamp(1866, 11, 19), pd.Timestamp(1924, 11, 14)]
    lengths = archive.statements["valid_to"] - archive.statements["valid_from"]
    assert (lengths == pd.Timedelta(days=1)).sum() == 18  # 19 records begin and end on one day; one has no code
    assert lengths.min() == pd.Timedelta(days=1)
    assert archive.statements["valid_to"].isna().sum() == 7901  # as many as ISTAT lists in 2023


def test_records_of_one_municipality_overlap_once(archive: Document) -> None:
    """Filago and Marne had one code up to 1928: both records are kept."""
    rows = archive.statements.sort_values(["municipality_code", "valid_from", "valid_to"])
    following = rows["valid_from"].shift(-1).where(rows["municipality_code"] == rows["municipality_code"].shift(-1))
    overlaps = following.notna() & ~(following >= rows["valid_to"])
    assert rows[overlaps]["municipality_code"].tolist() == ["D588"]
    assert set(rows.loc[rows["municipality_code"] == "D588", "name_it"]) == {"FILAGO", "MARNE"}


def test_the_archive_has_provinces_regions_and_names_as_it_writes_them(archive: Document) -> None:
    rows = archive.statements
    now = rows[rows["valid_to"].isna()].set_index("municipality_code")
    assert now.loc["A952", ["name", "name_it", "name_other"]].tolist() == [None, "BOLZANO", "BOZEN"]
    assert now.loc["I715", ["name", "name_it", "name_other"]].tolist() == ["SGONICO-ZGONIK", "SGONICO", "ZGONIK"]
    assert now.loc["D444", "name_transliterated"] == "ETROUBLES"
    assert now.loc["F839", "sigla"] == "NA"
    assert now.loc["M025", "istat_code"] == "111106"  # the code of Sardinia before 2026
    zuri = rows[rows["municipality_code"] == "M206"].iloc[0]
    assert zuri[["istat_code", "province_code", "sigla"]].tolist() == ["095813", "092", "CA"]
    assert rows["region_code"].isna().sum() == 195  # 197 of a region that is no more and 4 unknown, less those skipped
    assert rows["region_code"].dropna().between("01", "20").all()


def test_the_table_of_suppressed_municipalities_is_read_whole(suppressed: Document) -> None:
    events = suppressed.events
    assert len(events) == 2634
    assert (events["event_date"].min(), events["event_date"].max()) == (
        pd.Timestamp(1865, 8, 13),
        pd.Timestamp(2024, 1, 22),
    )
    assert suppressed.as_of == dt.date(2024, 1, 22)
    assert (events["kind"] == "abroad").sum() == 107
    abroad = events[events["kind"] == "abroad"]
    assert abroad[["new_istat_code", "new_name", "new_municipality_code"]].isna().all(axis=None)
    assert (events["kind"] == "split").sum() == 333
    assert events.groupby("old_istat_code")["new_istat_code"].nunique().gt(1).sum() == 145
    assert events[events["is_partial"]]["old_istat_code"].nunique() == 145
    assert events["new_name"].dropna().str.strip().equals(events["new_name"].dropna())
    assert tuple(events.columns) == EVENT_STATEMENT_COLUMNS
    assert suppressed.statements.empty


def test_mergers_are_told_from_incorporations_as_far_as_the_table_tells(
    suppressed: Document, archive: Document
) -> None:
    """Oracle: a municipality that ANPR's archive lets begin on the day of the event, with no record before, is new."""
    told = suppressed.events[suppressed.events["kind"].isin(["merger", "incorporation"])]
    records = archive.statements[["istat_code", "municipality_code", "valid_from", "valid_to"]]
    pairs = told.merge(records, left_on="new_istat_code", right_on="istat_code")
    is_then = (pairs["valid_from"] <= pairs["event_date"]) & ~(pairs["valid_to"] <= pairs["event_date"])
    pairs = pairs[is_then].drop_duplicates(["old_istat_code", "new_istat_code", "event_date"])
    begins = set(zip(records["municipality_code"], records["valid_from"], strict=True))
    ends = set(zip(records["municipality_code"], records["valid_to"], strict=True))
    keys = list(zip(pairs["municipality_code"], pairs["event_date"], strict=True))
    is_new = np.array([key in begins and key not in ends for key in keys])
    is_right = pd.Series((pairs["kind"] == "merger").to_numpy() == is_new, index=pairs["event_date"])
    assert len(is_right) > 2000
    assert is_right.mean() > 0.83
    assert is_right[is_right.index >= pd.Timestamp(1990, 1, 1)].all()


def test_the_unified_codes_agree_with_istats_list_of_the_day(shared_data: Path, lists: dict[str, Document]) -> None:
    path = shared_data / "codes/comuniSistemaUnicoTerritoriale.csv"
    with pytest.raises(ReferenceDateMissing, match="--as-of"):
        read_document(path)
    document = read_document(path, as_of=DAY_OF_CODES)
    rows = document.statements.set_index("municipality_code")
    assert (len(rows), document.kind, document.is_snapshot) == (7894, "unified-codes", True)
    listed = lists["2026-06-09"].statements.set_index("municipality_code")
    assert rows["istat_code"].to_dict() == listed["istat_code"].to_dict()
    assert rows.loc["A952", ["name", "name_it", "name_other"]].tolist() == ["BOLZANO/BOZEN", "BOLZANO", "BOZEN"]
    assert rows.loc["I715", ["name", "name_it"]].tolist() == [None, "SGONICO"]


def test_the_packaged_archive_goes_on_where_anprs_ends(archive: Document) -> None:
    packaged = codicefiscale_document()
    assert packaged.as_of > archive.as_of
    newer = packaged.statements.set_index("municipality_code")
    assert newer.loc["M439", "valid_from"] == pd.Timestamp(2026, 2, 21)
    assert set(archive.statements["municipality_code"]) <= set(newer.index)


def test_declared_events_agree_with_the_lists_and_the_packaged_archive(lists: dict[str, Document]) -> None:
    """Whoever ceased has no record from that day on, and the new one has; codes are those of the lists."""
    events = declared_document().events.dropna(subset="old_municipality_code")
    records = codicefiscale_document().statements
    last = records.groupby("municipality_code")["valid_to"].agg(lambda days: days.max(skipna=False))
    begun = set(zip(records["municipality_code"], records["valid_from"], strict=True))
    for event in events[events["kind"] == "split"].itertuples():
        assert (event.new_municipality_code, event.event_date) in begun
    for event in events[~events["kind"].isin(["renaming", "split"])].itertuples():
        assert last[event.old_municipality_code] == event.event_date
        assert event.kind != "merger" or (event.new_municipality_code, event.event_date) in begun
    old, new = (lists[day].statements.set_index("municipality_code") for day in ("2022-05-01", "2026-06-09"))
    for side, listed in (("old", old), ("new", new)):
        codes = events[f"{side}_municipality_code"]
        assert events[f"{side}_istat_code"].tolist() == listed.loc[codes, "istat_code"].tolist()
        assert events[f"{side}_name"].tolist() == listed.loc[codes, "name_it"].tolist()


def test_every_file_of_codes_is_known_as_a_document_and_no_boundary_file_is(shared_data: Path) -> None:
    assert all(is_document(path) for path in (shared_data / "codes").glob("*.csv"))
    assert not any(is_document(path) for path in (shared_data / "boundaries").iterdir())


def test_all_codes_are_read(shared_data: Path) -> None:
    documents = [read_document(path, as_of=DAY_OF_CODES) for path in (shared_data / "codes").glob("*.csv")]
    assert {document.kind for document in documents} == {
        DocumentKind.ISTAT_LIST,
        DocumentKind.ISTAT_SUPPRESSED,
        DocumentKind.UNIFIED_CODES,
        DocumentKind.ANPR,
    }
    assert len({document.document_id for document in documents}) == 12
