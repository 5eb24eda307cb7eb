"""The raster under the point index: square cells, in blocks of 8 by 8."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from atlante.geometry.point_index.arrays import Floats, Whole, Wholes

BLOCK_BITS = 3
BLOCK = 1 << BLOCK_BITS
CELLS_IN_BLOCK = BLOCK * BLOCK
MARGIN = 2.0**-10  # of a cell: many times what rounding can move a coordinate on the grid

# Cells for each vertex of the coverage. For Italy (840 thousand) that makes 0.002 degrees; the figures for finer and
# coarser are in docs/explanation/why-a-raster-point-index.md.
_CELLS_PER_VERTEX = 42
_FEWEST_CELLS, _MOST_CELLS = 2**12, 2**26
_MOST_ON_A_SIDE = 2**15
_MOST_TOUCHES = 2**24  # of borders and cells: long borders across a fine grid would take all memory
# The smallest cell beside the largest coordinate, so that MARGIN is 64 times the spacing of floats there.
_SMALLEST_CELL = 2.0**-36
# Where the grid begins beside the coverage, in cells. Not a round part of a cell: borders on round coordinates would
# fall on the cells' edges or centres.
_OFFSET = 1.381966


@dataclass(frozen=True, slots=True)
class Grid:
    """Square cells from a corner on; the outermost ones lie outside the coverage."""

    min_x: float
    min_y: float
    cell_size: float
    n_columns: int
    n_rows: int

    @classmethod
    def over(cls, x: Floats, y: Floats, cell_size: float | None = None) -> Self:
        """Return a grid over vertices, in the order of the borders; one empty block where there are none.

        Parameters
        ----------
        cell_size
            What is wanted; without it, it follows the number of vertices. The grid's may be larger, never smaller.
        """
        if not len(x):
            return cls(0.0, 0.0, 1.0, BLOCK, BLOCK)
        min_x, min_y, max_x, max_y = (float(edge) for edge in (x.min(), y.min(), x.max(), y.max()))
        width, height = max_x - min_x, max_y - min_y
        cells = min(max(_FEWEST_CELLS, _CELLS_PER_VERTEX * len(x)), _MOST_CELLS)
        border_length = float(np.abs(np.diff(x)).sum() + np.abs(np.diff(y)).sum())
        size = max(
            float(np.sqrt(width * height / cells)) if cell_size is None else cell_size,
            max(width, height) / _MOST_ON_A_SIDE,
            border_length / _MOST_TOUCHES,
            max(map(abs, (min_x, min_y, max_x, max_y))) * _SMALLEST_CELL,
        )
        min_x, min_y = min_x - _OFFSET * size, min_y - _OFFSET * size
        # one more for the outermost cells to be empty, one for rounding
        n_columns, n_rows = (-(-(int(side / size) + 3) // BLOCK) * BLOCK for side in (max_x - min_x, max_y - min_y))
        return cls(min_x, min_y, size, n_columns, n_rows)

    @property
    def n_cells(self) -> int:
        """How many cells the grid has."""
        return self.n_columns * self.n_rows

    @property
    def shape_in_blocks(self) -> tuple[int, int]:
        """Rows and columns of blocks."""
        return self.n_rows >> BLOCK_BITS, self.n_columns >> BLOCK_BITS

    # A coordinate becomes a place on the grid by these two lines and no others: whatever they round, they never turn
    # the order of two coordinates round. The proof that no border is missed (borders.py) rests on that.
    def columns_at(self, x: Floats) -> Floats:
        """Return places between 0 and n_columns; the whole part is the column. Elsewhere, x is not on the grid."""
        return (x - self.min_x) * (1.0 / self.cell_size)

    def rows_at(self, y: Floats) -> Floats:
        """Return places between 0 and n_rows; the whole part is the row."""
        return (y - self.min_y) * (1.0 / self.cell_size)

    def middle_x(self, columns: Wholes) -> Floats:
        """Return the coordinate in the middle of columns."""
        return self.min_x + (columns.astype(np.float64) + 0.5) * self.cell_size

    def middle_y(self, rows: Wholes) -> Floats:
        """Return the coordinate in the middle of rows."""
        return self.min_y + (rows.astype(np.float64) + 0.5) * self.cell_size

    def block_of(self, rows: Wholes, columns: Wholes) -> Whole:
        """Return the number of the block that cells are in."""
        blocks: Whole = (rows >> BLOCK_BITS) * (self.n_columns >> BLOCK_BITS) + (columns >> BLOCK_BITS)
        return blocks


def place_in_block(rows: Wholes, columns: Wholes) -> Wholes:
    """Return the place of cells within their block, 0 to 63."""
    places: Wholes = ((rows & (BLOCK - 1)) << BLOCK_BITS) | (columns & (BLOCK - 1))
    return places
