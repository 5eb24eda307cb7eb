"""From placed firms to observations of every indicator at every level.

Firms are read once, by one statement made from the catalogue, into ``measure.cell``: municipality, activity division,
year of registration. All that follows is computed from these counts.
"""

from atlante.measures.build import BuildSummary, PlacementCounts, compute

__all__ = ["BuildSummary", "PlacementCounts", "compute"]
