"""Classes of the choropleth, against every possible cut."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlante.web.classes import YLGNBU, ckmeans_lows, classify
from atlante.web.histogram import histogram


def spread(values: list[float], lows: list[float]) -> float:
    """Sum of squared distances to the class means, by definition."""
    position = np.searchsorted(lows, values, side="right") - 1
    array = np.asarray(values)
    classes = [array[position == number] for number in range(len(lows))]
    return float(sum(((members - members.mean()) ** 2).sum() for members in classes))


@given(st.lists(st.integers(0, 40).map(float), min_size=1, max_size=11), st.integers(1, 5))
def test_no_other_cut_has_a_smaller_spread(values: list[float], n: int) -> None:
    distinct = sorted(set(values))
    n = min(n, len(distinct))
    cuts = itertools.combinations(distinct[1:], n - 1)
    best = min(spread(values, [distinct[0], *cut]) for cut in cuts)

    lows = ckmeans_lows(np.array(values), n).tolist()

    assert len(lows) == n
    assert spread(values, lows) == pytest.approx(best, abs=1e-9)


def test_classes_follow_the_gaps_of_the_data() -> None:
    classes = classify([1.0, 1.2, 1.1, 5.0, 5.2, 9.0, 9.1, 20.0, 30.0, 30.5])

    assert [interval.low for interval in classes] == [1.0, 5.0, 9.0, 20.0, 30.0]
    assert [interval.count for interval in classes] == [3, 2, 2, 1, 2]
    assert [interval.high for interval in classes] == [5.0, 9.0, 20.0, 30.0, 30.5]
    assert [interval.is_last for interval in classes] == [False, False, False, False, True]


def test_fewer_distinct_values_than_classes_make_fewer_classes() -> None:
    classes = classify([0.0, 0.0, 7.0])

    assert [(interval.low, interval.count) for interval in classes] == [(0.0, 2), (7.0, 1)]
    assert tuple(interval.colour for interval in classes) == YLGNBU[2]


def test_without_values_there_are_no_classes() -> None:
    assert classify([]) == ()


@given(st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 2)), min_size=1, max_size=300))
def test_every_value_is_in_exactly_one_class(values: list[float]) -> None:
    assert sum(interval.count for interval in classify(values)) == len(values)


def test_a_bar_has_the_colour_of_its_class_and_the_fullest_the_full_height() -> None:
    values = [0.0, 0.0, 0.0, 0.0, 10.0]

    chart = histogram(values, classify(values), width=100, height=40, bins=2)

    assert chart is not None
    low, high = chart.bars
    assert (low.height, high.height) == (40.0, 10.0)
    assert (low.colour, high.colour) == YLGNBU[2]
    assert (chart.x_of(0), chart.x_of(5), chart.x_of(12)) == (0.0, 50.0, 100.0)


def test_values_that_are_all_the_same_have_no_histogram() -> None:
    assert histogram([3.0, 3.0], classify([3.0, 3.0])) is None
