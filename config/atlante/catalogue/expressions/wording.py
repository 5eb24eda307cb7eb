"""Expressions as canonical text: equal expressions have one text, and it can be parsed again."""

from __future__ import annotations

from typing import assert_never

from atlante.catalogue.expressions.nodes import (
    AgeYears,
    All,
    Bound,
    Calculated,
    ColumnValue,
    Compared,
    Day,
    Division,
    InActivity,
    InSector,
    Joined,
    Known,
    Minus,
    Negated,
    Node,
    Number,
    OneOf,
    Year,
)

_MEMBERS_OF_A_SINGLE = 1


def wording(node: Node) -> str:  # noqa: C901, PLR0911, PLR0912 - one case a node
    """Return a node as text; everything that is made of several parts is in parentheses inside another."""
    match node:
        case All():
            return "all"
        case ColumnValue(name):
            return name
        case Number(value):
            return f"{value:.15g}"
        case Day(value):
            return _quoted(value.isoformat())
        case Compared(operator, left, right) | Calculated(operator, left, right):
            return f"{_inside(left)} {operator} {_inside(right)}"
        case OneOf(operand, words) if len(words) == _MEMBERS_OF_A_SINGLE:
            return f"{wording(operand)} == {_quoted(words[0])}"
        case OneOf(operand, words):
            return f"{wording(operand)} in ({', '.join(map(_quoted, words))})"
        case Joined(operator, parts):
            return f" {operator} ".join(map(_inside, parts))
        case Negated(operand):
            return f"not {_inside(operand)}"
        case Known(operand):
            return f"known({wording(operand)})"
        case InSector(sector):
            return f"sector({_quoted(sector)})"
        case InActivity(edition, codes):
            return f"activity({', '.join(map(_quoted, (edition, *codes)))})"
        case Division(edition):
            return f"division({_quoted(edition)})"
        case Year(column):
            return f"year({column})"
        case AgeYears(column):
            return f"age_years({column})"
        case Bound(side, column):
            return f"{side}({column})"
        case Minus(operand):
            return f"-{_inside(operand)}"
        case _:
            assert_never(node)


def _inside(node: Node) -> str:
    text = wording(node)
    return f"({text})" if isinstance(node, Compared | Calculated | OneOf | Joined | Negated | Minus) else text


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
