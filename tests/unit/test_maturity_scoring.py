"""Scores of firms: open items are neither yes nor no, and levels and profiles begin where they are said to."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from atlante.catalogue.maturity import MaturityModel, load_models
from atlante.catalogue.surveys import Survey, load_surveys
from atlante.errors import InvalidSetting
from atlante.maturity import score_dii, score_item, score_model, wide_answers
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY = dt.date(2023, 5, 1)


@pytest.fixture(scope="module")
def surveys() -> dict[str, Survey]:
    return load_surveys(default_catalogue_dir())


@pytest.fixture(scope="module")
def survey(surveys: dict[str, Survey]) -> Survey:
    return surveys["dii_2023"]


@pytest.fixture(scope="module")
def model(surveys: dict[str, Survey]) -> MaturityModel:
    return load_models(default_catalogue_dir(), surveys)["four_axes"]


def answers_of(survey: Survey, values: Sequence[float], firm: str = "F", day: dt.date = DAY) -> pd.DataFrame:
    """Return one firm's answers in the order of the items; nan: left open."""
    codes = survey.codes[: len(values)]
    return pd.DataFrame({"firm_id": firm, "item": codes, "answered_on": day, "answer": values})


@pytest.mark.parametrize(
    ("yes", "level", "is_basic"),
    [
        (0, "very-low", False),
        (3, "very-low", False),
        (4, "low", True),
        (6, "low", True),
        (7, "high", True),
        (9, "high", True),
        (10, "very-high", True),
        (12, "very-high", True),
    ],
)
def test_each_yes_is_a_point_and_levels_begin_where_eurostat_says(
    survey: Survey, yes: int, level: str, *, is_basic: bool
) -> None:
    row = score_dii(answers_of(survey, [1.0] * yes + [0.0] * (12 - yes)), survey).table.loc["F"]
    assert (row["score"], row["category"], row["is_basic"]) == (yes, level, is_basic)


def test_an_open_item_is_no_zero_where_it_matters(survey: Survey) -> None:
    """Three yes, eight no, one open: three points or four, so neither level nor basic is known."""
    row = score_dii(answers_of(survey, [1.0] * 3 + [0.0] * 8 + [np.nan]), survey).table.loc["F"]
    assert (row["lowest"], row["highest"], row["answered"]) == (3, 4, 11)
    assert np.isnan(row["score"])
    assert row["category"] is None
    assert row["is_basic"] is pd.NA


def test_an_open_item_does_no_harm_where_it_can_not_matter(survey: Survey) -> None:
    row = score_dii(answers_of(survey, [1.0] * 4 + [0.0] * 6 + [np.nan] * 2), survey).table.loc["F"]
    assert np.isnan(row["score"])
    assert (row["category"], row["is_basic"]) == ("low", True)


def test_who_answered_too_little_is_not_scored_even_where_it_would_be_clear(survey: Survey) -> None:
    assert survey.estimation.minimum_answered == 10
    row = score_dii(answers_of(survey, [1.0] * 9), survey).table.loc["F"]
    assert (row["answered"], row["category"], row["is_basic"]) == (9, None, pd.NA)
    assert np.isnan(row["lowest"])


def test_a_firm_that_left_everything_open_is_there_and_unknown(survey: Survey) -> None:
    table = score_dii(answers_of(survey, [np.nan] * 12), survey).table
    assert table.index.tolist() == ["F"]
    assert table.loc["F", "answered"] == 0
    assert table.loc["F", "category"] is None


def test_the_latest_answer_counts_item_by_item(survey: Survey) -> None:
    old, new = answers_of(survey, [0.0] * 12), answers_of(survey, [1.0] * 4, day=dt.date(2023, 6, 1))
    table = wide_answers(pd.concat([new, old]), survey.codes)
    assert table.loc["F"].tolist() == [1.0] * 4 + [0.0] * 8


def test_the_profile_is_a_weighted_mean_of_axes(survey: Survey, model: MaturityModel) -> None:
    """By hand: connection 100 (weight 1), processes (2 + 1)/5 = 60 (1.5), market 20 (1), data 0 (1.5): 210/5 = 42."""
    yes = {"internet_over_half", "speed_30", "erp", "cloud", "social_media"}
    given = answers_of(survey, [float(code in yes) for code in survey.codes])
    row = score_model(given, model, survey).table.loc["F"]
    assert (row["connection"], row["processes"], row["market"], row["data"]) == pytest.approx((100, 60, 20, 0))
    assert row["score"] == pytest.approx(42)
    assert row["category"] == "timido"


@pytest.mark.parametrize(("yes", "profile"), [(0, "analogico"), (12, "avanzato")])
def test_the_extremes_have_the_extreme_profiles(survey: Survey, model: MaturityModel, yes: int, profile: str) -> None:
    given = answers_of(survey, [1.0] * yes + [0.0] * (12 - yes))
    row = score_model(given, model, survey).table.loc["F"]
    assert (row["score"], row["category"]) == (pytest.approx(100 * yes / 12), profile)


def test_a_score_that_reaches_a_cut_off_but_for_rounding_has_reached_it(survey: Survey) -> None:
    """Two of four equal axes of one item each are 50 exactly, in floating point or not."""
    axes = [
        {"id": f"a{n}", "title": {"it": "", "en": "", "de": ""}, "weight": 0.1, "items": {code: 0.3}}
        for n, code in enumerate(survey.codes[:6])
    ]
    title = {"it": "", "en": "", "de": ""}
    model = MaturityModel.model_validate(
        {
            "model_id": "m", "title": title, "definition": title, "source": "s", "is_own": True, "survey": "dii_2023",
            "minimum_answered": 1, "axes": axes,
            "profiles": [{"id": "low", "title": title, "lowest": 0}, {"id": "half", "title": title, "lowest": 50}],
        }
    )  # fmt: skip
    row = score_model(answers_of(survey, [1.0] * 3 + [0.0] * 9), model, survey).table.loc["F"]
    assert row["category"] == "half"


def test_one_item_is_yes_no_or_unknown(survey: Survey) -> None:
    given = pd.concat([answers_of(survey, [said], firm) for firm, said in (("A", 1.0), ("B", 0.0), ("C", np.nan))])
    scores = score_item(given, survey, survey.codes[0])
    assert scores.categories == ("no", "yes")
    assert scores.table["category"].tolist() == ["yes", "no", None]
    with pytest.raises(InvalidSetting, match="item is 'robots'; expected an item of dii_2023: internet_over_half"):
        score_item(given, survey, "robots")


def test_an_axis_with_an_open_item_has_no_score_of_its_own(survey: Survey, model: MaturityModel) -> None:
    given = answers_of(survey, [np.nan] + [1.0] * 11)
    row = score_model(given, model, survey).table.loc["F"]
    assert np.isnan(row["connection"])
    assert row["market"] == pytest.approx(100)
    assert row["category"] == "avanzato", "the open item can't take it below 75"
