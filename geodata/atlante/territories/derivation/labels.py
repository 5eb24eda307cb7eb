"""What municipalities are called and belong to on a day, as far as it is known."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from atlante.territories.documents import DocumentKind, EventKind, region_of_recoding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from atlante.territories.documents import Document
    from atlante.territories.history import History

_DAY = dt.timedelta(days=1)
_LISTS = (DocumentKind.DECLARED, DocumentKind.ISTAT_LIST, DocumentKind.UNIFIED_CODES)


def labels_on(day: dt.date, history: History, documents: Sequence[Document]) -> pd.DataFrame:
    """Return the municipalities of a day with their labels; codes that are not known are null.

    A code that only an event tells is taken from it. Where all codes of a region changed and no document has the new
    ones, the old ones are not kept: they would be wrong.
    """
    listed = history.at(day)
    events = pd.concat([document.events for document in documents], ignore_index=True) if documents else None
    if events is None or events.empty:
        return listed
    events = events[events["event_date"] <= pd.Timestamp(day)]
    told = events.dropna(subset=["new_municipality_code", "new_istat_code"]).sort_values("event_date")
    by_code = told.drop_duplicates("new_municipality_code", keep="last").set_index("new_municipality_code")
    of_event = listed["municipality_code"].map(by_code["new_istat_code"])
    listed["istat_code"] = listed["istat_code"].where(listed["istat_code"].notna(), of_event)
    for since, region_code in _recodings(events):
        before = history.at(since - _DAY).set_index("municipality_code")["istat_code"]
        is_old = (listed["region_code"] == region_code) & (
            listed["istat_code"] == listed["municipality_code"].map(before)
        )
        is_old &= ~_pairs(listed).isin(_stated_since(since, documents))
        listed["istat_code"] = listed["istat_code"].where(~is_old, None)
    return listed


def _stated_since(since: dt.date, documents: Sequence[Document]) -> set[str]:
    """Return Belfiore and ISTAT codes that a list of a day or of later says: these are not old."""
    lists = [each for each in documents if each.as_of >= since and each.kind in _LISTS]
    return {pair for each in lists for pair in _pairs(each.statements) if isinstance(pair, str)}


def _pairs(rows: pd.DataFrame) -> pd.Series[str]:
    return rows["municipality_code"].astype(object) + " " + rows["istat_code"].astype(object)


def _recodings(events: pd.DataFrame) -> Iterable[tuple[dt.date, str]]:
    """Return day and region of the reforms that changed all codes of a region."""
    told = events[events["kind"] == EventKind.RECODING]
    for moment, note in zip(pd.DatetimeIndex(told["event_date"]), told["note"], strict=True):
        region = region_of_recoding(note) if isinstance(note, str) else None
        if region is not None:
            yield moment.date(), region


def last_known_day(history: History, documents: Sequence[Document], since: dt.date, until: dt.date) -> dt.date | None:
    """Return the last day of a period on which all ISTAT codes are known; None if there is none."""
    begun = history.versions["valid_from"]
    within = pd.DatetimeIndex(begun[(begun > pd.Timestamp(since)) & (begun <= pd.Timestamp(until))].unique())
    changes = {moment.date() for moment in within}
    changes |= {day for document in documents for day, _ in _recodings(document.events) if since < day <= until}
    for change in sorted(changes, reverse=True):
        if labels_on(change - _DAY, history, documents)["istat_code"].notna().all():
            return change - _DAY
    return None
