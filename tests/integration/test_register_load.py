"""Extracts in the register: history is kept, and only what changed is written."""

from __future__ import annotations

import zlib
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pytest

from atlante.catalogue.sources import load_sources
from atlante.database import Connection, Role, connect
from atlante.errors import StaleExtract, SuspiciousShrinkage
from atlante.registers import Extract, LoadSummary, load_extract, read_register
from atlante.registers.extract import REJECT_SCHEMA, ROW_SCHEMA
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

MARCH, APRIL, MAY = date(2025, 3, 31), date(2025, 4, 30), date(2025, 5, 31)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with connect(database, role=Role.LOAD) as connection:
        yield connection


def extract(day: date, firms: dict[str, str], *, rejects: int = 0, sha256: str | None = None) -> Extract:
    """Return an extract of firms by id, each with a name; the digest of a row is its name's."""
    rows = [
        {"row_number": number, "firm_id": firm_id, "row_digest": zlib.crc32(name.encode()), "name": name}
        | {"declared_municipality": 'NA, "NA"', "special_section_date": date(2020, 1, 2), "has_rnd": True}
        for number, (firm_id, name) in enumerate(firms.items(), 2)
    ]
    bad = [{"row_number": 100 + n, "field": "line", "reason": "too few fields", "value": None} for n in range(rejects)]
    return Extract(
        source_id="s",
        path=Path(f"s_{day}.csv"),
        sha256=sha256 or f"{day}{sorted(firms.items())}",
        reference_date=day,
        is_synthetic=False,
        accepted=len(rows),
        rows=pa.Table.from_pylist(rows, schema=ROW_SCHEMA).to_pandas(types_mapper=pd.ArrowDtype),
        rejects=pa.Table.from_pylist(bad, schema=REJECT_SCHEMA).to_pandas(types_mapper=pd.ArrowDtype),
        rows_in_file=len(rows) + len(bad),
        legend_lines=0,
        blank_lines=0,
        turned_unknown={},
    )


def load(connection: Connection, what: Extract, *, accept_shrinkage: bool = False) -> LoadSummary:
    run = connection.execute(
        "INSERT INTO ops.run (verb, software_version) VALUES ('ingest', '0') RETURNING run_id"
    ).fetchone()
    assert run
    return load_extract(connection, what, run_id=run[0], accept_shrinkage=accept_shrinkage)


def history(connection: Connection) -> list[tuple[str, str, date, date | None]]:
    return connection.execute(
        "SELECT firm_id, name, valid_from, valid_to FROM register.firm ORDER BY firm_id, valid_from"
    ).fetchall()


def changes(summary: LoadSummary) -> tuple[int, int, int, int]:
    """Return new, changed, closed, unchanged, after checking that they add up."""
    assert summary.accepted + summary.rejected == summary.rows_in_file
    assert summary.new + summary.changed + summary.unchanged == summary.accepted
    return summary.new, summary.changed, summary.closed, summary.unchanged


def written_rows(connection: Connection) -> dict[str, str]:
    """Return which transaction wrote each current version: a row that is written again gets another."""
    rows = connection.execute("SELECT firm_id, xmin::text || ctid::text FROM register.firm WHERE valid_to IS NULL")
    return dict(rows.fetchall())


def test_the_first_extract_opens_every_firm_at_its_date(connection: Connection) -> None:
    assert changes(load(connection, extract(MARCH, {"1": "A", "2": "B"}))) == (2, 0, 0, 0)
    assert history(connection) == [("1", "A", MARCH, None), ("2", "B", MARCH, None)]


def test_values_arrive_as_they_were_read(connection: Connection) -> None:
    load(connection, extract(MARCH, {"1": 'a, "b"\\.\nc'}))
    row = connection.execute(
        "SELECT name, declared_municipality, special_section_date, has_rnd, has_patents, sector FROM register.firm"
    ).fetchone()
    assert row == ('a, "b"\\.\nc', 'NA, "NA"', date(2020, 1, 2), True, None, None)


def test_three_snapshots_keep_the_history_of_change_close_and_return(connection: Connection) -> None:
    load(connection, extract(MARCH, {"1": "A", "2": "B", "3": "C"}))
    assert changes(load(connection, extract(APRIL, {"1": "A", "2": "B2", "4": "D"}))) == (1, 1, 1, 1)
    assert changes(load(connection, extract(MAY, {"1": "A", "2": "B2", "3": "C"}))) == (1, 0, 1, 2)
    assert history(connection) == [
        ("1", "A", MARCH, None),
        ("2", "B", MARCH, APRIL),
        ("2", "B2", APRIL, None),
        ("3", "C", MARCH, APRIL),
        ("3", "C", MAY, None),
        ("4", "D", APRIL, MAY),
    ]


def test_a_firm_that_does_not_change_is_not_written_again(connection: Connection) -> None:
    load(connection, extract(MARCH, {"1": "A", "2": "B"}))
    before = written_rows(connection)
    load(connection, extract(APRIL, {"1": "A", "2": "B2"}))
    after = written_rows(connection)
    assert (after["1"] == before["1"], after["2"] == before["2"]) == (True, False)


def test_the_same_extract_again_changes_nothing(connection: Connection) -> None:
    load(connection, extract(MARCH, {"1": "A", "2": "B"}))
    recorded = "SELECT run_id, xmin::text FROM register.extract"
    before = history(connection), written_rows(connection), connection.execute(recorded).fetchall()
    assert changes(load(connection, extract(MARCH, {"1": "A", "2": "B"}))) == (0, 0, 0, 2)
    assert (history(connection), written_rows(connection), connection.execute(recorded).fetchall()) == before


def test_other_content_for_the_latest_date_takes_its_place(connection: Connection) -> None:
    load(connection, extract(MARCH, {"1": "A", "2": "B", "3": "C"}))
    load(connection, extract(APRIL, {"1": "A", "2": "B2", "4": "D", "5": "E"}))
    corrected = extract(APRIL, {"1": "A1", "2": "B", "3": "C", "5": "E5"})
    assert changes(load(connection, corrected)) == (1, 3, 1, 0)
    assert history(connection) == [
        ("1", "A", MARCH, APRIL),
        ("1", "A1", APRIL, None),
        ("2", "B", MARCH, None),
        ("3", "C", MARCH, None),
        ("5", "E5", APRIL, None),
    ]
    recorded = connection.execute("SELECT sha256 FROM register.extract WHERE reference_date = %s", (APRIL,)).fetchone()
    assert recorded == (corrected.sha256,)


def test_replaced_dates_leave_what_a_register_loaded_once_would_hold(connection: Connection) -> None:
    """The oracle: the last version of each date, loaded into another source from the start."""
    load(connection, extract(MARCH, {"1": "A", "2": "B"}))
    load(connection, extract(APRIL, {"2": "B9", "9": "Z"}))
    load(connection, extract(APRIL, {"1": "A", "2": "B2"}))
    load(connection, extract(MAY, {"7": "Q"}))
    load(connection, extract(MAY, {"1": "A", "3": "C"}))
    replaced = history(connection)
    connection.execute("UPDATE register.firm SET source_id = 'old'")
    connection.execute("UPDATE register.extract SET source_id = 'old'")
    for what in (
        extract(MARCH, {"1": "A", "2": "B"}),
        extract(APRIL, {"1": "A", "2": "B2"}),
        extract(MAY, {"1": "A", "3": "C"}),
    ):
        load(connection, what)
    connection.execute("DELETE FROM register.firm WHERE source_id = 'old'")
    assert history(connection) == replaced


def test_an_older_extract_is_refused(connection: Connection) -> None:
    load(connection, extract(APRIL, {"1": "A"}))
    with pytest.raises(StaleExtract, match=r"2025-03-31.*2025-04-30"):
        load(connection, extract(MARCH, {"1": "A"}))


def test_an_extract_that_lacks_a_fifth_of_the_firms_is_taken_for_cut_off(connection: Connection) -> None:
    firms = {str(n): "A" for n in range(100)}
    load(connection, extract(APRIL, firms))
    shrunk = extract(MAY, dict(list(firms.items())[:80]))
    with pytest.raises(SuspiciousShrinkage, match="lacks 20 of the 100"):
        load(connection, shrunk)
    assert changes(load(connection, shrunk, accept_shrinkage=True)) == (0, 0, 20, 80)


def test_an_extract_that_lacks_fewer_is_loaded(connection: Connection) -> None:
    firms = {str(n): "A" for n in range(100)}
    load(connection, extract(APRIL, firms))
    assert changes(load(connection, extract(MAY, dict(list(firms.items())[:81])))) == (0, 0, 19, 81)


def test_a_cut_off_file_that_replaces_its_own_date_is_refused_too(connection: Connection) -> None:
    firms = {str(n): "A" for n in range(100)}
    load(connection, extract(APRIL, firms))
    with pytest.raises(SuspiciousShrinkage):
        load(connection, extract(APRIL, dict(list(firms.items())[:50])))


def test_a_shrinkage_that_was_accepted_can_be_loaded_again(connection: Connection) -> None:
    firms = {str(n): "A" for n in range(300)}
    load(connection, extract(APRIL, firms))
    shrunk = extract(MAY, dict(list(firms.items())[:150]))
    load(connection, shrunk, accept_shrinkage=True)
    assert changes(load(connection, shrunk)) == (0, 0, 0, 150)


def test_a_register_of_fewer_than_a_hundred_firms_may_shrink(connection: Connection) -> None:
    load(connection, extract(APRIL, {str(n): "A" for n in range(99)}))
    assert changes(load(connection, extract(MAY, {"1": "A"}))) == (0, 0, 98, 1)


def test_another_source_is_left_alone(connection: Connection) -> None:
    load(connection, extract(APRIL, {"1": "A"}))
    assert changes(load(connection, replace(extract(MARCH, {"1": "X", "2": "Y"}), source_id="t"))) == (2, 0, 0, 0)
    assert connection.execute("SELECT count(*) FROM register.firm WHERE valid_to IS NULL").fetchone() == (3,)


def test_rejects_are_kept_with_their_run_and_staging_is_left_empty(connection: Connection) -> None:
    summary = load(connection, extract(MARCH, {"1": "A"}, rejects=2))
    assert asdict(summary) == {
        "rows_in_file": 3, "accepted": 1, "rejected": 2, "new": 1, "changed": 0, "closed": 0, "unchanged": 0,
        "changed_in_edition_only": 0, "turned_unknown": {},
    }  # fmt: skip
    assert connection.execute("SELECT row_number, field, reason, value FROM ops.reject ORDER BY 1").fetchall() == [
        (100, "line", "too few fields", None),
        (101, "line", "too few fields", None),
    ]
    assert connection.execute("SELECT count(*) FROM register.staging").fetchone() == (0,)
    assert connection.execute("SELECT rows_in_file, rows_accepted, rows_rejected FROM register.extract").fetchone() == (
        3,
        1,
        2,
    )


def test_replacing_a_date_forgets_where_its_firms_were_placed(connection: Connection) -> None:
    load(connection, extract(MARCH, {"1": "A"}))
    connection.execute(
        "INSERT INTO territory.vintage (vintage_id, reference_date, source, licence, sha256, run_id) "
        "SELECT 'v', '2023-01-01', 's', 'l', 'x', min(run_id) FROM ops.run"
    )
    connection.execute("UPDATE register.firm SET seat_id = 7")
    connection.execute(
        "INSERT INTO register.placement_case "
        "(source_id, reference_date, case_id, vintage_id, method, reason, confidence, firms) "
        "VALUES ('s', %s, 7, 'v', 'none', 'test', 0, 1)",
        (MARCH,),
    )
    load(connection, extract(MARCH, {"1": "A"}))
    assert connection.execute("SELECT count(*) FROM register.placement").fetchone() == (1,)
    load(connection, extract(MARCH, {"1": "A2"}))
    assert connection.execute("SELECT count(*) FROM register.placement").fetchone() == (0,)


@pytest.mark.shared_data
def test_the_published_list_is_loaded_whole_and_again_without_change(connection: Connection, shared_data: Path) -> None:
    source = load_sources(default_catalogue_dir())["innovative_startups_table"]
    path = shared_data / "firms" / "innovative_startups_2025-05-19.csv"
    published = read_register(path, source, as_of=None, today=date(2025, 6, 1))
    assert changes(load(connection, published)) == (12_292, 0, 0, 0)
    assert changes(load(connection, published)) == (0, 0, 0, 12_292)
    assert connection.execute("SELECT count(*) FROM register.firm WHERE has_rnd").fetchone() == (7706,)


def test_a_large_extract_is_merged_set_against_set(connection: Connection) -> None:
    """Compared each with each, 40,000 firms take minutes: the tables just filled have no statistics."""
    connection.execute("SET LOCAL statement_timeout = '20s'")
    firms = {f"{number:06d}": f"firm {number}" for number in range(40_000)}
    load(connection, extract(MARCH, firms))
    later = firms | {"000007": "renamed"}
    del later["000008"]
    assert changes(load(connection, extract(APRIL, later))) == (0, 1, 1, 39_998)
    assert connection.execute("SHOW enable_nestloop").fetchone() == ("on",)
