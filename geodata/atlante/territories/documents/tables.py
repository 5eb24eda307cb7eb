"""Tables in text files, as statistical offices and ministries write them: every cell with the line it is on."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from atlante.errors import InvalidDocument

if TYPE_CHECKING:
    from pathlib import Path

_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_BINARY = {b"PK": "an Excel workbook or an archive", b"\xd0\xcf": "an Excel workbook", b"\x1f\x8b": "compressed"}
# UTF-8 that was read as Windows-1252 or Latin-1: "Ã" before what a second byte looks like there; or a lost letter
_SECOND_BYTES = bytes(range(0x80, 0xC0)).decode("cp1252", errors="ignore") + bytes(range(0x80, 0xC0)).decode("latin-1")
_GARBLED = re.compile(f"Ã[{re.escape(_SECOND_BYTES)}]|\ufffd")
_SEPARATORS = ";,\t|"
_SNIFFED = 10_000  # characters: a header with its notes is shorter
_LINES_BEFORE_HEADER = 10  # a workbook saved as text may begin with a title and blank lines
_NOTE = re.compile(r"\(?\d?\)?\s*[*(A-Za-z].*(\s|:$)")


@dataclass(frozen=True, slots=True)
class TextTable:
    """One table of a text file.

    Attributes
    ----------
    header
        As written, blanks collapsed.
    cells
        Text without blanks around; a column per header, numbered from 0; the index is the line that a row begins on.
    notes
        Lines below or between the rows that are a sentence, not a row.
    """

    path: Path
    sha256: str
    header: tuple[str, ...]
    cells: pd.DataFrame
    notes: tuple[str, ...]


def fold_header(header: str) -> str:
    r"""Return a header without case, accents, signs and numbers of footnotes.

    >>> fold_header("Denominazione dell'Unità territoriale sovracomunale \n(valida a fini statistici) (3)")
    'denominazione dell unita territoriale sovracomunale valida a fini statistici'
    """
    letters = "".join(c for c in unicodedata.normalize("NFKD", header) if not unicodedata.combining(c))
    without_footnotes = re.sub(r"\(\d+\)|\*", " ", letters)
    return re.sub(r"[\W_]+", " ", without_footnotes).strip().lower()


def read_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Raises
    ------
    InvalidDocument
        If it can't be read, or holds nothing.
    """
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise InvalidDocument(path, f"{exc.strerror or exc}. Check the path.") from exc
    if not content.strip():
        raise InvalidDocument(path, "The file is empty. Fetch it again.")
    return content


def decode(content: bytes, path: Path) -> str:
    """Return the text of a file: UTF-8 or UTF-16 where it says so, else UTF-8 or Windows-1252.

    Raises
    ------
    InvalidDocument
        If it is not text, or its letters were garbled by a wrong decoding before.
    """
    text = as_text(content, path)
    refuse_garbled(text, path)
    return text


def refuse_garbled(text: str, path: Path) -> None:
    """Raise InvalidDocument if letters of a text were garbled by a wrong decoding before; names the line."""
    garbled = _GARBLED.search(text)
    if garbled:
        line = text.count("\n", 0, garbled.start()) + 1
        context = text[max(0, garbled.start() - 15) : garbled.end() + 10].replace("\n", " ")
        raise InvalidDocument(
            path,
            f"Letters are garbled ({context!r}): the text is UTF-8 that was read or saved as Windows-1252 somewhere. "
            "Fetch the original again.",
            line=line,
        )


def as_text(content: bytes, path: Path) -> str:
    """Return the text of a file as :func:`decode` does, with letters that may be garbled.

    Raises
    ------
    InvalidDocument
        If it is not text.
    """
    kind = next((kind for start, kind in _BINARY.items() if content.startswith(start)), None)
    if kind:
        raise InvalidDocument(path, f"This is {kind}, not text. Save it as CSV (UTF-8).")
    return _decode(content, path)


def _decode(content: bytes, path: Path) -> str:
    encodings = next(([name] for bom, name in _BOMS.items() if content.startswith(bom)), ["utf-8", "cp1252"])
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as exc:
            line = content.count(b"\n", 0, exc.start) + 1
            continue
        if "\0" in text:
            line = text.count("\n", 0, text.index("\0")) + 1
            break
        return text
    raise InvalidDocument(path, f"The bytes are not text in {' or '.join(encodings)}. Save it as UTF-8.", line=line)


def separators(text: str) -> list[str]:
    """Return what may separate the cells, the sign that the beginning has most of first."""
    return sorted(_SEPARATORS, key=text[:_SNIFFED].count, reverse=True)


def separator(text: str) -> str:
    """Return what most likely separates the cells."""
    return separators(text)[0]


def beginning_rows(text: str, delimiter: str) -> list[list[str]]:
    """Return the first rows of what may be a table; none where it can't be one."""
    lines = csv.reader(io.StringIO(text[:_SNIFFED], newline=""), delimiter=delimiter)
    try:
        return [row for row, _ in zip(lines, range(_LINES_BEFORE_HEADER), strict=False)]
    except csv.Error:
        return []


def parse_table(path: Path, content: bytes, *, header_row: int, delimiter: str) -> TextTable:
    """Return the table of a file.

    Parameters
    ----------
    header_row
        Number of the row (from 0, as in :func:`beginning_rows`) that holds the headers.

    Raises
    ------
    InvalidDocument
        If a row has cells without a header or headers without a cell, or a quote is not closed; names the line.
    """
    numbered = _numbered_rows(decode(content, path), delimiter, path)
    header = [_collapse(cell) for cell in numbered[header_row][1]]
    lines, rows, notes = [], [], []
    for line, row in numbered[header_row + 1 :]:
        cells = [_collapse(cell) for cell in row]
        said = [cell for cell in cells if cell]
        if len(said) == 1 and _NOTE.match(said[0]):
            notes.append(f"line {line}: {said[0]}")
        elif said:
            lines.append(line)
            rows.append(_fitted(cells, header, path, line))
    if not rows:
        raise InvalidDocument(path, "There is a header and no row below it. Fetch the file again.")
    cells_frame = pd.DataFrame(rows, index=pd.Index(lines, name="line"), dtype=object)
    return TextTable(path, hashlib.sha256(content).hexdigest(), tuple(header), cells_frame, tuple(notes))


def _numbered_rows(text: str, delimiter: str, path: Path) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for row in reader:
            rows.append((begins, row))
            begins = reader.line_num + 1
    except csv.Error as exc:
        raise InvalidDocument(
            path, f"The row that begins here can't be split into cells: {exc}. Close its quotes.", line=begins
        ) from exc
    return rows


def _collapse(cell: str) -> str:
    return cell if cell.isalnum() else " ".join(cell.split())


def _fitted(cells: list[str], header: list[str], path: Path, line: int) -> list[str]:
    """Return exactly one cell per header: what is cut off or added may be blank only where nothing was to be said."""
    missing, added = header[len(cells) :], cells[len(header) :]
    if any(missing):
        raise InvalidDocument(
            path,
            f"The row has {len(cells)} cells and the header {len(header)}: it is cut off before "
            f"{next(filter(None, missing))!r}. Fetch the file again.",
            line=line,
        )
    if any(added):
        raise InvalidDocument(
            path,
            f"The row has {len(cells)} cells and the header {len(header)}: {next(filter(None, added))!r} is in none of "
            "its columns. Put a cell that holds the separator into quotes.",
            line=line,
        )
    return cells[: len(header)] + [""] * len(missing)
