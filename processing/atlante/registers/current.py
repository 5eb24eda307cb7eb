"""The current firms of a source, as the register holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from atlante.database import load_queries
from atlante.registers.differences import Standing
from atlante.registers.digests import row_digests
from atlante.registers.extract import DIGESTED, ROW_SCHEMA

if TYPE_CHECKING:
    from atlante.database import Connection

_QUERIES: Final = load_queries(__package__)


def current_firms(connection: Connection, source_id: str) -> Standing:
    """Return the current firms of a source with the digests of their rows."""
    source = {"source_id": source_id}
    rows = _read(connection, source)
    if any(row[-1] for row in rows):
        _complete_digests(connection, source)
        rows = _read(connection, source)
    ids = [_texts(text, lengths) for text, lengths, _, _ in rows]
    digests = np.frombuffer(b"".join(part for _, _, part, _ in rows), ">i8").astype(np.int64)
    firm_ids: Any = pa.concat_arrays([pa.array([], pa.string()), *ids])
    return Standing(firm_ids, digests)


def _read(connection: Connection, source: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(_QUERIES["current_digests"], source).fetchall()


def _texts(text: str, lengths: bytes) -> pa.StringArray:
    offsets = np.cumsum(np.frombuffer(b"\0\0\0\0" + lengths, ">i4"), dtype=np.int32)
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(text.encode()))


def _complete_digests(connection: Connection, source: dict[str, Any]) -> None:
    """Write the digests of firms that were loaded when digests were made otherwise."""
    rows = connection.execute(_QUERIES["firms_without_digest"], source).fetchall()
    firm_ids, *values = zip(*rows, strict=True)
    columns = {
        name: pa.array(column, ROW_SCHEMA.field(name).type) for name, column in zip(DIGESTED, values, strict=True)
    }
    digests = row_digests(columns).to_pylist()
    connection.execute(_QUERIES["write_digests"], {**source, "firm_ids": list(firm_ids), "digests": digests})
