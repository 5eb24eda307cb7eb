"""Intervals hold the truth as often as they say, in made worlds whose truth is known.

Of discrete counts no interval can do so at every share: the tolerance of each world says how far it may be off. With
20,000 worlds the figures themselves are known to 0.003.
"""

from __future__ import annotations

import numpy as np
import pytest

from atlante.statistics import (
    RatioForm,
    empirical_bayes_rates,
    empirical_bayes_shares,
    garwood_interval,
    jeffreys_interval,
    kaplan_meier,
    location_quotient,
    mean_interval,
    rank_interval,
    ratio_interval,
    wilson_interval,
)

WORLDS = 20_000


@pytest.fixture
def chance() -> np.random.Generator:
    return np.random.default_rng(20_240_517)


def test_shares_are_held_in_95_of_100_worlds_on_average(chance: np.random.Generator) -> None:
    """Brown, Cai and DasGupta (2001): on average over shares both are close to their level, also of few firms."""
    shares = chance.uniform(size=WORLDS)
    for firms in (5, 20, 100):
        trials = np.full(WORLDS, firms)
        successes = chance.binomial(firms, shares)
        for interval in (wilson_interval(successes, trials), jeffreys_interval(successes, trials)):
            held = np.mean((interval.low <= shares) & (shares <= interval.high))
            assert held == pytest.approx(0.95, abs=0.012)


@pytest.mark.parametrize("mean", [0.5, 3, 40])
def test_counts_are_held_at_least_as_often_as_said(chance: np.random.Generator, mean: float) -> None:
    interval = garwood_interval(chance.poisson(mean, WORLDS))
    assert np.mean((interval.low <= mean) & (mean <= interval.high)) >= 0.95 - 0.003


@pytest.mark.parametrize("firms", [2, 5, 30])
def test_means_are_held_in_95_of_100_worlds(chance: np.random.Generator, firms: int) -> None:
    values = chance.normal(10, 3, (WORLDS, firms))
    interval = mean_interval(np.full(WORLDS, firms), values.mean(axis=1), values.std(axis=1, ddof=1))
    assert np.mean((interval.low <= 10) & (interval.high >= 10)) == pytest.approx(0.95, abs=0.006)


@pytest.mark.parametrize("denominator", [1, 3, 10])
def test_ratios_are_held_in_95_of_100_worlds_also_where_the_denominator_may_be_0(
    chance: np.random.Generator, denominator: float
) -> None:
    one = np.ones(WORLDS)
    ratio = ratio_interval(chance.normal(2, 1, WORLDS), chance.normal(denominator, 1, WORLDS), (one, one, 0.0))
    truth = 2 / denominator
    inside = (ratio.low <= truth) & (truth <= ratio.high)
    in_gap = (ratio.excluded.low < truth) & (truth < ratio.excluded.high)
    assert np.mean(inside & ~in_gap) == pytest.approx(0.95, abs=0.006)
    if denominator == 1:
        assert {RatioForm.BOUNDED, RatioForm.EXTERIOR, RatioForm.WHOLE_LINE} <= set(ratio.form.tolist())


@pytest.mark.parametrize(
    ("firms", "share", "country", "country_share", "tolerance"),
    [(1, 0.1, 600_000, 0.1, 0.06), (10, 0.1, 600_000, 0.1, 0.03), (30, 0.02, 600_000, 0.02, 0.035),
     (100, 0.05, 600_000, 0.02, 0.02), (1_000, 0.03, 600_000, 0.02, 0.007),
     (50, 0.1, 200, 0.2, 0.01), (300, 0.1, 400, 0.05, 0.01)],
)  # fmt: skip
def test_quotients_are_held_also_by_few_firms_and_by_a_large_part_of_the_country(
    chance: np.random.Generator, firms: int, share: float, country: int, country_share: float, tolerance: float
) -> None:
    inside = chance.binomial(firms, share, WORLDS)
    whole = inside + chance.binomial(country - firms, country_share, WORLDS)
    quotient = location_quotient(inside, np.full(WORLDS, firms), whole, country)
    truth = share / ((firms * share + (country - firms) * country_share) / country)
    assert np.mean((quotient.low <= truth) & (truth <= quotient.high)) == pytest.approx(0.95, abs=tolerance)


@pytest.mark.parametrize(("firms", "hazard", "lost"), [(20, 0.1, 0.1), (100, 0.05, 0.1), (10, 0.1, 0.2)])
def test_survival_is_held_though_not_all_firms_are_followed(
    chance: np.random.Generator, firms: int, hazard: float, lost: float
) -> None:
    followed, at_risk, exits = np.full(WORLDS, firms), [], []
    for _ in range(4):
        at_risk.append(followed)
        exits.append(chance.binomial(followed, hazard))
        remaining = followed - exits[-1]
        followed = remaining - chance.binomial(remaining, lost)
    survival = kaplan_meier(np.stack(at_risk, axis=1), np.stack(exits, axis=1))
    truth = (1 - hazard) ** np.arange(1, 5)
    known = ~np.isnan(survival.value)
    held = ((survival.low <= truth) & (truth <= survival.high))[known]
    assert held.mean() == pytest.approx(0.95, abs=0.02)


def test_ranks_are_held_nearly_as_often_as_said(chance: np.random.Generator) -> None:
    """Ranks of noisy values are drawn apart, so that a little less than 95 of 100 true ranks are held."""
    held = []
    for world in range(20):
        truth = chance.normal(size=100)
        values = truth + chance.normal(0, 0.5, 100)
        ranks = rank_interval(values, values - 0.98, values + 0.98, seed=world, draws=400)
        true_rank = (truth > truth[:, np.newaxis]).sum(axis=1) + 1
        held.append((ranks.low <= true_rank) & (true_rank <= ranks.high))
    assert np.mean(held) == pytest.approx(0.935, abs=0.015)


def test_shares_that_differ_are_smoothed_nearer_to_the_truth_than_as_rates(chance: np.random.Generator) -> None:
    """Of 2,000 made municipalities with up to 60 firms each, shares around 60 %, as those of declared R&D spending."""
    firms = chance.integers(1, 61, 2_000)
    truth = chance.beta(14, 9, 2_000)
    counts = chance.binomial(firms, truth)
    shares, rates = empirical_bayes_shares(counts, firms), empirical_bayes_rates(counts, firms)
    raw, as_shares, as_rates = (np.mean((each - truth) ** 2) for each in (shares.raw, shares.smoothed, rates.smoothed))
    assert as_shares < raw / 2
    assert as_shares < as_rates * 2 / 3


def test_smoothed_rates_are_nearer_to_the_truth_than_raw_ones(chance: np.random.Generator) -> None:
    inhabitants = chance.integers(50, 5_000, 2_000)
    truth = chance.gamma(4, 0.001 / 4, 2_000)
    rates = empirical_bayes_rates(chance.poisson(inhabitants * truth), inhabitants)
    raw, smoothed = (np.mean((each - truth) ** 2) for each in (rates.raw, rates.smoothed))
    assert smoothed < raw / 2
