"""The values of one indicator, of all its slices and territories, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlante.statistics import Interval
    from atlante.statistics.counts import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Values of one period; every array has the shape (parts, territories).

    Attributes
    ----------
    parts
        Numbers of the slices, all firms first.
    value
        nan: not available.
    firms
        Firms that it rests on.
    firms_unknown
        Firms left out because what is asked is unknown.
    low, high, numerator, denominator
        nan: there is none.
    converted_share
        0..1: what of it lies on ground that belonged to another territory.
    is_low_reliability
        Whether it is too uncertain to be relied on, or compares what is not quite comparable.
    period
        A year; None: the reference date.
    """

    parts: Sequence[int]
    value: FloatArray
    firms: IntArray
    firms_unknown: IntArray
    low: FloatArray
    high: FloatArray
    numerator: FloatArray
    denominator: FloatArray
    smoothed: FloatArray
    converted_share: FloatArray
    is_low_reliability: BoolArray
    period: str | None = None


def values(  # noqa: PLR0913 - the columns of an observation, by name
    parts: Sequence[int],
    value: FloatArray | IntArray,
    *,
    firms: IntArray,
    unknown: IntArray | None = None,
    interval: Interval | None = None,
    numerator: FloatArray | IntArray | None = None,
    denominator: FloatArray | IntArray | None = None,
    smoothed: FloatArray | None = None,
    converted: FloatArray | None = None,
    is_low: BoolArray | None = None,
    period: str | None = None,
) -> Values:
    """Return values; what is left out is none, or of counts 0. Where there is no value there is no interval."""
    number = np.asarray(value, dtype=np.float64)
    shape, nothing = number.shape, np.full(number.shape, np.nan)
    is_there = ~np.isnan(number)

    def shaped(given: FloatArray | IntArray | None) -> FloatArray:
        return nothing if given is None else np.broadcast_to(np.asarray(given, dtype=np.float64), shape)

    def bound(given: FloatArray | None) -> FloatArray:
        return nothing if given is None else np.where(is_there & np.isfinite(given), given, np.nan).reshape(shape)

    return Values(
        parts=parts,
        value=number,
        firms=firms,
        firms_unknown=np.zeros(shape, dtype=np.int64) if unknown is None else unknown,
        low=bound(interval.low.reshape(shape) if interval else None),
        high=bound(interval.high.reshape(shape) if interval else None),
        numerator=shaped(numerator),
        denominator=shaped(denominator),
        smoothed=shaped(smoothed),
        converted_share=np.zeros(shape) if converted is None else converted,
        is_low_reliability=np.zeros(shape, dtype=bool) if is_low is None else is_low,
        period=period,
    )


def ratio(above: FloatArray | IntArray, below: FloatArray | IntArray, minimum: float = 1) -> FloatArray:
    """Return quotients; nan where the denominator is unknown, not above 0, or below a minimum above 1.

    A minimum of 1 asks for one firm or inhabitant, and of square kilometres for more than none.

    >>> ratio(np.array([3.0, 3.0, 3.0]), np.array([0.0, 0.5, np.nan]))
    array([nan,  6., nan])
    """
    base = np.asarray(below, dtype=np.float64)
    is_enough = base >= minimum if minimum > 1 else base > 0
    found: FloatArray = above / np.where(is_enough, base, np.nan)
    return found
