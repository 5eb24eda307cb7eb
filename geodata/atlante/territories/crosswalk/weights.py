"""How the value of a municipality is divided among those who hold its ground."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

type FloatArray = np.ndarray[tuple[int], np.dtype[np.float64]]

PAIR_COLUMNS = ("code", "successor_code", "n_origins")
"""A municipality that is divided; who holds a piece of it, None: nobody in the country; from how many municipalities
that one has its ground."""

WHOLE = "whole"
"""The basis of a weight that nothing had to be measured for: the unit went on undivided."""

_BITS = 40
_GRAIN = 2.0**-_BITS  # sums of its multiples are exact: weights add up to 1 in whatever order they are added
_ONE = 10**12  # weights are written with twelve decimals


class WeightKind(StrEnum):
    """What a piece of a municipality is measured by."""

    AREA = "area"
    POPULATION = "population"
    FIRMS = "firms"
    EQUAL = "equal"


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of municipalities.

    Attributes
    ----------
    sizes
        In any unit, comparable among the pieces of one municipality; not negative, shape (n,).
    basis
        What each size is, in a few words, shape (n,).
    """

    sizes: FloatArray
    basis: Sequence[str]


class Weights(Protocol):
    """A measure of pieces. It is asked only for municipalities, provinces and regions that are divided.

    Attributes
    ----------
    name
        What it measures by, in a word.
    """

    name: str

    def pieces(self, pairs: pd.DataFrame) -> Pieces:
        """Measure pieces, given with the columns :data:`PAIR_COLUMNS`.

        Raises
        ------
        WeightsMissing
            If what is needed to measure a piece is not loaded.
        """

    def wholes(self, codes: Sequence[str]) -> FloatArray:
        """Measure whole municipalities of the day that the crosswalk begins with, in the unit of the pieces."""


class EqualWeights:
    """Each piece counts the same, and each municipality of a province that is divided: for want of anything better."""

    name = "equal"

    def pieces(self, pairs: pd.DataFrame) -> Pieces:
        """Return a size of 1 for each piece."""
        return Pieces(np.ones(len(pairs)), ["equal"] * len(pairs))

    def wholes(self, codes: Sequence[str]) -> FloatArray:
        """Return a size of 1 for each municipality."""
        return np.ones(len(codes))


def shares_of(sizes: pd.Series[float], groups: pd.Series[str]) -> pd.Series[float]:
    """Return each size as a share of its group's total, nan where that is 0.

    Shares are multiples of 2⁻⁴⁰, so that those of a group add up to exactly 1; the largest takes the rounding.
    """
    totals = sizes.groupby(groups).transform("sum")
    shares = np.floor(sizes / totals.where(totals > 0) / _GRAIN) * _GRAIN
    rest = 1 - shares.groupby(groups).transform("sum")
    is_largest = sizes.groupby(groups).rank(method="first", ascending=False) == 1
    whole: pd.Series[float] = shares + rest.where(is_largest, 0.0)
    return whole


def written_weights(weights: pd.Series[float], codes: pd.Series[str]) -> pd.Series[float]:
    """Return weights as they are written: decimals of at most twelve digits, those of a code adding up to exactly 1.

    As binary numbers they add up to 1 exactly, but the decimals of a third do not. Each weight is cut off after the
    twelfth digit, and what is missing to 1 goes, a unit of the last digit each, to those that lost most (the method of
    the largest remainder). None differs from the weight by more than 1e-12.

    Parameters
    ----------
    weights
        Multiples of 2⁻⁴⁰ as :func:`shares_of` makes them.
    codes
        The territory that each is a share of, with the same index.

    Returns
    -------
    pd.Series
        The floating-point numbers nearest to the decimals: their shortest text is the decimal.
    """
    products = [int(weight * 2**_BITS) * _ONE for weight in weights]
    units = pd.Series([product >> _BITS for product in products], index=weights.index, dtype="int64")
    lost = pd.Series([product % 2**_BITS for product in products], index=weights.index, dtype="int64")
    missing = codes.map(_ONE - units.groupby(codes).sum())
    order = lost.groupby(codes).rank(method="first", ascending=False)
    written: pd.Series[float] = (units + (order <= missing)) / _ONE
    return written
