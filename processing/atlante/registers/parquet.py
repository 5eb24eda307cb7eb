"""An extract as a Parquet file: the same columns as text, with types of their own."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from atlante.catalogue.sources import FIELD_KINDS, Kind
from atlante.errors import EmptyFile, NotARegister, UnreadableRegister
from atlante.registers.ahead import ahead
from atlante.registers.extract import Block
from atlante.registers.interpreting import interpret, row_columns
from atlante.registers.table import match_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from atlante.catalogue.sources import SourceDefinition
    from atlante.registers.arrays import AnyArray

_SIGNATURE: Final = b"PAR1"
_ROWS_AT_ONCE: Final = 100_000
_FIRST_ROW: Final = 2  # as in a table of text, whose header is row 1


def is_parquet(path: Path) -> bool:
    """Return whether a file begins as Parquet does."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SIGNATURE)) == _SIGNATURE
    except OSError:
        return False  # what is wrong with it is said where it is read


class ParquetRegister:
    """An extract as Parquet: see :class:`RegisterFile`; rows are numbered as if they stood in a table of text."""

    legend: Sequence[str] = ()
    blank_lines: int = 0

    def __init__(self, path: Path, source: SourceDefinition, reference_date: date) -> None:
        self.source_id, self.path, self.reference_date = source.source_id, path, reference_date
        self._source = source
        try:
            self._file = pyarrow.parquet.ParquetFile(path)
        except (pa.ArrowInvalid, OSError) as exc:
            raise NotARegister(path, f"it begins as Parquet, but can't be read: {exc}") from exc
        self.size = self._file.metadata.num_rows
        if self.size == 0:
            raise EmptyFile(path, "columns and no rows")
        names = self._file.schema_arrow.names
        self._names = {field: names[place] for field, place in match_columns(path, names, source).items()}
        self.columns: Sequence[str] = row_columns(tuple(self._names))

    def sha256(self) -> str:
        """Return the SHA-256 of the file's bytes."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def blocks(self) -> Iterator[Block]:
        """Yield the rows in order, some at a time."""
        position = 0
        try:
            for block in ahead(lambda piece: self._read(*piece), self._pieces()):
                position = block.position
                yield block
        except (pa.ArrowInvalid, OSError) as exc:
            raise UnreadableRegister(f"{self.path} is damaged after row {position}: {exc}. Fetch it again.") from exc

    def _pieces(self) -> Iterator[tuple[pa.RecordBatch, int]]:
        """Yield rows, and how many came before them."""
        position = 0
        for batch in self._file.iter_batches(_ROWS_AT_ONCE, columns=list(self._names.values())):
            yield batch, position
            position += len(batch)

    def _read(self, batch: pa.RecordBatch, before: int) -> Block:
        numbers = np.arange(before + _FIRST_ROW, before + _FIRST_ROW + len(batch), dtype=np.int32)
        written = {field: _as_read(field, batch[name]) for field, name in self._names.items()}
        rows, rejects = interpret(written, numbers, self._source, self.reference_date)
        return Block(rows, rejects, 0, before + len(batch))


def _as_read(field: str, column: Any) -> AnyArray:  # noqa: ANN401 - of any Arrow type
    """Return a column as text; coordinates stay numbers, and a number that is none is unknown."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    is_number = pa.types.is_floating(column.type) or pa.types.is_integer(column.type)
    if FIELD_KINDS[field] is Kind.COORDINATE and is_number:
        degrees: Any = column.cast(pa.float64())
        known: AnyArray = pc.if_else(pc.is_nan(degrees), pa.scalar(None, pa.float64()), degrees)
        return known
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.date32())
    text: AnyArray = column.cast(pa.string())
    return text
