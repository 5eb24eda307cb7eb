"""Raking, precision and small areas against known answers."""

from __future__ import annotations

import doctest
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from atlante.errors import UnweightableSample
from atlante.maturity import (
    Shares,
    collapse,
    design_effect,
    estimate_shares,
    is_low_reliability,
    rake,
    shrink,
    similarity,
)
from atlante.statistics import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def margin(name: str, counts: dict[str, float] | Sequence[float]) -> pd.Series:
    return pd.Series(counts, dtype=float).rename_axis(name)


def rake_table(
    table: Sequence[Sequence[float]], rows: Sequence[float], columns: Sequence[float]
) -> NDArray[np.float64]:
    """Return a table fitted to margins, each of its cells a respondent."""
    cells = np.array(table, dtype=float)
    row, column = np.indices(cells.shape)
    sample = pd.DataFrame({"row": row.ravel(), "column": column.ravel()})
    fitted = rake(sample, [margin("row", rows), margin("column", columns)], base=cells.ravel())
    assert fitted.converged
    return fitted.weights.reshape(cells.shape)


def nearest_table(
    table: Sequence[Sequence[float]], rows: Sequence[float], columns: Sequence[float]
) -> NDArray[np.float64]:
    """Return the table with these margins that has the least Kullback-Leibler divergence, by its convex dual."""
    cells = np.array(table, dtype=float)

    def scaled(multipliers: NDArray[np.float64]) -> NDArray[np.float64]:
        down, across = np.split(multipliers, [len(rows)])
        return cells * np.exp(down[:, None] + across[None, :])

    def dual(multipliers: NDArray[np.float64]) -> float:
        return float(scaled(multipliers).sum() - multipliers @ np.concatenate([rows, columns]))

    start = np.zeros(len(rows) + len(columns))
    return scaled(minimize(dual, start, method="BFGS", options={"gtol": 1e-9}).x)


def test_a_table_of_two_by_two_is_solved_by_a_quadratic() -> None:
    """Klemens, "Modeling With Data" (19 November 2012): 7 9 / 12 7 with rows 5, 15 and columns 10, 10.

    Raking keeps the odds ratio 7*7/(9*12): x (5 + x)/((5 - x)(10 - x)) = 49/108, so 59 x^2 + 1275 x - 2450 = 0.
    """
    x = (-1275 + np.sqrt(1275**2 + 4 * 59 * 2450)) / (2 * 59)
    fitted = rake_table([[7, 9], [12, 7]], [5, 15], [10, 10])
    np.testing.assert_allclose(fitted, [[x, 5 - x], [10 - x, 5 + x]], rtol=1e-7)


def test_the_example_of_ardilly_and_tille_is_the_nearest_table() -> None:
    """Input: Ardilly & Tille, Sampling Methods (2006), as in R's TeachingSampling::IPFP; oracle: the convex dual."""
    table, rows, columns = [[80, 170, 150], [90, 80, 210], [10, 80, 130]], [430, 360, 210], [150, 300, 550]
    np.testing.assert_allclose(rake_table(table, rows, columns), nearest_table(table, rows, columns), rtol=1e-5)


def test_margins_of_schools_are_met_as_by_the_survey_package() -> None:
    """Margins of R's survey::rake example (apiclus1): stype E 4421, H 755, M 1018; sch.wide No 1072, Yes 5122."""
    rng = np.random.default_rng(1)
    sample = pd.DataFrame(
        {"stype": rng.choice(list("EHM"), 183, p=[0.79, 0.08, 0.13]), "wide": rng.choice(["No", "Yes"], 183)}
    )
    fitted = rake(
        sample, [margin("stype", {"E": 4421, "H": 755, "M": 1018}), margin("wide", {"No": 1072, "Yes": 5122})]
    )
    weighted = pd.Series(fitted.weights)
    assert weighted.groupby(sample["stype"]).sum().tolist() == pytest.approx([4421, 755, 1018])
    assert weighted.groupby(sample["wide"]).sum().tolist() == pytest.approx([1072, 5122])


def test_one_joint_margin_is_post_stratification() -> None:
    sample = pd.DataFrame({"size": ["s", "s", "s", "l"], "sector": ["a", "a", "b", "b"]})
    joint = pd.Series(
        [20.0, 5.0, 1.0],
        index=pd.MultiIndex.from_tuples([("s", "a"), ("s", "b"), ("l", "b")], names=["size", "sector"]),
    )
    fitted = rake(sample, [joint])
    assert fitted.weights.tolist() == pytest.approx([10, 10, 5, 1])
    assert fitted.rounds == 1


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"a": 5, "b": 5, "c": 1}, "The category c of k has firms but no respondent. Merge it"),
        ({"a": 5}, "The category b of k has respondents but no firm in the register"),
        ({"a": 5, "b": 0}, "The category b of k has respondents but no firm in the register"),
    ],
)
def test_an_empty_cell_is_named(counts: dict[str, float], said: str) -> None:
    sample = pd.DataFrame({"k": ["a", "a", "b"]})
    with pytest.raises(UnweightableSample, match=said):
        rake(sample, [margin("k", counts)])


def test_margins_that_empty_combinations_contradict_are_refused() -> None:
    """Every firm of row 1 is in column 1: its 6 firms can't be in a column of 4."""
    sample = pd.DataFrame({"r": [1, 2, 2], "c": [1, 1, 2]})
    with pytest.raises(UnweightableSample, match="combinations of categories without a respondent contradict them"):
        rake(sample, [margin("r", pd.Series({1: 6, 2: 4})), margin("c", pd.Series({1: 4, 2: 6}))])


def test_margins_of_different_firms_are_refused() -> None:
    sample = pd.DataFrame({"r": ["a"], "c": ["b"]})
    with pytest.raises(UnweightableSample, match=r"different totals \(r: 10, c: 12\)"):
        rake(sample, [margin("r", {"a": 10}), margin("c", {"b": 12})])


def test_a_sample_of_nobody_is_refused() -> None:
    with pytest.raises(UnweightableSample, match="Nobody answered"):
        rake(pd.DataFrame({"k": []}), [margin("k", {"a": 1})])


def test_trimming_lowers_the_largest_weight_and_keeps_the_margins() -> None:
    rng = np.random.default_rng(2)
    sample = pd.DataFrame(
        {"a": rng.choice(list("xyz"), 400, p=[0.1, 0.4, 0.5]), "b": rng.choice(list("pq"), 400, p=[0.1, 0.9])}
    )
    margins = [margin("a", {"x": 200, "y": 500, "z": 300}), margin("b", {"p": 400, "q": 600})]
    free = rake(sample, margins)
    limit = 0.9 * free.weights.max() / free.weights.mean()
    trimmed = rake(sample, margins, largest=limit)
    assert trimmed.trimmed > 0
    assert trimmed.weights.max() <= limit * trimmed.weights.mean() * 1.001
    assert trimmed.deff < free.deff
    assert trimmed.margin_error < 1e-8


def test_margins_go_before_the_limit_of_weights() -> None:
    sample = pd.DataFrame({"k": ["a"] + ["b"] * 9})
    fitted = rake(sample, [margin("k", {"a": 50, "b": 50})], largest=2)
    assert fitted.weights[0] == pytest.approx(50)
    assert fitted.converged


def test_sparse_categories_join_the_next_one_and_the_last_the_one_before() -> None:
    sample = pd.DataFrame({"region": ["01"] * 6 + ["02"] * 2 + ["03"] * 7 + ["04"] * 9 + ["05"]})
    counts = margin("region", {"01": 60, "02": 5, "03": 90, "04": 80, "05": 20})
    column, fewer, merged = collapse(sample, counts, minimum=5)
    assert fewer.to_dict() == {"01": 60, "02": 95, "04": 100}
    assert merged == {"02": "02", "03": "02", "04": "04", "05": "04"}
    assert column.value_counts().to_dict() == {"01": 6, "02": 9, "04": 10}


def test_a_category_without_a_respondent_is_merged_too() -> None:
    sample = pd.DataFrame({"k": ["a"] * 5 + ["c"] * 5})
    column, fewer, _ = collapse(sample, margin("k", {"a": 1, "b": 2, "c": 3}), minimum=1)
    assert fewer.to_dict() == {"a": 1, "b": 5}
    assert rake(column.to_frame(), [fewer]).converged


def test_too_small_a_sample_is_left_with_one_category() -> None:
    sample = pd.DataFrame({"k": ["a", "b"]})
    _, fewer, _ = collapse(sample, margin("k", {"a": 3, "b": 4}), minimum=5)
    assert fewer.to_dict() == {"a": 7}


def test_the_design_effect_is_one_plus_the_squared_variation_of_the_weights() -> None:
    """Kish (1965): 1 + relvar(w)."""
    weights = np.array([1.0, 2.0, 3.0, 6.0])
    assert design_effect(weights) == pytest.approx(1 + weights.var() / weights.mean() ** 2)


def shares(
    weights: Sequence[float], is_in: Sequence[int], territory: Sequence[int] | None = None, places: int = 1
) -> Shares:
    n = len(weights)
    territory = territory or [0] * n
    category = 1 - np.array(is_in, dtype=np.int64)
    return estimate_shares(np.array(weights, float), category, np.array(territory, dtype=np.int64), shape=(places, 2))


def test_equal_weights_give_the_plain_share() -> None:
    """With replacement v = p (1 - p)/(n - 1), so the effective size is n - 1."""
    found = shares([3.0] * 51, [1] * 17 + [0] * 34)
    assert found.n_eff[0].tolist() == pytest.approx([50, 50])
    assert found.value[0].tolist() == pytest.approx([1 / 3, 2 / 3])
    whole = shares([3.0] * 50, [1] * 25 + [0] * 25)
    plain = wilson_interval(np.array([25]), np.array([50]))
    assert whole.n_eff[0, 0] == pytest.approx(49)
    assert whole.low[0, 0] == pytest.approx(plain.low[0], abs=0.002)
    assert whole.high[0, 0] == pytest.approx(plain.high[0], abs=0.002)
    assert whole.cv[0, 0] == pytest.approx(np.sqrt(0.25 / 49) / 0.5)


def test_the_variance_is_that_of_the_ratio_by_hand() -> None:
    """By hand: w = 1, 1, 2; y = 1, 0, 1: p = 3/4, v = 3/2 (1/16 + 9/16 + 4/16)/16 = 21/256, n_eff = (3/16)/v."""
    found = shares([1, 1, 2], [1, 0, 1])
    assert found.value[0, 0] == pytest.approx(3 / 4)
    assert found.n_eff[0, 0] == pytest.approx(16 / 7)


@pytest.mark.parametrize(("is_in", "value"), [([1, 1, 1, 1], 1.0), ([0, 0, 0, 0], 0.0)])
def test_all_or_none_is_no_certainty(is_in: list[int], value: float) -> None:
    found = shares([1, 1, 4, 2], is_in)
    assert found.value[0, 0] == value
    assert found.high[0, 0] - found.low[0, 0] > 0.4
    assert found.n_eff[0, 0] == pytest.approx(64 / 22)
    assert np.isnan(found.cv[0, 0]) == (value == 0)
    assert np.isnan(found.cv[0, 0]) or found.cv[0, 0] > 0.1


def test_a_territory_without_respondents_has_no_estimate() -> None:
    found = shares([1, 1], [1, 0], territory=[1, -1], places=2)
    assert found.n.tolist() == [0, 1]
    assert np.isnan(found.value[0]).all()
    assert np.isnan(found.low[0]).all()


def test_reliability_is_limited_by_variation_and_by_number() -> None:
    flagged = is_low_reliability(
        np.array([0.166, 0.167, np.nan, 0.01]), np.array([10, 10, 10, 9]), limit=0.166, minimum=10
    )
    assert flagged.tolist() == [False, True, True, True]


def test_shrinkage_stays_between_the_share_and_the_parent() -> None:
    own, parent = np.array([[1.0, 0.0], [0.2, 0.8], [0.9, 0.1]]), np.full((3, 2), 0.5)
    n = np.array([1.0, 50.0, 80.0])
    smoothed = shrink(own, parent, n)
    trust = (smoothed - parent)[:, 0] / (own - parent)[:, 0]
    assert (np.diff(trust) > 0).all(), "more respondents, more of their own"
    assert ((trust > 0) & (trust < 1)).all()


def test_territories_that_differ_no_more_than_by_chance_are_given_the_parent() -> None:
    parent = np.full((2, 2), 0.5)
    own = np.array([[0.51, 0.49], [0.49, 0.51]])
    assert similarity(own, parent, np.array([20.0, 20.0])) == 0
    np.testing.assert_array_equal(shrink(own, parent, np.array([20.0, 20.0])), parent)


def test_one_respondent_a_territory_teaches_nothing_about_territories() -> None:
    own = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert similarity(own, np.full((2, 2), 0.5), np.array([1.0, 1.0])) == 0


def test_similarity_is_found_again() -> None:
    """Beta-binomial territories: the intraclass correlation is 1/(a + b + 1) = 0.1 for a + b = 9."""
    rng = np.random.default_rng(5)
    n = rng.integers(5, 40, 4000)
    p = rng.beta(3.6, 5.4, 4000)
    own = rng.binomial(n, p) / n
    table = np.column_stack([own, 1 - own])
    assert similarity(table, np.tile([0.4, 0.6], (4000, 1)), n.astype(float)) == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("name", ["precision", "raking", "population", "generator"])
def test_examples_in_docstrings_are_true(name: str) -> None:
    outcome = doctest.testmod(import_module(f"atlante.maturity.{name}"))
    assert outcome.attempted > 0
    assert outcome.failed == 0
