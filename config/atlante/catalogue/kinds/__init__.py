"""The kinds of indicators: what each asks for in its own table, and the measures that it is computed from."""

from atlante.catalogue.kinds.base import Breakdown, IndicatorId, Kind, Unknown
from atlante.catalogue.kinds.derived import Composite, Contextual, Growth, Part, SurveyEstimate
from atlante.catalogue.kinds.firms import Count, Mean, Rate, Share, SliceShare, Survival
from atlante.catalogue.kinds.territories import (
    CoLocation,
    Completeness,
    Diversity,
    Inequality,
    LocationQuotient,
    Specialisation,
)

__all__ = [
    "Breakdown",
    "CoLocation",
    "Completeness",
    "Composite",
    "Contextual",
    "Count",
    "Diversity",
    "Growth",
    "IndicatorId",
    "Inequality",
    "Kind",
    "LocationQuotient",
    "Mean",
    "Part",
    "Rate",
    "Share",
    "SliceShare",
    "Specialisation",
    "SurveyEstimate",
    "Survival",
    "Unknown",
]
