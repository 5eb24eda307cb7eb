"""Polygons as numpy arrays: validity, areas, coverages, GeoJSON. No input or output, no database.

A coverage is a set of polygons that tile the land: neighbours share their border vertex by vertex, nothing overlaps.
Coordinates are x, y (longitude, latitude) everywhere.
"""

from atlante.geometry.areas import area_km2
from atlante.geometry.bbox import BBox
from atlante.geometry.coverage import (
    ZOOM_BANDS,
    MendedCoverage,
    dissolve,
    mend_coverage,
    overview,
    simplify_coverage,
)
from atlante.geometry.geojson import geojson_texts
from atlante.geometry.point_index import PointIndex, open_point_index
from atlante.geometry.polygons import GeometryArray, as_multipolygons, make_polygons_valid
from atlante.geometry.projection import WEB_MERCATOR, WGS84

__all__ = [
    "WEB_MERCATOR",
    "WGS84",
    "ZOOM_BANDS",
    "BBox",
    "GeometryArray",
    "MendedCoverage",
    "PointIndex",
    "area_km2",
    "as_multipolygons",
    "dissolve",
    "geojson_texts",
    "make_polygons_valid",
    "mend_coverage",
    "open_point_index",
    "overview",
    "simplify_coverage",
]
