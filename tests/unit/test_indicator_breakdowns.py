"""Breakdowns that a kind of indicator can't be computed of are refused when the catalogue is loaded, never left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atlante.catalogue.indicators import load_indicators
from atlante.errors import InvalidDefinition
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = default_catalogue_dir()
HEAD = """
theme = "structure"
unit = "share, 0 to 1"
digits = 3
polarity = "neutral"
interval = "none"
disclosure = "{disclosure}"
levels = ["province", "region", "country"]
title = {{ it = "a", en = "b", de = "c" }}
definition = {{ it = "a", en = "b", de = "c" }}
source = {{ it = "a", en = "b", de = "c" }}
breakdowns = {{ {breakdowns} }}
"""
LINE = 12  # of the breakdowns
COUNT_BY_YEAR = '[count]\nperiod = "registration-year"\ndate = "registration_date"'
SHARE_OF_SLICE = '[slice-share]\namong = "all-firms"'
SHARE_OF_STAGE = '[slice-share]\namong = "filiera"'
QUOTIENT_OF_SLICE = '[location-quotient]\nof = "slice"'
OVERLAP = '[co-location]\nmeasure = "overlap"\nstages = ["upstream", "core"]'
COMPLETENESS = '[completeness]\nmeasure = "evenness"'
STAGES = '[diversity]\nmeasure = "hhi"\nover = "stage"'
DIVISIONS = '[diversity]\nmeasure = "hhi"\nover = "division"'
KRUGMAN = '[specialisation]\nover = "division"'
SURVIVAL = "[survival]\nafter_years = 3"
CONTEXT = '[contextual]\nof = "inhabitants"'
SURVEY = '[survey]\nsurvey = "dii_2024"\nof = "basic"'
MEAN = '[mean]\nof = "age_years(registration_date)"'
QUOTIENT = "[location-quotient]\nof = 'sector(\"kis\")'"
INEQUALITY = '[inequality]\nmeasure = "theil"'
RATE = '[rate]\nper = "inhabitants"'
BY = 'by = ["size_class"]'
OF_FILIERE, OF_STAGES = "filiera = true", "filiera = true, stage = true"


def _write(folder: Path, table: str, breakdowns: str, *, disclosure: str = "public-register") -> Path:
    (folder / "indicators").mkdir()
    text = HEAD.format(disclosure=disclosure, breakdowns=breakdowns) + table
    (folder / "indicators" / "own.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("table", "breakdowns", "key"),
    [
        (COUNT_BY_YEAR, BY, "by"),
        (SHARE_OF_SLICE, f"{OF_FILIERE}, {BY}", "by"),
        (QUOTIENT_OF_SLICE, f"{OF_FILIERE}, {BY}", "by"),
        (OVERLAP, f"{OF_FILIERE}, {BY}", "by"),
        (OVERLAP, OF_STAGES, "stage"),
        (COMPLETENESS, f"{OF_FILIERE}, {BY}", "by"),
        (COMPLETENESS, OF_STAGES, "stage"),
        (STAGES, OF_STAGES, "stage"),
        (STAGES, f"{OF_FILIERE}, {BY}", "by"),
        (DIVISIONS, BY, "by"),
        (KRUGMAN, BY, "by"),
        (SURVIVAL, BY, "by"),
        (CONTEXT, BY, "by"),
        (CONTEXT, OF_FILIERE, "filiera"),
    ],
)
def test_a_breakdown_that_the_kind_has_not_is_refused(table: str, breakdowns: str, key: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        load_indicators(SHIPPED, _write(tmp_path, table, breakdowns))
    assert (caught.value.path.name, caught.value.line, caught.value.key) == ("own.toml", LINE, f"breakdowns.{key}")
    assert f"is not computed by '{key}': leave it out; " in caught.value.problem


def test_what_would_be_possible_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match="possible is 'filiera', 'stage'"):
        load_indicators(SHIPPED, _write(tmp_path, SURVIVAL, BY))


def test_a_survey_is_of_all_firms_alone(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match=r"breakdowns\.filiera: .* leave it out; it has none"):
        load_indicators(SHIPPED, _write(tmp_path, SURVEY, OF_FILIERE, disclosure="threshold"))


@pytest.mark.parametrize(
    ("table", "breakdowns", "says"),
    [
        (QUOTIENT_OF_SLICE, "", "filiera = true is needed"),
        (STAGES, "", "filiera = true is needed"),
        (SHARE_OF_SLICE, "", "filiera = true is needed"),
        (SHARE_OF_STAGE, OF_FILIERE, "stage = true is needed"),
    ],
)
def test_a_breakdown_without_which_there_is_no_value_anywhere_is_asked_for(
    table: str, breakdowns: str, says: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        load_indicators(SHIPPED, _write(tmp_path, table, breakdowns))
    assert (caught.value.line, caught.value.key) == (LINE, "breakdowns")
    assert says in caught.value.problem


@pytest.mark.parametrize(
    ("of", "breakdowns", "key"),
    [("firm_age", OF_STAGES, "stage"), ("firm_age", BY, "by"), ("population", OF_FILIERE, "filiera")],
)
def test_a_change_has_no_slice_that_the_indicator_it_is_of_has_not(
    of: str, breakdowns: str, key: str, tmp_path: Path
) -> None:
    growth = f'[growth]\nof = "{of}"\nform = "rate"\nbase = "P1Y"'
    with pytest.raises(InvalidDefinition) as caught:
        load_indicators(SHIPPED, _write(tmp_path, growth, breakdowns))
    assert (caught.value.line, caught.value.key) == (LINE, f"breakdowns.{key}")
    assert f"computed from '{of}', which is not broken down so" in caught.value.problem


@pytest.mark.parametrize("table", [MEAN, QUOTIENT, INEQUALITY, RATE, '[count]\nfirms = "all"'])
def test_a_kind_that_is_computed_of_every_slice_is_taken(table: str, tmp_path: Path) -> None:
    own = _write(tmp_path, table, f'{OF_STAGES}, by = ["size_class", "legal_form"]')
    assert load_indicators(SHIPPED, own).indicators["own"].breakdowns.by == ("size_class", "legal_form")
