"""Intervals of means, and of a ratio of two means or totals."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri, stdtrit

from atlante.errors import InvalidSetting
from atlante.statistics.counts import amounts, check, check_between, check_lengths, counted, numeric
from atlante.statistics.intervals import Interval

if TYPE_CHECKING:
    import numpy.typing as npt

    from atlante.statistics.counts import CountArray, FloatArray


def mean_interval(n: CountArray, mean: FloatArray, sd: FloatArray, *, level: float = 0.95) -> Interval:
    """Return Student's t interval of a mean, cell by cell: mean ± t sd / sqrt(n).

    Parameters
    ----------
    n
        Firms with a known value, shape (n,); not negative, nan: unknown.
    mean
        Their mean, in the unit of the value, shape (n,); nan: unknown.
    sd
        Their standard deviation, divided by n - 1, same unit, shape (n,); not negative, nan: unknown.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        In the unit of the value, shape (n,). Both bounds are nan where fewer than two firms have a value, or the mean
        or deviation is unknown: one firm says nothing of how firms differ.

    Raises
    ------
    InvalidCounts
        If n is negative or not whole, a deviation is negative, or a number infinite; names the first bad index.

    References
    ----------
    Student (1908), Biometrika 6:1-25, doi:10.1093/biomet/6.1.1.

    >>> interval = mean_interval(np.array([10, 1]), np.array([5.0, 5.0]), np.array([2.0, np.nan]))
    >>> interval.low.round(3), interval.high.round(3)
    (array([3.569,   nan]), array([6.431,   nan]))
    """
    check_between("level", level, 0, 1)
    firms, centre, deviation = counted(n, "Firms"), numeric(mean, "Means"), amounts(sd, "Deviations")
    check_lengths(firms, centre, deviation, names="Firms, means and deviations")
    enough = np.where(firms > 1, firms, np.nan)
    half_width = stdtrit(enough - 1, (1 + level) / 2) * deviation / np.sqrt(enough)
    return Interval(centre - half_width, centre + half_width)


class RatioForm(IntEnum):
    """What Fieller's set of ratios looks like."""

    BOUNDED = 0
    EXTERIOR = 1
    WHOLE_LINE = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class RatioInterval:
    """A ratio and Fieller's set of the ratios that agree with the data.

    Attributes
    ----------
    value
        Numerator over denominator, shape (n,); nan where the denominator is 0 or something is unknown.
    low, high
        Bounds, shape (n,); -inf and inf where the set is not bounded, nan where something is unknown.
    form
        Of each place a :class:`RatioForm`, shape (n,), int8. ``EXTERIOR``: all ratios but an open gap; ``WHOLE_LINE``:
        every ratio. Both mean that the denominator can't be told from 0.
    excluded
        The gap where the form is ``EXTERIOR``; else nan.
    """

    value: FloatArray
    low: FloatArray
    high: FloatArray
    form: npt.NDArray[np.int8]
    excluded: Interval


def ratio_interval(
    numerator: FloatArray,
    denominator: FloatArray,
    variances: tuple[FloatArray, FloatArray, FloatArray | float],
    *,
    degrees_of_freedom: float | None = None,
    level: float = 0.95,
) -> RatioInterval:
    """Return Fieller's interval of a ratio of two estimates, cell by cell.

    It is the set of all ratios r for which numerator - r denominator does not differ from 0. Where the denominator does
    not differ from 0 either, that set is unbounded: no method that always gives a bounded one can keep its level.

    Parameters
    ----------
    numerator, denominator
        Estimates that are about normally distributed, such as means or totals, shape (n,); nan: unknown.
    variances
        Of the numerator, of the denominator (squared standard errors), and their covariance, each of shape (n,); the
        covariance may be one number, 0 where they are independent.
    degrees_of_freedom
        Of the variances; None: they are known, and the normal quantile is taken.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    RatioInterval
        Ratio, bounds and form, shape (n,).

    Raises
    ------
    InvalidCounts
        If a variance is negative, a covariance greater than its variances allow, or a number infinite; names the first
        bad index.
    InvalidSetting
        If the level or the degrees of freedom can't be.

    References
    ----------
    Fieller (1954), Journal of the Royal Statistical Society B 16:175-185, doi:10.1111/j.2517-6161.1954.tb00159.x;
    von Luxburg and Franz (2009), Statistica Sinica 19:1095-1117 (the three forms).

    >>> one = np.array([1.0, 1.0, 1.0])
    >>> ratio = ratio_interval(np.array([8.0, 8.0, 1.0]), np.array([10.0, 1.0, 1.0]), (one, one, 0.0))
    >>> ratio.form, ratio.low.round(3), ratio.high.round(3)
    (array([0, 1, 2], dtype=int8), array([0.574,  -inf,  -inf]), array([1.09,  inf,  inf]))
    >>> ratio.excluded.low.round(3), ratio.excluded.high.round(3)
    (array([  nan, -8.21,   nan]), array([  nan, 2.579,   nan]))
    """
    quantile = _quantile(level, degrees_of_freedom)
    above, below = numeric(numerator, "Numerators"), numeric(denominator, "Denominators")
    of_above, of_below = (amounts(variance, "Variances") for variance in variances[:2])
    between = np.broadcast_to(numeric(np.asarray(variances[2]), "Covariances"), np.shape(above))
    check_lengths(above, below, of_above, of_below, names="Numerators, denominators and their variances")
    check(~(between**2 > of_above * of_below * (1 + 1e-9)), "A covariance exceeds what the variances allow")
    # The ratios r with (above - r below)² <= q² (of_above - 2 r between + r² of_below): a quadratic in r.
    squared = below**2 - quantile**2 * of_below
    linear = above * below - quantile**2 * between
    constant = above**2 - quantile**2 * of_above
    root = np.sqrt(np.maximum(linear**2 - squared * constant, 0))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        roots = (linear - root) / squared, (linear + root) / squared
        value = above / below
    form = _forms(squared, linear, constant)
    is_bounded, is_exterior = form == RatioForm.BOUNDED, form == RatioForm.EXTERIOR
    beyond = np.where(form == RatioForm.UNKNOWN, np.nan, np.inf)
    excluded = Interval(*(np.where(is_exterior, bound, np.nan) for bound in roots[::-1]))
    return RatioInterval(
        np.where(np.isfinite(value), value, np.nan),
        np.where(is_bounded, roots[0], -beyond),
        np.where(is_bounded, roots[1], beyond),
        form,
        excluded,
    )


def _forms(squared: FloatArray, linear: FloatArray, constant: FloatArray) -> npt.NDArray[np.int8]:
    """Return the form of each set; where the quadratic is a straight line, its half line is widened to the whole."""
    form = np.full(squared.shape, RatioForm.WHOLE_LINE, dtype=np.int8)
    form[squared > 0] = RatioForm.BOUNDED
    form[(squared < 0) & (linear**2 > squared * constant)] = RatioForm.EXTERIOR
    form[np.isnan(squared + linear + constant)] = RatioForm.UNKNOWN
    return form


def _quantile(level: float, degrees_of_freedom: float | None) -> float:
    check_between("level", level, 0, 1)
    if degrees_of_freedom is None:
        return float(ndtri((1 + level) / 2))
    if not degrees_of_freedom > 0:
        raise InvalidSetting("degrees_of_freedom", degrees_of_freedom, "a number above 0")
    return float(stdtrit(degrees_of_freedom, (1 + level) / 2))
