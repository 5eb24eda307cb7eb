"""Cells that polygons cover as a whole, painted row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from atlante.geometry.point_index.grid import BLOCK_BITS, CELLS_IN_BLOCK, place_in_block
from atlante.geometry.point_index.ranges import expand

if TYPE_CHECKING:
    from atlante.geometry.point_index.arrays import Flags, Small, Whole
    from atlante.geometry.point_index.crossings import Crossings
    from atlante.geometry.point_index.grid import Grid

OUTSIDE = -1
_RUNS_AT_ONCE = 1 << 14  # their cells stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Borders:
    """Polygon and cell, for each cell that a polygon's border touches."""

    grid: Grid
    position: Small
    cell: Whole
    row: Whole
    column: Whole

    @classmethod
    def of(cls, grid: Grid, position: Small, cell: Whole) -> Self:
        """Return them with their rows and columns."""
        row, column = np.divmod(cell, grid.n_columns)
        return cls(grid, position, cell, row, column)


@dataclass(frozen=True, slots=True)
class Runs:
    """Cells from a column up to another in a row, and the polygon that covers them as a whole."""

    position: Whole
    row: Whole
    first: Whole
    stop: Whole

    def where(self, which: Whole | slice) -> Runs:
        """Return some of them, in an order."""
        return Runs(self.position[which], self.row[which], self.first[which], self.stop[which])


def inside_runs(borders: Borders, crossings: Crossings) -> Runs:
    """Return the runs that lie inside a polygon, from one cell with its border to the next; low positions last.

    Between the two there is no border of the polygon, so that one middle tells for all cells.
    """
    grid = borders.grid
    along = np.sort(borders.position.astype(np.int64) * grid.n_cells + borders.cell)
    is_run = (np.diff(along) > 1) & (along[1:] // grid.n_columns == along[:-1] // grid.n_columns)
    line, first = np.divmod(along[:-1][is_run] + 1, grid.n_columns)
    position, row = np.divmod(line, grid.n_rows)
    runs = Runs(position, row, first, along[1:][is_run] % grid.n_columns)
    inside = np.flatnonzero(crossings.is_inside(position, row, first))
    return runs.where(inside[::-1])


def paint(grid: Grid, border_cells: Whole, runs: Runs, n_positions: int) -> tuple[Small, Small]:
    """Return where each block's cells begin, and the cells: the lowest position that covers each, or OUTSIDE.

    Blocks without a border share the cells of their answer; a cell with a border has one of its own.
    """
    n_rows, n_columns = grid.shape_in_blocks
    is_mixed = np.zeros(n_rows * n_columns, dtype=np.bool_)
    is_mixed[grid.block_of(*np.divmod(border_cells, grid.n_columns))] = True
    n_shared, n_mixed = (n_positions + 1) * CELLS_IN_BLOCK, np.count_nonzero(is_mixed)
    blocks = np.zeros(len(is_mixed), dtype=np.int32)
    blocks[is_mixed] = n_shared + np.arange(n_mixed) * CELLS_IN_BLOCK
    cells = np.full(n_shared + n_mixed * CELLS_IN_BLOCK, OUTSIDE, dtype=np.int32)
    cells[:n_shared] = np.repeat(np.arange(OUTSIDE, n_positions), CELLS_IN_BLOCK)
    for first in range(0, len(runs.row), _RUNS_AT_ONCE):
        _paint_runs(grid, blocks, is_mixed, cells, runs.where(slice(first, first + _RUNS_AT_ONCE)))
    return blocks, cells


def _paint_runs(grid: Grid, blocks: Small, is_mixed: Flags, cells: Small, runs: Runs) -> None:
    """Paint runs in their order: numpy assigns so, and the last one stays."""
    which, column = expand(runs.first >> BLOCK_BITS, ((runs.stop - 1) >> BLOCK_BITS) + 1)
    block = grid.block_of(runs.row[which], column << BLOCK_BITS)
    has_border = is_mixed[block]
    whole = ~has_border
    blocks[block[whole]] = (runs.position[which[whole]] + 1) * CELLS_IN_BLOCK
    block, column, parts = block[has_border], column[has_border], runs.where(which[has_border])
    first = np.maximum(parts.first, column << BLOCK_BITS)
    stop = np.minimum(parts.stop, (column + 1) << BLOCK_BITS)
    place = blocks[block] + place_in_block(parts.row, first)
    which, target = expand(place, place + stop - first)
    cells[target] = parts.position[which]
