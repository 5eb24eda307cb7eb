"""From placed firms to observations of every indicator at every level, of every filiera and stage.

Firms are read once (:mod:`atlante.measures.firms`), conditions of the catalogue are evaluated by PostgreSQL once for
each combination of values that occurs (:mod:`atlante.measures.conditions`), and all that follows are arrays: counts by
municipality and class of activity (:mod:`atlante.measures.counts`), rolled up to all levels
(:mod:`atlante.measures.tally`), from which the kinds of indicators are computed (:mod:`atlante.measures.kinds`).
"""

from atlante.measures.build import BuildSummary, PlacementCounts, compute, days_to_place
from atlante.measures.definitions import Definitions
from atlante.measures.meaning import Meanings, meanings

__all__ = ["BuildSummary", "Definitions", "Meanings", "PlacementCounts", "compute", "days_to_place", "meanings"]
