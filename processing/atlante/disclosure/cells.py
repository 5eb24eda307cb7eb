"""The protected observations as arrays: which cell is part of which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.disclosure.places import places_of

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy.typing as npt

    from atlante.disclosure.places import Places

    type BoolArray = npt.NDArray[np.bool_]
    type IntArray = npt.NDArray[np.int64]

SLICE: Final = ("filiera", "stage", "breakdown", "category")
NO_ROW: Final = -1


@dataclass(frozen=True, slots=True)
class Slices:
    """The slices of the firms that there are, by number.

    Attributes
    ----------
    words
        The columns of :data:`SLICE` of each.
    above
        The slice that each is a part of, shape (n,): of a stage the filiera, of a category all; :data:`NO_ROW`: none.
    everything
        The number of all firms, or :data:`NO_ROW`.
    """

    words: list[tuple[str, ...]]
    above: IntArray
    everything: int

    def __len__(self) -> int:
        return len(self.words)

    @property
    def names(self) -> list[str]:
        """What tells each slice from all others."""
        return ["/".join(words) for words in self.words]

    @property
    def breakdown(self) -> IntArray:
        """Number of the breakdown of each slice, shape (n,)."""
        names = sorted({words[2] for words in self.words})
        return np.array([names.index(words[2]) for words in self.words], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Cells:
    """Observations of protected indicators, those of public ones that they are parts of, and how they hang together.

    Attributes
    ----------
    positions
        Row of each cell in all observations, shape (n,).
    ids
        Of the indicators, by number.
    indicator, family, period, slice_, place
        Numbers of the indicator, of indicator and period, of the period, of the slice, and of level and territory,
        shape (n,).
    firms, numerator, unknown
        Shape (n,); a numerator that is unknown is -1; firms of which the numerator is unknown.
    is_private
        Whether a cell is of a breakdown that is itself not on the public register.
    is_protected
        False of cells that are published as they are.
    is_counted
        Whether a numerator counts firms; else a cell is protected by its firms alone.
    is_share
        Whether it is of a private breakdown and counts some of the firms of its category, rather than all.
    whole
        The cell of all firms of the same indicator, period and territory; of all firms itself, :data:`NO_ROW`.
    total
        The cell of which it and its like are the parts: of a stage its filiera, of a category all categories.
    above
        The cell of the same indicator, period and slice in the territory that its own is part of, or :data:`NO_ROW`.
    """

    places: Places
    slices: Slices
    positions: IntArray
    ids: list[str]
    indicator: IntArray
    family: IntArray
    period: IntArray
    slice_: IntArray
    place: IntArray
    firms: IntArray
    numerator: IntArray
    unknown: IntArray
    is_private: BoolArray
    is_protected: BoolArray
    is_counted: BoolArray
    is_share: BoolArray
    whole: IntArray
    total: IntArray
    above: IntArray

    def __len__(self) -> int:
        return len(self.positions)

    def of_whole(self, amounts: IntArray, *, without: int) -> IntArray:
        """Return an amount of the whole of each cell, shape (n,); something else where it has none."""
        return np.where(self.whole == NO_ROW, without, amounts[self.whole]) if len(self) else amounts

    def is_of(self, ids: Collection[str]) -> BoolArray:
        """Return which cells are of some indicators, shape (n,)."""
        found: BoolArray = np.array([each in ids for each in self.ids], dtype=bool)[self.indicator]
        return found

    def lost_categories(self, withheld: BoolArray) -> BoolArray:
        """Return whether a count of the firms of the same category in the same territory is withheld, shape (n,)."""
        key = self.slice_ * len(self.places) + self.place
        count = self.is_private & ~self.is_share & withheld
        lost = np.zeros(len(self.slices) * len(self.places), dtype=bool)
        lost[key[count]] = True
        found: BoolArray = self.is_private & lost[key]
        return found


def cells_of(
    observations: pd.DataFrame, *, protected: Collection[str], private: Collection[str], uncounted: Collection[str]
) -> Cells:
    """Return the cells of a table of observations; see :func:`atlante.disclosure.protect`."""
    chosen = _chosen(observations, protected, private)
    wanted = ["level", "territory_code", "parent_code", "indicator_id", "period", "numerator", "firms", "firms_unknown"]
    table = observations[[*wanted, *(name for name in SLICE if name in observations)]].iloc[chosen]
    indicator, ids = pd.factorize(table["indicator_id"], sort=True)
    period, periods = pd.factorize(table["period"], sort=True)
    family = indicator.astype(np.int64) * max(len(periods), 1) + period
    places, place = places_of(table, chosen)
    slice_, slices = _slices(table)
    find = _Rows(family, slice_, place)
    is_private = np.array([words[2] in private for words in slices.words], dtype=bool)[slice_]
    firms = table["firms"].to_numpy().astype(np.int64)
    numerator = table["numerator"].fillna(-1).to_numpy().astype(np.int64)
    names = [str(each) for each in ids]
    is_counted = ~np.array([each in uncounted for each in names], dtype=bool)[indicator]
    is_share = is_private & is_counted
    is_share &= np.isin(indicator, np.unique(indicator[is_share & (numerator != firms)]))
    is_protected = np.array([each in protected for each in names], dtype=bool)[indicator]
    return Cells(
        places=places,
        slices=slices,
        positions=chosen,
        ids=names,
        indicator=indicator.astype(np.int64),
        family=family,
        period=period.astype(np.int64),
        slice_=slice_,
        place=place,
        firms=firms,
        numerator=numerator,
        unknown=table["firms_unknown"].to_numpy().astype(np.int64),
        is_private=is_private,
        is_protected=is_protected | is_private,
        is_counted=is_counted,
        is_share=is_share,
        whole=find.rows(np.where(slice_ == slices.everything, NO_ROW, slices.everything), place),
        total=find.rows(slices.above[slice_], place),
        above=find.rows(slice_, places.parent[place]),
    )


def _chosen(observations: pd.DataFrame, protected: Collection[str], private: Collection[str]) -> IntArray:
    """Return the rows of protected indicators and private categories, and of all firms of what has such categories."""
    indicator, ids = pd.factorize(observations["indicator_id"])
    is_chosen = np.asarray(ids.isin(list(protected)))[indicator]
    if "breakdown" in observations:
        breakdown, names = pd.factorize(observations["breakdown"])
        is_private = np.asarray(names.isin(list(private)))[breakdown]
        is_whole = np.asarray(names == "")[breakdown] & (observations["filiera"] == "").to_numpy(dtype=bool)
        has_private = np.bincount(indicator[is_private], minlength=len(ids)) > 0
        is_chosen |= is_private | (is_whole & has_private[indicator])
    return np.flatnonzero(is_chosen)


def _slices(table: pd.DataFrame) -> tuple[IntArray, Slices]:
    """Return the number of the slice of each row, and the slices; without columns of slices, all firms alone."""
    key, columns = np.zeros(len(table), dtype=np.int64), []
    for name in SLICE:
        given = table[name] if name in table else pd.Series("", index=table.index)
        codes, names = pd.factorize(given, sort=True)
        key = key * max(len(names), 1) + codes
        columns.append((codes, [str(each) for each in names]))
    number, keys = pd.factorize(key, sort=True)
    first = np.zeros(len(keys), dtype=np.int64)
    first[number[::-1]] = np.arange(len(table))[::-1]
    words = [tuple(texts[codes[row]] for codes, texts in columns) for row in first]
    numbers = {each: i for i, each in enumerate(words)}
    above = np.full(len(words), NO_ROW, dtype=np.int64)
    for own, (filiera, stage, breakdown, category) in enumerate(words):
        if category:
            above[own] = numbers.get((filiera, stage, "", ""), NO_ROW)
        elif stage:
            above[own] = numbers.get((filiera, "", breakdown, category), NO_ROW)
    return number.astype(np.int64), Slices(words, above, numbers.get(("", "", "", ""), NO_ROW))


class _Rows:
    """Finds cells by family, slice and place."""

    def __init__(self, family: IntArray, slice_: IntArray, place: IntArray) -> None:
        self._family = family
        self._n_slices, self._n_places = slice_.max(initial=0) + 1, place.max(initial=0) + 1
        keys = self._keys(slice_, place)
        self._order = np.argsort(keys, kind="stable")
        self._keys_sorted = keys[self._order]

    def _keys(self, slice_: IntArray, place: IntArray) -> IntArray:
        keys: IntArray = (self._family * self._n_slices + slice_) * self._n_places + place
        return keys

    def rows(self, slice_: IntArray, place: IntArray) -> IntArray:
        """Return of each cell the one of the same family in a slice and place, NO_ROW where either is negative."""
        if not len(self._order):
            return np.zeros(0, dtype=np.int64)
        wanted = self._keys(slice_, place)
        at = np.minimum(np.searchsorted(self._keys_sorted, wanted), len(wanted) - 1)
        is_there = (slice_ >= 0) & (place >= 0) & (self._keys_sorted[at] == wanted)
        found: IntArray = np.where(is_there, self._order[at], NO_ROW)
        return found
