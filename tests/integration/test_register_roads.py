"""A later extract is read only where it differs: the register is what it would be if all of it had been read."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from atlante.catalogue.sources import SourceDefinition, load_sources
from atlante.database import Connection, Role, connect
from atlante.errors import AtlanteError, StaleExtract
from atlante.registers import Account, Loading, LoadSummary, delivery, load_register, open_register
from atlante.registers.known import known_rows
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = load_sources(default_catalogue_dir())["business_register"]
FIRST_DAY, TODAY = dt.date(2025, 3, 1), dt.date(2026, 1, 1)
HEADER = ("codice_fiscale", "denominazione", "ateco", "comune", "cap", "longitudine", "latitudine", "data_iscrizione")
FIRM_TABLE = """SELECT firm_id, dense_rank() OVER (ORDER BY run_id), row_number, row_digest, name, activity_code,
    activity_edition, declared_municipality, postal_code, longitude, latitude, registration_date, valid_from, valid_to
    FROM register.firm WHERE source_id = %s ORDER BY firm_id, valid_from"""
CURRENT = "SELECT firm_id, row_digest FROM register.firm WHERE source_id = %s AND valid_to IS NULL ORDER BY 1"

CELLS = st.tuples(
    st.sampled_from([f"{n:011}" for n in range(6)] + ["123"]),
    st.sampled_from(["ALFA", "BETA  S.R.L.", '"A ""B"", C"', '"broken', "IMPRESA SINTETICA 000001", ""]),
    st.sampled_from(["62.01", "6201", "", "x"]),
    st.sampled_from(["ROMA", "FORLÌ", ""]),
    st.sampled_from(["00184", "184", "wrong"]),
    st.sampled_from(["12.5", "", "200"]),
    st.sampled_from(["41.9", ""]),
    st.sampled_from(["2020-01-02", "2025-03-20", "02/01/2020"]),
)
LINES = st.one_of(CELLS, st.sampled_from([("",), ("(1) a note",), ("00000000001", "TOO FEW")]))


@dataclass(frozen=True)
class Given:
    """An extract: when, what, and how it is written."""

    days: int  # after the one before; negative: it comes late
    lines: tuple[tuple[str, ...], ...]
    newline: str = "\n"
    has_end: bool = True
    columns: tuple[int, ...] = tuple(range(len(HEADER)))
    more: tuple[str, ...] = ()  # another column
    postal_codes_reject: bool = False

    @property
    def source(self) -> SourceDefinition:
        column = SOURCE.columns["postal_code"].model_copy(
            update={"when_wrong": "reject" if self.postal_codes_reject else "unknown"}
        )
        return SOURCE.model_copy(update={"columns": SOURCE.columns | {"postal_code": column}})

    def content(self) -> bytes:
        rows = [HEADER, *self.lines]
        texts = [
            ",".join([*(row[place] for place in self.columns), *self.more])
            if len(row) == len(HEADER)
            else ",".join(row)
            for row in rows
        ]
        return (self.newline.join(texts) + (self.newline if self.has_end else "")).encode()


EXTRACTS = st.builds(
    Given,
    days=st.sampled_from([1, 1, 1, 0, 25, -1]),
    lines=st.lists(LINES, min_size=1, max_size=8).map(tuple),
    newline=st.sampled_from(["\n", "\n", "\r\n"]),
    has_end=st.booleans(),
    columns=st.sampled_from([tuple(range(8)), tuple(range(8)), (1, 0, 2, 3, 4, 5, 6, 7)]),
    more=st.sampled_from([(), (), ("odd",)]),
    postal_codes_reject=st.sampled_from([False, False, False, True]),
)


@st.composite
def sequences(draw: st.DrawFn) -> list[Given]:
    """Return extracts of which each shows most of the lines of the one before, in their order or another."""
    extracts = [draw(EXTRACTS)]
    for _ in range(draw(st.integers(1, 4))):
        following = draw(EXTRACTS)
        kept = [line for line in extracts[-1].lines if draw(st.integers(0, 3))]
        lines = (
            draw(st.permutations([*kept, *following.lines[:3]]))
            if draw(st.booleans())
            else [*kept, *following.lines[:3]]
        )
        changes = {"lines": tuple(lines)} if lines else {}
        if draw(st.integers(0, 3)):  # most are written as they were
            before = extracts[-1]
            changes |= {"newline": before.newline, "columns": before.columns, "more": before.more}
            changes |= {"postal_codes_reject": before.postal_codes_reject}
        extracts.append(Given(**(asdict(following) | changes)))
    return extracts


@pytest.fixture(scope="module")
def connection(server: Any, template: str) -> Iterator[Connection]:  # noqa: ANN401 - a private cluster
    with connect(server.url(database=template), role=Role.LOAD) as connection:
        yield connection


def load(
    connection: Connection, path: Path, source: SourceDefinition, day: dt.date
) -> tuple[Account, LoadSummary] | type[AtlanteError]:
    """Load a file as a run of its own; return the error where it is refused."""
    row = connection.execute(
        "INSERT INTO ops.run (verb, software_version) VALUES ('ingest', '0') RETURNING run_id"
    ).fetchone()
    assert row
    try:
        with open_register(path, source, as_of=day, today=TODAY) as file, connection.transaction():
            return load_register(connection, file, Loading(row[0], accept_shrinkage=True))
    except AtlanteError as refused:
        return type(refused)


def known_firms(connection: Connection, source_id: str) -> list[tuple[str, int]]:
    known = known_rows(connection, source_id)
    assert known
    rows = known.rows.filter(known.is_current)
    return sorted(zip(rows.firm_ids.to_pylist(), rows.row_digests.tolist(), strict=True))


def assert_same(one: tuple[Account, LoadSummary], other: tuple[Account, LoadSummary]) -> None:
    accounts = [asdict(account) for account, _ in (one, other)]
    rejects = [account.pop("rejects") for account in accounts]
    for account in accounts:
        account.pop("source_id")
    assert accounts[0] == accounts[1]
    pd.testing.assert_frame_equal(*rejects)
    assert one[1] == other[1]
    assert one[1].accepted + one[1].rejected == one[1].rows_in_file
    assert one[1].new + one[1].changed + one[1].unchanged == one[1].accepted


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(extracts=sequences())
@example(  # the same firm in a known row and in another, before and after it
    [
        Given(
            1, (("00000000001", "ALFA", "", "ROMA", "", "", "", ""), ("00000000002", "BETA", "", "", "", "", "", ""))
        ),
        Given(
            1,
            (
                ("00000000001", "BETA", "", "ROMA", "", "", "", ""),
                ("00000000001", "ALFA", "", "ROMA", "", "", "", ""),
                ("00000000002", "BETA", "", "", "", "", "", ""),
                ("00000000002", "BETA", "", "", "", "", "", ""),
            ),
        ),
    ]
)
def test_both_roads_lead_to_the_same_register(connection: Connection, extracts: list[Given]) -> None:
    """The oracle: a second source that always reads all of the file and compares it with the table of firms."""
    with (
        tempfile.TemporaryDirectory() as folder,
        connection.transaction(force_rollback=True),
        mock.patch.object(delivery, "known_rows", wraps=delivery.known_rows) as known,
    ):
        path, day = Path(folder) / "register.csv", FIRST_DAY
        for extract in extracts:
            day += dt.timedelta(days=extract.days)
            path.write_bytes(extract.content())
            known.side_effect = None
            short, whole = (extract.source.model_copy(update={"source_id": name}) for name in ("short", "whole"))
            loaded = load(connection, path, short, day)
            known.side_effect = lambda *_: None
            oracle = load(connection, path, whole, day)
            if isinstance(oracle, type):
                assert loaded is oracle
                day -= dt.timedelta(days=extract.days if oracle is StaleExtract else 0)
                continue
            assert not isinstance(loaded, type)
            assert_same(loaded, oracle)
            tables = [connection.execute(FIRM_TABLE, [name]).fetchall() for name in ("short", "whole")]
            assert tables[0] == tables[1]
            assert known_firms(connection, "short") == connection.execute(CURRENT, ["short"]).fetchall()
