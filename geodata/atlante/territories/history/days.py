"""Days as whole numbers since 1970-01-01: what periods are computed with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

type IntArray = NDArray[np.int64]

OPEN: Final = 1_000_000
"""A period's end that has not come, or is not known: after every day of a calendar."""
UNKNOWN: Final = -1_000_000
"""A day that is not known: before every day of a calendar."""
KINGDOM: Final = -39_736
"""1861-03-17, the first day of the Kingdom of Italy, which archives begin with."""

_DAYS_BITS: Final = 22
_EPOCH: Final = np.datetime64("1970-01-01", "D")


def day_number(day: dt.date) -> int:
    """Return the number of a day.

    >>> import datetime as dt
    >>> day_number(dt.date(1861, 3, 17)) == KINGDOM
    True
    """
    return int((np.datetime64(day, "D") - _EPOCH).astype(np.int64))


def day_numbers(days: pd.Series[pd.Timestamp], *, missing: int) -> IntArray:
    """Return the numbers of days, and ``missing`` where there is none."""
    numbers: IntArray = days.to_numpy().astype("datetime64[D]").astype(np.int64)
    return np.where(days.isna().to_numpy(), missing, numbers)


def day_series(numbers: IntArray) -> pd.Series[pd.Timestamp]:
    """Return days of numbers; NaT where a number is :data:`OPEN` or :data:`UNKNOWN`."""
    is_day = (numbers > UNKNOWN) & (numbers < OPEN)
    days = np.where(is_day, numbers, 0).astype("datetime64[D]").astype("datetime64[s]")
    found: pd.Series[pd.Timestamp] = pd.Series(pd.DatetimeIndex(np.where(is_day, days, np.datetime64("NaT", "s"))))
    return found


def places(codes: IntArray, days: IntArray) -> IntArray:
    """Return one number per municipality and day, in the order of municipalities, then of days."""
    return (codes.astype(np.int64) << _DAYS_BITS) + (days + (1 << (_DAYS_BITS - 1)))


def last_before(codes: IntArray, days: IntArray, of_codes: IntArray, on_days: IntArray) -> IntArray:
    """Return the position of the last row of a municipality that begins on a day or before; -1 where there is none.

    Parameters
    ----------
    codes, days
        Rows, sorted by both.
    of_codes, on_days
        What is asked for.
    """
    found: IntArray = np.searchsorted(places(codes, days), places(of_codes, on_days), side="right") - 1
    is_own = (found >= 0) & (codes[np.maximum(found, 0)] == of_codes) if len(codes) else np.zeros(len(found), bool)
    return np.where(is_own, found, -1)


def overlapping(periods: pd.DataFrame, others: pd.DataFrame) -> tuple[IntArray, IntArray]:
    """Return the pairs of periods of one municipality that share a day, as positions in both tables.

    Parameters
    ----------
    periods
        code, begin, end (exclusive); any order.
    others
        The same, sorted by code and begin; those of one municipality do not overlap.
    """
    if others.empty or periods.empty:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    codes, begins = periods["code"].to_numpy(), periods["begin"].to_numpy()
    other_places = places(others["code"].to_numpy(), others["begin"].to_numpy())
    low = np.maximum(np.searchsorted(other_places, places(codes, begins), side="right") - 1, 0)
    high = np.searchsorted(other_places, places(codes, periods["end"].to_numpy() - 1), side="right")
    n = np.maximum(high - low, 0)
    left = np.repeat(np.arange(len(periods)), n)
    right = np.repeat(low - np.concatenate([[0], np.cumsum(n)[:-1]]), n) + np.arange(n.sum())
    shares = (
        (others["code"].to_numpy()[right] == codes[left])
        & (others["end"].to_numpy()[right] > begins[left])
        & (others["begin"].to_numpy()[right] < periods["end"].to_numpy()[left])
    )
    return left[shares], right[shares]
