"""What follows from everything that is published of all firms and of slices together, by narrowing bounds.

Of every cell two numbers are looked at: those of its firms that have the attribute, and those outside of its slice that
have it. Both lie between bounds; a published one is known. That territories are the sums of their parts, filiere of
their stages, and all firms of what is inside and outside, narrows the bounds again and again (bounds consistency, as
constraint solvers know it). It finds chains through several tables, which no tree of one of them shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atlante.disclosure.cells import NO_ROW

if TYPE_CHECKING:
    from atlante.disclosure.cells import BoolArray, Cells, IntArray

_ROUNDS = 8  # a chain through the four levels and back


@dataclass(frozen=True, slots=True)
class Propagation:
    """The cells of protected shares and their slices, by number among themselves; NO_ROW: there is none.

    Attributes
    ----------
    rows
        The cells, shape (n,).
    above, whole, total
        As :class:`atlante.disclosure.cells.Cells` has them.
    """

    cells: Cells
    rows: IntArray
    above: IntArray
    whole: IntArray
    total: IntArray

    @classmethod
    def of(cls, cells: Cells) -> Propagation:
        """Return that of all shares of which slices are protected."""
        of_slices = cells.is_protected & ~cells.is_private & cells.is_counted & (cells.firms > 0)
        sliced = np.unique(cells.family[of_slices & (cells.whole != NO_ROW)])
        rows = np.flatnonzero(of_slices & np.isin(cells.family, sliced))
        number = np.full(len(cells) + 1, NO_ROW, dtype=np.int64)
        number[rows] = np.arange(len(rows))
        is_part = cells.slices.above[cells.slice_[rows]] != cells.slices.everything
        total = np.where(is_part, number[cells.total[rows]], NO_ROW)
        return cls(cells, rows, number[cells.above[rows]], number[cells.whole[rows]], total)

    def withhold_more(self, withheld: BoolArray) -> None:
        """Withhold, in place, the next published territory above each cell of a slice that is told."""
        is_slice = self.whole != NO_ROW
        if not is_slice.any():
            return
        lost = withheld[self.rows]
        told = lost & is_slice & self._is_told(lost)
        if told.any():
            told &= ~self._is_told(lost | is_slice)
        at = self.above[told]
        while len(at):
            at = np.unique(at[at != NO_ROW])
            is_open = lost[at]
            withheld[self.rows[at[~is_open]]] = True
            at = self.above[at[is_open]]

    def _is_told(self, lost: BoolArray) -> BoolArray:
        firms, counted = self.cells.firms[self.rows], self.cells.numerator[self.rows]
        inside = _Bounds(np.where(lost, 0, counted), np.where(lost, firms, counted))
        is_slice = self.whole != NO_ROW
        outside = _Bounds(np.zeros_like(firms), np.where(is_slice, firms[self.whole] - firms, 0))
        for _ in range(_ROUNDS):
            before = inside.high.sum() - inside.low.sum()
            inside.add_up(self.above)
            inside.add_up(self.total)
            self._complement(inside, outside)
            self._add_up_outside(inside, outside)
            self._complement(inside, outside)
            if inside.high.sum() - inside.low.sum() == before:
                break
        told: BoolArray = inside.low >= inside.high
        return told

    def _complement(self, inside: _Bounds, outside: _Bounds) -> None:
        """Narrow by that all firms are those of the slice and those outside of it."""
        part = np.flatnonzero(self.whole != NO_ROW)
        whole = self.whole[part]
        outside.low[part] = np.maximum(outside.low[part], inside.low[whole] - inside.high[part])
        outside.high[part] = np.minimum(outside.high[part], inside.high[whole] - inside.low[part])
        inside.low[part] = np.maximum(inside.low[part], inside.low[whole] - outside.high[part])
        inside.high[part] = np.minimum(inside.high[part], inside.high[whole] - outside.low[part])
        np.maximum.at(inside.low, whole, inside.low[part] + outside.low[part])
        np.minimum.at(inside.high, whole, inside.high[part] + outside.high[part])

    def _add_up_outside(self, inside: _Bounds, outside: _Bounds) -> None:
        """Narrow by that what lies outside of a slice adds up, also over territories where all firms do."""
        n = len(self.rows)
        part = np.flatnonzero((self.whole != NO_ROW) & (self.above != NO_ROW))
        whole_above = np.flatnonzero((self.whole == NO_ROW) & (self.above != NO_ROW))
        rest = []
        for bound in (inside.low, inside.high):
            of_whole = _summed(bound[whole_above], self.above[whole_above], n)
            in_slice = _summed(bound[self.whole[part]], self.above[part], n)
            rest.append(np.where(self.whole != NO_ROW, of_whole[self.whole], 0) - in_slice)
        outside.add_up(self.above, rest=(rest[0], rest[1]), of=part)


@dataclass(slots=True)
class _Bounds:
    low: IntArray
    high: IntArray

    def add_up(
        self, above: IntArray, *, rest: tuple[IntArray, IntArray] | None = None, of: IntArray | None = None
    ) -> None:
        """Narrow by that each sum is that of its parts, and of a rest between two numbers."""
        part = np.flatnonzero(above != NO_ROW) if of is None else of
        if not len(part):
            return
        whole, n = above[part], len(above)
        least, most = (_summed(bound[part], whole, n) for bound in (self.low, self.high))
        if rest is not None:
            least, most = least + rest[0], most + rest[1]
        is_sum = np.zeros(n, dtype=bool)
        is_sum[whole] = True
        self.low[is_sum] = np.maximum(self.low, least)[is_sum]
        self.high[is_sum] = np.minimum(self.high, most)[is_sum]
        high = np.minimum(self.high[part], self.high[whole] - (least[whole] - self.low[part]))
        low = np.maximum(self.low[part], self.low[whole] - (most[whole] - self.high[part]))
        self.low[part], self.high[part] = low, high


def _summed(amounts: IntArray, to: IntArray, n: int) -> IntArray:
    return np.bincount(to, weights=amounts, minlength=n).astype(np.int64)
