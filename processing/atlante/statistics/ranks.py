"""Ranks of uncertain values: between which places a territory may lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from atlante.errors import InvalidSetting
from atlante.statistics.counts import check, check_between, check_lengths, numeric

if TYPE_CHECKING:
    import numpy.typing as npt

    from atlante.statistics.counts import FloatArray

    type RankArray = npt.NDArray[np.uint32]

_FEWEST_DRAWS = 100
_BLOCK = 1_000  # territories whose draws are ordered at once


@dataclass(frozen=True, slots=True)
class RankInterval:
    """Ranks and their bounds, shape (n,), from 1; nan where a value or its interval is unknown."""

    rank: FloatArray
    low: FloatArray
    high: FloatArray


def rank_interval(  # noqa: PLR0913 -- three columns, and what the simulation is told
    values: FloatArray,
    low: FloatArray,
    high: FloatArray,
    *,
    seed: int,
    draws: int = 1_000,
    level: float = 0.95,
    interval_level: float = 0.95,
    is_highest_first: bool = True,
) -> RankInterval:
    """Return the rank of each value, and between which ranks it lies when all values are drawn from their uncertainty.

    Each draw takes every value from a normal distribution in two halves around it, as wide on either side as its
    interval says, independently of the others, and ranks them. The bounds are quantiles of a territory's ranks over the
    draws, each for itself: they say nothing about several territories together. Where chance alone carries others past
    an extreme value, they are widened to hold the rank of the value itself.

    Parameters
    ----------
    values
        Shape (n,), any unit; nan: unknown.
    low, high
        The interval of each value, shape (n,); low <= value <= high, nan: unknown.
    seed
        Of the random numbers; the same seed and the same order of rows give the same bounds.
    draws
        Number of draws, 100 or more. Memory: 4 bytes for each territory and draw.
    level
        Confidence level of the rank's interval, between 0 and 1.
    interval_level
        Confidence level of the given intervals.
    is_highest_first
        Whether the highest value has rank 1; else the lowest.

    Returns
    -------
    RankInterval
        Ranks from 1 to the number of territories ranked; equal values share the first of their ranks. Territories whose
        value or interval is unknown are not ranked.

    Raises
    ------
    InvalidCounts
        If a value is outside its interval, or a number infinite; names the first bad index.
    InvalidSetting
        If a level or the number of draws can't be.

    References
    ----------
    Goldstein and Spiegelhalter (1996), Journal of the Royal Statistical Society A 159:385-443, doi:10.2307/2983325;
    Marshall and Spiegelhalter (1998), BMJ 316:1701-1705, doi:10.1136/bmj.316.7146.1701.

    >>> values = np.array([9.0, 5.0, 4.8, np.nan])
    >>> ranks = rank_interval(values, values - 0.5, values + 0.5, seed=1)
    >>> ranks.rank, ranks.low, ranks.high
    (array([ 1.,  2.,  3., nan]), array([ 1.,  2.,  2., nan]), array([ 1.,  3.,  3., nan]))
    """
    check_between("level", level, 0, 1)
    check_between("interval_level", interval_level, 0, 1)
    if draws < _FEWEST_DRAWS:
        raise InvalidSetting("draws", draws, f"a number from {_FEWEST_DRAWS} up")
    centre, bottom, top = numeric(values, "Values"), numeric(low, "Lower bounds"), numeric(high, "Upper bounds")
    check_lengths(centre, bottom, top, names="Values and their bounds")
    check(~((bottom > centre) | (top < centre)), "A value is outside its interval")
    is_ranked = ~np.isnan(centre + bottom + top)
    sign = 1.0 if is_highest_first else -1.0
    middle = sign * centre[is_ranked]
    width = (top - centre)[is_ranked], (centre - bottom)[is_ranked]
    quantile = ndtri((1 + interval_level) / 2)
    up, down = (side / quantile for side in (width if is_highest_first else width[::-1]))
    rank = _ranks(middle)
    simulated = _simulate((middle, down, up), np.random.default_rng(seed), draws)
    bounds = _quantiles(simulated, (1 - level) / 2)
    columns = np.full((3, len(centre)), np.nan)
    columns[:, is_ranked] = rank, np.minimum(bounds[0], rank), np.maximum(bounds[1], rank)
    return RankInterval(*columns)


def _ranks(values: FloatArray) -> RankArray:
    """Return 1 for the greatest, and for equal ones the first of their ranks."""
    order = np.argsort(-values)
    descending = values[order]
    is_first = np.ones(len(values), dtype=np.bool_)
    np.not_equal(descending[1:], descending[:-1], out=is_first[1:])
    places = np.arange(1, len(values) + 1, dtype=np.uint32)
    ranks = np.empty(len(values), dtype=np.uint32)
    ranks[order] = np.maximum.accumulate(np.where(is_first, places, 0))
    return ranks


def _simulate(
    parts: tuple[FloatArray, FloatArray, FloatArray], generator: np.random.Generator, draws: int
) -> RankArray:
    """Return the ranks of each draw, shape (draws, n)."""
    middle, down, up = parts
    ranks = np.empty((draws, len(middle)), dtype=np.uint32)
    for draw in range(draws):
        noise = generator.standard_normal(len(middle))
        ranks[draw] = _ranks(middle + noise * np.where(noise > 0, up, down))
    return ranks


def _quantiles(ranks: RankArray, tail: float) -> tuple[RankArray, RankArray]:
    """Return the ranks below and above which no more than a tail of the draws lies, each of shape (n,)."""
    draws, size = ranks.shape
    skipped = int(np.floor(tail * draws))
    low, high = np.empty(size, dtype=np.uint32), np.empty(size, dtype=np.uint32)
    for start in range(0, size, _BLOCK):
        block = slice(start, start + _BLOCK)
        ordered = np.sort(ranks[:, block].T, axis=1)
        low[block], high[block] = ordered[:, skipped], ordered[:, draws - 1 - skipped]
    return low, high
