"""From documents to the history that is taken to be true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from atlante.territories.history.attributes import resolve_attributes
from atlante.territories.history.claims import gather
from atlante.territories.history.conflicts import find_conflicts
from atlante.territories.history.events import make_events
from atlante.territories.history.existence import resolve_existence
from atlante.territories.history.model import CONFLICT_COLUMNS, EVENT_COLUMNS, VERSION_COLUMNS, History
from atlante.territories.history.told import NOBODY, recoded, told_events
from atlante.territories.history.versions import make_versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlante.territories.documents.model import Document
    from atlante.territories.history.claims import Claims
    from atlante.territories.history.existence import Existence

_DATES = ("valid_from", "valid_to", "changed_after", "event_date")


def resolve_history(documents: Sequence[Document]) -> History:
    """Return the history of municipalities that documents tell together.

    Documents that know of dates (archives, declared facts, tables of events) say when something changed; snapshots
    (lists of one day, labels of boundaries) say how it was on their days. In each period without a told change the
    document is believed that comes first in :data:`PRECEDENCE`; what others claim for that period becomes a conflict.
    The order of the documents makes no difference, nor does a document that is given twice.

    Returns
    -------
    History
        Empty where no document has a statement.
    """
    claims = gather(documents)
    if not len(claims.codes):
        return empty_history()
    told = told_events(documents, claims)
    hints = _hints(told, claims)
    existence = _existence(told, claims)
    timelines = resolve_attributes(claims, existence.spells, hints, told)
    versions = make_versions(claims, existence.spells, timelines)
    return History(
        versions,
        make_events(claims, told, existence.spells, timelines, versions),
        find_conflicts(claims.codes, existence, timelines),
    )


def existing_on(documents: Sequence[Document], days: Sequence[int]) -> list[set[str]]:
    """Return the municipalities that existed on days, by all of the documents together.

    Parameters
    ----------
    days
        As :func:`~atlante.territories.history.days.day_number` counts them.
    """
    claims = gather(documents)
    if not len(claims.codes):
        return [set() for _ in days]
    spells = _existence(told_events(documents, claims), claims).spells
    codes, begins, ends = (spells[column].to_numpy() for column in ("code", "begin", "end"))
    return [set(claims.codes[codes[(begins <= day) & (day < ends)]]) for day in days]


def unplaced_events(documents: Sequence[Document]) -> pd.DataFrame:
    """Return told events of which a municipality is not found in any document: they are in no history.

    Returns
    -------
    pd.DataFrame
        event_date, old_name, old_istat_code, new_name, new_istat_code. Mostly municipalities that ceased before 1884
        and never had a Belfiore code.
    """
    told = told_events(documents, gather(documents))
    lost = told[told["is_lost"]].reset_index(drop=True)
    dates = pd.to_datetime(lost["day"], unit="D").astype("datetime64[s]")
    columns = ["old_name", "old_istat_code", "new_name", "new_istat_code"]
    return lost[columns].assign(event_date=dates)[["event_date", *columns]]


def empty_history() -> History:
    """Return a history of nothing."""
    return History(
        _empty(VERSION_COLUMNS), _empty(EVENT_COLUMNS).astype({"is_partial": bool}), _empty(CONFLICT_COLUMNS)
    )


def _empty(columns: Sequence[str]) -> pd.DataFrame:
    dates = {column: "datetime64[s]" for column in columns if column in _DATES}
    return pd.DataFrame(columns=list(columns), dtype=object).astype(dates)


def _existence(told: pd.DataFrame, claims: Claims) -> Existence:
    hints = _hints(told, claims)
    return resolve_existence(claims, told, hints[~hints["is_recoding"].astype(bool)])


def _hints(told: pd.DataFrame, claims: Claims) -> pd.DataFrame:
    """Return code, day, rank, is_recoding: days on which something is told of a municipality."""
    sides = [told[[side, "day", "rank"]].rename(columns={side: "code"}) for side in ("old", "new")]
    named = pd.concat(sides, ignore_index=True)
    named = named[named["code"] != NOBODY].assign(is_recoding=False)
    return pd.concat([named, recoded(told, claims).assign(is_recoding=True)], ignore_index=True)
