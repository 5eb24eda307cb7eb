"""The verb that withdraws what was loaded by mistake: a document about territories, or boundaries."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atlante.errors import BoundariesInUse, UnknownDocument
from atlante.pipeline.runs import QUERIES, open_run
from atlante.territories import list_vintages
from atlante.territories.history import list_documents, withdraw_documents

if TYPE_CHECKING:
    from atlante.database import Connection
    from atlante.territories.history import HistorySummary

_LABELS = "boundaries-"  # before the id of a vintage: the document of its labels
_STEPS = (
    "delete_builds_of_vintage",
    "delete_placements_of_vintage",
    "unseat_firms_of_vintage",
    "delete_seats_of_vintage",
    "delete_location_of_vintage",
    "delete_vintage",
)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What was withdrawn.

    Attributes
    ----------
    vintage_id
        The boundaries that were deleted; None: a document alone was withdrawn.
    observations
        Values of builds that were deleted with them.
    history
        What became of the history.
    """

    vintage_id: str | None
    observations: int
    history: HistorySummary


def forget_territories(url: str, what: str, *, although_published: bool = False) -> Withdrawal:
    """Withdraw a document, or boundaries with all that rests on them, and resolve the history without it.

    What was known before can still be read: rows of the history that rest on it are closed, not deleted, and the
    document stays. Boundaries are deleted, with their builds and placements, which the next build makes again.

    Parameters
    ----------
    what
        Id of a document or of a vintage; the labels of a vintage stand for the vintage.
    although_published
        Also where the current release is made with the boundaries; it is served on.

    Raises
    ------
    UnknownDocument
        If nothing of this id counts.
    BoundariesInUse
        If the current release is made with them.
    """
    with open_run(url, "territories forget") as run:
        vintages = {vintage.vintage_id for vintage in list_vintages(run.connection)}
        documents = set(list_documents(run.connection)["document_id"])
        vintage_id = what.removeprefix(_LABELS)
        if vintage_id in vintages:
            observations = _delete_vintage(run.connection, vintage_id, although_published=although_published)
            history = withdraw_documents(run.connection, [_LABELS + vintage_id])
            withdrawal = Withdrawal(vintage_id, observations, history)
        elif what in documents:
            withdrawal = Withdrawal(None, 0, withdraw_documents(run.connection, [what]))
        else:
            raise UnknownDocument(what, difflib.get_close_matches(what, sorted(documents | vintages)))
        run.summarise(withdrawal)
    return withdrawal


def _delete_vintage(connection: Connection, vintage_id: str, *, although_published: bool) -> int:
    """Delete boundaries and what rests on them, and return how many observations that were."""
    wanted = {"vintage_id": vintage_id}
    release = connection.execute(QUERIES["release_of_vintage"], wanted).fetchone()
    if release is not None and not although_published:
        raise BoundariesInUse(vintage_id, release[0])
    deleted = [connection.execute(QUERIES[step], wanted).rowcount for step in _STEPS]
    return deleted[0]
