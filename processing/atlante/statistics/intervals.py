"""Intervals of shares, counts and rates.

The register is a census, not a sample: an interval describes the process that made these firms, and how far a small
territory's figure may lie from what is usual there. It is not an error of counting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv, gammainccinv, gammaincinv, ndtri

from atlante.statistics.counts import amounts, check, check_between, check_lengths, counted

if TYPE_CHECKING:
    from atlante.statistics.counts import CountArray, FloatArray


@dataclass(frozen=True, slots=True)
class Interval:
    """Lower and upper bounds, shape (n,). Both are nan where there is no interval."""

    low: FloatArray
    high: FloatArray


def wilson_interval(successes: CountArray, trials: CountArray, *, level: float = 0.95) -> Interval:
    """Return the Wilson score interval of a share, cell by cell.

    Parameters
    ----------
    successes, trials
        Firms counted, shape (n,) or (n, k); 0 <= successes <= trials, nan: unknown.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        Bounds in 0..1, of the same shape. Both are nan where trials is 0 or a count is unknown.

    Raises
    ------
    InvalidCounts
        If a count is negative or not whole, or successes exceed trials; names the first bad index.

    References
    ----------
    Wilson (1927), JASA 22:209-212, doi:10.1080/01621459.1927.10502953.

    >>> wilson_interval(np.array([0]), np.array([10])).high.round(3)
    array([0.278])
    """
    return score_interval(*_checked(successes, trials, level), level)


def score_interval(successes: FloatArray, trials: FloatArray, level: float) -> Interval:
    """Return Wilson's interval of numbers that need not be whole, such as an effective sample size; unchecked."""
    n = np.where(trials > 0, trials, np.nan)
    share = successes / n
    z2 = float(ndtri((1 + level) / 2)) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half_width = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    # None and all are exact bounds; rounding would leave 1e-17 beside them.
    low = np.where(successes == 0, 0 * centre, centre - half_width)
    high = np.where(successes == trials, 1 + 0 * centre, centre + half_width)
    return Interval(low, high)


def jeffreys_interval(successes: CountArray, trials: CountArray, *, level: float = 0.95) -> Interval:
    """Return the Jeffreys interval of a share, cell by cell: equal tails of the posterior under a Beta(½, ½) prior.

    It is shorter than Wilson's near 0 and 1, and as often right on average over shares.

    Parameters
    ----------
    successes, trials, level
        As of :func:`wilson_interval`.

    Returns
    -------
    Interval
        Bounds in 0..1, of the same shape; the lower one of none is 0 and the upper one of all is 1. Both are nan where
        trials is 0 or a count is unknown.

    Raises
    ------
    InvalidCounts
        If a count is negative or not whole, or successes exceed trials; names the first bad index.

    References
    ----------
    Brown, Cai and DasGupta (2001), Statistical Science 16:101-133, doi:10.1214/ss/1009213286.

    >>> jeffreys_interval(np.array([0, 1]), np.array([10, 10])).high.round(3)
    array([0.217, 0.381])
    """
    successes, trials = _checked(successes, trials, level)
    is_known = (trials > 0) & ~np.isnan(successes)
    with_it, without = np.where(is_known, successes, 0) + 0.5, np.where(is_known, trials - successes, 0) + 0.5
    tail = (1 - level) / 2
    low = np.where(successes == 0, 0, betaincinv(with_it, without, tail))
    high = np.where(successes == trials, 1, betaincinv(with_it, without, 1 - tail))
    return Interval(np.where(is_known, low, np.nan), np.where(is_known, high, np.nan))


def _checked(successes: CountArray, trials: CountArray, level: float) -> tuple[FloatArray, FloatArray]:
    check_between("level", level, 0, 1)
    with_it, of_all = counted(successes, "Successes"), counted(trials, "Trials")
    check_lengths(with_it, of_all, names="Successes and trials")
    check(~(with_it > of_all), "Successes exceed trials")
    return with_it, of_all


def garwood_interval(counts: CountArray, exposure: FloatArray | None = None, *, level: float = 0.95) -> Interval:
    """Return the exact Poisson interval of a count, or of a rate, cell by cell.

    Parameters
    ----------
    counts
        Events counted, shape (n,); not negative, nan: unknown.
    exposure
        What the counts are divided by, such as inhabitants / 100,000, shape (n,); not negative, nan: unknown.
        None: the interval of the count itself.
    level
        Confidence level, between 0 and 1: at least so often the interval holds the true mean.

    Returns
    -------
    Interval
        Bounds from 0 up, shape (n,). Both are nan where the count is unknown, or the exposure is 0 or unknown. A count
        of 0 has the lower bound 0 and an upper bound above it.

    Raises
    ------
    InvalidCounts
        If a count or an exposure is negative, or a count not whole; names the first bad index.

    References
    ----------
    Garwood (1936), Biometrika 28:437-442, doi:10.1093/biomet/28.3-4.437. The bounds are quantiles of chi-squared:
    chi2(alpha/2, 2 k)/2 and chi2(1 - alpha/2, 2 k + 2)/2, here through the inverse incomplete gamma function.

    >>> garwood_interval(np.array([0, 10])).high.round(2)
    array([ 3.69, 18.39])
    >>> garwood_interval(np.array([10]), np.array([0.5])).high.round(2)
    array([36.78])
    """
    check_between("level", level, 0, 1)
    tail = (1 - level) / 2
    # Counts repeat far more often than they differ: each one's quantile is found once.
    distinct, position = np.unique(counted(counts, "Counts"), return_inverse=True)
    low: FloatArray = np.where(distinct == 0, 0.0, gammaincinv(np.maximum(distinct, 1.0), tail))[position]
    high: FloatArray = gammainccinv(distinct + 1.0, tail)[position]
    if exposure is None:
        return Interval(low, high)
    exposure = amounts(exposure, "Exposures")
    check_lengths(low, exposure, names="Counts and exposures")
    divisor = np.where(exposure > 0, exposure, np.nan)
    return Interval(low / divisor, high / divisor)
