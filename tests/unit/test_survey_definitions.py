"""Surveys and models of maturity as data: what ships is sound, versions are kept apart, and what is wrong is named."""

from __future__ import annotations

import doctest
import json
import re
import tomllib
from typing import TYPE_CHECKING

import jsonschema
import pytest
from small_country import indicator

from atlante.catalogue import surveys as module
from atlante.catalogue.indicators import load_indicators
from atlante.catalogue.maturity import MaturityModel, load_models
from atlante.catalogue.schema import schemas
from atlante.catalogue.surveys import Survey, compare, load_surveys, require_comparable, survey_of
from atlante.errors import IncomparableVersions, InvalidDefinition, UnknownSurvey
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from pathlib import Path

SURVEY = """
family = "mine"
version = "1"
title = { it = "i", en = "e", de = "d" }
definition = { it = "i", en = "e", de = "d" }
source = "s"
basic_from = 2

[[items]]
code = "web"
title = { it = "i", en = "e", de = "d" }

[[items]]
code = "skills"
kind = "scale"
highest = 3
title = { it = "i", en = "e", de = "d" }

[[levels]]
id = "low"
title = { it = "i", en = "e", de = "d" }
lowest = 0
highest = 1

[[levels]]
id = "high"
title = { it = "i", en = "e", de = "d" }
lowest = 2
highest = 4

[estimation]
minimum_answered = 2

[population]
sizes = [{ id = "all", lowest = 1 }]
sectors = [{ id = "all", title = { it = "i", en = "e", de = "d" }, divisions = ["01-99"] }]
"""
MODEL = """
is_own = true
survey = "mine"
minimum_answered = 1
source = "s"
title = { it = "i", en = "e", de = "d" }
definition = { it = "i", en = "e", de = "d" }

[[axes]]
id = "tools"
title = { it = "i", en = "e", de = "d" }
weight = 1.0
items = { web = 1.0 }

[[profiles]]
id = "analogico"
title = { it = "i", en = "e", de = "d" }
lowest = 0

[[profiles]]
id = "avanzato"
title = { it = "i", en = "e", de = "d" }
lowest = 50
"""


@pytest.fixture(scope="module")
def shipped() -> dict[str, Survey]:
    return load_surveys(default_catalogue_dir())


def write(folder: Path, survey: str = SURVEY, model: str | None = None) -> Path:
    (folder / "surveys").mkdir()
    (folder / "surveys" / "mine.toml").write_text(survey, encoding="utf-8")
    if model is not None:
        (folder / "maturity").mkdir()
        (folder / "maturity" / "mine.toml").write_text(model, encoding="utf-8")
    return folder


def models(folder: Path) -> dict[str, MaturityModel]:
    return load_models(folder, load_surveys(folder))


@pytest.mark.parametrize("year", [2021, 2022, 2023, 2024])
def test_the_digital_intensity_index_has_twelve_items_and_four_levels(shipped: dict[str, Survey], year: int) -> None:
    """Bounds of the levels: Eurostat, isoc_e_dii: very low 0-3, low 4-6, high 7-9, very high 10-12; basic from 4."""
    survey = shipped[f"dii_{year}"]
    assert len(survey.items) == 12
    assert {(item.kind, item.highest) for item in survey.items} == {("yes-no", 1)}
    assert [(level.lowest, level.highest) for level in survey.levels] == [(0, 3), (4, 6), (7, 9), (10, 12)]
    assert survey.basic_from == 4
    assert survey.population.sizes[0].lowest == 10


def test_the_shipped_model_says_that_it_is_ours_and_uses_every_item_of_its_survey(shipped: dict[str, Survey]) -> None:
    model = load_models(default_catalogue_dir(), shipped)["four_axes"]
    assert model.is_own
    assert [profile.id for profile in model.profiles] == ["analogico", "timido", "convinto", "avanzato"]
    assert len(model.axes) == 4
    assert sorted(model.codes) == sorted(shipped[model.survey].codes)


def test_no_two_shipped_versions_can_be_compared(shipped: dict[str, Survey]) -> None:
    """Italian SMEs at the basic level: 60.3 % in 2021, 69.9 % in 2022, 60.7 % in 2023: the questions changed."""
    for first in shipped.values():
        for second in shipped.values():
            assert compare(first, second).is_comparable == (first is second)


def test_a_refused_comparison_names_what_each_version_asks_alone(shipped: dict[str, Survey]) -> None:
    with pytest.raises(IncomparableVersions, match="2021 alone asks iot; 2023 alone asks data_analytics"):
        require_comparable(shipped["dii_2021"], shipped["dii_2023"])
    require_comparable(shipped["dii_2021"], shipped["dii_2021"])


def test_versions_that_ask_the_same_can_be_compared_once_one_says_so(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "surveys" / "next.toml").write_text(SURVEY.replace('version = "1"', 'version = "2"'), encoding="utf-8")
    before = load_surveys(folder)
    assert "neither file states" in compare(before["mine"], before["next"]).reason
    said = SURVEY.replace('source = "s"', 'source = "s"\nsame_as = ["mine"]')
    (folder / "surveys" / "next.toml").write_text(said, encoding="utf-8")
    after = load_surveys(folder)
    assert compare(after["mine"], after["next"]).is_comparable
    assert compare(after["next"], after["mine"]).is_comparable


def test_surveys_of_two_families_measure_different_things(shipped: dict[str, Survey], tmp_path: Path) -> None:
    mine = load_surveys(write(tmp_path))["mine"]
    assert "different things" in compare(mine, shipped["dii_2021"]).reason


def test_an_unknown_survey_is_answered_with_the_known_ones(shipped: dict[str, Survey]) -> None:
    with pytest.raises(UnknownSurvey, match=r"'dii_2030'. Known: dii_2021, dii_2022"):
        survey_of(shipped, "dii_2030")


@pytest.mark.parametrize(
    ("old", "new", "key", "said"),
    [
        ("basic_from = 2", "basic_from = 1", "file", "a level above the first must begin there"),
        ("basic_from = 2\n", "", "file", "levels need it"),
        ("lowest = 2\nhighest = 4", "lowest = 3\nhighest = 4", "file", "without gaps from 0 to 4"),
        ("lowest = 2\nhighest = 4", "lowest = 2\nhighest = 5", "file", "without gaps from 0 to 4"),
        ('code = "skills"', 'code = "web"', "items", "the codes web stand there twice"),
        ('kind = "scale"\n', "", "items.1", "a yes-no item gives 1 at most"),
        ("minimum_answered = 2", "minimum_answered = 3", "file", "there are 2 items"),
        ("minimum_answered = 2", "minimum_answerd = 2", "estimation.minimum_answerd", "no key 'minimum_answerd' here"),
        ('family = "mine"', 'famly = "mine"', "famly", "there is no key 'famly' here; known are 'family', 'version'"),
        ('divisions = ["01-99"]', 'divisions = ["1-99"]', "population.sectors.0.divisions.0", "pattern"),
        ('id = "high"', 'id = "low"', "levels", "the ids low stand there twice"),
        ('id = "high"', 'id = "at-least-low"', "levels", "'at-least-low' is the name of an estimate of all levels"),
        ('source = "s"', 'source = "s"\nsame_as = ["yours"]', "same_as", "there is no survey 'yours'; there are mine"),
        (
            'divisions = ["01-99"] }',
            'divisions = ["01-99"] }, { id = "x", title = { it = "i", en = "e", de = "d" }, divisions = ["62"] }',
            "population.sectors",
            "the divisions 62 are in two sectors",
        ),
    ],
)  # fmt: skip
def test_a_mistake_in_a_survey_is_reported_with_file_and_key(
    tmp_path: Path, old: str, new: str, key: str, said: str
) -> None:
    assert old in SURVEY
    folder = write(tmp_path, SURVEY.replace(old, new))
    with pytest.raises(InvalidDefinition, match=said) as caught:
        load_surveys(folder)
    assert (caught.value.path.name, caught.value.key) == ("mine.toml", key)


@pytest.mark.parametrize(
    ("old", "new", "key", "said"),
    [
        ('survey = "mine"', 'survey = "yours"', "survey", "there is no survey 'yours'; there are mine"),
        ("items = { web = 1.0 }", "items = { wap = 1.0 }", "axes.0.items", "mine asks no 'wap'; it asks web, skills"),
        ("items = { web = 1.0 }", "items = { web = 0 }", "axes.0.items.web", "greater than 0"),
        ("items = { web = 1.0 }", "items = {}", "axes.0.items", "at least 1"),
        ("lowest = 50", "lowest = 0", "profiles", "'lowest' must rise from profile to profile"),
        ("lowest = 50", "lowest = 100", "profiles.1.lowest", "less than 100"),
        ("is_own = true\n", "", "is_own", "required"),
        ("minimum_answered = 1", "minimum_answered = 2", "file", "the axes have 1 items"),
        ('id = "avanzato"', 'id = "mean-score"', "profiles", "'mean-score' is the name of an estimate of all profiles"),
        ('id = "avanzato"', 'id = "analogico"', "profiles", "stands there twice"),
    ],
)
def test_a_mistake_in_a_model_is_reported_with_file_and_key(
    tmp_path: Path, old: str, new: str, key: str, said: str
) -> None:
    assert old in MODEL
    folder = write(tmp_path, model=MODEL.replace(old, new))
    with pytest.raises(InvalidDefinition, match=said) as caught:
        models(folder)
    assert (caught.value.path.name, caught.value.key) == ("mine.toml", key)


def test_a_sound_survey_and_model_are_read(tmp_path: Path) -> None:
    folder = write(tmp_path, model=MODEL)
    assert models(folder)["mine"].codes == ("web",)


@pytest.mark.parametrize(
    ("of", "file"),
    [
        (of, file)
        for of, folder in (("survey", "surveys"), ("maturity", "maturity"))
        for file in sorted((default_catalogue_dir() / folder).glob("*.toml"))
    ],
    ids=lambda given: given if isinstance(given, str) else given.stem,
)
def test_a_shipped_file_names_the_schema_that_accepts_it(of: str, file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith(f"#:schema ../schema/{of}.schema.json\n")
    _validate(text, of)


@pytest.mark.parametrize(
    ("of", "text", "old", "new"),
    [
        ("survey", SURVEY, 'kind = "scale"', 'kind = "steps"'),
        ("survey", SURVEY, "minimum_answered = 2", "minimum_answerd = 2"),
        ("maturity", MODEL, "is_own = true\n", ""),
        ("maturity", MODEL, "lowest = 50", "lowest = 100"),
    ],
)
def test_the_schema_refuses_what_is_refused(of: str, text: str, old: str, new: str) -> None:
    _validate(text, of)
    with pytest.raises(jsonschema.ValidationError):
        _validate(text.replace(old, new), of)


def _validate(text: str, of: str) -> None:
    jsonschema.validate(tomllib.loads(text), json.loads(schemas()[f"{of}.schema.json"]))


def test_definitions_of_ones_own_are_added_and_refer_to_shipped_ones(tmp_path: Path) -> None:
    own = write(tmp_path, model=MODEL.replace('survey = "mine"', 'survey = "dii_2023"').replace("web =", "erp ="))
    surveys = load_surveys(default_catalogue_dir(), own)
    assert list(surveys)[-2:] == ["dii_2024", "mine"]
    assert load_models(default_catalogue_dir(), surveys, own)["mine"].survey == "dii_2023"


@pytest.mark.parametrize(
    ("kind", "shipped"), [("surveys", "dii_2023.toml"), ("maturity", "four_axes.toml")], ids=["survey", "model"]
)
def test_an_id_that_two_files_define_is_refused_with_both_named(tmp_path: Path, kind: str, shipped: str) -> None:
    other = default_catalogue_dir() / kind / shipped
    (tmp_path / kind).mkdir()
    (tmp_path / kind / shipped).write_text(other.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(InvalidDefinition, match=re.escape(f"{other} defines {other.stem!r} too")) as caught:
        load_models(default_catalogue_dir(), load_surveys(default_catalogue_dir(), tmp_path), tmp_path)
    assert caught.value.path == tmp_path / kind / shipped


@pytest.mark.parametrize(
    ("asked", "key", "said"),
    [
        ('of = "item"\nitem = "skills"', "survey.item", "'skills' is a scale, which nobody answers with yes"),
        ('of = "level"\nlevels = ["low", "low"]', "survey.levels", "each level stands there once"),
        ('of = "level"\nlevels = ["middle"]', "survey.levels.0", "there is no level or profile 'middle'"),
    ],
)
def test_an_indicator_asks_only_what_a_survey_can_tell(tmp_path: Path, asked: str, key: str, said: str) -> None:
    own = write(tmp_path)
    (own / "indicators").mkdir()
    text = indicator(f'[survey]\nsurvey = "mine"\n{asked}', interval="design")
    (own / "indicators" / "asked.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidDefinition, match=said) as caught:
        load_indicators(default_catalogue_dir(), own)
    assert (caught.value.path.name, caught.value.key) == ("asked.toml", key)


def test_examples_in_docstrings_are_true() -> None:
    assert doctest.testmod(module).failed == 0
