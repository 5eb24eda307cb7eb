"""Significance: whether a territory's value differs from a reference, when very many are compared with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtr, bdtrc, log_ndtr, ndtri, pdtr, pdtrc

from atlante.statistics.counts import amounts, check, check_between, check_lengths, counted, numeric

if TYPE_CHECKING:
    from atlante.statistics.counts import CountArray, FloatArray


@dataclass(frozen=True, slots=True)
class Significance:
    """What may be said of each territory against a reference.

    Attributes
    ----------
    verdict
        1 above, -1 below, 0 not distinguishable, nan unknown; shape (n,).
    adjusted
        P-values adjusted for the number of comparisons, shape (n,).
    """

    verdict: FloatArray
    adjusted: FloatArray


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
    usual = _reference(reference, with_it.shape)
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
    usual = numeric(np.asarray(reference), "References")
    usual = np.broadcast_to(usual, centre.shape) if usual.ndim == 0 else usual
    check_lengths(centre, bottom, top, usual, names="Values, bounds and references")
    check(~((bottom > centre) | (top < centre)), "A value is outside its interval")
    distance = np.abs(centre - usual)
    facing = np.where(centre > usual, centre - bottom, top - centre)
    with np.errstate(divide="ignore", invalid="ignore"):
        standardised = np.where(distance == 0, 0.0, distance / facing) * ndtri((1 + level) / 2)
    p_values = np.exp(np.minimum(log_ndtr(-standardised) + np.log(2), 0))
    return np.where(np.isnan(centre + bottom + top + usual), np.nan, p_values)


def benjamini_hochberg(p_values: FloatArray) -> FloatArray:
    """Return p-values adjusted for their number: those up to q are findings of which a share q is expected to be false.

    Parameters
    ----------
    p_values
        Shape (n,), 0..1; nan: unknown, and not among the comparisons.

    Returns
    -------
    numpy.ndarray
        Shape (n,), 0..1, in the order given, none below its p-value; nan where that is.

    Raises
    ------
    InvalidCounts
        If a p-value is not in 0..1; names the first bad index.

    References
    ----------
    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57:289-300,
    doi:10.1111/j.2517-6161.1995.tb02031.x.

    >>> benjamini_hochberg(np.array([0.01, 0.04, np.nan, 0.03])).round(3)
    array([0.03, 0.04,  nan, 0.04])
    """
    given = amounts(p_values, "P-values")
    check(~(given > 1), "P-values exceed 1")
    adjusted = np.full(given.shape, np.nan)
    known = np.flatnonzero(~np.isnan(given))
    order = known[np.argsort(given[known], kind="stable")]
    scaled = given[order] * (len(order) / np.arange(1, len(order) + 1))  # a factor of 1 or more: none falls by rounding
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def significance_against(
    values: FloatArray,
    p_values: FloatArray,
    reference: FloatArray | float,
    *,
    false_discovery_rate: float = 0.05,
) -> Significance:
    """Return which values are above or below a reference, with false discoveries controlled over all of them.

    Parameters
    ----------
    values
        Shape (n,); nan: unknown.
    p_values
        Of the comparison of each with the reference, such as by :func:`binomial_p_values`, shape (n,); nan: unknown.
    reference
        In the unit of the values: one number or shape (n,).
    false_discovery_rate
        Of those called above or below, the expected share that is not; between 0 and 1.

    Returns
    -------
    Significance
        Verdicts and adjusted p-values, shape (n,); nan where something is unknown.

    Raises
    ------
    InvalidCounts
        If a p-value is not in 0..1, or a number infinite; names the first bad index.
    InvalidSetting
        If the rate can't be.

    References
    ----------
    Benjamini and Hochberg (1995), as above.

    >>> values, p_values = np.array([0.4, 0.1, 0.2, np.nan]), np.array([0.001, 0.02, 0.6, np.nan])
    >>> significance_against(values, p_values, 0.25).verdict
    array([ 1., -1.,  0., nan])
    """
    check_between("false_discovery_rate", false_discovery_rate, 0, 1)
    given, usual = numeric(values, "Values"), numeric(np.asarray(reference), "References")
    usual = np.broadcast_to(usual, given.shape) if usual.ndim == 0 else usual
    is_unknown = np.isnan(given + usual)
    tested = np.asarray(p_values, dtype=np.float64)
    check_lengths(given, usual, tested, names="Values, references and p-values")
    adjusted = benjamini_hochberg(np.where(is_unknown, np.nan, tested))
    verdict = np.where(adjusted <= false_discovery_rate, np.sign(given - usual), 0.0)
    return Significance(np.where(np.isnan(adjusted), np.nan, verdict), adjusted)


def _reference(reference: FloatArray | float, shape: tuple[int, ...]) -> FloatArray:
    given = amounts(np.asarray(reference), "References")
    return np.broadcast_to(given, shape) if given.ndim == 0 else given


def _two_sided(at_most: FloatArray, at_least: FloatArray) -> FloatArray:
    p_values: FloatArray = np.minimum(2 * np.minimum(at_most, at_least), 1.0)
    return p_values
