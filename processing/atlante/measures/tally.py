"""Counts of firms by measure, for every territory of every level: what all indicators are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from atlante.catalogue.levels import COUNTRY_CODE
from atlante.database import load_queries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlante.catalogue.indicators import Catalogue, Indicator
    from atlante.catalogue.measures import Measure
    from atlante.database import Connection
    from atlante.statistics.counts import FloatArray, IntArray

type Breakdown = Literal["none", "year", "division"]

_QUERIES = load_queries(__package__)
_KEY = ["level", "territory_code"]
_COUNTED = ["measure_id", "category", *_KEY, "n"]


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of one build.

    Attributes
    ----------
    territories
        One row per territory of every level, with level and territory_code, also without firms.
    population
        Residents of each territory, shape (territories,); nan: unknown.
    counts
        By breakdown: rows of territory (its position), measure_id, category and n. No row = counted none.
    """

    territories: pd.DataFrame
    population: FloatArray
    counts: Mapping[Breakdown, pd.DataFrame]

    def total(self, measure: Measure | None) -> IntArray:
        """Return the firms of a measure, shape (territories,); of no measure, zeros."""
        if measure is None:
            return np.zeros(len(self.territories), dtype=np.int64)
        return self._table(measure, "none", [""])[:, 0]

    def by_year(self, measure: Measure) -> tuple[list[int], IntArray]:
        """Return the years from the first to the last one seen anywhere, and the firms, shape (territories, years)."""
        seen = [int(category) for category in self._categories(measure, "year") if category != "0"]
        years = list(range(min(seen), max(seen) + 1)) if seen else []
        return years, self._table(measure, "year", [str(year) for year in years])

    def without_year(self, measure: Measure) -> IntArray:
        """Return the firms whose year of registration is unknown, shape (territories,)."""
        return self._table(measure, "year", ["0"])[:, 0]

    def by_division(self, measure: Measure) -> IntArray:
        """Return the firms by activity division, shape (territories, divisions)."""
        known = [category for category in self._categories(measure, "division") if category]
        return self._table(measure, "division", known)

    def without_division(self, measure: Measure) -> IntArray:
        """Return the firms whose activity is unknown, shape (territories,)."""
        return self._table(measure, "division", [""])[:, 0]

    def _of(self, measure: Measure, breakdown: Breakdown) -> pd.DataFrame:
        counts = self.counts[breakdown]
        return counts[counts["measure_id"] == measure.id]

    def _categories(self, measure: Measure, breakdown: Breakdown) -> list[str]:
        return sorted(self._of(measure, breakdown)["category"].unique())

    def _table(self, measure: Measure, breakdown: Breakdown, categories: list[str]) -> IntArray:
        """Return the firms of the chosen categories, shape (territories, categories)."""
        counts = self._of(measure, breakdown)
        column = pd.Index(categories).get_indexer(pd.Index(counts["category"]))
        chosen = column >= 0
        table = np.zeros((len(self.territories), len(categories)), dtype=np.int64)
        table[counts["territory"].to_numpy()[chosen], column[chosen]] = counts["n"].to_numpy()[chosen]
        return table


def read_tally(connection: Connection, catalogue: Catalogue, *, build_id: int, vintage_id: str) -> Tally:
    """Return the counts of a build, rolled up to every level, as far broken down as the catalogue asks for."""
    place = {"vintage_id": vintage_id, "country_code": COUNTRY_CODE}
    rows = connection.execute(_QUERIES["territories_of_vintage"], place).fetchall()
    territories = pd.DataFrame(rows, columns=[*_KEY, "population"])
    position = pd.MultiIndex.from_frame(territories[_KEY])
    counts = {}
    for breakdown, measure_ids in _needed(catalogue).items():
        asked = {**place, "build_id": build_id, "breakdown": breakdown, "measure_ids": measure_ids}
        table = pd.DataFrame(connection.execute(_QUERIES["counts_of_build"], asked).fetchall(), columns=_COUNTED)
        counts[breakdown] = table.assign(territory=position.get_indexer(pd.MultiIndex.from_frame(table[_KEY])))
    population = np.asarray(territories["population"], dtype=np.float64)  # None, unknown, becomes nan
    return Tally(territories[_KEY], population, counts)


def _needed(catalogue: Catalogue) -> dict[Breakdown, list[str]]:
    """Return the ids of the measures that are asked for, by breakdown."""
    needed: dict[Breakdown, list[str]] = {"none": [measure.id for measure in catalogue.measures]}
    for indicator in catalogue.indicators.values():
        breakdown = _breakdown(indicator)
        if breakdown != "none":
            needed.setdefault(breakdown, []).append(indicator.counted.id)
    return needed


def _breakdown(indicator: Indicator) -> Breakdown:
    if indicator.period == "registration-year":
        return "year"
    return "division" if indicator.kind == "diversity" else "none"
