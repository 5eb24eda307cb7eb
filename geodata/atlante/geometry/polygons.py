"""Arrays of polygons, made valid and of one type."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

# An object array: shapely's stubs have no dtype for geometries.
type GeometryArray = np.ndarray[tuple[int], np.dtype[Any]]


def make_polygons_valid(geoms: GeometryArray) -> GeometryArray:
    """Return valid two-dimensional MultiPolygons of the same areas.

    Parameters
    ----------
    geoms
        Polygons or MultiPolygons, shape (n,). Rings that cross or touch themselves are split; what has no area is left
        out, so that a geometry may come back empty.
    """
    flat = shapely.force_2d(geoms)
    invalid = ~shapely.is_valid(flat)
    flat[invalid] = shapely.make_valid(flat[invalid], method="structure", keep_collapsed=False)
    return as_multipolygons(flat)


def as_multipolygons(geoms: GeometryArray) -> GeometryArray:
    """Return each Polygon as a MultiPolygon of one part; MultiPolygons stay as they are.

    >>> as_multipolygons(np.array([shapely.box(0, 0, 1, 1)]))[0].geom_type
    'MultiPolygon'
    """
    multi = geoms.copy()
    single = shapely.get_type_id(geoms) == shapely.GeometryType.POLYGON
    multi[single] = shapely.multipolygons(geoms[single, np.newaxis])
    return multi
