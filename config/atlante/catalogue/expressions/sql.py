"""Expressions as SQL: fragments, columns and values, so that no text of a definition becomes SQL.

Three-valued as SQL itself: what is computed from something unknown is unknown, but for ``and`` with a false part,
``or`` with a true one, and ``known``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from atlante.catalogue.expressions import nodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

_DIGITS = 10_000  # between the years of two days that are written as the number yyyymmdd


@dataclass(frozen=True, slots=True)
class SqlColumn:
    """A column of the firms: to become an identifier."""

    name: str


@dataclass(frozen=True, slots=True)
class SqlValue:
    """A value: to become a parameter. ``type`` is that of PostgreSQL."""

    value: float | str | date | tuple[str, ...]
    type: str


@dataclass(frozen=True, slots=True)
class ReferenceDate:
    """The reference date of what is computed: to become a parameter of type date."""


type Token = str | SqlColumn | SqlValue | ReferenceDate


def sector_column(sector: str) -> str:
    """Return the name of the column that says whether a firm's activity is in a sector.

    Whoever runs the SQL supplies it: boolean, NULL where the activity is unknown or its code too short to tell.
    """
    return f"in_sector_{sector}"


def tokens(node: nodes.Node) -> Iterator[Token]:  # noqa: C901, PLR0912 - one case a node
    """Return a node as SQL, piece by piece."""
    match node:
        case nodes.All():
            yield "TRUE"
        case nodes.ColumnValue(name):
            yield SqlColumn(name)
        case nodes.Number(value):
            yield SqlValue(value, "double precision")
        case nodes.Day(value):
            yield SqlValue(value, "date")
        case nodes.Compared(operator, left, right):
            yield from _pair(left, {"==": "=", "!=": "<>"}.get(operator, operator), right)
        case nodes.Calculated("/", left, right):
            yield from ("(", *tokens(left), " / NULLIF(", *tokens(right), ", 0))")
        case nodes.Calculated(operator, left, right):
            yield from _pair(left, operator, right)
        case nodes.OneOf(operand, words):
            yield from ("(", *tokens(operand), " = ANY(", SqlValue(words, "text[]"), "))")
        case nodes.Joined(operator, parts):
            yield from _joined(operator.upper(), parts)
        case nodes.Negated(operand):
            yield from ("(NOT ", *tokens(operand), ")")
        case nodes.Known(operand):
            yield from ("(", *tokens(operand), " IS NOT NULL)")
        case nodes.InSector(sector):
            yield SqlColumn(sector_column(sector))
        case nodes.InActivity(edition, codes):
            yield from _in_activity(edition, codes)
        case nodes.Division(edition):
            yield from ("CASE WHEN ", SqlColumn("activity_edition"), " = ", SqlValue(edition, "text"))
            yield from (" AND length(", SqlColumn("activity_code"), ") >= 2")
            yield from (" THEN left(", SqlColumn("activity_code"), ", 2) END")
        case nodes.Year(column):
            yield from ("CAST(extract(YEAR FROM ", SqlColumn(column), ") AS double precision)")
        case nodes.AgeYears(column):
            yield from ("floor((", *_day_number(ReferenceDate()), " - ", *_day_number(SqlColumn(column)))
            yield f") / {_DIGITS})"
        case nodes.Bound(side, column):
            part = 1 if side == "low" else 2
            yield from ("CAST(NULLIF(split_part(", SqlColumn(column), f", '-', {part}), '') AS double precision)")
        case nodes.Minus(operand):
            yield from ("(- ", *tokens(operand), ")")
        case _:
            assert_never(node)


def _pair(left: nodes.Node, operator: str, right: nodes.Node) -> Iterator[Token]:
    yield from ("(", *tokens(left), f" {operator} ", *tokens(right), ")")


def _joined(operator: str, parts: Sequence[nodes.Node]) -> Iterator[Token]:
    yield "("
    for number, part in enumerate(parts):
        if number:
            yield f" {operator} "
        yield from tokens(part)
    yield ")"


def _in_activity(edition: str, codes: tuple[str, ...]) -> Iterator[Token]:
    shorter = tuple(sorted({code[:length] for code in codes for length in range(1, len(code))}))
    yield from ("CASE WHEN ", SqlColumn("activity_edition"), " = ", SqlValue(edition, "text"))
    yield from (" AND ", SqlColumn("activity_code"), " IS NOT NULL THEN CASE WHEN ")
    yield from (SqlColumn("activity_code"), " LIKE ANY(", SqlValue(tuple(f"{code}%" for code in codes), "text[]"))
    yield from (") THEN TRUE WHEN ", SqlColumn("activity_code"), " = ANY(", SqlValue(shorter, "text[]"))
    yield ") THEN NULL ELSE FALSE END END"


def _day_number(day: SqlColumn | ReferenceDate) -> Iterator[Token]:
    """Return a day as the number yyyymmdd: the difference of two has whole years before its last four digits."""
    for part, separator in (("YEAR", f") * {_DIGITS} + "), ("MONTH", ") * 100 + "), ("DAY", "))")):
        opening = "CAST((" if part == "YEAR" else ""
        yield from (f"{opening}extract({part} FROM ", day, separator)
    yield " AS double precision)"


def readable(pieces: Sequence[Token]) -> str:
    """Return SQL with its values written out, for people to read; it is never run."""
    return "".join(map(_readable, pieces))


def _readable(token: Token) -> str:  # noqa: PLR0911 - one case a token
    match token:
        case str():
            return token
        case SqlColumn(name):
            return name
        case ReferenceDate():
            return ":reference_date"
        case SqlValue(tuple() as words, type_):
            return f"ARRAY[{', '.join(map(_literal, words))}]::{type_}"
        case SqlValue(float() | int() as number, _):
            return f"{number:.15g}"
        case SqlValue(value, "date"):
            return f"DATE {_literal(str(value))}"
        case SqlValue(value, _):
            return _literal(str(value))
        case _:
            assert_never(token)


def _literal(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"
