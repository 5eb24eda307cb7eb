"""Codes of places and coordinates: each rule by a file of a few lines."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from atlante.catalogue.sources import SourceDefinition, load_sources
from atlante.errors import NotARegister, ReferenceDateMissing
from atlante.registers import Extract, Reason, read_register

if TYPE_CHECKING:
    from pathlib import Path

DEFINITION = """
publisher = "p"
licence = "l"
encoding = "utf-8"
delimiter = ",;"
is_quoted = true
key = ["register_number"]
reference_dates = ['(?P<year>\\d{4})-(?P<month>\\d{2})-(?P<day>\\d{2})']
preamble = '^Estrazione del (?P<year>\\d{4})-(?P<month>\\d{2})-(?P<day>\\d{2})'
unknown = ["NaN"]
title = { it = "i", en = "e", de = "d" }
[columns.register_number]
headers = ["id"]
required = true
[columns.name]
headers = ["nome"]
required = true
[columns.declared_municipality]
headers = ["comune"]
[columns.declared_istat_code]
headers = ["istat"]
[columns.declared_belfiore_code]
headers = ["catasto"]
[columns.postal_code]
headers = ["cap"]
[columns.longitude]
headers = ["lon"]
[columns.latitude]
headers = ["lat"]
"""
HEADER = "id;nome;comune;istat;catasto;cap;lon;lat"
GOOD = {"id": "7", "nome": "ALFA", "comune": "ROMA", "istat": "058091", "catasto": "H501", "cap": "00184"} | {
    "lon": "12.4829",
    "lat": "41.8933",
}
TODAY = date(2026, 1, 1)


def define(folder: Path, text: str) -> SourceDefinition:
    (folder / "sources").mkdir(parents=True)
    (folder / "sources" / "mine.toml").write_text(text, encoding="utf-8")
    return load_sources(folder)["mine"]


@pytest.fixture
def source(tmp_path: Path) -> SourceDefinition:
    return define(tmp_path / "strict", DEFINITION)


@pytest.fixture
def lenient(tmp_path: Path) -> SourceDefinition:
    """Return the source that takes what is wrong for unknown."""
    text = DEFINITION
    for header in ("istat", "catasto", "cap", "lon", "lat"):
        text = text.replace(f'headers = ["{header}"]', f'headers = ["{header}"]\nwhen_wrong = "unknown"')
    return define(tmp_path / "lenient", text)


def line(**changes: str) -> str:
    return ";".join((GOOD | changes).values())


def read(folder: Path, source: SourceDefinition, *lines: str, name: str = "x_2025-05-19.csv") -> Extract:
    path = folder / name
    path.write_bytes("\n".join([*lines, ""]).encode())
    extract = read_register(path, source, as_of=None, today=TODAY)
    assert len(extract.rows) + len(extract.rejects) == extract.rows_in_file
    return extract


def cell(extract: Extract, column: str) -> object:
    assert len(extract.rows) == 1, extract.rejects
    return None if extract.rows[column].isna().iloc[0] else extract.rows[column].iloc[0]


@pytest.mark.parametrize(
    ("changes", "column", "expected"),
    [
        ({}, "firm_id", "7"),
        ({}, "declared_istat_code", "058091"),
        ({"istat": "58091"}, "declared_istat_code", "058091"),
        ({"istat": "1001"}, "declared_istat_code", "001001"),
        ({"istat": ""}, "declared_istat_code", None),
        ({"istat": "NaN"}, "declared_istat_code", None),
        ({"catasto": "h501"}, "declared_belfiore_code", "H501"),
        ({"cap": "184"}, "postal_code", "00184"),
        ({}, "longitude", 12.4829),
        ({"lon": "12,4829"}, "longitude", 12.4829),
        ({"lon": "-7.1E0"}, "longitude", -7.1),
        ({"lat": "+41"}, "latitude", 41.0),
        ({"lon": "NaN", "lat": "NaN"}, "longitude", None),
        ({"lon": "", "lat": ""}, "latitude", None),
        ({"lon": "0", "lat": "0.0"}, "longitude", None),
        ({"lon": "0", "lat": "41.9"}, "longitude", 0.0),
        ({"comune": "", "istat": "", "catasto": "", "lon": "", "lat": ""}, "declared_municipality", None),
    ],
)
def test_codes_and_points_are_understood_as_registers_write_them(
    tmp_path: Path, source: SourceDefinition, changes: dict[str, str], column: str, expected: object
) -> None:
    assert cell(read(tmp_path, source, HEADER, line(**changes)), column) == expected


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"istat": "0580911"}, "declared_istat_code", Reason.NOT_A_CODE),
        ({"istat": "000000"}, "declared_istat_code", Reason.NOT_A_CODE),
        ({"istat": "58091.0"}, "declared_istat_code", Reason.NOT_A_CODE),
        ({"catasto": "5011"}, "declared_belfiore_code", Reason.NOT_A_CODE),
        ({"cap": "I-00184"}, "postal_code", Reason.NOT_A_CODE),
        ({"lon": "east"}, "longitude", Reason.NOT_A_COORDINATE),
        ({"lon": "12°28'"}, "longitude", Reason.NOT_A_COORDINATE),
        ({"lat": "inf"}, "latitude", Reason.NOT_A_COORDINATE),
        ({"lon": "180.1"}, "longitude", Reason.OUT_OF_RANGE),
        ({"lat": "-90.1"}, "latitude", Reason.OUT_OF_RANGE),
        ({"lat": ""}, "latitude", Reason.HALF_A_POINT),
        ({"lon": "NaN"}, "longitude", Reason.HALF_A_POINT),
    ],
)
def test_what_is_wrong_rejects_the_row_or_counts_as_unknown_as_the_source_chooses(
    tmp_path: Path,
    source: SourceDefinition,
    lenient: SourceDefinition,
    changes: dict[str, str],
    field: str,
    reason: Reason,
) -> None:
    lines = [HEADER, line(**changes), line(id="8")]
    rejects = read(tmp_path, source, *lines).rejects
    assert list(zip(rejects["row_number"], rejects["field"], rejects["reason"], strict=True)) == [(2, field, reason)]
    accepted = read(tmp_path, lenient, *lines)
    assert (len(accepted.rejects), accepted.rows[field].isna().tolist()) == (0, [True, False])


def test_a_point_is_whole_or_not_there(tmp_path: Path, lenient: SourceDefinition) -> None:
    extract = read(tmp_path, lenient, HEADER, line(lat="95"), line(id="8", lon=""), line(id="9"))
    assert extract.rows["longitude"].isna().tolist() == [True, True, False]
    assert extract.rows["latitude"].isna().tolist() == [True, True, False]


def test_the_header_tells_which_of_the_delimiters_it_is(tmp_path: Path, source: SourceDefinition) -> None:
    commas = [HEADER.replace(";", ","), line(nome='"ALFA; BETA, GAMMA"').replace(";", ",").replace("ALFA,", "ALFA;")]
    assert cell(read(tmp_path, source, *commas), "name") == "ALFA; BETA, GAMMA"
    assert cell(read(tmp_path, source, HEADER, line()), "name") == "ALFA"


def test_a_byte_order_mark_and_lines_before_the_header_are_no_rows(tmp_path: Path, source: SourceDefinition) -> None:
    extract = read(tmp_path, source, "\ufeffEstrazione del 2024-05-01", "", HEADER, line())
    assert (extract.rows_in_file, extract.legend_lines, extract.blank_lines) == (1, 1, 1)
    assert extract.rows["row_number"].tolist() == [4]


def test_the_day_of_an_extract_is_its_names_or_else_that_of_the_lines_before_the_header(
    tmp_path: Path, source: SourceDefinition
) -> None:
    lines = ["Estrazione del 2024-05-01", HEADER, line()]
    assert read(tmp_path, source, *lines).reference_date == date(2025, 5, 19)
    assert read(tmp_path, source, *lines, name="stations.csv").reference_date == date(2024, 5, 1)
    with pytest.raises(ReferenceDateMissing):
        read(tmp_path, source, HEADER, line(), name="stations.csv")


def test_lines_that_the_source_does_not_know_are_no_preamble(tmp_path: Path, source: SourceDefinition) -> None:
    with pytest.raises(NotARegister):
        read(tmp_path, source, "Elenco", HEADER, line())


def test_a_point_or_a_code_that_changes_changes_the_digest(tmp_path: Path, source: SourceDefinition) -> None:
    changes = [{}, {"lon": "12.4830"}, {"lat": "41.8934"}, {"cap": "00185"}, {"istat": "058092"}, {"catasto": "H502"}]
    digests = {cell(read(tmp_path, source, HEADER, line(**change)), "row_digest") for change in changes}
    assert len(digests) == len(changes)
    written_otherwise = read(tmp_path, source, HEADER, line(lon="12,48290", istat="58091", cap="184"))
    assert cell(written_otherwise, "row_digest") == cell(read(tmp_path, source, HEADER, line()), "row_digest")
