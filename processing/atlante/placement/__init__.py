"""Firms in municipalities: by declared name and province, with the method, a confidence and every conflict.

Nothing is guessed: a name that several municipalities share is placed by the declared province or region, or not at
all. What is not placed is counted by reason.
"""

from atlante.placement.firms import PlacementSummary, place_firms
from atlante.placement.resolve import Method, Reason, resolve_names

__all__ = ["Method", "PlacementSummary", "Reason", "place_firms", "resolve_names"]
