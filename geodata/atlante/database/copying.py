"""COPY: the way in and out for many rows, as tuples or as columns."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from psycopg import sql
from pyarrow import csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from psycopg import Copy

    from atlante.database.connection import Connection

_BLOCK_BYTES: Final = 1 << 24


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
    with connection.cursor() as cursor:
        with cursor.copy(_copy_from(table, columns, "text")) as copy:
            for row in rows:
                copy.write_row(row)
        return cursor.rowcount


def copy_table(connection: Connection, table: str, columns: pa.Table) -> int:
    """Append a table of columns by COPY and return the number of its rows; a million rows take seconds.

    Parameters
    ----------
    table
        ``schema.table``, a name from our own code.
    columns
        Named as those of the table; strings, numbers, booleans; null is NULL and '' is ''.
    """
    with connection.cursor() as cursor:
        with cursor.copy(_copy_from(table, columns.column_names, "csv")) as copy:
            sink = pa.PythonFile(_Sink(copy), mode="w")
            csv.write_csv(columns, sink, csv.WriteOptions(include_header=False))  # quotes all strings but null
        return cursor.rowcount


def read_table(
    connection: Connection, query: sql.Composable, parameters: Mapping[str, Any], schema: pa.Schema
) -> pa.Table:
    """Return the rows of a query as columns, by COPY.

    Parameters
    ----------
    query
        A SELECT whose columns are those of ``schema``, in order.
    schema
        Names and types; words that repeat are best read as ``pa.dictionary(pa.int32(), pa.string())``.
    """
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(query)
    with connection.cursor() as cursor, cursor.copy(statement, parameters) as copy:
        tables = [_parsed(text, schema) for text in blocks(copy)]
    return pa.concat_tables(tables).unify_dictionaries() if tables else schema.empty_table()


def _parsed(text: bytes, schema: pa.Schema) -> pa.Table:
    """Return some rows of a COPY; what stands there without quotes and empty is null."""
    return csv.read_csv(
        io.BytesIO(text),
        csv.ReadOptions(column_names=schema.names),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def blocks(copy: Copy) -> Iterator[bytes]:
    """Return the rows of a COPY, many at a time; the server sends each of them by itself."""
    gathered = io.BytesIO()
    for row in copy:
        gathered.write(row)
        if gathered.tell() >= _BLOCK_BYTES:
            yield gathered.getvalue()
            gathered = io.BytesIO()
    if gathered.tell():
        yield gathered.getvalue()


class _Sink(io.RawIOBase):
    """A COPY as a file that can be written."""

    def __init__(self, copy: Copy) -> None:
        self._copy = copy

    def writable(self) -> bool:
        return True

    def write(self, text: Any, /) -> int:  # noqa: ANN401 - whatever has a buffer
        view = memoryview(text)
        self._copy.write(view)
        return view.nbytes


def _copy_from(table: str, columns: Sequence[str], form: str) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN (FORMAT {})").format(
        sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(form)
    )
