"""Diversity: how evenly firms are spread over activities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import xlogy

from atlante.statistics.counts import check

if TYPE_CHECKING:
    from atlante.statistics.counts import FloatArray, IntArray


def shannon_entropy(counts: IntArray) -> FloatArray:
    """Return the Shannon entropy of each row's shares, in nats.

    Parameters
    ----------
    counts
        Firms by territory and activity, shape (n, k); not negative.

    Returns
    -------
    numpy.ndarray
        Shape (n,), from 0 (one activity) to ln k (all alike); nan where a row holds no firm.

    Raises
    ------
    InvalidCounts
        If a count is negative; names the first bad row.

    References
    ----------
    Shannon (1948), Bell System Technical Journal 27:379-423, doi:10.1002/j.1538-7305.1948.tb01338.x.

    >>> shannon_entropy(np.array([[1, 1], [2, 0], [0, 0]])).round(3)
    array([0.693, 0.   ,   nan])
    """
    check(counts >= 0, "A count is negative")
    firms = counts.sum(axis=1)
    shares: FloatArray = counts / np.maximum(firms, 1)[:, np.newaxis]
    entropy = np.abs(np.sum(xlogy(shares, shares), axis=1))  # every term is negative, and one activity is 0, not -0
    return np.where(firms > 0, entropy, np.nan)


def effective_number(counts: IntArray) -> FloatArray:
    """Return the effective number of activities of each row: the Hill number of order 1, exp(Shannon entropy).

    A territory with an effective number of 4 is as diverse as one whose firms are spread evenly over 4 activities.
    Unlike an index between 0 and 1 it doubles when two equally large territories without a common activity are joined.
    Few firms can't show many activities: it is never above their number, and small territories should be read with it.

    Parameters
    ----------
    counts
        Firms by territory and activity, shape (n, k); not negative. Firms of unknown activity are left out.

    Returns
    -------
    numpy.ndarray
        Shape (n,), from 1 (one firm, or all in one activity) to k; nan where a row holds no firm.

    Raises
    ------
    InvalidCounts
        If a count is negative; names the first bad row.

    References
    ----------
    Jost (2006), Oikos 113:363-375, doi:10.1111/j.2006.0030-1299.14714.x.

    >>> effective_number(np.array([[5, 5, 0], [8, 1, 1], [1, 0, 0], [0, 0, 0]])).round(2)
    array([2.  , 1.89, 1.  ,  nan])
    """
    return np.exp(shannon_entropy(counts))
