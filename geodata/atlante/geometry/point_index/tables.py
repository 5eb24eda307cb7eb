"""The tables of a point index: what each cell answers, and what is to be asked where a border runs through a cell."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from atlante.geometry.point_index.borders import Segments, Touches, trace
from atlante.geometry.point_index.grid import place_in_block
from atlante.geometry.point_index.painting import Borders, inside_runs, paint
from atlante.geometry.point_index.sides import is_left

if TYPE_CHECKING:
    from atlante.geometry.point_index.arrays import Flags, Small, Whole
    from atlante.geometry.point_index.grid import Grid
    from atlante.geometry.point_index.rings import Rings

FIRST_BORDER = -2
_TOUCHES_AT_ONCE = 1 << 17
_MOST_TOUCHES_IN_A_CELL = 256  # above, whole polygons with an index of their own are asked sooner


@dataclass(frozen=True, slots=True)
class Tables:
    """Arrays that answer for every point of the grid.

    A cell's answer is ``cells[blocks[its block] + its place in the block]``: a position, -1 outside, or -2 - k for the
    k-th cell with a border. Blocks of 64 cells without a border share one run of cells per answer, so that most of the
    raster takes no room.

    Cell k has the borders ``border_first[k]`` to ``border_first[k + 1]``, one per polygon with a border there; border b
    has the touches ``touch_first[b]`` to ``touch_first[b + 1]``, one per segment.

    Attributes
    ----------
    base
        Lowest position that covers the cell as a whole, -1 where none does, shape (k,).
    is_doubtful
        Whether the segments don't tell, or are so many that asking polygons is faster, shape (k,).
    position, is_middle_inside
        The polygon, ascending within a cell; whether the cell's middle is inside it; shape (b,).
    touches
        Twice the vertex at which the segment begins, plus 1 if the cell's middle is on the left of it, shape (t,).
    """

    blocks: Small
    cells: Small
    border_first: Small
    touch_first: Small
    base: Small
    is_doubtful: Flags
    position: Small
    is_middle_inside: Flags
    touches: Small


def build_tables(grid: Grid, rings: Rings, threads: int) -> Tables:
    """Return the tables of a coverage on a grid."""
    begin = rings.segments()
    segments = Segments.of(rings, begin)
    touches, crossings = trace(grid, segments, threads)
    position = segments.position[touches.segment]
    new_border = _changes(touches.cell, position)
    borders = Borders.of(grid, position[new_border], touches.cell[new_border])
    new_cell = _changes(borders.cell)
    border_cells = borders.cell[new_cell]
    blocks, cells = paint(grid, border_cells, inside_runs(borders, crossings), len(rings))
    is_middle_left, is_unclear = _sides_of_middles(grid, segments, touches, threads)
    unclear_cells = np.concatenate([touches.cell[is_unclear], crossings.ambiguous_cells()])
    touch_first, border_first = _with_end(new_border, len(touches.cell)), _with_end(new_cell, len(borders.cell))
    is_doubtful = np.diff(touch_first[border_first]) > _MOST_TOUCHES_IN_A_CELL
    is_doubtful[np.searchsorted(border_cells, unclear_cells)] = True
    return Tables(
        blocks=blocks,
        cells=cells,
        base=_number(grid, border_cells, blocks, cells),
        border_first=border_first,
        touch_first=touch_first,
        is_doubtful=is_doubtful,
        position=borders.position,
        is_middle_inside=crossings.is_inside(borders.position, borders.row, borders.column),
        touches=(2 * begin[touches.segment] + is_middle_left).astype(np.int32),
    )


def _number(grid: Grid, border_cells: Whole, blocks: Small, cells: Small) -> Small:
    """Write the numbers of cells with a border over what they were painted with, and return that."""
    row, column = np.divmod(border_cells, grid.n_columns)
    places = blocks[grid.block_of(row, column)] + place_in_block(row, column)
    painted: Small = cells[places]
    cells[places] = FIRST_BORDER - np.arange(len(places), dtype=np.int32)
    return painted


def _changes(*columns: Whole | Small) -> Whole:
    """Return where a new combination of values begins in ordered columns."""
    is_new = np.ones(len(columns[0]), dtype=np.bool_)
    is_new[1:] = np.logical_or.reduce([values[1:] != values[:-1] for values in columns])
    return np.flatnonzero(is_new)


def _with_end(first: Whole, end: int) -> Small:
    return np.append(first, end).astype(np.int32)


def _sides_of_middles(grid: Grid, segments: Segments, touches: Touches, threads: int) -> tuple[Flags, Flags]:
    """Return whether the middle of each touched cell is on the left of the segment, and whether that is open."""

    def run(bounds: tuple[int, int]) -> tuple[Flags, Flags]:
        part = slice(*bounds)
        row, column = np.divmod(touches.cell[part], grid.n_columns)
        x, y, s = grid.middle_x(column), grid.middle_y(row), touches.segment[part]
        return is_left(segments.ax[s] - x, segments.ay[s] - y, segments.bx[s] - x, segments.by[s] - y)

    edges = [*range(0, len(touches.cell), _TOUCHES_AT_ONCE), len(touches.cell)]
    nothing = np.empty(0, dtype=np.bool_)
    with ThreadPoolExecutor(threads) as pool:
        parts = [(nothing, nothing), *pool.map(run, pairwise(edges))]
    lefts, opens = zip(*parts, strict=True)
    return np.concatenate(lefts), np.concatenate(opens)
