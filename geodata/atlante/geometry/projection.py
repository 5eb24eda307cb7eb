"""Between the coordinate reference systems that Atlante computes in. x before y, always."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import Transformer

if TYPE_CHECKING:
    from atlante.geometry.polygons import GeometryArray

WGS84 = 4326
WEB_MERCATOR = 3857
EQUAL_AREA = 3035


@cache
def _transformer(source_srid: int, target_srid: int) -> Transformer:
    return Transformer.from_crs(source_srid, target_srid, always_xy=True)


def project(geoms: GeometryArray, source_srid: int, target_srid: int) -> GeometryArray:
    """Return geometries in another coordinate reference system; equal vertices stay equal."""
    transformer = _transformer(source_srid, target_srid)

    def of_coordinates(coordinates: np.ndarray) -> np.ndarray:
        return np.column_stack(transformer.transform(coordinates[:, 0], coordinates[:, 1]))

    return shapely.transform(geoms, of_coordinates)
