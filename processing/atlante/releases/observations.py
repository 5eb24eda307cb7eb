"""Protected observations as arrays, from which the wide and the tidy collections of a level are made. Pure."""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from atlante.disclosure import Status
from atlante.releases.features import period_bounds
from atlante.releases.json_columns import joined
from atlante.releases.zeros import value_of_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atlante.catalogue.indicators import Indicator
    from atlante.releases.features import Texts
    from atlante.statistics.counts import BoolArray, FloatArray, IntArray

NUMBERS: Final = (
    "value", "low", "high", "smoothed", "rank_low", "rank_high", "firms", "firms_unknown", "converted_share",
)  # fmt: skip
_WHOLE: Final = ("rank_low", "rank_high", "firms", "firms_unknown")
_OF_TERRITORY: Final = ("code", "name", "sigla", "province_code", "province", "region_code", "region")
_STATUSES: Final = tuple(status.value for status in Status)
_NOT_AVAILABLE: Final = _STATUSES.index(Status.NOT_AVAILABLE)
_VALUE: Final = _STATUSES.index(Status.VALUE)


class SliceName(NamedTuple):
    """A part of all firms as it is published; '' is all of them."""

    filiera: str = ""
    stage: str = ""
    breakdown: str = ""
    category: str = ""

    @property
    def suffix(self) -> str:
        """What ids of its observations have behind those of all firms; different slices have different ones."""
        return "".join(f".{_slug(word)}" for word in self if word)


class LevelObservations:
    """The observations of one level.

    Parameters
    ----------
    observations
        Protected and rounded rows of the level: ``territory_code``, ``indicator_id``, ``period``, the columns of
        :class:`SliceName`, :data:`NUMBERS`, ``status``.
    territories
        The table of the level, one row a territory.
    indicators
        All that are published, in order.
    """

    def __init__(self, observations: pd.DataFrame, territories: pd.DataFrame, indicators: Sequence[Indicator]) -> None:
        self._territories = territories.reset_index(drop=True)
        self._indicators = {indicator.id: number for number, indicator in enumerate(indicators)}
        self._units = [indicator.unit for indicator in indicators]
        slice_, names = _numbered(observations, list(SliceName._fields))
        self._slices = [SliceName(*words) for words in names]
        period, self._periods = _coded(observations["period"])
        columns = {
            "slice": slice_,
            "indicator": pd.Index(list(self._indicators)).get_indexer(pd.Index(observations["indicator_id"])),
            "period": period,
            "place": pd.Index(self._territories["code"]).get_indexer(pd.Index(observations["territory_code"])),
        }
        order = np.lexsort([columns[name] for name in ("place", "period", "indicator", "slice")])
        self._slice, self._indicator, self._period, self._place = (columns[name][order] for name in columns)
        self._numbers: dict[str, FloatArray] = {
            name: observations[name].to_numpy(dtype=np.float64, na_value=np.nan)[order] for name in NUMBERS
        }
        self._status = pd.Index(_STATUSES).get_indexer(pd.Index(observations["status"]))[order]

    def available(self, *, of_filiere: bool = False) -> set[str]:
        """Return the ids of the indicators that any territory has a value of, or withholds one.

        Parameters
        ----------
        of_filiere
            Whether of any filiera; else of all firms.
        """
        is_whole = np.array([not (each.stage or each.breakdown) for each in self._slices], dtype=bool)
        has_filiera = np.array([bool(each.filiera) for each in self._slices], dtype=bool)
        parts = np.flatnonzero(is_whole & (has_filiera == of_filiere))
        told = (self._status != _NOT_AVAILABLE) & np.isin(self._slice, parts)
        names = list(self._indicators)
        return {names[number] for number in np.unique(self._indicator[told])}

    def wide(self, filiera: str, indicators: Sequence[Indicator], period: str) -> pa.Table:
        """Return one row a territory, with the latest period of each indicator as columns.

        A territory without a row has no firm of the filiera: there counts, and what is per inhabitant or km², are 0.

        Parameters
        ----------
        period
            The reference date of the release, which is said to be the period of the whole row.
        """
        columns = {**self._of_territories(), "period": pa.repeat(period, len(self._territories))}
        for indicator in indicators:
            columns |= self._columns(indicator, self._latest(filiera, indicator, period), is_sparse=bool(filiera))
        return pa.table(columns)

    def tidy(self, *, only_available: bool = False) -> tuple[pa.Table, Texts, tuple[Texts, Texts]]:
        """Return one row an observation, with its id and its first and last day.

        Parameters
        ----------
        only_available
            Whether to leave out an indicator in a slice of which no territory of the level has a value.
        """
        chosen = np.flatnonzero(self._is_available_somewhere()) if only_available else np.arange(len(self._place))
        place, indicator, period, part = (
            each[chosen] for each in (self._place, self._indicator, self._period, self._slice)
        )
        names = list(self._indicators)
        columns = {
            **{
                name: _taken(self._territories[name].tolist(), place)
                for name in _OF_TERRITORY
                if name in self._territories
            },
            "indicator": _taken(names, indicator),
            "period": _taken(self._periods, period),
            **{name: _taken([getattr(each, name) for each in self._slices], part) for name in SliceName._fields},
            "unit": _taken(self._units, indicator),
            **{name: _number(name, self._numbers[name][chosen]) for name in NUMBERS},
            "status": _taken(_STATUSES, self._status[chosen]),
        }
        words = (columns[name].cast(pa.string()) for name in ("indicator", "code", "period"))
        suffixes = _taken([each.suffix for each in self._slices], part).cast(pa.string())
        ids = joined(joined(*words, between="."), suffixes)
        bounds = [period_bounds(each) for each in self._periods]
        begins, ends = (_taken([bound[end] for bound in bounds], period).cast(pa.string()) for end in (0, 1))
        return pa.table(columns), ids, (begins, ends)

    def _latest(self, filiera: str, indicator: Indicator, period: str) -> slice:
        """Return the rows of the latest period of an indicator, of the firms of a filiera.

        What has one value a reference date has those of that of the release, or none: an older one is not taken for it.
        """
        part, number = SliceName(filiera), self._indicators[indicator.id]
        if part not in self._slices:
            return slice(0, 0)
        first, last = _range(self._slice, self._slices.index(part), 0, len(self._slice))
        first, last = _range(self._indicator, number, first, last)
        if first < last and (indicator.period != "reference-date" or self._periods[self._period[last - 1]] == period):
            first, last = _range(self._period, self._period[last - 1], first, last)
            return slice(first, last)
        return slice(0, 0)

    def _columns(self, indicator: Indicator, rows: slice, *, is_sparse: bool) -> dict[str, pa.Array[Any]]:
        """Return the columns of an indicator in a wide table."""
        n, place, name = len(self._territories), self._place[rows], indicator.id
        status = np.full(n, _NOT_AVAILABLE)
        status[place] = self._status[rows]
        numbers = {column: np.full(n, np.nan) for column in ("value", "low", "high", "firms")}
        for column, values in numbers.items():
            values[place] = self._numbers[column][rows]
        if is_sparse and np.isfinite(self._numbers["value"][rows]).any():
            nothing = value_of_none(indicator, self._territories)
            is_zero = ~np.isin(np.arange(n), place) & np.isfinite(nothing.value)
            for column, values in numbers.items():
                values[is_zero] = getattr(nothing, column)[is_zero] if column != "firms" else 0
            status[is_zero] = _VALUE
        period = self._periods[self._period[rows.start]] if rows.start < rows.stop else None
        return {
            name: _number("value", numbers["value"]),
            f"{name}_low": _number("low", numbers["low"]),
            f"{name}_high": _number("high", numbers["high"]),
            f"{name}_firms": _number("firms", numbers["firms"]),
            f"{name}_status": _taken(_STATUSES, status),
            f"{name}_period": pa.array([period] * n, pa.string()),
        }

    def _of_territories(self) -> dict[str, pa.Array[Any]]:
        there = [name for name in _OF_TERRITORY if name in self._territories]
        return {name: pa.array(self._territories[name], pa.string(), from_pandas=True) for name in there}

    def _is_available_somewhere(self) -> BoolArray:
        """Return the rows of an indicator and slice that any territory has a value of, or withholds one."""
        group = self._slice * len(self._indicators) + self._indicator
        available = np.unique(group[self._status != _NOT_AVAILABLE])
        found: BoolArray = np.isin(group, available)
        return found


def _range(numbers: IntArray, number: int, first: int, last: int) -> tuple[int, int]:
    """Return where a number stands among sorted ones between two places."""
    low, high = np.searchsorted(numbers[first:last], [number, number + 1])
    return first + int(low), first + int(high)


def _coded(words: pd.Series[str]) -> tuple[IntArray, list[str]]:
    """Return words as numbers, and the sorted words that they stand for."""
    codes, found = pd.factorize(words, sort=True)
    return codes.astype(np.int64), found.tolist()


def _numbered(table: pd.DataFrame, columns: Sequence[str]) -> tuple[IntArray, list[tuple[str, ...]]]:
    """Return combinations of words as numbers in their order, and the combinations."""
    number = np.zeros(len(table), dtype=np.int64)
    words = []
    for name in columns:
        codes, found = _coded(table[name])
        number = number * max(len(found), 1) + codes
        words.append(found)
    there, place = np.unique(number, return_inverse=True)
    return place.astype(np.int64), list(_combinations(there, words))


def _combinations(numbers: IntArray, words: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield the words that numbers of combinations were made of."""
    for number in numbers.tolist():
        combination, rest = [], number
        for each in reversed(words):
            rest, code = divmod(rest, len(each))
            combination.append(each[code])
        yield tuple(reversed(combination))


def _taken(words: Sequence[str | None], places: IntArray) -> Any:  # noqa: ANN401 - an Arrow dictionary
    found = pa.array([None if pd.isna(word) else word for word in words], pa.string())
    dictionary: Any = pa.DictionaryArray
    return dictionary.from_arrays(pa.array(places.astype(np.int32)), found)


def _number(name: str, values: FloatArray) -> pa.Array[Any]:
    is_null = np.isnan(values)
    if name in _WHOLE:
        return pa.array(np.where(is_null, 0, values).astype(np.int64), mask=is_null)
    return pa.array(values, mask=is_null)


def _slug(words: str) -> str:
    """Return words as they can stand in an address; what is more than such letters has a mark of its own behind.

    >>> _slug("micro"), _slug("Società semplice"), _slug("Societa' semplice")
    ('micro', 'societa-semplice-e59131', 'societa-semplice-f8e12f')
    """
    plain = unicodedata.normalize("NFKD", words.lower()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9_]+", "-", plain).strip("-")
    return slug if slug == words else f"{slug}-{blake2b(words.encode(), digest_size=3).hexdigest()}"
