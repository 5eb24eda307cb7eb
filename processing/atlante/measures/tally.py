"""Counts of all populations at every level: what the indicators are computed from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atlante.catalogue.measures import Measure
from atlante.measures.counts import CATEGORY_COLUMNS, Category, category_slices
from atlante.measures.slices import UNKNOWN, Slice, slices_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from atlante.catalogue.indicator import Breakdowns
    from atlante.catalogue.measures import Population
    from atlante.measures.counts import Counts, Moments, Over
    from atlante.measures.places import Places
    from atlante.statistics.counts import FloatArray, IntArray


class Tally:
    """The counts of one build, for every territory of every level.

    Parameters
    ----------
    populations
        The counted firms; those of the reference date are there always, the others where there is a past.

    Attributes
    ----------
    slices
        All slices; an indicator names those that it has by number.
    """

    def __init__(self, places: Places, populations: Mapping[Population, Counts]) -> None:
        self.places, self.populations = places, populations
        stock = populations["stock"]
        self._by_activity = len(stock.slices)
        self._categories = {name: _categories(populations.values(), name) for name in CATEGORY_COLUMNS}
        slices: list[Slice] = list(stock.slices)
        for name, categories in self._categories.items():
            slices += category_slices(name, categories)
        self.slices = tuple(slices)
        self._kept: dict[tuple[str, str], IntArray] = {}

    def slices_of(self, breakdowns: Breakdowns) -> list[int]:
        """Return the numbers of an indicator's slices, all firms first."""
        return slices_of(breakdowns, self.slices)

    def whole_of(self, part: int) -> int:
        """Return the number of the filiera that a stage belongs to."""
        return self.slices.index(Slice(self.slices[part].filiera))

    def stages_of(self, part: int) -> list[int]:
        """Return the numbers of the stages of a filiera; none of what is no whole filiera."""
        given = self.slices[part]
        if not given.filiera or given.stage:
            return []
        return [number for number, each in enumerate(self.slices) if each.filiera == given.filiera and each.stage]

    def stage_of(self, part: int, stage: str) -> int | None:
        """Return the number of a stage of a filiera; None where it has no such stage."""
        return next((number for number in self.stages_of(part) if self.slices[number].stage == stage), None)

    def has(self, measures: Sequence[Measure]) -> bool:
        """Return whether the firms that measures are counted of are known."""
        return all(measure.of in self.populations for measure in measures)

    def total(self, measure: Measure, parts: Sequence[int]) -> IntArray:
        """Return the firms of a measure, shape (parts, territories)."""
        return self._gathered(measure, parts)

    def moments(self, measure: Measure, parts: Sequence[int]) -> Moments:
        """Return count, sum and sum of squares of a number, each of shape (parts, territories)."""
        counts = self.populations[measure.of]
        found = [counts.moments(measure)]
        if any(part >= self._by_activity for part in parts):
            found += [counts.moments_by_category(measure, *each) for each in self._categories.items()]
        n, total, squares = (np.concatenate(each)[list(parts)] for each in zip(*found, strict=True))
        rolled = self.places.rolled_up
        return rolled(n), rolled(total), rolled(squares)

    def undecided(self, measure: Measure, parts: Sequence[int]) -> IntArray:
        """Return the firms of which it is unknown whether they are in a slice, shape (parts, territories)."""
        return self.places.rolled_up(self.populations[measure.of].undecided(measure)[list(parts)])

    def converted_share(self, parts: Sequence[int], populations: Iterable[Population] = ("stock",)) -> FloatArray:
        """Return the share of firms whose ground belonged to another municipality, shape (parts, territories).

        Parameters
        ----------
        populations
            Which firms; of several their sum.
        """
        shape = (len(parts), self.places.n)
        converted, firms = np.zeros(shape), np.zeros(shape)
        for name in populations:
            found = self._converted(name)
            if found is not None:
                converted += found[list(parts)]
            firms += self.total(Measure(of=name), parts)
        shares: FloatArray = converted / np.maximum(firms, 1)
        return shares

    def by_activity(self, measure: Measure, over: Over, part: int) -> tuple[IntArray, IntArray]:
        """Return firms by division or section, shape (territories, groups), and those of unknown activity."""
        counted = self.places.rolled_up(self.populations[measure.of].by_activity(measure, over, part).T).T
        return counted[:, 1:], counted[:, 0]

    def by_year(self, measure: Measure, date: str, part: int) -> tuple[tuple[int, ...], IntArray, IntArray]:
        """Return the years that occur, the firms of each, shape (territories, years), and those without a date."""
        counts = self.populations[measure.of]
        years = counts.years(date)
        counted = self.places.rolled_up(counts.by_year(measure, date, years, part).T).T
        return years, counted[:, 1:], counted[:, 0]

    def of_year(self, measure: Measure, date: str, year: int, part: int) -> IntArray:
        """Return the firms of one year, shape (territories,)."""
        counted = self.populations[measure.of].by_year(measure, date, [year], part)
        return self.places.rolled_up(counted[:, 1])

    def survivors(self, measure: Measure, date: str, year: int, part: int) -> IntArray:
        """Return the firms of a cohort that are there later, too, shape (territories,)."""
        counted = self.populations[measure.of].survivors(measure, date, [year], part)
        return self.places.rolled_up(counted[:, 0])

    def by_municipality(self, measure: Measure, part: int) -> IntArray:
        """Return the firms of a measure, shape (municipalities,)."""
        return self.total(measure, [part])[0, : self.places.n_municipalities]

    def _converted(self, name: Population) -> IntArray | None:
        """Return the firms whose ground went over to another municipality, of all slices; None where there is none."""
        counts = self.populations[name]
        if not counts.firms.is_converted.any():
            return None
        key = (name, "converted")
        if key not in self._kept:
            found = [counts.converted()]
            found += [counts.converted_by_category(*each) for each in self._categories.items()]
            self._kept[key] = self.places.rolled_up(np.concatenate(found))
        return self._kept[key]

    def _gathered(self, measure: Measure, parts: Sequence[int]) -> IntArray:
        if all(part < self._by_activity for part in parts):
            return self._activities(measure)[list(parts)]
        every = [self._activities(measure), *(self._category(measure, name) for name in self._categories)]
        return np.concatenate(every)[list(parts)]

    def _activities(self, measure: Measure) -> IntArray:
        key = (measure.id, "")
        if key not in self._kept:
            self._kept[key] = self.places.rolled_up(self.populations[measure.of].by_slice(measure))
        return self._kept[key]

    def _category(self, measure: Measure, category: Category) -> IntArray:
        key = (measure.id, category)
        if key not in self._kept:
            counted = self.populations[measure.of].by_category(measure, category, self._categories[category])
            self._kept[key] = self.places.rolled_up(counted)
        return self._kept[key]


def _categories(populations: Iterable[Counts], category: Category) -> tuple[str, ...]:
    """Return the categories that any firm has, what is unknown last."""
    found = dict.fromkeys(name for counts in populations for name in counts.categories(category))
    if category == "size_class":
        return tuple(found)
    return (*sorted(found.keys() - {UNKNOWN}), UNKNOWN)
