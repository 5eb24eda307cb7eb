"""Entropy and effective number of activities, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from atlante.errors import InvalidCounts
from atlante.statistics import effective_number, shannon_entropy


def test_entropy_of_three_firms_in_two_activities_is_what_the_formula_says() -> None:
    by_hand = -(2 / 3 * math.log(2 / 3) + 1 / 3 * math.log(1 / 3))
    assert shannon_entropy(np.array([[2, 1, 0]]))[0] == pytest.approx(by_hand)


def test_firms_spread_evenly_over_four_activities_count_as_four() -> None:
    assert effective_number(np.array([[3, 3, 3, 3, 0]]))[0] == pytest.approx(4)


def test_two_firms_in_one_activity_and_one_in_another_count_as_3_over_the_cube_root_of_4() -> None:
    assert effective_number(np.array([[2, 1]]))[0] == pytest.approx(3 / 4 ** (1 / 3))


def test_one_firm_is_one_activity_exactly() -> None:
    assert effective_number(np.array([[0, 1, 0]]))[0] == 1
    assert not np.signbit(shannon_entropy(np.array([[0, 1, 0]]))[0])


def test_no_firm_has_no_diversity() -> None:
    assert np.isnan(effective_number(np.array([[0, 0]]))).all()
    assert np.isnan(effective_number(np.zeros((2, 0), dtype=np.int64))).all()


def test_a_negative_count_is_refused_with_its_row() -> None:
    with pytest.raises(InvalidCounts, match="negative") as caught:
        shannon_entropy(np.array([[1, 2], [3, 4], [0, -1]]))
    assert caught.value.index == 2
