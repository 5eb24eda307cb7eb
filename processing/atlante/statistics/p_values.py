"""P-values of territories against a reference: exact ones of shares and counts, and those that intervals imply."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtr, bdtrc, log_ndtr, ndtri, pdtr, pdtrc

from atlante.statistics.counts import amounts, by_place, check, check_between, check_lengths, counted, numeric

if TYPE_CHECKING:
    from atlante.statistics.counts import CountArray, FloatArray


def binomial_p_values(successes: CountArray, trials: CountArray, reference: FloatArray | float) -> FloatArray:
    """Return exact two-sided p-values of shares against a reference: twice the smaller tail of the binomial.

    Parameters
    ----------
    successes, trials
        Firms counted, shape (n,); 0 <= successes <= trials, nan: unknown.
    reference
        The share compared with, in 0..1: one number, such as the country's, or shape (n,). A territory that makes up
        much of the country is compared with itself in part; give the rest of the country there.

    Returns
    -------
    numpy.ndarray
        Shape (n,), 0..1; nan where trials is 0 or something is unknown.

    Raises
    ------
    InvalidCounts
        If a count is negative or not whole, successes exceed trials, or a reference is not in 0..1; names the first bad
        index.

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26:404-413, doi:10.1093/biomet/26.4.404.

    >>> binomial_p_values(np.array([1, 9, 0]), np.array([10, 10, 0]), 0.5).round(4)
    array([0.0215, 0.0215,    nan])
    """
    with_it, of_all = counted(successes, "Successes"), counted(trials, "Trials")
    usual = by_place(amounts(reference, "References"), with_it.shape)
    check_lengths(with_it, of_all, usual, names="Successes, trials and references")
    check(~(with_it > of_all), "Successes exceed trials")
    check(~(usual > 1), "References exceed 1")
    is_known = (of_all > 0) & ~np.isnan(with_it + usual)
    k, n, share = (np.where(is_known, each, 0) for each in (with_it, of_all, usual))
    at_least = np.where(k > 0, bdtrc(np.maximum(k - 1, 0), n.astype(np.int64), share), 1.0)
    return np.where(is_known, _two_sided(bdtr(k, n.astype(np.int64), share), at_least), np.nan)


def poisson_p_values(counts: CountArray, expected: FloatArray) -> FloatArray:
    """Return exact two-sided p-values of counts against what a reference rate expects: twice the smaller Poisson tail.

    Parameters
    ----------
    counts
        Events counted, shape (n,); nan: unknown.
    expected
        Exposure times the reference rate, shape (n,); not negative, nan: unknown.

    Returns
    -------
    numpy.ndarray
        Shape (n,), 0..1; nan where something is unknown.

    Raises
    ------
    InvalidCounts
        If a count is negative or not whole, or an expectation negative; names the first bad index.

    References
    ----------
    Garwood (1936), Biometrika 28:437-442, doi:10.1093/biomet/28.3-4.437.

    >>> poisson_p_values(np.array([0, 10, 4]), np.array([4.0, 4.0, 4.0])).round(4)
    array([0.0366, 0.0163, 1.    ])
    """
    events, usual = counted(counts, "Counts"), amounts(expected, "Expectations")
    check_lengths(events, usual, names="Counts and expectations")
    at_least = np.where(events > 0, pdtrc(np.maximum(events - 1, 0), usual), 1.0)
    return np.where(np.isnan(events + usual), np.nan, _two_sided(pdtr(events, usual), at_least))


def interval_p_values(
    values: FloatArray,
    low: FloatArray,
    high: FloatArray,
    reference: FloatArray | float,
    *,
    level: float = 0.95,
) -> FloatArray:
    """Return two-sided p-values that follow from intervals: for values that have no exact test, such as quotients.

    The side of the interval that faces the reference is taken for a normal one, so that the p-value is 1 - level just
    where a bound meets the reference.

    Parameters
    ----------
    values, low, high
        Values and their intervals, shape (n,); low <= value <= high, nan: unknown.
    reference
        In the unit of the values: one number or shape (n,).
    level
        Confidence level of the intervals, between 0 and 1.

    Returns
    -------
    numpy.ndarray
        Shape (n,), 0..1; nan where something is unknown. Without a width it is 1 where the value is the reference,
        else 0.

    Raises
    ------
    InvalidCounts
        If a value is outside its interval, or a number infinite; names the first bad index.

    References
    ----------
    Altman and Bland (2011), BMJ 343:d2304, doi:10.1136/bmj.d2304.

    >>> interval_p_values(np.array([1.5, 1.5]), np.array([1.0, 1.2]), np.array([2.5, 2.5]), 1).round(4)
    array([0.05  , 0.0011])
    """
    check_between("level", level, 0, 1)
    centre, bottom, top = numeric(values, "Values"), numeric(low, "Lower bounds"), numeric(high, "Upper bounds")
    usual = by_place(numeric(reference, "References"), centre.shape)
    check_lengths(centre, bottom, top, usual, names="Values, bounds and references")
    check(~((bottom > centre) | (top < centre)), "A value is outside its interval")
    distance = np.abs(centre - usual)
    facing = np.where(centre > usual, centre - bottom, top - centre)
    with np.errstate(divide="ignore", invalid="ignore"):
        standardised = np.where(distance == 0, 0.0, distance / facing) * ndtri((1 + level) / 2)
    p_values = np.exp(np.minimum(log_ndtr(-standardised) + np.log(2), 0))
    return np.where(np.isnan(centre + bottom + top + usual), np.nan, p_values)


def _two_sided(at_most: FloatArray, at_least: FloatArray) -> FloatArray:
    p_values: FloatArray = np.minimum(2 * np.minimum(at_most, at_least), 1.0)
    return p_values
