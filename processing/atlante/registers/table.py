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
    from collections.abc import Iterator, Mapping
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
    """The rows of a file, from byte `start` to byte `end`; `first_line` is the number of the line at `start`."""

    header: Header
    start: int
    end: int
    first_line: int
    legend: tuple[str, ...]
    blank_lines: int


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
    first, start, line = _first_line(path, content)
    header = _read_header(path, decode_block(first, source.encoding), source)
    edges = _Edges(content, source, header)
    begin, leading = edges.trim_start(start)
    end, trailing = edges.trim_end(begin)
    if begin >= end:
        raise EmptyFile(path, "a header and no rows")
    skipped = [*leading, *trailing]
    legend = tuple(text for kind, text in skipped if kind is _LineKind.LEGEND)
    blank_lines = line - 1 + len(skipped) - len(legend)
    return Table(header, begin, end, line + 1 + len(leading), legend, blank_lines)


def _first_line(path: Path, content: Content) -> tuple[bytes, int, int]:
    """Return the first line that is not blank, where the next one begins, and its number."""
    for number, (begin, stop) in enumerate(_lines_forward(content, _mark_length(content)), 1):
        line = content[begin:stop]
        if line.strip():
            return line, stop, number
    raise EmptyFile(path, "blank lines alone")


type _Skipped = tuple[_LineKind, str]


class _Edges:
    """What stands between the header and the first row, and after the last row."""

    def __init__(self, content: Content, source: SourceDefinition, header: Header) -> None:
        self._content, self._header = content, header
        self._encoding = source.encoding
        self._dialect = Dialect(source.delimiter, source.is_quoted)
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


def _read_header(path: Path, line: bytes, source: SourceDefinition) -> Header:
    """Return which column holds which field; a header that the source does not name is passed over."""
    written = split_line(line.rstrip(b"\r\n"), Dialect(source.delimiter, source.is_quoted))
    if len(written) == 1:
        raise NotARegister(path, f"its first line has no {source.delimiter!r}: {written[0][:60]!r}")
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
    return Header(len(written), positions)


def _positions(path: Path, written: list[str], folded: list[str], source: SourceDefinition) -> dict[str, int]:
    found: dict[str, int] = {}
    for field, column in source.columns.items():
        accepted = set(map(fold_wording, column.headers))
        places = [position for position, text in enumerate(folded) if text in accepted]
        if len(places) > 1:
            raise DuplicateColumn(path, written[places[0]], [place + 1 for place in places])
        if places:
            found[field] = places[0]
    return found
