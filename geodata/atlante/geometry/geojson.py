"""GeoJSON geometries as text, ready to be served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from atlante.geometry.polygons import GeometryArray


def geojson_texts(geoms: GeometryArray, digits: int = 6) -> list[str]:
    """Return one GeoJSON geometry object per geometry (RFC 7946: exterior rings counter-clockwise).

    Parameters
    ----------
    digits
        Decimals of a coordinate; 6 of a degree are about 0.1 m. Vertices that rounding makes equal are one; rings and
        parts that it leaves without an area go.

    >>> geojson_texts(np.array([shapely.Point(12.3456789, 45)]))
    ['{"type":"Point","coordinates":[12.345679,45.0]}']
    """
    oriented = shapely.orient_polygons(_rounded(geoms, digits))
    return shapely.to_geojson(oriented).tolist()  # type: ignore[no-any-return]


def _rounded(geoms: GeometryArray, digits: int) -> GeometryArray:
    """Return geometries on a grid of decimals, without repeated vertices."""
    rounded = shapely.transform(geoms, lambda coordinates: np.round(coordinates, digits))
    try:
        return shapely.remove_repeated_points(rounded)
    except shapely.GEOSException:  # a ring smaller than the grid: only then is the slow way needed
        return np.array([_without_collapsed_rings(geom, digits) for geom in rounded], dtype=object)


def _without_collapsed_rings(geom: shapely.Geometry, digits: int) -> shapely.Geometry:
    try:
        return shapely.remove_repeated_points(geom)
    except shapely.GEOSException:
        snapped = shapely.set_precision(geom, 10.0**-digits)
        return shapely.transform(snapped, lambda coordinates: np.round(coordinates, digits))
