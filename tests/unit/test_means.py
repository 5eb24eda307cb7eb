"""Student's and Fieller's intervals, by published examples and by their definition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from atlante.errors import InvalidCounts, InvalidSetting
from atlante.statistics import RatioForm, mean_interval, ratio_interval


def test_the_extra_sleep_of_ten_patients_has_the_interval_of_student() -> None:
    """Student (1908), Biometrika 6:1-25; by R's t.test of the paired differences in ?sleep: 0.7001142 2.4598858."""
    extra = np.array([1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4])
    interval = mean_interval(np.array([10]), np.array([extra.mean()]), np.array([extra.std(ddof=1)]))
    assert interval.low[0] == pytest.approx(0.7001142, abs=5e-8)
    assert interval.high[0] == pytest.approx(2.4598858, abs=5e-8)


def test_the_interval_of_a_mean_agrees_with_scipy() -> None:
    n = np.arange(2, 60)
    interval = mean_interval(n, np.full(58, 3.0), np.full(58, 1.5), level=0.9)
    low, high = t.interval(0.9, n - 1, loc=3.0, scale=1.5 / np.sqrt(n))
    np.testing.assert_allclose([interval.low, interval.high], [low, high])


def test_one_firm_or_none_says_nothing_of_how_firms_differ() -> None:
    interval = mean_interval(np.array([0, 1, np.nan, 3]), np.array([np.nan, 2, 2, 2]), np.array([np.nan, 0, 1, 0]))
    np.testing.assert_array_equal(interval.low, [np.nan, np.nan, np.nan, 2])


def test_the_bounds_of_a_ratio_are_where_the_difference_from_it_is_just_significant() -> None:
    """Fieller (1954): (a - r b)² = q² (var a - 2 r cov + r² var b) at both bounds."""
    above, below = np.array([8.0, -3.0, 0.0]), np.array([10.0, 7.0, 5.0])
    of_above, of_below, between = np.array([1.0, 2.0, 0.5]), np.array([1.0, 0.5, 1.0]), np.array([0.5, -0.5, 0.0])
    ratio = ratio_interval(above, below, (of_above, of_below, between), degrees_of_freedom=12)
    assert (ratio.form == RatioForm.BOUNDED).all()
    for bound in (ratio.low, ratio.high):
        squared = (above - bound * below) ** 2 / (of_above - 2 * bound * between + bound**2 * of_below)
        np.testing.assert_allclose(np.sqrt(squared), t.isf(0.025, 12))
    assert (ratio.low < ratio.value).all()
    assert (ratio.value < ratio.high).all()


def test_a_ratio_to_something_known_exactly_is_the_interval_of_its_numerator() -> None:
    ratio = ratio_interval(np.array([6.0]), np.array([2.0]), (np.array([1.0]), np.array([0.0]), 0.0))
    np.testing.assert_allclose([ratio.low[0], ratio.high[0]], [3 - 0.979982, 3 + 0.979982], atol=1e-6)


def test_a_denominator_that_may_be_0_leaves_the_ratio_unbounded_and_says_so() -> None:
    one = np.ones(4)
    ratio = ratio_interval(np.array([8.0, 1.0, 1.0, np.nan]), np.array([1.0, 1.0, 0.0, 1.0]), (one, one, 0.0))
    assert ratio.form.tolist() == [RatioForm.EXTERIOR, RatioForm.WHOLE_LINE, RatioForm.WHOLE_LINE, RatioForm.UNKNOWN]
    np.testing.assert_array_equal(ratio.low, [-np.inf, -np.inf, -np.inf, np.nan])
    np.testing.assert_array_equal(ratio.high, [np.inf, np.inf, np.inf, np.nan])
    np.testing.assert_array_equal(np.isnan(ratio.value), [False, False, True, True])
    assert ratio.excluded.low[0] < 0 < ratio.excluded.high[0] < 8
    assert np.isnan(ratio.excluded.low[1:]).all()


def test_impossible_moments_are_refused_at_their_index() -> None:
    one = np.ones(2)
    with pytest.raises(InvalidCounts, match=r"Deviations are negative \(first at index 1\)"):
        mean_interval(one, one, np.array([1.0, -1.0]))
    with pytest.raises(InvalidCounts, match=r"Firms are not whole numbers \(first at index 0\)"):
        mean_interval(one / 2, one, one)
    with pytest.raises(InvalidCounts, match=r"covariance .* \(first at index 1\)"):
        ratio_interval(one, one, (one, one, np.array([0.5, 1.5])))
    with pytest.raises(InvalidCounts, match=r"differ in shape: \(2,\) and \(1,\) \(first at index 1\)"):
        mean_interval(one, one, np.ones(1))
    with pytest.raises(InvalidSetting, match="degrees_of_freedom is 0"):
        ratio_interval(one, one, (one, one, 0.0), degrees_of_freedom=0)
    with pytest.raises(InvalidSetting, match="level is 95"):
        mean_interval(one, one, one, level=95)
