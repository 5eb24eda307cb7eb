"""Laws of expressions: SQL in a real PostgreSQL, evaluation in memory and an interpreter of this file's own agree.

The interpreter knows nothing of the parser: expressions are made as trees of tuples, which are written out as text for
the parser, and computed firm by firm with None for what is unknown.
"""

from __future__ import annotations

import datetime as dt
import operator
from typing import TYPE_CHECKING, Any

import pandas as pd
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from atlante.catalogue.expressions import (
    Expression,
    ReferenceDate,
    SqlColumn,
    SqlValue,
    negated,
    parse,
    sector_column,
    undecided,
)
from atlante.errors import InvalidExpression

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = dt.date(2025, 2, 28)
TYPES = {
    "is_high_tech": "boolean",
    "has_rnd": "boolean",
    "women_led": "text",
    "legal_form": "text",
    "staff_class": "text",
    "capital_class": "text",
    "registration_date": "date",
    "start_date": "date",
    "activity_code": "text",
    "activity_edition": "text",
    sector_column("kis"): "boolean",
}
WORDS = {
    "women_led": ("no", "majority", "strong", "exclusive"),
    "legal_form": ("SRL", "società per azioni", 'a "b" %s'),
}
CLASSES = ("0-4", "5-9", "10-19", "250-", "1000-5000")
CODES = {"2007": ("01", "011", "6201", "62"), "2025": ("62", "6210", "01", "721")}
DAYS = st.one_of(st.sampled_from([dt.date(2024, 2, 29), DAY, dt.date(2025, 3, 1)]), st.dates(dt.date(1990, 1, 1), DAY))

type Tree = tuple[Any, ...]
type Firm = dict[str, Any]


def _maybe[T](strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.one_of(st.none(), strategy)


FLAGS = st.sampled_from([True, False])
FIRMS = st.lists(
    st.fixed_dictionaries(
        {
            "is_high_tech": _maybe(FLAGS),
            "has_rnd": _maybe(FLAGS),
            "women_led": _maybe(st.sampled_from(WORDS["women_led"])),
            "legal_form": _maybe(st.sampled_from((*WORDS["legal_form"], "another"))),
            "staff_class": _maybe(st.sampled_from(CLASSES)),
            "capital_class": _maybe(st.sampled_from(CLASSES)),
            "registration_date": _maybe(DAYS),
            "start_date": _maybe(DAYS),
            "activity_code": _maybe(st.sampled_from(("0", "01", "011", "0111", "62", "6201", "621000", "72", "7211"))),
            "activity_edition": _maybe(st.sampled_from(("2007", "2025"))),
            sector_column("kis"): _maybe(FLAGS),
        }
    ),
    min_size=1,
    max_size=8,
)


def written(tree: Tree) -> str:  # noqa: C901, PLR0911 - one case a node
    """Return a tree as the text that a person would write."""

    def words(given: list[str]) -> str:
        return ", ".join('"' + word.replace('"', '\\"') + '"' for word in given)

    match tree:
        case ("number", value):
            return f"{value:g}"
        case ("calculated", sign, left, right) | ("compared", sign, left, right):
            return f"({written(left)}) {sign} ({written(right)})"
        case ("minus", inner):
            return f"-({written(inner)})"
        case ("flag", name):
            return str(name)
        case ("in", name, given, is_negated):
            return f"{name} {'not ' * is_negated}in ({words(given)},)"
        case ("day", sign, name, day):
            return f'{name} {sign} "{day}"'
        case ("activity", edition, codes):
            return f"activity({words([edition, *codes])})"
        case ("division", edition, codes):
            return f"division({words([edition])}) in ({words(codes)})"
        case ("sector", name):
            return f'sector("{name}")'
        case ("and" | "or" as word, parts):
            return f" {word} ".join(f"({written(part)})" for part in parts)
        case ("not", inner):
            return f"not ({written(inner)})"
        case (function, inner):
            return f"{function}({inner if isinstance(inner, str) else written(inner)})"
    raise AssertionError(tree)


def _reads_a_column(tree: Tree) -> bool:
    return any(name in written(tree) for name in TYPES)


NUMBERS = st.recursive(
    st.one_of(
        st.tuples(st.just("number"), st.sampled_from((0.0, 1.0, 2.5, 10.0, 2024.0))),
        st.tuples(st.sampled_from(("year", "age_years")), st.sampled_from(("registration_date", "start_date"))),
        st.tuples(st.sampled_from(("low", "high")), st.sampled_from(("staff_class", "capital_class"))),
    ),
    lambda inner: st.one_of(
        st.tuples(st.just("calculated"), st.sampled_from("+-*/"), inner, inner), st.tuples(st.just("minus"), inner)
    ),
    max_leaves=4,
)
SIGNS = st.sampled_from(("<", "<=", "==", "!=", ">=", ">"))
EDITIONS = st.sampled_from(sorted(CODES))
CONDITIONS = st.recursive(
    st.one_of(
        st.tuples(st.just("flag"), st.sampled_from(("is_high_tech", "has_rnd"))),
        st.sampled_from(sorted(WORDS)).flatmap(
            lambda name: st.tuples(
                st.just("in"),
                st.just(name),
                st.lists(st.sampled_from(WORDS[name]), min_size=1, max_size=3),
                st.booleans(),
            )
        ),
        st.tuples(st.just("compared"), SIGNS, NUMBERS.filter(_reads_a_column), NUMBERS),
        st.tuples(st.just("day"), SIGNS, st.sampled_from(("registration_date", "start_date")), DAYS),
        st.tuples(st.just("known"), NUMBERS.filter(_reads_a_column)),
        st.tuples(st.just("sector"), st.just("kis")),
        EDITIONS.flatmap(
            lambda edition: st.tuples(
                st.just("activity"),
                st.just(edition),
                st.lists(st.sampled_from(CODES[edition]), min_size=1, max_size=2),
            )
        ),
        EDITIONS.flatmap(lambda edition: st.tuples(st.just("division"), st.just(edition), st.just(["62", "01"]))),
    ),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(("and", "or")), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("not"), inner),
        st.tuples(st.just("known"), inner),
    ),
    max_leaves=5,
)


OPERATORS = {
    "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">=": operator.ge, ">": operator.gt,
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip


def computed(tree: Tree, firm: Firm) -> Any:  # noqa: ANN401, C901, PLR0911, PLR0912 - one case a node
    """Return the value of a tree for one firm; None: unknown."""
    match tree:
        case ("number", value):
            return value
        case ("year", name):
            return None if firm[name] is None else float(firm[name].year)
        case ("age_years", name):
            born = firm[name]
            had_birthday = born is not None and (DAY.month, DAY.day) >= (born.month, born.day)
            return None if born is None else float(DAY.year - born.year - (not had_birthday))
        case ("low" | "high" as side, name):
            bound = (firm[name] or "-").split("-")[side == "high"]
            return float(bound) if bound else None
        case ("minus", inner):
            value = computed(inner, firm)
            return None if value is None else -value
        case ("calculated" | "compared", sign, left, right):
            values = computed(left, firm), computed(right, firm)
            is_unknown = None in values or (sign == "/" and values[1] == 0)
            return None if is_unknown else OPERATORS[sign](*values)
        case ("day", sign, name, day):
            return None if firm[name] is None else OPERATORS[sign](firm[name], day)
        case ("flag", name):
            return firm[name]
        case ("in", name, given, is_negated):
            return None if firm[name] is None else (firm[name] in given) != is_negated
        case ("sector", name):
            return firm[sector_column(name)]
        case ("activity", edition, codes):
            code = firm["activity_code"]
            if code is None or firm["activity_edition"] != edition:
                return None
            if any(code.startswith(each) for each in codes):
                return True
            return None if any(each.startswith(code) for each in codes) else False
        case ("division", edition, codes):
            code = firm["activity_code"]
            is_unknown = code is None or firm["activity_edition"] != edition or len(code) < 2
            return None if is_unknown else code[:2] in codes
        case ("known", inner):
            return computed(inner, firm) is not None
        case ("not", inner):
            value = computed(inner, firm)
            return None if value is None else not value
        case ("and" | "or" as word, parts):
            values = [computed(part, firm) for part in parts]
            decisive = word == "or"
            if decisive in values:
                return decisive
            return None if None in values else not decisive
    raise AssertionError(tree)


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection]:
    """Return a connection to a real PostgreSQL."""
    with psycopg.connect(database) as opened:
        yield opened


def selected(connection: psycopg.Connection, expression: Expression, firms: list[Firm]) -> list[Any]:
    """Return the values that PostgreSQL computes, in the order of the firms."""
    given: dict[str, Any] = {}

    def composed(token: object) -> sql.Composable:
        match token:
            case SqlColumn(name):
                return sql.Identifier("firm", name)
            case SqlValue(value, type_):
                given[f"p{len(given)}"] = list(value) if isinstance(value, tuple) else value
                return sql.SQL("CAST({} AS {})").format(sql.Placeholder(f"p{len(given) - 1}"), sql.SQL(type_))
            case ReferenceDate():
                return sql.SQL("DATE '2025-02-28'")
        return sql.SQL(str(token))

    value = sql.Composed([composed(token) for token in expression.sql()])
    columns = sql.SQL(", ").join(sql.SQL("{} " + type_).format(sql.Identifier(name)) for name, type_ in TYPES.items())
    statement = sql.SQL(
        "SELECT {} FROM ROWS FROM (jsonb_to_recordset(%(firms)s) AS ({})) WITH ORDINALITY AS firm ({}, n)"
    )
    names = sql.SQL(", ").join(map(sql.Identifier, TYPES))
    query = statement.format(value, columns, names) + sql.SQL(" ORDER BY firm.n")
    rows = [{name: str(v) if isinstance(v, dt.date) else v for name, v in firm.items()} for firm in firms]
    found = connection.execute(query, {**given, "firms": psycopg.types.json.Jsonb(rows)}).fetchall()
    return [row[0] for row in found]


def evaluated(expression: Expression, firms: list[Firm]) -> list[Any]:
    """Return the values that are computed in memory."""
    columns = {name: pd.Series([firm[name] for firm in firms], dtype=object) for name in TYPES}
    values = expression.evaluate(columns, reference_date=DAY)
    return [None if pd.isna(value) else value for value in values.tolist()]


EXAMPLES = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@EXAMPLES
@given(tree=CONDITIONS, firms=FIRMS)
def test_a_condition_is_the_same_in_sql_in_memory_and_counted_by_hand(
    connection: psycopg.Connection, tree: Tree, firms: list[Firm]
) -> None:
    expression = parse(written(tree), expects="condition")
    expected = [computed(tree, firm) for firm in firms]
    assert evaluated(expression, firms) == expected
    assert selected(connection, expression, firms) == expected


@EXAMPLES
@given(tree=NUMBERS.filter(_reads_a_column), firms=FIRMS)
def test_a_number_is_the_same_in_sql_in_memory_and_counted_by_hand(
    connection: psycopg.Connection, tree: Tree, firms: list[Firm]
) -> None:
    expression = parse(written(tree), expects="number")
    expected = [computed(tree, firm) for firm in firms]
    assert evaluated(expression, firms) == expected
    assert selected(connection, expression, firms) == expected


@EXAMPLES
@given(tree=CONDITIONS, firms=FIRMS)
def test_every_firm_fulfils_a_condition_or_its_contrary_or_it_is_unknown(tree: Tree, firms: list[Firm]) -> None:
    expression = parse(written(tree), expects="condition")
    unknown = undecided(expression)
    assert unknown is not None
    three = [evaluated(each, firms) for each in (expression, negated(expression), unknown)]
    assert [[each is True for each in values].count(True) for values in zip(*three, strict=True)] == [1] * len(firms)


@EXAMPLES
@given(tree=CONDITIONS)
def test_the_canonical_text_says_the_same_and_is_its_own(tree: Tree) -> None:
    expression = parse(written(tree), expects="condition")
    again = parse(expression.text, expects="condition")
    assert again == expression
    assert again.text == expression.text
    assert hash(again) == hash(expression)


PIECES = st.sampled_from(
    ("has_rnd", "low(", "staff_class", ")", "(", " and ", " not ", " in ", '"no"', "women_led", " == ", "-", "/",
     "1e999", "all", "known", ",", "[", "]", " if ", " else ", "lambda:", "f'{x}'", "\\", "\n", "\x00", "é", "#", "*")
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(text=st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join)))
def test_any_text_is_an_expression_or_refused_with_a_place_in_it(text: str) -> None:
    expression, place = None, 1
    try:
        expression = parse(text, expects="condition")
    except InvalidExpression as refused:
        place = refused.position
    assert 1 <= place <= len(text) + 2
    assert expression is None or parse(expression.text, expects="condition") == expression
