"""Crosswalks between the real lists of municipalities, and real tables converted with them."""

from __future__ import annotations

import itertools
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from atlante.catalogue.levels import Level
from atlante.territories.crosswalk import (
    EqualWeights,
    SeriesKind,
    convert_series,
    crosswalk,
    final_successors,
    read_series,
    successors,
    with_istat_codes,
)
from atlante.territories.documents import codicefiscale_document, declared_document, read_document
from atlante.territories.history import resolve_history

if TYPE_CHECKING:
    from pathlib import Path

    from atlante.territories.crosswalk import ConvertedSeries
    from atlante.territories.history import History

pytestmark = pytest.mark.shared_data

LISTS = {
    date(2019, 2, 15): 7917,
    date(2020, 1, 1): 7904,
    date(2021, 1, 1): 7903,
    date(2021, 8, 1): 7904,
    date(2022, 5, 1): 7904,
    date(2023, 8, 1): 7901,
    date(2024, 2, 1): 7896,
    date(2024, 2, 24): 7896,
    date(2026, 6, 9): 7894,
}
LATEST = date(2026, 6, 9)
SARDINIAN = 377


@pytest.fixture(scope="module")
def real(shared_data: Path) -> History:
    """Return the history that all documents on codes tell together."""
    files = sorted((shared_data / "codes").glob("*.csv"))
    documents = [read_document(file, as_of=None if file.name[-5].isdigit() else LATEST) for file in files]
    return resolve_history([*documents, declared_document(), codicefiscale_document()])


def test_every_municipality_of_a_list_goes_to_those_of_every_other(real: History) -> None:
    """The numbers of municipalities are those of the lists' own rows."""
    for since, until in itertools.permutations(LISTS, 2):
        found = successors(real, since=since, until=until)
        assert found["code"].nunique() == LISTS[since]
        assert set(found["successor_code"].dropna()) <= set(real.at(until)["municipality_code"])
        if since < until:
            assert found["successor_code"].notna().all()


def test_since_2019_municipalities_only_joined(real: History) -> None:
    """But for Misiliscemi, which was made of a part of Trapani in 2021; no document here tells of it."""
    found = crosswalk(real, since=date(2019, 2, 15), until=LATEST, weights=EqualWeights())
    assert (found.rows["weight"] == 1).mean() > 0.999
    assert found.unreached in {("M432",), ()}


def test_every_code_that_ever_was_has_an_end(real: History) -> None:
    found = final_successors(real, LATEST)
    assert set(found["code"]) == set(real.versions["municipality_code"])
    assert set(found["successor_code"].dropna()) == set(real.at(LATEST)["municipality_code"])


def test_undivided_municipalities_of_the_table_of_the_suppressed_go_where_it_says(
    real: History, shared_data: Path
) -> None:
    """The table is read here by itself: old code, day, new code, where an old code has one row; the latest 30 days."""
    table = pd.read_csv(shared_data / "codes" / "istat_comuni_soppressi.csv", sep=";", dtype=str, usecols=[3, 6, 7])
    table.columns = pd.Index(["old", "day", "new"])
    table["day"] = pd.to_datetime(table["day"], format="%d/%m/%Y")
    single = table[~table["old"].duplicated(keep=False)].dropna()
    n = 0
    for day in sorted(single["day"].unique())[-30:]:
        eve = (day - pd.Timedelta(days=1)).date()
        old = real.at(eve).set_index("municipality_code")["istat_code"]
        new = real.at(day.date()).set_index("municipality_code")["istat_code"]
        found = successors(real, since=eve, until=day.date())
        found["old"], found["new"] = found["code"].map(old), found["successor_code"].map(new)
        there = found.merge(single[single["day"] == day], on="old")
        assert (there["new_x"] == there["new_y"]).all()
        n += len(there)
    assert n > 150


def converted(real: History, file: Path, key: str, day: date) -> tuple[pd.DataFrame, ConvertedSeries]:
    table = read_series(file, key=key, code_digits=6).table
    istat = with_istat_codes(crosswalk(real, since=day, until=LATEST, weights=EqualWeights()), real)
    return table, convert_series(table, istat, kind=SeriesKind.COUNT)


@pytest.mark.parametrize(("year", "residents"), [(2022, 59_019_317), (2023, 58_840_177)])
def test_residents_stay_the_same_in_all(real: History, shared_data: Path, year: int, residents: int) -> None:
    """The totals are those of the files; both have the municipalities of 2022, three of them without a row."""
    file = shared_data / "population" / f"population_{year}.csv"
    table, found = converted(real, file, "codice_istat", date(2022, 12, 31))
    assert table["popolazione"].sum() == residents
    assert found.table["popolazione"].sum() == residents
    assert found.unknown.empty
    assert found.left.empty
    assert found.absent == ("081025", "099030", "099031")


def test_codes_of_another_year_are_reported(real: History, shared_data: Path) -> None:
    """The residents of 2023 are still given for five municipalities that merged on the first day of that year."""
    file = shared_data / "population" / "population_2023.csv"
    _, found = converted(real, file, "codice_istat", date(2023, 1, 1))
    assert found.unknown["code"].tolist() == ["005079", "005110", "012009", "012018", "012095"]
    assert found.table["popolazione"].sum() + found.unknown["popolazione"].sum() == 58_840_177


def test_all_broadband_is_converted_to_the_codes_of_2026(real: History, shared_data: Path) -> None:
    file = shared_data / "context" / "agcom_broadband_2025-03-31.csv"
    table, found = converted(real, file, "pro_com", date(2025, 3, 31))
    column = "Punti dichiarati"
    assert (len(table), len(found.table)) == (7896, 7894)
    assert found.unknown.empty
    assert found.absent == ()
    assert found.table[column].sum() == table[column].sum()
    assert (found.table[f"{column}_converted_share"] > 0).sum() <= SARDINIAN + 2
    assert found.estimated_share[column] == 0


def test_the_provinces_of_sardinia_are_divided_and_the_others_are_not(real: History) -> None:
    found = crosswalk(real, since=date(2025, 3, 31), until=LATEST, weights=EqualWeights(), level=Level.PROVINCE).rows
    assert (found["code"].nunique(), found["successor_code"].nunique()) == (107, 110)
    changed = found[(found["code"] != found["successor_code"])]
    assert set(changed["code"]) == {"090", "091", "092", "095", "111"}
    assert changed["events"].str.contains("2026-01-01 recoding of ").all()
    assert found.groupby("code")["weight"].sum().eq(1).all()
