"""Points in cells with a border: whose they are, by the few segments in the cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from atlante.geometry.point_index.painting import OUTSIDE
from atlante.geometry.point_index.ranges import expand
from atlante.geometry.point_index.sides import is_left

if TYPE_CHECKING:
    from atlante.geometry.point_index.arrays import Flags, Floats, Places, Small, Whole, Wholes
    from atlante.geometry.point_index.tables import Tables
    from atlante.geometry.polygons import GeometryArray

_NOBODY = np.iinfo(np.int32).max
_TOUCHES_AT_ONCE = 1 << 20
_WORTH_PREPARING = 16


def decide(tables: Tables, vertices: Places, border: Wholes, point: Places, middle: Places) -> tuple[Small, Flags]:
    """Return the lowest position that covers each point, and whether rounding leaves that open.

    From the cell's middle to the point, each segment that is crossed changes sides: whether the middle is inside each
    polygon is known, so an odd number of crossings turns it round. The cell is convex: no other segment can be crossed.

    Parameters
    ----------
    vertices
        Of the coverage; they, the points and the middles are complex numbers.
    border, point, middle
        Number of the border cell, the point, the cell's middle, shape (n,), n > 0. The cells are not doubtful.
    """
    first, stop = tables.border_first[border], tables.border_first[border + 1]
    n_touches = tables.touch_first[stop] - tables.touch_first[first]
    if len(border) > 1 and n_touches.sum(dtype=np.int64) > _TOUCHES_AT_ONCE:
        halves = (slice(0, len(border) // 2), slice(len(border) // 2, None))
        owners, opens = zip(*(decide(tables, vertices, border[h], point[h], middle[h]) for h in halves), strict=True)
        return np.concatenate(owners), np.concatenate(opens)
    is_crossed, which, is_open = _crossings(tables, vertices, (first, stop), point, middle)
    is_point_open = np.zeros(len(border), dtype=np.bool_)
    is_point_open[which[is_open]] = True
    _, b = expand(first, stop)
    is_turned = np.logical_xor.reduceat(is_crossed, _starts(tables.touch_first[b + 1] - tables.touch_first[b]))
    owner = np.where(is_turned ^ tables.is_middle_inside[b], tables.position[b], _NOBODY)
    lowest = np.minimum.reduceat(owner, _starts(stop - first))
    return _or_base(lowest, tables.base[border]), is_point_open


def _starts(lengths: Small) -> Whole:
    """Return where runs of some lengths begin, one after the other."""
    starts: Whole = np.cumsum(lengths, dtype=np.int64) - lengths
    return starts


def _crossings(
    tables: Tables, vertices: Places, borders: tuple[Small, Small], point: Places, middle: Places
) -> tuple[Flags, Wholes, Flags]:
    """Return, per point and segment: whether the way from the middle crosses it, the point, whether that is open."""
    which, touch = expand(tables.touch_first[borders[0]], tables.touch_first[borders[1]])
    vertex = tables.touches[touch] >> 1
    is_middle_left = (tables.touches[touch] & 1).astype(np.bool_)
    here = point[which]
    a, b, way = vertices[vertex] - here, vertices[vertex + 1] - here, (middle - point)[which]
    is_point_left, is_point_open = is_left(a.real, a.imag, b.real, b.imag)
    is_a_left, is_a_open = is_left(way.real, way.imag, a.real, a.imag)
    is_b_left, is_b_open = is_left(way.real, way.imag, b.real, b.imag)
    is_crossed = (is_point_left != is_middle_left) & (is_a_left != is_b_left)
    return is_crossed, which, is_point_open | is_a_open | is_b_open


def _or_base(owner: Small, base: Small) -> Small:
    """Return the lower of two positions, or OUTSIDE where there is neither."""
    lowest = np.minimum(owner, np.where(base == OUTSIDE, _NOBODY, base))
    lowest[lowest == _NOBODY] = OUTSIDE
    return lowest


def ask_polygons(tables: Tables, polygons: GeometryArray, border: Wholes, x: Floats, y: Floats) -> Small:
    """Return the lowest position that covers each point, by the polygons themselves: exact for every point, but slow.

    Not for threads at once, which would prepare one polygon together.
    """
    which, b = expand(tables.border_first[border], tables.border_first[border + 1])
    order = np.argsort(tables.position[b], kind="stable")
    which, position = which[order], tables.position[b][order]
    owner = np.full(len(border), _NOBODY, dtype=np.int32)
    edges = np.flatnonzero(np.diff(position)) + 1
    for points in np.split(np.arange(len(position)), edges) if len(position) else ():
        polygon, asked = polygons[position[points[0]]], which[points]
        if len(points) >= _WORTH_PREPARING:
            shapely.prepare(polygon)
        covered = asked[shapely.intersects_xy(polygon, x[asked], y[asked])]
        shapely.destroy_prepared(polygon)
        owner[covered] = np.minimum(owner[covered], position[points[0]])
    return _or_base(owner, tables.base[border])
