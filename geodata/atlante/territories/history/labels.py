"""Labels of a boundary vintage as a document: what its municipalities were called and belonged to on its day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlante.territories.documents.frames import event_frame, statement_frame
from atlante.territories.documents.model import STATEMENT_COLUMNS, Document, DocumentKind

if TYPE_CHECKING:
    from atlante.territories.boundaries import Boundaries


def boundary_labels(boundaries: Boundaries) -> Document:
    """Return codes, names and residents of a set of boundaries as a snapshot of its day."""
    labels = {name: boundaries.municipalities[name] for name in STATEMENT_COLUMNS if name in boundaries.municipalities}
    return Document(
        kind=DocumentKind.BOUNDARIES,
        as_of=boundaries.reference_date,
        is_snapshot=True,
        source=boundaries.source,
        licence=boundaries.licence,
        sha256=boundaries.sha256,
        statements=statement_frame(labels, len(boundaries.municipalities)),
        events=event_frame({}, 0),
    )
