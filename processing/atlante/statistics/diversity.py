"""Diversity: how evenly firms are spread over activities, or over the stages of a filiera."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import xlogy

from atlante.statistics.counts import amounts, check_table

if TYPE_CHECKING:
    from atlante.statistics.counts import CountArray, FloatArray


def shares_of_rows(counts: CountArray) -> FloatArray:
    """Return each row's shares, shape (n, k): of a row that holds nothing, or something unknown, all are nan.

    >>> shares_of_rows(np.array([[1, 3], [0, 0]]))
    array([[0.25, 0.75],
           [ nan,  nan]])
    """
    firms = amounts(counts, "Counts")
    check_table(firms, "Counts")
    total = firms.sum(axis=1, keepdims=True)
    return firms / np.where(total > 0, total, np.nan)


def shannon_entropy(counts: CountArray) -> FloatArray:
    """Return the Shannon entropy of each row's shares, in nats.

    Parameters
    ----------
    counts
        Firms by territory and activity, shape (n, k); not negative, nan: unknown.

    Returns
    -------
    numpy.ndarray
        Shape (n,), from 0 (one activity) to ln k (all alike); nan where a row holds no firm or something unknown.

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
    shares = shares_of_rows(counts)
    entropy = np.abs(np.sum(xlogy(shares, shares), axis=1))  # every term is negative, and one activity is 0, not -0
    return np.where(shares.shape[1] > 0, entropy, np.nan)


def effective_number(counts: CountArray) -> FloatArray:
    """Return the effective number of activities of each row: the Hill number of order 1, exp(Shannon entropy).

    A territory with an effective number of 4 is as diverse as one whose firms are spread evenly over 4 activities.
    Unlike an index between 0 and 1 it doubles when two equally large territories without a common activity are joined.
    Few firms can't show many activities: it is never above their number, and small territories should be read with it.

    Parameters
    ----------
    counts
        Firms by territory and activity, shape (n, k); not negative, nan: unknown. Firms of unknown activity are left
        out.

    Returns
    -------
    numpy.ndarray
        Shape (n,), from 1 (one firm, or all in one activity) to k; nan where a row holds no firm or something unknown.

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


def shannon_evenness(counts: CountArray) -> FloatArray:
    """Return Pielou's evenness of each row: its Shannon entropy over ln k, with k the number of columns.

    Columns without firms count: over the stages of a filiera, a missing stage lowers it.

    Parameters
    ----------
    counts
        Firms by territory and activity or stage, shape (n, k); not negative, nan: unknown.

    Returns
    -------
    numpy.ndarray
        Shape (n,), from 0 (all in one) to 1 (all alike); nan where a row holds no firm or something unknown, and
        everywhere with fewer than two columns, as there is nothing to be even over.

    Raises
    ------
    InvalidCounts
        If a count is negative; names the first bad row.

    References
    ----------
    Pielou (1966), Journal of Theoretical Biology 13:131-144, doi:10.1016/0022-5193(66)90013-0.

    >>> shannon_evenness(np.array([[4, 4, 4], [6, 6, 0], [9, 0, 0], [0, 0, 0]])).round(3)
    array([1.   , 0.631, 0.   ,   nan])
    """
    entropy = shannon_entropy(counts)
    return np.minimum(entropy / _largest(counts), 1.0)


def theil_redundancy(counts: CountArray) -> FloatArray:
    """Return Theil's redundancy of each row: ln k less its Shannon entropy, with k the number of columns.

    It is Theil's T of the columns' firms: how much they are concentrated in few of the k columns.

    Parameters
    ----------
    counts
        Firms by territory and activity or stage, shape (n, k); not negative, nan: unknown.

    Returns
    -------
    numpy.ndarray
        Shape (n,), from 0 (all alike) to ln k (all in one), in nats; nan where a row holds no firm or something
        unknown, and everywhere with fewer than two columns.

    Raises
    ------
    InvalidCounts
        If a count is negative; names the first bad row.

    References
    ----------
    Theil (1967), Economics and information theory, North-Holland, ch. 4.

    >>> theil_redundancy(np.array([[4, 4, 4], [9, 0, 0]])).round(3)
    array([0.   , 1.099])
    """
    entropy = shannon_entropy(counts)
    return np.maximum(_largest(counts) - entropy, 0.0)


def _largest(counts: CountArray) -> float:
    """Return the entropy of firms that are spread evenly over all columns; nan where there is but one."""
    columns = counts.shape[1]
    return float(np.log(columns)) if columns > 1 else float("nan")
