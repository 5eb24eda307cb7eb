"""Which day a set of municipalities is of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from atlante.territories.history import History


@dataclass(frozen=True, slots=True)
class FittingDays:
    """A period in which the municipalities of a history are nearly those of a set.

    Attributes
    ----------
    last
        The last day of it; None: still so.
    differences
        Municipalities that only one of the two has.
    """

    first: dt.date
    last: dt.date | None
    differences: int


def fitting_days(codes: Collection[str], history: History) -> FittingDays | None:
    """Return the latest period in which a history differs least from a set of Belfiore codes; None without a history.

    Every code that begins or ceases to be changes the number of differences by one: they are added up day by day.
    """
    versions = history.versions
    if versions.empty:
        return None
    step = versions["municipality_code"].isin(set(codes)).map({True: -1, False: 1})
    begins = pd.Series(step.to_numpy(), index=versions["valid_from"])
    ends = pd.Series(-step.to_numpy(), index=versions["valid_to"])
    changes = pd.concat([begins, ends[ends.index.notna()]]).groupby(level=0).sum()
    differences = len(set(codes)) + changes.cumsum()
    differences = differences[differences.ne(differences.shift())]
    best = int(differences.min())
    first = differences.index[differences == best][-1]
    later = differences.index[differences.index > first]
    last = (later[0] - pd.Timedelta(days=1)).date() if len(later) else None
    return FittingDays(first.date(), last, best)
