"""Laws that intervals and diversity obey whatever the counts are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from atlante.statistics import effective_number, garwood_interval, wilson_interval

_COUNT = st.integers(0, 100_000)
_SHARE = _COUNT.flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))
_TABLES = arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(1, 6)), elements=st.integers(0, 50))


def _columns(shares: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(shares, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


@given(st.lists(_SHARE))
def test_a_wilson_interval_holds_the_share_and_stays_between_0_and_1(shares: list[tuple[int, int]]) -> None:
    successes, trials = _columns(shares)
    interval = wilson_interval(successes, trials)
    known = trials > 0
    share = successes[known] / trials[known]
    assert (interval.low[known] >= 0).all()
    assert (interval.low[known] <= share).all()
    assert (interval.high[known] >= share).all()
    assert (interval.high[known] <= 1).all()


@given(st.lists(_SHARE))
def test_the_interval_of_those_without_mirrors_that_of_those_with(shares: list[tuple[int, int]]) -> None:
    successes, trials = _columns(shares)
    with_it, without_it = wilson_interval(successes, trials), wilson_interval(trials - successes, trials)
    np.testing.assert_allclose(with_it.low, 1 - without_it.high, atol=1e-12)


@given(st.lists(_COUNT, min_size=2), st.randoms(use_true_random=False))
def test_each_interval_depends_on_its_own_count_alone(counts: list[int], random: object) -> None:
    order = list(range(len(counts)))
    random.shuffle(order)  # type: ignore[attr-defined]
    together = garwood_interval(np.array(counts))
    shuffled = garwood_interval(np.array(counts)[order])
    np.testing.assert_array_equal(together.high[order], shuffled.high)
    np.testing.assert_array_equal(together.low[order], shuffled.low)


@given(st.lists(_COUNT, min_size=1))
def test_a_garwood_interval_holds_the_count_and_moves_up_with_it(counts: list[int]) -> None:
    ascending = np.array(sorted(set(counts)))
    interval = garwood_interval(ascending)
    assert (interval.low <= ascending).all()
    assert (interval.high > ascending).all()
    assert (np.diff(interval.low) > 0).all()
    assert (np.diff(interval.high) > 0).all()


@given(_TABLES)
def test_the_effective_number_lies_between_1_and_the_number_of_activities(counts: np.ndarray) -> None:
    effective = effective_number(counts)
    seen = (counts > 0).sum(axis=1)
    np.testing.assert_array_equal(np.isnan(effective), seen == 0)
    assert (effective[seen > 0] >= 1 - 1e-12).all()
    assert (effective[seen > 0] <= seen[seen > 0] * (1 + 1e-12)).all()


@given(_TABLES)
def test_joining_two_territories_without_a_common_activity_doubles_the_effective_number(counts: np.ndarray) -> None:
    """The replication principle, Jost (2006): an index of diversity that lacks it can't be compared."""
    np.testing.assert_allclose(effective_number(np.hstack([counts, counts])), 2 * effective_number(counts))


@given(_TABLES)
def test_the_names_of_activities_do_not_matter(counts: np.ndarray) -> None:
    np.testing.assert_allclose(effective_number(counts[:, ::-1]), effective_number(counts))
