"""Laws of intervals, ranks, smoothing, survival, growth and comparisons, whatever the numbers are."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from atlante.statistics import (
    GrowthStatus,
    RatioForm,
    benjamini_hochberg,
    cagr,
    difference,
    empirical_bayes_rates,
    empirical_bayes_shares,
    growth_rate,
    index_number,
    jeffreys_interval,
    kaplan_meier,
    location_quotient,
    mean_interval,
    rank_interval,
    ratio_interval,
    wilson_interval,
)

_SIZE = st.integers(1, 15)
_NUMBER = st.floats(-1e6, 1e6)
_ROUNDED = _NUMBER.map(lambda number: round(number, 6))
_COUNT = st.integers(0, 500)


@st.composite
def _countries(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    """Firms of the sort and all firms of each territory, and of the country that holds one of them."""
    rows = draw(st.lists(st.tuples(_COUNT, _COUNT, _COUNT, _COUNT), min_size=1, max_size=15))
    inside, others, rest, rest_others = np.array(rows).T
    return inside, inside + others, inside + rest, inside + others + rest + rest_others


@given(_countries(), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_a_quotient_lies_in_its_interval_and_the_interval_in_what_is_possible(
    counts: tuple[np.ndarray, ...], level: float
) -> None:
    x_rs, x_r, x_s, x = counts
    quotient = location_quotient(x_rs, x_r, x_s, x, level=level)
    known = (x_r > 0) & (x_s > 0)
    np.testing.assert_array_equal(np.isnan(quotient.value), ~known)
    np.testing.assert_array_equal(np.isnan(quotient.low + quotient.high), ~known)
    low, value, high = (part[known] for part in (quotient.low, quotient.value, quotient.high))
    assert (low >= 0).all()
    assert (low <= value).all()
    assert (value <= high).all()
    assert (high <= x[known] / x_r[known] * (1 + 1e-12)).all()


@given(_countries())
def test_more_firms_of_the_sort_move_the_whole_interval_up(counts: tuple[np.ndarray, ...]) -> None:
    x_rs, x_r, x_s, x = counts
    fewer, more = location_quotient(x_rs, x_r + 1, x_s, x + 1), location_quotient(x_rs + 1, x_r + 1, x_s + 1, x + 1)
    known = x_s > 0
    for name in ("low", "value", "high"):
        assert (getattr(fewer, name)[known] <= getattr(more, name)[known] * (1 + 1e-9)).all()


@given(st.lists(st.tuples(_COUNT, _COUNT), min_size=1))
def test_a_jeffreys_interval_holds_the_share_and_mirrors(shares: list[tuple[int, int]]) -> None:
    with_it, without = np.array(shares).T
    interval, mirrored = jeffreys_interval(with_it, with_it + without), jeffreys_interval(without, with_it + without)
    np.testing.assert_allclose(interval.low, 1 - mirrored.high, atol=1e-9)
    known = with_it + without > 0
    share = with_it[known] / (with_it + without)[known]
    assert (interval.low[known] <= share).all()
    assert (share <= interval.high[known]).all()


@given(st.lists(st.tuples(_COUNT, _NUMBER, st.floats(0, 1e6)), min_size=1))
def test_an_interval_of_a_mean_is_symmetric_and_wider_at_a_higher_level(rows: list[tuple[int, float, float]]) -> None:
    n, mean, sd = (np.array(column) for column in zip(*rows, strict=True))
    narrow, wide = mean_interval(n, mean, sd, level=0.8), mean_interval(n, mean, sd, level=0.99)
    np.testing.assert_array_equal(np.isnan(narrow.low), n < 2)
    known = n > 1
    np.testing.assert_allclose(((narrow.low + narrow.high) / 2)[known], mean[known], rtol=1e-9, atol=1e-6)
    assert (wide.low[known] <= narrow.low[known]).all()
    assert (wide.high[known] >= narrow.high[known]).all()


@given(st.lists(st.tuples(_NUMBER, _NUMBER, st.floats(1e-3, 1e6), st.floats(1e-3, 1e6)), min_size=1))
def test_a_ratio_lies_in_what_fieller_leaves(rows: list[tuple[float, float, float, float]]) -> None:
    above, below, of_above, of_below = (np.array(column) for column in zip(*rows, strict=True))
    ratio = ratio_interval(above, below, (of_above, of_below, 0.0))
    bounded, exterior = ratio.form == RatioForm.BOUNDED, ratio.form == RatioForm.EXTERIOR
    slack = 1e-9 * (1 + np.abs(ratio.value))
    assert (ratio.low[bounded] <= (ratio.value + slack)[bounded]).all()
    assert (ratio.value[bounded] <= (ratio.high + slack)[bounded]).all()
    assert np.isinf([ratio.low[~bounded], ratio.high[~bounded]]).all()
    assert (ratio.excluded.low[exterior] <= ratio.excluded.high[exterior]).all()
    gap = (ratio.value > ratio.excluded.low + slack) & (ratio.value < ratio.excluded.high - slack)
    assert not gap.any()


@st.composite
def _rates(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    size = draw(_SIZE)
    counts, exposure = draw(arrays(np.int64, size, elements=_COUNT)), draw(arrays(np.int64, size, elements=_COUNT))
    pairs = st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), min_size=1).map(np.array)
    return counts, exposure, draw(st.none() | pairs)


@given(_rates())
def test_a_smoothed_rate_lies_between_its_raw_rate_and_what_its_neighbours_have(
    rates: tuple[np.ndarray, np.ndarray, np.ndarray | None],
) -> None:
    counts, exposure, pairs = rates
    smoothed = empirical_bayes_rates(counts, exposure, pairs)
    known = exposure > 0
    np.testing.assert_array_equal(np.isnan(smoothed.smoothed), ~known)
    if not known.any():
        return
    share = smoothed.shrinkage[known]
    assert ((share >= 0) & (share <= 1)).all()
    raw = smoothed.raw[known]
    assert (smoothed.smoothed[known] >= raw.min() * (1 - 1e-9)).all()
    assert (smoothed.smoothed[known] <= raw.max() * (1 + 1e-9)).all()
    if pairs is None:
        mean = counts[known].sum() / exposure[known].sum()
        low, high = np.minimum(raw, mean), np.maximum(raw, mean)
        assert (smoothed.smoothed[known] >= low - 1e-9 * (1 + mean)).all()
        assert (smoothed.smoothed[known] <= high + 1e-9 * (1 + mean)).all()


@given(_rates())
def test_a_smoothed_share_is_a_share_and_mirrors(
    counts: tuple[np.ndarray, np.ndarray, np.ndarray | None],
) -> None:
    with_it, without, pairs = counts
    shares, mirrored = (empirical_bayes_shares(each, with_it + without, pairs) for each in (with_it, without))
    known = with_it + without > 0
    np.testing.assert_array_equal(np.isnan(shares.smoothed), ~known)
    np.testing.assert_allclose(shares.smoothed, 1 - mirrored.smoothed, rtol=1e-7, atol=1e-9)
    assert ((shares.shrinkage[known] >= 0) & (shares.shrinkage[known] <= 1)).all()
    assert (shares.smoothed[known] >= shares.raw[known].min(initial=1) - 1e-9).all()
    assert (shares.smoothed[known] <= shares.raw[known].max(initial=0) + 1e-9).all()


@given(_rates(), st.randoms(use_true_random=False))
def test_the_order_of_territories_does_not_change_what_is_smoothed(
    rates: tuple[np.ndarray, np.ndarray, np.ndarray | None], random: object
) -> None:
    counts, exposure, pairs = rates
    order = np.arange(len(counts))
    random.shuffle(order)  # type: ignore[attr-defined]
    place = np.argsort(order)
    straight = empirical_bayes_rates(counts, exposure, pairs)
    shuffled = empirical_bayes_rates(counts[order], exposure[order], None if pairs is None else place[pairs])
    np.testing.assert_allclose(shuffled.smoothed, straight.smoothed[order], rtol=1e-7, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(_NUMBER, st.floats(0, 1e5), st.floats(0, 1e5)), min_size=1, max_size=30),
    st.sampled_from([1, -1]),
)
def test_ranks_are_from_1_to_n_and_lie_in_their_intervals(
    rows: list[tuple[float, float, float]], direction: int
) -> None:
    values, down, up = (np.array(column) for column in zip(*rows, strict=True))
    ranks = rank_interval(values, values - down, values + up, seed=1, draws=100, is_highest_first=direction > 0)
    assert (ranks.low >= 1).all()
    assert (ranks.low <= ranks.rank).all()
    assert (ranks.rank <= ranks.high).all()
    assert (ranks.high <= len(values)).all()
    better = direction * values > direction * values[:, np.newaxis]
    np.testing.assert_array_equal(ranks.rank, better.sum(axis=1) + 1)


@st.composite
def _life_tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    left = draw(st.integers(0, 60))
    at_risk, exits = [], []
    for _ in range(draw(st.integers(1, 6))):
        at_risk.append(left)
        exits.append(draw(st.integers(0, left)))
        left -= exits[-1] + draw(st.integers(0, left - exits[-1]))
    return np.array([at_risk]), np.array([exits])


@given(_life_tables())
def test_survival_never_rises_and_lies_in_its_interval(table: tuple[np.ndarray, np.ndarray]) -> None:
    survival = kaplan_meier(*table)
    known = ~np.isnan(survival.value)
    assert (np.diff(survival.value[known]) <= 1e-12).all()
    assert (survival.low[known] >= 0).all()
    assert (survival.low[known] <= survival.value[known]).all()
    assert (survival.value[known] <= survival.high[known]).all()
    assert (survival.high[known] <= 1 + 1e-12).all()
    assert not np.isnan(survival.standard_error[known]).any()
    at_risk, exits = table
    first = wilson_interval(at_risk[:, 0] - exits[:, 0], at_risk[:, 0])
    np.testing.assert_allclose(survival.low[:, 0], first.low, atol=1e-12)


@given(st.lists(st.tuples(_ROUNDED, _ROUNDED), min_size=1), st.integers(1, 10))
def test_forms_of_growth_agree_and_refuse_the_same_bases(rows: list[tuple[float, float]], years: int) -> None:
    base, value = np.array(rows).T
    rate, index, yearly = growth_rate(base, value), index_number(base, value), cagr(base, value, years)
    np.testing.assert_array_equal(rate.status, index.status)
    np.testing.assert_array_equal(np.isnan(rate.value), rate.status != GrowthStatus.COMPUTED)
    np.testing.assert_array_equal(np.isnan(yearly.value), yearly.status != GrowthStatus.COMPUTED)
    np.testing.assert_allclose(index.value / 100 - 1, rate.value, rtol=1e-9, atol=1e-12)
    sure = (base > 1) & (value >= 0)
    np.testing.assert_allclose((base * (1 + yearly.value) ** years)[sure], value[sure], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(difference(base, value).value, value - base)


@given(arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 1)), st.randoms(use_true_random=False))
def test_adjusted_p_values_keep_the_order_and_never_fall(p_values: np.ndarray, random: object) -> None:
    adjusted = benjamini_hochberg(p_values)
    assert (adjusted >= p_values).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p_values)]) >= 0).all()
    order = np.arange(len(p_values))
    random.shuffle(order)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(benjamini_hochberg(p_values[order]), adjusted[order])
