"""Rows on their way to the database: as CSV that Arrow writes, in large pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.csv

from atlante.database import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from atlante.database import Connection
    from atlante.registers.arrays import AnyArray

_ROWS_PER_MESSAGE: Final = 20_000
_UNQUOTED_NULLS: Final = pa.csv.WriteOptions(include_header=False, quoting_style="needed")


def csv_messages(rows: pa.Table) -> Iterator[bytes]:
    """Yield rows as CSV, some thousand at a time; NULL is unquoted nothing."""
    plain = pa.table({name: _decoded(rows[name]) for name in rows.schema.names})
    for batch in plain.to_batches(max_chunksize=_ROWS_PER_MESSAGE):
        message = pa.BufferOutputStream()
        pa.csv.write_csv(batch, message, _UNQUOTED_NULLS)
        yield message.getvalue().to_pybytes()


def _decoded(column: pa.ChunkedArray[Any]) -> AnyArray:
    values: Any = column.combine_chunks()
    decoded: AnyArray = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
    return decoded


def copy_csv(
    connection: Connection,
    table: tuple[str, str],
    columns: Sequence[str],
    messages: Iterable[bytes],
    *,
    is_frozen: bool = False,
) -> None:
    """Append CSV to a table.

    Parameters
    ----------
    is_frozen
        The table was made in this transaction: its rows need no second look by a vacuum.
    """
    options = "FREEZE, FORMAT csv" if is_frozen else "FORMAT csv"
    statement = sql.SQL("COPY {} ({}) FROM STDIN ({})").format(
        sql.Identifier(*table), sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(options)
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for message in messages:
            copy.write(message)
