"""A box of longitudes and latitudes that can't be read in the wrong order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import shapely

if TYPE_CHECKING:
    from atlante.geometry.polygons import GeometryArray


class BBox(NamedTuple):
    """Bounds in degrees of EPSG:4326."""

    min_lon: float
    min_lat: float
    max_lon: float
    max_lat: float

    @classmethod
    def of(cls, geoms_4326: GeometryArray) -> Self:
        """Return the box around all geometries; nan on every side where there are none.

        >>> import numpy as np
        >>> BBox.of(np.array([shapely.box(7, 37, 9, 38), shapely.box(8, 36, 10, 37)]))
        BBox(min_lon=7.0, min_lat=36.0, max_lon=10.0, max_lat=38.0)
        """
        return cls(*shapely.total_bounds(geoms_4326).tolist())
