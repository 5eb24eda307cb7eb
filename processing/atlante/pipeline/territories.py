"""The verb that loads documents about territories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlante.database import Role, connect
from atlante.pipeline.runs import open_run
from atlante.territories.history import list_documents, load_documents, read_history

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pandas as pd

    from atlante.territories.documents import Document
    from atlante.territories.history import History, HistorySummary


def load_territory_documents(url: str, documents: Sequence[Document]) -> HistorySummary:
    """Load documents and resolve the history of territories anew; documents that are loaded already change nothing.

    Raises
    ------
    PipelineBusy
        If another process writes to this database.
    """
    with open_run(url, "territories load") as run:
        summary = load_documents(run.connection, documents, run_id=run.run_id)
        run.summarise(summary)
    return summary


def territory_history(url: str, *, known_at: dt.datetime | None = None) -> History:
    """Return the history of territories as it is taken to be now, or was at a moment; empty where there is none."""
    with connect(url, role=Role.LOAD) as connection:
        return read_history(connection, known_at=known_at)


def territory_documents(url: str) -> pd.DataFrame:
    """Return the documents about territories that are loaded (see ``list_documents``)."""
    with connect(url, role=Role.LOAD) as connection:
        return list_documents(connection)
