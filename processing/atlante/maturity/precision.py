"""Shares from weighted answers, and how far they can be relied on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri, stdtrit

from atlante.statistics.intervals import score_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int64]
type BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Shares:
    """Weighted shares by territory and category; each array has the shape (territories, categories).

    Attributes
    ----------
    value, low, high
        Share and its interval, 0..1; nan where nobody answered.
    n
        Respondents of the territory, shape (territories,).
    n_in
        Respondents of the territory in the category.
    n_eff
        Effective sample size, at most `n`.
    n_kish
        Respondents divided by Kish's design effect of their weights, shape (territories,).
    cv
        Standard error of the share divided by it; nan where the share is 0 or nobody answered.
    """

    value: FloatArray
    low: FloatArray
    high: FloatArray
    n: IntArray
    n_in: IntArray
    n_eff: FloatArray
    n_kish: FloatArray
    cv: FloatArray


def estimate_shares(
    weights: FloatArray,
    category: IntArray,
    territory: IntArray,
    *,
    shape: tuple[int, int],
    confidence: float = 0.95,
) -> Shares:
    """Return the weighted share of each category in each territory, with its interval.

    The variance is that of a ratio by Taylor linearisation, with respondents drawn with replacement: v = n/(n - 1)
    sum(w^2 (y - p)^2) / sum(w)^2. It leaves out that the margins are known, which makes it too large rather than too
    small. The effective sample size is p (1 - p)/v, at most n; where all or none are in the category, v says nothing
    and it is n divided by Kish's design effect. The interval is Wilson's at the effective sample size.

    Parameters
    ----------
    weights
        Of respondents, shape (n,), positive.
    category, territory
        Which category and territory each respondent is in, shape (n,), from 0 up. A respondent whose territory is -1
        counts nowhere.
    shape
        Number of territories and of categories.
    confidence
        Level of the intervals.

    References
    ----------
    Woodruff (1971), JASA 66:411-414, doi:10.1080/01621459.1971.10482279 (linearisation); Korn & Graubard (1998),
    Survey Methodology 24:193-201 (effective sample size); Parker et al. (2017), Vital and Health Statistics 2(175)
    (its limit); Franco et al. (2019), Journal of Survey Statistics and Methodology 7:334-364, doi:10.1093/jssam/smy019
    (Wilson's interval at the effective sample size).
    """
    is_here = territory >= 0
    weights, category, territory = weights[is_here], category[is_here], territory[is_here]
    places, kinds = shape
    cell = territory * kinds + category
    n = np.bincount(territory, minlength=places)
    n_in = np.bincount(cell, minlength=places * kinds).reshape(shape)
    total, squares = (np.bincount(territory, weights**power, minlength=places) for power in (1, 2))
    part, part_squares = (
        np.bincount(cell, weights**power, minlength=places * kinds).reshape(shape) for power in (1, 2)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        value = part / total[:, None]
        # sum(w^2 (y - p)^2), taken apart by y = 1 and y = 0
        spread = part_squares * (1 - value) ** 2 + (squares[:, None] - part_squares) * value**2
        variance = (n / (n - 1))[:, None] * spread / total[:, None] ** 2
        n_kish = total**2 / squares
        is_inner = (n_in > 0) & (n_in < n[:, None])
        n_eff = np.where(is_inner, np.minimum(value * (1 - value) / variance, n[:, None]), n_kish[:, None])
        value = np.where(n_in == 0, 0 * value, np.where(n_in == n[:, None], 1 + 0 * value, value))
        interval = score_interval(value * n_eff, n_eff, confidence)
        reach = (interval.high - interval.low) / 2
        error = np.where(is_inner, np.sqrt(value * (1 - value) / n_eff), reach / _quantile(confidence))
        cv = np.where(value > 0, error / value, np.nan)
    return Shares(value, interval.low, interval.high, n, n_in, n_eff, n_kish, cv)


@dataclass(frozen=True, slots=True)
class Means:
    """Weighted means by territory; each array has the shape (territories,). Otherwise as :class:`Shares`.

    Attributes
    ----------
    low, high
        Bounds of the interval; nan where fewer than two answered.
    """

    value: FloatArray
    low: FloatArray
    high: FloatArray
    n: IntArray
    n_kish: FloatArray
    cv: FloatArray


def estimate_means(
    weights: FloatArray, values: FloatArray, territory: IntArray, *, places: int, confidence: float = 0.95
) -> Means:
    """Return the weighted mean of a value in each territory, with Student's interval.

    The variance is n/(n - 1) sum(w^2 (y - mean)^2) / sum(w)^2, as that of shares; degrees of freedom are n - 1.

    Parameters
    ----------
    weights, values, territory
        Of respondents, shape (n,); a respondent whose value is nan or whose territory is -1 counts nowhere.
    places
        Number of territories.

    References
    ----------
    Woodruff (1971), JASA 66:411-414, doi:10.1080/01621459.1971.10482279.

    >>> estimate_means(np.ones(3), np.array([1.0, 2.0, 3.0]), np.zeros(3, np.int64), places=1).high.round(2)
    array([4.48])
    """
    is_here = (territory >= 0) & ~np.isnan(values)
    weights, values, territory = weights[is_here], values[is_here], territory[is_here]
    n = np.bincount(territory, minlength=places)
    total, squares = (np.bincount(territory, weights**power, minlength=places) for power in (1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(territory, weights * values, minlength=places) / total
        spread = np.bincount(territory, (weights * (values - mean[territory])) ** 2, minlength=places)
        error = np.sqrt(np.where(n > 1, n / (n - 1.0) * spread, np.nan)) / total
        reach = error * stdtrit(np.maximum(n - 1.0, 1.0), (1 + confidence) / 2)
        cv = np.where(mean > 0, error / mean, np.nan)
        return Means(mean, mean - reach, mean + reach, n, total**2 / squares, cv)


def is_low_reliability(cv: FloatArray, n: IntArray, *, limit: float, minimum: int) -> BoolArray:
    """Return which estimates are of low reliability: on few respondents, or of a large coefficient of variation.

    Parameters
    ----------
    cv
        Coefficients of variation; nan counts as too large.
    n
        Respondents, of the same shape or one that can be broadcast.
    limit, minimum
        The largest coefficient and the smallest number of respondents that will do.

    References
    ----------
    Statistics Canada releases estimates with a coefficient up to 16.5 % without restriction and up to 33.3 % with a
    warning, and asks for ten observations (Canadian Community Health Survey, release guidelines).

    >>> is_low_reliability(np.array([0.1, 0.2, 0.1, np.nan]), np.array([50, 50, 9, 50]), limit=0.166, minimum=10)
    array([False,  True,  True,  True])
    """
    flagged: BoolArray = ~(cv <= limit) | (n < minimum)
    return flagged


def _quantile(confidence: float) -> float:
    return float(ndtri((1 + confidence) / 2))
