"""The published list of 19 May 2025, counted against the file itself with `csv` of the standard library."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest

from atlante.catalogue.sources import load_sources
from atlante.registers import Extract, read_register
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def path(shared_data: Path) -> Path:
    return shared_data / "firms" / "innovative_startups_2025-05-19.csv"


@pytest.fixture(scope="module")
def written(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def extract(path: Path) -> Extract:
    source = load_sources(default_catalogue_dir())["innovative_startups_table"]
    return read_register(path, source, as_of=None, today=date(2025, 6, 1))


def counted(extract: Extract, column: str) -> dict[object, int]:
    values = extract.rows[column]
    return dict(Counter(None if is_unknown else value for value, is_unknown in zip(values, values.isna(), strict=True)))


def test_every_row_is_accepted_under_a_firm_of_its_own(extract: Extract) -> None:
    assert (extract.rows_in_file, len(extract.rows), len(extract.rejects)) == (12_292, 12_292, 0)
    assert (extract.legend_lines, extract.blank_lines, extract.is_synthetic) == (0, 0, False)
    assert extract.rows["firm_id"].is_unique
    assert extract.rows["row_number"].tolist() == list(range(2, 12_294))


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("has_rnd", {True: 7706, None: 4586}),
        ("has_patents", {True: 2292, None: 10_000}),
        ("has_qualified_staff", {True: 2793, None: 9499}),
        ("is_high_tech", {True: 1799, False: 10_493}),
        ("women_led", {"no": 10_094, "strong": 833, None: 532, "exclusive": 503, "majority": 330}),
        ("activity_edition", {"2025": 12_114, None: 178}),
    ],
)
def test_no_data_is_unknown_and_never_no(extract: Extract, column: str, expected: dict[object, int]) -> None:
    assert counted(extract, column) == expected


def test_napoli_is_kept_as_it_is_declared(extract: Extract) -> None:
    assert counted(extract, "declared_province")["NAN"] == 846
    assert None not in counted(extract, "declared_province")


def test_registrations_lie_in_the_thirteen_years_of_the_section(extract: Extract) -> None:
    years = Counter(day.year for day in extract.rows["special_section_date"])
    assert set(years) == set(range(2013, 2026))
    assert (years[2013], years[2024], years[2025]) == (2, 2421, 887)


def test_classes_are_missing_as_often_as_in_the_file(extract: Extract, written: list[dict[str, str]]) -> None:
    for column, header in (("production_class", "valore di produzione"), ("staff_class", "addetti")):
        assert counted(extract, column)[None] == sum(not row[header] for row in written)


def test_texts_are_those_of_the_file_but_for_padding(extract: Extract, written: list[dict[str, str]]) -> None:
    assert extract.rows["declared_municipality"].tolist() == [row["Comune"] for row in written]
    assert extract.rows["name"].tolist() == [" ".join(row["Denominazione"].split()) for row in written]
    codes = Counter(None if row["AtecoCode"] == "NC" else row["AtecoCode"] for row in written)
    assert counted(extract, "activity_code") == dict(codes)
