"""COPY: the way in for many rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from atlante.database.connection import Connection


def copy_rows(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Append rows to a table by COPY and return their number.

    Parameters
    ----------
    table
        ``schema.table``, a name from our own code.
    columns
        Columns in the order of the values of a row.
    rows
        Values as psycopg adapts them; geometries as hexadecimal EWKB text, JSON as text.
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
        return cursor.rowcount
