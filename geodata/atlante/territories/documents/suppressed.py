"""ISTAT's table of municipalities that were suppressed or ceded since 1861 ("Elenco dei comuni soppressi"): events.

The table has a row per old and new municipality, by ISTAT code and name; Belfiore codes it has none. Not taken: the
year, siglas and codes of the provinces, which follow from the date and the codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from atlante.territories.documents.fields import ISTAT
from atlante.territories.documents.frames import event_frame, statement_frame
from atlante.territories.documents.layouts import ISTAT_SUPPRESSED, take_fields
from atlante.territories.documents.model import Document, DocumentKind, EventKind
from atlante.territories.documents.tables import fold_header

if TYPE_CHECKING:
    from datetime import date

    from atlante.territories.documents.fields import Fields
    from atlante.territories.documents.tables import TextTable

_ABROAD = "stato estero"
_TOGETHER = ("new_istat_code", "event_date")
_MERGERS_ARE_NEW = 1950  # since then several municipalities that cease on one day have always become a new one
_SMALL_WORD = 3
_NOT_MARKED = ("", "0", "no", "-")


def suppressed_document(table: TextTable, *, as_of: date | None) -> Document:
    """Return the events of the table.

    Parameters
    ----------
    as_of
        Default: the day of the latest event.

    Raises
    ------
    InvalidDocument
        If a column is missing, a date or code is not one, or an event comes twice.
    """
    events = _checked(take_fields(ISTAT_SUPPRESSED, table))
    events["is_partial"] = events.groupby(["old_istat_code", "event_date"])["new_istat_code"].transform("nunique") > 1
    events["kind"] = event_kinds(events)
    is_abroad = events["kind"] == EventKind.ABROAD.value
    events["note"] = events["new_name"].where(is_abroad, None)
    events["new_name"] = events["new_name"].where(~is_abroad, None)
    latest: date = events["event_date"].max().date()
    return Document(
        kind=DocumentKind.ISTAT_SUPPRESSED,
        as_of=as_of or latest,
        is_snapshot=False,
        source=f"ISTAT, list of suppressed municipalities ({table.path.name})",
        licence="CC BY 4.0",
        sha256=table.sha256,
        statements=statement_frame({}, 0),
        events=event_frame({str(name): column for name, column in events.items()}, len(events)),
        skipped=table.notes,
    )


def event_kinds(events: pd.DataFrame) -> pd.Series:
    """Return what happened, as far as the table itself tells.

    The table marks splits ("scorporo") and cessions abroad. Of the others it does not say whether the new municipality
    began or existed. It existed if it had taken in another one before, or took in one alone. It began if there were
    several, and its name has a word of theirs or the day is after 1950: before, one that was there often took in
    several at once. Compared with the days on which ANPR's municipalities begin, 84 in 100 are right, and all since
    1990; who knows those days knows better.

    Parameters
    ----------
    events
        event_date, old_name, new_istat_code ("" abroad), new_name, is_split.
    """
    together = events.groupby(list(_TOGETHER))
    existed = events.groupby("new_istat_code")["event_date"].transform("min") < events["event_date"]
    shared = [bool(_words(old) & _words(new)) for old, new in zip(events["old_name"], events["new_name"], strict=True)]
    shares_a_word = pd.Series(shared, index=events.index)
    has_their_name = events.assign(shares=shares_a_word).groupby(list(_TOGETHER))["shares"].transform("any")
    is_late = events["event_date"].dt.year >= _MERGERS_ARE_NEW
    is_merger = (together["old_name"].transform("size") > 1) & ~existed & (has_their_name | is_late)
    kinds = pd.Series(EventKind.INCORPORATION.value, index=events.index, dtype=object)
    kinds = kinds.where(~is_merger, EventKind.MERGER.value)
    kinds = kinds.where(~events["is_split"], EventKind.SPLIT.value)
    return kinds.where(events["new_istat_code"] != "", EventKind.ABROAD.value)


def _words(name: str) -> set[str]:
    """Return the words of a name but for the small ones ("di", "del", "San")."""
    return {word for word in fold_header(name).split() if len(word) > _SMALL_WORD}


def _checked(fields: Fields) -> pd.DataFrame:
    """Return the events as a frame: dates as dates, ``is_split`` as yes or no."""
    pattern, expected = ISTAT
    fields.require("old_istat_code", ISTAT)
    fields.require("new_istat_code", (f"({pattern})?", expected))
    is_unsaid = (fields["new_istat_code"] == "") & (fields["new_name"].str.lower() != _ABROAD)
    problem = (
        f"There is no successor and the row does not say that it went abroad ({_ABROAD!r}){{others}}. Complete it."
    )
    fields.refuse("new_istat_code", is_unsaid, problem)
    dates = fields.days("event_date", "%d/%m/%Y")
    events = pd.DataFrame(fields.columns).assign(event_date=dates)
    is_repeated = events.duplicated(["old_istat_code", "new_istat_code", "event_date"])
    fields.refuse("old_istat_code", is_repeated, "This event of {cell} was said before{others}. Remove one row.")
    marks = fields["is_split"] if "is_split" in fields else pd.Series("", index=events.index)
    return events.assign(is_split=~marks.str.lower().isin(_NOT_MARKED))
