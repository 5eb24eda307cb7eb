"""What is known of the rows of a source's latest extract, kept in the database from one load to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from atlante.database import load_queries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from atlante.database import Connection
    from atlante.registers.digests import Words

_QUERIES: Final = load_queries(__package__)
_ROWS_PER_PART: Final = 500_000
_PLACE, _LENGTH = "<i4", "<i4"
_MOST_DROPPED: Final = 0.5  # of all rows; where there are more, everything is written anew
_MOST_PARTS: Final = 200


@dataclass(frozen=True, slots=True)
class RowKeys:
    """Accepted rows without their values; all of shape (n,).

    Attributes
    ----------
    raw_digests
        Of a row as it stands in the file.
    row_digests
        Of its values, as in ``register.firm``.
    notes
        As in :class:`Block`.
    """

    raw_digests: Words
    row_digests: NDArray[np.int64]
    notes: NDArray[np.uint8]
    firm_ids: pa.StringArray

    def __len__(self) -> int:
        return len(self.notes)

    def filter(self, is_chosen: NDArray[np.bool_]) -> RowKeys:
        """Return some of the rows."""
        return RowKeys(
            self.raw_digests[is_chosen],
            self.row_digests[is_chosen],
            self.notes[is_chosen],
            self.firm_ids.filter(pa.array(is_chosen)),
        )


@dataclass(frozen=True, slots=True)
class Known:
    """The rows of the latest extract of a source: each of its current firms is one of them.

    Attributes
    ----------
    reading
        How they were read: see :class:`RawFile`.
    rows
        These rows and others that were dropped since, in the order in which they came.
    is_current
        Which of them the latest extract shows.
    parts
        In how many parts they are kept.
    """

    reading: str
    rows: RowKeys
    is_current: NDArray[np.bool_]
    parts: int


def known_rows(connection: Connection, source_id: str) -> Known | None:
    """Return what is known of the latest extract of a source; None where it was loaded otherwise."""
    source = {"source_id": source_id}
    reading = connection.execute(_QUERIES["known_reading"], source).fetchone()
    if reading is None:
        return None
    with connection.cursor(binary=True) as cursor:
        parts = cursor.execute(_QUERIES["known_rows"], source).fetchall()
    raw_digests, row_digests, notes, firm_ids, lengths, dropped = zip(*parts, strict=True)
    ids: Any = pa.concat_arrays([_texts(*part) for part in zip(firm_ids, lengths, strict=True)])
    rows = RowKeys(_numbers(raw_digests, "<u8"), _numbers(row_digests, "<i8"), _numbers(notes, "u1"), ids)
    is_current = np.ones(len(rows), bool)
    is_current[_numbers(dropped, _PLACE)] = False
    return Known(reading[0], rows, is_current, len(parts))


def forget(connection: Connection, source_id: str) -> None:
    """Keep nothing of a source."""
    connection.execute(_QUERIES["forget_known_rows"], {"source_id": source_id})
    connection.execute(_QUERIES["forget_known_extract"], {"source_id": source_id})


def keep_all(connection: Connection, source_id: str, reading: str, rows: RowKeys) -> None:
    """Keep the rows of an extract, instead of what is kept of an earlier one."""
    forget(connection, source_id)
    _append(connection, source_id, rows, np.empty(0, np.int64), first_part=0)
    _record(connection, source_id, reading)


def keep_changes(
    connection: Connection, source_id: str, known: Known, added: RowKeys, is_shown: NDArray[np.bool_]
) -> None:
    """Keep what an extract changes: rows that came, and which of the known ones it shows as they were."""
    dropped = np.flatnonzero(known.is_current & ~is_shown)
    is_sparse = is_shown.sum() < (1 - _MOST_DROPPED) * len(is_shown) or known.parts >= _MOST_PARTS
    if is_sparse:
        keep_all(connection, source_id, known.reading, _joined(known.rows.filter(is_shown), added))
        return
    if len(dropped) or len(added):
        _append(connection, source_id, added, dropped, first_part=known.parts)
    _record(connection, source_id, known.reading)


def _record(connection: Connection, source_id: str, reading: str) -> None:
    connection.execute(_QUERIES["record_known_extract"], {"source_id": source_id, "reading": reading})


def _append(
    connection: Connection, source_id: str, rows: RowKeys, dropped: NDArray[np.int64], *, first_part: int
) -> None:
    """Write rows as further parts; the first of them says which earlier rows are dropped."""
    for part, begin in enumerate(range(0, max(len(rows), 1), _ROWS_PER_PART), first_part):
        piece = slice(begin, begin + _ROWS_PER_PART)
        texts: Any = rows.firm_ids[piece].cast(pa.binary())
        offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
        octets = memoryview(texts.buffers()[2] or b"")[offsets[0] : offsets[-1]]
        columns = {
            "raw_digests": rows.raw_digests[piece].astype("<u8").tobytes(),
            "row_digests": rows.row_digests[piece].astype("<i8").tobytes(),
            "notes": rows.notes[piece].tobytes(),
            "firm_ids": bytes(octets),
            "lengths": np.diff(offsets).astype(_LENGTH).tobytes(),
            "dropped": dropped.astype(_PLACE).tobytes() if part == first_part else b"",
        }
        connection.execute(_QUERIES["keep_rows"], {"source_id": source_id, "part": part, **columns})


def _joined(one: RowKeys, other: RowKeys) -> RowKeys:
    return RowKeys(
        np.concatenate([one.raw_digests, other.raw_digests]),
        np.concatenate([one.row_digests, other.row_digests]),
        np.concatenate([one.notes, other.notes]),
        pa.concat_arrays([one.firm_ids, other.firm_ids]),
    )


def _numbers(parts: Iterable[bytes], kind: str) -> NDArray[Any]:
    numbers: NDArray[Any] = np.frombuffer(b"".join(parts), kind)
    return numbers


def _texts(octets: bytes, lengths: bytes) -> pa.StringArray:
    offsets = np.cumsum(np.frombuffer(bytes(4) + lengths, _LENGTH), dtype=np.int32)
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(octets))
