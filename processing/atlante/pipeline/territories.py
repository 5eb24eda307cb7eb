"""The verb that loads documents about territories, and what can be asked of their history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlante.database import Role, connect
from atlante.pipeline.runs import open_run
from atlante.territories.history import Extent, list_documents, load_documents, read_history

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from atlante.territories.documents import Document
    from atlante.territories.history import History, HistorySummary


def load_territory_documents(url: str, documents: Sequence[Document], *, is_whole: bool = False) -> HistorySummary:
    """Load documents and resolve the history of territories anew; documents that are loaded already change nothing.

    Parameters
    ----------
    is_whole
        Lists are known to be whole, however many municipalities they lack.

    Raises
    ------
    PartialList
        If a list lacks many municipalities of its day.
    PipelineBusy
        If another process writes to this database.
    """
    with open_run(url, "territories load") as run:
        summary = load_documents(run.connection, documents, run_id=run.run_id, is_whole=is_whole)
        run.summarise(summary)
    return summary


def territory_history(url: str, *, known_at: dt.datetime | None = None) -> History:
    """Return the history of territories as it is taken to be now, or was at a moment; empty where there is none."""
    with connect(url, role=Role.LOAD) as connection:
        return read_history(connection, known_at=known_at)


def require_days(
    url: str, days: Mapping[str, dt.date], *, today: dt.date, known_at: dt.datetime | None = None
) -> dt.date | None:
    """Return the last day that documents speak of where one of some days is later; None where none is.

    Parameters
    ----------
    days
        By the name of the option or argument that gives it.
    known_at
        As the history was taken to be then; None: as it is now.

    Raises
    ------
    DayNotTold
        If a day is before the history begins, or to come.
    """
    with connect(url, role=Role.LOAD) as connection:
        extent = Extent.read(connection, known_at=known_at)
    if extent is None:
        return None  # what reads the history says that there is none
    for name, day in days.items():
        extent.require(name, day, today=today)
    return extent.told_until if max(days.values()) > extent.told_until else None


def territory_documents(url: str) -> pd.DataFrame:
    """Return the documents about territories that are loaded (see ``list_documents``)."""
    with connect(url, role=Role.LOAD) as connection:
        return list_documents(connection)
