"""Concentration: whether a few activities hold most of a territory's firms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atlante.statistics.diversity import shares_of_rows

if TYPE_CHECKING:
    from atlante.statistics.counts import CountArray, FloatArray


def hhi(counts: CountArray, *, is_normalised: bool = False) -> FloatArray:
    """Return the Herfindahl-Hirschman index of each row: the sum of squared shares.

    It is the chance that two firms, drawn with replacement, have the same activity; its inverse is the Hill number of
    order 2.

    Parameters
    ----------
    counts
        Firms by territory and activity, shape (n, k); not negative, nan: unknown.
    is_normalised
        Whether to stretch it to 0..1: (H - 1/k) / (1 - 1/k), with k the number of columns, empty ones among them.

    Returns
    -------
    numpy.ndarray
        Shape (n,), from 1/k, or 0 where normalised, to 1 (all in one); nan where a row holds no firm or something
        unknown, and normalised also everywhere with fewer than two columns.

    Raises
    ------
    InvalidCounts
        If a count is negative; names the first bad row.

    References
    ----------
    Hirschman (1964), American Economic Review 54:761; Rhoades (1993), Federal Reserve Bulletin 79:188-189.

    >>> hhi(np.array([[50, 30, 20], [1, 0, 0], [0, 0, 0]])).round(2)
    array([0.38, 1.  ,  nan])
    >>> hhi(np.array([[50, 30, 20], [7, 7, 7]]), is_normalised=True).round(2)
    array([0.07, 0.  ])
    """
    shares = shares_of_rows(counts)
    columns = shares.shape[1]
    index: FloatArray = np.where(columns > 0, np.minimum(np.sum(shares**2, axis=1), 1.0), np.nan)
    if not is_normalised:
        return index
    if columns <= 1:
        return np.full(len(index), np.nan)
    normalised: FloatArray = np.maximum((index - 1 / columns) / (1 - 1 / columns), 0.0)
    return normalised
