"""Municipalities through time."""

from atlante.territories.documents.model import ATTRIBUTES
from atlante.territories.history.extent import Extent
from atlante.territories.history.labels import boundary_labels
from atlante.territories.history.loading import HistorySummary, load_documents, withdraw_documents
from atlante.territories.history.model import CONFLICT_COLUMNS, EVENT_COLUMNS, VERSION_COLUMNS, History
from atlante.territories.history.resolving import empty_history, resolve_history, unplaced_events
from atlante.territories.history.storage import (
    HistoryChanges,
    list_documents,
    read_documents,
    read_history,
    store_document,
    store_history,
)
from atlante.territories.history.tracing import near_names, part_of, trace

__all__ = [
    "ATTRIBUTES",
    "CONFLICT_COLUMNS",
    "EVENT_COLUMNS",
    "VERSION_COLUMNS",
    "Extent",
    "History",
    "HistoryChanges",
    "HistorySummary",
    "boundary_labels",
    "empty_history",
    "list_documents",
    "load_documents",
    "near_names",
    "part_of",
    "read_documents",
    "read_history",
    "resolve_history",
    "store_document",
    "store_history",
    "trace",
    "unplaced_events",
    "withdraw_documents",
]
