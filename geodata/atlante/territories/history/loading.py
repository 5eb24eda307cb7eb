"""Documents that come and go, and the history that is resolved anew from those that count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atlante.territories.documents.model import DocumentKind
from atlante.territories.history.completeness import require_whole_lists
from atlante.territories.history.resolving import resolve_history, unplaced_events
from atlante.territories.history.storage import (
    HistoryChanges,
    earlier_editions,
    list_documents,
    mark_withdrawn,
    read_documents,
    read_history,
    store_document,
    store_history,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlante.database import Connection
    from atlante.territories.documents.model import Document


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
    withdrawn
        Documents that do not count any more.
    """

    documents: tuple[str, ...]
    municipalities: int
    versions: int
    events: int
    conflicts: int
    events_unplaced: int | None
    changes: HistoryChanges
    withdrawn: tuple[str, ...] = ()


def load_documents(
    connection: Connection, documents: Sequence[Document], *, run_id: int, is_whole: bool = False
) -> HistorySummary:
    """Store documents, resolve the history from all that are loaded, and store what is different in it.

    Documents that are loaded already change nothing. Declared facts replace those that a file of the same name declared
    before: what is not in it any more is withdrawn.

    Parameters
    ----------
    is_whole
        Lists are known to be whole, however many municipalities they lack.

    Raises
    ------
    PartialList
        If a list lacks many municipalities of its day.
    """
    new = tuple(each.document_id for each in documents if store_document(connection, each, run_id=run_id))
    declared = [document for document in documents if document.kind is DocumentKind.DECLARED]
    given = {document.document_id for document in declared}
    replaced = [id_ for document in declared for id_ in earlier_editions(connection, document) if id_ not in given]
    mark_withdrawn(connection, replaced)
    return _resolved(connection, new, tuple(replaced), is_whole=is_whole)


def withdraw_documents(connection: Connection, document_ids: Sequence[str]) -> HistorySummary:
    """Resolve the history without some documents, which stay in the database: what was known before can still be read.

    Loading one of them again makes it count again. Documents that do not count change nothing.
    """
    known = set(list_documents(connection)["document_id"])
    gone = tuple(document_id for document_id in document_ids if document_id in known)
    mark_withdrawn(connection, gone)
    return _resolved(connection, (), gone, is_whole=True)


def _resolved(
    connection: Connection, new: tuple[str, ...], withdrawn: tuple[str, ...], *, is_whole: bool
) -> HistorySummary:
    """Resolve the history if documents came or went, and return what that came to.

    Labels of boundaries alone make no history: they know of no day but their own.
    """
    changes, unplaced = HistoryChanges(), None
    if new or withdrawn:
        every = read_documents(connection)
        if not is_whole:
            require_whole_lists(every, new)
        if all(document.kind is DocumentKind.BOUNDARIES for document in every):
            every = []
        if every or withdrawn:
            changes = store_history(connection, resolve_history(every))
            unplaced = len(unplaced_events(every))
    history = read_history(connection)
    return HistorySummary(
        documents=new,
        municipalities=history.versions["municipality_code"].nunique(),
        versions=len(history.versions),
        events=len(history.events),
        conflicts=len(history.conflicts),
        events_unplaced=unplaced,
        changes=changes,
        withdrawn=withdrawn,
    )
