"""Firms in municipalities: by declared name, code and point, with the method, a confidence and every conflict.

Nothing is guessed: a name that several municipalities share is placed by the evidence beside it, or not at all. What is
not placed is counted by reason.
"""

from atlante.placement.decision import RESOLVED_COLUMNS, resolve
from atlante.placement.declared import DECLARED_COLUMNS
from atlante.placement.firms import PlacementSummary, place_firms
from atlante.placement.gazetteer import GAZETTEER_COLUMNS, Gazetteer, build_gazetteer
from atlante.placement.methods import Method, Reason
from atlante.placement.seating import Seating, seating_vintage
from atlante.placement.suggestions import suggest

__all__ = [
    "DECLARED_COLUMNS",
    "GAZETTEER_COLUMNS",
    "RESOLVED_COLUMNS",
    "Gazetteer",
    "Method",
    "PlacementSummary",
    "Reason",
    "Seating",
    "build_gazetteer",
    "place_firms",
    "resolve",
    "seating_vintage",
    "suggest",
]
