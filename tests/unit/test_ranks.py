"""Ranks and their intervals where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from atlante.errors import InvalidCounts, InvalidSetting
from atlante.statistics import rank_interval


def test_values_that_are_known_exactly_have_one_rank() -> None:
    values = np.array([3.0, 9.0, 3.0, 1.0])
    ranks = rank_interval(values, values, values, seed=1)
    for column in (ranks.rank, ranks.low, ranks.high):
        np.testing.assert_array_equal(column, [2, 1, 2, 4])


def test_the_lowest_may_come_first() -> None:
    values = np.array([3.0, 9.0, 3.0, 1.0])
    np.testing.assert_array_equal(
        rank_interval(values, values, values, seed=1, is_highest_first=False).rank, [2, 4, 2, 1]
    )


def test_turned_round_the_order_and_its_uncertainty_turn_too() -> None:
    values = np.array([5.0, 4.0, 4.5, 1.0])
    low, high = values - 0.2, values + np.array([3.0, 0.2, 0.2, 0.2])
    first = rank_interval(values, low, high, seed=3)
    mirrored = rank_interval(-values, -high, -low, seed=3, is_highest_first=False)
    for name in ("rank", "low", "high"):
        np.testing.assert_array_equal(getattr(first, name), getattr(mirrored, name))


def test_two_values_may_change_places_as_often_as_their_difference_says() -> None:
    """The difference 1 of two independent normal values with deviation 1 is negative in 24 % of draws (Phi(-1/√2))."""
    values = np.array([1.0, 0.0])
    ranks = {
        level: rank_interval(values, values - 1.959964, values + 1.959964, seed=1, draws=10_000, level=level)
        for level in (0.50, 0.54)
    }
    np.testing.assert_array_equal(ranks[0.50].high, [1, 2])
    np.testing.assert_array_equal(ranks[0.54].high, [2, 2])


def test_the_same_seed_gives_the_same_bounds_and_another_one_other_bounds() -> None:
    values = np.random.default_rng(1).normal(size=300)
    one, again, other = (rank_interval(values, values - 1, values + 1, seed=seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(one.low, again.low)
    np.testing.assert_array_equal(one.high, again.high)
    assert (one.high != other.high).any()


def test_what_is_unknown_is_not_ranked_and_takes_no_rank() -> None:
    values = np.array([3.0, np.nan, 2.0, 9.0])
    ranks = rank_interval(values, np.array([3.0, 1, 2, np.nan]), np.array([3.0, 1, 2, 9]), seed=1)
    np.testing.assert_array_equal(ranks.rank, [1, np.nan, 2, np.nan])
    np.testing.assert_array_equal(ranks.high, [1, np.nan, 2, np.nan])


def test_impossible_intervals_and_settings_are_refused() -> None:
    values = np.array([1.0, 2.0])
    with pytest.raises(InvalidCounts, match=r"A value is outside its interval \(first at index 1\)"):
        rank_interval(values, values, np.array([1.0, 1.5]), seed=1)
    with pytest.raises(InvalidCounts, match=r"Upper bounds are infinite \(first at index 0\)"):
        rank_interval(values, values, np.array([np.inf, 2.0]), seed=1)
    with pytest.raises(InvalidSetting, match="draws is 10; expected a number from 100 up"):
        rank_interval(values, values, values, seed=1, draws=10)
    with pytest.raises(InvalidSetting, match="interval_level is 1"):
        rank_interval(values, values, values, seed=1, interval_level=1)
