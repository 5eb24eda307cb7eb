"""Firms in the database: placed and unplaced are all of them, whatever was placed before."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from atlante.catalogue.placement import PlacementRules, load_placement_rules
from atlante.database import Connection, Role, connect, copy_rows
from atlante.placement import PlacementSummary, place_firms
from atlante.settings import default_catalogue_dir
from atlante.territories import Boundaries, Vintage, load_boundaries

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = "innovative_startups"
DAY = date(2025, 5, 19)
FIRM_COLUMNS = (
    "source_id", "run_id", "row_number", "firm_id", "row_digest", "name", "declared_municipality", "declared_province",
    "declared_region", "valid_from", "valid_to",
)  # fmt: skip


class Seat(NamedTuple):
    """What a firm declares."""

    municipality: str
    province: str | None = None
    region: str | None = None


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with connect(database, role=Role.LOAD) as opened:
        yield opened


@pytest.fixture
def run_id(connection: Connection) -> int:
    row = connection.execute(
        "INSERT INTO ops.run (verb, software_version) VALUES ('ingest', 'test') RETURNING run_id"
    ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def vintage(connection: Connection, run_id: int) -> Vintage:
    """Return a country of three municipalities; Andria's province is another than its chamber's."""
    rows = gpd.GeoDataFrame(
        [
            ("A662", "072006", "Bari", "072", "Bari", "BA"),
            ("A285", "110001", "Andria", "110", "Barletta-Andria-Trani", "BT"),
            ("L049", "073027", "Taranto", "073", "Taranto", "TA"),
        ],
        columns=["municipality_code", "istat_code", "name", "province_code", "province", "sigla"],
        geometry=[shapely.box(i, 40, i + 1, 41) for i in range(3)],
        crs=4326,
    )
    rows = rows.assign(
        name_it=rows["name"], name_other=None, region_code="16", region="Puglia", provenance=None,
        population=pd.Series([1, 2, 3], dtype="Int64"),
    )  # fmt: skip
    return load_boundaries(connection, Boundaries(date(2023, 1, 1), "a test", "CC0", "a" * 64, rows), run_id=run_id)


@pytest.fixture(scope="module")
def rules() -> PlacementRules:
    return load_placement_rules(default_catalogue_dir())


def register(
    connection: Connection,
    run_id: int,
    seats: dict[str, Seat],
    *,
    valid: tuple[date, date | None] = (DAY, None),
    source_id: str = SOURCE,
) -> None:
    """Write firms by id."""
    rows = (
        (source_id, run_id, number, firm_id, 1, firm_id, *seat, *valid)
        for number, (firm_id, seat) in enumerate(seats.items(), start=2)
    )
    copy_rows(connection, "register.firm", FIRM_COLUMNS, rows)


def place(connection: Connection, vintage: Vintage, rules: PlacementRules, day: date = DAY) -> PlacementSummary:
    # no firm has a point, so that no index is made
    return place_firms(
        connection, source_id=SOURCE, reference_date=day, vintage=vintage, rules=rules, cache_dir=Path("/nowhere")
    )


def placements(connection: Connection) -> list[tuple[object, ...]]:
    return connection.execute(
        "SELECT firm_id, municipality_code, method, reason, confidence, conflicts "
        "FROM register.firm_placement ORDER BY firm_id"
    ).fetchall()


def test_firms_are_placed_or_have_a_reason_and_are_counted(
    connection: Connection, run_id: int, vintage: Vintage, rules: PlacementRules
) -> None:
    seats = {
        "1": Seat("BARI", "BA", "PUGLIA"),
        "2": Seat("ANDRIA", "BA", "PUGLIA"),
        "3": Seat("TARANTO", None, "PUGLIA"),
        "4": Seat("TARANTO", "BA", "PUGLIA"),
        "5": Seat("TALLINN", "BA", "PUGLIA"),
        "6": Seat("NOWHERE", "BA", "PUGLIA"),
        "7": Seat("NOWHERE", "TA"),
        "8": Seat("BARI"),
    }
    register(connection, run_id, seats)
    summary = place(connection, vintage, rules)
    assert summary == PlacementSummary(
        firms=8,
        placed=5,
        foreign=1,
        unplaced={"unknown name": 2},
        methods={"name+region": 2, "name": 1, "name+chamber": 1, "name+province": 1},
    )
    assert placements(connection) == [
        ("1", "A662", "name+province", None, pytest.approx(1.0), []),
        ("2", "A285", "name+chamber", None, pytest.approx(0.95), []),
        ("3", "L049", "name+region", None, pytest.approx(0.8), []),
        ("4", "L049", "name+region", None, pytest.approx(0.6), ["province: declared BA, is TA"]),
        ("5", None, "none", "foreign seat", 0.0, []),
        ("6", None, "none", "unknown name", 0.0, []),
        ("7", None, "none", "unknown name", 0.0, []),
        ("8", "A662", "name", None, pytest.approx(0.6), []),
    ]


def test_placing_again_gives_the_same_rows(
    connection: Connection, run_id: int, vintage: Vintage, rules: PlacementRules
) -> None:
    register(connection, run_id, {"1": Seat("BARI", "BA"), "2": Seat("NOWHERE")})
    first = (place(connection, vintage, rules), placements(connection))
    assert (place(connection, vintage, rules), placements(connection)) == first


def test_only_firms_that_are_valid_at_the_day_are_placed(
    connection: Connection, run_id: int, vintage: Vintage, rules: PlacementRules
) -> None:
    """valid_to is exclusive: a firm that ends on the day is gone, one that begins on it is there."""
    before, after = date(2025, 1, 1), date(2025, 6, 1)
    register(connection, run_id, {"gone": Seat("BARI", "BA")}, valid=(before, DAY))
    register(connection, run_id, {"begins": Seat("BARI", "BA")}, valid=(DAY, None))
    register(connection, run_id, {"later": Seat("BARI", "BA")}, valid=(after, None))
    register(connection, run_id, {"moves": Seat("BARI", "BA")}, valid=(before, after))
    register(connection, run_id, {"moves": Seat("TARANTO", "TA")}, valid=(after, None))
    register(connection, run_id, {"other": Seat("BARI", "BA")}, source_id="another")
    assert place(connection, vintage, rules).firms == 2
    assert [row[:2] for row in placements(connection)] == [("begins", "A662"), ("moves", "A662")]


def test_placements_of_other_days_stay(
    connection: Connection, run_id: int, vintage: Vintage, rules: PlacementRules
) -> None:
    register(connection, run_id, {"1": Seat("BARI", "BA")})
    place(connection, vintage, rules)
    place(connection, vintage, rules, date(2025, 6, 1))
    days = connection.execute("SELECT DISTINCT reference_date FROM register.placement ORDER BY 1").fetchall()
    assert days == [(DAY,), (date(2025, 6, 1),)]


def test_without_firms_nothing_is_placed(connection: Connection, vintage: Vintage, rules: PlacementRules) -> None:
    assert place(connection, vintage, rules) == PlacementSummary(firms=0, placed=0, foreign=0, unplaced={}, methods={})
