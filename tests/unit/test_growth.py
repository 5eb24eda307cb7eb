"""Growth from a base, by hand, and what is said where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from atlante.errors import InvalidCounts, InvalidSetting
from atlante.statistics import GrowthStatus, cagr, difference, growth_rate, index_number

BASE = np.array([50.0, 50.0, 0.0, 0.0, -4.0, np.nan, 50.0])
VALUE = np.array([60.0, 0.0, 5.0, 0.0, 2.0, 1.0, np.nan])
REASONS = [
    GrowthStatus.COMPUTED,
    GrowthStatus.COMPUTED,
    GrowthStatus.ZERO_BASE,
    GrowthStatus.ZERO_BASE,
    GrowthStatus.NEGATIVE_BASE,
    GrowthStatus.UNKNOWN,
    GrowthStatus.UNKNOWN,
]


def test_a_rate_an_index_and_a_yearly_rate_are_computed_from_a_positive_base_alone() -> None:
    unknown = [np.nan] * 5
    for growth, expected in (
        (growth_rate(BASE, VALUE), [0.2, -1]),
        (index_number(BASE, VALUE), [120, 0]),
        (index_number(BASE, VALUE, scale=1), [1.2, 0]),
        (cagr(BASE, VALUE, 2), [np.sqrt(1.2) - 1, -1]),
    ):
        np.testing.assert_allclose(growth.value, [*expected, *unknown])
        assert growth.status.tolist() == REASONS


def test_a_difference_needs_no_base_above_0() -> None:
    growth = difference(BASE, VALUE)
    np.testing.assert_array_equal(growth.value, [10, -50, 5, 0, 6, np.nan, np.nan])
    assert growth.status.tolist() == [0, 0, 0, 0, 0, GrowthStatus.UNKNOWN, GrowthStatus.UNKNOWN]


def test_a_net_rate_that_fell_below_0_has_a_growth_but_none_a_year() -> None:
    assert growth_rate(np.array([4.0]), np.array([-1.0])).value[0] == -1.25
    yearly = cagr(np.array([4.0]), np.array([-1.0]), 3)
    assert np.isnan(yearly.value[0])
    assert yearly.status[0] == GrowthStatus.NEGATIVE_VALUE


def test_years_may_differ_and_be_unknown() -> None:
    growth = cagr(np.array([100.0, 100.0, 100.0]), np.array([121.0, 121.0, 121.0]), np.array([1.0, 2.0, np.nan]))
    np.testing.assert_allclose(growth.value, [0.21, 0.1, np.nan])
    assert growth.status.tolist() == [0, 0, GrowthStatus.UNKNOWN]


def test_small_yearly_growth_keeps_its_digits() -> None:
    growth = cagr(np.array([1.0]), np.array([1 + 1e-9]), 10)
    assert growth.value[0] == pytest.approx(1e-10, rel=1e-6)


def test_growth_beyond_what_a_number_holds_is_unknown() -> None:
    for growth in (growth_rate(np.array([1e-305]), np.array([1e6])), cagr(np.ones(1), np.array([1e6]), 1e-3)):
        assert np.isnan(growth.value[0])
        assert growth.status[0] == GrowthStatus.UNKNOWN


def test_impossible_times_and_scales_are_refused() -> None:
    one = np.ones(2)
    with pytest.raises(InvalidCounts, match=r"Years are 0; expected a number above 0 \(first at index 1\)"):
        cagr(one, one, np.array([1.0, 0.0]))
    with pytest.raises(InvalidCounts, match=r"Years are negative"):
        cagr(one, one, -1)
    with pytest.raises(InvalidCounts, match=r"Values are infinite \(first at index 1\)"):
        growth_rate(one, np.array([1.0, np.inf]))
    with pytest.raises(InvalidCounts, match=r"differ in shape: \(2,\) and \(3,\) \(first at index 2\)"):
        difference(one, np.ones(3))
    with pytest.raises(InvalidSetting, match="scale is 0"):
        index_number(one, one, scale=0)
