"""Growth: how a value has changed from a base, and why it can't be told where it can't."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from atlante.errors import InvalidSetting
from atlante.statistics.counts import amounts, by_place, check, check_lengths, numeric

if TYPE_CHECKING:
    import numpy.typing as npt

    from atlante.statistics.counts import BoolArray, FloatArray

    type StatusArray = npt.NDArray[np.int8]


class GrowthStatus(IntEnum):
    """Whether growth was computed, or why it was not: ``UNKNOWN`` also where no number could hold it."""

    COMPUTED = 0
    UNKNOWN = 1
    ZERO_BASE = 2
    NEGATIVE_BASE = 3
    NEGATIVE_VALUE = 4


@dataclass(frozen=True, slots=True)
class Growth:
    """Growth, shape (n,), and of each a :class:`GrowthStatus` as int8: nan wherever it is not ``COMPUTED``."""

    value: FloatArray
    status: StatusArray


def difference(base: FloatArray, value: FloatArray) -> Growth:
    """Return the change of a value: value - base. It is never refused, whatever the signs.

    Parameters
    ----------
    base, value
        Of the earlier and the later time, shape (n,), same unit; nan: unknown.

    Returns
    -------
    Growth
        In the unit of the value, shape (n,).

    Raises
    ------
    InvalidCounts
        If a number is infinite, or lengths differ; names the first bad index.

    >>> difference(np.array([0.0, -2.0, np.nan]), np.array([3.0, 1.0, 1.0]))
    Growth(value=array([ 3.,  3., nan]), status=array([0, 0, 1], dtype=int8))
    """
    before, after = _pair(base, value)
    change = after - before
    return Growth(change, np.where(np.isnan(change), GrowthStatus.UNKNOWN, GrowthStatus.COMPUTED).astype(np.int8))


def growth_rate(base: FloatArray, value: FloatArray) -> Growth:
    """Return the relative change of a value: value / base - 1.

    From 0 every growth would be infinite, and from below 0 its sign would mislead: both are stated, not computed.

    Parameters
    ----------
    base, value
        Of the earlier and the later time, shape (n,), same unit; nan: unknown.

    Returns
    -------
    Growth
        0.1 is 10 % more, -1 is nothing left; shape (n,). ``ZERO_BASE`` also where the value is 0 too.

    Raises
    ------
    InvalidCounts
        If a number is infinite, or lengths differ; names the first bad index.

    >>> growth_rate(np.array([100.0, 4.0, 0.0, -5.0, np.nan]), np.array([110.0, 0.0, 3.0, 5.0, 1.0]))
    Growth(value=array([ 0.1, -1. ,  nan,  nan,  nan]), status=array([0, 0, 2, 3, 1], dtype=int8))
    """
    before, after = _pair(base, value)
    return _where_computed(after - before, before, _status(before, after))


def index_number(base: FloatArray, value: FloatArray, *, scale: float = 100) -> Growth:
    """Return the index number of a value: scale x value / base.

    Parameters
    ----------
    base, value
        Of the base time and of another one, shape (n,), same unit; nan: unknown.
    scale
        The index of the base; above 0.

    Returns
    -------
    Growth
        100 is as at the base, shape (n,); not computed from a base of 0 or below.

    Raises
    ------
    InvalidCounts
        If a number is infinite, or lengths differ; names the first bad index.
    InvalidSetting
        If the scale is not above 0.

    >>> index_number(np.array([40.0, 0.0]), np.array([50.0, 1.0]))
    Growth(value=array([125.,  nan]), status=array([0, 2], dtype=int8))
    """
    if not 0 < scale < np.inf:
        raise InvalidSetting("scale", scale, "a number above 0")
    before, after = _pair(base, value)
    return _where_computed(scale * after, before, _status(before, after))


def cagr(base: FloatArray, value: FloatArray, years: FloatArray | float) -> Growth:
    """Return the compound annual growth rate: (value / base)^(1 / years) - 1.

    Parameters
    ----------
    base, value
        Of the earlier and the later time, shape (n,), same unit; nan: unknown.
    years
        Between them, above 0: one number, or shape (n,); need not be whole.

    Returns
    -------
    Growth
        A year, shape (n,): 0.1 is 10 % a year, -1 where the value is 0. Not computed from a base of 0 or below, nor to
        a value below 0 (``NEGATIVE_VALUE``), which has no such root.

    Raises
    ------
    InvalidCounts
        If a number is infinite, years are not above 0, or lengths differ; names the first bad index.

    >>> cagr(np.array([100.0, 100.0, 100.0]), np.array([121.0, 0.0, -8.0]), 2).value.round(6)
    array([ 0.1, -1. ,  nan])
    """
    before, after = _pair(base, value)
    span = by_place(amounts(years, "Years"), before.shape)
    check_lengths(before, span, names="Values and years")
    check(~(span == 0), "Years are 0; expected a number above 0")
    status = _status(before, after)
    status[(status == GrowthStatus.COMPUTED) & (after < 0)] = GrowthStatus.NEGATIVE_VALUE
    status[np.isnan(span)] = GrowthStatus.UNKNOWN
    ratio = _where_computed(after, before, status)
    # expm1 and log1p keep the digits of small changes over many years.
    with np.errstate(divide="ignore", over="ignore"):
        return _bounded(np.expm1(np.log1p(ratio.value - 1) / span), ratio.status)


def _pair(base: FloatArray, value: FloatArray) -> tuple[FloatArray, FloatArray]:
    before, after = numeric(base, "Bases"), numeric(value, "Values")
    check_lengths(before, after, names="Bases and values")
    return before, after


def _status(before: FloatArray, after: FloatArray) -> StatusArray:
    conditions: list[BoolArray] = [np.isnan(before + after), before == 0, before < 0]
    reasons = [GrowthStatus.UNKNOWN, GrowthStatus.ZERO_BASE, GrowthStatus.NEGATIVE_BASE]
    return np.select(conditions, reasons, GrowthStatus.COMPUTED).astype(np.int8)


def _where_computed(above: FloatArray, below: FloatArray, status: StatusArray) -> Growth:
    with np.errstate(over="ignore"):
        return _bounded(above / np.where(status == GrowthStatus.COMPUTED, below, np.nan), status)


def _bounded(value: FloatArray, status: StatusArray) -> Growth:
    """Return growth without what is greater than a number can be, as from a base of 1e-308."""
    is_beyond = np.isinf(value)
    return Growth(np.where(is_beyond, np.nan, value), np.where(is_beyond, GrowthStatus.UNKNOWN, status).astype(np.int8))
