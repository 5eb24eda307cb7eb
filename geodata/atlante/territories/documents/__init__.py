"""Documents about territories: lists of codes and names, archives, tables of events."""

from atlante.territories.documents.codicefiscale import codicefiscale_document
from atlante.territories.documents.declared import declared_document, ground_of_event, region_of_recoding
from atlante.territories.documents.model import (
    EVENT_STATEMENT_COLUMNS,
    PRECEDENCE,
    STATEMENT_COLUMNS,
    Document,
    DocumentKind,
    EventKind,
)
from atlante.territories.documents.reading import is_document, read_document

__all__ = [
    "EVENT_STATEMENT_COLUMNS",
    "PRECEDENCE",
    "STATEMENT_COLUMNS",
    "Document",
    "DocumentKind",
    "EventKind",
    "codicefiscale_document",
    "declared_document",
    "ground_of_event",
    "is_document",
    "read_document",
    "region_of_recoding",
]
