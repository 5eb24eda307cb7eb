"""Where the table lies in a file: its header, its first and its last row."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from atlante.catalogue.sources import fold_wording
from atlante.errors import DuplicateColumn, EmptyFile, MissingColumn, NotARegister
from atlante.registers.files import decode_block
from atlante.registers.lines import Dialect, split_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from atlante.catalogue.sources import SourceDefinition
    from atlante.registers.files import Content

_RULE_CHARACTERS: Final = "-=_*+ \t"
_FISCAL_CODE: Final = re.compile(r"[0-9]{11}|[A-Za-z]{6}[A-Za-z0-9]{10}")


@dataclass(frozen=True, slots=True)
class Header:
    """The header: how many columns there are and which of them holds which field."""

    width: int
    positions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file, from byte `start` to byte `end`; `first_line` is the number of the line at `start`.

    `stated_date` is the reference date that a line before the header states; None: there is none.
    """

    header: Header
    dialect: Dialect
    start: int
    end: int
    first_line: int
    legend: tuple[str, ...]
    blank_lines: int
    stated_date: date | None = None


class _LineKind(Enum):
    ROW = auto()
    LEGEND = auto()
    BLANK = auto()


def find_table(path: Path, content: Content, source: SourceDefinition) -> Table:
    """Return where the rows of a file are, without what explains them before and after.

    Raises
    ------
    EmptyFile
        If there is no row.
    NotARegister, MissingColumn, DuplicateColumn
        If the header is not one of this source.
    """
    top = _Top(path, content, source)
    dialect = Dialect(_delimiter(top.header, source), source.is_quoted)
    header = _read_header(path, top.header, source, dialect)
    edges = _Edges(content, source, header, dialect)
    begin, leading = edges.trim_start(top.stop)
    end, trailing = edges.trim_end(begin)
    if begin >= end:
        raise EmptyFile(path, "a header and no rows")
    skipped = [*leading, *trailing]
    legend = (*top.preamble, *(text for kind, text in skipped if kind is _LineKind.LEGEND))
    blank_lines = top.number - 1 + len(skipped) - len(legend)
    dates = filter(None, map(source.preamble_date, top.preamble))
    return Table(header, dialect, begin, end, top.number + 1 + len(leading), legend, blank_lines, next(dates, None))


class _Top:
    """What stands up to the header: the lines before it that the source knows, and the header itself.

    Attributes
    ----------
    header
        The header's bytes as UTF-8.
    number
        The number of the header's line.
    stop
        Where the next line begins.
    """

    def __init__(self, path: Path, content: Content, source: SourceDefinition) -> None:
        self.preamble: list[str] = []
        for number, (begin, stop) in enumerate(_lines_forward(content, _mark_length(content)), 1):
            line = decode_block(content[begin:stop], source.encoding)
            text = " ".join(line.decode().split())
            if text and source.preamble and re.search(source.preamble, text):
                self.preamble.append(text)
            elif text:
                self.header, self.number, self.stop = line, number, stop
                return
        raise EmptyFile(path, "blank lines alone" if not self.preamble else "a preamble and no table")


def _delimiter(header: bytes, source: SourceDefinition) -> str:
    """Return the delimiter of a header: of those that the source knows, the one that it has most of."""
    return max(source.delimiter, key=lambda delimiter: header.count(delimiter.encode()))


type _Skipped = tuple[_LineKind, str]


class _Edges:
    """What stands between the header and the first row, and after the last row."""

    def __init__(self, content: Content, source: SourceDefinition, header: Header, dialect: Dialect) -> None:
        self._content, self._header = content, header
        self._encoding = source.encoding
        self._dialect = dialect
        self._legend = re.compile(source.legend) if source.legend else None
        self._required = [header.positions[field] for field, column in source.columns.items() if column.required]

    def trim_start(self, start: int) -> tuple[int, list[_Skipped]]:
        """Return where the first row begins, and the lines before it."""
        skipped: list[_Skipped] = []
        for begin, stop in _lines_forward(self._content, start):
            kind, text = self._kind(begin, stop)
            if kind is _LineKind.ROW:
                break
            skipped.append((kind, text))
            start = stop
        return start, skipped

    def trim_end(self, start: int) -> tuple[int, list[_Skipped]]:
        """Return where the last row ends, and the lines after it."""
        end = len(self._content)
        skipped: list[_Skipped] = []
        for begin, stop in _lines_backward(self._content, start):
            kind, text = self._kind(begin, stop)
            if kind is _LineKind.ROW:
                break
            skipped.append((kind, text))
            end = begin
        return self._keep_broken_off(end, skipped)

    def _keep_broken_off(self, end: int, skipped: list[_Skipped]) -> tuple[int, list[_Skipped]]:
        """Take a lone last line without a line end for a row that is broken off, unless the source knows its text."""
        legend = [text for kind, text in skipped if kind is _LineKind.LEGEND]
        is_broken_off = self._content[len(self._content) - 1 :] != b"\n"
        if is_broken_off and len(legend) == 1 and skipped[0][1] == legend[0] and not self._is_known_legend(legend[0]):
            return len(self._content), []
        return end, skipped[::-1]

    def _is_known_legend(self, text: str) -> bool:
        return self._legend is not None and self._legend.search(text) is not None

    def _kind(self, begin: int, stop: int) -> tuple[_LineKind, str]:
        line = decode_block(self._content[begin:stop], self._encoding)
        text = " ".join(line.decode().replace(self._dialect.delimiter, " ").split())
        if not text:
            return _LineKind.BLANK, text
        if self._dialect.delimiter not in line.decode() or not text.strip(_RULE_CHARACTERS):
            return _LineKind.LEGEND, text
        fields = split_line(line, self._dialect)
        if len(fields) == self._header.width:
            missing = [not fields[position] for position in self._required]
            if not any(missing):
                return _LineKind.ROW, text
            if all(missing):
                return _LineKind.LEGEND, text
        is_firm = any(_FISCAL_CODE.fullmatch(field) for field in fields)  # a damaged row, whatever the firm is called
        return (_LineKind.LEGEND if self._is_known_legend(text) and not is_firm else _LineKind.ROW), text


def _mark_length(content: Content) -> int:
    return len(codecs.BOM_UTF8) if content[:3] == codecs.BOM_UTF8 else 0


def _lines_forward(content: Content, start: int) -> Iterator[tuple[int, int]]:
    """Yield where each line begins and where the next one does."""
    while start < len(content):
        stop = content.find(b"\n", start) + 1 or len(content)
        yield start, stop
        start = stop


def _lines_backward(content: Content, start: int) -> Iterator[tuple[int, int]]:
    """Yield the same from the last line to the one at `start`."""
    stop = len(content)
    while stop > start:
        begin = max(content.rfind(b"\n", start, stop - 1) + 1, start)
        yield begin, stop
        stop = begin


def _read_header(path: Path, line: bytes, source: SourceDefinition, dialect: Dialect) -> Header:
    """Return how wide the table is and which column holds which field."""
    written = split_line(line.rstrip(b"\r\n"), dialect)
    if len(written) == 1:
        raise NotARegister(path, f"its first line has no {dialect.delimiter!r}: {written[0][:60]!r}")
    return Header(len(written), match_columns(path, written, source))


def match_columns(path: Path, written: Sequence[str], source: SourceDefinition) -> dict[str, int]:
    """Return which column holds which field; a header that the source does not name is passed over.

    Raises
    ------
    NotARegister, MissingColumn, DuplicateColumn
        If these headers are not those of this source.
    """
    folded = [fold_wording(text) for text in written]
    for text, count in Counter(folded).items():
        if text and count > 1:
            columns = [position for position, other in enumerate(folded, 1) if other == text]
            raise DuplicateColumn(path, written[columns[0] - 1], columns)
    positions = _positions(path, written, folded, source)
    if not positions:
        raise NotARegister(path, f"none of its columns is known; its header is {', '.join(written)[:200]!r}")
    for field, column in source.columns.items():
        if field not in positions and (column.in_every_file or column.required):
            raise MissingColumn(path, field, column.headers, written)
    return positions


def _positions(path: Path, written: Sequence[str], folded: list[str], source: SourceDefinition) -> dict[str, int]:
    found: dict[str, int] = {}
    for field, column in source.columns.items():
        accepted = set(map(fold_wording, column.headers))
        places = [position for position, text in enumerate(folded) if text in accepted]
        if len(places) > 1:
            raise DuplicateColumn(path, written[places[0]], [place + 1 for place in places])
        if places:
            found[field] = places[0]
    return found
