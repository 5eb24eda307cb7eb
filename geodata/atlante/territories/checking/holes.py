"""Ground inside the country that no municipality has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from atlante.territories.checking.model import Finding, FindingKind
from atlante.territories.checking.shapes import SLIVER_WIDTH_M, area_text, measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atlante.geometry import GeometryArray
    from atlante.territories.checking.shapes import Shapes
    from atlante.territories.repairs import KnownHole


def holes_between(geoms_4326: GeometryArray) -> GeometryArray:
    """Return the holes in the union of valid polygons, as polygons, shape (holes,).

    What lies in a hole without touching its edge is taken out of it.
    """
    parts = shapely.get_parts(_union(geoms_4326))
    rings = shapely.get_rings(parts[shapely.get_num_interior_rings(parts) > 0], return_index=True)
    is_inner = np.diff(rings[1], prepend=-1) == 0  # the first ring of a polygon is its outline
    holes = shapely.polygons(rings[0][is_inner])
    tree = shapely.STRtree(parts)
    inside = [parts[tree.query(hole, predicate="contains_properly")] for hole in holes]
    return np.array(
        [
            hole.difference(shapely.union_all(islands)) if len(islands) else hole
            for hole, islands in zip(holes, inside, strict=True)
        ],
        dtype=object,
    )


def _union(geoms_4326: GeometryArray) -> shapely.Geometry:
    """Return the union: by shared edges where that is possible, which takes a twentieth of the time."""
    if shapely.coverage_is_valid(geoms_4326):
        return shapely.coverage_union_all(geoms_4326)
    return shapely.union_all(geoms_4326)


def hole_findings(shapes: Shapes, holes: GeometryArray, known: Sequence[KnownHole]) -> Iterator[Finding]:
    """Yield each hole with the municipalities around it.

    Parameters
    ----------
    holes
        What :func:`holes_between` found.
    known
        States within the country, and what the source leaves out.
    """
    for hole in holes:
        area, width = measure(hole)
        around = shapes.about(np.sort(shapes.tree.query(hole, predicate="intersects")))
        center = hole.point_on_surface()
        where = f"{area_text(area)} at {center.x:.4f}, {center.y:.4f}"
        match = named(hole, area, known)
        if match is not None:
            detail, remedy = f"{match.name}: {where}", f"Nothing has to be done: {match.why}."
            yield Finding(FindingKind.KNOWN_HOLE, *around, area, "km²", detail, remedy)
        elif width < SLIVER_WIDTH_M:
            detail = f"a gap of {where}, {width:.1f} m wide on average"
            yield Finding(FindingKind.SLIVER, *around, area, "km²", detail, "Repair: a neighbour gets it (--repair).")
        else:
            remedy = "Repair with boundaries of another day (--against): they tell whose ground it was (--repair)."
            yield Finding(FindingKind.HOLE, *around, area, "km²", where, remedy)


def named(hole: shapely.Geometry, area: float, known: Sequence[KnownHole]) -> KnownHole | None:
    """Return the known hole that this is: its place is inside, and its area in the known range of km²."""
    for each in known:
        is_there = shapely.intersects(hole, shapely.Point(each.longitude, each.latitude))
        if is_there and each.min_area_km2 <= area <= each.max_area_km2:
            return each
    return None
