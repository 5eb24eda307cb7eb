"""Files into the register and onto the map: what is written, what is not, and what changes with the boundaries."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest import mock

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.parquet
import pytest
import shapely
from psycopg import sql

from atlante import pipeline
from atlante.catalogue.placement import load_placement_rules
from atlante.database import Role, connect
from atlante.errors import MixedRegisters, RejectedRows
from atlante.placement import place_firms
from atlante.registers import BusinessRegister, LoadSummary, Snapshot, delivery
from atlante.settings import default_catalogue_dir
from atlante.territories import Boundaries, Vintage, load_boundaries

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOURCE = "business_register"
MAY, JUNE = dt.date(2025, 5, 19), dt.date(2025, 6, 19)
TODAY = dt.date(2026, 1, 1)
HEADER = "codice_fiscale,denominazione,comune,provincia,longitudine,latitudine"
FIRMS = """SELECT firm_id, name, status, registration_date, longitude, latitude, firm.declared_municipality, row_digest,
    valid_from, valid_to, located_code, is_outside, round(distance_m::numeric) AS distance_m
    FROM register.firm LEFT JOIN register.seat USING (source_id, seat_id) ORDER BY firm_id, valid_from"""

type Rows = list[tuple[Any, ...]]
type Ingest = Callable[..., LoadSummary]


def squares(border: float) -> gpd.GeoDataFrame:
    """Return two municipalities side by side: Bari west of a border, Taranto east of it."""
    rows = gpd.GeoDataFrame(
        [
            ("A662", "072006", "Bari", "072", "Bari", "BA"),
            ("L049", "073027", "Taranto", "073", "Taranto", "TA"),
        ],
        columns=["municipality_code", "istat_code", "name", "province_code", "province", "sigla"],
        geometry=[shapely.box(16, 40, border, 41), shapely.box(border, 40, 18, 41)],
        crs=4326,
    )
    return rows.assign(
        name_it=rows["name"], name_other=None, region_code="16", region="Puglia", provenance=None,
        population=pd.Series([300, 200], dtype="Int64"),
    )  # fmt: skip


def load_vintage(url: str, day: dt.date, border: float) -> Vintage:
    boundaries = Boundaries(day, "a test", "CC0", f"{border}".ljust(64, "a"), squares(border))
    with connect(url, role=Role.LOAD) as connection:
        row = connection.execute(
            "INSERT INTO ops.run (verb, software_version) VALUES ('territories load', '0') RETURNING run_id"
        ).fetchone()
        assert row
        return load_boundaries(connection, boundaries, run_id=row[0])


def place(url: str, vintage: Vintage, day: dt.date, cache: Path) -> dict[str, tuple[str, float | None]]:
    """Place the firms of a day; return the municipality and distance of each."""
    rules = load_placement_rules(default_catalogue_dir())
    with connect(url, role=Role.LOAD) as connection:
        summary = place_firms(
            connection, source_id=SOURCE, reference_date=day, vintage=vintage, rules=rules, cache_dir=cache
        )
        assert summary.placed + summary.foreign + sum(summary.unplaced.values()) == summary.firms
        rows = connection.execute(
            "SELECT firm_id, municipality_code, distance_m FROM register.firm_placement WHERE reference_date = %s",
            (day,),
        ).fetchall()
    assert len(rows) == summary.firms
    return {firm_id: (code, distance) for firm_id, code, distance in rows}


def query(url: str, text: str) -> Rows:
    with psycopg.connect(url) as connection:
        return connection.execute(sql.SQL(text)).fetchall()  # type: ignore[arg-type] # our own text


@pytest.fixture
def ingest(database: str, tmp_path: Path) -> Ingest:
    """Return a function that ingests a file of the business register and gives what it changed."""

    def run(path: Path, day: dt.date, **choices: bool) -> LoadSummary:
        intake = pipeline.Intake(SOURCE, path, today=TODAY, as_of=day, **choices)
        result = pipeline.ingest(database, default_catalogue_dir(), intake, cache_dir=tmp_path / "cache")
        load = result.load
        assert load.accepted + load.rejected == load.rows_in_file
        assert load.new + load.changed + load.unchanged == load.accepted
        return load

    return run


def lines(folder: Path, *rows: str) -> Path:
    path = folder / "register.csv"
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return path


def written(url: str) -> dict[str, str]:
    """Return which transaction wrote each open version, and where."""
    return dict(query(url, "SELECT firm_id, xmin::text || ctid::text FROM register.firm WHERE valid_to IS NULL"))


@pytest.fixture
def snapshots(tmp_path: Path) -> Callable[[float, str], Path]:
    """Return a function that writes an extract of one invented register of 2,000 firms."""
    register = BusinessRegister(squares(17))
    first = Snapshot(firms=2_000, seed=3, reference_date=MAY)

    def write(changed: float, suffix: str = ".csv") -> Path:
        path = tmp_path / f"snapshot_{changed}{suffix}"
        register.write(path, replace(first, changed=changed))
        return path

    return write


def test_parquet_and_text_become_the_same_register(
    database: str, ingest: Ingest, snapshots: Callable[..., Path]
) -> None:
    load_vintage(database, dt.date(2023, 1, 1), 17)
    registers = []
    for suffix in (".csv", ".parquet"):
        assert ingest(snapshots(0, suffix), MAY).new == 2_000
        registers.append(query(database, FIRMS))
        with psycopg.connect(database) as connection:
            connection.execute("TRUNCATE register.firm, register.seat, register.extract, register.location")
    assert registers[0] == registers[1]


def test_a_second_snapshot_writes_what_changed_and_nothing_else(
    database: str, ingest: Ingest, snapshots: Callable[..., Path]
) -> None:
    ingest(snapshots(0), MAY)
    before, rows_before = written(database), dict.fromkeys(row[0] for row in query(database, FIRMS))
    changes = ingest(snapshots(0.1), JUNE)
    assert 0 < changes.new == changes.closed < changes.changed < 300
    after = written(database)
    kept = {firm_id for firm_id, place in after.items() if before.get(firm_id) == place}
    assert len(kept) == changes.unchanged
    assert len(query(database, FIRMS)) == len(rows_before) + changes.new + changes.changed
    assert ingest(snapshots(0.1), JUNE).unchanged == 2_000
    assert written(database) == after


def test_the_register_is_what_it_would_be_if_the_second_snapshot_had_come_first(
    database: str, ingest: Ingest, snapshots: Callable[..., Path]
) -> None:
    """The oracle: the same file into an empty register, where nothing is compared."""
    ingest(snapshots(0), MAY)
    ingest(snapshots(0.1), JUNE)
    values = "SELECT firm_id, name, status, longitude, latitude, row_digest FROM register.firm {} ORDER BY firm_id"
    merged = query(database, values.format("WHERE valid_to IS NULL"))
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM register.firm")
        connection.execute("DELETE FROM register.extract")
    ingest(snapshots(0.1), JUNE)
    assert query(database, values.format("")) == merged


def test_firms_loaded_before_the_boundaries_are_seated_as_those_loaded_after(
    database: str, ingest: Ingest, snapshots: Callable[..., Path], tmp_path: Path
) -> None:
    ingest(snapshots(0), MAY)
    assert query(database, "SELECT DISTINCT seat_id FROM register.firm") == [(None,)]
    vintage = load_vintage(database, dt.date(2023, 1, 1), 17)
    placed_late = place(database, vintage, MAY, tmp_path)
    seated_late = query(database, FIRMS)
    with psycopg.connect(database) as connection:
        connection.execute("TRUNCATE register.firm, register.seat, register.extract, register.location")
    ingest(snapshots(0), MAY)
    assert query(database, FIRMS) == seated_late
    assert place(database, vintage, MAY, tmp_path) == placed_late


def test_other_boundaries_move_only_the_firms_whose_points_they_move(
    database: str, ingest: Ingest, tmp_path: Path
) -> None:
    """A border moves from 17.0 to 17.5 degrees east: of three points, the middle one changes sides."""
    load_vintage(database, dt.date(2023, 1, 1), 17)
    rows = [f"0000000000{n},FIRM {n},,,{lon},40.5" for n, lon in enumerate((16.5, 17.25, 17.75), 1)]
    ingest(lines(tmp_path, *rows), MAY)
    before = written(database)
    later = load_vintage(database, dt.date(2024, 1, 1), 17.5)
    codes = {firm_id: code for firm_id, (code, _) in place(database, later, MAY, tmp_path).items()}
    assert codes == {"00000000001": "A662", "00000000002": "A662", "00000000003": "L049"}
    assert [written(database)[firm] == before[firm] for firm in sorted(before)] == [True, False, True]


def test_a_point_at_sea_belongs_to_the_nearest_within_the_tolerance(
    database: str, ingest: Ingest, tmp_path: Path
) -> None:
    """At 40.5 degrees north, 0.01 degrees of longitude are 849 m (WGS 84: 111,320 m x cos 40.5 x 1.002)."""
    vintage = load_vintage(database, dt.date(2023, 1, 1), 17)
    ingest(lines(tmp_path, "00000000001,NEAR,,,15.99,40.5", "00000000002,FAR,,,15.0,40.5"), MAY)
    placed = place(database, vintage, MAY, tmp_path)
    assert placed["00000000001"] == ("A662", pytest.approx(849, abs=2))
    assert placed["00000000002"] == (None, None)


def test_a_firm_that_says_nothing_of_where_it_is_is_accepted_and_counted_as_not_placed(
    database: str, ingest: Ingest, tmp_path: Path
) -> None:
    vintage = load_vintage(database, dt.date(2023, 1, 1), 17)
    assert ingest(lines(tmp_path, "00000000001,NOWHERE,,,,"), MAY).accepted == 1
    assert place(database, vintage, MAY, tmp_path) == {"00000000001": (None, None)}
    assert query(database, "SELECT reason FROM register.placement_case") == [("no municipality declared",)]


def test_quotes_commas_and_backslashes_survive_the_way_through_the_database(
    database: str, ingest: Ingest, tmp_path: Path
) -> None:
    """Firms loaded before the boundaries are read back to be seated."""
    odd = 'A "B", \\C\\\\ (D)'
    ingest(lines(tmp_path, f'00000000001,FIRM,"{odd.replace(chr(34), chr(34) * 2)}",,,'), MAY)
    place(database, load_vintage(database, dt.date(2023, 1, 1), 17), MAY, tmp_path)
    assert query(database, "SELECT declared_municipality FROM register.seat") == [(odd,)]


def test_a_firm_that_comes_twice_is_loaded_once_by_the_first_extract_and_by_later_ones(
    database: str, ingest: Ingest, tmp_path: Path
) -> None:
    rows = ["00000000001,FIRST,,,,", "00000000002,OTHER,,,,", "00000000001,AGAIN,,,,"]
    for day in (MAY, JUNE):
        load = ingest(lines(tmp_path, *rows), day, accept_rejects=True)
        assert (load.accepted, load.rejected) == (2, 1)
        assert query(database, "SELECT name FROM register.firm ORDER BY 1") == [("FIRST",), ("OTHER",)]
    values = query(database, "SELECT row_number, reason, value FROM ops.reject ORDER BY run_id")
    assert values == [(4, "duplicate firm", "as in row 2")] * 2


def test_a_first_extract_that_is_refused_leaves_nothing_behind(database: str, ingest: Ingest, tmp_path: Path) -> None:
    tables = "SELECT relname FROM pg_class WHERE relnamespace = 'register'::regnamespace ORDER BY 1"
    before = query(database, tables)
    with pytest.raises(RejectedRows):
        ingest(lines(tmp_path, "00000000001,FIRM,,,,", "1,WRONG,,,,"), MAY)
    assert query(database, tables) == before
    assert query(database, "SELECT count(*) FROM register.firm") == [(0,)]
    assert ingest(lines(tmp_path, "00000000001,FIRM,,,,"), MAY).new == 1


def test_invented_firms_are_kept_from_real_ones_though_they_are_found_out_last(
    database: str, ingest: Ingest, snapshots: Callable[..., Path], tmp_path: Path
) -> None:
    ingest(lines(tmp_path, "00000000001,FIRM,,,,"), MAY)
    with pytest.raises(MixedRegisters):
        ingest(snapshots(0), JUNE, accept_shrinkage=True)
    assert query(database, "SELECT name FROM register.firm") == [("FIRM",)]


def test_firms_of_an_earlier_version_without_a_digest_are_no_changes(
    database: str, ingest: Ingest, snapshots: Callable[..., Path]
) -> None:
    ingest(snapshots(0), MAY)
    digests = query(database, FIRMS)
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE register.firm SET row_digest = NULL")
        connection.execute("DELETE FROM register.known_extract")  # an earlier version kept none
    assert ingest(snapshots(0), JUNE).unchanged == 2_000
    assert query(database, FIRMS) == digests


def test_a_later_snapshot_with_few_changes_looks_up_only_those(
    database: str, ingest: Ingest, snapshots: Callable[..., Path]
) -> None:
    """The plan of the step that closes versions, with two firms of 2,000 outdated: by index, no scan of all firms."""
    ingest(snapshots(0), MAY)
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO register.outdated SELECT firm_id FROM register.firm ORDER BY 1 LIMIT 2")
        connection.execute("ANALYZE register.outdated")
        plan = connection.execute(
            "EXPLAIN UPDATE register.firm SET valid_to = '2025-06-19' FROM register.outdated "
            "WHERE firm.source_id = 'business_register' AND firm.firm_id = outdated.firm_id AND firm.valid_to IS NULL"
        ).fetchall()
    text = "\n".join(line for (line,) in plan)
    assert "firm_business_register_version" in text
    assert "Seq Scan on firm_business_register" not in text


def test_the_meter_runs_from_nothing_to_the_whole_file(
    database: str, snapshots: Callable[..., Path], tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    intake = pipeline.Intake(SOURCE, snapshots(0), today=TODAY, as_of=MAY)
    pipeline.ingest(database, default_catalogue_dir(), intake, cache_dir=tmp_path, meter=lambda *now: told.append(now))
    assert told[-1][0] == told[-1][1] > 0
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_invented_points_lie_where_they_are_declared_but_for_one_or_two_in_a_hundred(
    snapshots: Callable[..., Path],
) -> None:
    """The oracle: shapely."""
    firms = pd.read_csv(snapshots(0), dtype={"codice_istat": str})
    declared = firms["codice_istat"].map(squares(17).set_index("istat_code").geometry).to_numpy()
    has_point = firms["longitudine"].notna().to_numpy()
    inside = shapely.intersects(declared, shapely.points(firms["longitudine"], firms["latitudine"]))[has_point]
    assert 0.975 < has_point.mean() < 1
    # of the displaced, those that got another firm's municipality by chance of the same name stay inside: about half
    assert 0.98 < inside.mean() < 1
    assert np.isclose((firms["comune"] == "BARI").mean(), 0.6, atol=0.04)


def test_values_that_count_as_unknown_are_counted_by_column_also_where_rows_are_known(
    database: str, ingest: Ingest, tmp_path: Path
) -> None:
    """Out of range, no number, half a point; the filler (0, 0) and an empty cell are no wrong values."""
    header = f"{HEADER},cap"
    rows = [
        "00000000001,A,,,200,41.9,00184",
        "00000000002,B,,,x,x,wrong",
        "00000000003,C,,,12.5,,",
        "00000000004,D,,,0,0,00184",
        "00000000005,E,,,12.5,41.9,1",
    ]
    path = tmp_path / "register.csv"
    for day, name in ((MAY, "E"), (JUNE, "F")):
        path.write_text("\n".join([header, *rows]).replace(",E,", f",{name},"), encoding="utf-8")
        # of the first row, the latitude is half a point when its longitude is wrong
        expected = {"longitude": 3, "latitude": 2, "postal_code": 1}
        assert ingest(path, day).turned_unknown == expected
        summary = query(database, "SELECT summary->'turned_unknown' FROM ops.run ORDER BY run_id DESC LIMIT 1")
        assert summary == [(expected,)]


def test_rows_that_differ_in_the_edition_of_their_code_alone_are_told_apart(ingest: Ingest, tmp_path: Path) -> None:
    """The source uses ATECO 2007 until 2025-03-31: every row with a code changes then, five of them in nothing else."""
    path = tmp_path / "register.csv"
    rows = [f"{n:011},FIRM {n},ROMA,{'' if n > 6 else '62.01'}" for n in range(10)]
    loads = []
    for day, name in ((dt.date(2025, 3, 31), "FIRM 0"), (dt.date(2025, 4, 1), "OTHER"), (JUNE, "OTHER")):
        rows[0], rows[9] = f"{0:011},{name},ROMA,62.01", f"{9:011},{name},ROMA,"
        header = "codice_fiscale,denominazione,comune,ateco"
        path.write_text("\n".join([header, *rows]), encoding="utf-8")
        loads.append(ingest(path, day))
    assert [(load.changed, load.changed_in_edition_only) for load in loads] == [(0, 0), (8, 6), (0, 0)]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_later_extracts_are_sifted_whatever_their_order_and_give_what_reading_all_of_them_gives(
    suffix: str, database: str, ingest: Ingest, snapshots: Callable[[float, str], Path], tmp_path: Path
) -> None:
    """The oracle: the same extracts where nothing is known of the one before."""
    load_vintage(database, dt.date(2023, 1, 1), 17)
    paths = [
        snapshots(0, suffix),
        snapshots(0.05, suffix),
        shuffled(snapshots(0.1, suffix), tmp_path),
        snapshots(0, suffix),
    ]

    def load_all() -> tuple[list[LoadSummary], Rows]:
        loads = [ingest(path, MAY + dt.timedelta(days=30 * n)) for n, path in enumerate(paths)]
        rows = query(database, FIRMS)
        with psycopg.connect(database) as connection:
            connection.execute("TRUNCATE register.firm, register.seat, register.extract, register.location")
        return loads, rows

    with mock.patch.object(delivery, "sift", wraps=delivery.sift) as sift:
        sifted = load_all()
        assert sift.call_count == len(paths) - 1
    with mock.patch.object(delivery, "known_rows", return_value=None):
        assert load_all() == sifted


def shuffled(path: Path, folder: Path) -> Path:
    """Return a file with the same rows in another order."""
    order = np.random.default_rng(1).permutation(2_000)
    other = folder / f"shuffled{path.suffix}"
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(pyarrow.parquet.read_table(path).take(pa.array(order)), other)
    else:
        header, *rows = path.read_text(encoding="utf-8").splitlines()
        other.write_text("\n".join([header, *(rows[place] for place in order)]), encoding="utf-8")
    return other
