"""The one pass: the catalogue's measures compiled to one statement over the firms of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from atlante.catalogue.expressions import ReferenceDate, SqlColumn, SqlValue
from atlante.database import load_queries, sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from atlante.catalogue.expressions import Token
    from atlante.catalogue.measures import Measure
    from atlante.database import Connection

_QUERIES = load_queries(__package__)

# Firms are grouped once; then each group's counts, a column a measure, become one row a measure. Zeros are not kept.
_COUNT = sql.SQL("""
INSERT INTO measure.cell (build_id, municipality_code, division, year, measure_id, n)
SELECT %(build_id)s::bigint, counted.municipality_code, counted.division, counted.year, measure.measure_id, measure.n
FROM (
    SELECT firm.municipality_code, firm.division, firm.year, {counts}
    FROM ({firms_of_day}) AS firm
    GROUP BY firm.municipality_code, firm.division, firm.year
) AS counted
CROSS JOIN LATERAL (VALUES {rows}) AS measure (measure_id, n)
WHERE measure.n > 0
""")


class _Values:
    """Values of conditions and ids of measures, each a parameter of the statement: no text becomes SQL."""

    def __init__(self) -> None:
        self.parameters: dict[str, object] = {}

    def placeholder(self, value: object) -> sql.Placeholder:
        """Return the placeholder of a new parameter."""
        name = f"value_{len(self.parameters)}"
        self.parameters[name] = value
        return sql.Placeholder(name)


def count_firms(connection: Connection, measures: Sequence[Measure], given: Mapping[str, Any]) -> None:
    """Write ``measure.cell``: each measure by municipality, activity division and year of registration.

    Parameters
    ----------
    measures
        What to count; columns are those of the catalogue's allow-list.
    given
        build_id, source_id, reference_date and vintage_id.
    """
    values = _Values()
    columns = [sql.Identifier(f"n_{number}") for number in range(len(measures))]
    statement = _COUNT.format(
        counts=_listed(
            sql.SQL("count(*){} AS {}").format(_filter(measure, values), column)
            for measure, column in zip(measures, columns, strict=True)
        ),
        firms_of_day=_QUERIES["firms_of_day"],
        rows=_listed(
            sql.SQL("({}, counted.{})").format(values.placeholder(measure.id), column)
            for measure, column in zip(measures, columns, strict=True)
        ),
    )
    connection.execute(statement, {**given, **values.parameters})


def _listed(parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)


def _filter(measure: Measure, values: _Values) -> sql.Composed:
    """Return the FILTER of a measure; nothing where it counts all firms."""
    if measure.where.is_all:
        return sql.Composed([])
    return sql.SQL(" FILTER (WHERE {})").format(
        sql.Composed([_composed(token, values) for token in measure.where.sql()])
    )


def _composed(token: Token, values: _Values) -> sql.Composable:
    """Return a piece of an expression: a fragment, an identifier of the firms, or a parameter."""
    match token:
        case str():
            return sql.SQL(token)
        case SqlColumn(name):
            return sql.Identifier("firm", name)
        case SqlValue(value, type_):
            given = list(value) if isinstance(value, tuple) else value
            return sql.SQL("CAST({} AS {})").format(values.placeholder(given), sql.SQL(type_))
        case ReferenceDate():
            return sql.SQL("%(reference_date)s::date")
        case _:
            assert_never(token)
