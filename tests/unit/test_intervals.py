"""Wilson, Jeffreys and Garwood intervals against published tables and independent implementations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, binomtest, chi2, poisson

from atlante.errors import InvalidCounts, InvalidSetting
from atlante.statistics import garwood_interval, jeffreys_interval, wilson_interval


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_values(successes: int, trials: int, low: float, high: float) -> None:
    """Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3."""
    interval = wilson_interval(np.array([successes]), np.array([trials]))
    assert interval.low[0] == pytest.approx(low, abs=5e-5)
    assert interval.high[0] == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_wilson_agrees_with_scipy_for_all_shares_of_up_to_40_firms(level: float) -> None:
    pairs = [(k, n) for n in range(1, 41) for k in range(n + 1)]
    successes, trials = (np.array(column) for column in zip(*pairs, strict=True))
    interval = wilson_interval(successes, trials, level=level)
    expected = [binomtest(k, n).proportion_ci(level, method="wilson") for k, n in pairs]
    np.testing.assert_allclose(interval.low, [bounds.low for bounds in expected], atol=1e-12)
    np.testing.assert_allclose(interval.high, [bounds.high for bounds in expected], atol=1e-12)


def test_a_share_of_no_firms_has_no_wilson_interval() -> None:
    interval = wilson_interval(np.array([0, 1]), np.array([0, 2]))
    assert np.isnan([interval.low[0], interval.high[0]]).all()
    assert not np.isnan([interval.low[1], interval.high[1]]).any()


def test_wilson_bounds_of_none_and_all_are_exactly_0_and_1() -> None:
    interval = wilson_interval(np.array([0, 7]), np.array([7, 7]))
    assert interval.low[0] == 0
    assert interval.high[1] == 1


def test_jeffreys_is_the_posterior_of_a_beta_prior_but_exact_for_none_and_all() -> None:
    """Brown, Cai and DasGupta (2001), section 3.1: quantiles of Beta(k + ½, n - k + ½), but 0 for none, 1 for all."""
    pairs = [(k, n) for n in range(1, 31) for k in range(n + 1)]
    successes, trials = (np.array(column) for column in zip(*pairs, strict=True))
    interval = jeffreys_interval(successes, trials, level=0.9)
    low, high = beta.ppf([[0.05], [0.95]], successes + 0.5, trials - successes + 0.5)
    np.testing.assert_allclose(interval.low, np.where(successes == 0, 0, low), atol=1e-12)
    np.testing.assert_allclose(interval.high, np.where(successes == trials, 1, high), atol=1e-12)


def test_an_unknown_count_has_an_unknown_interval() -> None:
    counts, trials = np.array([np.nan, 1.0, 1.0]), np.array([3.0, np.nan, 3.0])
    for interval in (
        wilson_interval(counts, trials),
        jeffreys_interval(counts, trials),
        garwood_interval(counts, trials),
    ):
        np.testing.assert_array_equal(np.isnan(interval.low), [True, True, False])
        np.testing.assert_array_equal(np.isnan(interval.high), [True, True, False])


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0, 3.689), (1, 0.0253, 5.572), (2, 0.242, 7.225), (5, 1.624, 11.668), (10, 4.795, 18.390)],
)
def test_garwood_gives_the_published_values(count: int, low: float, high: float) -> None:
    """Ulm (1990), American Journal of Epidemiology 131:373-375, and every table of exact Poisson limits."""
    interval = garwood_interval(np.array([count]))
    assert interval.low[0] == pytest.approx(low, abs=1e-3)
    assert interval.high[0] == pytest.approx(high, abs=1e-3)


def test_garwood_bounds_leave_the_tails_that_poisson_says() -> None:
    counts = np.array([1, 2, 3, 10, 250, 12_279])
    interval = garwood_interval(counts)
    np.testing.assert_allclose(poisson.sf(counts - 1, interval.low), 0.025)
    np.testing.assert_allclose(poisson.cdf(counts, interval.high), 0.025)


def test_garwood_agrees_with_the_quantiles_of_chi_squared() -> None:
    counts = np.arange(1, 2_000)
    interval = garwood_interval(counts, level=0.9)
    np.testing.assert_allclose(interval.low, chi2.ppf(0.05, 2 * counts) / 2)
    np.testing.assert_allclose(interval.high, chi2.isf(0.05, 2 * counts + 2) / 2)


def test_a_rate_of_no_firms_is_bounded_from_above_by_its_population() -> None:
    interval = garwood_interval(np.array([0]), np.array([2.0]))
    assert interval.low[0] == 0
    assert interval.high[0] == pytest.approx(3.689 / 2, abs=1e-3)


def test_a_rate_over_nobody_or_an_unknown_number_has_no_interval() -> None:
    interval = garwood_interval(np.array([3, 3]), np.array([0.0, np.nan]))
    assert np.isnan([*interval.low, *interval.high]).all()


def test_nothing_given_is_nothing_returned() -> None:
    none = np.array([], dtype=np.int64)
    assert wilson_interval(none, none).low.shape == garwood_interval(none).high.shape == (0,)


@pytest.mark.parametrize(
    ("successes", "trials", "problem"),
    [([1, 2, -1], [3, 3, 3], "negative"), ([1, 2, 5], [3, 3, 4], "exceed")],
)
def test_impossible_shares_are_refused_at_their_index(successes: list[int], trials: list[int], problem: str) -> None:
    with pytest.raises(InvalidCounts, match=problem) as caught:
        wilson_interval(np.array(successes), np.array(trials))
    assert caught.value.index == 2


@pytest.mark.parametrize(("counts", "exposure"), [([0, -1], [1.0, 1.0]), ([0, 1], [1.0, -0.5])])
def test_impossible_rates_are_refused_at_their_index(counts: list[int], exposure: list[float]) -> None:
    with pytest.raises(InvalidCounts, match="negative") as caught:
        garwood_interval(np.array(counts), np.array(exposure))
    assert caught.value.index == 1


def test_counts_that_are_not_whole_infinite_or_without_a_partner_are_refused_at_their_index() -> None:
    for counts, trials, problem in (
        ([1, 0.5], [3, 3], "not whole"),
        ([1, 2], [3, np.inf], "infinite"),
        ([1], [3, 3], r"differ in shape: \(1,\) and \(2,\)"),
    ):
        for interval in (wilson_interval, jeffreys_interval):
            with pytest.raises(InvalidCounts, match=problem) as caught:
                interval(np.array(counts), np.array(trials))
            assert caught.value.index == 1
    with pytest.raises(InvalidCounts, match="not whole"):
        garwood_interval(np.array([0.5]))
    with pytest.raises(InvalidCounts, match="differ in shape"):
        garwood_interval(np.array([1, 2]), np.array([1.0]))


@pytest.mark.parametrize("level", [0, 1, 95, np.nan])
def test_a_level_that_is_no_share_is_refused(level: float) -> None:
    for interval in (wilson_interval, jeffreys_interval):
        with pytest.raises(InvalidSetting, match="expected a number above 0 and below 1"):
            interval(np.array([1]), np.array([2]), level=level)
    with pytest.raises(InvalidSetting, match="level is"):
        garwood_interval(np.array([1]), level=level)
