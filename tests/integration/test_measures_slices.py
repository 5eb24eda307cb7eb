"""Slices of the catalogue: whatever is counted of one adds up, and what is asked of a category is computed.

The whole catalogue on a country of six municipalities, on two reference dates between which firms come, go and change.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from counted_country import MUNICIPALITIES, TERRITORY, VINTAGE, PlacedFirms, insert_firm, place
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from atlante.catalogue.activities import load_filiere, load_sectors
from atlante.catalogue.indicators import Catalogue, load_indicators
from atlante.database import Role, connect
from atlante.measures import Definitions, compute
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlante.database.cluster import Cluster

SOURCE = "business_register"
BEFORE, DAY = date(2025, 1, 1), date(2025, 6, 1)
AUDIT = (Path(__file__).parent / "municipalities_add_up.sql").read_text(encoding="utf-8")
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # an example is small, and costs a second: none is made smaller
GROWER, BAKER, SHORT = "011100", "107110", "46"  # upstream and core of the agri-food filiera; too short to tell
MEAN_AGE = """
theme = "structure"
unit = "years"
digits = 1
polarity = "neutral"
interval = "student"
disclosure = "public-register"
breakdowns = { filiera = true, by = ["size_class", "legal_form"] }
title = { it = "a", en = "b", de = "c" }
definition = { it = "a", en = "b", de = "c" }
source = { it = "a", en = "b", de = "c" }
[mean]
of = "age_years(registration_date)"
"""

type Fate = str  # "stays", "changes", "leaves" or "enters"
type Firm = tuple[str, Fate, dict[str, Any]]
columns = st.fixed_dictionaries(
    {
        "activity_code": st.sampled_from([GROWER, BAKER, "620100", "141000", SHORT, None]),
        "activity_edition": st.just("2025"),
        "legal_form": st.sampled_from(["SRL", "SPA", None]),
        "staff_class": st.sampled_from(["0-0", "2-5", "10-19", "250-499", "5-20", None]),
        "capital_class": st.sampled_from(["0-10000", "50001-100000", None]),
        "registration_date": st.sampled_from(["2012-05-01", "2024-02-29", "2025-05-31", None]),
        "has_rnd": st.sampled_from([True, False, None]),
        "women_led": st.sampled_from(["no", "strong", None]),
        "young_led": st.sampled_from(["no", "majority", None]),
    }
)
fates = st.sampled_from(["stays", "stays", "changes", "leaves", "enters"])
firms = st.lists(st.tuples(st.sampled_from(MUNICIPALITIES), fates, columns), max_size=25)


@pytest.fixture(scope="module")
def country(server: Cluster, template: str) -> Iterator[psycopg.Connection]:
    """Return a connection to a database of this module alone, in which registers come and go."""
    name = "slices"
    with psycopg.connect(server.url(database="postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    with psycopg.connect(server.url(database=name)) as connection:
        connection.execute(TERRITORY)
    with connect(server.url(database=name), role=Role.LOAD) as connection:
        yield connection
        connection.rollback()


@cache
def _definitions() -> Definitions:
    folder = default_catalogue_dir()
    return Definitions(load_filiere(folder), load_sectors(folder))


def _build(connection: psycopg.Connection, rows: list[Firm], catalogue: Catalogue | None = None) -> None:
    """Write a register of two days in place of another, and build both."""
    connection.rollback()
    for municipality in MUNICIPALITIES:
        for day in (BEFORE, DAY):
            place(connection, municipality, source=SOURCE, day=day)
    for day in (BEFORE, DAY):
        connection.execute(
            "INSERT INTO register.extract VALUES (%s, %s, 'file', %s, TRUE, 0, 0, 0, 1)", (SOURCE, day, "0" * 64)
        )
    for number, (municipality, fate, values) in enumerate(rows):
        began = DAY if fate == "enters" else BEFORE
        ended = DAY if fate in ("leaves", "changes") else None
        firm: tuple[Any, ...] = (connection, f"f{number}", municipality)
        insert_firm(*firm, source=SOURCE, valid_from=began, valid_to=ended, **values)
        if fate == "changes":
            insert_firm(*firm, source=SOURCE, valid_from=DAY, **{**values, "activity_code": BAKER})
    for day, absent in ((BEFORE, "enters"), (DAY, "leaves")):
        n = sum(fate != absent for _, fate, _ in rows)
        compute(
            connection,
            catalogue or load_indicators(default_catalogue_dir()),
            source_id=SOURCE,
            reference_date=day,
            vintage=VINTAGE,
            placement=PlacedFirms(n, n),
            recipe={},
            is_synthetic=True,
            run_id=1,
            definitions=_definitions(),
        )


def _firm(municipality: str, fate: Fate, activity: str | None, **values: object) -> Firm:
    return municipality, fate, {"activity_code": activity, "activity_edition": "2025", **values}


def _observed(connection: psycopg.Connection, indicator_id: str, **part: str) -> dict[str, Any]:
    """Return value, numerator, denominator and unknown firms of the later day, by territory."""
    names = {"filiera": "", "stage": "", "category": ""} | part
    rows = connection.execute(
        "SELECT territory_code, value, numerator, denominator, firms_unknown FROM measure.observation WHERE "
        "indicator_id = %(id)s AND period = %(day)s AND filiera = %(filiera)s AND stage = %(stage)s "
        "AND category = %(category)s",
        {"id": indicator_id, "day": str(DAY), **names},
    ).fetchall()
    return {code: tuple(numbers) for code, *numbers in rows}


AN_EXAMPLE = [
    _firm("A001", "leaves", GROWER),  # the only one of the filiera in its municipality
    _firm("A002", "stays", SHORT),
    _firm("B001", "stays", BAKER),
    _firm("B001", "enters", GROWER),
]


@settings(max_examples=12, deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=firms)
@example(rows=AN_EXAMPLE)
@example(rows=[])
def test_whatever_is_counted_of_a_slice_adds_up_to_the_country(country: psycopg.Connection, rows: list[Firm]) -> None:
    _build(country, rows)
    assert country.execute(AUDIT).fetchall() == []


def test_firms_that_left_or_may_belong_are_told_where_no_firm_of_the_filiera_is(country: psycopg.Connection) -> None:
    """Of agri-food A001 had a firm that left, and A002 has one whose activity is too short to tell."""
    _build(country, AN_EXAMPLE)
    cancelled = _observed(country, "cancellations", filiera="agroalimentare")
    assert {code: numbers[1] for code, numbers in cancelled.items()} == {
        "A001": 1, "B001": 0, "001": 1, "002": 0, "003": 0, "01": 1, "02": 0, "IT": 1,
    }  # fmt: skip
    growth = _observed(country, "firms_growth", filiera="agroalimentare")
    assert {code: growth[code][0] for code in ("A001", "B001", "01", "IT")} == {"A001": -1, "B001": 1, "01": 0, "IT": 0}
    shares = _observed(country, "filiera_share", filiera="agroalimentare")
    assert shares["A002"] == (None, 0, 0, 1)
    assert shares["001"] == (None, 0, 0, 1)
    assert shares["IT"] == (1, 2, 2, 1)


CHANGES = {
    "a count of a slice": "numerator = numerator + 1 WHERE indicator_id = 'firms' AND territory_code = 'B001' "
    "AND stage = 'core'",
    "a count of a category": "numerator = numerator + 1 WHERE indicator_id = 'firms' AND territory_code = '002' "
    "AND category = 'unknown'",
    "firms of a slice": "firms = firms + 1 WHERE indicator_id = 'micro_share' AND territory_code = 'B001' "
    "AND filiera = 'agroalimentare'",
    "unknown firms of a slice": "firms_unknown = 0 WHERE indicator_id = 'filiera_share' AND territory_code = 'A002'",
    "a denominator of firms": "denominator = 9 WHERE indicator_id = 'cancellation_rate' AND territory_code = 'A001' "
    "AND filiera = 'agroalimentare'",
    "a denominator of all firms": "denominator = 9 WHERE indicator_id = 'filiera_lq' AND territory_code = 'B001' "
    "AND filiera = 'agroalimentare' AND stage = ''",
    "a denominator of the filiera": "denominator = 9 WHERE indicator_id = 'stage_share' AND territory_code = 'B001' "
    "AND stage = 'core' AND filiera = 'agroalimentare'",
    "a denominator of inhabitants": "denominator = 9 WHERE indicator_id = 'firms_per_1000' AND territory_code = 'B001' "
    "AND filiera = 'agroalimentare'",
    "an area": "denominator = denominator * 1.00001 WHERE indicator_id = 'firms_per_km2' AND territory_code = '01'",
}


@pytest.fixture
def built(country: psycopg.Connection) -> psycopg.Connection:
    _build(country, AN_EXAMPLE)
    return country


def test_the_audit_of_slices_finds_each_number_that_is_changed(built: psycopg.Connection) -> None:
    for what, change in CHANGES.items():
        with built.transaction(force_rollback=True):
            changed = built.execute(f"UPDATE measure.observation SET {change} AND period = '{DAY}'").rowcount
            assert (what, changed > 0, built.execute(AUDIT).fetchall() != []) == (what, True, True)


@pytest.mark.parametrize(
    ("indicator_id", "territory_code"), [("cancellations", "A001"), ("filiera_share", "A002"), ("firms", "002")]
)
def test_the_audit_of_slices_finds_a_row_that_is_missing(
    built: psycopg.Connection, indicator_id: str, territory_code: str
) -> None:
    deleted = built.execute(
        "DELETE FROM measure.observation WHERE indicator_id = %s AND territory_code = %s AND period = %s "
        "AND filiera = 'agroalimentare'",
        (indicator_id, territory_code, str(DAY)),
    )
    assert deleted.rowcount > 0
    assert built.execute(AUDIT).fetchall() != []


def test_a_mean_is_computed_of_every_size_class_and_legal_form(country: psycopg.Connection, tmp_path: Path) -> None:
    """Ages are 5, 9 and 1 years; the second form of C001 has no date."""
    (tmp_path / "indicators").mkdir()
    (tmp_path / "indicators" / "mean_age.toml").write_text(MEAN_AGE, encoding="utf-8")
    catalogue = load_indicators(default_catalogue_dir(), tmp_path).restricted(["mean_age"])
    rows = [
        _firm("A001", "stays", GROWER, registration_date="2020-06-01", staff_class="0-0", legal_form="SRL"),
        _firm("B001", "stays", GROWER, registration_date="2016-05-31", staff_class="2-5", legal_form="SPA"),
        _firm("C001", "stays", BAKER, registration_date="2024-01-01", staff_class="10-19", legal_form="SRL"),
        _firm("C001", "stays", BAKER, staff_class="10-19", legal_form="SPA"),
    ]
    _build(country, rows, catalogue)
    found = {name: _observed(country, "mean_age", category=name) for name in ("micro", "small", "SRL", "SPA")}
    assert {name: (*each["IT"][:3:2], each["IT"][3]) for name, each in found.items()} == {
        "micro": (7, 2, 0), "small": (1, 1, 1), "SRL": (3, 2, 0), "SPA": (9, 1, 1),
    }  # fmt: skip
    assert {name: set(each) - {"001", "002", "003", "01", "02", "IT"} for name, each in found.items()} == {
        "micro": {"A001", "B001"}, "small": {"C001"}, "SRL": {"A001", "C001"}, "SPA": {"B001", "C001"},
    }  # fmt: skip
    assert country.execute(AUDIT).fetchall() == []
