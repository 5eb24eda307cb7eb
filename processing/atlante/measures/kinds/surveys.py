"""Estimates from the answers to surveys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

import numpy as np
import pandas as pd

from atlante.maturity import BASIC, MEAN_SCORE, joint_name
from atlante.measures.values import Values, values
from atlante.statistics import Interval

if TYPE_CHECKING:
    from atlante.catalogue.indicators import Indicator
    from atlante.catalogue.kinds import SurveyEstimate
    from atlante.measures.kinds.computation import Computation

_ALL_FIRMS: Final = [0]
_YES: Final = "yes"
_NUMBERS: Final = ["value", "low", "high", "smoothed", "n", "n_in"]


def survey(indicator: Indicator, spec: SurveyEstimate, of: Computation) -> Values:
    """Return an estimate from answers; not available where there are none that can be weighted."""
    estimates = of.surveys.estimated(spec)
    if estimates is None:
        return of.unavailable(indicator)
    table = estimates.table[estimates.table["category"] == _category(spec)]
    territory = pd.MultiIndex.from_arrays([of.places.levels, of.places.codes])
    here = table.set_index(["level", "territory_code"])[[*_NUMBERS, "is_low_reliability"]].reindex(territory)
    column = {name: here[name].to_numpy(np.float64)[None] for name in _NUMBERS}
    n = np.nan_to_num(column["n"])
    return values(
        _ALL_FIRMS,
        np.where(n >= indicator.minimum, column["value"], np.nan),
        firms=n.astype(np.int64),
        interval=Interval(column["low"], column["high"]) if indicator.interval == "design" else None,
        numerator=column["n_in"],
        denominator=column["n"],
        smoothed=column["smoothed"],
        is_low=(here["is_low_reliability"] == True).to_numpy(dtype=bool)[None],  # noqa: E712 - missing is not true
    )


def _category(spec: SurveyEstimate) -> str:
    """Return the category of the estimates that an indicator asks for."""
    match spec.of:
        case "basic":
            return BASIC
        case "score":
            return MEAN_SCORE
        case "item":
            return _YES
        case "level" | "profile":
            return joint_name(spec.levels)
        case _:
            assert_never(spec.of)
