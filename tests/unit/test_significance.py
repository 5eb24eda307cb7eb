"""Comparisons with a reference, against scipy and a published example."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, false_discovery_control, poisson

from atlante.errors import InvalidCounts, InvalidSetting
from atlante.statistics import (
    benjamini_hochberg,
    binomial_p_values,
    garwood_interval,
    interval_p_values,
    poisson_p_values,
    significance_against,
)


def test_of_15_trials_of_a_drug_four_are_discoveries() -> None:
    """Benjamini and Hochberg (1995), section 4.1: at a rate of 0.05 the four smallest p-values, Bonferroni's three."""
    small = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    p_values = np.array([*small, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0])
    adjusted = benjamini_hochberg(p_values[::-1])[::-1]
    np.testing.assert_array_equal(adjusted <= 0.05, [True] * 4 + [False] * 11)
    np.testing.assert_allclose(adjusted, false_discovery_control(p_values))


def test_unknown_p_values_are_not_among_the_comparisons() -> None:
    np.testing.assert_allclose(benjamini_hochberg(np.array([np.nan, 0.01, np.nan, 0.03])), [np.nan, 0.02, np.nan, 0.03])


def test_exact_p_values_are_twice_the_smaller_tail() -> None:
    k, n = (np.array(each) for each in zip(*[(k, n) for n in range(1, 25) for k in range(n + 1)], strict=True))
    expected = np.minimum(1, 2 * np.minimum(binom.cdf(k, n, 0.3), binom.sf(k - 1, n, 0.3)))
    np.testing.assert_allclose(binomial_p_values(k, n, 0.3), expected, rtol=1e-10)
    counts, usual = np.arange(40), np.linspace(0.5, 30, 40)
    expected = np.minimum(1, 2 * np.minimum(poisson.cdf(counts, usual), poisson.sf(counts - 1, usual)))
    np.testing.assert_allclose(poisson_p_values(counts, usual), expected, rtol=1e-10)


def test_a_reference_at_a_bound_of_the_exact_interval_has_the_p_value_of_its_level() -> None:
    counts = np.array([1, 4, 20])
    interval = garwood_interval(counts)
    for bound in (interval.low, interval.high):
        np.testing.assert_allclose(poisson_p_values(counts, bound), 0.05)
        np.testing.assert_allclose(interval_p_values(counts, interval.low, interval.high, bound), 0.05)


def test_shares_of_none_or_all_against_a_certain_reference_are_impossible_or_sure() -> None:
    np.testing.assert_array_equal(
        binomial_p_values(np.array([0, 3, 3]), np.array([3, 3, 3]), np.array([0, 1, 0])), [1, 1, 0]
    )
    np.testing.assert_array_equal(poisson_p_values(np.array([0, 2]), np.array([0.0, 0.0])), [1, 0])


def test_a_value_without_a_width_is_the_reference_or_surely_not() -> None:
    same = np.array([1.0, 2.0])
    np.testing.assert_array_equal(interval_p_values(same, same, same, 1), [1, 0])


def test_what_is_unknown_can_not_be_compared() -> None:
    assert np.isnan(
        binomial_p_values(np.array([0, np.nan, 1]), np.array([0, 3, 3]), np.array([0.5, 0.5, np.nan]))
    ).all()
    assert np.isnan(poisson_p_values(np.array([np.nan, 1]), np.array([1.0, np.nan]))).all()
    unknown = np.array([np.nan])
    assert np.isnan(significance_against(unknown, np.array([0.01]), 1).verdict).all()
    assert np.isnan(significance_against(np.ones(1), unknown, 1).verdict).all()


def test_verdicts_say_on_which_side_of_the_reference_a_finding_lies() -> None:
    found = significance_against(np.array([3.0, 1.0, 3.0, 1.0]), np.array([0.001, 0.002, 0.5, 0.6]), 2)
    np.testing.assert_array_equal(found.verdict, [1, -1, 0, 0])
    np.testing.assert_allclose(found.adjusted, [0.004, 0.004, 0.6, 0.6])


def test_many_comparisons_of_nothing_but_chance_find_nothing() -> None:
    counts = np.random.default_rng(2).poisson(20, 7_900)
    p_values = poisson_p_values(counts, np.full(7_900, 20.0))
    assert (p_values < 0.05).sum() > 100
    assert (significance_against(counts, p_values, 20.0).verdict == 0).all()


def test_impossible_comparisons_are_refused_at_their_index() -> None:
    one = np.ones(2)
    for call, problem in (
        (lambda: benjamini_hochberg(np.array([0.5, 1.5])), "P-values exceed 1"),
        (lambda: benjamini_hochberg(np.array([0.5, -0.5])), "P-values are negative"),
        (lambda: binomial_p_values(np.array([1, 3]), np.array([2, 2]), 0.5), "Successes exceed trials"),
        (lambda: binomial_p_values(one, one, np.array([1, 1.5])), "References exceed 1"),
        (lambda: poisson_p_values(one, np.array([1.0, -1.0])), "Expectations are negative"),
        (lambda: interval_p_values(one, one, np.array([1.0, 0.5]), 1), "outside its interval"),
        (lambda: significance_against(one, np.ones(1), 1), "differ in shape"),
    ):
        with pytest.raises(InvalidCounts, match=problem) as caught:
            call()
        assert caught.value.index == 1
    with pytest.raises(InvalidSetting, match="false_discovery_rate is 5"):
        significance_against(one, one, 1, false_discovery_rate=5)
