"""Polygons that tile the land: mended, dissolved, simplified without losing a shared border."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from atlante.geometry.polygons import as_multipolygons
from atlante.geometry.projection import WEB_MERCATOR, WGS84, project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlante.geometry.polygons import GeometryArray

ZOOM_BANDS = ((0, 4), (5, 7), (8, 10), (11, 22))
"""First and last zoom level that share one simplified geometry; the last band has all vertices."""

type _Places = np.ndarray[tuple[int], np.dtype[np.intp]]

_OVERVIEW_BAND = ZOOM_BANDS[1]
_METRES_PER_PIXEL_AT_ZOOM_0 = 2 * np.pi * 6_378_137 / 512  # maps draw vector tiles 512 pixels wide
_SLIVER_DEGREES = 1e-5  # about one metre: a narrower gap between neighbours is an error of digitising


@dataclass(frozen=True, slots=True)
class MendedCoverage:
    """A coverage, and which of its members had to change to become one, shape (n,)."""

    geoms: GeometryArray
    is_mended: np.ndarray[tuple[int], np.dtype[np.bool_]]


def mend_coverage(geoms_4326: GeometryArray) -> MendedCoverage:
    """Make neighbours share their borders vertex by vertex, without overlaps and slivers.

    Parameters
    ----------
    geoms_4326
        Valid polygons in degrees, shape (n,). Only those whose borders are off change: an overlap goes to the neighbour
        with the longer common border, and so does an enclosed gap narrower than about a metre.
    """
    given = as_multipolygons(geoms_4326)
    off = _is_off(given)
    if not off.any():
        return MendedCoverage(given, off)
    tree = shapely.STRtree(given)
    patch = _with_neighbours(tree, np.flatnonzero(off))  # the neighbours enclose the gaps
    mended = given.copy()
    mended[patch] = as_multipolygons(_clean(given[patch]))
    if not shapely.coverage_is_valid(mended[_with_neighbours(tree, patch)]):  # a border outside the patch moved
        mended = as_multipolygons(_clean(given))
    is_same = shapely.equals_exact(shapely.normalize(mended), shapely.normalize(given))
    return MendedCoverage(np.where(is_same, given, mended), ~is_same)


def _with_neighbours(tree: shapely.STRtree, places: _Places) -> _Places:
    touching: _Places = tree.query(tree.geometries[places], predicate="intersects")[1]
    return np.unique(touching)


def _clean(geoms_4326: GeometryArray) -> GeometryArray:
    # The stubs are of shapely 2.1, the function of 2.2.
    cleaned: GeometryArray = shapely.coverage_clean(geoms_4326, gap_width=_SLIVER_DEGREES)  # type: ignore[attr-defined]
    return cleaned


def _is_off(geoms_4326: GeometryArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    edges = shapely.coverage_invalid_edges(geoms_4326, gap_width=_SLIVER_DEGREES)
    return ~(shapely.is_empty(edges) | shapely.is_missing(edges))


def dissolve(geoms: GeometryArray, groups: Sequence[int] | _Places) -> GeometryArray:
    """Return one MultiPolygon per group of a coverage.

    Parameters
    ----------
    groups
        Number of each geometry's group, shape (n,): 0, 1, … without a gap.

    Returns
    -------
    GeometryArray
        Shape (groups,); no vertex is added or moved.
    """
    numbers = np.asarray(groups, dtype=np.intp)
    order = np.argsort(numbers, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
    merged = np.empty(len(members), dtype=object)
    merged[:] = [_merge(geoms[places]) for places in members]
    return as_multipolygons(merged)


def _merge(geoms: GeometryArray) -> shapely.Geometry:
    """Return the union of neighbours: by their shared edges, or in general where these don't match."""
    try:
        merged = shapely.coverage_union_all(geoms)
    except shapely.GEOSException:
        return shapely.union_all(geoms)
    return merged if shapely.is_valid(merged) else shapely.union_all(geoms)


def simplify_coverage(geoms_4326: GeometryArray) -> dict[tuple[int, int], GeometryArray]:
    """Return a coverage as MultiPolygons in EPSG:3857, generalised for each of :data:`ZOOM_BANDS`.

    Detail below a pixel of a band's last zoom level goes; borders stay shared, no member vanishes. The last band keeps
    every vertex.

    Each band is made of the next finer one, which takes half the time of starting from all vertices each time; the
    algorithm (Visvalingam and Whyatt 1993, doi:10.1179/000870493786962263) drops the least important vertices first, so
    that the result is nearly the same.

    Parameters
    ----------
    geoms_4326
        A coverage in degrees, shape (n,).
    """
    finer = project(geoms_4326, WGS84, WEB_MERCATOR)
    bands = {ZOOM_BANDS[-1]: as_multipolygons(finer)}
    for band in reversed(ZOOM_BANDS[:-1]):
        finer = shapely.coverage_simplify(finer, _METRES_PER_PIXEL_AT_ZOOM_0 / 2 ** band[1])
        bands[band] = as_multipolygons(finer)
    return bands


def overview(bands: dict[tuple[int, int], GeometryArray]) -> GeometryArray:
    """Return a simplified coverage in degrees, for a view of the whole country.

    Parameters
    ----------
    bands
        What :func:`simplify_coverage` returned.
    """
    return project(bands[_OVERVIEW_BAND], WEB_MERCATOR, WGS84)
