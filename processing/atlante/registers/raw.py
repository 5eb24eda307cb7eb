"""Rows as they stand in a file, before anything is understood of them: a digest of each, and which of them to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

import numpy as np
import pyarrow as pa
from pandas.util import hash_array

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from atlante.registers.digests import Words
    from atlante.registers.extract import Block


class RawRows(Protocol):
    """Some rows of a file, in order, as they stand there; all arrays of shape (n,)."""

    @property
    def numbers(self) -> NDArray[np.int32]:
        """The number of each row in the file, ascending."""

    @property
    def digests(self) -> Words:
        """A digest of each row's text or values."""

    @property
    def position(self) -> int:
        """How much of the file has been read up to their end, as in :attr:`Block.position`."""

    def filter(self, is_chosen: NDArray[np.bool_]) -> Self:
        """Return some of the rows."""


class RawFile[Rows: RawRows](Protocol):
    """A file whose rows can be compared with those of an earlier one as they stand.

    Attributes
    ----------
    reading
        Digest of all that decides what a row means beside its own text: rows of two files with the same reading and
        the same digest mean the same.
    """

    reading: str

    def raw_rows(self) -> Iterator[Rows]:
        """Yield all rows in order, some at a time."""

    def blocks_of(self, rows: Sequence[Rows]) -> Iterator[Block]:
        """Yield what some rows mean, in the same order."""


class TextRows:
    """Lines as bytes: see :class:`RawRows`; the last one may lack its end, where a file is broken off."""

    def __init__(self, lines: list[bytes], numbers: NDArray[np.int32], position: int, *, has_end: bool) -> None:
        self.lines, self.numbers, self.position, self.has_end = lines, numbers, position, has_end
        self.digests = line_digests(lines)

    @classmethod
    def of(cls, octets: bytes, first_line: int, position: int) -> Self:
        """Return the lines of a piece of a file."""
        lines = octets.split(b"\n")
        has_end = not lines[-1]
        if has_end:
            lines.pop()
        numbers = np.arange(first_line, first_line + len(lines), dtype=np.int32)
        return cls(lines, numbers, position, has_end=has_end)

    def filter(self, is_chosen: NDArray[np.bool_]) -> Self:
        """Return some of the lines."""
        places = np.flatnonzero(is_chosen)
        lines = [self.lines[place] for place in places.tolist()]
        has_end = self.has_end or not is_chosen[-1]
        return type(self)(lines, self.numbers[places], self.position, has_end=has_end)


def line_digests(lines: Sequence[bytes]) -> Words:
    """Return a digest of each line: SipHash of 64 bits.

    References
    ----------
    Aumasson and Bernstein (2012), INDOCRYPT, doi:10.1007/978-3-642-34931-7_28.
    """
    held = np.empty(len(lines), object)
    held[:] = lines
    digests: Words = hash_array(held, categorize=False)
    return digests


def with_raw_digests(rows: pa.Table, numbers: NDArray[np.int32], digests: Words) -> pa.Table:
    """Return rows with the digests of what stands in the file, found by the row's number."""
    places = np.searchsorted(numbers, rows["row_number"].to_numpy())
    return rows.append_column("raw_digest", pa.array(digests[places]))
