"""Boundaries beside those of another day: whose ground is whose, and what changed without an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from atlante.geometry import area_km2, make_polygons_valid
from atlante.territories.checking.model import Finding, FindingKind
from atlante.territories.checking.shapes import area_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlante.territories.boundaries import Boundaries
    from atlante.territories.checking.shapes import Shapes

AREA_JUMP = 0.05
"""Share by which an area may differ from one vintage to the next; ISTAT redraws borders by less."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Boundaries of another day, and where their ground went until the day of those that are checked.

    Attributes
    ----------
    boundaries
        Of an earlier or a later day.
    successors
        Columns code, successor_code, is_partial: for each of their municipalities those that hold ground of it on the
        day of the boundaries that are checked; a code that is not there goes on as itself.
    """

    boundaries: Boundaries
    successors: pd.DataFrame


def links(comparison: Comparison) -> pd.DataFrame:
    """Return code and successor_code of every municipality of the other boundaries; without those that went abroad."""
    codes = comparison.boundaries.municipalities["municipality_code"]
    told = comparison.successors
    same = codes[~codes.isin(told["code"])]
    itself = pd.DataFrame({"code": same, "successor_code": same, "is_partial": False})
    known = told.loc[told["code"].isin(codes) & told["successor_code"].notna(), list(itself.columns)]
    return pd.concat([known, itself] if len(known) else [itself], ignore_index=True)


def area_findings(shapes: Shapes, comparison: Comparison, limit: float) -> Iterator[Finding]:
    """Yield municipalities whose area differs by more than a share, and no event explains it.

    Municipalities that exchanged ground are compared together: what was one and is two has one area.

    Parameters
    ----------
    limit
        Share of the other area.
    """
    day = comparison.boundaries.reference_date
    before, now = _areas_before(comparison), _areas_now(shapes)
    sums = _with_groups(before, now, links(comparison))
    is_known = sums["before"].notna() & sums["now"].notna()  # ground without a polygon is another finding
    share = (sums["now"] / sums["before"] - 1).where(is_known, 0.0)
    names = dict(zip(shapes.codes, shapes.names, strict=True))
    for group in sums.index[share.abs() > limit]:
        codes = now.index[now["group"] == group]
        was, is_now = sums.loc[group, ["before", "now"]]
        yield Finding(
            FindingKind.AREA_JUMP,
            tuple(codes),
            tuple(names[code] for code in codes),
            share[group],
            "share",
            f"{area_text(is_now)}, {area_text(was)} on {day}: {share[group]:+.1%} without an event",
            "Look at both on a map. A hole beside it may be its ground; a loaded list may lack an event.",
        )


def _areas_before(comparison: Comparison) -> pd.DataFrame:
    """Return the other areas by code, in km²: column area."""
    rows = comparison.boundaries.municipalities
    area = area_km2(make_polygons_valid(rows["geometry"].to_numpy()))
    return pd.DataFrame({"area": area}, index=rows["municipality_code"].to_numpy(dtype=object))


def _areas_now(shapes: Shapes) -> pd.DataFrame:
    """Return the areas by code, in km², those of one code added up: column area."""
    return pd.DataFrame({"area": area_km2(shapes.geoms_4326)}, index=list(shapes.codes)).groupby(level=0).sum()


def _with_groups(before: pd.DataFrame, now: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Add the column group to both, and return its sums of area: nan where a code of a group has none.

    Codes of both days are in one group where they share ground, directly or through others.
    """
    codes, code_places = np.unique(pairs["code"].to_numpy(dtype=str), return_inverse=True)
    successors, successor_places = np.unique(pairs["successor_code"].to_numpy(dtype=str), return_inverse=True)
    size = len(codes) + len(successors)
    graph = coo_array((np.ones(len(pairs)), (code_places, len(codes) + successor_places)), shape=(size, size))
    n_groups, groups = connected_components(graph, directed=False)
    sums = pd.DataFrame(index=range(n_groups))
    for side, areas, known, found in (
        ("before", before, codes, groups[: len(codes)]),
        ("now", now, successors, groups[len(codes) :]),
    ):
        areas["group"] = pd.Series(found, index=known).reindex(areas.index)
        of_codes = areas["area"].reindex(known).groupby(found)
        sums[side] = of_codes.sum().where(of_codes.count() == of_codes.size())
    return sums
