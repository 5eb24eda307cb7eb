"""Specialisation: how far a territory's mix of activities is from that of a reference, such as the country."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atlante.errors import InvalidCounts
from atlante.statistics.counts import amounts, by_place, check, check_between, check_lengths, counted
from atlante.statistics.diversity import shares_of_rows
from atlante.statistics.intervals import Interval, score_interval

if TYPE_CHECKING:
    from atlante.statistics.counts import CountArray, FloatArray


@dataclass(frozen=True, slots=True)
class LocationQuotient:
    """Location quotients and their bounds, shape (n,): 1 is the country's share."""

    value: FloatArray
    low: FloatArray
    high: FloatArray


def location_quotient(
    x_rs: CountArray,
    x_r: CountArray,
    x_s: CountArray | int,
    x: CountArray | int,
    *,
    level: float = 0.95,
) -> LocationQuotient:
    """Return location quotients with intervals: a territory's share of firms of a sort over the country's share.

    LQ = (x_rs / x_r) / (x_s / x). The territory is a part of the country, so its share is compared with that of the
    rest of it: with w = x_r / x and R the ratio of the two shares, LQ = R / (w R + 1 - w). The bounds are those of R,
    from Wilson's limits of both shares by the method of variance estimates recovery, put into the same formula. So they
    stay between 0 and 1 / w, and one firm, none of the sort, or all of it still have an interval with a width, which
    the delta method does not give.

    Parameters
    ----------
    x_rs
        Firms of the sort in each territory, shape (n,); nan: unknown.
    x_r
        All firms of each territory, shape (n,).
    x_s, x
        Firms of the sort, and all firms, of the country, those of the territory among them: a number, or shape (n,).
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    LocationQuotient
        Shape (n,), from 0 up. All are nan where the territory has no firm, the country none of the sort, or a count is
        unknown. Where the territory is the whole country, value and bounds are 1.

    Raises
    ------
    InvalidCounts
        If a count is negative or not whole, or a part exceeds its whole; names the first bad index.

    References
    ----------
    Florence (1939), Report on the location of industry, PEP; interval: Donner and Zou (2012), Statistical Methods in
    Medical Research 21:347-359, doi:10.1177/0962280210383082; the delta method, for comparison: Moineddin, Beyene and
    Boyle (2003), Geographical Analysis 35:249-256, doi:10.1111/j.1538-4632.2003.tb01113.x.

    >>> quotient = location_quotient(np.array([20, 0, 1]), np.array([100, 10, 1]), 1_000, 10_000)
    >>> quotient.value.round(2), quotient.low.round(2), quotient.high.round(2)
    (array([ 2.,  0., 10.]), array([1.34, 0.  , 2.07]), array([ 2.88,  2.77, 10.61]))
    """
    check_between("level", level, 0, 1)
    inside, inside_all = counted(x_rs, "Firms of the sort"), counted(x_r, "Firms")
    whole, whole_all = _of_country(x_s, inside.shape), _of_country(x, inside.shape)
    check_lengths(inside, inside_all, whole, whole_all, names="The four counts")
    rest, rest_all = whole - inside, whole_all - inside_all
    check(~(inside > inside_all), "Firms of the sort exceed all firms of the territory")
    check(~(rest < 0), "Firms of the sort in the territory exceed those in the country")
    check(~(rest_all < 0), "Firms of the territory exceed those of the country")
    check(~(rest > rest_all), "Outside the territory, firms of the sort exceed all firms")
    ratio = _ratio_of_shares((inside, inside_all), (rest, rest_all), level)
    portion = inside_all / np.where(whole_all > 0, whole_all, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (inside / inside_all) / (whole / whole_all)
    is_known = np.isfinite(value) & ~np.isnan(portion)
    low, high = (
        np.where(is_known, np.where(rest_all == 0, 1.0, _nested(bound, portion)), np.nan)
        for bound in (ratio.low, ratio.high)
    )
    # At the ends the formula is exact, and rounding must not put the value outside.
    value = np.where(is_known, value, np.nan)
    return LocationQuotient(value, np.minimum(low, value), np.maximum(high, value))


def _of_country(count: CountArray | int, shape: tuple[int, ...]) -> FloatArray:
    return by_place(counted(count, "Firms of the country"), shape)


def _nested(ratio: FloatArray, portion: FloatArray) -> FloatArray:
    """Return the quotient to the whole from the ratio to the rest; an infinite ratio has its limit, 1 / portion."""
    finite = np.where(np.isinf(ratio), 0.0, ratio)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isinf(ratio), 1 / portion, finite / (portion * finite + 1 - portion))


def _ratio_of_shares(
    above: tuple[FloatArray, FloatArray], below: tuple[FloatArray, FloatArray], level: float
) -> Interval:
    """Return the interval of a ratio of two independent shares, recovered from the Wilson limits of each."""
    limits_above, limits_below = score_interval(*above, level), score_interval(*below, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = above[0] / above[1], below[0] / below[1]
        product = first * second
        at_most = limits_below.high * (2 * second - limits_below.high)
        at_least = limits_below.low * (2 * second - limits_below.low)
        down = product**2 - limits_above.low * (2 * first - limits_above.low) * at_most
        up = product**2 - limits_above.high * (2 * first - limits_above.high) * at_least
        low = (product - np.sqrt(np.maximum(down, 0))) / at_most
        high = np.where(second == 0, np.inf, (product + np.sqrt(np.maximum(up, 0))) / at_least)
    # Where the upper limit of the rest is just twice its share, both terms vanish: nothing is ruled out from below.
    return Interval(np.where(np.isfinite(low), np.maximum(low, 0), 0.0), high)


def krugman(counts: CountArray, reference: CountArray) -> FloatArray:
    """Return Krugman's index of specialisation: the sum of absolute differences of the shares from a reference.

    Parameters
    ----------
    counts
        Firms by territory and activity, shape (n, k); not negative, nan: unknown.
    reference
        Firms by activity, shape (k,), of all territories alike, such as the country's; or a table of shape (n, k).

    Returns
    -------
    numpy.ndarray
        Shape (n,), from 0 (the same mix) to 2 (no activity in common); nan where either side holds no firm or something
        unknown.

    Raises
    ------
    InvalidCounts
        If a count is negative, or the tables have not the same activities; names the first bad row.

    References
    ----------
    Krugman (1991), Geography and trade, MIT Press, p. 75.

    >>> krugman(np.array([[5, 5, 0], [0, 0, 3], [0, 0, 0]]), np.array([1, 1, 0]))
    array([ 0.,  2., nan])
    """
    shares = shares_of_rows(counts)
    usual = amounts(reference, "Reference counts")
    usual = shares_of_rows(usual[np.newaxis] if usual.ndim == 1 else usual)
    if usual.shape not in {(1, shares.shape[1]), shares.shape}:
        problem = f"Counts and reference differ in shape: {shares.shape} and {np.shape(reference)}"
        raise InvalidCounts(problem, min(len(shares), len(usual)) if len(usual) not in {1, len(shares)} else 0)
    difference = np.abs(shares - usual).sum(axis=1)
    return np.where(shares.shape[1] > 0, np.minimum(difference, 2.0), np.nan)


def finger_kreinin(counts: CountArray, reference: CountArray) -> FloatArray:
    """Return how similar each row's shares are to a reference: the sum of the smaller of each two shares.

    Parameters
    ----------
    counts, reference
        As of :func:`krugman`.

    Returns
    -------
    numpy.ndarray
        Shape (n,), from 0 (no activity in common) to 1 (the same mix): 1 - K / 2, with K Krugman's index; nan as there.

    Raises
    ------
    InvalidCounts
        If a count is negative, or the tables have not the same activities; names the first bad row.

    References
    ----------
    Finger and Kreinin (1979), Economic Journal 89:905-912, doi:10.2307/2231506.

    >>> finger_kreinin(np.array([[2, 1, 1], [0, 0, 3]]), np.array([1, 1, 0]))
    array([0.75, 0.  ])
    """
    return 1 - krugman(counts, reference) / 2
