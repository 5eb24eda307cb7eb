"""Classes of a choropleth: computed once, from the published values, for map, legend and table alike. Pure.

The rule is ckmeans with five classes: of all ways to cut the sorted values into classes, the one whose squared
distances to the class means are smallest. It follows the gaps of the data, is the same for everyone who asks, and needs
no choice by hand. With fewer distinct values than classes there are fewer classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.intp]

# ColorBrewer YlGnBu, light to dark: told apart by colour-blind readers and in greyscale.
YLGNBU: dict[int, tuple[str, ...]] = {
    1: ("#41b6c4",),
    2: ("#a1dab4", "#225ea8"),
    3: ("#edf8b1", "#7fcdbb", "#2c7fb8"),
    4: ("#ffffcc", "#a1dab4", "#41b6c4", "#225ea8"),
    5: ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494"),
}


@dataclass(frozen=True, slots=True)
class ClassInterval:
    """One class: values from ``low`` up to but not including ``high``; the last class includes its ``high``."""

    low: float
    high: float
    count: int
    colour: str
    is_last: bool


def classify(values: Sequence[float] | FloatArray, *, n: int = 5) -> tuple[ClassInterval, ...]:
    """Return the classes of some values, in ascending order.

    Parameters
    ----------
    values
        Published values, shape (m,), none of them nan; any order.
    n
        Classes wanted, 1..5.

    >>> [(c.low, c.high, c.count) for c in classify([1, 2, 1, 9, 10, 30], n=3)]
    [(1.0, 9.0, 3), (9.0, 30.0, 2), (30.0, 30.0, 1)]
    """
    array = np.asarray(values, dtype=np.float64)
    lows = ckmeans_lows(array, n)
    if not lows.size:
        return ()
    counts = np.bincount(np.searchsorted(lows, array, side="right") - 1, minlength=lows.size)
    highs = np.append(lows[1:], array.max())
    colours = YLGNBU[lows.size]
    return tuple(
        ClassInterval(float(low), float(high), int(count), colour, is_last=position == lows.size)
        for position, (low, high, count, colour) in enumerate(zip(lows, highs, counts, colours, strict=True), start=1)
    )


def ckmeans_lows(values: FloatArray, n: int) -> FloatArray:
    """Return the smallest value of each of the ``n`` classes with the least squared distance to their means.

    Exact, by dynamic programming over the distinct values. As the best cut moves only to the right when a value is
    added, each layer is filled by divide and conquer in O(m log m).

    References
    ----------
    Wang and Song (2011), The R Journal 3(2):29-33, doi:10.32614/RJ-2011-015.
    """
    distinct, weights = np.unique(values, return_counts=True)
    n = min(n, distinct.size)
    if n == 0:
        return distinct
    spread = _Spread(distinct, weights)
    cost = spread.between(np.zeros(distinct.size, dtype=np.intp), np.arange(distinct.size))
    cuts: list[IntArray] = []
    for layer in range(1, n):
        cost, cut = _add_class(cost, spread, layer)
        cuts.append(cut)
    lows, last = [], distinct.size - 1
    for cut in reversed(cuts):
        first = int(cut[last])
        lows.append(first)
        last = first - 1
    return distinct[[0, *reversed(lows)]]


class _Spread:
    """Sums of squared distances to the mean of any run of sorted values, from running totals."""

    def __init__(self, values: FloatArray, weights: IntArray) -> None:
        centred = values - values.mean()  # keeps the squares small: their differences are what counts
        self._weight = np.concatenate(([0.0], np.cumsum(weights)))
        self._sum = np.concatenate(([0.0], np.cumsum(weights * centred)))
        self._square = np.concatenate(([0.0], np.cumsum(weights * centred**2)))

    def between(self, first: IntArray, last: IntArray | int) -> FloatArray:
        """Return the spread of ``values[first..last]``, both ends included."""
        end = np.asarray(last) + 1
        total = self._sum[end] - self._sum[first]
        weight = self._weight[end] - self._weight[first]
        return np.asarray(np.maximum(self._square[end] - self._square[first] - total**2 / weight, 0.0))


def _add_class(cost: FloatArray, spread: _Spread, layer: int) -> tuple[FloatArray, IntArray]:
    """Return the cost with one class more for each last value, and where that class begins."""
    size = cost.size
    best = np.full(size, np.inf)
    cut = np.zeros(size, dtype=np.intp)
    pending = [(layer, size - 1, layer, size - 1)]  # last values to fill, and the range of their first values
    while pending:
        low, high, first_low, first_high = pending.pop()
        if low > high:
            continue
        middle = (low + high) // 2
        firsts = np.arange(first_low, min(first_high, middle) + 1)
        costs = cost[firsts - 1] + spread.between(firsts, middle)
        found = int(costs.argmin())
        best[middle], cut[middle] = costs[found], firsts[found]
        pending += [
            (low, middle - 1, first_low, int(firsts[found])),
            (middle + 1, high, int(firsts[found]), first_high),
        ]
    return best, cut
