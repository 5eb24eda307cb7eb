"""Laws of inequality, concentration, specialisation and co-location, whatever the counts are."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from atlante.statistics import (
    coagglomeration,
    colocation_quotient,
    finger_kreinin,
    gini,
    hhi,
    krugman,
    overlap,
    shannon_evenness,
    stages_present,
    theil_decomposition,
    theil_redundancy,
)

_SIZE = st.integers(1, 12)
_TABLES = arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(2, 6)), elements=st.integers(0, 50))


def _columns(size: int, *greatest: int) -> st.SearchStrategy[tuple[np.ndarray, ...]]:
    return st.tuples(*(arrays(np.int64, size, elements=st.integers(0, each)) for each in greatest))


_SPREAD = _SIZE.flatmap(lambda size: _columns(size, 1_000, 100_000, 3, 2))  # values, weights, groups, territories


def _theil_by_definition(values: np.ndarray, weights: np.ndarray) -> float:
    pairs = zip((values / values.sum()).tolist(), (weights / weights.sum()).tolist(), strict=True)
    return math.fsum(y * math.log(y / p) for y, p in pairs if y > 0)


@given(_SPREAD)
def test_theil_is_between_plus_within_and_each_is_what_its_definition_says(spread: tuple[np.ndarray, ...]) -> None:
    values, weights, groups, territories = spread[0], spread[1] + 1, spread[2], spread[3]
    theil = theil_decomposition(values, weights, groups, territories=territories)
    np.testing.assert_array_equal(theil.total, theil.between + theil.within)
    for territory in np.unique(territories[values > 0]):
        y, p, group = (each[territories == territory] for each in (values, weights, groups))
        if not y.sum():
            continue
        total = _theil_by_definition(y, p)
        joined = [np.array([part[group == each].sum() for each in np.unique(group)]) for part in (y, p)]
        inner = [each for each in np.unique(group) if y[group == each].sum()]
        within = math.fsum(
            y[group == each].sum() / y.sum() * _theil_by_definition(y[group == each], p[group == each])
            for each in inner
        )
        scale = {"rtol": 1e-12, "atol": 1e-14}
        np.testing.assert_allclose(theil.total[territory], total, **scale)
        np.testing.assert_allclose(theil.between[territory], _theil_by_definition(*joined), **scale)
        np.testing.assert_allclose(theil.within[territory], within, **scale)


@given(_SPREAD)
def test_inequality_is_never_negative_nor_above_its_greatest(spread: tuple[np.ndarray, ...]) -> None:
    values, weights, groups, _ = spread
    theil, coefficient = theil_decomposition(values, weights + 1, groups), gini(values, weights + 1)
    if not values.sum():
        assert np.isnan([theil.total[0], coefficient[0]]).all()
        return
    least = (weights + 1).min() / (weights + 1).sum()
    assert 0 <= theil.between[0] <= theil.total[0] <= -math.log(least) + 1e-12
    assert 0 <= coefficient[0] <= 1 - least + 1e-12


@given(_SPREAD, st.randoms(use_true_random=False), st.sampled_from([0.5, 3, 1024]))
def test_scale_and_order_do_not_change_inequality(spread: tuple[np.ndarray, ...], random: object, scale: float) -> None:
    values, weights, groups, territories = spread[0], spread[1] + 1, spread[2], spread[3]
    order = list(range(len(values)))
    random.shuffle(order)  # type: ignore[attr-defined]
    one = theil_decomposition(values, weights, groups, territories=territories)
    other = theil_decomposition(
        values[order] * scale, weights[order] * (2 * scale), groups[order], territories=territories[order]
    )
    tolerance = {"rtol": 1e-9, "atol": 1e-13}
    for name in ("total", "between", "within"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), **tolerance)
    coefficients = gini(values, weights, territories=territories)
    shuffled = gini(values[order] * scale, weights[order] * scale, territories=territories[order])
    np.testing.assert_allclose(coefficients, shuffled, **tolerance)


@given(_SPREAD)
def test_gini_is_half_the_mean_difference_relative_to_the_mean(spread: tuple[np.ndarray, ...]) -> None:
    """The definition, pair by pair: Gini (1914); with weights, Lerman and Yitzhaki (1989)."""
    values, weights = spread[0], spread[1] + 1
    if not values.sum():
        return
    y, p = values / values.sum(), weights / weights.sum()
    ratio = y / p
    differences = np.abs(ratio[:, np.newaxis] - ratio) * np.outer(p, p)
    np.testing.assert_allclose(gini(values, weights), differences.sum() / 2, rtol=1e-9, atol=1e-12)


@given(_TABLES)
def test_concentration_stays_in_its_bounds_and_does_not_know_the_names_or_the_number_of_firms(
    counts: np.ndarray,
) -> None:
    has_firms = counts.sum(axis=1) > 0
    columns = counts.shape[1]
    bounds = {
        hhi: (1 / columns, 1),
        (lambda table: hhi(table, is_normalised=True)): (0, 1),
        shannon_evenness: (0, 1),
        theil_redundancy: (0, math.log(columns)),
    }
    for measure, (least, greatest) in bounds.items():
        index = measure(counts)
        np.testing.assert_array_equal(np.isnan(index), ~has_firms)
        assert (index[has_firms] >= least - 1e-12).all()
        assert (index[has_firms] <= greatest + 1e-12).all()
        np.testing.assert_allclose(measure(counts[:, ::-1] * 7), index, rtol=1e-9, atol=1e-12)


@given(_TABLES, st.integers(1, 10))
def test_fewer_stages_are_present_the_more_firms_each_must_have(counts: np.ndarray, least: int) -> None:
    assert (stages_present(counts, minimum_firms=least) >= stages_present(counts, minimum_firms=least + 1)).all()


@given(_TABLES)
def test_specialisation_is_0_to_itself_symmetric_and_the_complement_of_similarity(counts: np.ndarray) -> None:
    has_firms = counts.sum(axis=1) > 0
    np.testing.assert_allclose(krugman(counts, 3 * counts)[has_firms], 0, atol=1e-12)
    turned = counts[::-1]
    np.testing.assert_allclose(krugman(counts, turned), krugman(turned, counts), atol=1e-12)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    smaller = np.minimum(shares, shares[0]).sum(axis=1)
    similarity = finger_kreinin(counts, counts[0])
    np.testing.assert_allclose(similarity[~np.isnan(similarity)], smaller[~np.isnan(similarity)], atol=1e-12)
    np.testing.assert_array_equal(np.isnan(similarity), ~(has_firms & has_firms[0]))


@given(_SIZE.flatmap(lambda size: _columns(size, 30, 30, 30, 3)), st.randoms(use_true_random=False))
def test_co_location_does_not_know_the_order_and_overlap_lies_between_0_and_1(
    counts: tuple[np.ndarray, ...], random: object
) -> None:
    first, second, others, territories = counts
    every = first + second + others
    order = list(range(len(first)))
    random.shuffle(order)  # type: ignore[attr-defined]
    size = {"size": 4}
    alike = overlap(first, second, territories=territories, **size)
    np.testing.assert_allclose(alike, overlap(second, first, territories=territories, **size), atol=1e-12)
    assert ((alike >= 0) & (alike <= 1) | np.isnan(alike)).all()
    for measure in (coagglomeration, colocation_quotient):
        straight = measure(first, second, every, territories=territories, **size)
        shuffled = measure(first[order], second[order], every[order], territories=territories[order], **size)
        np.testing.assert_allclose(straight, shuffled, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        coagglomeration(first, second, every, territories=territories, **size),
        coagglomeration(second, first, every, territories=territories, **size),
        atol=1e-12,
    )


@given(_SIZE.flatmap(lambda size: _columns(size, 30, 5)))
def test_two_sorts_spread_alike_overlap_wholly(counts: tuple[np.ndarray, ...]) -> None:
    first = counts[0]
    expected = 1.0 if first.sum() else np.nan
    np.testing.assert_allclose(overlap(first, 3 * first), [expected])
