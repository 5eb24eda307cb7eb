"""Empirical Bayes rates against esda, on published data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from atlante.errors import InvalidCounts
from atlante.statistics import empirical_bayes_rates

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
