"""Concentration and inequality, by hand and against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from atlante.errors import InvalidCounts
from atlante.statistics import (
    gini,
    hhi,
    shannon_evenness,
    stages_present,
    theil_decomposition,
    theil_redundancy,
)


def test_hhi_is_the_sum_of_squared_shares_and_is_stretched_to_begin_at_0() -> None:
    counts = np.array([[40, 30, 20, 10], [5, 5, 5, 5], [0, 9, 0, 0], [0, 0, 0, 0], [1, np.nan, 0, 0]])
    np.testing.assert_allclose(hhi(counts), [0.30, 0.25, 1, np.nan, np.nan])
    np.testing.assert_allclose(hhi(counts, is_normalised=True), [0.05 / 0.75, 0, 1, np.nan, np.nan])


def test_of_one_activity_nothing_can_be_said_but_that_it_has_all() -> None:
    only = np.array([[3]])
    assert hhi(only)[0] == 1
    assert np.isnan([hhi(only, is_normalised=True)[0], shannon_evenness(only)[0], theil_redundancy(only)[0]]).all()


def test_evenness_and_redundancy_split_the_greatest_entropy_there_is() -> None:
    counts = np.array([[6, 3, 1], [4, 0, 0]])
    entropy = -(0.6 * math.log(0.6) + 0.3 * math.log(0.3) + 0.1 * math.log(0.1))
    np.testing.assert_allclose(shannon_evenness(counts), [entropy / math.log(3), 0], atol=1e-15)
    np.testing.assert_allclose(theil_redundancy(counts), [math.log(3) - entropy, math.log(3)])


def test_a_stage_is_present_from_the_least_number_of_firms_on() -> None:
    counts = np.array([[3, 2, 0], [0, 0, 0], [3, np.nan, 0]])
    np.testing.assert_allclose(stages_present(counts, minimum_firms=3), [1 / 3, 0, np.nan])
    np.testing.assert_allclose(stages_present(counts), [2 / 3, 0, np.nan])


def test_everything_in_one_of_n_units_is_a_theil_of_ln_n_and_a_gini_of_1_less_1_over_n() -> None:
    """Theil (1967): the greatest inequality among n."""
    values = np.array([0, 0, 12, 0, 0])
    assert theil_decomposition(values, np.ones(5)).total[0] == pytest.approx(math.log(5))
    assert gini(values)[0] == pytest.approx(0.8)


def test_the_gini_of_the_first_n_numbers_is_n_less_1_over_3_n() -> None:
    assert gini(np.arange(1, 11))[0] == pytest.approx(9 / 30)


def test_a_weight_stands_for_as_many_units() -> None:
    once, often = np.array([6.0, 6.0]), np.array([2.0, 2.0, 2.0, 3.0, 3.0])
    np.testing.assert_allclose(gini(once, np.array([3, 2])), gini(often))
    weighted = theil_decomposition(once, np.array([3, 2])).total
    np.testing.assert_allclose(weighted, theil_decomposition(often, np.ones(5)).total)


def test_two_provinces_of_two_municipalities_by_hand() -> None:
    """Shares of firms 0.5, 0.1, 0.3, 0.1 and of residents 0.2, 0.2, 0.3, 0.3; provinces (0.6, 0.4) and (0.4, 0.6)."""
    theil = theil_decomposition(np.array([5, 1, 3, 1]), np.array([20, 20, 30, 30]), np.array([7, 7, 2, 2]))
    between = 0.6 * math.log(0.6 / 0.4) + 0.4 * math.log(0.4 / 0.6)
    first = 5 / 6 * math.log(5 / 6 / 0.5) + 1 / 6 * math.log(1 / 6 / 0.5)
    second = 3 / 4 * math.log(3 / 4 / 0.5) + 1 / 4 * math.log(1 / 4 / 0.5)
    assert theil.between[0] == pytest.approx(between)
    assert theil.within[0] == pytest.approx(0.6 * first + 0.4 * second)


def test_each_territory_has_its_own_inequality_and_one_without_units_has_none() -> None:
    values, territories = np.array([1, 3, 9, 2, 2]), np.array([0, 0, -1, 2, 2])
    theil = theil_decomposition(values, np.ones(5), territories=territories, size=4)
    alone = theil_decomposition(values[:2], np.ones(2)).total[0]
    np.testing.assert_allclose(theil.total, [alone, np.nan, 0, np.nan], atol=1e-15)
    np.testing.assert_allclose(gini(values, territories=territories, size=4), [0.25, np.nan, 0, np.nan], atol=1e-15)


def test_firms_where_nobody_lives_or_an_unknown_number_leave_theil_unknown() -> None:
    values, territories = np.array([1, 3, 2, 2, 0, 1]), np.array([0, 0, 1, 1, 2, 2])
    theil = theil_decomposition(values, np.array([0, 5, 5, np.nan, 0, 5]), territories=territories)
    np.testing.assert_array_equal(np.isnan(theil.total), [True, True, False])
    np.testing.assert_array_equal(np.isnan(theil.between), [True, True, False])
    np.testing.assert_array_equal(np.isnan(theil.within), [True, True, False])


def test_a_gini_reaches_1_where_all_firms_are_where_nobody_lives() -> None:
    np.testing.assert_allclose(gini(np.array([4, 0]), np.array([0, 9])), [1])
    assert np.isnan(gini(np.array([4, 0, np.nan])))


@pytest.mark.parametrize(
    ("values", "weights", "more", "problem"),
    [
        ([1, -1], [1, 1], {}, "Values are negative"),
        ([1, 1], [1, -1], {}, "Weights are negative"),
        ([1, 1], [1], {}, "differ in shape"),
        ([1, 1], [1, 1], {"territories": np.array([0, -2])}, "are negative"),
        ([1, 1], [1, 1], {"territories": np.array([0, 3]), "size": 2}, "not below their number, 2"),
        ([1, 1], [1, 1], {"territories": np.array([0])}, "differ in shape"),
        ([1, 1], [1, 1], {"groups": np.array([0, -1])}, "A group is not a whole number from 0"),
        ([1, np.inf], [1, 1], {}, "infinite"),
    ],
)
def test_impossible_distributions_are_refused_at_their_index(
    values: list[float], weights: list[float], more: dict[str, object], problem: str
) -> None:
    with pytest.raises(InvalidCounts, match=problem) as caught:
        theil_decomposition(np.array(values), np.array(weights), **more)  # type: ignore[arg-type]
    assert caught.value.index == 1
