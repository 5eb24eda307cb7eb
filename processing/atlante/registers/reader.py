"""A register extract into accepted rows and rejects: together they are the rows of the file, always."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from atlante.catalogue.sources import FIELD_KINDS, Kind
from atlante.errors import InvalidSetting, ReferenceDateMissing
from atlante.registers.arrays import NO_TEXT, AnyArray, as_mask, at, join_texts
from atlante.registers.columns import read_column
from atlante.registers.extract import DIGESTED, REJECT_SCHEMA, ROW_SCHEMA, Extract, Reason
from atlante.registers.files import check_content, decode_block, line_blocks, open_content, sha256_of
from atlante.registers.lines import Dialect, split_lines
from atlante.registers.marks import is_marked_synthetic
from atlante.registers.table import find_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from atlante.catalogue.sources import SourceDefinition
    from atlante.registers.columns import Reading
    from atlante.registers.files import Content
    from atlante.registers.lines import Lines
    from atlante.registers.table import Header, Table

_WHOLE_LINE: Final = "line"  # the `field` of a reject that is about no single field
_LONGEST_VALUE: Final = 200
_BETWEEN, _NULL = "\x1f", "\x00"  # in a digest's input; NULL is not the same as no text
_KEY_DIGITS: Final = 32


@dataclass(frozen=True, slots=True)
class _Block:
    rows: pa.Table
    rejects: pa.Table
    blank_lines: int


def read_register(path: Path, source: SourceDefinition, *, as_of: date | None, today: date) -> Extract:
    """Read an extract; nothing is lost: each row of the file is accepted or rejected with its reason.

    Parameters
    ----------
    as_of
        The reference date; None: the one that the file's name states.
    today
        No extract can show a later day.

    Raises
    ------
    ReferenceDateMissing, InvalidSetting
        If the reference date is not known, or is still to come.
    UnreadableRegister
        If the file as a whole can't be read; its subclasses say why.
    """
    with open_content(path) as content:
        check_content(path, content, source.encoding)
        table = find_table(path, content, source)
        reference_date = _reference_date(path, source, as_of, today)
        blocks = _read_blocks(content, table, source, reference_date)
        return _extract(path, source, reference_date, sha256_of(content), table, blocks)


def _extract(
    path: Path, source: SourceDefinition, reference_date: date, sha256: str, table: Table, blocks: list[_Block]
) -> Extract:
    rows, duplicates = _without_duplicates(pa.concat_tables([block.rows for block in blocks]))
    rejects = pa.concat_tables([*(block.rejects for block in blocks), duplicates]).sort_by("row_number")
    return Extract(
        source_id=source.source_id,
        path=path,
        sha256=sha256,
        reference_date=reference_date,
        is_synthetic=is_marked_synthetic(table.legend, rows["name"]),
        rows=_to_pandas(rows),
        rejects=_to_pandas(rejects),
        rows_in_file=len(rows) + len(rejects),
        legend_lines=len(table.legend),
        blank_lines=table.blank_lines + sum(block.blank_lines for block in blocks),
    )


def _reference_date(path: Path, source: SourceDefinition, as_of: date | None, today: date) -> date:
    day = as_of or source.reference_date(path.name)
    if day is None:
        raise ReferenceDateMissing(path)
    if day > today:
        raise InvalidSetting("--as-of" if as_of else f"The date in {path.name}", str(day), f"a day up to {today}")
    return day


def _to_pandas(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def _read_blocks(content: Content, table: Table, source: SourceDefinition, reference_date: date) -> list[_Block]:
    dialect = Dialect(source.delimiter, source.is_quoted)
    blocks, line_number = [], table.first_line
    for octets in line_blocks(content, table.start, table.end):
        lines = split_lines(decode_block(octets, source.encoding), dialect)
        numbers = np.arange(line_number, line_number + len(lines.text), dtype=np.int32)
        blocks.append(_read_block(lines, numbers, table.header, source, reference_date))
        line_number += len(lines.text)
    return blocks


def _read_block(
    lines: Lines, numbers: NDArray[np.int32], header: Header, source: SourceDefinition, reference_date: date
) -> _Block:
    is_blank = _is_blank(lines)
    is_whole = (lines.n_fields == header.width) & ~lines.is_unclosed & ~is_blank
    misshapen = _misshapen(lines, numbers, header.width, ~is_whole & ~is_blank)
    fields = lines.fields(is_whole, header.width)
    verdict = _Verdict(numbers[is_whole])
    readings = {}
    for name, position in header.positions.items():
        written = fields.column(position)
        readings[name] = read_column(
            name, written, source.columns[name], unknown=source.unknown, reference_date=reference_date
        )
        verdict.add(name, readings[name], written)
    rows = _to_rows(readings, verdict, source, reference_date)
    return _Block(rows, pa.concat_tables([misshapen, verdict.rejects()]), int(is_blank.sum()))


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
    return _reject_table(numbers[is_chosen], [_WHOLE_LINE] * len(values), reasons.tolist(), values)


def _reject_table(
    numbers: NDArray[np.int32], fields: Sequence[str], reasons: Sequence[str], values: Sequence[str | None]
) -> pa.Table:
    columns: dict[str, Any] = {"row_number": numbers, "field": fields, "reason": reasons, "value": values}
    return pa.table(columns, schema=REJECT_SCHEMA)


class _Verdict:
    """Which rows of a block are accepted, and the first reason against each other one."""

    def __init__(self, numbers: NDArray[np.int32]) -> None:
        self.numbers = numbers
        self.is_accepted = np.ones(len(numbers), dtype=bool)
        self._rejects = [_reject_table(numbers[:0], [], [], [])]

    def add(self, field: str, read: Reading, written: pa.StringArray) -> None:
        """Reject the rows that have a problem with a field and had none before."""
        for reason, is_wrong in read.problems:
            places = np.flatnonzero(is_wrong & self.is_accepted)
            if len(places):
                texts = pc.utf8_slice_codeunits(pc.utf8_trim_whitespace(written.take(at(places))), 0, _LONGEST_VALUE)
                n = len(places)
                self._rejects.append(
                    _reject_table(self.numbers[places], [field] * n, [reason.value] * n, texts.to_pylist())
                )
                self.is_accepted[places] = False

    def rejects(self) -> pa.Table:
        """Return the rejects, one for each row that is not accepted."""
        return pa.concat_tables(self._rejects)


def _to_rows(
    readings: dict[str, Reading], verdict: _Verdict, source: SourceDefinition, reference_date: date
) -> pa.Table:
    """Return the accepted rows in the columns of staging."""
    kept = at(np.flatnonzero(verdict.is_accepted))
    given = {name: read.take(kept).result for name, read in readings.items()}
    n = int(verdict.is_accepted.sum())
    if "activity_code" in given:
        edition = pa.scalar(source.activity_edition(reference_date))
        given["activity_edition"] = pc.if_else(pc.is_valid(given["activity_code"]), edition, NO_TEXT)
    given["row_number"] = pa.array(verdict.numbers[verdict.is_accepted])
    given["firm_id"] = _firm_ids([given[name] for name in source.key], source)
    columns = {name: _column(given, name, n) for name in ROW_SCHEMA.names if name != "row_sha256"}
    columns["row_sha256"] = _digests([columns[name] for name in DIGESTED])
    return pa.table({name: columns[name] for name in ROW_SCHEMA.names}, schema=ROW_SCHEMA)


def _column(given: dict[str, AnyArray], name: str, n: int) -> AnyArray:
    kind = ROW_SCHEMA.field(name).type
    return given[name].cast(kind) if name in given else pa.nulls(n, kind)


def _firm_ids(keys: list[AnyArray], source: SourceDefinition) -> AnyArray:
    """Return fiscal codes, or digests of the key columns whatever the case of their text."""
    if len(keys) == 1 and FIELD_KINDS[source.key[0]] is Kind.FISCAL_CODE:
        return keys[0]
    return pc.utf8_slice_codeunits(_digests([pc.utf8_lower(key.cast(pa.string())) for key in keys]), 0, _KEY_DIGITS)


def _digests(columns: list[AnyArray]) -> AnyArray:
    """Return the SHA-256 of each row's values, in hexadecimal."""
    joined = join_texts(columns, _BETWEEN, null=_NULL).cast(pa.large_binary())
    # 1.2 s for a million rows; neither pyarrow nor pandas has a digest that PostgreSQL could compute again
    return pa.array([hashlib.sha256(text or b"").hexdigest() for text in joined.to_pylist()], pa.string())


def _without_duplicates(rows: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the first row of each firm, and rejects for the others that name it."""
    encoded = cast("pa.DictionaryArray[Any, Any]", pc.dictionary_encode(rows["firm_id"].combine_chunks()))
    codes = encoded.indices.to_numpy()
    first = np.empty(len(encoded.dictionary), np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    is_first = first[codes] == np.arange(len(codes))
    numbers = rows["row_number"].to_numpy()
    again = np.flatnonzero(~is_first)
    values = [f"as in row {number}" for number in numbers[first[codes[again]]]]
    n = len(again)
    rejects = _reject_table(numbers[again], ["firm_id"] * n, [Reason.DUPLICATE_FIRM.value] * n, values)
    return (rows.filter(pa.array(is_first)) if n else rows), rejects
