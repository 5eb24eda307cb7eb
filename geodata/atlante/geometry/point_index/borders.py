"""Where borders run on the grid: the cells that they touch, and where they cross the middle of a row."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import numpy as np

from atlante.geometry.point_index.crossings import Crossings, Keys
from atlante.geometry.point_index.grid import MARGIN
from atlante.geometry.point_index.ranges import expand

if TYPE_CHECKING:
    from atlante.geometry.point_index.arrays import Floats, Small, Whole
    from atlante.geometry.point_index.grid import Grid
    from atlante.geometry.point_index.rings import Rings

_SEGMENTS_AT_ONCE = 1 << 15  # their rows and columns stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Segments:
    """Straight pieces of borders, from a to b; the position of the polygon that each is of, ascending."""

    ax: Floats
    ay: Floats
    bx: Floats
    by: Floats
    position: Small

    @classmethod
    def of(cls, rings: Rings, begin: Whole) -> Self:
        """Return the segments that begin at vertices."""
        a, b = rings.vertices[begin], rings.vertices[begin + 1]
        ax, ay, bx, by = (np.ascontiguousarray(values) for values in (a.real, a.imag, b.real, b.imag))
        return cls(ax, ay, bx, by, rings.position_of_vertices()[begin])

    def __len__(self) -> int:
        return len(self.ax)

    def part(self, first: int, stop: int) -> Segments:
        """Return some of them."""
        part = slice(first, stop)
        return Segments(self.ax[part], self.ay[part], self.bx[part], self.by[part], self.position[part])


@dataclass(frozen=True, slots=True)
class Touches:
    """Each cell that each segment touches, in the order of cells, then of segments."""

    cell: Whole
    segment: Whole


def trace(grid: Grid, segments: Segments, threads: int) -> tuple[Touches, Crossings]:
    """Return which cells the segments touch and where they cross rows."""
    keys = Keys.for_positions(grid, int(segments.position[-1]) + 1 if len(segments) else 0)
    segment_bits = len(segments).bit_length()
    edges = [*range(0, len(segments), _SEGMENTS_AT_ONCE), len(segments)]

    def run(bounds: tuple[int, int]) -> tuple[Whole, Whole]:
        part = segments.part(*bounds)
        which, row = _rows(grid, part)
        touching, column = expand(*_columns(grid, part, which, row))
        cell = row[touching] * grid.n_columns + column
        return (cell << segment_bits) | (which[touching] + bounds[0]), _crossings(grid, keys, part, which, row)

    with ThreadPoolExecutor(threads) as pool:
        parts = [_NOTHING, *pool.map(run, pairwise(edges))]
        # a cell and a segment in one number: sorting numbers is many times faster than sorting pairs
        touches, crossings = pool.map(lambda numbers: np.sort(np.concatenate(numbers)), zip(*parts, strict=True))
    return Touches(touches >> segment_bits, touches & ((1 << segment_bits) - 1)), Crossings(keys, crossings)


_NOTHING = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


def _rows(grid: Grid, segments: Segments) -> tuple[Whole, Whole]:
    """Return segment and row, for each row that a segment touches.

    There is no margin: the function that gives a point its row gives the ends theirs, and it keeps their order.
    """
    low, high = np.minimum(segments.ay, segments.by), np.maximum(segments.ay, segments.by)
    return expand(grid.rows_at(low).astype(np.int64), grid.rows_at(high).astype(np.int64) + 1)


def _columns(grid: Grid, segments: Segments, which: Whole, row: Whole) -> tuple[Whole, Whole]:
    """Return the first column that a segment can touch in a row, and the one after the last.

    The row's strip is widened by a margin and so is the result, each many times larger than the rounding: a cell too
    many costs a little time, one too few would cost exactness.
    """
    ax, ay = segments.ax[which], segments.ay[which]
    run, rise = segments.bx[which] - ax, segments.by[which] - ay
    margin = MARGIN * grid.cell_size
    bottom = grid.min_y + row * grid.cell_size - margin
    top = bottom + (grid.cell_size + 2 * margin)
    # shares of the way from a to b, which stay exact however flat a segment is; a level one is in the row as a whole
    is_level = rise == 0
    rise[is_level] = 1
    at_bottom = np.where(is_level, 0, np.clip((bottom - ay) / rise, 0, 1))
    at_top = np.where(is_level, 1, np.clip((top - ay) / rise, 0, 1))
    x_bottom, x_top = ax + at_bottom * run, ax + at_top * run
    start = grid.columns_at(np.minimum(x_bottom, x_top) - margin).astype(np.int64)
    return start, grid.columns_at(np.maximum(x_bottom, x_top) + margin).astype(np.int64) + 1


def _crossings(grid: Grid, keys: Keys, segments: Segments, which: Whole, row: Whole) -> Whole:
    """Return the keys of the places where segments cross the middle of rows.

    An end on the line counts as below it, for both segments that meet there: so a ring crosses a line an even number of
    times, whatever it does on it.
    """
    middle = grid.middle_y(row)
    crosses = np.flatnonzero((segments.ay[which] <= middle) != (segments.by[which] <= middle))
    row, middle, which = row[crosses], middle[crosses], which[crosses]
    ax, ay, bx, by = (values[which] for values in (segments.ax, segments.ay, segments.bx, segments.by))
    place = ax + (middle - ay) / (by - ay) * (bx - ax)
    return keys.of(segments.position[which], row, grid.columns_at(place))
