"""Boundaries checked, and mended where other documents know better.

:func:`check_boundaries` finds, :func:`repair_boundaries` mends what can be derived and says so in the provenance of
each municipality. Both are pure: what they compare with is given as :class:`Evidence`.
"""

from atlante.territories.checking.check import Evidence, check_boundaries, shipped_holes
from atlante.territories.checking.comparison import AREA_JUMP, Comparison
from atlante.territories.checking.days import FittingDays, fitting_days
from atlante.territories.checking.model import BoundaryReport, Finding, FindingKind
from atlante.territories.checking.repair import mend_geometries, repair_boundaries

__all__ = [
    "AREA_JUMP",
    "BoundaryReport",
    "Comparison",
    "Evidence",
    "Finding",
    "FindingKind",
    "FittingDays",
    "check_boundaries",
    "fitting_days",
    "mend_geometries",
    "repair_boundaries",
    "shipped_holes",
]
