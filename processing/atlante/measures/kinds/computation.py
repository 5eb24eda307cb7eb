"""What the values of indicators are computed from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from atlante.catalogue.measures import ALL_FIRMS
from atlante.measures.values import Values, values

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from atlante.catalogue.indicators import Indicator
    from atlante.measures.past import Past
    from atlante.measures.places import Places
    from atlante.measures.surveys import Surveys
    from atlante.measures.tally import Tally
    from atlante.measures.variables import Variable
    from atlante.statistics.counts import IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Firms of one year, followed.

    Attributes
    ----------
    tally
        Counts of the firms that were there first.
    """

    year: int
    tally: Tally


@dataclass(frozen=True, slots=True, eq=False)
class Computation:
    """The inputs of one build.

    Attributes
    ----------
    variables
        The context by id.
    cohorts
        By years after which they are looked at.
    neighbours
        Returns pairs of municipalities side by side.
    results
        The values of the indicators that are computed already, by id.
    """

    source_id: str
    reference_date: dt.date
    places: Places
    tally: Tally
    variables: Mapping[str, Variable]
    past: Past
    surveys: Surveys
    cohorts: Mapping[int, Cohort]
    neighbours: Callable[[], IntArray]
    results: dict[str, Values] = field(default_factory=dict)

    def unavailable(self, indicator: Indicator) -> Values:
        """Return values of which none is available: of all firms it is unknown."""
        parts = self.tally.slices_of(indicator.breakdowns)
        firms = self.tally.total(ALL_FIRMS, parts)
        return values(parts, np.full(firms.shape, np.nan), firms=np.zeros_like(firms), unknown=firms)
