"""Survival of cohorts, by a published life table and where tables end."""

from __future__ import annotations

import numpy as np
import pytest

from atlante.errors import InvalidCounts
from atlante.statistics import kaplan_meier, survival_share, wilson_interval


def test_remissions_of_21_patients_survive_as_published() -> None:
    """Freireich and others (1963), as in Kalbfleisch and Prentice (2002), p. 17, and every manual of R's survfit."""
    at_risk = np.array([[21, 17, 15, 12, 11, 7, 6]])
    exits = np.array([[3, 1, 1, 1, 1, 1, 1]])
    survival = kaplan_meier(at_risk, exits)
    np.testing.assert_allclose(survival.value[0], [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], atol=5e-4)
    errors = [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    np.testing.assert_allclose(survival.standard_error[0], errors, atol=5e-5)


def test_where_every_firm_was_followed_both_ways_agree() -> None:
    exits = np.array([[0, 3, 5, 0, 2, 30], [0, 0, 0, 0, 0, 0], [40, 0, 0, 0, 0, 0]])
    at_risk = 40 - np.cumsum(exits, axis=1) + exits
    tables, shares = kaplan_meier(at_risk, exits), survival_share(at_risk - exits, np.full(exits.shape, 40))
    for name in ("value", "standard_error", "low", "high"):
        np.testing.assert_allclose(getattr(tables, name), getattr(shares, name), atol=1e-12)


def test_survival_is_unknown_once_nobody_is_at_risk_but_stays_0_when_all_have_left() -> None:
    survival = kaplan_meier(
        np.array([[4, 0, 0], [4, 0, 0], [4, np.nan, 1]]), np.array([[1, 0, 0], [4, 0, 0], [1, 0, 0]])
    )
    np.testing.assert_allclose(survival.value, [[0.75, np.nan, np.nan], [0, 0, 0], [0.75, np.nan, np.nan]])
    np.testing.assert_array_equal(np.isnan(survival.high), np.isnan(survival.value))
    np.testing.assert_allclose(survival.high[1], wilson_interval(np.array([0]), np.array([4])).high[0])


def test_an_empty_cohort_has_no_survival() -> None:
    assert np.isnan(survival_share(np.array([0]), np.array([0])).value).all()
    assert np.isnan(kaplan_meier(np.array([[0, 0]]), np.array([[0, 0]])).low).all()


def test_impossible_cohorts_are_refused_at_their_index() -> None:
    for call, problem in (
        (lambda: survival_share(np.array([1, 5]), np.array([4, 4])), "Survivors exceed the cohort"),
        (
            lambda: kaplan_meier(np.array([[4, 3], [4, 3]]), np.array([[1, 0], [1, 4]])),
            "Exits exceed the firms at risk",
        ),
        (lambda: kaplan_meier(np.array([[4, 3], [4, 4]]), np.array([[1, 0], [1, 0]])), "More firms are at risk"),
        (lambda: kaplan_meier(np.array([[4, 3]]), np.array([[1, 0], [1, 0]])), "differ in shape"),
    ):
        with pytest.raises(InvalidCounts, match=problem) as caught:
            call()
        assert caught.value.index == 1
