"""Significance: which territories differ from a reference, when very many are compared with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atlante.statistics.counts import amounts, by_place, check, check_between, check_lengths, numeric

if TYPE_CHECKING:
    from atlante.statistics.counts import FloatArray


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
    given = numeric(values, "Values")
    usual = by_place(numeric(reference, "References"), given.shape)
    is_unknown = np.isnan(given + usual)
    tested = np.asarray(p_values, dtype=np.float64)
    check_lengths(given, usual, tested, names="Values, references and p-values")
    adjusted = benjamini_hochberg(np.where(is_unknown, np.nan, tested))
    verdict = np.where(adjusted <= false_discovery_rate, np.sign(given - usual), 0.0)
    return Significance(np.where(np.isnan(adjusted), np.nan, verdict), adjusted)
