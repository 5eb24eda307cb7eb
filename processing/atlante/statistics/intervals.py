"""Intervals of shares, counts and rates.

The register is a census, not a sample: an interval describes the process that made these firms, and how far a small
territory's figure may lie from what is usual there. It is not an error of counting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammainccinv, gammaincinv, ndtri

from atlante.statistics.counts import check

if TYPE_CHECKING:
    from atlante.statistics.counts import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Interval:
    """Lower and upper bounds, shape (n,). Both are nan where there is no interval."""

    low: FloatArray
    high: FloatArray


def wilson_interval(successes: IntArray, trials: IntArray, *, level: float = 0.95) -> Interval:
    """Return the Wilson score interval of a share, cell by cell.

    Parameters
    ----------
    successes, trials
        Firms counted, shape (n,); 0 <= successes <= trials.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        Bounds in 0..1, shape (n,). Both are nan where trials is 0.

    Raises
    ------
    InvalidCounts
        If a count is negative or successes exceed trials; names the first bad index.

    References
    ----------
    Wilson (1927), JASA 22:209-212, doi:10.1080/01621459.1927.10502953.

    >>> wilson_interval(np.array([0]), np.array([10])).high.round(3)
    array([0.278])
    """
    check(successes >= 0, "Successes are negative")
    check(successes <= trials, "Successes exceed trials")
    n = np.where(trials > 0, trials, np.nan)
    share = successes / n
    z2 = float(ndtri((1 + level) / 2)) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half_width = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    # None and all are exact bounds; rounding would leave 1e-17 beside them.
    low = np.where(successes == 0, 0 * centre, centre - half_width)
    high = np.where(successes == trials, 1 + 0 * centre, centre + half_width)
    return Interval(low, high)


def garwood_interval(counts: IntArray, exposure: FloatArray | None = None, *, level: float = 0.95) -> Interval:
    """Return the exact Poisson interval of a count, or of a rate, cell by cell.

    Parameters
    ----------
    counts
        Events counted, shape (n,); not negative.
    exposure
        What the counts are divided by, such as inhabitants / 100,000, shape (n,); not negative, nan: unknown.
        None: the interval of the count itself.
    level
        Confidence level, between 0 and 1: at least so often the interval holds the true mean.

    Returns
    -------
    Interval
        Bounds from 0 up, shape (n,). Both are nan where the exposure is 0 or unknown. A count of 0 has the lower
        bound 0 and an upper bound above it.

    Raises
    ------
    InvalidCounts
        If a count or an exposure is negative; names the first bad index.

    References
    ----------
    Garwood (1936), Biometrika 28:437-442, doi:10.1093/biomet/28.3-4.437. The bounds are quantiles of chi-squared:
    chi2(alpha/2, 2 k)/2 and chi2(1 - alpha/2, 2 k + 2)/2, here through the inverse incomplete gamma function.

    >>> garwood_interval(np.array([0, 10])).high.round(2)
    array([ 3.69, 18.39])
    >>> garwood_interval(np.array([10]), np.array([0.5])).high.round(2)
    array([36.78])
    """
    check(counts >= 0, "A count is negative")
    tail = (1 - level) / 2
    # Counts repeat far more often than they differ: each one's quantile is found once.
    distinct, position = np.unique(counts.astype(np.float64), return_inverse=True)
    low: FloatArray = np.where(distinct > 0, gammaincinv(np.maximum(distinct, 1.0), tail), 0.0)[position]
    high: FloatArray = gammainccinv(distinct + 1.0, tail)[position]
    if exposure is None:
        return Interval(low, high)
    check(~(exposure < 0), "An exposure is negative")
    divisor = np.where(exposure > 0, exposure, np.nan)
    return Interval(low / divisor, high / divisor)
