"""Points in polygons, exactly and by the million."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Self

import numpy as np

from atlante.errors import InvalidBoundaries, InvalidSetting
from atlante.geometry.point_index.deciding import ask_polygons, decide
from atlante.geometry.point_index.grid import Grid, place_in_block
from atlante.geometry.point_index.nearest import NearestBorder
from atlante.geometry.point_index.painting import OUTSIDE
from atlante.geometry.point_index.rings import Rings
from atlante.geometry.point_index.storage import Stored, read, write
from atlante.geometry.point_index.tables import FIRST_BORDER, build_tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from atlante.geometry.point_index.arrays import Floats, Numbers, Small, Whole
    from atlante.geometry.polygons import GeometryArray

_POINTS_AT_ONCE = 1 << 16  # what they need along the way stays in the processor's cache


class PointIndex:
    """Which polygon each of many points is in.

    A raster answers for every cell that no border touches; where one does, the few segments in that cell decide. The
    answer is that of ``shapely.intersects``, for every point: polygons are closed, and a point on a common border is of
    the lowest position that covers it. Where rounding leaves the segments' answer open, the polygons are asked.
    Coordinates are taken as they are: there is no way across the antimeridian.

    An index may be used by several threads at once.

    Attributes
    ----------
    codes
        Of the polygons, in the order of positions.

    >>> import shapely
    >>> index = PointIndex.build(["A001", "A002"], np.array([shapely.box(8, 44, 9, 45), shapely.box(9, 44, 10, 45)]))
    >>> index.locate(np.array([8.5, 9.0, 9.5, 11.0]), np.array([44.5, 44.5, 45.0, 44.5]))
    array([ 0,  0,  1, -1], dtype=int32)
    """

    def __init__(self, stored: Stored) -> None:
        self.codes = stored.codes
        self._stored = stored
        self._asking = Lock()

    @classmethod
    def build(
        cls,
        codes: Sequence[str],
        geoms: GeometryArray,
        *,
        cell_size: float | None = None,
        threads: int | None = None,
    ) -> Self:
        """Return an index of polygons.

        Parameters
        ----------
        codes
            One per polygon.
        geoms
            Valid polygons, shape (n,). They may overlap and leave gaps; one that is None or empty covers nothing.
        cell_size
            Of the raster, in the polygons' unit. It changes speed and memory, never an answer; without it, it is chosen
            by the number of vertices.
        threads
            How many may work at once; all that the process may use if None.

        Raises
        ------
        InvalidBoundaries
            If something is not a polygon, or there are more or fewer codes.
        """
        if len(codes) != len(geoms):
            raise InvalidBoundaries("A point index", f"can't have {len(codes):,} codes for {len(geoms):,} polygons.")
        if cell_size is not None and not 0 < cell_size < np.inf:
            raise InvalidSetting("cell_size", cell_size, "a positive number")
        rings = Rings.of(np.asarray(geoms, dtype=object))
        grid = Grid.over(rings.vertices.real, rings.vertices.imag, cell_size)
        return cls(Stored(tuple(codes), grid, rings, build_tables(grid, rings, _workers(threads))))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the index that a file holds.

        Raises
        ------
        UnreadableIndex
            If the file can't be read, is cut off or damaged, or was written by another version.
        """
        return cls(read(path)[0])

    def save(self, path: Path, *, digest: str = "") -> None:
        """Write the index to a file: at once and as a whole, whoever else writes or reads it.

        Parameters
        ----------
        digest
            Of what the index was made of, to be compared when it is read.
        """
        write(path, self._stored, digest)

    def locate(self, lon: Numbers, lat: Numbers, *, threads: int | None = None) -> Small:
        """Return the position of the polygon that each point is in, -1 where there is none; shape (n,), int32.

        Parameters
        ----------
        lon, lat
            Floats or whole numbers, shape (n,). A point with nan or infinity is in none.
        threads
            How many may work at once; all that the process may use if None.
        """
        x, y = _columns(lon, lat)
        answers = np.empty(len(x), dtype=np.int32)
        edges = [*range(0, len(x), _POINTS_AT_ONCE), len(x)]

        def run(bounds: tuple[int, int]) -> Whole:
            part = slice(*bounds)
            answers[part], is_open = self._locate_some(_floats(x[part]), _floats(y[part]))
            return is_open + bounds[0]

        with ThreadPoolExecutor(_workers(threads)) as pool:
            is_open = np.concatenate([np.empty(0, dtype=np.int64), *pool.map(run, pairwise(edges))])
        if len(is_open):
            answers[is_open] = self._ask(_floats(x[is_open]), _floats(y[is_open]))
        return answers

    def nearest(self, lon: Numbers, lat: Numbers, max_distance_m: float) -> tuple[Small, Floats]:
        """Return the nearest polygon to each point and its distance.

        Parameters
        ----------
        lon, lat
            Degrees, shape (n,). A point in a polygon is at 0 m from it.
        max_distance_m
            Above 0, up to 1,000,000.

        Returns
        -------
        tuple
            Positions, -1 beyond the distance; metres on the ellipsoid (WGS 84), nan there. Of polygons at the same
            distance to the millimetre the lowest position. See :class:`NearestBorder` for the error.
        """
        x, y = _columns(lon, lat)
        positions = self.locate(x, y)
        distances = np.where(positions == OUTSIDE, np.nan, 0.0)
        outside = np.flatnonzero(positions == OUTSIDE)
        positions[outside], distances[outside] = self._nearest_border.of(
            _floats(x[outside]), _floats(y[outside]), max_distance_m
        )
        return positions, distances

    @cached_property
    def _polygons(self) -> GeometryArray:
        return self._stored.rings.polygons()

    @cached_property
    def _nearest_border(self) -> NearestBorder:
        return NearestBorder(self._stored.rings)

    def _locate_some(self, x: Floats, y: Floats) -> tuple[Small, Whole]:
        """Return positions, and the points for which the polygons are to be asked."""
        grid, tables = self._stored.grid, self._stored.tables
        row, column = _cells(grid, x, y)
        answers: Small = tables.cells[tables.blocks[grid.block_of(row, column)] + place_in_block(row, column)]
        at = np.flatnonzero(answers <= FIRST_BORDER)
        is_doubtful = tables.is_doubtful[FIRST_BORDER - answers[at]]
        doubtful, at = at[is_doubtful], at[~is_doubtful]
        if not len(at):
            return answers, doubtful
        point = x[at] + 1j * y[at]
        middle = grid.middle_x(column[at]) + 1j * grid.middle_y(row[at])
        answers[at], is_open = decide(tables, self._stored.rings.vertices, FIRST_BORDER - answers[at], point, middle)
        return answers, np.concatenate([doubtful, at[is_open]])

    def _ask(self, x: Floats, y: Floats) -> Small:
        """Return positions of points that lie in cells with a border."""
        grid, tables = self._stored.grid, self._stored.tables
        row, column = _cells(grid, x, y)
        cells = tables.cells[tables.blocks[grid.block_of(row, column)] + place_in_block(row, column)]
        with self._asking:
            return ask_polygons(tables, self._polygons, FIRST_BORDER - cells, x, y)


def _cells(grid: Grid, x: Floats, y: Floats) -> tuple[Small, Small]:
    """Return rows and columns; those of an empty cell for points that are not on the grid."""
    with np.errstate(over="ignore"):  # 1e308 is not on the grid, however it overflows
        columns, rows = grid.columns_at(x), grid.rows_at(y)
    is_elsewhere = ~((columns >= 0) & (columns < grid.n_columns) & (rows >= 0) & (rows < grid.n_rows))
    columns[is_elsewhere] = rows[is_elsewhere] = 0
    return rows.astype(np.int32), columns.astype(np.int32)


def _columns(lon: Numbers, lat: Numbers) -> tuple[Numbers, Numbers]:
    x, y = np.asarray(lon), np.asarray(lat)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"lon and lat must be of one length, not of the shapes {x.shape} and {y.shape}")
    return x, y


def _floats(values: Numbers) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _workers(threads: int | None) -> int:
    if threads is None:
        # the first counts what this process may use, and came with Python 3.13
        count = getattr(os, "process_cpu_count", os.cpu_count)
        return count() or 1
    if threads < 1:
        raise InvalidSetting("threads", threads, "1 or more")
    return threads
