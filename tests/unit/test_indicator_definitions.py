"""The catalogue of indicators: what is shipped, and what a mistake in a file is answered with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atlante.catalogue.columns import COLUMNS
from atlante.catalogue.indicators import load_indicators
from atlante.catalogue.measures import ALL_FIRMS, Measure, Predicate
from atlante.errors import InvalidDefinition
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from pathlib import Path

SHARE = """
kind = "share"
unit = "share, 0 to 1"
digits = 3
polarity = "positive"
interval = "wilson"
unknown = "excluded"
disclosure = "threshold"
title = { it = "a", en = "a", de = "a" }
definition = { it = "a", en = "a", de = "a" }
source = { it = "a", en = "a", de = "a" }
numerator = { where = [{ column = "women_led", is = ["strong"] }] }
denominator = { of = "firms" }
"""


def _write(folder: Path, text: str, name: str = "young_share") -> Path:
    (folder / "indicators").mkdir(exist_ok=True)
    (folder / "indicators" / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def _changed(line: str, new: str) -> str:
    """Return the definition of a share with one line, known by its first word, replaced."""
    lines = [new if text.startswith(f"{line} ") else text for text in SHARE.splitlines()]
    assert new in lines
    return "\n".join(lines)


def test_the_eight_indicators_are_shipped_in_the_order_of_publication() -> None:
    assert list(load_indicators(default_catalogue_dir()).indicators) == [
        "innovative_startups",
        "startups_per_100k",
        "rnd_share",
        "patent_share",
        "qualified_staff_share",
        "women_led_share",
        "registrations",
        "activity_diversity",
    ]


def test_every_text_of_a_shipped_indicator_is_there_in_three_languages() -> None:
    for indicator in load_indicators(default_catalogue_dir()).indicators.values():
        for text in (indicator.title, indicator.definition, indicator.source):
            assert all(words.strip() for words in text.as_dict().values())


def test_shares_of_flags_are_protected_and_counts_of_the_public_register_are_not() -> None:
    catalogue = load_indicators(default_catalogue_dir())
    assert catalogue.protected == {"rnd_share", "patent_share", "qualified_staff_share", "women_led_share"}


def test_equal_measures_of_several_indicators_are_counted_once() -> None:
    measures = load_indicators(default_catalogue_dir()).measures
    assert measures[0] == ALL_FIRMS
    assert len(measures) == 1 + 4 * 2  # of each share: those with the attribute, and those of which it is unknown


def test_a_measure_is_named_by_what_it_counts_however_it_is_written() -> None:
    women = Predicate.model_validate({"column": "women_led", "is": ["strong", "majority"]})
    rnd = Predicate.model_validate({"column": "has_rnd", "is": True})
    assert Measure((women, rnd)).id == "firms where has_rnd is true and women_led is majority or strong"
    assert Measure((rnd, women)).id == Measure((women, rnd)).id
    assert Measure((rnd,), unknown=(women,)).id == (
        "firms where has_rnd is true; unknown whether women_led is majority or strong"
    )


def test_a_new_file_is_a_new_indicator_after_those_with_a_position(tmp_path: Path) -> None:
    _write(tmp_path, "position = 7\n" + SHARE, "b_share")
    _write(tmp_path, SHARE, "a_share")
    assert list(load_indicators(tmp_path).indicators) == ["b_share", "a_share"]


@pytest.mark.parametrize("column", sorted(COLUMNS))
def test_every_measurable_column_can_be_asked_for(column: str, tmp_path: Path) -> None:
    values = COLUMNS[column].values or ("any words",)
    written = str(values[0]).lower() if isinstance(values[0], bool) else f'"{values[0]}"'
    text = _changed("numerator", f'numerator = {{ where = [{{ column = "{column}", is = {written} }}] }}')
    indicator = load_indicators(_write(tmp_path, text)).indicators["young_share"]
    assert indicator.numerator.where[0].values == (values[0],)


def _where(condition: str) -> tuple[str, str]:
    return "numerator", f"numerator = {{ where = [{{ {condition} }}] }}"


@pytest.mark.parametrize(
    ("line", "new", "key", "says"),
    [
        ("kind", 'kind = "mean"', "kind", "'count', 'rate', 'share' or 'diversity'"),
        ("digits", "digits = 9", "digits", "less than or equal to 6"),
        ("unit", "", "unit", "required"),
        ("unit", 'unti = "share"', "file", "no key 'unti' here; known are 'position', 'kind', 'title'"),
        ("title", 'title = { it = "a", en = "a" }', "title.de", "required"),
        ("polarity", 'polarity = "up"', "polarity", "'positive', 'negative' or 'neutral'"),
        ("interval", 'interval = "garwood"', "interval", "a share has no garwood interval; expected 'wilson', 'none'"),
        ("unknown", "", "unknown", "'excluded' or 'counted-as-not-declared'"),
        ("disclosure", 'disclosure = "open"', "disclosure", "'public-register' or 'threshold'"),
        ("denominator", "", "denominator", "a share needs of = 'firms'"),
        ("denominator", 'denominator = { of = "inhabitants" }', "denominator", "a share needs of = 'firms'"),
        ("denominator", 'denominator = { of = "firms", per = 100 }', "denominator", "leave out 'per'"),
        ("denominator", 'denominator = { of = "euro" }', "denominator.of", "'firms' or 'inhabitants'"),
        ("numerator", "numerator = {}", "numerator", "a share needs 'where'"),
        (*_where('column = "revenue", is = true'), "numerator.where.0.column", "measurable columns are 'is_high_tech'"),
        (*_where('column = "name", is = "x"'), "numerator.where.0.column", "'name' can't be measured"),
        (*_where('column = "has_rnd", is = "yes"'), "numerator.where.0.is", "expected true, false"),
        (*_where('column = "has_rnd", is = 1'), "numerator.where.0.is", "1 is not a value of has_rnd"),
        (*_where('column = "women_led", is = ["yes"]'), "numerator.where.0.is", "expected 'no', 'majority', 'strong'"),
        (*_where('column = "women_led", is = []'), "numerator.where.0.is", "one value or more"),
        (*_where('column = "women_led", is = ["no", "no"]'), "numerator.where.0.is", "each once"),
        (*_where('column = "sector", is = [""]'), "numerator.where.0.is", "expected words"),
        (*_where('column = "sector"'), "numerator.where.0.is", "required"),
        (*_where('column = "sector", equals = "x"'), "numerator.where.0", "known are 'column', 'is'"),
    ],
)
def test_a_mistake_is_named_with_its_file_its_key_and_what_would_be_valid(
    line: str, new: str, key: str, says: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        load_indicators(_write(tmp_path, _changed(line, new)))
    assert caught.value.path.name == "young_share.toml"
    assert caught.value.key == key
    assert says in caught.value.problem


def test_a_rate_is_of_all_inhabitants(tmp_path: Path) -> None:
    rate = SHARE.replace('"share"', '"rate"').replace('"wilson"', '"garwood"').replace('unknown = "excluded"\n', "")
    rate = rate.replace('"threshold"', '"public-register"')
    selected = '{ of = "inhabitants", where = [{ column = "has_rnd", is = true }] }'
    with pytest.raises(InvalidDefinition, match="inhabitants can't be selected"):
        load_indicators(_write(tmp_path, rate.replace('{ of = "firms" }', selected)))
    indicator = load_indicators(_write(tmp_path, rate.replace('"firms" }', '"inhabitants", per = 1000 }')))
    assert indicator.indicators["young_share"].kind == "rate"


def test_only_counts_can_be_split_by_year(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match="only a 'count'"):
        load_indicators(_write(tmp_path, 'period = "registration-year"\n' + SHARE))


def test_a_count_has_no_denominator(tmp_path: Path) -> None:
    count = _changed("kind", 'kind = "count"').replace('"wilson"', '"none"').replace('"threshold"', '"public-register"')
    with pytest.raises(InvalidDefinition, match="a count has none"):
        load_indicators(_write(tmp_path, count))


@pytest.mark.parametrize("kind", ["count", "rate", "diversity"])
def test_the_threshold_protects_shares_alone_as_the_firms_of_a_count_are_the_count(kind: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match=r"disclosure: only a 'share' can be protected"):
        load_indicators(_write(tmp_path, _changed("kind", f'kind = "{kind}"')))


def test_a_protected_share_is_of_all_firms_as_the_firms_it_rests_on_are_shown(tmp_path: Path) -> None:
    among = 'denominator = { of = "firms", where = [{ column = "has_rnd", is = true }] }'
    with pytest.raises(InvalidDefinition, match=r"denominator: .* would be shown"):
        load_indicators(_write(tmp_path, _changed("denominator", among)))
    public = _changed("denominator", among).replace('"threshold"', '"public-register"')
    assert load_indicators(_write(tmp_path, public)).protected == frozenset()


@pytest.mark.parametrize("name", ["Young", "2020_share", "share_low", "share_status", "share_period", "young-share"])
def test_a_file_whose_name_can_not_be_an_id_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        load_indicators(_write(tmp_path, SHARE, name))
    assert caught.value.key == "id"


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match="is not TOML"):
        load_indicators(_write(tmp_path, "kind: share"))


def test_a_catalogue_without_indicators_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match="there is no indicator"):
        load_indicators(tmp_path)
