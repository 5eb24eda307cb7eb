"""Events as documents tell them, joined to municipalities: ISTAT's tables know ISTAT codes and names alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.territories.documents.declared import region_of_recoding
from atlante.territories.documents.model import EVENT_STATEMENT_COLUMNS, PRECEDENCE
from atlante.territories.history.claims import claims_of
from atlante.territories.history.days import day_numbers
from atlante.territories.history.spelling import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlante.territories.documents.model import Document
    from atlante.territories.history.claims import Claims
    from atlante.territories.history.days import IntArray

NOBODY: Final = -1
"""Code of a municipality that an event does not name, or that is not found."""

_LATE: Final = 500  # days that an archive's date of an event may be off from a table's
_SAME_EVENT: Final = 60  # days between two documents' dates of one event


def told_events(documents: Sequence[Document], claims: Claims) -> pd.DataFrame:
    """Return events with the municipalities that they name.

    A municipality is found by its Belfiore code; else by the ISTAT code that it had on the day before (an old one) or
    on the day (a new one), or at another time of those years under the same name; else by name alone, in the province
    that the code begins with. ISTAT codes are used again, so the day matters.

    Returns
    -------
    pd.DataFrame
        day, rank, kind, old, new (position in ``claims.codes``, NOBODY), is_partial, old_name, new_name,
        old_istat_code, is_lost (names a municipality that is not found), sorted by day; an event that several
        documents tell is there once.
    """
    stacked = _stacked(documents)
    finder = _Finder(claims)
    day = day_numbers(stacked["event_date"], missing=0)
    events = pd.DataFrame(
        {
            "day": day,
            "rank": stacked["rank"],
            "kind": stacked["kind"],
            "is_partial": stacked["is_partial"].astype(bool),
            "old": finder.find(stacked, "old", day - 1),
            "new": finder.find(stacked, "new", day),
            "note": stacked["note"],
            **{column: stacked[column] for column in ("old_name", "new_name", "old_istat_code", "new_istat_code")},
        }
    )
    is_named = {side: events[[f"{side}_name", f"{side}_istat_code"]].notna().any(axis=1) for side in ("old", "new")}
    events["is_lost"] = ((events["old"] == NOBODY) & is_named["old"]) | ((events["new"] == NOBODY) & is_named["new"])
    return _once(events)


def recoded(events: pd.DataFrame, claims: Claims) -> pd.DataFrame:
    """Return the days on which codes of whole regions changed, municipality by municipality: code, day, rank."""
    regions = events["note"].map(region_of_recoding, na_action="ignore")
    recodings = events.assign(region_code=regions)[regions.notna() & (events["old"] == NOBODY)]
    members = claims.statements[["code", "region_code"]].dropna().drop_duplicates()
    return members.merge(recodings[["region_code", "day", "rank"]], on="region_code")[["code", "day", "rank"]]


def _stacked(documents: Sequence[Document]) -> pd.DataFrame:
    frames = [
        document.events.astype(object).assign(rank=PRECEDENCE.index(document.kind), document=document.document_id)
        for document in documents
        if len(document.events)
    ]
    if not frames:
        empty = pd.DataFrame(columns=[*EVENT_STATEMENT_COLUMNS, "rank", "document"], dtype=object)
        return empty.astype({"event_date": "datetime64[s]", "rank": np.int64})
    stacked = pd.concat(frames, ignore_index=True).astype({"event_date": "datetime64[s]", "rank": np.int64})
    order = ["rank", "event_date", "old_municipality_code", "old_istat_code", "new_municipality_code", "new_istat_code"]
    order += ["old_name", "new_name", "kind", "document"]
    stacked = stacked.sort_values(order, ignore_index=True)
    return stacked.drop_duplicates([column for column in order if column != "document"], ignore_index=True)


class _Finder:
    """Finds municipalities by the codes and names that documents claim for them."""

    def __init__(self, claims: Claims) -> None:
        self._codes = claims.codes
        istat = claims_of(claims, "istat_code")[["code", "begin", "end", "value", "rank"]]
        self._istat = istat.rename(columns={"value": "istat_code"})
        names = claims_of(claims, "name_it")[["code", "begin", "end", "value"]]
        provinces = istat.assign(province_code=istat["value"].str[:3])[["code", "province_code"]].drop_duplicates()
        named = names.rename(columns={"value": "name"})
        self._names = named.merge(provinces, on="code")
        self._folded = named[["code", "name"]].drop_duplicates()

    def find(self, events: pd.DataFrame, side: str, day: IntArray) -> IntArray:
        """Return the positions of the old or the new municipalities of events, on a day each."""
        belfiore = events[f"{side}_municipality_code"]
        found = pd.Index(self._codes).get_indexer(pd.Index(belfiore)).astype(np.int64)
        found = np.where(belfiore.isna(), NOBODY, found)
        asked = pd.DataFrame(
            {
                "event": np.arange(len(events)),
                "day": day,
                "istat_code": events[f"{side}_istat_code"],
                "name": fold(events[f"{side}_name"].str.partition("/")[0]) if len(events) else None,
                "whole": fold(events[f"{side}_name"]) if len(events) else None,
            }
        )
        asked["province_code"] = asked["istat_code"].str[:3]
        for look_up in (self._by_code, self._by_code_and_name, self._by_name):
            open_ = asked[(found == NOBODY) & asked["istat_code"].notna().to_numpy()]
            answer = look_up(open_)
            found[answer["event"].to_numpy(dtype=np.int64)] = answer["code"].to_numpy(dtype=np.int64)
        return found

    def _by_code(self, asked: pd.DataFrame) -> pd.DataFrame:
        rows = asked.merge(self._istat, on="istat_code")
        return _single(rows[(rows["begin"] <= rows["day"]) & (rows["day"] < rows["end"])])

    def _by_code_and_name(self, asked: pd.DataFrame) -> pd.DataFrame:
        rows = asked.merge(self._istat, on="istat_code").merge(self._folded, on="code", suffixes=("", "_claimed"))
        is_near = (rows["begin"] <= rows["day"] + _LATE) & (rows["day"] <= rows["end"] + _LATE)
        is_named = (rows["name_claimed"] == rows["name"]) | (rows["name_claimed"] == rows["whole"])
        return _single(rows[is_near & is_named])

    def _by_name(self, asked: pd.DataFrame) -> pd.DataFrame:
        rows = asked.merge(self._names, on=["name", "province_code"])
        return _single(rows[(rows["begin"] <= rows["day"] + _LATE) & (rows["day"] <= rows["end"] + _LATE)])


def _single(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the answers to questions that have exactly one."""
    answers = rows[["event", "code"]].drop_duplicates()
    return answers[~answers["event"].duplicated(keep=False)]


def _once(events: pd.DataFrame) -> pd.DataFrame:
    """Return events without those that a stronger document tells, too, of the same days."""
    ordered = events.sort_values(["old", "new", "day", "rank"], ignore_index=True)
    is_repeated = (
        (ordered["old"] != NOBODY)
        & (ordered[["old", "new"]] == ordered[["old", "new"]].shift()).all(axis=1)
        & (ordered["day"] - ordered["day"].shift() <= _SAME_EVENT)
    )
    cluster = (~is_repeated).cumsum()
    strongest = ordered.assign(cluster=cluster).sort_values(["cluster", "rank", "day", "kind"])
    kept = strongest.drop_duplicates("cluster").drop(columns="cluster")
    return kept.sort_values(["day", "old", "new", "rank"], ignore_index=True)
