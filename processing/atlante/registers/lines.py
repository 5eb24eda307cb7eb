"""Lines into fields, without a loop over them.

A row is a line: a quote that is not closed costs its own line and never the rest of the file, and the number of a line
is known without counting. Lines are split by `pyarrow.compute` in blocks; `pyarrow.csv` with an
`invalid_row_handler` was measured too: 3.8 s against 2.9 s for a million rows, no line numbers for good rows, and a
stray quote makes it give up the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from atlante.registers.arrays import at

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NEWLINE, _QUOTE = 10, 34
_STAND_INS: Final = bytes([0x1F, *range(0x01, 0x09)])  # control characters; the first that a block does not use


@dataclass(frozen=True, slots=True)
class Dialect:
    """How fields are told apart on a line."""

    delimiter: str
    is_quoted: bool


@dataclass(frozen=True, slots=True)
class Lines:
    """Consecutive lines: their text, the number of fields of each, and whether a quote is left open."""

    text: pa.StringArray
    n_fields: NDArray[np.int64]
    is_unclosed: NDArray[np.bool_]
    dialect: Dialect
    stand_in: str

    def fields(self, is_chosen: NDArray[np.bool_], width: int) -> Fields:
        """Return the fields of the chosen lines, which must all have as many as `width`."""
        chosen = self.text if is_chosen.all() else self.text.filter(pa.array(is_chosen))
        values = pc.split_pattern(chosen, self.dialect.delimiter).flatten()
        return Fields(cast("pa.StringArray", values), width, self.dialect, self.stand_in)


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of lines that have `width` fields each, row after row."""

    values: pa.StringArray
    width: int
    dialect: Dialect
    stand_in: str

    def column(self, position: int) -> pa.StringArray:
        """Return one column as it is written: padding kept, quotes removed."""
        places = np.arange(position, len(self.values), self.width, dtype=np.int64)
        taken = self.values.take(at(places))
        if not self.dialect.is_quoted:
            return taken
        return pc.replace_substring(_unquoted(taken), self.stand_in, self.dialect.delimiter)


def split_lines(block: bytes, dialect: Dialect) -> Lines:
    """Return the lines of a block of UTF-8."""
    if not block.endswith(b"\n"):
        block += b"\n"
    octets = np.frombuffer(block, np.uint8)
    newlines = np.flatnonzero(octets == _NEWLINE)
    is_unclosed = np.zeros(len(newlines), bool)
    stand_in = next((octet for octet in _STAND_INS if octet not in block), _STAND_INS[0])
    if dialect.is_quoted and b'"' in block:
        octets, is_unclosed = _without_quoted_delimiters(octets, newlines, ord(dialect.delimiter), stand_in)
    offsets = np.zeros(len(newlines) + 1, np.int32)
    offsets[1:] = newlines + 1
    text = pa.StringArray.from_buffers(len(newlines), pa.py_buffer(offsets), pa.py_buffer(octets))
    n_fields = pc.count_substring(text, dialect.delimiter).to_numpy().astype(np.int64) + 1
    return Lines(text, n_fields, is_unclosed, dialect, chr(stand_in))


def split_line(line: bytes, dialect: Dialect) -> list[str]:
    """Return the fields of one line of UTF-8, without padding and quotes."""
    lines = split_lines(line, dialect)
    n_fields = int(lines.n_fields[0])
    fields = lines.fields(np.ones(1, bool), n_fields)
    return [fields.column(position)[0].as_py().strip() for position in range(n_fields)]


def _without_quoted_delimiters(
    octets: NDArray[np.uint8], newlines: NDArray[np.int64], delimiter: int, stand_in: int
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Put a stand-in for each delimiter between quotes; tell which lines leave a quote open."""
    is_inside = np.bitwise_xor.accumulate(octets == _QUOTE)
    is_open_after = is_inside[newlines]
    is_open_before = np.concatenate([[False], is_open_after[:-1]])
    is_unclosed = is_open_after ^ is_open_before
    if is_unclosed.any():  # each line begins outside of quotes, whatever the lines before it left open
        is_inside ^= np.repeat(is_open_before, np.diff(newlines, prepend=-1))
    protected = np.where(is_inside & (octets == delimiter), np.uint8(stand_in), octets)
    return protected, is_unclosed


def _unquoted(values: pa.StringArray) -> pa.StringArray:
    """Remove the quotes around values and undouble those inside."""
    has_quote = pc.match_substring(values, '"')
    if not pc.any(has_quote).as_py():
        return values
    trimmed = pc.utf8_trim_whitespace(values)
    inner = pc.replace_substring(pc.utf8_slice_codeunits(trimmed, 1, -1), '""', '"')
    is_enclosed = pc.match_substring_regex(trimmed, '^".*"$')
    return cast("pa.StringArray", pc.if_else(is_enclosed, inner, values))
