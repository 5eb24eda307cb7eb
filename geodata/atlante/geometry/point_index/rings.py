"""Polygons taken apart: vertices in one row, and where rings, parts and polygons begin in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import shapely

from atlante.errors import InvalidBoundaries
from atlante.geometry.polygons import as_multipolygons

if TYPE_CHECKING:
    from atlante.geometry.point_index.arrays import Places, Small, Whole
    from atlante.geometry.polygons import GeometryArray

_POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_LARGEST_COORDINATE = 1e9


@dataclass(frozen=True, slots=True)
class Rings:
    """The vertices of a coverage.

    Attributes
    ----------
    vertices
        Shape (v,). Rings are closed.
    ring_first, part_first, polygon_first
        Where each ring begins among the vertices, each part among the rings, each polygon among the parts; one more
        at the end.
    """

    vertices: Places
    ring_first: Whole
    part_first: Whole
    polygon_first: Whole

    @classmethod
    def of(cls, geoms: GeometryArray) -> Self:
        """Take polygons apart. A missing or empty one has no vertices.

        Raises
        ------
        InvalidBoundaries
            If something is not a polygon, or has coordinates that are no numbers or out of all proportion.
        """
        polygons = _with_area(geoms)
        nothing = np.zeros(1, dtype=np.int64)
        if not len(polygons) or shapely.is_empty(polygons).all():
            return cls(np.empty(0, complex), nothing, nothing, np.zeros(len(polygons) + 1, dtype=np.int64))
        _, coordinates, offsets = shapely.to_ragged_array(polygons, include_z=False)
        vertices = np.ascontiguousarray(coordinates).view(np.complex128).ravel()
        rings = cls(vertices, *(offset.astype(np.int64) for offset in offsets))
        # written so that nan fails it
        is_usable = (np.abs(coordinates) <= _LARGEST_COORDINATE).all(axis=1)
        if not is_usable.all():
            place = rings.position_of_vertices()[np.flatnonzero(~is_usable)[0]]
            raise InvalidBoundaries(f"Geometry {place}", "has coordinates that are no longitudes and latitudes.")
        return rings

    def __len__(self) -> int:
        return len(self.polygon_first) - 1

    def polygons(self) -> GeometryArray:
        """Put the polygons together again."""
        if not len(self.vertices):
            return np.full(len(self), shapely.MultiPolygon(), dtype=object)
        offsets = (self.ring_first, self.part_first, self.polygon_first)
        coordinates = self.vertices.view(np.float64).reshape(-1, 2)
        polygons: GeometryArray = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, coordinates, offsets)
        return polygons

    def position_of_vertices(self) -> Small:
        """Return the position of the polygon that each vertex is of."""
        first = self.ring_first[self.part_first[self.polygon_first]]
        return np.repeat(np.arange(len(first) - 1, dtype=np.int32), np.diff(first))

    def segments(self) -> Whole:
        """Return the vertices that begin a segment: it ends at the next one."""
        begins = np.ones(len(self.vertices), dtype=np.bool_)
        begins[self.ring_first[1:] - 1] = False
        # a repeated vertex makes a segment without a length, which has no sides
        begins[:-1] &= self.vertices[1:] != self.vertices[:-1]
        return np.flatnonzero(begins)


def _with_area(geoms: GeometryArray) -> GeometryArray:
    is_void = shapely.is_missing(geoms) | shapely.is_empty(geoms)
    is_wrong = ~is_void & ~np.isin(shapely.get_type_id(geoms), _POLYGONAL)
    if is_wrong.any():
        place = int(np.flatnonzero(is_wrong)[0])
        raise InvalidBoundaries(f"Geometry {place}", f"is a {geoms[place].geom_type}; an index takes polygons alone.")
    polygons = np.array(geoms, dtype=object)
    polygons[is_void] = shapely.MultiPolygon()
    return as_multipolygons(polygons)
