"""Where polygons begin and end along the middle of each row, and so which middles of cells are inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from atlante.geometry.point_index.arrays import Flags, Floats, Small, Whole
    from atlante.geometry.point_index.grid import Grid

_KEY_BITS = 62
_HALF = np.float64(0.5)
_NEAR = 2.0**-12  # of a cell: four times what rounding can move a crossing on the finest grid


@dataclass(frozen=True, slots=True)
class Keys:
    """Position, row and place along the row as one whole number that orders by all three."""

    grid: Grid
    fraction_bits: int

    @classmethod
    def for_positions(cls, grid: Grid, n: int) -> Self:
        """Return keys for positions below n, with what bits they leave for the fraction of a cell."""
        return cls(grid, _KEY_BITS - (n * grid.n_cells).bit_length())

    def of(self, position: Small | Whole, row: Whole, column: Floats) -> Whole:
        """Return keys of places in columns, with a fraction."""
        cells = position.astype(np.int64) * self.grid.n_cells + row * self.grid.n_columns
        fractions = (column * (1 << self.fraction_bits)).astype(np.int64)
        keys: Whole = (cells << self.fraction_bits) + fractions
        return keys


@dataclass(frozen=True, slots=True)
class Crossings:
    """Where each polygon's borders cross the lines through the middle of the rows.

    Attributes
    ----------
    places
        Keys, ascending. The number of those below a place is odd just where the place is inside its polygon: a ring is
        closed, and crosses each line an even number of times.
    """

    keys: Keys
    places: Whole

    def is_inside(self, position: Small | Whole, row: Whole, column: Whole) -> Flags:
        """Return whether the middle of cells is inside polygons; see :meth:`ambiguous_cells`."""
        below = np.searchsorted(self.places, self.keys.of(position, row, column + _HALF))
        return (below & 1).astype(np.bool_)

    def ambiguous_cells(self) -> Whole:
        """Return the cells whose middle is so near to a crossing that rounding may put it on either side."""
        bits = self.keys.fraction_bits
        within = (self.places & ((1 << bits) - 1)) / (1 << bits)
        near = self.places[np.abs(within - 0.5) < _NEAR] >> bits
        cells: Whole = near % self.keys.grid.n_cells
        return cells
