"""What makes values of one build comparable, or not: converted ground, and breaks between the days of their firms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from atlante.catalogue.periods import crossed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from atlante.catalogue.indicators import Indicator
    from atlante.measures.kinds.computation import Computation
    from atlante.measures.values import Values
    from atlante.statistics.counts import BoolArray


def comparable(indicator: Indicator, found: Values, of: Computation) -> Values:
    """Return values of firms with the share of those whose ground belonged to another municipality on their day.

    Where firms of two days are compared, as in a rate by firms of the day before, a break of the series between them
    takes the value away, or makes it one of low reliability, as the break says. Values of other things stay.
    """
    cohort = of.cohorts.get(indicator.survival.after_years) if indicator.survival else None
    tally = cohort.tally if cohort else of.tally
    if not indicator.measures or not tally.has(indicator.measures):
        return found
    populations = {measure.of for measure in indicator.measures}
    days = {tally.populations[name].firms.day for name in populations} | ({of.reference_date} if cohort else set())
    is_slice = [part > 0 for part in found.parts]
    refused, flagged = broken((indicator,), (min(days), max(days)), is_slice)
    return replace(
        found,
        value=np.where(refused, np.nan, found.value),
        low=np.where(refused, np.nan, found.low),
        high=np.where(refused, np.nan, found.high),
        is_low_reliability=found.is_low_reliability | flagged,
        converted_share=tally.converted_share(found.parts, populations),
    )


def broken(
    indicators: Iterable[Indicator], days: tuple[dt.date, dt.date], is_slice: Sequence[bool]
) -> tuple[BoolArray, BoolArray]:
    """Return of which parts a comparison of two days crosses a break that refuses it, and one that does not.

    Parameters
    ----------
    indicators
        Those whose breaks count.
    is_slice
        Of each part whether it is a slice, and not all firms.

    Returns
    -------
    tuple
        Both of shape (parts, 1).
    """
    breaks = [each for indicator in indicators for each in indicator.series_breaks]

    def crosses(*, refuses: bool) -> BoolArray:
        asked = [each for each in breaks if each.refuses == refuses]
        found = {part: bool(crossed(asked, *days, is_slice=part)) for part in (False, True)}
        return np.array([[found[part]] for part in is_slice], dtype=bool)

    return crosses(refuses=True), crosses(refuses=False)
