"""The rows of a file that are not known yet: only these have to be understood, placed and compared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from atlante.registers.arrays import as_mask

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from atlante.registers.digests import Words
    from atlante.registers.extract import Block
    from atlante.registers.known import Known, RowKeys
    from atlante.registers.raw import RawFile, RawRows

_STRIP: Final = 1_024  # rows that are supposed to stand as they stood
_MOST_UNKNOWN: Final = 0.25  # of the known rows; where there are more, the file is read as if nothing were known
_FEW_ROWS: Final = 10_000
_NOWHERE: Final = -1


@dataclass(frozen=True, slots=True)
class Sifted:
    """A file beside the rows that are known.

    Attributes
    ----------
    blocks
        The rows that are not known, and those that may name a firm again, in order.
    is_shown
        Which known rows the file shows as they were, each of a firm that no row in `blocks` names.
    """

    known: Known
    blocks: list[Block]
    is_shown: NDArray[np.bool_]

    @property
    def untouched(self) -> RowKeys:
        """The known rows that the file shows."""
        return self.known.rows.filter(self.is_shown)


def sift[Rows: RawRows](file: RawFile[Rows], known: Known, advance: Callable[[int], None]) -> Sifted | None:
    """Return which known rows a file shows, and what its others mean; None where too many are not known."""
    matches = _Matches(known)
    most_unknown = max(_FEW_ROWS, _MOST_UNKNOWN * matches.n_current)
    unknown: list[Rows] = []
    n_unknown = 0
    for rows in file.raw_rows():
        is_unknown = matches.add(rows.digests, rows.numbers)
        if is_unknown.any():
            unknown.append(rows.filter(is_unknown))
            n_unknown += len(unknown[-1].numbers)
        if n_unknown > most_unknown:
            return None
        advance(rows.position)
    blocks = list(file.blocks_of(unknown))
    named = matches.rows_of_firms(blocks)
    if len(named):  # a firm that stands in a known row and in another: which of them counts is for the ledger
        numbers = np.concatenate([named, *(rows.numbers for rows in unknown)])
        again = (rows.filter(np.isin(rows.numbers, numbers)) for rows in file.raw_rows())
        blocks = list(file.blocks_of([rows for rows in again if len(rows.numbers)]))
    return Sifted(known, blocks, matches.is_shown)


class _Matches:
    """Which known row each row of a file is, looked for where it is expected, and else everywhere."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._digests = known.rows.raw_digests
        self._number = np.zeros(len(self._digests), np.int32)  # of the row in the file; 0: not shown
        self._expected = 0
        self.n_current = int(known.is_current.sum())
        pool = ThreadPoolExecutor(1)
        self._index = pool.submit(_index, self._digests, known.is_current)
        pool.shutdown(wait=False)

    @property
    def is_shown(self) -> NDArray[np.bool_]:
        """Which known rows the file shows."""
        is_shown: NDArray[np.bool_] = self._number > 0
        return is_shown

    def add(self, digests: Words, numbers: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Take note of some rows; return which of them are not known, or stood before."""
        places = np.full(len(digests), _NOWHERE)
        for begin in range(0, len(digests), _STRIP):
            self._expect(digests[begin : begin + _STRIP], places[begin : begin + _STRIP])
        elsewhere = np.flatnonzero(places == _NOWHERE)
        places[elsewhere] = self._found(digests[elsewhere])
        is_known: NDArray[np.bool_] = places != _NOWHERE
        is_known[is_known] = self._number[places[is_known]] == 0
        self._number[places[is_known]] = numbers[is_known]
        # of two rows alike, the number of one has been written over
        is_known[is_known] = self._number[places[is_known]] == numbers[is_known]
        return ~is_known

    def rows_of_firms(self, blocks: list[Block]) -> NDArray[np.int32]:
        """Return the numbers of shown rows of firms that other rows name, too; these are no longer taken for shown."""
        firm_ids: Any = pa.chunked_array(
            [chunk for block in blocks for chunk in block.rows["firm_id"].chunks], pa.string()
        )
        if not len(firm_ids):
            return self._number[:0]
        is_named = as_mask(pc.is_in(self._known.rows.firm_ids, value_set=firm_ids.combine_chunks())) & self.is_shown
        numbers = self._number[is_named]
        self._number[is_named] = 0
        return numbers

    def _expect(self, digests: Words, places: NDArray[np.int64]) -> None:
        """Write down where rows stand that follow each other as they did; the rest is left."""
        there = slice(self._expected, self._expected + len(digests))
        known = self._digests[there]
        is_there = (known == digests[: len(known)]) & self._known.is_current[there]
        places[: len(known)][is_there] = np.flatnonzero(is_there) + self._expected
        if places[-1] == _NOWHERE:
            places[-1:] = self._found(digests[-1:])
        self._expected = int(places[-1]) + 1 if places[-1] != _NOWHERE else self._expected + len(digests)

    def _found(self, digests: Words) -> NDArray[np.int64]:
        order, ordered = self._index.result()
        if not len(order) or not len(digests):
            return np.full(len(digests), _NOWHERE)
        by_digest = np.argsort(digests)  # in order, the search goes through memory once
        found = np.empty(len(digests), np.int64)
        found[by_digest] = np.minimum(np.searchsorted(ordered, digests[by_digest]), len(order) - 1)
        return np.where(ordered[found] == digests, order[found], _NOWHERE)


def _index(digests: Words, is_current: NDArray[np.bool_]) -> tuple[NDArray[np.int64], Words]:
    """Return the places of current rows by their digests, and these."""
    current = np.flatnonzero(is_current)
    order = current[np.argsort(digests[current])]
    return order, digests[order]
