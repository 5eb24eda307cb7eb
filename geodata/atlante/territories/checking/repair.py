"""Boundaries mended with what other documents know; the provenance of each municipality says what was done."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from atlante.geometry import as_multipolygons, make_polygons_valid, mend_coverage
from atlante.territories.boundaries import COLUMNS
from atlante.territories.checking.filling import missing_ground, whose_ground
from atlante.territories.checking.holes import holes_between, named
from atlante.territories.checking.labels import as_listed, join_notes, relabel, with_known_codes
from atlante.territories.checking.shapes import SLIVER_WIDTH_M, has_polygon, lost_parts, measure, shapes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from atlante.geometry import GeometryArray
    from atlante.territories.boundaries import Boundaries
    from atlante.territories.checking.check import Evidence
    from atlante.territories.checking.filling import Ground

MADE_VALID = "geometry: made valid"
MENDED = "geometry: border fitted to its neighbours'"
_PART_GIVEN = "geometry: a lost part given to a neighbour"
_PART_TAKEN = "geometry: took in a lost part of a neighbour"
_GAP = "geometry: took in a gap to its neighbours"
_WGS84 = 4326


def repair_boundaries(boundaries: Boundaries, evidence: Evidence) -> Boundaries:
    """Return boundaries with everything mended that the evidence tells; the rest stays as it is.

    Codes and labels come from the list. Polygons are made valid and fitted to each other; slivers go to the neighbour
    with the longest common border. A hole is filled with the polygons of another day: its ground belongs to whom the
    events say. The result is another vintage: its digest is that of all that it was made of.

    Parameters
    ----------
    boundaries
        As read, before anything is refused or mended.
    """
    rows = with_known_codes(pd.DataFrame(boundaries.municipalities)).reset_index(drop=True)
    if evidence.listed is not None:
        listed = as_listed(evidence.listed)
        evidence = dataclasses.replace(evidence, listed=listed)
        rows = relabel(rows, listed, evidence.list_name)
    rows = mend_geometries(rows[has_polygon(rows)].reset_index(drop=True))
    if evidence.comparison is not None:
        rows = _filled(rows, evidence)
    return dataclasses.replace(
        boundaries,
        sha256=_digest(boundaries, evidence),
        municipalities=gpd.GeoDataFrame(rows[list(COLUMNS)], geometry="geometry", crs=_WGS84),
    )


def mend_geometries(rows: pd.DataFrame) -> pd.DataFrame:
    """Return municipalities with valid polygons that are a coverage without slivers; ``provenance`` says what changed.

    Parameters
    ----------
    rows
        Every one with a polygon; index 0..n.
    """
    for step in (_made_valid, _without_lost_parts, _fitted, _without_gaps):
        rows = step(rows)
    return rows


def _made_valid(rows: pd.DataFrame) -> pd.DataFrame:
    given: GeometryArray = rows["geometry"].to_numpy()
    return _changed(rows, make_polygons_valid(given), lambda _: np.where(shapely.is_valid(given), "", MADE_VALID))


def _fitted(rows: pd.DataFrame) -> pd.DataFrame:
    coverage = mend_coverage(rows["geometry"].to_numpy())
    return _changed(rows, coverage.geoms, lambda _: np.where(coverage.is_mended, MENDED, ""))


def _changed(rows: pd.DataFrame, geoms: GeometryArray, notes: Callable[[None], Iterable[str]]) -> pd.DataFrame:
    return rows.assign(geometry=geoms, provenance=join_notes(rows["provenance"], notes(None)))


def _without_lost_parts(rows: pd.DataFrame) -> pd.DataFrame:
    """Give tiny parts of a municipality that lie between others to the neighbour with the longest common border."""
    shapes = shapes_of(rows)
    geoms, notes = shapes.geoms_4326.copy(), np.full(len(rows), "", dtype=object)
    for owner, part, neighbours in lost_parts(shapes):
        parts = shapely.get_parts(geoms[owner])
        geoms[owner] = shapely.MultiPolygon(list(parts[~shapely.equals(parts, part)]))
        geoms[neighbours[0]] = shapely.union(geoms[neighbours[0]], part)
        notes[[owner, neighbours[0]]] = _PART_GIVEN, _PART_TAKEN
    return _changed(rows, as_multipolygons(geoms), lambda _: notes)


def _without_gaps(rows: pd.DataFrame) -> pd.DataFrame:
    """Give narrow gaps to the neighbour with the longest common border."""
    shapes = shapes_of(rows)
    geoms, notes = shapes.geoms_4326.copy(), np.full(len(rows), "", dtype=object)
    for hole in holes_between(geoms):
        if measure(hole)[1] < SLIVER_WIDTH_M:
            around = shapes.tree.query(hole, predicate="intersects")
            lengths = shapely.length(shapely.intersection(hole, geoms[around]))
            taker = around[np.argmax(lengths)]
            geoms[taker], notes[taker] = shapely.union(geoms[taker], hole), _GAP
    return _changed(rows, as_multipolygons(geoms), lambda _: notes)


def _filled(rows: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """Fill holes, then give those that are listed without a polygon the ground of their predecessors."""
    if evidence.comparison is None:
        return rows
    geoms: GeometryArray = rows["geometry"].to_numpy()
    holes = [hole for hole in holes_between(geoms) if not named(hole, measure(hole)[0], evidence.known_holes)]
    missing, present = _missing(rows, evidence), set(rows["municipality_code"])
    grounds = [
        ground for hole in holes for ground in whose_ground(hole, evidence.comparison, missing=missing, present=present)
    ]
    rows = _with_ground(rows, grounds, evidence)
    outside = missing_ground(rows["geometry"].to_numpy(), evidence.comparison, _missing(rows, evidence))
    return _with_ground(rows, outside, evidence)


def _missing(rows: pd.DataFrame, evidence: Evidence) -> set[str]:
    """Return the listed municipalities that have no polygon."""
    listed = evidence.listed
    return set() if listed is None else set(listed["municipality_code"]) - set(rows["municipality_code"])


def _with_ground(rows: pd.DataFrame, grounds: list[Ground], evidence: Evidence) -> pd.DataFrame:
    """Add ground to the municipalities that have a polygon, and rows for those that have none."""
    if not grounds:
        return rows
    known = dict(zip(rows["municipality_code"], rows.index, strict=True))
    geoms, notes = rows["geometry"].to_numpy().copy(), np.full(len(rows), "", dtype=object)
    new: dict[str, list[Ground]] = {}
    for ground in grounds:
        place = known.get(ground.code)
        if place is None:
            new.setdefault(ground.code, []).append(ground)
        else:
            geoms[place] = shapely.union(geoms[place], ground.geom_4326)
            notes[place] = f"geometry: {ground.note}"
    kept = _changed(rows, as_multipolygons(geoms), lambda _: notes)
    if evidence.listed is None or not new:
        return _fitted(kept)
    added = [_new_row(kept, evidence.listed[evidence.listed["municipality_code"] == code], new[code]) for code in new]
    return _fitted(pd.concat([kept, *added], ignore_index=True))


def _new_row(rows: pd.DataFrame, listed: pd.DataFrame, grounds: list[Ground]) -> pd.DataFrame:
    """Return a municipality that had no polygon, with the labels of the list and of its province."""
    row = listed.reindex(columns=list(COLUMNS)).astype(object)
    of_province = rows[rows["province_code"] == row["province_code"].iloc[0]].head(1)
    for column in ("province", "sigla", "region_code", "region"):
        if row[column].isna().all() and len(of_province):
            row[column] = of_province[column].to_numpy()
    geom = shapely.union_all([ground.geom_4326 for ground in grounds])
    note = "geometry: " + "; ".join(ground.note for ground in grounds)
    return row.assign(
        geometry=as_multipolygons(np.array([geom], dtype=object)),
        provenance=note,
        population=pd.array([pd.NA], dtype="Int64"),
    )


def _digest(boundaries: Boundaries, evidence: Evidence) -> str:
    digest = hashlib.sha256(b"repaired\n")
    digest.update(boundaries.sha256.encode())
    if evidence.listed is not None:
        digest.update(evidence.listed.to_csv(index=False).encode())
    if evidence.comparison is not None:
        digest.update(evidence.comparison.boundaries.sha256.encode())
        digest.update(evidence.comparison.successors.to_csv(index=False).encode())
    return digest.hexdigest()
