"""The engine beside a naive one: random small registers and expressions, counted by pandas firm by firm."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from atlante.catalogue.activities import load_filiere, load_sectors, membership
from atlante.catalogue.expressions import parse, sector_column
from atlante.catalogue.measures import ALL_FIRMS, Measure
from atlante.measures.counts import Counts
from atlante.measures.firms import Population, read_firms
from atlante.measures.places import read_places
from atlante.measures.slices import size_class
from atlante.measures.tally import Tally
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlante.database.cluster import Cluster

DAY = dt.date(2025, 1, 1)
SOURCE = "business_register"
KINDS = ("filiera", "sector")
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # an example is small, and costs seconds: none is made smaller
CODES = [
    (None, None),
    ("62.01.00".replace(".", ""), "2007"),
    ("62", "2025"),
    ("4711", "2007"),
    ("01", "2007"),
    ("x", "2025"),
]
CLASSES = [None, "0-0", "1-1", "2-5", "10-19", "50-99", "100-249", "500-", "5-20"]
FORMS = [None, "SPA", 'a "quoted", \\ word', "SRL", "NA"]
DAYS = [None, "2020-02-29", "2024-01-01", "2024-12-31", "1999-06-15"]
CONDITIONS = [
    "has_rnd",
    'not has_rnd and legal_form == "SPA"',
    "low(staff_class) >= 10 and high(staff_class) < 250",
    "age_years(registration_date) < 5 or has_rnd",
    "not known(staff_class)",
    'sector("ict")',
    'sector("kis") and legal_form in ("SRL", "NA")',
    'activity("2007", "62")',
    "year(registration_date) == 2024",
]
COLUMNS = ["activity_code", "activity_edition", "legal_form", "registration_date", "staff_class", "has_rnd"]

firms = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(CODES),
        st.sampled_from(FORMS),
        st.sampled_from(DAYS),
        st.sampled_from(CLASSES),
        st.sampled_from([None, True, False]),
    ),
    max_size=40,
)


@pytest.fixture(scope="module")
def register(server: Cluster, italy_template: str) -> Iterator[psycopg.Connection]:
    """Return a connection to a database of this module alone, in which registers come and go."""
    name = "oracle"
    with psycopg.connect(server.url(database="postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {italy_template} STRATEGY file_copy")
    with psycopg.connect(server.url(database=name)) as connection:
        yield connection
        connection.rollback()


def _write(connection: psycopg.Connection, rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Write firms at four municipalities and return them as a table."""
    connection.rollback()
    municipalities = connection.execute(
        "SELECT vintage_id, municipality_code FROM territory.municipality ORDER BY municipality_code LIMIT 4"
    ).fetchall()
    for seat, (vintage, code) in enumerate(municipalities):
        connection.execute(
            "INSERT INTO register.placement_case (source_id, reference_date, case_id, vintage_id, municipality_code, "
            "method, confidence, firms) VALUES (%s, %s, %s, %s, %s, 'name', 1, 1)",
            (SOURCE, DAY, seat, vintage, code),
        )
    for number, (seat, (code, edition), form, day, staff, rnd) in enumerate(rows):
        connection.execute(
            "INSERT INTO register.firm (source_id, run_id, row_number, seat_id, valid_from, firm_id, name, "
            f"{', '.join(COLUMNS)}) VALUES (%s, 1, %s, %s, %s, %s, '-', %s, %s, %s, %s, %s, %s)",
            (SOURCE, number, seat, DAY, f"f{number}", code, edition, form, day, staff, rnd),
        )
    table = pd.DataFrame([row[:1] + row[1] + row[2:] for row in rows], columns=["seat", *COLUMNS], dtype=object)
    return table.assign(municipality_code=[municipalities[seat][1] for seat in table["seat"]])


def _tally(connection: psycopg.Connection, measures: list[Measure]) -> Tally:
    groups = _groups()
    filiere, sectors = ({name: each for name, each in groups.items() if each.kind == kind} for kind in KINDS)
    (vintage,) = connection.execute("SELECT vintage_id FROM territory.vintage").fetchone()
    places = read_places(connection, vintage)
    read = read_firms(connection, Population("firms_of_day", SOURCE, DAY), COLUMNS, places)
    counts = Counts(read, places.n_municipalities, filiere, sectors)
    counts.prepare(connection, measures)
    return Tally(places, {"stock": counts})


@cache
def _groups() -> dict[str, Any]:
    return load_filiere(default_catalogue_dir()) | load_sectors(default_catalogue_dir())


@cache
def _stage(group: str, code: str | None, edition: str | None) -> int | None:
    """Return the stage of a code in a group, -1 outside; None: unknown."""
    if code is None or edition is None:
        return None
    found = membership([_groups()[group]], [(code, edition)])
    return None if found.is_undecided[0, 0] or found.is_unknown[0] else int(found.stage[0, 0])


def _stages(table: pd.DataFrame, group: str) -> list[int | None]:
    return [
        _stage(group, code or None, edition or None)
        for code, edition in zip(table["activity_code"], table["activity_edition"], strict=True)
    ]


def _columns(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the columns as an expression reads them, with whether each firm is in a sector."""
    words = ("legal_form", "staff_class", "activity_code", "activity_edition")
    columns = {
        "has_rnd": table["has_rnd"].astype("boolean"),
        "registration_date": pd.to_datetime(table["registration_date"]),
        **{name: table[name].astype("string") for name in words},
    }
    for name in (name for name, each in _groups().items() if each.kind == KINDS[1]):
        told = [None if stage is None else stage >= 0 for stage in _stages(table, name)]
        columns[sector_column(name)] = pd.Series(told, index=table.index, dtype="boolean")
    return columns


@settings(max_examples=20, deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=firms, text=st.sampled_from(CONDITIONS))
def test_the_engine_counts_what_a_loop_over_firms_counts(
    register: psycopg.Connection, rows: list[tuple[Any, ...]], text: str
) -> None:
    table = _write(register, rows)
    measure = Measure(parse(text, expects="condition"))
    tally = _tally(register, [measure])
    every = list(range(len(tally.slices)))
    counted = tally.total(measure, every)
    fulfils = measure.where.evaluate(_columns(table), reference_date=DAY) if rows else pd.Series([], dtype="boolean")
    kept = table[fulfils.fillna(value=False).to_numpy(dtype=bool)]
    filiere = _groups()
    for number, part in enumerate(tally.slices):
        inside = np.ones(len(kept), dtype=bool)
        if part.filiera:
            group = filiere[part.filiera]
            stages = [-1 if stage is None else stage for stage in _stages(kept, part.filiera)]
            wanted = group.stage_ids.index(part.stage) if part.stage else None
            inside = np.array([stage >= 0 if wanted is None else stage == wanted for stage in stages], dtype=bool)
        elif part.breakdown == "size_class":
            inside = np.array([size_class(word or "") == part.category for word in kept["staff_class"]], dtype=bool)
        elif part.breakdown == "legal_form":
            inside = np.array([(word or "unknown") == part.category for word in kept["legal_form"]], dtype=bool)
        expected = kept[inside].groupby("municipality_code").size()
        of_municipality = dict(zip(tally.places.codes, counted[number], strict=True))
        assert {code: of_municipality[code] for code in set(table["municipality_code"])} == {
            code: expected.get(code, 0) for code in set(table["municipality_code"])
        }
        assert counted[number, -1] == inside.sum()


@settings(max_examples=10, deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=firms)
def test_every_firm_is_in_one_part_of_each_partition_and_levels_add_up(
    register: psycopg.Connection, rows: list[tuple[Any, ...]]
) -> None:
    _write(register, rows)
    tally = _tally(register, [])
    every = list(range(len(tally.slices)))
    firms_of = dict(zip(tally.slices, tally.total(ALL_FIRMS, every), strict=True))
    whole = tally.total(ALL_FIRMS, [0])[0]
    assert whole[-1] == len(rows)
    for breakdown in ("size_class", "legal_form"):
        assert (sum(n for part, n in firms_of.items() if part.breakdown == breakdown) == whole).all()
    for part, n in firms_of.items():
        if part.filiera and not part.stage:
            assert (sum(m for other, m in firms_of.items() if other.filiera == part.filiera and other.stage) == n).all()
    levels = tally.places.levels
    assert {level: int(whole[levels == level].sum()) for level in set(levels)} == dict.fromkeys(set(levels), len(rows))
