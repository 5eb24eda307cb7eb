"""Firms of one population, counted by municipality, slice and whatever else an indicator is spread over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from atlante.catalogue.expressions import sector_column
from atlante.measures.activities import describe
from atlante.measures.conditions import ACTIVITY, EDITION, Combined, columns_read, combine, evaluate
from atlante.measures.firms import Coded
from atlante.measures.slices import SIZE_CLASSES, UNKNOWN, Slice, activity_slices, size_class

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from atlante.catalogue.activities import ActivityGroup
    from atlante.catalogue.expressions import Expression
    from atlante.catalogue.measures import Measure
    from atlante.database import Connection
    from atlante.measures.firms import Firms
    from atlante.statistics.counts import FloatArray, IntArray

type Over = Literal["division", "section"]
type Category = Literal["size_class", "legal_form"]
type Moments = tuple[IntArray, FloatArray, FloatArray]

CATEGORY_COLUMNS: Final[dict[Category, str]] = {"size_class": "staff_class", "legal_form": "legal_form"}
_YEAR_DIGITS: Final = 4


class Counts:
    """Counts of one population; every array has the municipalities on its last axis but one or its last.

    Parameters
    ----------
    slices
        The slices of activities.
    partial_shares
        By filiera that any firm is of: the share of its firms whose code belongs only in part.
    """

    def __init__(
        self,
        firms: Firms,
        n_places: int,
        filiere: Mapping[str, ActivityGroup],
        sectors: Mapping[str, ActivityGroup],
    ) -> None:
        self.firms, self._n_places = firms, n_places
        self.slices = activity_slices(filiere.values())
        codes = combine({name: firms.columns[name] for name in (ACTIVITY, EDITION)})
        pairs = list(zip(codes.values[ACTIVITY], codes.values[EDITION], strict=True))
        self._meaning = describe(pairs, self.slices, filiere, sectors)
        self.sectors = frozenset(sectors)
        self.partial_shares = self._partial_shares(codes)
        self._add_sectors(codes)
        self._classify(codes)
        self._known: dict[Expression, tuple[NDArray[np.intp], FloatArray]] = {}

    def _partial_shares(self, codes: Combined) -> dict[str, float]:
        firms = np.bincount(codes.number, minlength=codes.n)
        whole = {each.filiera: place for place, each in enumerate(self.slices) if each.filiera and not each.stage}
        of = {name: int(firms[self._meaning.in_slice[:, place]].sum()) for name, place in whole.items()}
        return {name: int(firms[self._meaning.in_part[name]].sum()) / n for name, n in of.items() if n}

    def _add_sectors(self, codes: Combined) -> None:
        """Add whether each firm is in a sector to its columns, as the expressions name it."""
        for sector, belongs in self._meaning.in_sector.items():
            self.firms.columns[sector_column(sector)] = Coded(belongs[codes.number].astype(np.int32), ["f", "t"])

    def _classify(self, codes: Combined) -> None:
        """Put codes that mean the same for every slice, division and section together."""
        meaning = self._meaning
        table = np.column_stack([meaning.in_slice, meaning.is_undecided, meaning.division, meaning.section])
        found, of_code = np.unique(table, axis=0, return_inverse=True)
        n_slices, self._n_classes = len(self.slices), len(found)
        self._in_slice = found[:, :n_slices].astype(bool)
        self._is_undecided = found[:, n_slices : 2 * n_slices].astype(bool)
        self._groups = {"division": found[:, -2].astype(np.intp), "section": found[:, -1].astype(np.intp)}
        self._n_groups = {"division": len(meaning.divisions), "section": len(meaning.sections)}
        self._class = of_code[codes.number].astype(np.int32)
        self._cell = self.firms.place.astype(np.int64) * self._n_classes + self._class

    def prepare(self, connection: Connection, measures: Iterable[Measure]) -> None:
        """Evaluate the expressions of measures, each once for every combination of values that it reads."""
        needed = {each for measure in measures for each in (measure.where, measure.value) if each and not each.is_all}
        by_columns: dict[tuple[str, ...], list[Expression]] = {}
        for expression in sorted(needed - self._known.keys(), key=str):
            by_columns.setdefault(columns_read(expression), []).append(expression)
        for names, expressions in by_columns.items():
            combined = combine({name: self.firms.columns[name] for name in names})
            values = evaluate(connection, expressions, combined, reference_date=self.firms.day)
            for expression, value in zip(expressions, values, strict=True):
                self._known[expression] = (combined.number, value)

    def by_slice(self, measure: Measure) -> IntArray:
        """Return the firms of a measure in every slice of activities, shape (slices, municipalities)."""
        return self._in_slices(self._by_class(self._chosen(measure.where))).astype(np.int64)

    def undecided(self, measure: Measure) -> IntArray:
        """Return the firms of which it is unknown whether they are in a slice, shape (slices, municipalities)."""
        return (self._is_undecided.T.astype(float) @ self._by_class(self._chosen(measure.where)).T).astype(np.int64)

    def converted(self) -> IntArray:
        """Return the firms whose ground went over to another municipality, shape (slices, municipalities)."""
        if not self.firms.is_converted.any():
            return np.zeros((len(self.slices), self._n_places), dtype=np.int64)
        return self._in_slices(self._by_class(self.firms.is_converted)).astype(np.int64)

    def converted_by_category(self, category: Category, categories: Sequence[str]) -> IntArray:
        """Return the firms whose ground went over to another municipality, shape (categories, municipalities)."""
        key = self._category_key(category, categories)
        return self._counted(key, self.firms.is_converted, len(categories)).T

    def survivors(self, measure: Measure, date: str, years: Sequence[int], part: int) -> IntArray:
        """Return the firms of a cohort that are there later, too, by year, shape (municipalities, years)."""
        if self.firms.survives is None:
            raise AssertionError("only the firms of a cohort are followed")
        chosen = self._chosen(measure.where)
        followed = self.firms.survives if chosen is None else chosen & self.firms.survives
        return self._years(followed, date, years, part)[:, 1:]

    def moments(self, measure: Measure) -> Moments:
        """Return count, sum and sum of squares of a number, each of shape (slices, municipalities)."""
        return self._moments(measure, lambda kept, weights: self._in_slices(self._by_class(kept, weights)))

    def moments_by_category(self, measure: Measure, category: Category, categories: Sequence[str]) -> Moments:
        """Return count, sum and sum of squares of a number, each of shape (categories, municipalities)."""
        key = self._category_key(category, categories)
        return self._moments(measure, lambda kept, weights: self._counted(key, kept, len(categories), weights).T)

    def _moments(self, measure: Measure, summed: Callable[[NDArray[np.bool_], FloatArray | None], Any]) -> Moments:
        if measure.value is None:
            raise AssertionError("only a measure with a value has moments")
        number, value = self._known[measure.value]
        of_firm = value[number]
        chosen, is_known = self._chosen(measure.where), ~np.isnan(of_firm)
        kept = is_known if chosen is None else is_known & chosen
        of_firm = of_firm[kept]
        n, total, squares = (summed(kept, weights) for weights in (None, of_firm, of_firm**2))
        return n.astype(np.int64), total, squares

    def by_category(self, measure: Measure, category: Category, categories: Sequence[str]) -> IntArray:
        """Return the firms of a measure in every category, shape (categories, municipalities)."""
        key = self._category_key(category, categories)
        return self._counted(key, self._chosen(measure.where), len(categories)).T

    def _category_key(self, category: Category, categories: Sequence[str]) -> IntArray:
        """Return the municipality and category of each firm as one number, shape (firms,)."""
        column = self.firms.columns[CATEGORY_COLUMNS[category]]
        place = {name: number for number, name in enumerate(categories)}
        words = [*column.words, ""]  # the last one is that of what is unknown
        lookup = np.array([place[category_of(category, word)] for word in words], dtype=np.int64)
        key: IntArray = self.firms.place.astype(np.int64) * len(categories) + lookup[column.codes]
        return key

    def categories(self, category: Category) -> tuple[str, ...]:
        """Return the categories that there are, what is unknown last."""
        if category == "size_class":
            return SIZE_CLASSES
        found = {category_of(category, word) for word in self.firms.columns[CATEGORY_COLUMNS[category]].words}
        return (*sorted(found - {UNKNOWN}), UNKNOWN)

    def by_activity(self, measure: Measure, over: Over, part: int) -> IntArray:
        """Return the firms of a slice by division or section, the unknown ones first: (municipalities, 1 + groups)."""
        cells = self._by_class(self._chosen(measure.where)) * self._in_slice[:, part]
        groups = np.zeros((self._n_classes, 1 + self._n_groups[over]))
        groups[np.arange(self._n_classes), 1 + self._groups[over]] = 1
        counted: FloatArray = cells @ groups
        return counted.astype(np.int64)

    def years(self, date: str) -> tuple[int, ...]:
        """Return the years from the first to the last one of a column of dates; none where no date is known."""
        seen = [int(word[:_YEAR_DIGITS]) for word in self.firms.columns[date].words]
        return tuple(range(min(seen), max(seen) + 1)) if seen else ()

    def by_year(self, measure: Measure, date: str, years: Sequence[int], part: int) -> IntArray:
        """Return the firms of a slice by year, those without a date first: (municipalities, 1 + years)."""
        return self._years(self._chosen(measure.where), date, years, part)

    def _years(self, chosen: NDArray[np.bool_] | None, date: str, years: Sequence[int], part: int) -> IntArray:
        column, place = self.firms.columns[date], {year: number for number, year in enumerate(years, 1)}
        outside = len(years) + 1
        lookup = np.array([*(place.get(int(word[:_YEAR_DIGITS]), outside) for word in column.words), 0], dtype=np.int64)
        key = self.firms.place.astype(np.int64) * (outside + 1) + lookup[column.codes]
        if part:
            is_in = self._in_slice[self._class, part]
            chosen = is_in if chosen is None else chosen & is_in
        return self._counted(key, chosen, outside + 1)[:, :-1]

    def _chosen(self, where: Expression) -> NDArray[np.bool_] | None:
        """Return whether a condition is true of each firm; None: it is of all."""
        if where.is_all:
            return None
        number, value = self._known[where]
        is_true: NDArray[np.bool_] = (value == 1)[number]
        return is_true

    def _by_class(self, chosen: NDArray[np.bool_] | None, weights: FloatArray | None = None) -> FloatArray:
        """Return firms, or the sum of a number of theirs, by municipality and class of activity."""
        return self._counted(self._cell, chosen, self._n_classes, weights).astype(np.float64)

    def _counted(
        self, key: IntArray, chosen: NDArray[np.bool_] | None, n: int, weights: FloatArray | None = None
    ) -> NDArray[Any]:
        """Return firms, or the sum of a number of the chosen ones, by municipality and the rest of the key."""
        kept = key if chosen is None else key[chosen]
        counted: NDArray[Any] = np.bincount(kept, weights, self._n_places * n)
        return counted.reshape(self._n_places, n)

    def _in_slices(self, cells: FloatArray) -> FloatArray:
        """Return sums by slice, shape (slices, municipalities); products of whole numbers are exact below 2^53."""
        summed: FloatArray = self._in_slice.T.astype(np.float64) @ cells.T
        return summed


def category_of(category: Category, word: str) -> str:
    """Return the category that a word of the register belongs to."""
    if category == "size_class":
        return size_class(word)
    return word or UNKNOWN


def category_slices(category: Category, categories: Sequence[str]) -> tuple[Slice, ...]:
    """Return the slices of the categories."""
    return tuple(Slice(breakdown=category, category=name) for name in categories)
