"""Whose ground a hole is: the polygons of another day, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from atlante.geometry import make_polygons_valid
from atlante.territories.checking.comparison import links
from atlante.territories.checking.shapes import SLIVER_WIDTH_M, area_text, measure

if TYPE_CHECKING:
    from collections.abc import Collection

    from atlante.geometry import GeometryArray
    from atlante.territories.checking.comparison import Comparison

_COVERED = 0.99  # a hole that the other boundaries cover by less is not understood, and stays
_MAIN = 0.01  # of a hole: less is that the borders were redrawn meanwhile


@dataclass(frozen=True, slots=True)
class Ground:
    """Ground that was found to be a municipality's.

    Attributes
    ----------
    code
        Belfiore code of the municipality.
    note
        From whose polygons, for its provenance.
    """

    code: str
    geom_4326: shapely.Geometry
    note: str


def whose_ground(
    hole: shapely.Geometry, comparison: Comparison, *, missing: Collection[str], present: Collection[str]
) -> list[Ground]:
    """Return who the ground of a hole belongs to; nothing where that can't be told.

    Parameters
    ----------
    hole
        A polygon in degrees.
    missing
        Codes of municipalities without a polygon. Ground of one that was split is that of the only missing part.
    present
        Codes of municipalities with a polygon. Ground of anybody else is not given to anybody.
    """
    donors = _donors(hole, comparison)
    owners = _owners(donors["code"], comparison, missing)
    owners = {code: owner for code, owner in owners.items() if owner in missing or owner in present}
    donors = donors.assign(owner=donors["code"].map(owners))
    area = measure(hole)[0]
    if donors["owner"].isna().any() or donors["area"].sum() < _COVERED * area:
        return []
    pieces = [(str(owner), group) for owner, group in donors.groupby("owner") if group["area"].sum() > _MAIN * area]
    if len(pieces) == 1:
        owner, group = pieces[0]
        return [Ground(owner, hole, _note("hole of", area, group, comparison))]
    return _cut(hole, pieces, comparison)


def _donors(hole: shapely.Geometry, comparison: Comparison) -> pd.DataFrame:
    """Return the municipalities of the other boundaries that the hole is made of: code, name, piece, area in km²."""
    other = comparison.boundaries.municipalities
    geoms = make_polygons_valid(other["geometry"].to_numpy())
    places = np.sort(shapely.STRtree(geoms).query(hole, predicate="intersects"))
    pieces = shapely.intersection(hole, geoms[places])
    sizes = [measure(piece) for piece in pieces]
    donors = other.iloc[places][["municipality_code", "name"]].set_axis(["code", "name"], axis=1)
    donors = donors.assign(piece=pieces, area=[area for area, _ in sizes], width=[width for _, width in sizes])
    return pd.DataFrame(donors[donors["width"] >= SLIVER_WIDTH_M])


def _owners(codes: pd.Series[str], comparison: Comparison, missing: Collection[str]) -> dict[str, str]:
    """Return the successor of each code where it is clear which one has the ground in question."""
    pairs = links(comparison)
    owners = {}
    for code, group in pairs[pairs["code"].isin(codes)].groupby("code"):
        heirs = list(group["successor_code"])
        if len(heirs) > 1:
            heirs = [heir for heir in heirs if heir in missing]
        if len(heirs) == 1:
            owners[str(code)] = str(heirs[0])
    return owners


def _cut(hole: shapely.Geometry, pieces: list[tuple[str, pd.DataFrame]], comparison: Comparison) -> list[Ground]:
    """Divide a hole along the borders of the other boundaries; what is left over goes to the largest piece."""
    grounds = {owner: shapely.union_all(group["piece"].to_numpy()) for owner, group in pieces}
    rest = shapely.difference(hole, shapely.union_all(list(grounds.values())))
    largest = max(grounds, key=lambda owner: shapely.area(grounds[owner]))
    grounds[largest] = shapely.union(grounds[largest], rest)
    return [
        Ground(owner, _polygonal(grounds[owner]), _note("hole of", measure(grounds[owner])[0], group, comparison))
        for owner, group in pieces
    ]


def missing_ground(geoms_4326: GeometryArray, comparison: Comparison, missing: Collection[str]) -> list[Ground]:
    """Return ground of missing municipalities that is no hole, since it lies at the edge of the country.

    Parameters
    ----------
    geoms_4326
        The polygons that are there.
    missing
        Codes of municipalities without a polygon.
    """
    pairs = links(comparison)
    other = comparison.boundaries.municipalities.set_index("municipality_code", drop=False)
    tree, grounds = shapely.STRtree(geoms_4326), []
    for code in sorted(missing):
        group = other.loc[pairs.loc[(pairs["successor_code"] == code) & ~pairs["is_partial"].astype(bool), "code"]]
        whole = shapely.union_all(make_polygons_valid(group["geometry"].to_numpy()))
        near = geoms_4326[tree.query(whole, predicate="intersects")]
        free = _polygonal(whole.difference(shapely.union_all(near)))
        area, width = measure(free)
        if width >= SLIVER_WIDTH_M:
            grounds.append(Ground(code, free, _note("ground of", area, group, comparison)))
    return grounds


def _polygonal(geom: shapely.Geometry) -> shapely.Geometry:
    """Return the polygons of a geometry that are wide enough to be ground."""
    parts = shapely.get_parts(geom)
    polygons = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return shapely.MultiPolygon([part for part in polygons if measure(part)[1] >= SLIVER_WIDTH_M])


def _note(what: str, area: float, group: pd.DataFrame, comparison: Comparison) -> str:
    codes = group["code"] if "code" in group else group["municipality_code"]
    names = [f"{name} ({code})" for name, code in zip(group["name"], codes, strict=True)]
    told = comparison.successors
    events = told.loc[told["code"].isin(codes), "events"] if "events" in told else pd.Series(dtype=object)
    reasons = sorted({event for event in events if isinstance(event, str) and event})
    because = f" ({'; '.join(reasons)})" if reasons else ""
    day = comparison.boundaries.reference_date
    return f"{what} {area_text(area)} filled with {', '.join(names)} as of {day}{because}"
