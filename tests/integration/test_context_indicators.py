"""Indicators of the context, by hand: sums of what is known, quotients where both are, and tables of another day."""

from __future__ import annotations

import csv
import math
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from histories import history
from small_country import Firm, indicator, ingest, load_boundaries, numbered, small_catalogue

from atlante import pipeline
from atlante.errors import RejectedRows
from atlante.pipeline.context_tables import ContextIntake, ContextSummary, load_context_table
from atlante.pipeline.territories import load_territory_documents
from atlante.territories.documents import codicefiscale_document, declared_document
from atlante.territories.history import store_history

if TYPE_CHECKING:
    from pathlib import Path

DAY, THEN = date(2025, 6, 1), date(2025, 3, 31)
AGCOM = ("context/agcom_broadband.toml", "schema")
SHIPPED = ("population", "population_density", "area", "ftth_reach", "family_size")
TABLE = """
publisher = "somebody"
licence = "none stated"
encoding = "utf-8"
delimiter = ";"
code_column = "comune"
code = "istat"
reference_dates = ['(?P<year>\\d{4})-(?P<month>\\d{2})-(?P<day>\\d{2})']
unknown = ["n.d."]
title = { it = "a", en = "a", de = "a" }
[variables.schools]
column = "scuole"
unit = "schools"
title = { it = "a", en = "a", de = "a" }
[variables.pupils]
column = "alunni"
unit = "pupils"
title = { it = "a", en = "a", de = "a" }
"""


def _of_context(spec: str) -> str:
    return indicator(f"[contextual]\n{spec}", disclosure="public-register")


OWN = {
    "context/schools_table.toml": TABLE,
    "indicators/schools.toml": _of_context('of = "schools"'),
    "indicators/pupils_a_school.toml": _of_context('of = "pupils"\nper = "schools"'),
    "indicators/schools_per_1000.toml": _of_context('of = "schools"\nper = "inhabitants"\nfactor = 1000'),
}
LIVES = [
    ("A001", "1861-03-17", "2024-01-01", {"istat_code": "015001"}),
    ("A002", "1861-03-17", "2024-01-01", {"istat_code": "015002"}),
    ("M001", "2024-01-01", None, {"istat_code": "015003"}),
    ("B001", "1861-03-17", None, {"istat_code": "001001"}),
    ("B002", "1861-03-17", None, {"istat_code": "001002"}),
]
MERGER = [("2024-01-01", "merger", "A001", "M001"), ("2024-01-01", "merger", "A002", "M001")]


@pytest.fixture
def country(database: str, tmp_path: Path) -> tuple[str, Path]:
    """Return boundaries of 2023 with residents of three municipalities, one firm, and a catalogue of context."""
    catalogue = small_catalogue(
        tmp_path / "catalogue", {}, shipped=["context", *(f"indicators/{name}.toml" for name in SHIPPED)]
    )
    load_boundaries(database, population=[100, 300, 1000, None])
    ingest(database, catalogue, tmp_path, DAY, numbered([Firm("A001")]))
    return database, catalogue


def _own(folder: Path) -> Path:
    for name, text in OWN.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _load_schools(country: tuple[str, Path], folder: Path, *lines: str) -> ContextSummary:
    url, catalogue = country
    path = folder / f"schools_{THEN}.csv"
    path.write_text("comune;scuole;alunni\n" + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return load_context_table(url, catalogue, ContextIntake("schools_table", path), extra_catalogue_dir=_own(folder))


def _observed(url: str, indicator_id: str, column: str = "value") -> dict[str, Any]:
    with psycopg.connect(url) as connection:
        query = f"SELECT territory_code, {column} FROM measure.observation WHERE indicator_id = %s"
        return dict(connection.execute(query, (indicator_id,)).fetchall())


def test_residents_and_area_are_those_of_the_boundaries_and_a_density_is_of_where_both_are_known(
    country: tuple[str, Path], tmp_path: Path
) -> None:
    """B002 has no number of residents: its square kilometre is in no density."""
    url, catalogue = country
    built = pipeline.build(url, catalogue, cache_dir=tmp_path)
    assert set(built.build.not_available) == {"ftth_reach", "family_size"}  # nobody has loaded their table
    assert _observed(url, "population") == {
        "A001": 100, "A002": 300, "B001": 1000, "B002": None, "015": 400, "001": 1000,
        "03": 400, "01": 1000, "IT": 1400,
    }  # fmt: skip
    near = {"A001": 100, "A002": 100, "B001": 1000, "015": 100, "001": 1000, "03": 100, "01": 1000, "IT": 1400 / 5}
    expected = {code: pytest.approx(value, rel=1e-3) for code, value in near.items()}
    assert _observed(url, "population_density") == expected | {"B002": None}
    assert _observed(url, "area")["IT"] == pytest.approx(6, rel=1e-3)
    assert set(_observed(url, "population", "converted_share").values()) == {0}
    assert set(_observed(url, "ftth_reach").values()) == {None}


def test_a_table_of_another_day_comes_by_the_crosswalk_and_shows_what_was_converted(
    country: tuple[str, Path], tmp_path: Path
) -> None:
    """The merged municipality of 2025 is given back to the two of 2023 by their areas, 1 and 3 km²."""
    url, catalogue = country
    with psycopg.connect(url) as connection:
        store_history(connection, history(LIVES, MERGER))
    summary = _load_schools(country, tmp_path, "15003;8;400", "1001;4;100", "1002;0;0")
    assert (summary.accepted, summary.rejected) == (3, 0)
    pipeline.build(url, catalogue, cache_dir=tmp_path, extra_catalogue_dir=tmp_path)
    schools = _observed(url, "schools")
    assert {code: schools[code] for code in ("B001", "B002", "01", "03", "IT")} == {
        "B001": 4, "B002": 0, "01": 4, "03": pytest.approx(8), "IT": pytest.approx(12),
    }  # fmt: skip
    assert (schools["A001"], schools["A002"]) == (pytest.approx(2, rel=1e-3), pytest.approx(6, rel=1e-3))
    converted = _observed(url, "schools", "converted_share")
    assert {code: converted[code] for code in ("A001", "A002", "03", "B001", "B002", "01")} == {
        "A001": 1, "A002": 1, "03": 1, "B001": 0, "B002": 0, "01": 0,
    }  # fmt: skip
    assert converted["IT"] == pytest.approx(8 / 12, abs=1e-6)
    pupils = _observed(url, "pupils_a_school")
    assert pupils["B002"] is None, "no school, so no pupils a school"
    assert (pupils["A001"], pupils["B001"]) == (pytest.approx(50), 25)
    assert pupils["IT"] == pytest.approx(500 / 12)
    assert _observed(url, "pupils_a_school", "converted_share")["IT"] == pytest.approx(400 / 500, abs=1e-6)
    rate = _observed(url, "schools_per_1000")
    assert rate["B001"] == 4
    assert rate["B002"] is None, "nobody knows its residents"
    assert rate["IT"] == pytest.approx(1000 * 12 / 1400)


def test_what_is_unknown_of_a_municipality_is_in_no_sum_of_a_quotient(
    country: tuple[str, Path], tmp_path: Path
) -> None:
    """Of A002 the pupils are unknown: its schools don't lower the number of pupils a school."""
    url, catalogue = country
    with psycopg.connect(url) as connection:
        store_history(
            connection, history(LIVES[3:] + [(code, "1861-03-17", None, more) for code, *_, more in LIVES[:2]])
        )
    _load_schools(country, tmp_path, "15001;2;60", "15002;6;n.d.", "1001;4;100", "1002;;")
    pipeline.build(url, catalogue, cache_dir=tmp_path, extra_catalogue_dir=tmp_path)
    pupils = _observed(url, "pupils_a_school")
    assert {code: pupils[code] for code in ("A001", "A002", "B002", "03", "01")} == {
        "A001": 30, "A002": None, "B002": None, "03": 30, "01": 25,
    }  # fmt: skip
    assert pupils["IT"] == pytest.approx(160 / 6)
    assert _observed(url, "schools")["IT"] == 12


def test_a_code_that_no_document_tells_is_refused_with_what_to_load(country: tuple[str, Path], tmp_path: Path) -> None:
    url, catalogue = country
    told: list[Any] = []
    path = tmp_path / f"schools_{THEN}.csv"
    path.write_text("comune;scuole;alunni\n15003;1;1\n1001;-4;1\n", encoding="utf-8")
    intake = ContextIntake("schools_table", path)
    for lives, reason, advice in (
        (
            (),
            "no municipality of the boundaries of 2023-01-01 has this code",
            "load it with `atlante territories load`",
        ),
        (
            [*LIVES[:2], ("M001", "2024-01-01", None), *LIVES[3:]],
            "no municipality of 2025-03-31 has this code",
            "Name of M001 (M001): load ISTAT's list of that time with `atlante territories load FILE --as-of DAY`",
        ),
    ):
        if lives:
            with psycopg.connect(url) as connection:
                store_history(connection, history(lives, MERGER))
        with pytest.raises(RejectedRows, match="2 of the 2 rows"):
            load_context_table(url, catalogue, intake, extra_catalogue_dir=_own(tmp_path), on_read=told.append)
        assert told[-1].rejects["reason"].tolist() == [reason, "not a number from 0 on"]
        assert told[-1].advice.endswith(advice)


@pytest.mark.shared_data
def test_the_real_table_of_broadband_loads_whole_on_the_territories_that_are_shipped(
    italy: str, shared_data: Path, tmp_path: Path
) -> None:
    """Expected: the rows of the file, added up line by line; Setteville of 2024 is Alano di Piave and Quero Vas."""
    load_territory_documents(italy, [codicefiscale_document(), declared_document()])
    catalogue = small_catalogue(
        tmp_path / "catalogue", {}, shipped=["context", "indicators/ftth_reach.toml", "indicators/family_size.toml"]
    )
    (path,) = (shared_data / "context").glob("agcom_broadband_*.csv")
    summary = load_context_table(italy, catalogue, ContextIntake("agcom_broadband", path))
    assert (summary.rows_in_file, summary.accepted, summary.rejected) == (7896, 7896, 0)
    extract = tmp_path / f"register_{DAY}.csv"
    extract.write_text("codice_fiscale,denominazione,codice_istat\n00000000001,FIRM,058091\n", encoding="utf-8")
    pipeline.ingest(italy, catalogue, pipeline.Intake("business_register", extract, today=DAY), cache_dir=tmp_path)
    pipeline.build(italy, catalogue, cache_dir=tmp_path)

    families, reached = {}, {}
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            code, given = row["pro_com"].zfill(6), row["Famiglie raggiunte FTTH (calcolato)"]
            blank = 0.0 if row["Celle 20m x 20m raggiunte FTTH"] == "0" else math.nan
            families[code] = float(row["Famiglie Residenti (calcolato)"] or math.nan)
            reached[code] = float(given) if given else blank
    both = [code for code in families if not math.isnan(families[code] + reached[code])]
    reach, converted = _observed(italy, "ftth_reach"), _observed(italy, "ftth_reach", "converted_share")
    for municipality, code in (("H501", "058091"), ("F205", "015146")):  # Roma, Milano
        assert reach[municipality] == pytest.approx(reached[code] / families[code])
        assert converted[municipality] == 0
    assert reach["IT"] == pytest.approx(sum(reached[code] for code in both) / sum(families[code] for code in both))
    assert converted["A121"] == converted["M332"] == 1
    assert reach["A121"] == pytest.approx(reached["025075"] / families["025075"])
    assert 0 < converted["025"] < 0.1
    uncounted = ("099030", "099031", "081025")  # of these three the boundaries have no residents
    known = sum(number for code, number in families.items() if code not in uncounted and not math.isnan(number))
    assert _observed(italy, "family_size", "denominator")["IT"] == pytest.approx(known)
    assert 2 < _observed(italy, "family_size")["IT"] < 2.6
