"""An extract as a Parquet file: the same columns as text, with types of their own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from atlante.catalogue.sources import FIELD_KINDS, Kind
from atlante.errors import EmptyFile, NotARegister, UnreadableRegister
from atlante.registers.ahead import ahead
from atlante.registers.columns import MOSTLY_DISTINCT
from atlante.registers.digests import row_digests
from atlante.registers.extract import Block
from atlante.registers.fingerprint import other_editions, reading_of
from atlante.registers.interpreting import interpret, row_columns
from atlante.registers.raw import with_raw_digests
from atlante.registers.table import match_columns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from atlante.catalogue.sources import SourceDefinition
    from atlante.registers.arrays import AnyArray
    from atlante.registers.digests import Words
    from atlante.registers.raw import RawFile

_SIGNATURE: Final = b"PAR1"
_ROWS_AT_ONCE: Final = 100_000
_FIRST_ROW: Final = 2  # as in a table of text, whose header is row 1
_DIGESTED_EXACTLY: Final = (pa.types.is_string, pa.types.is_float64, pa.types.is_date32, pa.types.is_boolean)


def is_parquet(path: Path) -> bool:
    """Return whether a file begins as Parquet does."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SIGNATURE)) == _SIGNATURE
    except OSError:
        return False  # what is wrong with it is said where it is read


@dataclass(frozen=True, slots=True)
class ParquetRows:
    """Rows as the file holds them: see :class:`RawRows`."""

    batch: pa.RecordBatch
    numbers: NDArray[np.int32]
    digests: Words
    position: int

    def filter(self, is_chosen: NDArray[np.bool_]) -> Self:
        """Return some of the rows."""
        batch = self.batch.filter(pa.array(is_chosen))
        return type(self)(batch, self.numbers[is_chosen], self.digests[is_chosen], self.position)


class ParquetRegister:
    """An extract as Parquet: see :class:`RegisterFile`; rows are numbered as if they stood in a table of text."""

    legend: Sequence[str] = ()
    blank_lines: int = 0

    def __init__(self, path: Path, source: SourceDefinition, reference_date: date) -> None:
        self.source_id, self.path, self.reference_date = source.source_id, path, reference_date
        self._source = source
        try:
            self._file, self._names = _opened(path, source)
        except (pa.ArrowInvalid, OSError) as exc:
            raise NotARegister(path, f"it begins as Parquet, but can't be read: {exc}") from exc
        self.size = self._file.metadata.num_rows
        if self.size == 0:
            raise EmptyFile(path, "columns and no rows")
        self.columns: Sequence[str] = row_columns(tuple(self._names))
        self.raw: RawFile[Any] | None = self
        types = [f"{field}: {self._file.schema_arrow.field(name).type}" for field, name in self._names.items()]
        self.reading = reading_of(source, reference_date, f"Parquet {types}")
        self.other_editions: Collection[str] = other_editions(source, reference_date)

    def sha256(self) -> str:
        """Return the SHA-256 of the file's bytes."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def blocks(self) -> Iterator[Block]:
        """Yield the rows in order, some at a time."""
        return self._watched(ahead(lambda piece: self._read(self._raw(*piece)), self._pieces()))

    def raw_rows(self) -> Iterator[ParquetRows]:
        """Yield the rows as the file holds them, in order, some at a time."""
        return self._watched(ahead(lambda piece: self._raw(*piece), self._pieces()))

    def blocks_of(self, rows: Sequence[ParquetRows]) -> Iterator[Block]:
        """Yield what some rows mean, in the same order."""
        return ahead(self._read, _batches(rows))

    def _watched[Rows: (Block, ParquetRows)](self, items: Iterator[Rows]) -> Iterator[Rows]:
        position = 0
        try:
            for item in items:
                position = item.position
                yield item
        except (pa.ArrowInvalid, OSError) as exc:
            raise UnreadableRegister(f"{self.path} is damaged after row {position}: {exc}. Fetch it again.") from exc

    def _pieces(self) -> Iterator[tuple[pa.RecordBatch, int]]:
        """Yield rows, and how many came before them."""
        position = 0
        for batch in self._file.iter_batches(_ROWS_AT_ONCE, columns=list(self._names.values())):
            yield batch, position
            position += len(batch)

    def _raw(self, batch: pa.RecordBatch, before: int) -> ParquetRows:
        numbers = np.arange(before + _FIRST_ROW, before + _FIRST_ROW + len(batch), dtype=np.int32)
        digests = row_digests({field: _digestible(batch[name]) for field, name in self._names.items()})
        return ParquetRows(batch, numbers, digests.to_numpy().view(np.uint64), before + len(batch))

    def _read(self, rows: ParquetRows) -> Block:
        written = {field: _as_read(field, rows.batch[name]) for field, name in self._names.items()}
        accepted, rejects = interpret(written, rows.numbers, self._source, self.reference_date)
        return Block(with_raw_digests(accepted, rows.numbers, rows.digests), rejects, 0, rows.position)


def _opened(path: Path, source: SourceDefinition) -> tuple[pyarrow.parquet.ParquetFile, dict[str, str]]:
    """Return the file, and which of its columns holds which field; columns of few texts come as dictionaries."""
    file = pyarrow.parquet.ParquetFile(path)
    names = file.schema_arrow.names
    columns = {field: names[place] for field, place in match_columns(path, names, source).items()}
    repeated = [
        name
        for field, name in columns.items()
        if field not in MOSTLY_DISTINCT and pa.types.is_string(file.schema_arrow.field(name).type)
    ]
    return pyarrow.parquet.ParquetFile(path, read_dictionary=repeated), columns


def _batches(rows: Sequence[ParquetRows]) -> Iterator[ParquetRows]:
    """Yield consecutive rows together, at most about as many as are read at once."""
    begin = 0
    while begin < len(rows):
        end, n = begin, 0
        while end < len(rows) and n < _ROWS_AT_ONCE:
            n += len(rows[end].numbers)
            end += 1
        some = rows[begin:end]
        batch = pa.Table.from_batches([each.batch for each in some]).combine_chunks().to_batches()[0]
        numbers = np.concatenate([each.numbers for each in some])
        yield ParquetRows(batch, numbers, np.concatenate([each.digests for each in some]), some[-1].position)
        begin = end


def _as_read(field: str, column: Any) -> AnyArray:  # noqa: ANN401 - of any Arrow type
    """Return a column as text; coordinates stay numbers, and a number that is none is unknown."""
    if pa.types.is_dictionary(column.type):
        if field not in MOSTLY_DISTINCT and pa.types.is_string(column.type.value_type):
            return _without_gaps(column)
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


def _without_gaps(encoded: Any) -> AnyArray:  # noqa: ANN401 - of any type of index
    """Return a dictionary of texts whose every row has an index: NULL is one of its values."""
    indices, texts = encoded.indices.cast(pa.int32()), encoded.dictionary
    if indices.null_count:
        indices = indices.fill_null(len(texts))
        texts = pa.concat_arrays([texts, pa.nulls(1, texts.type)])
    return pa.DictionaryArray.from_arrays(indices, texts)


def _digestible(column: Any) -> AnyArray:  # noqa: ANN401 - of any Arrow type
    """Return a column as one of the types that are digested exactly; any other as text."""
    if pa.types.is_dictionary(column.type):
        if pa.types.is_string(column.type.value_type):
            return _without_gaps(column)
        column = column.dictionary_decode()
    if any(is_exact(column.type) for is_exact in _DIGESTED_EXACTLY):
        exact: AnyArray = column
        return exact
    text: AnyArray = column.cast(pa.string())
    return text
