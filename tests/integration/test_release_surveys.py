"""What a release tells of a survey: estimates with intervals and respondents, and nothing that rests on two answers.

Every municipality is a province of its own here, with fifty firms of one sector and size, so that all respondents of a
region weigh the same. Region 03: 36 of 40 who answered in A001 (province 015) reach the basic level, 4 of 10 in A002
(016). Region 01: 3 of 9 in B001 (001), 1 of 2 in B002 (002).
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from running import application_on
from small_country import Firm, fiscal_code, ingest, load_boundaries, numbered, small_catalogue

from atlante import pipeline
from atlante.catalogue.surveys import load_surveys
from atlante.pipeline.surveys import SurveyIntake, load_survey
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY = dt.date(2024, 12, 31)
SURVEY, INDICATOR = "dii_2023", "dii_basic_2023"
FIRMS = 50
ANSWERED = {"A001": (40, 36), "A002": (10, 4), "B001": (9, 3), "B002": (2, 1)}
PROVINCES = {
    "province_code": ["015", "016", "001", "002"],
    "province": ["Milano", "Bergamo", "Torino", "Vercelli"],
    "sigla": ["MI", "BG", "TO", "VC"],
}


@pytest.fixture(scope="module")
def published(lasting_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of a database in which the answers to a survey are published, for tests that only read."""
    folder, url = tmp_path_factory.mktemp("published"), lasting_database("release_surveys")
    catalogue = small_catalogue(
        folder / "catalogue", {}, shipped=[f"surveys/{SURVEY}.toml", f"indicators/{INDICATOR}.toml"]
    )
    load_boundaries(url, **PROVINCES)
    ingest(url, catalogue, folder, DAY, numbered([Firm(place) for place in ANSWERED for _ in range(FIRMS)]))
    load_survey(url, catalogue, SurveyIntake(SURVEY, _answers(folder), DAY))
    pipeline.build(url, catalogue, cache_dir=folder)
    pipeline.make_release(url, catalogue)
    return url


def _answers(folder: Path) -> Path:
    """Write answers that are yes to every item, or no to every item."""
    survey = load_surveys(default_catalogue_dir())[SURVEY]
    rows = [
        f"{fiscal_code(place * FIRMS + number + 1)},{survey.family},{item.code},{survey.version},{DAY},"
        f"{'yes' if number < yes else 'no'}\n"
        for place, (respondents, yes) in enumerate(ANSWERED.values())
        for number in range(respondents)
        for item in survey.items
    ]
    path = folder / "answers.csv"
    path.write_text("firm,survey,item,version,date,answer\n" + "".join(rows), encoding="utf-8")
    return path


def _served(url: str, collection: str) -> dict[str, dict[str, Any]]:
    with application_on(url) as application:
        answer = application.test_client().get(f"/api/collections/{collection}/items?f=json&limit=1000")
    assert answer.status_code == 200, answer.text
    return {row["code"]: row for row in (each["properties"] for each in json.loads(answer.text)["features"])}


def test_estimates_are_told_with_their_interval_respondents_and_reliability(published: str) -> None:
    """The coefficient of variation is 5 % in 015, 39 % in 016, 7 % in 03 and 40 % in 01."""
    provinces, regions = (_served(published, f"observations-{level}") for level in ("provinces", "regions"))
    expected = [
        (provinces["015"], 36 / 40, 40, "value"),
        (provinces["016"], 4 / 10, 10, "low-reliability"),
        (regions["03"], 40 / 50, 50, "value"),
        (regions["01"], 4 / 11, 11, "low-reliability"),
        (_served(published, "observations-countries")["IT"], (40 / 50 + 4 / 11) / 2, 61, "value"),
    ]
    for row, value, respondents, status in expected:
        assert row["value"] == pytest.approx(value, abs=5e-4)
        assert (row["firms"], row["status"]) == (respondents, status)
        assert 0 < row["low"] < row["value"] < row["high"] < 1


def test_of_what_rests_on_two_answers_and_of_what_would_tell_it_there_is_no_number(published: str) -> None:
    """The region is told, so without B001 the answers of B002 would follow from it."""
    tidy, wide = (_served(published, f"{kind}-provinces") for kind in ("observations", "indicators"))
    for code in ("001", "002"):
        assert tidy[code]["status"] == wide[code][f"{INDICATOR}_status"] == "suppressed"
        told = ("value", "low", "high", "smoothed", "firms", "firms_unknown")
        assert [tidy[code][name] for name in told] == [None] * len(told)
        assert [wide[code][f"{INDICATOR}{end}"] for end in ("", "_low", "_high", "_firms")] == [None] * 4


def test_smoothed_values_are_told_of_a_level_that_lacks_none_and_not_where_few_are_withheld(published: str) -> None:
    country = _served(published, "observations-countries")["IT"]["value"]
    for row in _served(published, "observations-regions").values():
        low, high = sorted((row["value"], country))
        assert low <= row["smoothed"] <= high
    assert {row["smoothed"] for row in _served(published, "observations-provinces").values()} == {None}
