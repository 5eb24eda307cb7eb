"""Expressions of the catalogue as SQL, evaluated once for each combination of values that occurs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, assert_never

import numpy as np

from atlante.catalogue.columns import COLUMNS
from atlante.catalogue.expressions import ReferenceDate, SqlColumn, SqlValue, sector_column
from atlante.catalogue.expressions.nodes import type_of
from atlante.database import sql

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from atlante.catalogue.expressions import Expression, Token
    from atlante.database import Connection
    from atlante.measures.firms import Coded

EDITION: Final = "activity_edition"
ACTIVITY: Final = "activity_code"
_DENSE: Final = 4_000_000  # combinations that are counted rather than sorted
_TYPES: Final = {"flag": "boolean", "date": "date"}


@dataclass(frozen=True, slots=True, eq=False)
class Combined:
    """Firms by the combination of values that they have in some columns.

    Attributes
    ----------
    number
        The combination of each firm, shape (firms,).
    values
        By column: the word of each combination, None where it is unknown, shape (combinations,).
    """

    number: NDArray[np.intp]
    values: Mapping[str, list[str | None]]

    @property
    def n(self) -> int:
        """How many combinations occur."""
        return len(next(iter(self.values.values())))


def columns_read(expression: Expression) -> tuple[str, ...]:
    """Return the columns that the SQL of an expression reads, sectors among them."""
    names = set(expression.columns) | {sector_column(sector) for sector in expression.sectors}
    return tuple(sorted(names | ({EDITION} if ACTIVITY in names else set())))


def combine(columns: Mapping[str, Coded]) -> Combined:
    """Return the combinations of values that occur in columns of firms."""
    parts = list(columns.values())
    key = np.zeros(len(parts[0].codes), dtype=np.int64)
    for part in parts:
        key = key * (len(part.words) + 1) + (part.codes + 1)
    found, number = _numbered(key, int(np.prod([len(part.words) + 1 for part in parts], dtype=object)))
    values: dict[str, list[str | None]] = {}
    for name, part in reversed(list(columns.items())):
        found, rest = np.divmod(found, len(part.words) + 1)
        words: list[str | None] = [None, *part.words]
        values[name] = [words[place] for place in rest.tolist()]
    return Combined(number, values)


def _numbered(key: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the different keys in order, and the place of each key among them."""
    if size > _DENSE:
        found, number = np.unique(key, return_inverse=True)
        return found, number
    found = np.flatnonzero(np.bincount(key, minlength=1))
    lookup = np.zeros(size, dtype=np.intp)
    lookup[found] = np.arange(len(found))
    return found, lookup[key]


def evaluate(
    connection: Connection, expressions: Sequence[Expression], combined: Combined, *, reference_date: dt.date
) -> list[NDArray[np.float64]]:
    """Return expressions for each combination: of a condition 1 where it is true, else 0.

    Returns
    -------
    list
        One array per expression, shape (combinations,). A number that is unknown is nan, a condition that is unknown
        not true.
    """
    if not combined.n:
        return [np.zeros(0) for _ in expressions]
    parameters = _Parameters()
    names = list(combined.values)
    given = [parameters.placeholder(list(combined.values[name])) for name in names]
    typed = [sql.SQL("{}::{}[]").format(value, sql.SQL(_type(name))) for name, value in zip(names, given, strict=True)]
    statement = sql.SQL("SELECT {} FROM unnest({}) WITH ORDINALITY AS firm ({}, place) ORDER BY firm.place").format(
        sql.SQL(", ").join(as_number(each, parameters) for each in expressions),
        sql.SQL(", ").join(typed),
        sql.SQL(", ").join(map(sql.Identifier, names)),
    )
    rows = connection.execute(statement, {"reference_date": reference_date, **parameters.values}).fetchall()
    table = np.array(rows, dtype=np.float64)  # None, unknown, becomes nan
    return [table[:, number] for number in range(len(expressions))]


class _Parameters:
    """Values of expressions, each a parameter of the statement: no text becomes SQL."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def placeholder(self, value: object) -> sql.Placeholder:
        """Return the placeholder of another parameter."""
        name = f"value_{len(self.values)}"
        self.values[name] = value
        return sql.Placeholder(name)


def as_number(expression: Expression, parameters: _Parameters) -> sql.Composed:
    """Return an expression as SQL that gives a number: of a condition 1 where it is true, else 0."""
    text = composed(expression.sql(), parameters)
    return (
        text
        if type_of(expression.node) == "number"
        else sql.SQL("CASE WHEN {} THEN 1 ELSE 0 END::double precision").format(text)
    )


def composed(tokens: Iterable[Token], parameters: _Parameters) -> sql.Composed:
    """Return the pieces of an expression: fragments, identifiers of the firms, parameters."""
    return sql.Composed([_piece(token, parameters) for token in tokens])


def _piece(token: Token, parameters: _Parameters) -> sql.Composable:
    match token:
        case str():
            return sql.SQL(token)
        case SqlColumn(name):
            return sql.Identifier("firm", name)
        case SqlValue(value, type_):
            given = list(value) if isinstance(value, tuple) else value
            return sql.SQL("CAST({} AS {})").format(parameters.placeholder(given), sql.SQL(type_))
        case ReferenceDate():
            return sql.SQL("%(reference_date)s::date")
        case _:
            assert_never(token)


def _type(column: str) -> str:
    """Return the type that PostgreSQL knows a column by."""
    if column.startswith(sector_column("")):
        return "boolean"
    known = COLUMNS.get(column)
    return _TYPES.get(known.kind, "text") if known else "text"
