"""Shares that are sums of private categories: what they and the categories tell of each other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from atlante.disclosure.cells import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from atlante.disclosure.cells import BoolArray, Cells, IntArray


@dataclass(frozen=True, slots=True)
class SumOfCategories:
    """A share of all firms whose counts are sums of categories of the same firms, as that of small firms is.

    Attributes
    ----------
    rows
        The cells of the share, shape (n,).
    parts
        The cells that count the categories in the same territories, shape (n, categories); NO_ROW: it has none.
    sums
        Which categories each of its counts is the sum of, as far as the counts tell, shape (sums, categories). None: of
        one count that is not known.
    is_few
        Whether the share rests on too few firms, shape (n,).
    """

    rows: IntArray
    parts: IntArray
    sums: BoolArray | None
    is_few: BoolArray

    def tie(self, withheld: BoolArray) -> None:
        """Withhold, in place, the share where it tells withheld categories, and all of those where they tell it.

        The withheld categories of a territory add up to what is known: the public total less the published ones. A sum
        of some of them that is known tells them from the others; a sum of none or all of them says nothing.
        """
        lost = (self.parts != NO_ROW) & withheld[self.parts]
        if self.sums is None:
            withheld[self.rows[lost.any(axis=1)]] = True
            return
        inside = (lost[:, np.newaxis] & self.sums).any(axis=2)
        outside = (lost[:, np.newaxis] & ~self.sums).any(axis=2)
        tells = (inside & outside).any(axis=1)
        withheld[self.rows[tells]] = True
        parts = self.parts[self.is_few & ~tells]
        withheld[parts[parts != NO_ROW]] = True


def sums_of_categories(
    cells: Cells, private: Mapping[str, Collection[str]], threshold: int
) -> Iterator[SumOfCategories]:
    """Yield the shares of all firms that ask for what a private breakdown is by, where that is published.

    Parameters
    ----------
    private
        As :func:`atlante.disclosure.protect` takes it.
    """
    for breakdown, asking in private.items():
        of_breakdown = np.array([words[2] == breakdown for words in cells.slices.words], dtype=bool)[cells.slice_]
        counts = np.flatnonzero(of_breakdown & ~cells.is_share & cells.is_counted)
        shares = np.flatnonzero(cells.is_of(asking) & (cells.whole == NO_ROW) & ~cells.is_private)
        for family in np.unique(cells.family[shares]):
            rows = shares[cells.family[shares] == family]
            of_period = counts[cells.period[counts] == cells.period[rows[0]]]
            if len(of_period):
                yield _sum(cells, rows, of_period[cells.family[of_period] == cells.family[of_period].min()], threshold)


def _sum(cells: Cells, rows: IntArray, counts: IntArray, threshold: int) -> SumOfCategories:
    slices, category = np.unique(cells.slice_[counts], return_inverse=True)
    part_of = np.full((len(cells.places), len(slices)), NO_ROW, dtype=np.int64)
    part_of[cells.place[counts], category] = counts
    parts = part_of[cells.place[rows]]
    firms = np.where(parts == NO_ROW, 0, cells.firms[parts])
    every = np.array(list(product([False, True], repeat=len(slices))), dtype=bool)
    fitting = [
        every[(firms @ every.T.astype(np.int64) == amount[:, np.newaxis]).all(axis=0)]
        for amount in (cells.numerator[rows], cells.firms[rows])
    ]
    sums = np.concatenate(fitting) if all(map(len, fitting)) else None
    is_few = (cells.firms[rows] > 0) & (cells.firms[rows] < threshold)
    return SumOfCategories(rows, parts, sums, is_few)
