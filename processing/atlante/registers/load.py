"""An extract into the register: only what it changes is written, and history is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.csv

from atlante.database import load_queries, sql, translate_errors
from atlante.errors import StaleExtract, SuspiciousShrinkage
from atlante.registers.extract import REJECT_SCHEMA, ROW_SCHEMA

if TYPE_CHECKING:
    import pandas as pd

    from atlante.database import Connection
    from atlante.registers.extract import Extract

_QUERIES: Final = load_queries(__package__)
_EMPTY_STAGING: Final = sql.SQL("TRUNCATE register.staging")
_ROWS_PER_MESSAGE: Final = 20_000
_FEW_FIRMS: Final = 100  # of fewer, a fifth is soon gone
_SUSPICIOUS_SHARE: Final = 0.2
_UNQUOTED_NULLS: Final = pa.csv.WriteOptions(include_header=False, quoting_style="needed")


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """What an extract changed, in firms.

    ``accepted + rejected = rows_in_file`` and ``new + changed + unchanged = accepted``. `new` counts firms that come
    back too; `closed` those that the register held and the extract does not show.
    """

    rows_in_file: int
    accepted: int
    rejected: int
    new: int
    changed: int
    closed: int
    unchanged: int


def load_extract(
    connection: Connection, extract: Extract, *, run_id: int, accept_shrinkage: bool = False
) -> LoadSummary:
    """Load an extract in the caller's transaction; nothing is committed here.

    The same content again changes nothing; other content for the latest date takes the place of what that date said.

    Parameters
    ----------
    accept_shrinkage
        Load an extract that lacks many of the firms that the register holds.

    Raises
    ------
    StaleExtract
        If a later extract of this source is loaded.
    SuspiciousShrinkage
        If a fifth of the firms or more would be closed: the file may be cut off at the end of a line.
    """
    with translate_errors():
        _refuse_stale(connection, extract)
        connection.execute(_EMPTY_STAGING)
        _copy(connection, ("register", "staging"), extract.rows, ROW_SCHEMA, run_id)
        _copy(connection, ("ops", "reject"), extract.rejects, REJECT_SCHEMA, run_id)
        connection.execute(_QUERIES["set_nested_loops"], {"setting": "off"})
        summary = _merge(connection, extract, run_id, accept_shrinkage=accept_shrinkage)
        connection.execute(_QUERIES["set_nested_loops"], {"setting": "on"})
        connection.execute(_EMPTY_STAGING)
    return summary


def _merge(connection: Connection, extract: Extract, run_id: int, *, accept_shrinkage: bool) -> LoadSummary:
    """Bring the register from what it holds to what staging holds; return the difference."""
    summary = _summarise(connection, extract)
    registered = summary.changed + summary.closed + summary.unchanged
    is_suspicious = registered >= _FEW_FIRMS and summary.closed >= _SUSPICIOUS_SHARE * registered
    if is_suspicious and not accept_shrinkage:
        raise SuspiciousShrinkage(extract.path, summary.closed, registered)
    is_changed = summary.new + summary.changed + summary.closed > 0
    if is_changed:
        day = {"source_id": extract.source_id, "reference_date": extract.reference_date}
        for step in ("forget_placements", "forget_versions", "close_versions", "reopen_versions", "open_versions"):
            connection.execute(_QUERIES[step], day)
    connection.execute(_QUERIES["record_extract"], _record(extract, summary, run_id) | {"is_changed": is_changed})
    return summary


def _refuse_stale(connection: Connection, extract: Extract) -> None:
    row = connection.execute(_QUERIES["latest_reference_date"], {"source_id": extract.source_id}).fetchone()
    latest = row[0] if row else None
    if latest is not None and extract.reference_date < latest:
        raise StaleExtract(extract.reference_date, latest)


def _copy(connection: Connection, table: tuple[str, str], rows: pd.DataFrame, schema: pa.Schema, run_id: int) -> None:
    """Send rows, their run before their columns, as CSV that Arrow writes: NULL is unquoted nothing."""
    columns = sql.SQL(", ").join(map(sql.Identifier, ["run_id", *schema.names]))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(sql.Identifier(*table), columns)
    sent = pa.Table.from_pandas(rows, schema=schema, preserve_index=False)
    sent = sent.add_column(0, "run_id", pa.repeat(pa.scalar(run_id), len(sent)))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for batch in sent.to_batches(max_chunksize=_ROWS_PER_MESSAGE):
            message = pa.BufferOutputStream()
            pa.csv.write_csv(batch, message, _UNQUOTED_NULLS)
            copy.write(message.getvalue().to_pybytes())


def _summarise(connection: Connection, extract: Extract) -> LoadSummary:
    row = connection.execute(_QUERIES["count_differences"], {"source_id": extract.source_id}).fetchone()
    new, changed, closed, unchanged = row or (0, 0, 0, 0)
    return LoadSummary(
        rows_in_file=extract.rows_in_file,
        accepted=len(extract.rows),
        rejected=len(extract.rejects),
        new=new,
        changed=changed,
        closed=closed,
        unchanged=unchanged,
    )


def _record(extract: Extract, summary: LoadSummary, run_id: int) -> dict[str, object]:
    return {
        "source_id": extract.source_id,
        "reference_date": extract.reference_date,
        "file_name": extract.path.name,
        "sha256": extract.sha256,
        "is_synthetic": extract.is_synthetic,
        "rows_in_file": summary.rows_in_file,
        "rows_accepted": summary.accepted,
        "rows_rejected": summary.rejected,
        "run_id": run_id,
    }
