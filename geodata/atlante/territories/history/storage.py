"""Documents and history in the database: what each document says, and what was taken to be true when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from atlante.database import copy_rows, load_queries
from atlante.territories.documents.model import EVENT_STATEMENT_COLUMNS, STATEMENT_COLUMNS, Document, DocumentKind
from atlante.territories.history.model import CONFLICT_COLUMNS, EVENT_COLUMNS, VERSION_COLUMNS, History
from atlante.territories.history.resolving import resolve_history, unplaced_events

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


@dataclass(frozen=True, slots=True)
class HistorySummary:
    """What loading documents came to.

    Attributes
    ----------
    documents
        Those that were not loaded before.
    municipalities, versions, events, conflicts
        In the history that is taken to be true now.
    events_unplaced
        Events of which a municipality is not found in any document; None: nothing was resolved.
    changes
        Against what was taken to be true before.
    """

    documents: tuple[str, ...]
    municipalities: int
    versions: int
    events: int
    conflicts: int
    events_unplaced: int | None
    changes: HistoryChanges


def store_document(connection: Connection, document: Document, *, run_id: int) -> bool:
    """Write a document and return whether it was not there yet; one that is there stays as it is."""
    parameters = {name: getattr(document, name) for name in ("as_of", "is_snapshot", "source", "licence", "sha256")}
    parameters |= {"document_id": document.document_id, "kind": str(document.kind), "run_id": run_id}
    if not connection.execute(_QUERIES["insert_document"], parameters).rowcount:
        return False
    for table, columns, rows in (
        ("territory.statement", STATEMENT_COLUMNS, document.statements),
        ("territory.event_statement", EVENT_STATEMENT_COLUMNS, document.events),
    ):
        said = rows.loc[:, list(columns)].assign(document_id=document.document_id)
        copy_rows(connection, table, [*columns, "document_id"], _tuples(said))
    return True


def load_documents(connection: Connection, documents: Sequence[Document], *, run_id: int) -> HistorySummary:
    """Store documents, resolve the history from all that are loaded, and store what is different in it.

    Documents that are loaded already change nothing. Labels of boundaries alone make no history: they know of no day
    but their own.
    """
    new = [document for document in documents if store_document(connection, document, run_id=run_id)]
    changes, unplaced = HistoryChanges(), None
    if new:
        every = read_documents(connection)
        if any(document.kind != DocumentKind.BOUNDARIES for document in every):
            changes = store_history(connection, resolve_history(every))
            unplaced = len(unplaced_events(every))
    history = read_history(connection)
    return HistorySummary(
        documents=tuple(document.document_id for document in new),
        municipalities=history.versions["municipality_code"].nunique(),
        versions=len(history.versions),
        events=len(history.events),
        conflicts=len(history.conflicts),
        events_unplaced=unplaced,
        changes=changes,
    )


def read_documents(connection: Connection) -> list[Document]:
    """Return all documents that are loaded, without what their readers skipped."""
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
        )
        for document_id, kind, as_of, is_snapshot, source, licence, sha256 in connection.execute(_QUERIES["documents"])
    ]


def list_documents(connection: Connection) -> pd.DataFrame:
    """Return the documents that are loaded, in the order of their days.

    Returns
    -------
    pd.DataFrame
        document_id, kind, as_of, is_snapshot, source, licence, loaded_at, statements, events (rows of each).
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
        arrays = dict(zip(columns, map(list, zip(*gone, strict=True)), strict=True))
        arrays.pop("sources", None)
        connection.execute(_QUERIES[f"close_{table}s"], {**arrays, "moment": moment})
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
