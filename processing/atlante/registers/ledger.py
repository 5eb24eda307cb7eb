"""The account of a file that is read piece by piece: which firms came, which came twice, what was rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from atlante.registers.arrays import at
from atlante.registers.digests import text_hashes
from atlante.registers.extract import MARKED_SYNTHETIC, REJECT_SCHEMA, TURNED_UNKNOWN, Account, Reason
from atlante.registers.interpreting import reject_table
from atlante.registers.known import RowKeys
from atlante.registers.marks import is_marked_synthetic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atlante.registers.extract import Block
    from atlante.registers.files import RegisterFile

_NO_NOTES: Final = np.empty(0, np.uint8)


class Ledger:
    """What became of the rows of a file so far; it keeps keys and numbers of the accepted ones, and nothing else.

    Parameters
    ----------
    untouched_notes
        The notes of accepted rows that will not come, since they are known; none of their firms comes.
    """

    def __init__(self, file: RegisterFile, *, untouched_notes: NDArray[np.uint8] = _NO_NOTES) -> None:
        self._file, self._untouched = file, untouched_notes
        self._rejects: list[pa.Table] = []
        self._firm_ids: list[pa.Array[Any]] = []
        self._hashes: list[NDArray[np.uint64]] = []
        self._numbers: list[NDArray[np.int32]] = []
        self._notes: list[NDArray[np.uint8]] = []
        self._raw_digests: list[NDArray[np.uint64]] = []
        self._row_digests: list[NDArray[np.int64]] = []
        self._blank_lines = 0

    def add(self, block: Block) -> None:
        """Take note of some rows."""
        firm_ids: Any = block.rows["firm_id"].combine_chunks().cast(pa.string())
        hashes = text_hashes(firm_ids)
        self._firm_ids.append(firm_ids)
        self._hashes.append(hashes)
        self._numbers.append(block.rows["row_number"].to_numpy())
        self._notes.append(block.rows["notes"].to_numpy())
        if "raw_digest" in block.rows.schema.names:
            self._raw_digests.append(block.rows["raw_digest"].to_numpy())
            self._row_digests.append(block.rows["row_digest"].to_numpy())
        self._rejects.append(block.rejects)
        self._blank_lines += block.blank_lines

    def is_again(self) -> NDArray[np.bool_]:
        """Return which of the accepted rows name a firm that an earlier one names.

        Only rows whose hashes are equal are compared, but those by their keys.
        """
        hashes = _all(self._hashes, np.uint64)
        ordered = np.sort(hashes)
        repeated = ordered[1:][ordered[1:] == ordered[:-1]]
        is_again = np.zeros(len(hashes), bool)
        if len(repeated):
            places = np.flatnonzero(np.isin(hashes, repeated))
            is_again[places[_repeats(self._keys(places))]] = True
        return is_again

    def numbers(self, is_chosen: NDArray[np.bool_]) -> list[int]:
        """Return the numbers of some of the accepted rows."""
        numbers: list[int] = _all(self._numbers, np.int32)[is_chosen].tolist()
        return numbers

    def keys(self, is_chosen: NDArray[np.bool_]) -> RowKeys:
        """Return the keys of some of the accepted rows, which must all have come with digests of their text."""
        keys = RowKeys(
            _all(self._raw_digests, np.uint64),
            _all(self._row_digests, np.int64),
            _all(self._notes, np.uint8),
            cast("pa.StringArray", pa.concat_arrays([pa.array([], pa.string()), *self._firm_ids])),
        )
        return keys if is_chosen.all() else keys.filter(is_chosen)

    def account(self, is_again: NDArray[np.bool_]) -> Account:
        """Close the account: rows that name a firm again are rejects."""
        again = self._rejects_of(is_again)
        rejects = pa.concat_tables([REJECT_SCHEMA.empty_table(), *self._rejects, again]).sort_by("row_number")
        notes = np.concatenate([self._untouched, _all(self._notes, np.uint8)[~is_again]])
        all_notes = np.concatenate([self._untouched, *self._notes])
        return Account(
            source_id=self._file.source_id,
            path=self._file.path,
            sha256=self._file.sha256(),
            reference_date=self._file.reference_date,
            is_synthetic=is_marked_synthetic(self._file.legend) or bool((all_notes & MARKED_SYNTHETIC).any()),
            accepted=len(notes),
            rejects=rejects.to_pandas(types_mapper=pd.ArrowDtype),
            rows_in_file=len(notes) + len(rejects),
            legend_lines=len(self._file.legend),
            blank_lines=self._file.blank_lines + self._blank_lines,
            turned_unknown={field: n for field, bit in TURNED_UNKNOWN.items() if (n := int(((notes & bit) > 0).sum()))},
        )

    def _keys(self, places: NDArray[np.int64]) -> pa.Array[Any]:
        firm_ids = pa.chunked_array(self._firm_ids, pa.string())
        return cast("pa.Array[Any]", firm_ids.take(at(places)).combine_chunks())

    def _rejects_of(self, is_again: NDArray[np.bool_]) -> pa.Table:
        """Return rejects that name the row in which each firm came first."""
        places = np.flatnonzero(is_again)
        if not len(places):
            return REJECT_SCHEMA.empty_table()
        keys = pc.unique(self._keys(places))
        firm_ids = pa.chunked_array(self._firm_ids, pa.string())
        named = np.flatnonzero(pc.is_in(firm_ids, value_set=keys).to_numpy())
        rows = pd.Series(np.concatenate(self._numbers)[named]).groupby(self._keys(named).to_pylist()).transform("first")
        first = rows.to_numpy()[np.searchsorted(named, places)]
        n = len(places)
        numbers = np.concatenate(self._numbers)[places]
        values = [f"as in row {number}" for number in first]
        return reject_table(numbers, ["firm_id"] * n, [Reason.DUPLICATE_FIRM.value] * n, values)


def _all[Number: np.generic](parts: list[NDArray[Number]], kind: type[Number]) -> NDArray[Number]:
    return np.concatenate([np.empty(0, kind), *parts])


def _repeats(keys: pa.Array[Any]) -> NDArray[np.int64]:
    """Return where keys stand that stood before."""
    return np.flatnonzero(pd.Series(keys.to_pylist()).duplicated().to_numpy())
