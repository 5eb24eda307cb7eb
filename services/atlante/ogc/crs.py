"""Coordinate reference systems that features are served in (OGC API - Features - Part 2)."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyproj import Transformer
from pyproj.exceptions import CRSError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyproj import CRS

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_DEGREE_DIGITS = 6  # 0.1 m
_METRE_DIGITS = 2


@dataclass(frozen=True, slots=True)
class ServedCrs:
    """A reference system, its PostGIS number, and the order of its axes.

    Attributes
    ----------
    is_north_first
        Whether the authority puts the northing (or latitude) first; PostGIS itself always computes x, y.
    digits
        Decimal places of coordinates.
    """

    uri: str
    srid: int
    is_north_first: bool
    digits: int


def _epsg(code: int, *, is_north_first: bool = False, digits: int = _METRE_DIGITS) -> ServedCrs:
    return ServedCrs(f"http://www.opengis.net/def/crs/EPSG/0/{code}", code, is_north_first, digits)


SERVED = {
    served.uri: served
    for served in (
        ServedCrs(CRS84, 4326, is_north_first=False, digits=_DEGREE_DIGITS),
        _epsg(4326, is_north_first=True, digits=_DEGREE_DIGITS),
        _epsg(3857),
        _epsg(3035, is_north_first=True),  # LAEA Europe
        _epsg(25832),  # ETRS89 / UTM
        _epsg(25833),
        _epsg(32632),  # WGS 84 / UTM
        _epsg(32633),
        _epsg(6707, is_north_first=True),  # RDN2008 / UTM, north first
        _epsg(6708, is_north_first=True),
        _epsg(7794),  # RDN2008 / Italy zone, east first
    )
}


@functools.cache
def _to_degrees(srid: int) -> Transformer:
    return Transformer.from_crs(srid, 4326, always_xy=True)


def bbox_in_degrees(
    bbox: Sequence[float],
    from_crs: str | CRS,
    to_crs: str | CRS,
    always_xy: bool = False,  # noqa: FBT001, FBT002
) -> list[float]:
    """Return a box as min lon, min lat, max lon, max lat; heights are left out.

    Stands in for ``pygeoapi.crs.transform_bbox``, which transforms two corners: in a projection the sides are curves,
    and what lies between corner and bulge would be missed. Here the sides are followed.

    Parameters
    ----------
    bbox
        4 or 6 numbers in the axis order of ``from_crs``.
    from_crs
        URI of a served reference system.
    to_crs, always_xy
        As pygeoapi passes them; features are stored in CRS84, so they say nothing new.

    Raises
    ------
    pyproj.exceptions.CRSError
        If a number is not finite, or the box lies outside of the projection. pygeoapi answers it with 400.
    """
    del to_crs, always_xy
    served = SERVED[str(from_crs)]
    half = len(bbox) // 2
    (a, b), (c, d) = bbox[:2], bbox[half : half + 2]
    box = [b, a, d, c] if served.is_north_first else [a, b, c, d]
    if not all(map(math.isfinite, box)):
        raise CRSError("bbox: every number must be finite")
    if served.digits == _DEGREE_DIGITS:
        return box
    if box[0] > box[2]:
        raise CRSError("bbox: the first corner must be the lower left one")
    west, south, east, north = box
    bounds = _to_degrees(served.srid).transform_bounds(west, south, east, north, densify_pts=21)
    if not all(map(math.isfinite, bounds)):
        raise CRSError("bbox: the box lies outside of the area where its reference system is defined")
    return list(bounds)
