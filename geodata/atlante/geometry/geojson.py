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
        Decimals of a coordinate; 6 of a degree are about 0.1 m. Vertices that rounding makes equal are one.

    >>> geojson_texts(np.array([shapely.Point(12.3456789, 45)]))
    ['{"type":"Point","coordinates":[12.345679,45.0]}']
    """
    rounded = shapely.transform(geoms, lambda coordinates: np.round(coordinates, digits))
    oriented = shapely.orient_polygons(shapely.remove_repeated_points(rounded))
    return shapely.to_geojson(oriented).tolist()  # type: ignore[no-any-return]
