"""Location quotients, Krugman's index and similarity, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from atlante.errors import InvalidCounts
from atlante.statistics import finger_kreinin, krugman, location_quotient, wilson_interval


def test_a_quotient_is_the_share_of_the_territory_over_that_of_the_country() -> None:
    quotient = location_quotient(np.array([20, 5]), np.array([100, 100]), 100, 1_000)
    np.testing.assert_allclose(quotient.value, [2, 0.5])


def test_against_a_huge_country_the_bounds_are_those_of_the_share_alone() -> None:
    """An independent oracle: the country's share is then as good as known."""
    counts, firms = np.array([0, 1, 7, 40, 50]), np.full(5, 50)
    quotient = location_quotient(counts, firms, 2 * 10**11, 10**12)
    share = wilson_interval(counts, firms)
    np.testing.assert_allclose(quotient.low, share.low / 0.2, rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(quotient.high, share.high / 0.2, rtol=1e-4)


def test_one_firm_has_an_interval_with_a_width_whatever_it_does() -> None:
    quotient = location_quotient(np.array([0, 1]), np.array([1, 1]), 100, 1_000)
    np.testing.assert_array_equal(quotient.value, [0, 10])
    assert quotient.low[0] == 0
    assert quotient.high[0] > 5
    assert quotient.low[1] < 3


def test_all_of_the_sort_in_one_territory_reaches_the_greatest_quotient_there_is() -> None:
    quotient = location_quotient(np.array([30]), np.array([250]), 30, 1_000)
    assert quotient.value[0] == quotient.high[0] == pytest.approx(4)
    assert 1 < quotient.low[0] < 4


def test_a_territory_that_is_the_whole_country_is_1_exactly() -> None:
    quotient = location_quotient(np.array([30]), np.array([1_000]), 30, 1_000)
    assert (quotient.low[0], quotient.value[0], quotient.high[0]) == (1, 1, 1)


def test_there_is_no_quotient_without_firms_or_without_the_sort() -> None:
    without_firms = location_quotient(np.array([0, np.nan, 1]), np.array([0, 5, np.nan]), 30, 1_000)
    without_sort = location_quotient(np.array([0]), np.array([10]), 0, 1_000)
    for quotient in (without_firms, without_sort):
        assert np.isnan([quotient.low, quotient.value, quotient.high]).all()


@pytest.mark.parametrize(
    ("counts", "problem"),
    [
        (([1, 6], [5, 5], 100, 1_000), "exceed all firms of the territory"),
        (([1, 3], [5, 5], [2, 2], 1_000), "in the territory exceed those in the country"),
        (([1, 3], [5, 50], 10, 20), "of the territory exceed those of the country"),
        (([3, 1], [3, 9], 5, 10), "Outside the territory"),
        (([1, 0.5], [5, 5], 100, 1_000), "not whole"),
        (([1, -1], [5, 5], 100, 1_000), "negative"),
        (([1, 1], [5], 100, 1_000), "differ in shape"),
    ],
)
def test_parts_that_exceed_their_whole_are_refused_at_their_index(counts: tuple[object, ...], problem: str) -> None:
    with pytest.raises(InvalidCounts, match=problem) as caught:
        location_quotient(*(np.array(each) for each in counts))
    assert caught.value.index == 1


def test_krugman_adds_the_differences_of_the_shares() -> None:
    counts, country = np.array([[6, 3, 1], [0, 0, 4], [0, 0, 0]]), np.array([50, 30, 20])
    np.testing.assert_allclose(krugman(counts, country), [0.1 + 0.1, 1.6, np.nan])
    np.testing.assert_allclose(finger_kreinin(counts, country), [0.9, 0.2, np.nan])


def test_each_territory_may_have_a_reference_of_its_own() -> None:
    np.testing.assert_allclose(krugman(np.array([[1, 1], [1, 1]]), np.array([[2, 2], [1, 0]])), [0, 1])


def test_an_empty_or_unknown_reference_is_nothing_to_be_compared_with() -> None:
    assert np.isnan(krugman(np.array([[1, 2]]), np.array([0, 0]))).all()
    assert np.isnan(krugman(np.array([[1, 2]]), np.array([np.nan, 1]))).all()


def test_tables_of_other_activities_are_refused() -> None:
    with pytest.raises(InvalidCounts, match=r"\(2, 3\) and \(2,\)"):
        krugman(np.ones((2, 3)), np.ones(2))
    with pytest.raises(InvalidCounts, match=r"\(3, 2\) and \(2, 2\) \(first at index 2\)"):
        krugman(np.ones((3, 2)), np.ones((2, 2)))
    with pytest.raises(InvalidCounts, match=r"expected \(territories, categories\)"):
        krugman(np.ones(2), np.ones(2))
