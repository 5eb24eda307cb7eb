"""Rates of small territories, smoothed: few inhabitants make extreme rates by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atlante.errors import InvalidCounts
from atlante.statistics.counts import amounts, check, check_lengths, counted

if TYPE_CHECKING:
    from atlante.statistics.counts import BoolArray, CountArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class SmoothedRates:
    """Rates before and after smoothing.

    Attributes
    ----------
    raw
        Counts over exposure, shape (n,).
    smoothed
        The empirical Bayes estimate, shape (n,), between the raw rate and the mean that it is drawn to.
    shrinkage
        The weight of the raw rate, shape (n,): 1 keeps it, 0 is the mean.
    """

    raw: FloatArray
    smoothed: FloatArray
    shrinkage: FloatArray


def empirical_bayes_rates(
    counts: CountArray, exposure: CountArray, neighbours: IntArray | None = None
) -> SmoothedRates:
    """Return rates drawn to the mean, globally or within each territory's neighbourhood: the less exposure, the more.

    theta_i = m + C_i (r_i - m), with r_i the raw rate, n_i the exposure, m the sum of counts over the sum of exposures,
    s² the variance of rates between territories beyond what chance gives, and C_i = s² / (s² + m / n_i). By moments,
    s² = sum of n_i (r_i - m)² / sum of n_i - m / mean of n_i, and 0 where that is negative: then rates differ by no
    more than chance, and all become m.

    With neighbours, m and s² are those of the territory and its neighbours.

    Parameters
    ----------
    counts
        Events, such as start-ups, shape (n,); nan: unknown.
    exposure
        What they are divided by, such as inhabitants, or firms of a share, shape (n,); not negative, nan: unknown.
    neighbours
        Pairs of positions of neighbouring territories, shape (e, 2); one order of a pair stands for both, and pairs of
        a territory with itself are left out. None: all territories are drawn to one mean.

    Returns
    -------
    SmoothedRates
        Events per unit of exposure, shape (n,). All are nan where the count is unknown, or the exposure 0 or unknown;
        such a territory has no part in any mean. One without a known neighbour is drawn to the mean of all.

    Raises
    ------
    InvalidCounts
        If a count is negative or not whole, an exposure negative, lengths differ, or a pair names no territory; names
        the first bad index.

    References
    ----------
    Marshall (1991), Applied Statistics 40:283-294, doi:10.2307/2347593. Equal to ``esda.smoothing.Empirical_Bayes``
    where s² is positive (that one lets it be negative) and to ``Spatial_Empirical_Bayes`` where there are neighbours.

    >>> counts, inhabitants = np.array([0, 3, 40, 60]), np.array([100, 100, 10_000, 10_000])
    >>> rates = empirical_bayes_rates(counts, inhabitants)
    >>> rates.raw.round(4), rates.smoothed.round(4), rates.shrinkage.round(2)
    (array([0.   , 0.03 , 0.004, 0.006]), array([0.0048, 0.0066, 0.0042, 0.0059]), array([0.06, 0.06, 0.86, 0.86]))
    """
    events, over = counted(counts, "Counts"), amounts(exposure, "Exposures")
    check_lengths(events, over, names="Counts and exposures")
    is_known = (over > 0) & ~np.isnan(events)
    events, over = np.where(is_known, events, 0.0), np.where(is_known, over, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = np.where(is_known, events / over, np.nan)
    mean, variance = _everywhere(raw, over)
    if neighbours is not None:
        first, second = _pairs(neighbours, is_known)
        near_mean, near_variance = _nearby(events, over, (first, second))
        has_neighbour = np.bincount(first, minlength=len(over)) > 0
        mean, variance = (
            np.where(has_neighbour, near, far) for near, far in ((near_mean, mean), (near_variance, variance))
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        # Where the mean is 0 so are all rates of the neighbourhood, whatever their weight.
        shrinkage = np.where(is_known, np.where(mean > 0, variance / (variance + mean / over), 0.0), np.nan)
    return SmoothedRates(raw, mean + shrinkage * (raw - mean), shrinkage)


def _everywhere(raw: FloatArray, over: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean rate of all territories and the variance beyond chance, repeated for each."""
    is_known = over > 0
    if not is_known.any():
        return np.full(len(over), np.nan), np.full(len(over), np.nan)
    rates, weights = raw[is_known], over[is_known]
    mean = np.average(rates, weights=weights)
    variance = max(np.average((rates - mean) ** 2, weights=weights) - mean / weights.mean(), 0.0)
    return np.full(len(over), mean), np.full(len(over), variance)


def _nearby(events: FloatArray, over: FloatArray, pairs: tuple[IntArray, IntArray]) -> tuple[FloatArray, FloatArray]:
    """Return the mean rate of each territory with its neighbours, and the variance beyond chance."""
    first, second = pairs

    def with_neighbours(values: FloatArray) -> FloatArray:
        return values + np.bincount(first, weights=values[second], minlength=len(values))

    total, number = with_neighbours(over), with_neighbours(np.ones(len(over)))
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = np.where(over > 0, events / over, 0.0)
        mean = with_neighbours(events) / total
        squares = over * (raw - mean) ** 2
        squares += np.bincount(first, weights=over[second] * (raw[second] - mean[first]) ** 2, minlength=len(over))
        return mean, np.maximum(squares / total - mean / (total / number), 0.0)


def _pairs(neighbours: IntArray, is_known: BoolArray) -> tuple[IntArray, IntArray]:
    """Return each pair of known territories in both orders, once."""
    pairs = np.asarray(neighbours)
    if pairs.size == 0:
        pairs = np.empty((0, 2), dtype=np.int64)
    if pairs.ndim != 2 or pairs.shape[1] != 2:  # noqa: PLR2004 -- a pair
        raise InvalidCounts(f"Neighbours have the shape {pairs.shape}; expected (pairs, 2)", 0)
    size = len(is_known)
    is_position = (pairs >= 0) & (pairs < size) & (pairs == np.floor(pairs))
    check(is_position, f"A neighbour is not the position of one of the {size} territories")
    first, second = pairs.astype(np.int64).T
    is_used = (first != second) & is_known[first] & is_known[second]
    ends = np.concatenate([np.stack([first, second]), np.stack([second, first])], axis=1)[:, np.tile(is_used, 2)]
    codes = np.unique(ends[0] * size + ends[1])
    return codes // max(size, 1), codes % max(size, 1)
