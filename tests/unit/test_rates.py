"""Empirical Bayes rates against esda, on published data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from atlante.errors import InvalidCounts
from atlante.statistics import empirical_bayes_rates, empirical_bayes_shares

GOLDEN = Path(__file__).parents[1] / "golden" / "infant_deaths.json"


@pytest.fixture(scope="module")
def deaths() -> dict[str, Any]:
    columns = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return {name: np.array(column) for name, column in columns.items() if name != "about"}


def test_infant_deaths_are_smoothed_as_esda_smooths_them(deaths: dict[str, Any]) -> None:
    """Cressie and Read (1985); esda 2.10's Empirical_Bayes, whose own tests give the first five, rounded."""
    rates = empirical_bayes_rates(deaths["counts"], deaths["exposure"])
    np.testing.assert_allclose(rates.smoothed, deaths["global"], rtol=1e-9)
    np.testing.assert_allclose(rates.smoothed[:5], [0.0016973, 0.0017054, 0.0017731, 0.0020129, 0.0035349], atol=5e-8)


def test_infant_deaths_are_smoothed_by_neighbours_as_esda_smooths_them(deaths: dict[str, Any]) -> None:
    rates = empirical_bayes_rates(deaths["counts"], deaths["exposure"], deaths["pairs"])
    np.testing.assert_allclose(rates.smoothed, deaths["spatial"], rtol=1e-9)


def test_a_pair_counts_once_in_whatever_order_and_however_often_it_is_given(deaths: dict[str, Any]) -> None:
    pairs = deaths["pairs"]
    loops = np.repeat(np.arange(100), 2).reshape(-1, 2)
    often = np.concatenate([pairs[::-1], pairs[:, ::-1], loops])
    once, again = (empirical_bayes_rates(deaths["counts"], deaths["exposure"], each) for each in (pairs, often))
    np.testing.assert_allclose(once.smoothed, again.smoothed, rtol=1e-12)


def test_rates_that_differ_by_chance_alone_all_become_the_mean() -> None:
    rates = empirical_bayes_rates(np.array([9, 11, 10]), np.array([1_000, 1_000, 1_000]))
    np.testing.assert_array_equal(rates.shrinkage, 0)
    np.testing.assert_allclose(rates.smoothed, 0.01)


def test_an_island_is_drawn_to_the_mean_of_all() -> None:
    counts, inhabitants = np.array([0, 3, 40, 60]), np.array([100, 100, 10_000, 10_000])
    near = empirical_bayes_rates(counts, inhabitants, np.array([[1, 2], [2, 3]]))
    everywhere = empirical_bayes_rates(counts, inhabitants)
    assert near.smoothed[0] == everywhere.smoothed[0]
    assert near.smoothed[1] != everywhere.smoothed[1]


def test_a_territory_of_unknown_or_no_exposure_has_no_rate_and_no_part_in_others() -> None:
    counts, inhabitants = np.array([0, 3, 40, 60]), np.array([100.0, 100, 10_000, 10_000])
    pairs = np.array([[0, 1], [1, 2], [2, 3]])
    more = np.array([[3, 4], [4, 5], [5, 6]])
    for neighbours, with_more in ((None, None), (pairs, np.concatenate([pairs, more]))):
        alone = empirical_bayes_rates(counts, inhabitants, neighbours)
        beside = empirical_bayes_rates(
            np.append(counts, [0, 5, np.nan]), np.append(inhabitants, [0, np.nan, 100]), with_more
        )
        np.testing.assert_allclose(beside.smoothed, [*alone.smoothed, np.nan, np.nan, np.nan])
        assert np.isnan([beside.raw[4:], beside.shrinkage[4:]]).all()


def test_shares_vary_by_chance_as_binomials_do() -> None:
    """By hand: m = 24/40, mean trials 40/3, s² = (0.03 - 0.24 * 3/40) / (1 - 3/40) = 12/925."""
    shares = empirical_bayes_shares(np.array([9, 5, 10]), np.array([10, 10, 20]))
    np.testing.assert_allclose(shares.shrinkage, [4 / 11, 4 / 11, 8 / 15])
    np.testing.assert_allclose(shares.smoothed, [0.6 + 0.3 * 4 / 11, 0.6 - 0.1 * 4 / 11, 0.6 - 0.1 * 8 / 15])


def test_shares_are_smoothed_as_martuzzi_and_elliott_smooth_them() -> None:
    """Their closed form of the weight (1996), which spdep's EBest(family = "binomial") has, too."""
    chance = np.random.default_rng(7)
    n = chance.integers(1, 60, 200)
    k = chance.binomial(n, chance.beta(6, 4, 200))
    m, mean = k.sum() / n.sum(), n.mean()
    spread = (n * (k / n - m) ** 2).sum() / n.sum()
    weight = (n * spread - n / mean * m * (1 - m)) / ((n - 1) * spread + (mean - n) / mean * m * (1 - m))
    np.testing.assert_allclose(empirical_bayes_shares(k, n).smoothed, weight * k / n + (1 - weight) * m)


def test_shares_by_neighbours_are_those_of_the_neighbourhood_alone() -> None:
    k, n = np.array([9, 5, 10, 3]), np.array([10, 10, 20, 4])
    near = empirical_bayes_shares(k, n, np.array([[0, 1], [1, 2]]))
    assert near.smoothed[1] == pytest.approx(empirical_bayes_shares(k[:3], n[:3]).smoothed[1])
    assert near.smoothed[3] == pytest.approx(empirical_bayes_shares(k, n).smoothed[3])


@pytest.mark.parametrize(
    ("k", "n", "expected"), [([1, 0, 1, 1], [1] * 4, 0.75), ([4, 9], [4, 9], 1.0), ([0, 0], [4, 9], 0)]
)
def test_single_firms_and_shares_that_are_alike_tell_nothing_of_differences(
    k: list[int], n: list[int], expected: float
) -> None:
    shares = empirical_bayes_shares(np.array(k), np.array(n))
    np.testing.assert_array_equal(shares.shrinkage, 0)
    np.testing.assert_allclose(shares.smoothed, expected)


def test_shares_above_1_are_refused() -> None:
    with pytest.raises(InvalidCounts, match="Successes exceed trials") as caught:
        empirical_bayes_shares(np.array([1, 3]), np.array([9, 2]))
    assert caught.value.index == 1


def test_where_nothing_happened_the_rate_is_0() -> None:
    rates = empirical_bayes_rates(np.array([0, 0]), np.array([10, 20]), np.array([[0, 1]]))
    np.testing.assert_array_equal(rates.smoothed, 0)


@pytest.mark.parametrize(
    ("counts", "exposure", "pairs", "problem"),
    [
        ([1, -1], [9, 9], None, "Counts are negative"),
        ([1, 0.5], [9, 9], None, "Counts are not whole numbers"),
        ([1, 1], [9, -9], None, "Exposures are negative"),
        ([1, 1], [9], None, "differ in shape"),
        ([1, 1], [9, 9], [[0, 1], [0, 2]], "not the position of one of the 2 territories"),
    ],
)
def test_impossible_rates_are_refused_at_their_index(
    counts: list[float], exposure: list[float], pairs: list[list[int]] | None, problem: str
) -> None:
    with pytest.raises(InvalidCounts, match=problem) as caught:
        empirical_bayes_rates(np.array(counts), np.array(exposure), None if pairs is None else np.array(pairs))
    assert caught.value.index == 1


def test_neighbours_that_are_no_pairs_are_refused() -> None:
    with pytest.raises(InvalidCounts, match=r"shape \(3,\); expected \(pairs, 2\)"):
        empirical_bayes_rates(np.array([1]), np.array([9]), np.array([0, 0, 0]))
