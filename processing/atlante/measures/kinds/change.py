"""What changes: growth from a base, and survival of cohorts."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import numpy as np

from atlante.catalogue.periods import years_between
from atlante.measures.comparability import broken
from atlante.measures.earlier import Earlier
from atlante.measures.values import Values, values
from atlante.statistics import Interval, cagr, difference, growth_rate, index_number, survival_share

if TYPE_CHECKING:
    from atlante.catalogue.indicators import Indicator
    from atlante.catalogue.kinds import Growth, Survival
    from atlante.measures.kinds.computation import Computation
    from atlante.statistics.counts import FloatArray


def growth(indicator: Indicator, spec: Growth, of: Computation, other: Indicator) -> Values:
    """Return the change of another indicator; across a break of the series none, or one of low reliability.

    It is of low reliability, too, where either of its values is. On the day of a fixed base it is that of nothing to
    nothing: an index of 100, a rate and a difference of 0, and no rate a year.

    Parameters
    ----------
    other
        The indicator whose change it is.
    """
    parts = of.tally.slices_of(indicator.breakdowns)
    current = of.results[spec.of]
    day = of.past.day_of(spec.base)
    if day is None or not set(parts) <= set(current.parts) or (day == of.reference_date and spec.form == "cagr"):
        return of.unavailable(indicator)
    rows = [list(current.parts).index(part) for part in parts]
    now, is_low, converted = current.value[rows], current.is_low_reliability[rows], current.converted_share[rows]
    earlier: Earlier | None = Earlier(now, converted, is_low)
    if day != of.reference_date:
        earlier = of.past.read(other, day, parts, of.tally.slices)
    if earlier is None:
        return of.unavailable(indicator)
    refused, flagged = broken((indicator, other), (day, of.reference_date), [part > 0 for part in parts])
    base = np.where(refused, np.nan, earlier.value)
    changed = _change(spec, base.ravel(), now.ravel(), years_between(day, of.reference_date))
    return values(
        parts,
        changed.reshape(now.shape),
        firms=current.firms[rows],
        unknown=current.firms_unknown[rows],
        numerator=now,
        denominator=base,
        converted=np.maximum(earlier.converted_share, converted),
        is_low=flagged | is_low | earlier.is_low_reliability,
    )


def _change(spec: Growth, base: FloatArray, value: FloatArray, years: float) -> FloatArray:
    match spec.form:
        case "rate":
            return growth_rate(base, value).value
        case "cagr":
            return cagr(base, value, years).value
        case "index":
            return index_number(base, value).value
        case "difference":
            return difference(base, value).value
        case _:
            assert_never(spec.form)


def survival(indicator: Indicator, spec: Survival, of: Computation) -> list[Values]:
    """Return the share that is still there of the cohort whose years end on this reference date."""
    cohort = of.cohorts.get(spec.after_years)
    if cohort is None:
        return []
    parts = cohort.tally.slices_of(indicator.breakdowns)
    parts = [part for part in parts if not cohort.tally.slices[part].breakdown]
    measure = spec.measures[0]
    firms = np.stack([cohort.tally.of_year(measure, spec.date, cohort.year, part) for part in parts])
    there = np.stack([cohort.tally.survivors(measure, spec.date, cohort.year, part) for part in parts])
    found = survival_share(there.ravel(), firms.ravel())
    value = np.where(firms >= indicator.minimum, found.value.reshape(firms.shape), np.nan)
    interval = None if indicator.interval == "none" else Interval(found.low, found.high)
    return [
        values(
            parts, value, firms=firms, interval=interval, numerator=there, denominator=firms, period=str(cohort.year)
        )
    ]
