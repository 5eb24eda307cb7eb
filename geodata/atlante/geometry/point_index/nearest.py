"""The nearest border, in metres on the ellipsoid."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import Geod

from atlante.errors import InvalidSetting
from atlante.geometry.point_index.painting import OUTSIDE
from atlante.geometry.point_index.ranges import expand
from atlante.geometry.projection import WGS84, project

if TYPE_CHECKING:
    from atlante.geometry.point_index.arrays import Floats, Small, Whole
    from atlante.geometry.point_index.rings import Rings

_MERCATOR = 3395  # of the ellipsoid, so that it is conformal; Web Mercator is not
_SEGMENTS_IN_A_PIECE = 16
_STRAIGHT_DEGREES = 0.005  # a line this long is straight in degrees and on the map, but for a centimetre
_FARTHEST_M = 1e6
_METRES_PER_DEGREE = 110_574.0  # of latitude, where it is shortest
_HIGHEST_LATITUDE = 89.0  # nearer to the poles the map has no end
_FULL_CIRCLE = 360.0  # a longitude far beyond it is none, and costs the projection a long way round
_MILLIMETRES = 3


class NearestBorder:
    """Pieces of borders in a tree.

    The map is conformal: around a point, near is near in all directions, and only its scale changes with latitude. So
    the tree on the map finds the first candidate; all those that could be nearer with the other scale are measured by
    geodesics. A foot on a border is found on the map, which makes the distance up to 0.01 % too long within 20 km;
    farther out this has not been measured.
    """

    def __init__(self, rings: Rings) -> None:
        segments = np.diff(rings.ring_first) - 1
        n_pieces = -(-segments // _SEGMENTS_IN_A_PIECE)
        ring, number = expand(np.zeros_like(n_pieces), n_pieces)
        first = rings.ring_first[ring] + number * _SEGMENTS_IN_A_PIECE
        stop = np.minimum(first + _SEGMENTS_IN_A_PIECE + 1, rings.ring_first[ring + 1])
        piece, vertex = expand(first, stop)
        self._position = rings.position_of_vertices()[first]
        coordinates = rings.vertices[vertex].view(np.float64).reshape(-1, 2)
        lines = np.empty(len(first), dtype=object)
        shapely.linestrings(coordinates, indices=piece, out=lines)
        lines = shapely.segmentize(lines, _STRAIGHT_DEGREES)
        self._tree = shapely.STRtree(project(lines, WGS84, _MERCATOR))

    def of(self, lon: Floats, lat: Floats, max_distance_m: float) -> tuple[Small, Floats]:
        """Return the position with the nearest border and its distance in metres; -1 and nan beyond the largest."""
        if not 0 < max_distance_m <= _FARTHEST_M:
            raise InvalidSetting("max_distance_m", max_distance_m, f"a number above 0, up to {_FARTHEST_M:,.0f}")
        positions = np.full(len(lon), OUTSIDE, dtype=np.int32)
        distances = np.full(len(lon), np.nan)
        asked = np.flatnonzero((np.abs(lat) <= _HIGHEST_LATITUDE) & (np.abs(lon) <= _FULL_CIRCLE))
        if len(asked):
            found, position, distance = self._candidates(lon[asked], lat[asked], max_distance_m)
            order = np.lexsort((position, distance, found))
            first = order[np.flatnonzero(np.diff(found[order], prepend=-1))]
            first = first[distance[first] <= max_distance_m]
            positions[asked[found[first]]] = position[first]
            distances[asked[found[first]]] = distance[first]
        return positions, distances

    def _candidates(self, lon: Floats, lat: Floats, max_distance_m: float) -> tuple[Whole, Small, Floats]:
        """Return point, position and metres, for every border that may be the nearest."""
        points = project(np.asarray(shapely.points(lon, lat)), WGS84, _MERCATOR)
        reach = float(_on_map(lat, np.full(len(lat), max_distance_m)).max())
        near, piece = self._tree.query_nearest(points, max_distance=reach, all_matches=False)
        metres = self._metres(lon[near], lat[near], points[near], piece)
        around = _on_map(lat[near], metres)
        which, piece = self._tree.query(points[near], predicate="dwithin", distance=around)
        found = near[which]
        metres = self._metres(lon[found], lat[found], points[found], piece)
        return found, self._position[piece], np.round(metres, _MILLIMETRES)

    def _metres(self, lon: Floats, lat: Floats, points: np.ndarray, piece: Whole) -> Floats:
        """Return the geodesic distance between points and the nearest places on pieces of borders."""
        feet = shapely.get_point(shapely.shortest_line(points, self._tree.geometries[piece]), -1)
        feet = project(feet, _MERCATOR, WGS84)
        _, _, metres = _ellipsoid().inv(lon, lat, shapely.get_x(feet), shapely.get_y(feet))
        return np.asarray(metres, dtype=np.float64)


def _on_map(lat: Floats, metres: Floats) -> Floats:
    """Return at least how far metres are on the map, where it is drawn largest within reach of a latitude."""
    highest = np.minimum(np.abs(lat) + metres / _METRES_PER_DEGREE, _HIGHEST_LATITUDE)
    # the ellipsoid's scale is smaller than the sphere's; one more per mille for rounding, a millimetre for no distance
    return metres / np.cos(np.radians(highest)) * 1.001 + 0.001


@cache
def _ellipsoid() -> Geod:
    return Geod(ellps="WGS84")
