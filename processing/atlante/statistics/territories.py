"""Sums over the units of each territory, such as the municipalities of a province."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from atlante.statistics.counts import check, check_lengths, counted

if TYPE_CHECKING:
    from atlante.statistics.counts import BoolArray, CountArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Membership:
    """Which territory each unit lies in.

    Attributes
    ----------
    positions
        Position of the territory of each unit that lies in one, shape (u,).
    is_in
        Which units lie in a territory, shape (m,).
    size
        Number of territories.
    """

    positions: IntArray
    is_in: BoolArray
    size: int

    @classmethod
    def of(cls, units: int, territories: CountArray | None, size: int | None) -> Self:
        """Read the positions of territories.

        Parameters
        ----------
        units
            Number of units, m.
        territories
            Position of the territory of each unit, shape (m,), from 0; -1: it lies in none. None: all lie in one.
        size
            Number of territories; None: up to the greatest position.

        Raises
        ------
        InvalidCounts
            If a position is not whole, below -1, or not below `size`, or their number is not that of the units.

        >>> Membership.of(3, np.array([1, -1, 1]), None).sum(np.array([2.0, 5.0, 3.0]))
        array([0., 5.])
        """
        if territories is None:
            territories = np.zeros(units, dtype=np.int64)
            size = 1 if size is None else size
        given = np.asarray(territories)
        check_lengths(np.empty(units), given.astype(np.float64), names="Units and territories")
        positions = counted(given.astype(np.float64) + 1, "Positions of territories, counted from -1,") - 1
        check(~np.isnan(positions), "The position of a territory is unknown; expected -1 for none")
        count = int(positions.max(initial=-1)) + 1 if size is None else size
        check(positions < count, f"The position of a territory is not below their number, {count}")
        is_in = positions >= 0
        return cls(positions[is_in].astype(np.int64), is_in, count)

    def sum(self, values: FloatArray) -> FloatArray:
        """Return the sum of the values, shape (m,), over the units of each territory, shape (size,)."""
        return np.bincount(self.positions, weights=values[self.is_in], minlength=self.size)

    def shares(self, values: FloatArray) -> FloatArray:
        """Return each unit's share of its territory's sum, shape (m,): nan where that is 0 or unknown."""
        total = self.sum(values)
        divisor = np.where(total > 0, total, np.nan)
        shares = np.full(len(values), np.nan)
        shares[self.is_in] = values[self.is_in] / divisor[self.positions]
        return shares
