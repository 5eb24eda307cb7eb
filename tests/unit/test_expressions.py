"""Expressions of the catalogue: what is read, what is refused and how it is told."""

from __future__ import annotations

import pytest

from atlante.catalogue.columns import COLUMNS
from atlante.catalogue.expressions import ALL, both, parse, undecided
from atlante.errors import InvalidExpression


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("has_rnd and has_patents", "has_patents  and\n has_rnd"),
        ("has_rnd and (has_patents and has_rnd)", "has_patents and has_rnd"),
        ('women_led in ("strong", "majority")', 'women_led in ["majority", "strong", "strong"]'),
        ('women_led == "no"', 'women_led in ("no")'),
        ('"no" == women_led', 'women_led == "no"'),
        ('"2024-01-01" < registration_date', 'registration_date > "2024-01-01"'),
        ("10 <= low(staff_class) < 50", "low(staff_class) < 50 and 10 <= low(staff_class)"),
        ('activity("2025", "62.10")', 'activity("2025", "6210")'),
    ],
)
def test_conditions_that_mean_the_same_are_equal(one: str, other: str) -> None:
    assert parse(one, expects="condition") == parse(other, expects="condition")


def test_an_expression_tells_what_it_reads() -> None:
    expression = parse('sector("kis") and low(staff_class) >= 10', expects="condition")
    assert expression.columns == {"activity_code", "staff_class"}
    assert expression.sectors == {"kis"}
    assert expression.private_columns == {"staff_class"}
    assert not expression.is_public


def test_all_is_every_firm_and_leaves_nothing_unknown() -> None:
    assert parse("all", expects="condition") == ALL
    assert undecided(ALL) is None
    condition = parse("has_rnd", expects="condition")
    assert both(ALL, condition) == both(condition, ALL) == both(condition, condition) == condition


def test_no_words_of_a_definition_become_sql() -> None:
    hostile = "'); DROP TABLE register.firm; --"
    pieces = parse(f'legal_form == "{hostile}"', expects="condition").sql()
    assert not any(hostile in piece for piece in pieces if isinstance(piece, str))
    assert parse(f'legal_form == "{hostile}"', expects="condition").readable_sql() == (
        "(legal_form = ANY(ARRAY['''); DROP TABLE register.firm; --']::text[]))"
    )


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("has_rdn and has_patents", 1, "there is no column 'has_rdn', did you mean 'has_rnd'?"),
        ("has_patents and revenue", 17, "columns are is_high_tech, has_rnd"),
        ("name", 1, "there is no column 'name'"),
        ("has_rnd and", 1, "it can't be understood"),
        ("has_rnd = True", 9, "it can't be understood"),
        ("", 1, "it can't be understood"),
        ("has_rnd == True", 1, "has_rnd is a condition, where a number is needed"),
        ("true", 1, "a flag is a condition itself"),
        ("lowest(staff_class) > 1", 1, "there is no function 'lowest', did you mean 'low'?"),
        ("low(has_rnd) > 1", 1, "low takes one class column: production_class, staff_class, capital_class"),
        ("year(staff_class) > 1", 1, "year takes one date column: special_section_date"),
        ("age_years > 1", 1, "age_years is a function: write age_years(date column)"),
        ("low(staff_class)", 1, "it is a number, where a condition is needed; compare it: x > 0"),
        ("legal_form", 1, "it is a text, where a condition is needed"),
        ("staff_class > 3", 1, "staff_class is a class, where a number is needed; take a bound of it: low(x)"),
        ('women_led == "yes"', 14, "'yes' is not a value of women_led; expected 'no', 'majority', 'strong'"),
        ('staff_class == "ten"', 16, "'ten' is not a class; expected its bounds as in '10-19'"),
        ('legal_form == " "', 15, "asked by known(legal_form)"),
        ('legal_form > "a"', 1, "words have no order"),
        ('women_led in "no" or women_led in ()', 22, "one word or more is needed"),
        ("women_led in (1, 2)", 15, "1 is not words in quotes"),
        ('registration_date > "2024-13-01"', 21, 'expected "YYYY-MM-DD"'),
        ('has_rnd == "yes"', 12, "has_rnd is a condition and can't be compared with words"),
        ("women_led is None", 1, "known(column)"),
        ("1 < 2", 1, "it reads no column"),
        ("known(3)", 1, "always known"),
        ("all and has_rnd", 1, "'all' stands alone"),
        ("low(staff_class) > 1e16", 20, "numbers lie between"),
        ("low(staff_class)" + " + 1" * 17 + " > 0", 1, "up to 16"),
        ("not " * 60 + "has_rnd", 161, "nested more than 40 deep"),
        ("(" * 900 + "has_rnd" + ")" * 900, 201, "it can't be understood"),
        ("has_rnd or " * 200 + "has_rnd", 1, "up to 2,000 are read"),
        ("low(staff_class) ** 2 > 1", 1, "is not possible here"),
        ("has_rnd if has_rnd else has_patents", 1, "is not possible here"),
        ("(lambda: has_rnd)()", 1, "there is no function"),
        ("__import__('os').system('x')", 1, "there is no function"),
        ("sector('knowledge intensive')", 1, "the id of one sector"),
        ("sector(id='kis')", 1, "names of arguments are not possible"),
        ('activity("2026", "62")', 1, "editions of ATECO are 2007, 2022, 2025"),
        ('activity("2025")', 1, 'write activity("edition", "code", …)'),
        ('activity("2025", "62.01")', 1, "'62.01' is not a code of ATECO 2025: it is one of 2007, 2022"),
        ('activity("2007", "00")', 1, "it is in no edition; near ones are"),
        ('division("2025") == "04"', 21, "'04' is not a code of ATECO 2025: it is in no edition"),
        ("  \n has_rnd and\n  has_rdn", 19, "did you mean 'has_rnd'?"),
        ("città and has_rnd", 1, "there is no column 'città'"),
        ('legal_form == "città" and has_rdn', 27, "did you mean 'has_rnd'?"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_would_be_valid(text: str, position: int, says: str) -> None:
    with pytest.raises(InvalidExpression) as caught:
        parse(text, expects="condition")
    assert says in caught.value.problem
    assert caught.value.position == position


def test_a_condition_is_no_number() -> None:
    with pytest.raises(InvalidExpression, match="it is a condition, where a number is needed"):
        parse("has_rnd", expects="number")


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_of_every_column_it_can_be_asked_whether_it_is_known(name: str) -> None:
    assert parse(f"known({name})", expects="condition").columns == {name}
