"""Where the ground of municipalities of any time is on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from atlante.territories.crosswalk import final_successors, successors

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from atlante.territories.history import History

_COLUMNS = {"code": "code", "successor_code": "target"}


def destinations(history: History | None, day: dt.date, present: Collection[str]) -> pd.DataFrame:
    """Return code and target: for every code that ever existed, those that hold its ground on a day.

    Parameters
    ----------
    present
        The codes that count as existing on that day: each of them leads to itself.

    Returns
    -------
    pd.DataFrame
        Columns code, target, unique pairs; a code whose ground is in none of ``present`` has no row.
    """
    known = pd.DataFrame({"code": sorted(present)}, dtype=object).assign(target=lambda rows: rows["code"])
    if history is None or history.versions.empty:
        return known
    pairs = final_successors(history, day).rename(columns=_COLUMNS)[list(_COLUMNS.values())]
    pairs = pairs[pairs["target"].isin(present) & ~pairs["code"].isin(present)]
    return pd.concat([known, pairs], ignore_index=True)


def parts(history: History | None, day: dt.date, until: dt.date, present: Collection[str]) -> pd.DataFrame:
    """Return code and target: those of one day and those of another that hold ground of them, however little."""
    if history is None or history.versions.empty or day == until:
        return pd.DataFrame(columns=list(_COLUMNS.values()), dtype=object)
    pairs = successors(history, since=day, until=until).rename(columns=_COLUMNS)[list(_COLUMNS.values())]
    return pairs[pairs["target"].isin(present)]
