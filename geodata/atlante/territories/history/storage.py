"""Documents and history in the database: what each document says, and what was taken to be true when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import pandas as pd

from atlante.database import copy_rows, load_queries
from atlante.territories.documents.model import EVENT_STATEMENT_COLUMNS, STATEMENT_COLUMNS, Document, DocumentKind
from atlante.territories.history.model import CONFLICT_COLUMNS, EVENT_COLUMNS, VERSION_COLUMNS, History

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from atlante.database import Connection

_QUERIES = load_queries(__package__)
_DATES = ("valid_from", "valid_to", "changed_after", "event_date")


@dataclass(frozen=True, slots=True)
class HistoryChanges:
    """How many rows of a history were opened, and how many closed, since others are true or known now."""

    versions_opened: int = 0
    versions_closed: int = 0
    events_opened: int = 0
    events_closed: int = 0
    conflicts_opened: int = 0
    conflicts_closed: int = 0


def store_document(connection: Connection, document: Document, *, run_id: int) -> bool:
    """Write a document and return whether that makes a difference: it was not there, withdrawn, or said to be partial.

    What one that is there says stays as it is.
    """
    names = ("as_of", "is_snapshot", "is_complete", "source", "licence", "sha256")
    parameters = {name: getattr(document, name) for name in names}
    parameters |= {"document_id": document.document_id, "kind": str(document.kind), "run_id": run_id}
    if not connection.execute(_QUERIES["insert_document"], parameters).rowcount:
        taken_up = {name: parameters[name] for name in ("document_id", "is_complete")}
        return bool(connection.execute(_QUERIES["take_up_document"], taken_up).rowcount)
    for table, columns, rows in (
        ("territory.statement", STATEMENT_COLUMNS, document.statements),
        ("territory.event_statement", EVENT_STATEMENT_COLUMNS, document.events),
    ):
        said = rows.loc[:, list(columns)].assign(document_id=document.document_id)
        copy_rows(connection, table, [*columns, "document_id"], _tuples(said))
    return True


def mark_withdrawn(connection: Connection, document_ids: Sequence[str]) -> None:
    """Let documents count no more; what they say stays."""
    connection.execute(_QUERIES["withdraw_documents"], {"document_ids": list(document_ids)})


def earlier_editions(connection: Connection, document: Document) -> list[str]:
    """Return the facts that count and that a file of the same name declared before."""
    parameters = {"document_id": document.document_id, "source": document.source}
    return [row[0] for row in connection.execute(_QUERIES["earlier_editions"], parameters)]


def read_documents(connection: Connection) -> list[Document]:
    """Return all documents that count, without what their readers skipped."""
    statements = dict(iter(_frame(connection, "statements", {}).groupby("document_id")))
    events = dict(iter(_frame(connection, "event_statements", {}).groupby("document_id")))
    nothing = pd.DataFrame(columns=[*STATEMENT_COLUMNS, *EVENT_STATEMENT_COLUMNS], dtype=object)
    nothing = nothing.astype(dict.fromkeys(set(_DATES) & set(nothing.columns), "datetime64[s]"))
    return [
        Document(
            DocumentKind(kind),
            as_of,
            is_snapshot,
            source,
            licence,
            sha256,
            statements=statements.get(document_id, nothing)[list(STATEMENT_COLUMNS)].reset_index(drop=True),
            events=events.get(document_id, nothing)[list(EVENT_STATEMENT_COLUMNS)].reset_index(drop=True),
            is_complete=is_complete,
        )
        for document_id, kind, as_of, is_snapshot, source, licence, sha256, is_complete in connection.execute(
            _QUERIES["documents"]
        )
    ]


def list_documents(connection: Connection) -> pd.DataFrame:
    """Return the documents that count, in the order of their days.

    Returns
    -------
    pd.DataFrame
        document_id, kind, as_of, is_snapshot, is_complete, source, licence, loaded_at, statements, events (rows of
        each).
    """
    return _frame(connection, "documents_with_counts", {})


def store_history(connection: Connection, history: History) -> HistoryChanges:
    """Make a history the one that is taken to be true: close rows that are not in it, open those that are new in it.

    All rows get the same moment. A history that is stored again changes nothing.
    """
    row = connection.execute(_QUERIES["moment"]).fetchone()
    moment = row[0] if row else None
    counts = [
        _store_rows(connection, table, rows.loc[:, list(columns)], moment)
        for table, columns, rows in (
            ("version", VERSION_COLUMNS, history.versions),
            ("event", EVENT_COLUMNS, history.events),
            ("conflict", CONFLICT_COLUMNS, history.conflicts),
        )
    ]
    return HistoryChanges(*(n for pair in counts for n in pair))


def read_history(connection: Connection, *, known_at: dt.datetime | None = None) -> History:
    """Return the history as it is taken to be now, or as it was taken to be at a moment."""
    parameters = {"known_at": known_at}
    versions, events, conflicts = (_frame(connection, name, parameters) for name in ("versions", "events", "conflicts"))
    versions["sources"] = versions["sources"].map(tuple)
    events["is_partial"] = events["is_partial"].astype(bool)
    return History(versions, events, conflicts)


def _store_rows(connection: Connection, table: str, rows: pd.DataFrame, moment: dt.datetime | None) -> tuple[int, int]:
    """Return how many rows were opened and closed."""
    columns = list(rows.columns)
    open_rows = {_hashable(row) for row in connection.execute(_QUERIES[f"{table}s"], {"known_at": None})}
    new_rows = {_hashable(row) for row in _tuples(rows)}
    gone, come = open_rows - new_rows, [row for row in map(_hashable, _tuples(rows)) if row not in open_rows]
    if gone:
        rows_gone = orjson.dumps([dict(zip(columns, row, strict=True)) for row in gone]).decode()
        connection.execute(_QUERIES[f"close_{table}s"], {"gone": rows_gone, "moment": moment})
    values = ([*(list(value) if isinstance(value, tuple) else value for value in row), moment] for row in come)
    copy_rows(connection, f"territory.{table}", [*columns, "known_from"], values)
    return len(come), len(gone)


def _hashable(row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in row)


def _tuples(rows: pd.DataFrame) -> Iterable[tuple[Any, ...]]:
    """Return rows as the driver adapts them: dates, None for null."""
    columns = []
    for name in rows.columns:
        column = rows[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            values = column.dt.date.astype(object)
        else:
            values = column.astype(object)
        columns.append(values.where(column.notna(), None).tolist())
    return zip(*columns, strict=True)


def _frame(connection: Connection, query: str, parameters: dict[str, Any]) -> pd.DataFrame:
    """Return the rows of a query: text as objects, days as datetime64[s]."""
    cursor = connection.execute(_QUERIES[query], parameters)
    names = [column.name for column in cursor.description or ()]
    rows = cursor.fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pd.DataFrame(
        {
            name: pd.Series(values, dtype="datetime64[s]" if name in _DATES else object)
            for name, values in zip(names, columns, strict=True)
        }
    )
