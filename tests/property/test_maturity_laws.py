"""Laws of weighting, of estimates and of the account of answers, whatever the data are."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from atlante.catalogue.maturity import load_models
from atlante.catalogue.surveys import Survey, load_surveys
from atlante.maturity import (
    count_population,
    estimate,
    estimate_shares,
    invent_survey,
    rake,
    read_answer_file,
    score_dii,
    shrink,
)
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from atlante.maturity import SyntheticSurvey

SURVEYS = load_surveys(default_catalogue_dir())
SURVEY = SURVEYS["dii_2023"]
_TABLES = arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 5)), elements=st.floats(0.1, 50))
_SAMPLES = st.lists(
    st.tuples(st.floats(0.05, 20), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=60
)  # weight, category, territory


def _margins(table: np.ndarray) -> tuple[pd.DataFrame, list[pd.Series]]:
    """Return one respondent a cell and the margins of a population with the table's cells."""
    row, column = np.indices(table.shape)
    sample = pd.DataFrame({"row": row.ravel(), "column": column.ravel()})
    return sample, [
        pd.Series(table.sum(axis=1)).rename_axis("row"),
        pd.Series(table.sum(axis=0)).rename_axis("column"),
    ]


@given(_TABLES, st.integers(0, 2**32 - 1))
def test_weights_reproduce_every_margin(table: np.ndarray, seed: int) -> None:
    sample, margins = _margins(table)
    base = np.random.default_rng(seed).uniform(0.5, 2, len(sample))
    fitted = rake(sample, margins, base=base)
    for margin in margins:
        weighted = pd.Series(fitted.weights).groupby(sample[margin.index.name]).sum()
        np.testing.assert_allclose(weighted.to_numpy(), margin.to_numpy(), rtol=1e-6)
    assert (fitted.weights > 0).all()
    assert 1 <= fitted.deff <= len(sample)


@given(_TABLES, st.floats(1e-3, 1e3), st.randoms(use_true_random=False))
def test_the_order_of_respondents_and_margins_and_the_scale_of_base_weights_do_not_matter(
    table: np.ndarray, factor: float, random: object
) -> None:
    sample, margins = _margins(table)
    base = np.linspace(0.5, 2, len(sample))
    order = list(range(len(sample)))
    random.shuffle(order)  # type: ignore[attr-defined]
    first = rake(sample, margins, base=base)
    second = rake(sample.iloc[order], margins[::-1], base=factor * base[order])
    np.testing.assert_allclose(second.weights, first.weights[order], rtol=1e-5)


@given(_SAMPLES)
def test_a_share_lies_in_its_interval_and_shares_add_up_to_1(sample: list[tuple[float, int, int]]) -> None:
    weights, category, territory = (np.array(column) for column in zip(*sample, strict=True))
    found = estimate_shares(weights, category, territory, shape=(3, 4))
    known = found.n > 0
    np.testing.assert_allclose(found.value[known].sum(axis=1), 1)
    assert (found.low[known] <= found.value[known] + 1e-12).all()
    assert (found.value[known] <= found.high[known] + 1e-12).all()
    assert ((found.low[known] >= 0) & (found.high[known] <= 1)).all()
    assert (found.n_eff[known] <= found.n[known][:, None] + 1e-9).all()
    assert np.isnan(found.value[~known]).all()


@given(_SAMPLES, st.floats(1e-3, 1e3))
def test_estimates_do_not_depend_on_the_unit_of_the_weights(
    sample: list[tuple[float, int, int]], factor: float
) -> None:
    weights, category, territory = (np.array(column) for column in zip(*sample, strict=True))
    one = estimate_shares(weights, category, territory, shape=(3, 4))
    other = estimate_shares(factor * weights, category, territory, shape=(3, 4))
    for name in ("value", "low", "high", "n_eff", "cv"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-6, atol=1e-9)


@given(_SAMPLES)
def test_smoothed_shares_lie_between_their_own_and_the_parents_and_add_up_to_1(
    sample: list[tuple[float, int, int]],
) -> None:
    weights, category, territory = (np.array(column) for column in zip(*sample, strict=True))
    own = estimate_shares(weights, category, territory, shape=(3, 4))
    parent = estimate_shares(weights, category, 0 * territory, shape=(1, 4)).value
    parents = np.repeat(parent, 3, axis=0)
    smoothed = shrink(own.value, parents, own.n_kish)
    np.testing.assert_allclose(smoothed.sum(axis=1), 1)
    between = np.where(own.n[:, None] > 0, own.value, parents)
    assert (smoothed >= np.minimum(between, parents) - 1e-9).all()
    assert (smoothed <= np.maximum(between, parents) + 1e-9).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=12, max_size=12))
def test_whatever_open_items_would_have_been_a_known_level_stays(values: list[float]) -> None:
    def level(answers: list[float]) -> object:
        frame = pd.DataFrame(
            {"firm_id": "F", "item": SURVEY.codes, "answered_on": dt.date(2024, 1, 1), "answer": answers}
        )
        return score_dii(frame, SURVEY).table.loc["F", "category"]

    known = level(values)
    if known is not None:
        assert level([0.0 if np.isnan(value) else value for value in values]) == known
        assert level([1.0 if np.isnan(value) else value for value in values]) == known


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(alphabet='019,";\n\rasìerpdii2034- ', max_size=60), max_size=12))
def test_accepted_and_rejected_are_all_rows_of_a_file_whatever_stands_in_it(lines: list[str]) -> None:
    good = "01234567890,dii,erp,2023,2024-05-31,sì"
    text = "\n".join(["firm,survey,item,version,date,answer", good, *lines])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(text.encode())
        answers = read_answer_file(path, SURVEY, SURVEYS, today=dt.date(2024, 12, 31))
    rows = [line for line in text.split("\n")[1:] if line.strip()]
    assert len(answers.rows) + len(answers.rejects) == answers.rows_in_file == len(rows)
    assert len(set(answers.rows["row_number"]) | set(answers.rejects["row_number"])) == len(rows)


def population(firms: int, seed: int) -> pd.DataFrame:
    """Return firms of 60 municipalities in 20 regions, small and large, of all sectors."""
    rng = np.random.default_rng(seed)
    place = np.minimum(rng.exponential(18, firms).astype(int), 59)
    return pd.DataFrame(
        {
            "firm_id": [f"{n:011d}" for n in range(firms)],
            "municipality_code": [f"A{n:03d}" for n in place],
            "region_code": [f"{n % 20 + 1:02d}" for n in place],
            "sector": rng.choice([sector.id for sector in SURVEY.population.sectors], firms),
            "size": rng.choice(["10-49", "50-249", "250+"], firms, p=[0.85, 0.12, 0.03]),
        }
    )


TERRITORIES = pd.DataFrame(
    [
        (f"A{n:03d}", f"{n % 30 + 1:03d}" if n % 30 < 20 else f"{n % 20 + 1:03d}", f"{n % 20 + 1:02d}")
        for n in range(60)
    ],
    columns=["municipality_code", "province_code", "region_code"],
).assign(province_code=lambda table: "1" + table["region_code"])


def invented(seed: int, survey: Survey = SURVEY, respondents: int = 500) -> SyntheticSurvey:
    firms = population(8_000, seed)
    return invent_survey(firms, survey, respondents=respondents, seed=seed, answered_on=dt.date(2024, 5, 31))


def estimated(made: SyntheticSurvey) -> pd.DataFrame:
    firms = made.firms.drop(columns="region_code")
    found = estimate(made.answers, firms, made.survey, population=count_population(firms), territories=TERRITORIES)
    return found.table


def test_weighting_brings_a_self_selected_sample_nearer_to_the_truth() -> None:
    """Over twenty seeds: the raw share is some 12 points too high, the weighted one below 4: scores still select."""
    raw, weighted = [], []
    for seed in range(20):
        made = invented(seed)
        is_basic = made.firms["score"] >= 4
        table = estimated(made).query("level == 'country'").set_index("category")
        raw.append(is_basic[made.firms["has_answered"]].mean() - is_basic.mean())
        weighted.append(table.loc["basic", "value"] - is_basic.mean())
    assert sum(abs(w) < abs(r) for w, r in zip(weighted, raw, strict=True)) == 20
    assert np.mean(raw) > 0.1
    assert abs(np.mean(weighted)) < 0.04


def test_smoothing_brings_municipalities_nearer_to_the_truth() -> None:
    for seed in range(5):
        made = invented(seed)
        truth = (made.firms["score"] >= 4).groupby(made.firms["municipality_code"]).mean()
        table = estimated(made).query("level == 'municipality' and category == 'basic' and n > 0")
        errors = table.set_index("territory_code")[["value", "smoothed"]].sub(truth, axis=0).dropna()
        assert (errors["smoothed"] ** 2).mean() < (errors["value"] ** 2).mean()


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return estimated(invented(7))


def test_every_territory_has_every_category_once(table: pd.DataFrame) -> None:
    counts = table.groupby("level")["territory_code"].nunique().to_dict()
    assert counts == {"municipality": 60, "province": 20, "region": 20, "country": 1}
    categories = {"very-low", "low", "high", "very-high", "at-least-low", "at-least-high", "basic", "mean-score"}
    assert set(table["category"]) == categories
    assert len(table) == sum(counts.values()) * len(categories)
    assert not table.duplicated(["level", "territory_code", "category"]).any()


def test_levels_add_up_to_1_and_basic_is_all_but_the_lowest(table: pd.DataFrame) -> None:
    for column in ("value", "smoothed"):
        wide = table.pivot_table(index=["level", "territory_code"], columns="category", values=column).dropna()
        parts = wide[["very-low", "low", "high", "very-high"]]
        np.testing.assert_allclose(parts.sum(axis=1), 1)
        np.testing.assert_allclose(wide["basic"], 1 - wide["very-low"], atol=1e-12)


def test_the_mean_score_is_weighted_and_drawn_towards_the_parent(table: pd.DataFrame) -> None:
    means = table.query("category == 'mean-score'").set_index(["level", "territory_code"])
    country = means.loc["country"].iloc[0]
    assert 3 < country["low"] < country["value"] < country["high"] < 6
    regions = means.loc["region"]
    gap, smoothed_gap = (regions[name] - country["value"] for name in ("value", "smoothed"))
    assert (smoothed_gap.abs() <= gap.abs() + 1e-9).all()


def test_profiles_and_items_are_estimated_in_the_same_way() -> None:
    made = invented(5)
    firms = made.firms.drop(columns="region_code")
    rest = {"population": count_population(firms), "territories": TERRITORIES}
    model = load_models(default_catalogue_dir(), SURVEYS)["four_axes"]
    for of, categories in ((model, ["analogico", "timido", "convinto", "avanzato"]), ("erp", ["no", "yes"])):
        table = estimate(made.answers, firms, SURVEY, of=of, **rest).table.query("level == 'country'")
        assert table.set_index("category")["value"].loc[categories].sum() == pytest.approx(1)
        assert ("mean-score" in set(table["category"])) == (of is model)


def test_where_nobody_answered_there_is_no_value_but_the_parents_smoothed_one() -> None:
    made = invented(3, respondents=60)
    table = estimated(made).query("category == 'basic'").set_index(["level", "territory_code"])
    empty = table.loc["municipality"].query("n == 0 and firms > 0")
    assert len(empty) > 0
    assert empty["value"].isna().all()
    assert empty["is_low_reliability"].all()
    above = TERRITORIES.set_index("municipality_code")["province_code"].reindex(empty.index)
    np.testing.assert_allclose(empty["smoothed"], table.loc["province"]["smoothed"].reindex(above).to_numpy())


def test_estimates_on_few_respondents_are_of_low_reliability(table: pd.DataFrame) -> None:
    assert table.query("n < 10")["is_low_reliability"].all()
    assert not table.query("level == 'country' and category == 'basic'")["is_low_reliability"].any()


@given(st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_invented_scores_reach_levels_as_often_as_published(seed: int) -> None:
    """Istat, Imprese e ICT 2023: of 10 to 249 persons 60.7 % basic, 21.3 % high; of 250 and more 91.1 and 68.1 %."""
    firms = invented(seed).firms
    is_large = firms["size"] == "250+"
    for rows, lowest, share in (
        (~is_large, 4, 0.607),
        (~is_large, 7, 0.213),
        (is_large, 4, 0.911),
        (is_large, 7, 0.681),
    ):
        n = rows.sum()
        assert (firms["score"][rows] >= lowest).mean() == pytest.approx(share, abs=5 * np.sqrt(0.25 / n))


def test_a_seed_gives_the_same_answers_whatever_the_order_of_firms() -> None:
    firms = population(2000, 1)
    arguments = {"respondents": 100, "seed": 4, "answered_on": dt.date(2024, 5, 31)}
    one = invent_survey(firms, SURVEY, **arguments)
    other = invent_survey(firms.iloc[::-1], SURVEY, **arguments)
    pd.testing.assert_frame_equal(one.answers, other.answers)


def test_yes_and_no_add_up_to_the_score_but_for_what_was_left_open() -> None:
    made = invented(2)
    scored = score_dii(made.answers, SURVEY).table.join(made.firms.set_index("firm_id")["score"].rename("true"))
    assert ((scored["lowest"] <= scored["true"]) & (scored["true"] <= scored["highest"])).all()
