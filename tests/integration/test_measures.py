"""The catalogue computed on a small country that was counted by hand.

Two regions, three provinces, six municipalities, eight placed firms; one that could not be placed, and three that must
not be counted: closed, not yet valid, of another source.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import psycopg
import pytest
from psycopg import sql

from atlante.catalogue.columns import COLUMNS
from atlante.catalogue.expressions import parse, undecided
from atlante.catalogue.indicators import Catalogue, load_indicators
from atlante.catalogue.measures import ALL_FIRMS, Measure
from atlante.database import Role, connect
from atlante.errors import CheckFailed
from atlante.measures import compute
from atlante.measures.counting import count_firms
from atlante.settings import default_catalogue_dir
from atlante.territories import Vintage

if TYPE_CHECKING:
    from atlante.measures import BuildSummary

DAY = date(2025, 5, 19)
VINTAGE = Vintage("2023-01-01-test", date(2023, 1, 1), "test", "CC0")

TERRITORY = """
INSERT INTO ops.run (verb, software_version) VALUES ('build', 'test');
INSERT INTO territory.vintage VALUES ('2023-01-01-test', '2023-01-01', 'test', 'CC0', 'test', 1);
CREATE TEMPORARY TABLE outline AS SELECT ST_Multi(ST_MakeEnvelope(9, 45, 10, 46, 4326)) AS geom;
INSERT INTO territory.region
SELECT '2023-01-01-test', code, code, 1, geom FROM outline, (VALUES ('01'), ('02')) AS region (code);
INSERT INTO territory.province
SELECT '2023-01-01-test', code, region, code, sigla, 1, geom
FROM outline, (VALUES ('001', '01', 'AA'), ('002', '01', 'BB'), ('003', '02', 'CC')) AS province (code, region, sigla);
INSERT INTO territory.municipality
SELECT '2023-01-01-test', code, istat, left(istat, 3), code, code, NULL, population, 1, geom, NULL
FROM outline, (VALUES
    ('A001', '001001', 1000), ('A002', '001002', 500),
    ('B001', '002001', 200000), ('B002', '002002', NULL),
    ('C001', '003001', NULL), ('C002', '003002', 0)
) AS municipality (code, istat, population);
"""

COUNTED_BY_HAND = (
    "innovative_startups", "startups_per_100k", "rnd_share", "patent_share", "qualified_staff_share", "women_led_share",
    "registrations", "activity_diversity",
)  # fmt: skip
FIRM_COLUMNS = ["activity_code", "special_section_date", "has_rnd", "women_led"]
AUDIT = (Path(__file__).parent / "municipalities_add_up.sql").read_text(encoding="utf-8")

PLACED = {  # municipality, activity, date, R&D, women; None is unknown
    "f1": ("A001", "6201", "2023-02-01", True, "majority"),
    "f2": ("A001", "62", "2024-02-01", True, "no"),
    "f3": ("A001", "721909", "2024-03-01", None, "no"),
    "f4": ("A001", None, None, None, None),
    "f5": ("A002", "62", "2021-01-01", True, "exclusive"),
    "f6": ("B002", "25", "2024-01-01", None, "strong"),
    "f7": ("B002", "251", "2024-12-31", None, None),
    "f8": ("C001", None, "2025-05-19", None, None),
}


@dataclass(frozen=True)
class _Placement:
    firms: int = 9
    placed: int = 8
    unplaced: dict[str, int] = field(default_factory=lambda: {"foreign seat": 1})


def _seat(municipality: str | None) -> int:
    """Return the number of the one seat that a municipality has here."""
    return ord(municipality[0]) * 1_000 + int(municipality[1:]) if municipality else 0


def _insert_firm(
    connection: psycopg.Connection, firm_id: str, municipality: str | None, *, source: str = "s", **columns: object
) -> None:
    """Write a firm and its placement; without a municipality it is not placed."""
    row = {
        "source_id": source, "run_id": 1, "row_number": 1, "firm_id": firm_id, "row_digest": 0, "name": firm_id,
        "declared_municipality": "-", "valid_from": "2025-01-01", "seat_id": _seat(municipality), **columns,
    }  # fmt: skip
    statement = f"INSERT INTO register.firm ({', '.join(row)}) VALUES ({', '.join(f'%({name})s' for name in row)})"
    connection.execute(statement, row)
    connection.execute(
        """
        INSERT INTO register.placement_case
            (source_id, reference_date, case_id, vintage_id, municipality_code, method, reason, confidence, firms)
        VALUES (%s, %s, %s, %s, %s, 'name', %s, 1, 1) ON CONFLICT DO NOTHING
        """,
        (source, DAY, _seat(municipality), VINTAGE.vintage_id, municipality, None if municipality else "foreign seat"),
    )


@pytest.fixture
def country(database: str) -> str:
    """Return the address of a database that holds the small country."""
    with psycopg.connect(database) as connection:
        connection.execute(TERRITORY)
        for firm_id, (municipality, *values) in PLACED.items():
            _insert_firm(connection, firm_id, municipality, **dict(zip(FIRM_COLUMNS, values, strict=True)))
        _insert_firm(connection, "abroad", None, has_rnd=True, women_led="strong")
        _insert_firm(connection, "closed", "A001", valid_to=DAY, has_rnd=True)
        _insert_firm(connection, "future", "A001", valid_from="2025-05-20", has_rnd=True)
        _insert_firm(connection, "other", "A001", source="t", has_rnd=True)
        _insert_firm(connection, "f1", "A001", valid_from="2024-01-01", valid_to="2025-01-01", women_led="no")
    return database


def _compute(url: str, **changed: Any) -> BuildSummary:  # noqa: ANN401
    """Compute under the role that the pipeline has."""
    given: dict[str, Any] = {
        "source_id": "s", "reference_date": DAY, "vintage": VINTAGE, "placement": _Placement(), "recipe": {},
        "is_synthetic": True, "run_id": 1, **changed,
    }  # fmt: skip
    with connect(url, role=Role.LOAD) as connection:
        return compute(connection, _catalogue(), **given)


def _catalogue() -> Catalogue:
    """Return the indicators of start-ups that are counted by hand below."""
    return load_indicators(default_catalogue_dir()).restricted(COUNTED_BY_HAND)


def _rows(url: str, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement, parameters).fetchall()


def _observed(url: str, indicator_id: str, column: str, period: str = DAY.isoformat()) -> dict[str, Any]:
    """Return one column of an indicator's observations by territory."""
    statement = f"SELECT territory_code, {column} FROM measure.observation WHERE indicator_id = %s AND period = %s"
    return dict(_rows(url, statement, indicator_id, period))


def test_start_ups_are_counted_at_every_level_with_0_where_there_are_none(country: str) -> None:
    _compute(country)
    assert _observed(country, "innovative_startups", "value") == {
        "A001": 4, "A002": 1, "B001": 0, "B002": 2, "C001": 1, "C002": 0,
        "001": 5, "002": 2, "003": 1, "01": 7, "02": 1, "IT": 8,
    }  # fmt: skip
    high = _observed(country, "innovative_startups", "high")
    assert high["B001"] == pytest.approx(3.689, abs=1e-3)
    assert high["A002"] == pytest.approx(5.572, abs=1e-3)


def test_a_rate_is_not_available_where_no_population_is_known_and_0_where_there_is_no_firm(country: str) -> None:
    _compute(country)
    assert _observed(country, "startups_per_100k", "value") == {
        "A001": 400, "A002": 200, "B001": 0, "B002": None, "C001": None, "C002": None,
        "001": pytest.approx(5 / 1500 * 100_000), "002": 1, "003": None,
        "01": pytest.approx(7 / 201_500 * 100_000), "02": None, "IT": pytest.approx(8 / 201_500 * 100_000),
    }  # fmt: skip
    low, high = (_observed(country, "startups_per_100k", column) for column in ("low", "high"))
    assert (low["B001"], high["B001"]) == (0, pytest.approx(3.689 / 2, abs=1e-3))
    assert low["B002"] is high["B002"] is None
    assert _observed(country, "startups_per_100k", "denominator")["002"] == 200_000


def test_a_share_of_what_is_never_denied_counts_blanks_as_not_declared(country: str) -> None:
    _compute(country)
    assert _observed(country, "rnd_share", "value") == {
        "A001": 0.5, "A002": 1, "B001": None, "B002": 0, "C001": 0, "C002": None,
        "001": 0.6, "002": 0, "003": 0, "01": pytest.approx(3 / 7), "02": 0, "IT": pytest.approx(3 / 8),
    }  # fmt: skip
    assert _observed(country, "rnd_share", "(firms, firms_unknown)")["IT"] == ("8", "5")
    assert _observed(country, "rnd_share", "(numerator, denominator)")["A001"] == ("2", "4")


def test_a_share_with_yes_and_no_leaves_the_unknown_out_and_counts_them(country: str) -> None:
    _compute(country)
    assert _observed(country, "women_led_share", "value") == {
        "A001": pytest.approx(1 / 3), "A002": 1, "B001": None, "B002": 1, "C001": None, "C002": None,
        "001": 0.5, "002": 1, "003": None, "01": pytest.approx(3 / 5), "02": None, "IT": pytest.approx(3 / 5),
    }  # fmt: skip
    assert _observed(country, "women_led_share", "firms") | {"C001": 0} == {
        "A001": 3, "A002": 1, "B001": 0, "B002": 1, "C001": 0, "C002": 0,
        "001": 4, "002": 1, "003": 0, "01": 5, "02": 0, "IT": 5,
    }  # fmt: skip
    assert _observed(country, "women_led_share", "firms_unknown")["IT"] == 3
    low, high = (_observed(country, "women_led_share", column)["IT"] for column in ("low", "high"))
    assert (low, high) == (pytest.approx(0.2307, abs=1e-4), pytest.approx(0.8824, abs=1e-4))  # scipy's binomtest


def test_registrations_have_a_row_for_every_year_between_the_first_and_the_last(country: str) -> None:
    _compute(country)
    years = _rows(country, "SELECT DISTINCT period FROM measure.observation WHERE indicator_id = 'registrations'")
    assert sorted(years) == [("2021",), ("2022",), ("2023",), ("2024",), ("2025",)]
    by_year = {year: _observed(country, "registrations", "value", year) for (year,) in years}
    assert {year: values["IT"] for year, values in by_year.items()} == {
        "2021": 1, "2022": 0, "2023": 1, "2024": 4, "2025": 1,
    }  # fmt: skip
    assert all(len(values) == 12 for values in by_year.values())
    assert by_year["2024"]["01"] == 4
    assert by_year["2024"]["02"] == 0
    assert _observed(country, "registrations", "firms_unknown", "2022")["001"] == 1


def test_diversity_is_the_effective_number_of_known_divisions(country: str) -> None:
    _compute(country)
    value = _observed(country, "activity_diversity", "value")
    assert value["A001"] == pytest.approx(3 / 4 ** (1 / 3))  # two firms in 62, one in 72
    assert value["B002"] == 1  # 25 and 251 are one division
    assert value["IT"] == pytest.approx(6 / (math.sqrt(3) * 2 ** (1 / 3)))  # three in 62, one in 72, two in 25
    assert value["C001"] is value["B001"] is None
    assert _observed(country, "activity_diversity", "(firms, firms_unknown)")["IT"] == ("6", "2")
    assert set(_observed(country, "activity_diversity", "numerator").values()) == {None}


def test_the_summary_tells_firms_placed_firms_and_observations(country: str) -> None:
    summary = _compute(country)
    assert (summary.firms, summary.placed, summary.observations) == (9, 8, 12 * (7 + 5))
    assert _rows(country, "SELECT count(*) FROM measure.observation") == [(summary.observations,)]


def test_a_build_remembers_its_inputs_and_every_definition(country: str) -> None:
    summary = _compute(country, recipe={"extract": "file.csv"})
    statement = (
        "SELECT firms, firms_placed, firms_unplaced, is_synthetic, recipe FROM measure.build WHERE build_id = %s"
    )
    *known, recipe = _rows(country, statement, summary.build_id)[0]
    assert known == [9, 8, {"foreign seat": 1}, True]
    assert recipe["extract"] == "file.csv"
    assert recipe["indicators"]["rnd_share"]["share"]["numerator"] == "has_rnd"
    assert len(recipe["indicators"]) == 8


def test_a_second_build_takes_the_place_of_the_first_and_is_equal_to_it(country: str) -> None:
    columns = "level, territory_code, indicator_id, period, value, low, high, numerator, denominator, firms"
    statement = f"SELECT {columns} FROM measure.observation ORDER BY 3, 1, 2, 4"
    first = _compute(country)
    of_first = _rows(country, statement)
    second = _compute(country)
    assert first.build_id != second.build_id
    assert len(of_first) > 100
    assert _rows(country, statement) == of_first


def test_a_register_without_firms_has_counts_of_0_and_nothing_else(country: str) -> None:
    _compute(country, source_id="nobody's", placement=_Placement(0, 0, {}))
    values = pd.DataFrame(_rows(country, "SELECT indicator_id, value, firms FROM measure.observation"))
    assert set(values[0]) == set(COUNTED_BY_HAND) - {"registrations"}
    assert set(values[2]) == {0}
    assert set(values[values[0] == "innovative_startups"][1]) == {0}
    assert values[values[0].str.endswith("_share")][1].isna().all()


def test_a_placement_that_is_not_of_these_firms_is_refused(country: str) -> None:
    with pytest.raises(CheckFailed, match=r"7 firms are placed, but 8 were counted"):
        _compute(country, placement=_Placement(8, 7, {"foreign seat": 1}))
    assert _rows(country, "SELECT count(*) FROM measure.build") == [(0,)]


def test_municipalities_add_up_to_provinces_to_regions_to_the_country(country: str) -> None:
    _compute(country)
    assert _rows(country, AUDIT) == []


def test_the_audit_finds_a_single_firm_too_many(country: str) -> None:
    _compute(country)
    with psycopg.connect(country) as connection:
        connection.execute(
            "UPDATE measure.observation SET firms = 5 WHERE indicator_id = 'rnd_share' AND territory_code = 'A001'"
        )
    assert [row[:3] for row in _rows(country, AUDIT)] == [("rnd_share", "province", "001")]


def test_the_one_pass_keeps_no_zeros_and_every_firm_once(country: str) -> None:
    _compute(country)
    all_firms = "SELECT sum(n), min(n) FROM measure.cell WHERE measure_id = 'firms'"
    assert _rows(country, all_firms) == [(8, 1)]
    unknown = "SELECT municipality_code, division, year FROM measure.cell WHERE measure_id = 'firms' AND division = ''"
    assert sorted(_rows(country, unknown)) == [("A001", "", 0), ("C001", "", 2025)]


def _counted(url: str, build_id: int, measure: Measure) -> int:
    """Return how many firms a measure counts."""
    given = {"build_id": build_id, "source_id": "s", "reference_date": DAY, "vintage_id": VINTAGE.vintage_id}
    with connect(url, role=Role.LOAD) as connection:
        connection.execute("DELETE FROM measure.cell")
        count_firms(connection, [ALL_FIRMS, measure], given)
    return _rows(url, "SELECT coalesce(sum(n), 0) FROM measure.cell WHERE measure_id = %s", measure.id)[0][0]


def _measures(text: str) -> tuple[Measure, Measure]:
    """Return the firms that fulfil a condition, and those of which it is unknown."""
    asked = parse(text, expects="condition")
    unknown = undecided(asked)
    assert unknown is not None
    return Measure(asked), Measure(unknown)


def test_a_conjunction_is_unknown_only_where_no_part_of_it_is_false(country: str) -> None:
    """Of rnd = true AND women_led = no: f2 is true; f1, f5, f6 false; f3, f4, f7, f8 unknown."""
    fulfilled, unknown = _measures('has_rnd and women_led == "no"')
    build_id = _compute(country).build_id
    assert _counted(country, build_id, fulfilled) == 1
    assert _counted(country, build_id, unknown) == 4


def test_a_value_that_looks_like_sql_is_a_value(country: str) -> None:
    hostile = "x') OR 1=1; DROP TABLE register.firm; -- %s %(a)s {b}"
    measure, _ = _measures(f'legal_form == "{hostile}"')
    assert _counted(country, _compute(country).build_id, measure) == 0
    assert _rows(country, "SELECT count(*) > 0 FROM register.firm") == [(True,)]


def test_every_measurable_column_is_counted_by_each_of_its_values(country: str) -> None:
    build_id = _compute(country).build_id
    of_one = "UPDATE register.firm SET {} = %s WHERE firm_id IN ('f5', 'abroad')"
    of_others = "UPDATE register.firm SET {} = NULL WHERE firm_id NOT IN ('f5', 'abroad')"
    values: dict[str, tuple[bool | str, ...]] = {"flag": (True, False), "words": ("a word",), "class": ("10-19",)}
    for name, column in COLUMNS.items():
        for value in column.values or values.get(column.kind, ()):  # noqa: PD011 - not a table
            with psycopg.connect(country) as connection:
                connection.execute(sql.SQL(of_one).format(sql.Identifier(name)), (value,))
                connection.execute(sql.SQL(of_others).format(sql.Identifier(name)))
            condition = {True: name, False: f"not {name}"}.get(value, f'{name} == "{value}"')
            fulfilled, unknown = _measures(condition)
            assert (name, _counted(country, build_id, fulfilled)) == (name, 1)
            assert (name, _counted(country, build_id, unknown)) == (name, 7)
