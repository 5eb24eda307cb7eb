"""The catalogue computed on a small country that was counted by hand.

Two regions, three provinces, six municipalities, eight placed firms; one that could not be placed, and three that must
not be counted: closed, not yet valid, of another source.
"""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import psycopg
import pytest
from counted_country import TERRITORY, VINTAGE, PlacedFirms, insert_firm, place
from psycopg import sql

from atlante.catalogue.columns import COLUMNS
from atlante.catalogue.expressions import parse, undecided
from atlante.catalogue.indicators import Catalogue, load_indicators
from atlante.catalogue.measures import Measure
from atlante.database import Role, connect
from atlante.errors import CheckFailed
from atlante.measures import compute
from atlante.measures.counts import Counts
from atlante.measures.firms import Population, read_firms
from atlante.measures.places import read_places
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from atlante.measures import BuildSummary

DAY = date(2025, 5, 19)
SOURCE = "innovative_startups"
ALL_FIRMS = "filiera = '' AND breakdown = ''"

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


PLACEMENT = PlacedFirms(9, 8, {"foreign seat": 1})


def _insert_firm(
    connection: psycopg.Connection, firm_id: str, municipality: str | None, *, source: str = SOURCE, **columns: object
) -> None:
    """Write a firm and its placement; without a municipality it is not placed."""
    insert_firm(connection, firm_id, municipality, source=source, **columns)
    place(connection, municipality, source=source, day=DAY)


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
        "source_id": SOURCE, "reference_date": DAY, "vintage": VINTAGE, "placement": PLACEMENT, "recipe": {},
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
    statement = (
        f"SELECT territory_code, {column} FROM measure.observation "
        f"WHERE indicator_id = %s AND period = %s AND {ALL_FIRMS}"
    )
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
    """Firms of B002 and C001, of whose inhabitants nobody knows, are not divided by the inhabitants of others."""
    _compute(country)
    assert _observed(country, "startups_per_100k", "value") == {
        "A001": 400, "A002": 200, "B001": 0, "B002": None, "C001": None, "C002": None,
        "001": pytest.approx(5 / 1500 * 100_000), "002": 0, "003": None,
        "01": pytest.approx(5 / 201_500 * 100_000), "02": None, "IT": pytest.approx(5 / 201_500 * 100_000),
    }  # fmt: skip
    assert _observed(country, "startups_per_100k", "(firms, firms_unknown)")["002"] == ("0", "2")
    assert _observed(country, "startups_per_100k", "(firms, firms_unknown)")["IT"] == ("5", "3")
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
    assert (summary.firms, summary.placed) == (9, 8)
    assert _rows(country, "SELECT count(*) FROM measure.observation") == [(summary.observations,)]
    assert _rows(country, f"SELECT count(*) FROM measure.observation WHERE {ALL_FIRMS}") == [(12 * (7 + 5),)]


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
    columns = "level, territory_code, indicator_id, period, category, value, low, high, numerator, denominator, firms"
    statement = f"SELECT {columns} FROM measure.observation ORDER BY 3, 1, 2, 4, 5"
    first = _compute(country)
    of_first = _rows(country, statement)
    second = _compute(country)
    assert first.build_id != second.build_id
    assert len(of_first) > 100
    assert _rows(country, statement) == of_first


def test_a_register_without_firms_has_counts_of_0_and_nothing_else(country: str) -> None:
    _compute(country, source_id="innovative_startups_table", placement=PlacedFirms(0, 0))
    values = pd.DataFrame(_rows(country, "SELECT indicator_id, value, firms FROM measure.observation"))
    assert set(values[0]) == set(COUNTED_BY_HAND) - {"registrations"}
    assert set(values[2]) == {0}
    assert set(values[values[0] == "innovative_startups"][1]) == {0}
    assert values[values[0].str.endswith("_share")][1].isna().all()


def test_a_placement_that_is_not_of_these_firms_is_refused(country: str) -> None:
    with pytest.raises(CheckFailed, match=r"7 firms are placed, but 8 were counted"):
        _compute(country, placement=PlacedFirms(8, 7, {"foreign seat": 1}))
    assert _rows(country, "SELECT count(*) FROM measure.build") == [(0,)]


def test_municipalities_add_up_to_provinces_to_regions_to_the_country(country: str) -> None:
    _compute(country)
    assert _rows(country, AUDIT) == []


def test_the_audit_finds_a_single_firm_too_many(country: str) -> None:
    _compute(country)
    with psycopg.connect(country) as connection:
        connection.execute(
            "UPDATE measure.observation SET firms = 5 WHERE indicator_id = 'rnd_share' AND territory_code = 'A001' "
            f"AND {ALL_FIRMS}"
        )
    assert [row[:3] for row in _rows(country, AUDIT)] == [("rnd_share", "province", "001")]


def test_every_placed_firm_is_read_once_with_what_is_unknown_of_it(country: str) -> None:
    with connect(country, role=Role.LOAD) as connection:
        places = read_places(connection, VINTAGE.vintage_id)
        population = Population("firms_of_day", SOURCE, DAY)
        firms = read_firms(connection, population, ["activity_code", "special_section_date"], places)
    codes = places.table["municipality_code"].to_numpy()[firms.place]
    assert sorted(codes) == sorted(municipality for municipality, *_ in PLACED.values())
    unknown = codes[firms.columns["activity_code"].codes < 0]
    assert sorted(unknown) == ["A001", "C001"]
    assert sorted(codes[firms.columns["special_section_date"].codes < 0]) == ["A001"]


def _counted(url: str, measure: Measure) -> int:
    """Return how many firms of the whole country a measure counts."""
    columns = sorted({"activity_code", "activity_edition"} | measure.columns)
    with connect(url, role=Role.LOAD) as connection:
        places = read_places(connection, VINTAGE.vintage_id)
        firms = read_firms(connection, Population("firms_of_day", SOURCE, DAY), columns, places)
        counts = Counts(firms, places.n_municipalities, {}, {})
        counts.prepare(connection, [measure])
    return int(counts.by_slice(measure).sum())


def _measures(text: str) -> tuple[Measure, Measure]:
    """Return the firms that fulfil a condition, and those of which it is unknown."""
    asked = parse(text, expects="condition")
    unknown = undecided(asked)
    assert unknown is not None
    return Measure(asked), Measure(unknown)


def test_a_conjunction_is_unknown_only_where_no_part_of_it_is_false(country: str) -> None:
    """Of rnd = true AND women_led = no: f2 is true; f1, f5, f6 false; f3, f4, f7, f8 unknown."""
    fulfilled, unknown = _measures('has_rnd and women_led == "no"')
    assert _counted(country, fulfilled) == 1
    assert _counted(country, unknown) == 4


def test_a_value_that_looks_like_sql_is_a_value(country: str) -> None:
    hostile = "x') OR 1=1; DROP TABLE register.firm; -- %s %(a)s {b}"
    measure, _ = _measures(f'legal_form == "{hostile}"')
    assert _counted(country, measure) == 0
    assert _rows(country, "SELECT count(*) > 0 FROM register.firm") == [(True,)]


def test_every_measurable_column_is_counted_by_each_of_its_values(country: str) -> None:
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
            assert (name, _counted(country, fulfilled)) == (name, 1)
            assert (name, _counted(country, unknown)) == (name, 7)
