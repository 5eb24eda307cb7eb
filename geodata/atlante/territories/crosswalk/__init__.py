"""Crosswalks: from the territories of one day to those of another, and series converted with them."""

from atlante.territories.crosswalk.evidence import Moment, outlines
from atlante.territories.crosswalk.labels import unknown_code_hint, with_istat_codes
from atlante.territories.crosswalk.measured import (
    SLIVER_SHARE,
    AreaWeights,
    CountWeights,
    population_weights,
    shared_areas_km2,
)
from atlante.territories.crosswalk.series import ConvertedSeries, SeriesKind, convert_series
from atlante.territories.crosswalk.successors import (
    FINAL_COLUMNS,
    SUCCESSOR_COLUMNS,
    final_successors,
    successors,
)
from atlante.territories.crosswalk.table import CROSSWALK_COLUMNS, Crosswalk, crosswalk
from atlante.territories.crosswalk.tables import SeriesTable, read_series
from atlante.territories.crosswalk.weights import (
    PAIR_COLUMNS,
    WHOLE,
    EqualWeights,
    FloatArray,
    Pieces,
    WeightKind,
    Weights,
    written_weights,
)

__all__ = [
    "CROSSWALK_COLUMNS",
    "FINAL_COLUMNS",
    "PAIR_COLUMNS",
    "SLIVER_SHARE",
    "SUCCESSOR_COLUMNS",
    "WHOLE",
    "AreaWeights",
    "ConvertedSeries",
    "CountWeights",
    "Crosswalk",
    "EqualWeights",
    "FloatArray",
    "Moment",
    "Pieces",
    "SeriesKind",
    "SeriesTable",
    "WeightKind",
    "Weights",
    "convert_series",
    "crosswalk",
    "final_successors",
    "outlines",
    "population_weights",
    "read_series",
    "shared_areas_km2",
    "successors",
    "unknown_code_hint",
    "with_istat_codes",
    "written_weights",
]
