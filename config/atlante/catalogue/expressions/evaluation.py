"""Expressions over columns in memory: the same three-valued logic as the SQL, for small tables and for comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never, cast

import pandas as pd

from atlante.catalogue.expressions import nodes
from atlante.catalogue.expressions.sql import sector_column

type Values = pd.Series[Any]

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


class Evaluation:
    """The values of nodes over columns of equal length.

    Parameters
    ----------
    columns
        By name, as ``register.firm`` has them, and ``activity_edition``; those of sectors by :func:`sector_column`.
        Missing values are None, NaN or NA.
    """

    def __init__(self, columns: Mapping[str, Values], reference_date: date, index: pd.Index) -> None:
        self._columns, self._index = columns, index
        self._reference_date = reference_date

    def of(self, node: nodes.Node) -> Values:  # noqa: C901, PLR0911, PLR0912 - one case a node
        """Return the values of a node: boolean, Float64, string or datetime64, missing where unknown."""
        match node:
            case nodes.All():
                return pd.Series(data=True, index=self._index, dtype="boolean")
            case nodes.ColumnValue(name):
                return self._column(
                    name, {"condition": "boolean", "date": "datetime64[us]"}.get(nodes.type_of(node), "string")
                )
            case nodes.Number(value):
                return pd.Series(value, index=self._index, dtype="Float64")
            case nodes.Day(value):
                return pd.Series(pd.Timestamp(value), index=self._index, dtype="datetime64[us]")
            case nodes.Compared(operator, left, right):
                return self._compared(operator, self.of(left), self.of(right))
            case nodes.OneOf(operand, words):
                values = self.of(operand)
                return values.isin(words).astype("boolean").mask(values.isna())
            case nodes.Joined(operator, parts):
                joined = self.of(parts[0])
                for part in parts[1:]:
                    joined = joined & self.of(part) if operator == "and" else joined | self.of(part)
                return joined
            case nodes.Negated(operand):
                return ~self.of(operand)
            case nodes.Known(operand):
                return self.of(operand).notna().astype("boolean")
            case nodes.InSector(sector):
                return self._column(sector_column(sector), "boolean")
            case nodes.InActivity(edition, codes):
                return self._in_activity(edition, codes)
            case nodes.Division(edition):
                code = self._activity_code(edition)
                return code.str[:2].mask((code.str.len() < len("62")).fillna(value=False))
            case nodes.Year(column):
                return self._date(column).dt.year.astype("Float64")
            case nodes.AgeYears(column):
                return self._age_years(column)
            case nodes.Bound(side, column):
                bound = self._column(column, "string").str.split("-", n=1, regex=False).str[0 if side == "low" else 1]
                return bound.mask((bound == "").fillna(value=False)).astype("Float64")
            case nodes.Calculated(operator, left, right):
                return self._calculated(operator, self.of(left), self.of(right))
            case nodes.Minus(operand):
                return -self.of(operand)
            case _:
                assert_never(node)

    def _column(self, name: str, dtype: str) -> Values:
        return self._columns[name].astype(cast("Any", dtype))  # a name of a dtype, which the stubs list one by one

    def _date(self, name: str) -> Values:
        return self._column(name, "datetime64[us]")

    def _activity_code(self, edition: str) -> Values:
        of_edition = (self._column("activity_edition", "string") == edition).fillna(value=False)
        return self._column("activity_code", "string").where(of_edition)

    def _in_activity(self, edition: str, codes: tuple[str, ...]) -> Values:
        code = self._activity_code(edition)
        shorter = {whole[:length] for whole in codes for length in range(1, len(whole))}
        below = code.str.startswith(codes).astype("boolean")
        is_undecided = code.isin(shorter) & ~below.fillna(value=False)
        return below.mask(code.isna() | is_undecided)

    def _age_years(self, column: str) -> Values:
        dates, until = self._date(column).dt, self._reference_date
        until_number = until.year * 10_000 + until.month * 100 + until.day
        number = dates.year * 10_000 + dates.month * 100 + dates.day
        return ((until_number - number) // 10_000).astype("Float64")

    @staticmethod
    def _compared(operator: str, left: Values, right: Values) -> Values:
        compare = {"<": left.lt, "<=": left.le, "==": left.eq, "!=": left.ne, ">=": left.ge, ">": left.gt}[operator]
        return compare(right).astype("boolean").mask(left.isna() | right.isna())

    @staticmethod
    def _calculated(operator: str, left: Values, right: Values) -> Values:
        match operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case _:
                return left / right.mask((right == 0).fillna(value=False))
