"""What is wrong with polygons, one by one and beside their neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from atlante.geometry import area_km2, make_polygons_valid
from atlante.geometry.projection import EQUAL_AREA, WGS84, project
from atlante.territories.checking.model import Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlante.geometry import GeometryArray

SLIVER_WIDTH_M = 10.0
"""A hole or an overlap that is narrower on average is an error of digitising."""

LOST_PART_M2 = 10.0
"""So is a smaller part of a municipality that lies between others; rocks off the coast are of this size, too."""

_POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_M_PER_KM = 1000.0
_M2_PER_KM2 = 1e6
_SMALL_KM2 = 0.01
_SMALL_DEGREES2 = 1e-7  # about 800 m² in Italy
_FITTED = "Nothing: loading fits the borders, and says so in the provenance; or repair (--repair)."

type _Places = np.ndarray[tuple[int], np.dtype[np.intp]]


@dataclass(frozen=True, slots=True)
class Shapes:
    """Valid polygons and whose they are.

    Attributes
    ----------
    codes, names
        One per polygon.
    geoms_4326
        Valid MultiPolygons, shape (n,).
    tree
        An index over them.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    geoms_4326: GeometryArray
    tree: shapely.STRtree

    def about(self, places: _Places) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return codes and names of some of them."""
        return tuple(self.codes[place] for place in places), tuple(self.names[place] for place in places)


def has_polygon(rows: pd.DataFrame) -> pd.Series[bool]:
    """Return which rows have a polygon that is not empty."""
    geoms: GeometryArray = rows["geometry"].to_numpy()
    polygonal = np.isin(shapely.get_type_id(geoms), _POLYGONAL) & ~shapely.is_empty(geoms)
    return pd.Series(polygonal, index=rows.index)


def shapes_of(rows: pd.DataFrame) -> Shapes:
    """Return the polygons of municipalities, made valid; all rows must have one."""
    codes = rows["municipality_code"].where(rows["municipality_code"].notna(), rows["istat_code"])
    geoms = make_polygons_valid(rows["geometry"].to_numpy())
    return Shapes(tuple(map(str, codes)), tuple(map(str, rows["name"])), geoms, shapely.STRtree(geoms))


def geometry_findings(rows: pd.DataFrame) -> Iterator[Finding]:
    """Yield rows without a polygon, and polygons that are not valid, with the reason."""
    polygonal = has_polygon(rows)
    for row in rows[~polygonal].itertuples():
        yield Finding(
            FindingKind.NO_GEOMETRY,
            (_identity(row),),
            (str(row.name),),
            1,
            "polygons",
            "has no polygon, or an empty one",
            "Repair with boundaries of another day (--against) that have its ground.",
        )
    geoms: GeometryArray = rows["geometry"].to_numpy()
    invalid = polygonal & ~shapely.is_valid(geoms)
    for row, reason in zip(rows[invalid].itertuples(), shapely.is_valid_reason(geoms[invalid]), strict=True):
        yield Finding(
            FindingKind.INVALID_GEOMETRY,
            (_identity(row),),
            (str(row.name),),
            float(area_km2(make_polygons_valid(np.array([row.geometry], dtype=object)))[0]),
            "km²",
            reason,
            "Nothing: loading makes it valid, and says so in the provenance; or repair (--repair).",
        )


def overlap_findings(shapes: Shapes) -> Iterator[Finding]:
    """Yield ground that two municipalities have, and borders of neighbours with other vertices."""
    edges = shapely.coverage_invalid_edges(shapes.geoms_4326)
    off = np.flatnonzero(~(shapely.is_empty(edges) | shapely.is_missing(edges)))
    overlapping = set()
    for pair, ground in _overlaps(shapes, off):
        overlapping.update(pair.tolist())
        area, width = measure(ground)
        yield Finding(
            FindingKind.SLIVER if width < SLIVER_WIDTH_M else FindingKind.OVERLAP,
            *shapes.about(pair),
            area,
            "km²",
            f"both have {area_text(area)}, {width:.1f} m wide on average",
            "Repair: it goes to the one with the longer common border (--repair; loading does so, too).",
        )
    for place in off:
        if place not in overlapping:
            length = float(shapely.length(project(edges[[place]], WGS84, EQUAL_AREA))[0]) / _M_PER_KM
            detail = f"{length:.3f} km of its border have other vertices than its neighbours'"
            of_one = np.array([place])
            yield Finding(FindingKind.UNFITTED_BORDER, *shapes.about(of_one), length, "km", detail, _FITTED)


def _overlaps(shapes: Shapes, off: _Places) -> Iterator[tuple[_Places, shapely.Geometry]]:
    """Yield pairs of municipalities and the ground that both have."""
    if not len(off):
        return
    left, right = shapes.tree.query(shapes.geoms_4326[off], predicate="intersects")
    pairs = np.unique(np.sort(np.column_stack([off[left], right]), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    common = shapely.intersection(shapes.geoms_4326[pairs[:, 0]], shapes.geoms_4326[pairs[:, 1]])
    has_area = shapely.area(common) > 0
    yield from zip(pairs[has_area], common[has_area], strict=True)


def lost_part_findings(shapes: Shapes) -> Iterator[Finding]:
    """Yield tiny parts of municipalities that lie between others: islands touch nobody."""
    for owner, part, neighbours in lost_parts(shapes):
        area, _ = measure(part)
        yield Finding(
            FindingKind.SLIVER,
            *shapes.about(np.array([owner, *neighbours])),
            area,
            "km²",
            f"a part of {shapes.names[owner]} of {area_text(area)} lies between others",
            "Repair: it goes to the neighbour with the longest common border (--repair).",
        )


def lost_parts(shapes: Shapes) -> Iterator[tuple[int, shapely.Geometry, list[int]]]:
    """Yield owner, part and the municipalities around it, the one with the longest common border first."""
    parts, owners = shapely.get_parts(shapes.geoms_4326, return_index=True)
    is_part = np.bincount(owners, minlength=len(shapes.geoms_4326))[owners] > 1
    areas = shapely.area(parts)
    # degrees first: projecting all parts would take longer than everything else
    tiny = np.flatnonzero(is_part & (areas < _SMALL_DEGREES2))
    small = tiny[area_km2(parts[tiny]) * _M2_PER_KM2 < LOST_PART_M2]
    for place in small:
        around = shapes.tree.query(parts[place], predicate="intersects")
        others = [int(other) for other in around if other != owners[place]]
        lengths = [shapely.length(shapely.intersection(parts[place], shapes.geoms_4326[other])) for other in others]
        if others and max(lengths) > 0:
            yield (
                int(owners[place]),
                parts[place],
                [other for _, other in sorted(zip(lengths, others, strict=True))[::-1]],
            )


def measure(geom_4326: shapely.Geometry) -> tuple[float, float]:
    """Return area in km² and mean width in metres: twice the area by the length of the outline."""
    flat = project(np.array([geom_4326], dtype=object), WGS84, EQUAL_AREA)[0]
    return flat.area / _M2_PER_KM2, 2 * flat.area / flat.length if flat.length else 0.0


def area_text(area: float) -> str:
    """Return an area in km², a small one in m².

    >>> area_text(7.7855), area_text(0.0000302)
    ('7.786 km²', '30.2 m²')
    """
    return f"{area:,.3f} km²" if area >= _SMALL_KM2 else f"{area * _M2_PER_KM2:,.1f} m²"


def _identity(row: object) -> str:
    code = getattr(row, "municipality_code", None)
    return code if isinstance(code, str) else str(getattr(row, "istat_code", "unknown"))
