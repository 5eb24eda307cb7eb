"""Expressions as canonical text: equal expressions have one text, and it can be parsed again."""

from __future__ import annotations

from typing import assert_never

from atlante.catalogue.expressions import nodes

_MEMBERS_OF_A_SINGLE = 1
_IN_PARENTHESES = (nodes.Compared, nodes.Calculated, nodes.OneOf, nodes.Joined, nodes.Negated, nodes.Minus)


def wording(node: nodes.Node) -> str:  # noqa: C901, PLR0911, PLR0912 - one case a node
    """Return a node as text; everything that is made of several parts is in parentheses inside another."""
    match node:
        case nodes.All():
            return "all"
        case nodes.ColumnValue(name):
            return name
        case nodes.Number(value):
            return f"{value:.15g}"
        case nodes.Day(value):
            return _quoted(value.isoformat())
        case nodes.Compared(operator, left, right) | nodes.Calculated(operator, left, right):
            return f"{_inside(left)} {operator} {_inside(right)}"
        case nodes.OneOf(operand, words) if len(words) == _MEMBERS_OF_A_SINGLE:
            return f"{wording(operand)} == {_quoted(words[0])}"
        case nodes.OneOf(operand, words):
            return f"{wording(operand)} in ({', '.join(map(_quoted, words))})"
        case nodes.Joined(operator, parts):
            return f" {operator} ".join(map(_inside, parts))
        case nodes.Negated(operand):
            return f"not {_inside(operand)}"
        case nodes.Known(operand):
            return f"known({wording(operand)})"
        case nodes.InSector(sector):
            return f"sector({_quoted(sector)})"
        case nodes.InActivity(edition, codes):
            return f"activity({', '.join(map(_quoted, (edition, *codes)))})"
        case nodes.Division(edition):
            return f"division({_quoted(edition)})"
        case nodes.Year(column):
            return f"year({column})"
        case nodes.AgeYears(column):
            return f"age_years({column})"
        case nodes.Bound(side, column):
            return f"{side}({column})"
        case nodes.Minus(operand):
            return f"-{_inside(operand)}"
        case _:
            assert_never(node)


def _inside(node: nodes.Node) -> str:
    text = wording(node)
    return f"({text})" if isinstance(node, _IN_PARENTHESES) else text


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
