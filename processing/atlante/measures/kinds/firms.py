"""Counts, shares, rates and means of firms."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import numpy as np

from atlante.measures.values import Values, ratio, values
from atlante.statistics import Interval, garwood_interval, mean_interval, wilson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlante.catalogue.indicators import Indicator
    from atlante.catalogue.kinds import Count, Mean, Rate, Share, SliceShare
    from atlante.catalogue.measures import Measure
    from atlante.measures.kinds.computation import Computation
    from atlante.statistics.counts import FloatArray, IntArray


def count(indicator: Indicator, spec: Count, of: Computation) -> list[Values]:
    """Return numbers of firms: of the reference date, or of each year of registration."""
    parts = of.tally.slices_of(indicator.breakdowns)
    unknown = _unknown(indicator, parts, of)
    if spec.date is not None:
        return _by_year(indicator, spec.date, parts, of)
    firms = of.tally.total(indicator.counted, parts)
    interval = poisson(indicator, firms)
    return [values(parts, firms, firms=firms, unknown=unknown, interval=interval, numerator=firms)]


def _by_year(indicator: Indicator, date: str, parts: Sequence[int], of: Computation) -> list[Values]:
    """Return numbers of firms by year, from the first to the last one seen; without a date they are unknown in each."""
    counted = [of.tally.by_year(indicator.counted, date, part) for part in parts]
    unknown = np.stack([without for _, _, without in counted]) + _unknown(indicator, parts, of)
    found = []
    for place, year in enumerate(counted[0][0]):
        firms = np.stack([by_year[:, place] for _, by_year, _ in counted])
        interval = poisson(indicator, firms)
        found.append(
            values(parts, firms, firms=firms, unknown=unknown, interval=interval, numerator=firms, period=str(year))
        )
    return found


def share(indicator: Indicator, spec: Share, of: Computation) -> Values:
    """Return shares; firms of which it is unknown are left out, or counted as not having what is asked."""
    parts = of.tally.slices_of(indicator.breakdowns)
    counted, asked, unknown = (of.tally.total(each, parts) for each in (spec.counted, spec.asked, spec.undecided))
    firms = asked - unknown if spec.unknown == "excluded" else asked
    return values(
        parts,
        ratio(counted, firms, indicator.minimum),
        firms=firms,
        unknown=unknown,
        interval=binomial(indicator, counted, firms),
        numerator=counted,
        denominator=firms,
    )


def slice_share(indicator: Indicator, spec: SliceShare, of: Computation) -> Values:
    """Return the shares of filiere in all firms, or of stages in their filiera; of firms whose activity is known."""
    parts = of.tally.slices_of(indicator.breakdowns)
    (measure,) = spec.measures
    firms, undecided = of.tally.total(measure, parts), of.tally.undecided(measure, parts)
    whole = np.zeros_like(firms)
    for row, part in enumerate(parts):
        each = of.tally.slices[part]
        if spec.among == "all-firms" and each.filiera:
            whole[row] = of.tally.total(measure, [0])[0] - undecided[row]
        elif spec.among == "filiera" and each.stage:
            whole[row] = of.tally.total(measure, [of.tally.whole_of(part)])[0]
    inside = np.where(whole > 0, firms, 0)
    return values(
        parts,
        ratio(inside, whole, indicator.minimum),
        firms=whole,
        unknown=undecided,
        interval=binomial(indicator, inside, whole),
        numerator=inside,
        denominator=whole,
    )


def rate(indicator: Indicator, spec: Rate, of: Computation) -> Values:
    """Return firms per inhabitant, km² or firm; not available where there is nothing to divide by.

    Firms of municipalities whose inhabitants or ground are unknown are left out above them, too, as what they would be
    divided by is.
    """
    parts = of.tally.slices_of(indicator.breakdowns)
    base = _base(spec, parts, of)
    firms, left_out = _on_known_base(_sum(spec.added, parts, of), base, of)
    amount = firms
    if spec.subtracted:
        subtracted, _ = _on_known_base(_sum(spec.subtracted, parts, of), base, of)
        amount = firms - subtracted
    exposure = np.where(base > 0, base, np.nan) / spec.factor
    is_count = not spec.subtracted and indicator.interval == "garwood"
    return values(
        parts,
        ratio(amount * spec.factor, base, indicator.minimum),
        firms=firms,
        unknown=_unknown(indicator, parts, of) + left_out,
        interval=poisson(indicator, firms, exposure) if is_count else None,
        numerator=amount,
        denominator=base,
    )


def _on_known_base(firms: IntArray, base: FloatArray, of: Computation) -> tuple[IntArray, IntArray]:
    """Return the firms of municipalities whose base is known, and the others, at every level."""
    inner = slice(0, of.places.n_municipalities)
    is_known = ~np.isnan(base[:, inner])
    if is_known.all():
        return firms, np.zeros_like(firms)
    rolled_up = of.places.rolled_up
    return rolled_up(np.where(is_known, firms[:, inner], 0)), rolled_up(np.where(is_known, 0, firms[:, inner]))


def _base(spec: Rate, parts: Sequence[int], of: Computation) -> FloatArray:
    """Return what is divided by, shape (parts, territories)."""
    if spec.denominator is not None:
        return of.tally.total(spec.denominator, parts).astype(np.float64)
    whole = of.places.inhabitants if spec.per == "inhabitants" else of.places.area_km2
    return np.broadcast_to(whole, (len(parts), of.places.n))


def mean(indicator: Indicator, spec: Mean, of: Computation) -> Values:
    """Return means over the firms of which the number is known."""
    parts = of.tally.slices_of(indicator.breakdowns)
    n, total, squares = of.tally.moments(spec.moments, parts)
    average = ratio(total, n, indicator.minimum)
    spread = np.maximum(squares - np.nan_to_num(average) * total, 0) / np.where(n > 1, n - 1, np.nan)
    interval = None
    if indicator.interval == "student":
        known = np.where(n > 0, total / np.maximum(n, 1), np.nan)
        interval = mean_interval(n.ravel(), known.ravel(), np.sqrt(spread).ravel())
    unknown = of.tally.total(spec.measures[0], parts) - n
    return values(parts, average, firms=n, unknown=unknown, interval=interval, numerator=total, denominator=n)


def poisson(indicator: Indicator, firms: IntArray, exposure: FloatArray | None = None) -> Interval | None:
    """Return exact Poisson intervals, each different count computed once; None where the indicator has none."""
    if indicator.interval != "garwood":
        return None
    found, place = np.unique(firms, return_inverse=True)
    interval = garwood_interval(found)
    low, high = interval.low[place].reshape(firms.shape), interval.high[place].reshape(firms.shape)
    return Interval(low, high) if exposure is None else Interval(low / exposure, high / exposure)


def binomial(indicator: Indicator, firms: IntArray, among: IntArray) -> Interval | None:
    """Return Wilson intervals; None where the indicator has none."""
    if indicator.interval != "wilson":
        return None
    return wilson_interval(firms.ravel(), among.ravel())


def _unknown(indicator: Indicator, parts: Sequence[int], of: Computation) -> IntArray:
    if indicator.undecided is None:
        return np.zeros((len(parts), of.places.n), dtype=np.int64)
    return of.tally.total(indicator.undecided, parts)


def _sum(measures: Sequence[Measure], parts: Sequence[int], of: Computation) -> IntArray:
    return reduce(add, (of.tally.total(measure, parts) for measure in measures))
