"""Co-location of two sorts of firms, by hand and by counting neighbours one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from atlante.errors import InvalidCounts
from atlante.statistics import coagglomeration, colocation_quotient, overlap


def test_overlap_is_the_sum_of_the_smaller_shares() -> None:
    """Shares 0.5, 0.3, 0.2 and 0.1, 0.3, 0.6 have 0.1 + 0.3 + 0.2 in common."""
    np.testing.assert_allclose(overlap(np.array([5, 3, 2]), np.array([1, 3, 6])), [0.6])


def test_coagglomeration_by_hand() -> None:
    """(0.8 - 0.5)(0.6 - 0.5) + (0.2 - 0.5)(0.4 - 0.5) = 0.06; over 1 - 0.5."""
    np.testing.assert_allclose(coagglomeration(np.array([8, 2]), np.array([3, 2]), np.array([20, 20])), [0.12])


def test_sorts_that_avoid_each_other_are_below_0() -> None:
    assert coagglomeration(np.array([8, 0]), np.array([0, 5]), np.array([20, 20]))[0] < 0


def test_the_quotient_agrees_with_a_walk_from_firm_to_firm() -> None:
    """An independent oracle: Leslie and Kronenfeld (2011), eq. 1 and 2, over firms and all their tied neighbours."""
    counts = [(2, 1, 5), (0, 2, 3), (1, 0, 1), (3, 3, 6)]
    firms = [
        (unit, sort) for unit, (a, b, every) in enumerate(counts) for sort in "a" * a + "b" * b + "-" * (every - a - b)
    ]
    parts = []
    for place, (unit, sort) in enumerate(firms):
        beside = [other for at, (where, other) in enumerate(firms) if where == unit and at != place]
        if sort == "a" and beside:
            parts.append(beside.count("b") / len(beside))
    expected = np.mean(parts) / (6 / (len(firms) - 1))
    first, second, every = (np.array(column) for column in zip(*counts, strict=True))
    np.testing.assert_allclose(colocation_quotient(first, second, every), [expected])


def test_firms_placed_at_random_have_a_quotient_of_1_on_average() -> None:
    generator, sizes = np.random.default_rng(4), np.array([3, 10, 30, 2, 55])
    places = np.repeat(np.arange(5), sizes)
    quotients = []
    for _ in range(2_000):
        order = generator.permutation(places)
        first, second = (np.bincount(part, minlength=5) for part in (order[:20], order[20:50]))
        quotients.append(colocation_quotient(first, second, sizes)[0])
    assert np.mean(quotients) == pytest.approx(1, abs=0.01)


def test_each_province_is_for_itself_and_one_without_either_sort_has_no_value() -> None:
    territories = np.array([0, 0, 1, 1, 2, -1])
    first, second, every = np.array([2, 2, 0, 0, 1, 5]), np.array([1, 3, 4, 1, 0, 5]), np.array([9, 9, 9, 9, 9, 10])
    for measure in (coagglomeration, colocation_quotient):
        together = measure(first, second, every, territories=territories, size=4)
        np.testing.assert_allclose(together[0], measure(first[:2], second[:2], every[:2])[0])
        assert np.isnan(together[1:]).all()
    np.testing.assert_allclose(overlap(first, second, territories=territories, size=4), [0.75, np.nan, np.nan, np.nan])


def test_where_all_firms_are_in_one_place_no_sorts_can_seek_each_other() -> None:
    assert np.isnan(coagglomeration(np.array([1, 0]), np.array([2, 0]), np.array([9, 0]))).all()


def test_firms_without_any_neighbour_say_nothing() -> None:
    assert np.isnan(colocation_quotient(np.array([1, 0]), np.array([0, 1]), np.array([1, 1]))).all()


def test_an_unknown_count_leaves_its_territory_unknown() -> None:
    counts = [np.array([2.0, 2.0]), np.array([1.0, 3.0]), np.array([9.0, 9.0])]
    for position, unit in itertools.product(range(3), range(2)):
        given = [each.copy() for each in counts]
        given[position][unit] = np.nan
        assert np.isnan([coagglomeration(*given), colocation_quotient(*given)]).all()
    assert np.isnan(overlap(np.array([1, np.nan]), np.array([1, 1]))).all()


@pytest.mark.parametrize(
    ("first", "second", "every", "problem"),
    [
        ([1, -1], [1, 1], [5, 5], "Counts of first firms are negative"),
        ([1, 1], [1, 0.5], [5, 5], "Counts of second firms are not whole numbers"),
        ([1, 6], [1, 1], [5, 5], "Firms of a sort exceed all firms"),
        ([1, 3], [1, 3], [5, 5], "Firms of both sorts exceed all firms"),
        ([1, 3], [1], [5, 5], "differ in shape"),
    ],
)
def test_impossible_counts_are_refused_at_their_index(
    first: list[float], second: list[float], every: list[float], problem: str
) -> None:
    with pytest.raises(InvalidCounts, match=problem) as caught:
        colocation_quotient(np.array(first), np.array(second), np.array(every))
    assert caught.value.index == 1
