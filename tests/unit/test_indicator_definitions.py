"""The catalogue of indicators: what is shipped, and what a mistake in a file is answered with."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import tomllib
from collections import Counter
from typing import TYPE_CHECKING

import jsonschema
import pytest

from atlante.catalogue.columns import COLUMNS
from atlante.catalogue.expressions import parse
from atlante.catalogue.formulas import LANGUAGES, formula, method
from atlante.catalogue.indicator import INTERVALS, KIND_NAMES
from atlante.catalogue.indicators import Catalogue, inspect_indicators, load_indicators
from atlante.catalogue.measures import ALL_FIRMS, Measure
from atlante.catalogue.periods import Base, SeriesBreak, crossed, parse_base
from atlante.catalogue.schema import schemas
from atlante.catalogue.sources import FIELD_KINDS
from atlante.errors import InvalidDefinition
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = default_catalogue_dir()
FILES = sorted((SHIPPED / "indicators").glob("*.toml"))
HEAD = """
theme = "innovation"
unit = "share, 0 to 1"
digits = 3
polarity = "positive"
interval = "{interval}"
disclosure = "{disclosure}"
title = {{ it = "a", en = "a", de = "a" }}
definition = {{ it = "a", en = "a", de = "a" }}
source = {{ it = "a", en = "a", de = "a" }}
"""
SHARE = (
    HEAD.format(interval="wilson", disclosure="threshold")
    + """
[share]
numerator = 'women_led in ("strong")'
denominator = "all"
unknown = "excluded"
"""
)


def _write(folder: Path, text: str, name: str = "young_share") -> Path:
    (folder / "indicators").mkdir(exist_ok=True, parents=True)
    (folder / "indicators" / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def _of_kind(table: str, *, interval: str = "none", disclosure: str = "public-register", more: str = "") -> str:
    return HEAD.format(interval=interval, disclosure=disclosure) + more + "\n" + table


def _changed(line: str, new: str, text: str = SHARE) -> str:
    """Return a definition with one line, known by its first word, replaced."""
    lines = [new if each.startswith(f"{line} ") or each == line else each for each in text.splitlines()]
    assert new in lines
    return "\n".join(lines)


def _refused(folder: Path) -> InvalidDefinition:
    with pytest.raises(InvalidDefinition) as caught:
        load_indicators(folder)
    return caught.value


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load_indicators(SHIPPED)


def test_more_than_forty_indicators_are_shipped_in_every_theme(shipped: Catalogue) -> None:
    themes = Counter(each.theme for each in shipped.indicators.values())
    assert themes.total() >= 40
    assert set(themes) == {
        "business-demography", "innovation", "digitalisation", "structure", "filiera", "context", "inclusion",
    }  # fmt: skip
    assert {each.kind for each in shipped.indicators.values()} == set(KIND_NAMES)


def test_the_start_ups_come_first(shipped: Catalogue) -> None:
    assert list(shipped.indicators)[:3] == ["innovative_startups", "startups_per_100k", "rnd_share"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_shipped_indicator_has_titles_definitions_and_sources_of_its_own_in_three_languages(
    file: Path, shipped: Catalogue
) -> None:
    indicator = shipped.indicators[file.stem]
    for text in (indicator.title, indicator.definition, indicator.source):
        words = text.as_dict()
        assert all(each.strip() == each and each for each in words.values())
        assert not re.search(r"  |\.\.", " ".join(words.values()))
    assert len(set(indicator.definition.as_dict().values())) == len(LANGUAGES)
    assert all(text.endswith(".") for text in indicator.definition.as_dict().values())
    others = [each for each in shipped.indicators.values() if each.id != file.stem]
    for language in LANGUAGES:
        assert indicator.title.as_dict()[language] not in {each.title.as_dict()[language] for each in others}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_shipped_indicator_has_a_formula_in_each_language_and_a_method(file: Path, shipped: Catalogue) -> None:
    indicator = shipped.indicators[file.stem]
    assert all(formula(indicator, language) for language in LANGUAGES)
    assert method(indicator).endswith(".")
    for measure in indicator.measures:
        assert measure.readable_sql().startswith("SELECT count(")


def test_what_is_not_on_the_public_register_is_protected(shipped: Catalogue) -> None:
    assert {"rnd_share", "women_led_share", "micro_share", "dii_basic_2024", "inclusion_index"} <= shipped.protected
    assert not {"firms", "innovative_startups", "kis_share", "ftth_reach"} & shipped.protected
    for indicator in shipped.indicators.values():
        if indicator.disclosure == "public-register":
            assert all(COLUMNS[name].is_public for name in indicator.needs.columns)


def test_every_column_that_is_measured_can_be_in_a_register() -> None:
    assert COLUMNS.keys() <= FIELD_KINDS.keys()


def test_an_indicator_tells_what_it_needs(shipped: Catalogue) -> None:
    assert shipped.indicators["sme_share"].needs.columns == {"staff_class"}
    assert shipped.indicators["kis_lq"].needs.sectors == {"kis"}
    assert shipped.indicators["kis_lq"].needs.columns == {"activity_code"}
    assert shipped.indicators["filiera_share"].needs.columns == {"activity_code"}
    assert shipped.indicators["survival_3y"].needs.columns == {"registration_date"}
    assert shipped.indicators["registrations"].needs.columns == {"special_section_date"}
    assert shipped.indicators["ftth_reach"].needs.context == {"families", "families_ftth"}
    assert shipped.indicators["startups_per_100k"].needs.context == {"inhabitants"}
    assert shipped.indicators["innovation_index"].needs.indicators[0] == "rnd_share"
    assert shipped.indicators["ai_2024"].needs.survey == "dii_2024"
    assert shipped.indicators["innovative_smes"].needs.registers == ("innovative_smes",)
    with_a_past = {name for name, each in shipped.indicators.items() if each.needs.has_past}
    assert {"net_registration_rate", "survival_1y", "firms_index", "cancellations"} <= with_a_past
    assert "firms" not in with_a_past


def test_equal_measures_of_several_indicators_are_counted_once(shipped: Catalogue) -> None:
    assert shipped.measures[0] == ALL_FIRMS
    every = [measure.id for each in shipped.indicators.values() for measure in each.measures]
    assert len(shipped.measures) == len(set(every)) < len(every) / 2


def test_what_is_computed_from_others_comes_after_them(shipped: Catalogue) -> None:
    order = [each.id for each in shipped.in_order_of_computation]
    assert sorted(order) == sorted(shipped.indicators)
    for each in shipped.indicators.values():
        assert all(order.index(needed) < order.index(each.id) for needed in each.needs.indicators)


def test_a_measure_is_named_by_what_it_counts_however_it_is_written() -> None:
    one = parse('women_led in ("strong", "majority") and has_rnd', expects="condition")
    other = parse('has_rnd and women_led in ("majority", "strong")', expects="condition")
    assert Measure(one).id == 'firms where has_rnd and (women_led in ("majority", "strong"))' == Measure(other).id
    age = parse("age_years(start_date)", expects="number")
    assert Measure(value=age).id == "age_years(start_date) of firms"
    assert Measure(of="exits").id == "firms that left since the previous reference date"


def test_a_new_file_is_a_new_indicator_after_those_with_a_position(tmp_path: Path) -> None:
    _write(tmp_path, "position = 7\n" + SHARE, "b_share")
    _write(tmp_path, SHARE, "a_share")
    assert list(load_indicators(tmp_path).indicators) == ["b_share", "a_share"]


class TestOwnFolder:
    """A user's folder beside the catalogue."""

    def test_adds_indicators_filiere_and_context_and_leaves_ours_as_they_are(
        self, tmp_path: Path, shipped: Catalogue
    ) -> None:
        _write(
            tmp_path, SHARE.replace('women_led in ("strong")', 'sector("mine")').replace("threshold", "public-register")
        )
        (tmp_path / "sectors").mkdir()
        mine = (SHIPPED / "sectors" / "ict.toml").read_text(encoding="utf-8")
        (tmp_path / "sectors" / "mine.toml").write_text(mine, encoding="utf-8")
        found = load_indicators(SHIPPED, tmp_path)
        assert found.indicators.keys() - shipped.indicators.keys() == {"young_share"}
        assert found.restricted(shipped.indicators).indicators == shipped.indicators
        assert found.sectors == shipped.sectors | {"mine"}

    def test_can_not_take_the_id_of_ours(self, tmp_path: Path) -> None:
        _write(tmp_path, SHARE, "rnd_share")
        with pytest.raises(InvalidDefinition) as caught:
            load_indicators(SHIPPED, tmp_path)
        assert str(SHIPPED / "indicators" / "rnd_share.toml") in str(caught.value)
        assert str(tmp_path / "indicators" / "rnd_share.toml") in str(caught.value)

    def test_that_is_not_there_or_holds_files_in_the_wrong_place_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidDefinition, match="no such folder"):
            load_indicators(SHIPPED, tmp_path / "missing")
        (tmp_path / "mine.toml").write_text(SHARE, encoding="utf-8")
        with pytest.raises(InvalidDefinition, match="move it into one of indicators, filiere, sectors, context"):
            load_indicators(SHIPPED, tmp_path)


def _share(key: str, value: str) -> tuple[str, str]:
    return key, f"{key} = {value}"


@pytest.mark.parametrize(
    ("table", "interval", "key"),
    [
        ('[mean]\nof = "age_years(registration_date)"\nwhere = "has_rnd"', "student", "mean.where"),
        ('[slice-share]\namong = "all-firms"\nfirms = "has_rnd"', "wilson", "slice-share.firms"),
        ('[location-quotient]\nof = "has_patents"\namong = "has_rnd"', "none", "location-quotient.among"),
    ],
)
def test_firms_that_a_protected_value_is_among_are_told_so_they_must_be_of_the_public_register(
    table: str, interval: str, key: str, tmp_path: Path
) -> None:
    more = "breakdowns = { filiera = true }" if "slice-share" in table else ""
    text = _of_kind(table, interval=interval, disclosure="threshold", more=more)
    refused = _refused(_write(tmp_path, text))
    assert refused.key == key
    assert "would be shown beside the protected" in str(refused)


@pytest.mark.parametrize(
    ("line", "new", "key", "says"),
    [
        ("[share]", "[shares]", "file", "one of these is needed: 'count', 'share', 'slice-share'"),
        ("[share]", '[count]\nfirms = "all"\n[share]', "file", "tables of several kinds, 'count', 'share'; keep one"),
        ("digits", "digits = 9", "digits", "less than or equal to 6"),
        ("digits", 'digits = "three"', "digits", "valid integer"),
        ("theme", 'theme = "sport"', "theme", "'business-demography', 'innovation'"),
        ("unit", "", "unit", "required"),
        ("unit", 'unti = "share"', "unti", "no key 'unti' here; known are 'theme', 'position', 'title'"),
        ("title", 'title = { it = "a", en = "a" }', "title.de", "required"),
        ("title", 'title = { it = "a", en = " ", de = "a" }', "title.en", "it is blank"),
        ("polarity", 'polarity = "up"', "polarity", "'positive', 'negative' or 'neutral'"),
        ("interval", 'interval = "garwood"', "interval", "a share has no garwood interval; expected 'wilson', 'none'"),
        ("disclosure", 'disclosure = "open"', "disclosure", "'public-register' or 'threshold'"),
        ("disclosure", 'disclosure = "public-register"', "disclosure", "women_led: not on the public register"),
        ("unknown", "", "share.unknown", "required"),
        ("numerator", "", "share.numerator", "required"),
        (*_share("numerator", '"all"'), "share.numerator", "the share of all firms is 1"),
        (*_share("numerator", '"revenue > 3"'), "share.numerator", "character 1: there is no column 'revenue'"),
        (*_share("numerator", '"has_rdn"'), "share.numerator", "did you mean 'has_rnd'?"),
        (*_share("numerator", '"low(staff_class)"'), "share.numerator", "it is a number, where a condition is needed"),
        (*_share("numerator", "true"), "share.numerator", "expected an expression in quotes that is a condition"),
        (*_share("numerator", "'sector(\"kiss\")'"), "share", "there is no sector 'kiss'"),
        (*_share("numerator", '\'activity("2025", "04")\''), "share.numerator", "it is in no edition"),
        (*_share("denominator", '"has_rnd"'), "share.denominator", "would be shown beside the protected share"),
        (
            *_share("denominator", '"all"\nper = 3'),
            "share.per",
            "no key 'per' here; known are 'numerator', 'denominator'",
        ),
        ("polarity", 'polarity = "positive"\nsmoothing = "bayes"', "smoothing", "'empirical-bayes'"),
        ("polarity", 'polarity = "positive"\nlevels = ["town"]', "levels.0", "'municipality', 'province'"),
        ("polarity", 'polarity = "positive"\nbreakdowns = { stage = true }', "breakdowns", "needs filiera = true"),
        ("polarity", 'polarity = "positive"\nbreakdowns = { by = ["age"] }', "breakdowns.by.0", "'size_class'"),
        (
            "polarity",
            'polarity = "positive"\nseries_breaks = [{ date = "soon", reason = { it = "a", en = "a", de = "a" } }]',
            "series_breaks.0.date",
            "valid date",
        ),
    ],
)
def test_a_mistake_is_named_with_its_file_its_line_its_key_and_what_would_be_valid(
    line: str, new: str, key: str, says: str, tmp_path: Path
) -> None:
    text = _changed(line, new)
    refused = _refused(_write(tmp_path, text))
    assert refused.path.name == "young_share.toml"
    assert refused.key == key
    assert says in refused.problem
    last = key.rpartition(".")[2]
    if key != "file" and "required" not in says:
        assert refused.line is not None
        assert last in text.splitlines()[refused.line - 1] or last.isdigit()
        assert f"young_share.toml, line {refused.line}: {key}: " in str(refused)


@pytest.mark.parametrize(
    ("table", "key", "says"),
    [
        ('[count]\nfirms = "all"\nperiod = "registration-year"', "count", "'date' and period"),
        ('[count]\nfirms = "has_rnd"', "disclosure", "has_rnd: not on the public register"),
        ('[rate]\nper = "firms"', "rate", "give both with per = 'firms'"),
        ('[rate]\nper = "families"', "rate.per", "'inhabitants', 'km2' or 'firms'"),
        ('[mean]\nof = "has_rnd"', "mean.of", "it is a condition, where a number is needed"),
        ('[diversity]\nmeasure = "gini"\nover = "division"', "diversity.measure", "'effective-number', 'hhi'"),
        ('[inequality]\npart = "between"', "inequality", "'groups' says between or within what"),
        ('[inequality]\npart = "total"', "levels", "leave out 'municipality'"),
        ('[completeness]\nmeasure = "evenness"', "breakdowns", "filiera = true is needed"),
        ("[survival]\nafter_years = 0", "survival.after_years", "greater than or equal to 1"),
        ('[growth]\nof = "young_share"\nform = "rate"\nbase = "P1M"', "growth.base", "expected 'previous', 'P1Y'"),
        ('[growth]\nof = "young_shares"\nform = "rate"\nbase = "P1Y"', "growth.of", "Did you mean 'young_share'?"),
        ('[growth]\nof = "young_share"\nform = "rate"\nbase = "P1Y"', "growth.of", "young_share → young_share; break"),
        ('[contextual]\nof = "inhabitant"', "contextual.of", "Did you mean 'inhabitants'?"),
        ('[survey]\nsurvey = "dii_2024"\nof = "item"\nitem = "cloud"', "disclosure", "answers to a survey"),
    ],
)
def test_a_mistake_in_the_table_of_a_kind_is_named(table: str, key: str, says: str, tmp_path: Path) -> None:
    refused = _refused(_write(tmp_path, _of_kind(table)))
    assert refused.key == key
    assert says in refused.problem


@pytest.mark.parametrize(
    ("table", "key", "says"),
    [
        ('survey = "dii_2025"\nof = "basic"', "survey.survey", "there is no survey 'dii_2025'. Did you mean 'dii_202"),
        ('survey = "dii_2024"\nof = "item"\nitem = "cloud"', "survey.item", "does not ask 'cloud'"),
        ('survey = "dii_2024"\nof = "level"\nlevels = ["higher"]', "survey.levels.0", "Did you mean 'high'"),
        ('survey = "dii_2024"\nof = "level"', "survey", "'levels' belongs to of = 'level'"),
        ('survey = "dii_2024"\nof = "score"\nmodel = "four_axes"', "survey.survey", "made of answers to 'dii_2023'"),
        ('survey = "dii_2023"\nof = "score"\nmodel = "five"', "survey.model", "there is no model of maturity 'five'"),
    ],
)
def test_an_item_of_another_version_of_a_questionnaire_is_refused(
    table: str, key: str, says: str, tmp_path: Path
) -> None:
    own = _write(tmp_path, _of_kind(f"[survey]\n{table}", interval="design", disclosure="threshold"))
    with pytest.raises(InvalidDefinition) as caught:
        load_indicators(SHIPPED, own)
    assert caught.value.key == key
    assert says in caught.value.problem


def _growth(of: str, disclosure: str = "public-register") -> str:
    return _of_kind(f'[growth]\nof = "{of}"\nform = "rate"\nbase = "P1Y"', disclosure=disclosure)


def test_a_cycle_is_told_with_the_way_that_leads_back(tmp_path: Path) -> None:
    for name, of in (("a_x", "b_x"), ("b_x", "c_x"), ("c_x", "a_x"), ("d_x", "a_x")):
        _write(tmp_path, _growth(of), name)
    refused = _refused(tmp_path)
    assert refused.problem == "it is computed from itself: a_x → b_x → c_x → a_x; break the circle"
    assert (refused.path.name, refused.key, refused.line) == ("a_x.toml", "growth.of", 13)


def test_what_is_computed_from_a_protected_indicator_is_protected_too(tmp_path: Path) -> None:
    _write(_write(tmp_path, SHARE), _growth("young_share"), "growing")
    refused = _refused(tmp_path)
    assert (refused.path.name, refused.key) == ("growing.toml", "disclosure")
    _write(tmp_path, _growth("young_share", "threshold"), "growing")
    assert load_indicators(tmp_path).protected == {"young_share", "growing"}


def test_a_value_for_each_year_of_registration_has_no_growth(tmp_path: Path) -> None:
    shutil.copy(
        SHIPPED / "indicators" / "registrations.toml", _write(tmp_path, _growth("registrations")) / "indicators"
    )
    assert "for each year of registration" in _refused(tmp_path).problem


@pytest.mark.parametrize("kind", ["count", "rate", "diversity"])
def test_the_threshold_protects_what_rests_on_firms_that_are_not_the_value(kind: str, tmp_path: Path) -> None:
    tables = {"count": "", "rate": 'per = "inhabitants"', "diversity": 'measure = "hhi"\nover = "division"'}
    refused = _refused(_write(tmp_path, _of_kind(f"[{kind}]\n{tables[kind]}", disclosure="threshold")))
    assert refused.key == "disclosure"
    assert "only 'share'" in refused.problem


def test_a_protected_share_may_be_of_firms_that_the_public_register_selects(tmp_path: Path) -> None:
    among = _changed("denominator", "denominator = 'known(legal_form)'")
    indicator = load_indicators(_write(tmp_path, among)).indicators["young_share"]
    assert indicator.asked.id == "firms where known(legal_form)"
    assert indicator.counted.id == 'firms where known(legal_form) and (women_led == "strong")'


@pytest.mark.parametrize("kind", sorted(KIND_NAMES))
def test_intervals_are_those_of_the_kind(kind: str, shipped: Catalogue) -> None:
    of_kind = [each for each in shipped.indicators.values() if each.kind == kind]
    assert of_kind
    assert {each.interval for each in of_kind} <= set(INTERVALS.get(of_kind[0].kind, ("none",)))


@pytest.mark.parametrize("name", ["Young", "2020_share", "share_low", "share_status", "share_period", "young-share"])
def test_a_file_whose_name_can_not_be_an_id_is_refused(name: str, tmp_path: Path) -> None:
    assert _refused(_write(tmp_path, SHARE, name)).key == "id"


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    assert "is not TOML" in _refused(_write(tmp_path, "kind: share")).problem


def test_a_catalogue_without_indicators_is_refused(tmp_path: Path) -> None:
    assert "there is no indicator" in _refused(tmp_path).problem


def test_all_mistakes_of_all_files_are_found_at_once(tmp_path: Path) -> None:
    _write(tmp_path, SHARE.replace("digits = 3", "digits = 9").replace("positive", "up"), "a_share")
    _write(tmp_path, SHARE.replace('"excluded"', '"left out"'), "b_share")
    catalogue, problems = inspect_indicators(tmp_path)
    assert [(each.path.stem, each.key) for each in problems] == [
        ("a_share", "digits"), ("a_share", "polarity"), ("b_share", "share.unknown"),
    ]  # fmt: skip
    assert not catalogue.indicators


class TestSchema:
    """The schema that editors use says the same as the models."""

    @pytest.mark.parametrize("name", sorted(schemas()))
    def test_is_fresh(self, name: str) -> None:
        """Write it again with `atlante indicators schema --of …`."""
        assert (SHIPPED / "schema" / name).read_text(encoding="utf-8") == schemas()[name]

    @pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
    def test_accepts_every_file_that_names_it(self, file: Path) -> None:
        text = file.read_text(encoding="utf-8")
        assert text.startswith("#:schema ../schema/indicator.schema.json\n")
        self._validate(text, "indicator")

    def test_accepts_the_context_table(self) -> None:
        text = (SHIPPED / "context" / "agcom_broadband.toml").read_text(encoding="utf-8")
        assert text.startswith("#:schema ../schema/context.schema.json\n")
        self._validate(text, "context")

    @pytest.mark.parametrize(
        ("line", "new"),
        [("digits", "digits = 9"), ("unit", "unti = 3"), ("[share]", "[shares]"), ("unknown", 'unknown = "left out"')],
    )
    def test_refuses_what_is_refused(self, line: str, new: str) -> None:
        with pytest.raises(jsonschema.ValidationError):
            self._validate(_changed(line, new), "indicator")

    def test_describes_every_key_and_kind(self) -> None:
        schema = json.loads(schemas()["indicator.schema.json"])
        for name, table in schema["definitions"].items():
            assert name in ("Level", "Text") or table["description"]
        described = [key for table in (schema, *schema["definitions"].values()) for key in table.get("properties", {})]
        assert {"numerator", "polarity", "goalposts", "minimum_firms"} <= set(described)
        assert schema["properties"]["minimum"]["description"].startswith("Smallest denominator")

    @staticmethod
    def _validate(text: str, of: str) -> None:
        """Validate a document; days are words in JSON."""
        document = json.loads(json.dumps(tomllib.loads(text), default=str))
        jsonschema.validate(document, json.loads(schemas()[f"{of}.schema.json"]))


class TestPeriods:
    """Which day a growth is measured from, and which breaks lie between."""

    DAYS = (dt.date(2022, 5, 20), dt.date(2024, 5, 13), dt.date(2024, 5, 27), dt.date(2025, 5, 12))
    DAY = dt.date(2025, 5, 19)

    @pytest.mark.parametrize(
        ("base", "day"),
        [
            ("previous", dt.date(2025, 5, 12)),
            ("P1Y", dt.date(2024, 5, 13)),
            ("P3Y", dt.date(2022, 5, 20)),
            ("P2Y", None),
            ("2024-05-27", dt.date(2024, 5, 27)),
            ("2024-05-28", None),
            ("2025-05-19", DAY),
        ],
    )
    def test_a_base_is_the_nearest_day_there_is(self, base: str, day: dt.date | None) -> None:
        assert parse_base(base).among(self.DAY, self.DAYS) == day
        assert str(parse_base(base)) == base

    def test_without_a_past_there_is_no_base(self) -> None:
        assert Base().among(self.DAY, [self.DAY]) is None

    def test_a_year_before_29_february_is_the_28th(self) -> None:
        assert Base(years=1).among(dt.date(2024, 2, 29), [dt.date(2023, 2, 28)]) == dt.date(2023, 2, 28)

    def test_a_break_is_crossed_by_days_on_either_side_of_it(self, shipped: Catalogue) -> None:
        breaks = shipped.indicators["activity_hhi"].series_breaks
        assert [each.date for each in breaks] == [dt.date(2025, 4, 1)]
        assert crossed(breaks, dt.date(2025, 3, 31), dt.date(2025, 4, 1)) == breaks
        assert crossed(breaks, dt.date(2025, 4, 1), dt.date(2025, 3, 31)) == breaks
        assert crossed(breaks, dt.date(2025, 4, 1), dt.date(2026, 4, 1)) == ()
        assert all(isinstance(each, SeriesBreak) and each.refuses for each in breaks)

    def test_a_break_of_filiere_is_none_for_all_firms(self, shipped: Catalogue) -> None:
        breaks, days = shipped.indicators["firms"].series_breaks, (dt.date(2025, 3, 31), dt.date(2025, 4, 1))
        assert crossed(breaks, *days) == ()
        assert crossed(breaks, *days, is_slice=True) == breaks != ()
