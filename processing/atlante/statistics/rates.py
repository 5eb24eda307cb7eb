"""Rates and shares of small territories, smoothed: few inhabitants or firms make extreme ones by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from atlante.errors import InvalidCounts
from atlante.statistics.counts import amounts, check, check_lengths, counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from atlante.statistics.counts import BoolArray, CountArray, FloatArray, IntArray

    type Between = Callable[[_Moments], tuple[FloatArray, FloatArray]]


@dataclass(frozen=True, slots=True)
class SmoothedRates:
    """Rates or shares before and after smoothing.

    Attributes
    ----------
    raw
        Counts over exposure, or over trials, shape (n,).
    smoothed
        The empirical Bayes estimate, shape (n,), between the raw rate and the mean that it is drawn to.
    shrinkage
        The weight of the raw rate, shape (n,): 1 keeps it, 0 is the mean.
    """

    raw: FloatArray
    smoothed: FloatArray
    shrinkage: FloatArray


class _Moments(NamedTuple):
    """What a territory is drawn to, and by how much: of all territories or its neighbourhood, each of shape (n,).

    Attributes
    ----------
    mean
        Of its rates, weighted by exposure.
    spread
        Mean squared distance from it, weighted alike.
    size
        Mean exposure.
    """

    mean: FloatArray
    spread: FloatArray
    size: FloatArray


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
        What they are divided by, such as inhabitants, shape (n,); not negative, nan: unknown. Of a share see
        :func:`empirical_bayes_shares`.
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
    return _smoothed(events, over, neighbours, _between_rates)


def empirical_bayes_shares(
    successes: CountArray, trials: CountArray, neighbours: IntArray | None = None
) -> SmoothedRates:
    """Return shares drawn to the mean, globally or within each territory's neighbourhood: the fewer firms, the more.

    As :func:`empirical_bayes_rates`, but that chance is binomial: it makes a share of n firms vary by m (1 - m) / n,
    where a rate of as many events would vary by m / n. Taken for a rate, a share of one half would seem to vary twice
    as much by chance, and real differences would be smoothed away. By moments, s² = (sum of n_i (r_i - m)² / sum of
    n_i - m (1 - m) / mean of n_i) / (1 - 1 / mean of n_i), 0 where that is negative or every territory has one firm,
    and C_i = s² / (s² + (m (1 - m) - s²) / n_i).

    Parameters
    ----------
    successes, trials
        Firms counted, shape (n,); 0 <= successes <= trials, nan: unknown.
    neighbours
        As of :func:`empirical_bayes_rates`.

    Returns
    -------
    SmoothedRates
        In 0..1, shape (n,); nan and means as of :func:`empirical_bayes_rates`.

    Raises
    ------
    InvalidCounts
        If a count is negative or not whole, successes exceed trials, lengths differ, or a pair names no territory;
        names the first bad index.

    References
    ----------
    Martuzzi and Elliott (1996), Statistics in Medicine 15:1867-1873. Equal to ``EBest(family = "binomial")`` of R's
    spdep where s² is positive (that one lets it be negative).

    >>> shares = empirical_bayes_shares(np.array([9, 5, 10]), np.array([10, 10, 20]))
    >>> shares.smoothed.round(3), shares.shrinkage.round(3)
    (array([0.709, 0.564, 0.547]), array([0.364, 0.364, 0.533]))
    """
    with_it, of_all = counted(successes, "Successes"), counted(trials, "Trials")
    check_lengths(with_it, of_all, names="Successes and trials")
    check(~(with_it > of_all), "Successes exceed trials")
    return _smoothed(with_it, of_all, neighbours, _between_shares)


def _smoothed(events: FloatArray, over: FloatArray, neighbours: IntArray | None, between: Between) -> SmoothedRates:
    is_known = (over > 0) & ~np.isnan(events)
    events, over = np.where(is_known, events, 0.0), np.where(is_known, over, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = np.where(is_known, events / over, np.nan)
    moments = _everywhere(raw, over)
    if neighbours is not None:
        pairs = _pairs(neighbours, is_known)
        has_neighbour = np.bincount(pairs[0], minlength=len(over)) > 0
        nearby = _nearby(events, over, pairs)
        moments = _Moments(*(np.where(has_neighbour, *each) for each in zip(nearby, moments, strict=True)))
    variance, chance = between(moments)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Where rates differ by no more than chance, all become the mean, whatever their weight.
        shrinkage = np.where(is_known, np.where(variance > 0, variance / (variance + chance / over), 0.0), np.nan)
    return SmoothedRates(raw, moments.mean + shrinkage * (raw - moments.mean), shrinkage)


def _between_rates(moments: _Moments) -> tuple[FloatArray, FloatArray]:
    """Return the variance of rates between territories, and that by chance of one with an exposure of 1."""
    return np.maximum(moments.spread - moments.mean / moments.size, 0.0), moments.mean


def _between_shares(moments: _Moments) -> tuple[FloatArray, FloatArray]:
    """Return the variance of shares between territories, and that by chance of one with a single firm."""
    whole = moments.mean * (1 - moments.mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        beyond = (moments.spread - whole / moments.size) / (1 - 1 / moments.size)
    variance = np.clip(np.where(moments.size > 1, beyond, 0.0), 0.0, whole)
    return variance, whole - variance


def _everywhere(raw: FloatArray, over: FloatArray) -> _Moments:
    """Return the moments of all territories, repeated for each."""
    is_known = over > 0
    if not is_known.any():
        return _Moments(*np.full((3, len(over)), np.nan))
    rates, weights = raw[is_known], over[is_known]
    mean = np.average(rates, weights=weights)
    spread = np.average((rates - mean) ** 2, weights=weights)
    return _Moments(*(np.full(len(over), number) for number in (mean, spread, weights.mean())))


def _nearby(events: FloatArray, over: FloatArray, pairs: tuple[IntArray, IntArray]) -> _Moments:
    """Return the moments of each territory with its neighbours."""
    first, second = pairs

    def with_neighbours(values: FloatArray) -> FloatArray:
        return values + np.bincount(first, weights=values[second], minlength=len(values))

    total, number = with_neighbours(over), with_neighbours(np.ones(len(over)))
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = np.where(over > 0, events / over, 0.0)
        mean = with_neighbours(events) / total
        squares = over * (raw - mean) ** 2
        squares += np.bincount(first, weights=over[second] * (raw[second] - mean[first]) ** 2, minlength=len(over))
        return _Moments(mean, squares / total, total / number)


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
