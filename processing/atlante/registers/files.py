"""The file as bytes: is it text at all, in the encoding that the source declares, and where do its lines end."""

from __future__ import annotations

import codecs
import hashlib
import mmap
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import pyarrow as pa

from atlante.errors import EmptyFile, NotARegister, UnreadableRegister, WrongEncoding
from atlante.registers.formats import other_format

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from atlante.registers.extract import Block
    from atlante.registers.raw import RawFile

type Content = bytes | mmap.mmap

BLOCK_BYTES: Final = 16 << 20
_UTF16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LONGEST_CHARACTER: Final = 4
_MAY_BREAK_OFF: Final = False  # the decoder's `final`: a last character may be cut off
_NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")
_NOT_BLANK: Final = re.compile(rb"\S")
# Bytes that stand for no printable character: text of another code page (DOS, Macintosh, Windows) gives itself away.
_UNUSED: Final = {
    "latin-1": re.compile(rb"[\x80-\x9f]"),
    "cp1252": re.compile(rb"[\x81\x8d\x8f\x90\x9d]"),
}
# The signs of cp1252 are accented letters of DOS and Macintosh. Where a letter should be, they give these away.
_SIGNS: Final = bytes(range(0x80, 0xA0))
_MISPLACED_SIGN: Final = re.compile(
    rb"""[A-Za-z\xc0-\xff](?:
        [\x80\x82-\x84\x86-\x89\x8b\x93\x95\x98]  # never after a letter, such as an opening quote
        |[\x85\x94\x99\x9b](?=[A-Za-z])  # never within a word, such as a closing one
        |\x97(?![A-Za-z])  # a dash has a blank on both sides or on none
    )
    |[a-z][\x8a\x8c\x8e\x9f]  # a capital after a small letter
    |\xc3[\x80-\x9f]|\xe2\x80[\x90-\x9f]  # UTF-8""",
    re.VERBOSE,
)
_MISPLACED_IN_HEADER: Final = re.compile(rb"[\x80-\x90\x93-\x9f]")  # a header has letters and apostrophes


class RegisterFile(Protocol):
    """An extract that is open, to be read block by block.

    Attributes
    ----------
    columns
        Which columns of ``ROW_SCHEMA`` its rows have.
    size
        How much there is to read, in the unit of :attr:`Block.position`.
    legend
        Lines that explain the table.
    blank_lines
        Lines that hold nothing, before and after the table.
    other_editions
        Editions of activity codes that other extracts of the source use.
    raw
        The same rows as they stand in the file; None: they can't be compared so.
    """

    source_id: str
    path: Path
    reference_date: date
    columns: Sequence[str]
    size: int
    legend: Sequence[str]
    blank_lines: int
    other_editions: Collection[str]
    raw: RawFile[Any] | None

    def blocks(self) -> Iterator[Block]:
        """Yield the rows in order, some at a time."""

    def sha256(self) -> str:
        """Return the SHA-256 of the file's bytes."""


@contextmanager
def open_content(path: Path) -> Iterator[Content]:
    """Open a file as bytes without holding all of it in memory.

    Raises
    ------
    EmptyFile
        If it has no bytes.
    UnreadableRegister
        If it can't be opened.
    """
    try:
        file = path.open("rb")
    except OSError as exc:
        raise UnreadableRegister(f"{path} can't be read: {exc.strerror}. Check the path and its permissions.") from exc
    with file:
        if path.stat().st_size == 0:
            raise EmptyFile(path)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            is_old_macintosh = content.find(b"\n") < 0 <= content.find(b"\r")
            yield content[:].replace(b"\r", b"\n") if is_old_macintosh else content


def line_blocks(content: Content, start: int = 0, end: int | None = None, size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Yield the bytes between two positions in pieces that end where a line ends."""
    end = len(content) if end is None else end
    while start < end:
        newline = content.find(b"\n", min(start + size, end) - 1, end)
        stop = end if newline < 0 else newline + 1
        yield content[start:stop]
        start = stop


def sha256_of(content: Content) -> str:
    """Return the SHA-256 of the bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def check_content(path: Path, content: Content, encoding: str, delimiters: str) -> None:
    """Raise unless the bytes are text in an encoding.

    ``latin-1`` gives every byte a meaning and ``cp1252`` nearly every one, so what gives another encoding away is
    looked for: bytes that no text uses, signs where letters should be, and multi-byte characters of UTF-8 throughout.

    Raises
    ------
    NotARegister
        If the first bytes are those of another format; says which, and what is valid.
    WrongEncoding
        If it is text, but otherwise encoded; says where.
    """
    other = other_format(content)
    if other:
        kind, remedy = other
        valid = (
            f"a table as text in {encoding}, its columns told apart by one of {' '.join(delimiters)!r}, or as Parquet"
        )
        raise NotARegister(path, f"it is {kind}, but valid is {valid}; {remedy}")
    if content[:2] in _UTF16_MARKS:
        raise WrongEncoding(path, encoding, 0, "begins text in UTF-16")
    nul = content.find(b"\0")
    if nul >= 0:
        raise WrongEncoding(path, encoding, nul, "is NUL: this is UTF-16 or not text")
    if encoding == "utf-8":
        _check_utf8(path, content)
    else:
        _check_single_byte(path, content, encoding)


def decode_block(block: bytes, encoding: str) -> bytes:
    """Return checked bytes as UTF-8. A character that the end of the file cuts off is left out."""
    if block.isascii():
        return block
    if encoding == "utf-8":
        end = block[-_LONGEST_CHARACTER:]  # all before it was checked
        begin = next(place for place, octet in enumerate(end) if octet & 0xC0 != 0x80)  # noqa: PLR2004 - of UTF-8
        complete = codecs.utf_8_decode(end[begin:], "strict", _MAY_BREAK_OFF)[1]
        return block[: len(block) - len(end) + begin + complete]
    return block.decode(encoding).encode()


def _check_utf8(path: Path, content: Content) -> None:
    bad = _first_not_utf8(content)
    if bad is not None:
        raise WrongEncoding(path, "utf-8", bad, f"is 0x{content[bad]:02X}, which is no character there")


def _check_single_byte(path: Path, content: Content, encoding: str) -> None:
    first = _first_match(content, _NOT_ASCII)
    if first is None:
        return
    if _first_not_utf8(content) is None:
        raise WrongEncoding(path, encoding, first, "begins a character of UTF-8, as all others do")
    if encoding == "latin-1":
        _check_latin_1(path, content)
    else:
        problem = _cp1252_problem(content)
        if problem:
            raise WrongEncoding(path, encoding, *problem)


def _check_latin_1(path: Path, content: Content) -> None:
    position = _first_match(content, _UNUSED["latin-1"])
    if position is None:
        return
    byte = content[position : position + 1]
    found = f"is 0x{byte.hex().upper()}, which is no character there"
    if _cp1252_problem(content):
        raise WrongEncoding(path, "latin-1", position, found)
    raise WrongEncoding(
        path,
        "latin-1",
        position,
        f"{found}, but {byte.decode('cp1252')} in Windows-1252",
        remedy='Set `encoding = "cp1252"` in the source definition: it reads the other characters as before.',
    )


def _cp1252_problem(content: Content) -> tuple[int, str] | None:
    """Return where text is not cp1252, and why; None if it may well be."""
    unused = _first_match(content, _UNUSED["cp1252"])
    if unused is not None:
        return unused, f"is 0x{content[unused]:02X}, which is no character there"
    position = _first_misplaced_sign(content)
    if position is None:
        return None
    return position, f"is 0x{content[position]:02X}, a sign where a letter should be: this is DOS or Macintosh text"


def _first_misplaced_sign(content: Content) -> int | None:
    """Return the position of the first sign of cp1252 that should be a letter, if half of the signs are like it.

    A few are slips of the pen. The header is wrong by one already: the columns would not be found.
    """
    n_signs = n_misplaced = 0
    first = None
    position = 0
    for block in line_blocks(content):
        n_signs_here = 0 if block.isascii() else len(block) - len(block.translate(None, delete=_SIGNS))
        n_signs += n_signs_here
        if n_signs_here:
            misplaced = [found.end() - 1 for found in _MISPLACED_SIGN.finditer(block)]
            n_misplaced += len(misplaced)
            first = position + misplaced[0] if first is None and misplaced else first
        position += len(block)
    header = _MISPLACED_IN_HEADER.search(content, 0, _header_end(content))
    if header:
        return header.start()
    return first if n_misplaced * 2 >= n_signs else None


def _header_end(content: Content) -> int:
    """Return where the first line ends that is not blank."""
    text = _NOT_BLANK.search(content)
    end = content.find(b"\n", text.start()) if text else -1
    return end if end >= 0 else len(content)


def _first_match(content: Content, pattern: re.Pattern[bytes]) -> int | None:
    """Return the position of the first byte beyond ASCII that a pattern finds."""
    position = 0
    for block in line_blocks(content):
        found = None if block.isascii() else pattern.search(block)  # the former is forty times faster
        if found:
            return position + found.start()
        position += len(block)
    return None


def _is_utf8(block: bytes) -> bool:
    """Return whether bytes are UTF-8 to their end: ten times as fast as to look where they are not."""
    offsets = pa.py_buffer(np.array([0, len(block)], np.int64))
    try:
        pa.LargeStringArray.from_buffers(1, offsets, pa.py_buffer(block)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _first_not_utf8(content: Content) -> int | None:
    """Return the position of the first byte that UTF-8 does not allow; a last character may be cut off."""
    position = 0
    for block in line_blocks(content):
        if _is_utf8(block):
            position += len(block)
            continue
        try:
            codecs.utf_8_decode(block, "strict", _MAY_BREAK_OFF)
        except UnicodeDecodeError as exc:
            return position + exc.start
        position += len(block)
    return None
