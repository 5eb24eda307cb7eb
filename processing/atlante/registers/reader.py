"""A register extract into accepted rows and rejects: together they are the rows of the file, always.

A file is read in blocks, so that memory does not grow with it; :func:`read_register` puts them together.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from atlante.errors import InvalidSetting, ReferenceDateMissing
from atlante.registers.ahead import ahead
from atlante.registers.arrays import as_mask
from atlante.registers.clean import split_clean
from atlante.registers.columns import MOSTLY_DISTINCT
from atlante.registers.editions import with_decided_edition
from atlante.registers.extract import ROW_SCHEMA, Block, Extract, Reason
from atlante.registers.files import BLOCK_BYTES, check_content, decode_block, line_blocks, open_content, sha256_of
from atlante.registers.fingerprint import other_editions, reading_of
from atlante.registers.interpreting import interpret, reject_table, row_columns
from atlante.registers.ledger import Ledger
from atlante.registers.lines import split_lines
from atlante.registers.parquet import ParquetRegister, is_parquet
from atlante.registers.raw import TextRows, with_raw_digests
from atlante.registers.table import find_table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from concurrent.futures import Future
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from atlante.catalogue.sources import SourceDefinition
    from atlante.registers.arrays import AnyArray
    from atlante.registers.digests import Words
    from atlante.registers.files import Content, RegisterFile
    from atlante.registers.lines import Lines
    from atlante.registers.raw import RawFile
    from atlante.registers.table import Table

_WHOLE_LINE: Final = "line"  # the `field` of a reject that is about no single field


@contextmanager
def open_register(path: Path, source: SourceDefinition, *, as_of: date | None, today: date) -> Iterator[RegisterFile]:
    """Open an extract to read it block by block.

    Parameters
    ----------
    as_of
        The reference date; None: the one that the file's name states, or the lines before its header.
    today
        No extract can show a later day.

    Raises
    ------
    ReferenceDateMissing, InvalidSetting
        If the reference date is not known, or is still to come.
    UnreadableRegister
        If the file as a whole can't be read; its subclasses say why.
    UndecidedEdition
        If the source leaves the edition of activity codes to them, and they don't tell.
    """
    if is_parquet(path):
        day = _reference_date(path, source, None, as_of=as_of, today=today)
        source = with_decided_edition(path, source, day, lambda each: ParquetRegister(path, each, day).blocks())
        yield ParquetRegister(path, source, day)
        return
    with open_content(path) as content:
        check_content(path, content, source.encoding, source.delimiter)
        table = find_table(path, content, source)
        day = _reference_date(path, source, table.stated_date, as_of=as_of, today=today)
        source = with_decided_edition(
            path, source, day, lambda each: TextRegister(path, each, day, content, table).blocks()
        )
        yield TextRegister(path, source, day, content, table)


def read_register(path: Path, source: SourceDefinition, *, as_of: date | None, today: date) -> Extract:
    """Read an extract whole; nothing is lost: each row of the file is accepted or rejected with its reason.

    Parameters and errors are those of :func:`open_register`.
    """
    with open_register(path, source, as_of=as_of, today=today) as file:
        ledger, parts = Ledger(file), [ROW_SCHEMA.empty_table()]
        for block in file.blocks():
            ledger.add(block)
            parts.append(_with_all_columns(block.rows))
        is_again = ledger.is_again()
        account = ledger.account(is_again)
    rows = pa.concat_tables(parts).filter(pa.array(~is_again))
    fields = {name: getattr(account, name) for name in account.__dataclass_fields__}
    return Extract(**fields, rows=rows.to_pandas(types_mapper=pd.ArrowDtype))


def _with_all_columns(rows: pa.Table) -> pa.Table:
    columns: list[Any] = [
        rows[field.name].cast(field.type) if field.name in rows.schema.names else pa.nulls(len(rows), field.type)
        for field in ROW_SCHEMA
    ]
    return pa.table(columns, schema=ROW_SCHEMA)


def _reference_date(
    path: Path, source: SourceDefinition, stated: date | None, *, as_of: date | None, today: date
) -> date:
    day = as_of or source.reference_date(path.name) or stated
    if day is None:
        raise ReferenceDateMissing(path)
    if day > today:
        raise InvalidSetting("--as-of" if as_of else f"The date of {path.name}", str(day), f"a day up to {today}")
    return day


class TextRegister:
    """An extract as lines of text: see :class:`RegisterFile`."""

    def __init__(
        self, path: Path, source: SourceDefinition, reference_date: date, content: Content, table: Table
    ) -> None:
        self.source_id, self.path, self.reference_date = source.source_id, path, reference_date
        self.columns: Sequence[str] = row_columns(tuple(table.header.positions))
        self.legend: Sequence[str] = table.legend
        self.blank_lines = table.blank_lines
        self.size = table.end - table.start
        self.raw: RawFile[Any] | None = self
        self.reading = reading_of(
            source, reference_date, f"{table.header.width} {table.header.positions} {table.dialect}"
        )
        self.other_editions: Collection[str] = other_editions(source, reference_date)
        self._content, self._table, self._source = content, table, source
        self._sha256 = _in_background(lambda: sha256_of(content))

    def sha256(self) -> str:
        """Return the SHA-256 of the bytes."""
        return self._sha256.result()

    def blocks(self) -> Iterator[Block]:
        """Yield the rows in order, some at a time."""
        return ahead(lambda piece: self._read(*piece), self._pieces())

    def raw_rows(self) -> Iterator[TextRows]:
        """Yield all lines in order, some at a time."""
        return ahead(lambda piece: TextRows.of(*piece), self._pieces())

    def blocks_of(self, rows: Sequence[TextRows]) -> Iterator[Block]:
        """Yield what some lines mean, in the same order."""
        return ahead(self._read_rows, _batches(rows))

    def _pieces(self) -> Iterator[tuple[bytes, int, int]]:
        """Yield bytes that end with a line, the number of their first line, and how far they reach."""
        line_number, position = self._table.first_line, 0
        for octets in line_blocks(self._content, self._table.start, self._table.end):
            position += len(octets)
            yield octets, line_number, position
            line_number += octets.count(b"\n")

    def _read(self, octets: bytes, first_line: int, position: int) -> Block:
        rows = TextRows.of(octets, first_line, position)
        return self._interpreted(octets, rows.numbers, rows.digests, position)

    def _read_rows(self, rows: Sequence[TextRows]) -> Block:
        lines = [line for some in rows for line in some.lines]
        octets = b"\n".join(lines) + (b"\n" if rows[-1].has_end else b"")
        numbers = np.concatenate([some.numbers for some in rows])
        digests = np.concatenate([some.digests for some in rows])
        return self._interpreted(octets, numbers, digests, rows[-1].position)

    def _interpreted(self, octets: bytes, numbers: NDArray[np.int32], digests: Words, position: int) -> Block:
        text = decode_block(octets, self._source.encoding)
        header = self._table.header
        written = split_clean(text, self._table.dialect, header.width, header.positions, plain=MOSTLY_DISTINCT)
        if written is None or _may_be_blank(written["name"]):
            block = self._read_line_by_line(text, numbers, position)
        else:
            block = Block(*interpret(written, numbers, self._source, self.reference_date), 0, position)
        return replace(block, rows=with_raw_digests(block.rows, numbers, digests))

    def _read_line_by_line(self, text: bytes, numbers: NDArray[np.int32], position: int) -> Block:
        lines = split_lines(text, self._table.dialect)
        width = self._table.header.width
        is_blank = _is_blank(lines)
        is_whole = (lines.n_fields == width) & ~lines.is_unclosed & ~is_blank
        misshapen = _misshapen(lines, numbers, width, ~is_whole & ~is_blank)
        fields = lines.fields(is_whole, width)
        written = {name: fields.column(place) for name, place in self._table.header.positions.items()}
        rows, rejects = interpret(written, numbers[is_whole], self._source, self.reference_date)
        return Block(rows, pa.concat_tables([misshapen, rejects]), int(is_blank.sum()), position)


def _batches(rows: Sequence[TextRows]) -> Iterator[list[TextRows]]:
    """Yield consecutive rows together, about as many as there are in a block of the file."""
    batch: list[TextRows] = []
    size = 0
    for some in rows:
        batch.append(some)
        size += sum(map(len, some.lines))
        if size >= BLOCK_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _may_be_blank(names: AnyArray) -> bool:
    """Return whether a line may hold delimiters alone: it has no name, which every row needs."""
    return bool(pc.any(pc.equal(pc.utf8_trim_whitespace(names), pa.scalar(""))).as_py())


def _in_background[Result](work: Callable[[], Result]) -> Future[Result]:
    pool = ThreadPoolExecutor(1)
    future = pool.submit(work)
    pool.shutdown(wait=False)
    return future


def _is_blank(lines: Lines) -> NDArray[np.bool_]:
    """Tell the lines that hold nothing but blanks and delimiters."""
    rest = pc.utf8_ltrim(lines.text, characters=f" \t\r\n{lines.dialect.delimiter}")
    return as_mask(pc.equal(pc.binary_length(rest), pa.scalar(0)))


def _misshapen(lines: Lines, numbers: NDArray[np.int32], width: int, is_chosen: NDArray[np.bool_]) -> pa.Table:
    """Return rejects for lines that have not as many fields as the header."""
    n_fields = lines.n_fields[is_chosen]
    reasons = np.where(n_fields < width, Reason.TOO_FEW_FIELDS.value, Reason.TOO_MANY_FIELDS.value)
    reasons = np.where(lines.is_unclosed[is_chosen], Reason.UNCLOSED_QUOTE.value, reasons)
    values = [f"{n} instead of {width}" for n in n_fields]
    return reject_table(numbers[is_chosen], [_WHOLE_LINE] * len(values), reasons.tolist(), values)
