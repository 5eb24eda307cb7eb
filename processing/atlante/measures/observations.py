"""The observations of an indicator: value, interval and what they rest on, for every territory at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atlante.statistics import Interval, effective_number, garwood_interval, wilson_interval

if TYPE_CHECKING:
    from datetime import date

    from atlante.catalogue.indicators import Indicator
    from atlante.measures.tally import Tally
    from atlante.statistics.counts import FloatArray, IntArray

OBSERVATION_COLUMNS = (
    "level", "territory_code", "indicator_id", "period", "value", "low", "high", "numerator", "denominator", "firms",
    "firms_unknown",
)  # fmt: skip


COUNTED_COLUMNS = frozenset({
    "is_high_tech", "has_rnd", "has_patents", "has_qualified_staff", "women_led", "young_led", "foreign_led",
    "legal_form", "status", "sector", "production_class", "staff_class", "capital_class",
})  # fmt: skip


def is_computed(indicator: Indicator) -> bool:
    """Return whether an indicator follows from firms of one day, counted by what the one pass reads of them."""
    match indicator.kind:
        case "count" | "share":
            fits = all(measure.of == "stock" for measure in indicator.measures)
        case "rate":
            fits = indicator.rate is not None and (indicator.rate.of, indicator.rate.per) == ("stock", "inhabitants")
        case "diversity":
            diversity = indicator.diversity
            fits = diversity is not None and (diversity.measure, diversity.over) == ("effective-number", "division")
        case _:
            fits = False
    columns = {name for measure in indicator.measures for name in measure.columns}
    by_year = indicator.count is not None and indicator.count.date not in (None, "special_section_date")
    return fits and not by_year and columns <= COUNTED_COLUMNS


def observe(indicator: Indicator, tally: Tally, *, reference_date: date) -> pd.DataFrame:
    """Return an indicator's observations, of every territory of every level.

    Returns
    -------
    pandas.DataFrame
        OBSERVATION_COLUMNS, one row per territory; of an indicator by year of registration, per territory and year.
        A value is nan where it is not available; its bounds then too.
    """
    if indicator.period == "registration-year":
        return _by_year(indicator, tally)
    match indicator.kind:
        case "count":
            columns = _count(indicator, tally)
        case "rate":
            columns = _rate(indicator, tally)
        case "share":
            columns = _share(indicator, tally)
        case "diversity":
            columns = _diversity(indicator, tally)
        case _:
            raise AssertionError(f"{indicator.id} is not among the computed indicators")
    return _frame(indicator, tally.territories, reference_date.isoformat(), columns)


def _count(indicator: Indicator, tally: Tally) -> dict[str, Any]:
    firms = tally.total(indicator.counted)
    return {
        "value": firms,
        "interval": _interval(indicator, firms),
        "numerator": firms,
        "firms": firms,
        "firms_unknown": tally.total(indicator.undecided),
    }


def _by_year(indicator: Indicator, tally: Tally) -> pd.DataFrame:
    """Return one row per territory and year; firms without a date are unknown in each year."""
    years, by_year = tally.by_year(indicator.counted)
    firms = by_year.ravel()
    unknown = tally.without_year(indicator.counted) + tally.total(indicator.undecided)
    columns = {
        "value": firms,
        "interval": _interval(indicator, firms),
        "numerator": firms,
        "firms": firms,
        "firms_unknown": np.repeat(unknown, len(years)),
    }
    territories = tally.territories.loc[tally.territories.index.repeat(len(years))]
    return _frame(indicator, territories, np.tile([str(year) for year in years], len(tally.territories)), columns)


def _rate(indicator: Indicator, tally: Tally) -> dict[str, Any]:
    """Return a rate; where nobody lives, or nobody knows how many do, it is not available."""
    per = indicator.rate.factor if indicator.rate else 1
    firms, exposure = tally.total(indicator.counted), tally.population / per
    return {
        "value": firms / np.where(exposure > 0, exposure, np.nan),
        "interval": _interval(indicator, firms, exposure),
        "numerator": firms,
        "denominator": tally.population,
        "firms": firms,
        "firms_unknown": tally.total(indicator.undecided),
    }


def _share(indicator: Indicator, tally: Tally) -> dict[str, Any]:
    """Return a share; firms of which it is unknown are left out, or counted as not having what is asked."""
    counted, asked, unknown = (tally.total(m) for m in (indicator.counted, indicator.asked, indicator.undecided))
    firms = asked - unknown if indicator.unknown == "excluded" else asked
    return {
        "value": counted / np.where(firms > 0, firms, np.nan),
        "interval": _interval(indicator, counted, firms),
        "numerator": counted,
        "denominator": firms,
        "firms": firms,
        "firms_unknown": unknown,
    }


def _diversity(indicator: Indicator, tally: Tally) -> dict[str, Any]:
    by_division = tally.by_division(indicator.counted)
    firms = by_division.sum(axis=1)
    return {
        "value": effective_number(by_division),
        "interval": _interval(indicator, firms),
        "firms": firms,
        "firms_unknown": tally.without_division(indicator.counted) + tally.total(indicator.undecided),
    }


def _interval(indicator: Indicator, numerator: IntArray, denominator: IntArray | FloatArray | None = None) -> Interval:
    """Return the interval by the indicator's method; of none, nan."""
    match indicator.interval:
        case "garwood":
            return garwood_interval(numerator, None if denominator is None else denominator.astype(np.float64))
        case "wilson" if denominator is not None:
            return wilson_interval(numerator, denominator.astype(np.int64))
        case _:
            unknown = np.full(len(numerator), np.nan)
            return Interval(unknown, unknown)


def _frame(
    indicator: Indicator, territories: pd.DataFrame, period: str | np.ndarray, columns: dict[str, Any]
) -> pd.DataFrame:
    """Return observations from their columns; what an indicator does not have is nan."""
    interval: Interval = columns["interval"]
    return pd.DataFrame(
        {
            "level": territories["level"].to_numpy(),
            "territory_code": territories["territory_code"].to_numpy(),
            "indicator_id": indicator.id,
            "period": period,
            "value": columns["value"].astype(np.float64),
            "low": interval.low,
            "high": interval.high,
            "numerator": columns.get("numerator", np.nan),
            "denominator": columns.get("denominator", np.nan),
            "firms": columns["firms"],
            "firms_unknown": columns["firms_unknown"],
        },
        columns=list(OBSERVATION_COLUMNS),
    )
