"""Expressions over the columns of a firm: conditions and numbers, as text in the catalogue.

The text has Python's grammar, of which an allow-list is read: columns (:data:`atlante.catalogue.columns.COLUMNS`),
numbers, words and days in quotes, ``and``, ``or``, ``not``, comparisons, ``in (…)``, arithmetic, and functions::

    women_led in ("majority", "strong", "exclusive")
    low(staff_class) >= 10 and high(staff_class) < 250 and sector("kis")
    known(registration_date) and age_years(registration_date) < 5

Logic is three-valued, as in SQL: what is computed from something unknown is unknown. An expression becomes SQL
(:meth:`Expression.sql`), or is evaluated over columns in memory (:meth:`Expression.evaluate`), with the same result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from atlante.catalogue.columns import COLUMNS
from atlante.catalogue.expressions.evaluation import Evaluation
from atlante.catalogue.expressions.nodes import All, Joined, Known, Negated, Node, columns_of, sectors_of, type_of
from atlante.catalogue.expressions.parsing import read
from atlante.catalogue.expressions.sql import (
    ReferenceDate,
    SqlColumn,
    SqlValue,
    Token,
    readable,
    sector_column,
    tokens,
)
from atlante.catalogue.expressions.wording import wording
from atlante.errors import InvalidExpression

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import pandas as pd

__all__ = [
    "ALL",
    "Expression",
    "ReferenceDate",
    "SqlColumn",
    "SqlValue",
    "Token",
    "both",
    "negated",
    "parse",
    "sector_column",
    "undecided",
]


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition or a number, of each firm. Expressions that mean the same way of computing are equal."""

    node: Node

    @property
    def text(self) -> str:
        """Its canonical text: it can be parsed again, and equal expressions have the same."""
        return wording(self.node)

    @property
    def is_all(self) -> bool:
        """Whether it is true of every firm."""
        return isinstance(self.node, All)

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the register that it reads; ``activity_code`` stands for the code with its edition."""
        return columns_of(self.node)

    @property
    def sectors(self) -> frozenset[str]:
        """The sectors that it asks for."""
        return sectors_of(self.node)

    @property
    def private_columns(self) -> frozenset[str]:
        """The columns that it reads and that are not on the public register."""
        return frozenset(name for name in self.columns if not COLUMNS[name].is_public)

    @property
    def is_public(self) -> bool:
        """Whether it reads only what is on the public register."""
        return not self.private_columns

    def sql(self) -> tuple[Token, ...]:
        """Return it as SQL: fragments, columns to become identifiers, values to become parameters.

        Beside :attr:`columns`, the firms need ``activity_edition`` where it reads ``activity_code``, and for each of
        :attr:`sectors` the column :func:`sector_column`.
        """
        return tuple(tokens(self.node))

    def readable_sql(self) -> str:
        """Return its SQL with values written out, for people; it is never run."""
        return readable(self.sql())

    def evaluate(self, columns: Mapping[str, pd.Series], *, reference_date: date) -> pd.Series:
        """Return its value for each row of columns in memory.

        Parameters
        ----------
        columns
            Equally long, with one index; named and needed as :meth:`sql` says.

        Returns
        -------
        pandas.Series
            boolean of a condition, Float64 of a number; missing where unknown.
        """
        first = next(iter(columns.values()))
        return Evaluation(columns, reference_date, first.index).of(self.node)

    def __str__(self) -> str:
        return self.text


ALL = Expression(All())


def parse(text: str, *, expects: Literal["condition", "number"]) -> Expression:
    """Return the expression that a text is.

    Raises
    ------
    InvalidExpression
        If it is none, or not what is expected; says what is wrong, at which character, and what would be valid.

    >>> parse("has_patents or has_rnd and has_patents", expects="condition").text
    '(has_patents and has_rnd) or has_patents'
    >>> parse("low(staff_class) / 2", expects="number").columns
    frozenset({'staff_class'})
    """
    node = read(text)
    found = type_of(node)
    if found != expects:
        problem = f"it is a {found}, where a {expects} is needed"
        raise InvalidExpression(text, 1, problem + _REMEDY.get((found, expects), ""))
    return Expression(node)


_REMEDY = {
    ("number", "condition"): "; compare it: x > 0",
    ("text", "condition"): '; compare it with words: x in ("…", "…")',
    ("class", "number"): "; take a bound of it: low(x)",
    ("class", "condition"): "; compare a bound of it: low(x) >= 10",
    ("date", "number"): "; take its year(x) or age_years(x)",
    ("date", "condition"): '; compare it with a day: x >= "2024-01-01"',
    ("activity", "condition"): "; ask with sector(…), activity(…) or known(…)",
}


def both(first: Expression, second: Expression) -> Expression:
    """Return the condition that two conditions hold."""
    if first.is_all or first == second:
        return second
    if second.is_all:
        return first
    parts: dict[Node, None] = {}
    for node in (first.node, second.node):
        parts.update(dict.fromkeys(node.parts if isinstance(node, Joined) and node.operator == "and" else (node,)))
    return Expression(Joined("and", tuple(sorted(parts, key=wording))))


def negated(condition: Expression) -> Expression:
    """Return the condition that a condition does not hold."""
    return Expression(Negated(condition.node))


def undecided(condition: Expression) -> Expression | None:
    """Return the condition that it is unknown whether a condition holds; None: it is always known."""
    return None if condition.is_all else Expression(Negated(Known(condition.node)))
