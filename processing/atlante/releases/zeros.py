"""What an indicator says where no firm is: of a filiera, a territory without one has no row of its own. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atlante.statistics import garwood_interval

if TYPE_CHECKING:
    import pandas as pd

    from atlante.catalogue.indicators import Indicator
    from atlante.statistics.counts import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class NoFirm:
    """Value and interval of each territory without a firm, shape (n,); nan: not available."""

    value: FloatArray
    low: FloatArray
    high: FloatArray


def value_of_none(indicator: Indicator, territories: pd.DataFrame) -> NoFirm:
    """Return what an indicator says of territories without a firm.

    Counts are 0, and so is what is divided by inhabitants or area, where these are known. What is divided by firms is
    not available. The interval is that of no event: 0 to 3.69 (Garwood 1936), in the unit of the indicator.

    Parameters
    ----------
    territories
        One row a territory, with ``population`` and ``area_km2``.
    """
    n = len(territories)
    exposure = _exposure(indicator, territories)
    value = np.where(exposure > 0, 0.0, np.nan)
    low, high = np.full(n, np.nan), np.full(n, np.nan)
    if indicator.interval == "garwood":
        none = garwood_interval(np.zeros(1, dtype=np.int64))
        known = np.where(exposure > 0, exposure, np.nan)
        low, high = none.low[0] / known, none.high[0] / known
    return NoFirm(value, low, high)


def _exposure(indicator: Indicator, territories: pd.DataFrame) -> FloatArray:
    """Return what a count is divided by, in units of the indicator; 1 of a count, nan of what is not a count at all."""
    n = len(territories)
    if indicator.kind == "count":
        return np.ones(n)
    if indicator.rate is None or indicator.rate.per == "firms":
        return np.full(n, np.nan)
    column = "population" if indicator.rate.per == "inhabitants" else "area_km2"
    base = territories[column].to_numpy(dtype=np.float64, na_value=np.nan)
    exposure: FloatArray = np.where(base >= indicator.minimum, base, np.nan) / indicator.rate.factor
    return exposure
