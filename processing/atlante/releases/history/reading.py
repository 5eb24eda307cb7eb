"""What the history of a release is made of: what is known of municipalities, and the boundaries that are loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from atlante.database import load_queries
from atlante.territories.documents import DocumentKind
from atlante.territories.history import (
    ATTRIBUTES,
    CONFLICT_COLUMNS,
    EVENT_COLUMNS,
    VERSION_COLUMNS,
    History,
    read_history,
)

if TYPE_CHECKING:
    import datetime as dt

    from atlante.database import Connection

_QUERIES = load_queries(__package__)
_SHOWN_COLUMNS = ["code", "vintage_id", "province_code", "region_code", "provenance"]
_LABEL_COLUMNS = [
    "vintage_id", "municipality_code", "istat_code", "name", "name_it", "name_other", "sigla", "province_code",
    "province", "region_code", "region",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class HistorySource:
    """The history as it was known when a release was made.

    Attributes
    ----------
    history
        From the documents that are loaded; without one, what the boundary vintages show.
    known_at
        When it was read.
    documents
        Ids of the documents that it rests on.
    vintages
        The boundary vintages, from the first day to the last, index 0..n: ``vintage_id``, ``day``.
    shown
        One row for each municipality and vintage that shows it: ``code``, ``vintage_id``, ``province_code``,
        ``region_code``, ``provenance``.
    """

    history: History
    known_at: dt.datetime
    documents: tuple[str, ...]
    vintages: pd.DataFrame
    shown: pd.DataFrame

    @property
    def recipe(self) -> dict[str, Any]:
        """What is needed to read the same again."""
        return {"known_at": self.known_at.isoformat(), "documents": list(self.documents)}


def read_history_source(connection: Connection) -> HistorySource:
    """Return the history as it is known now, with the boundaries that it can be shown with."""
    ((known_at,),) = connection.execute(_QUERIES["known_at"]).fetchall()
    documents = tuple(name for (name,) in connection.execute(_QUERIES["documents"]).fetchall())
    vintages = pd.DataFrame(connection.execute(_QUERIES["vintages"]).fetchall(), columns=["vintage_id", "day"])
    vintages["day"] = vintages["day"].astype("datetime64[s]")
    shown = pd.DataFrame(connection.execute(_QUERIES["shown"]).fetchall(), columns=_SHOWN_COLUMNS)
    history = read_history(connection)
    if history.versions.empty:
        labels = pd.DataFrame(connection.execute(_QUERIES["labels"]).fetchall(), columns=_LABEL_COLUMNS)
        history = history_of_vintages(vintages, labels)
    return HistorySource(history, known_at, documents, vintages, shown)


def history_of_vintages(vintages: pd.DataFrame, labels: pd.DataFrame) -> History:
    """Return what boundary vintages show by themselves: who was there on their days, with which labels.

    Parameters
    ----------
    vintages
        As :attr:`HistorySource.vintages`; of several of one day the last one counts.
    labels
        The municipalities of each with ``vintage_id`` and attributes.
    """
    days = vintages.drop_duplicates("day", keep="last").reset_index(drop=True)
    place = pd.Series(days.index, index=days["vintage_id"])
    seen = labels.assign(place=labels["vintage_id"].map(place)).dropna(subset=["place"])
    seen = seen.astype({"place": "int64"}).sort_values(["municipality_code", "place"], ignore_index=True)
    attributes = [column for column in ATTRIBUTES if column in seen]
    said = seen[attributes].fillna("")
    is_same = (said == said.shift()).all(axis=1) & seen["municipality_code"].eq(seen["municipality_code"].shift())
    is_first = ~(is_same & seen["place"].eq(seen["place"].shift() + 1))
    last = seen.groupby(is_first.cumsum())["place"].transform("last")
    day = days["day"]
    versions = seen.assign(
        valid_from=seen["place"].map(day),
        valid_to=(last + 1).map(day),
        changed_after=(seen["place"] - 1).map(day),
        sources=pd.Series([[DocumentKind.BOUNDARIES.value]] * len(seen), dtype=object),
    )[is_first]
    versions = versions.reindex(columns=list(VERSION_COLUMNS)).reset_index(drop=True)
    dates = dict.fromkeys(("valid_from", "valid_to", "changed_after"), "datetime64[s]")
    events = pd.DataFrame(columns=list(EVENT_COLUMNS)).astype({"event_date": "datetime64[s]"})
    return History(versions.astype(dates), events, pd.DataFrame(columns=list(CONFLICT_COLUMNS)))
