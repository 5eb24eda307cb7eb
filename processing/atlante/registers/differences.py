"""What an extract changes: its rows beside the current firms of the register."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from atlante.registers.arrays import NO_TEXT, as_mask, at
from atlante.registers.digests import exchanged, text_hashes

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

_UNKNOWN: Final = -1


@dataclass(frozen=True, slots=True)
class Differences:
    """Firms that an extract changes, and how many.

    Attributes
    ----------
    outdated
        Ids of current firms that the extract shows otherwise, or not at all.
    changed_in_edition_only
        Of those changed: firms whose rows say what they said, but the edition of their activity code is another.
    """

    new: int
    changed: int
    closed: int
    unchanged: int
    outdated: pa.StringArray
    changed_in_edition_only: int

    @property
    def is_any(self) -> bool:
        """Whether anything is otherwise than it was."""
        return self.new + self.changed + self.closed > 0


class Standing:
    """The current firms of a source, to be found by id.

    Firms are looked up by a hash of their id, then compared by the id itself: a hash that two ids share misleads
    nobody, as long as no two current firms share one.
    """

    def __init__(self, firm_ids: pa.StringArray, digests: NDArray[np.int64]) -> None:
        self.firm_ids, self._digests = firm_ids, digests
        self._seed = 0
        self._order, self._hashes = self._ordered()
        while (self._hashes[1:] == self._hashes[:-1]).any():
            self._seed += 1
            self._order, self._hashes = self._ordered()

    def __len__(self) -> int:
        return len(self.firm_ids)

    def _ordered(self) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        hashes = text_hashes(self.firm_ids, seed=self._seed)
        order = np.argsort(hashes)
        return order, hashes[order]

    def positions(self, rows: pa.Table) -> NDArray[np.int64]:
        """Return each row's firm as a position among the current ones; -1: it is new."""
        n = len(rows)
        if not len(self) or not n:
            return np.full(n, _UNKNOWN)
        ids = cast("pa.StringArray", cast("Any", rows["firm_id"].combine_chunks()).cast(pa.string()))
        hashes = text_hashes(ids, seed=self._seed)
        by_hash = np.argsort(hashes)  # in order, the search goes through memory once
        found = np.empty(n, np.int64)
        found[by_hash] = np.searchsorted(self._hashes, hashes[by_hash])
        position = self._order[np.minimum(found, len(self) - 1)]
        is_known = as_mask(pc.equal(self.firm_ids.take(at(position)), ids))
        return np.where(is_known, position, _UNKNOWN)

    def is_as_digested(self, positions: NDArray[np.int64], row_digests: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether firms at some positions have these digests; a new firm has none."""
        is_same: NDArray[np.bool_] = positions != _UNKNOWN
        is_same[is_same] = self._digests[positions[is_same]] == row_digests[is_same]
        return is_same


class Comparison:
    """The rows of a file beside the current firms, block by block.

    Parameters
    ----------
    standing
        The firms that rows may name, or that no row may show.
    untouched
        How many firms there are beside these; the file shows them as they are.
    editions
        Editions of activity codes that earlier extracts may have used.
    """

    def __init__(self, standing: Standing, *, untouched: int = 0, editions: Collection[str] = ()) -> None:
        self._standing, self._untouched, self._editions = standing, untouched, editions
        self._positions: list[NDArray[np.int32]] = []
        self._same: list[NDArray[np.bool_]] = []
        self._in_edition_only: list[NDArray[np.bool_]] = []

    def changed_rows(self, rows: pa.Table) -> pa.Table:
        """Take note of some rows; return those that are not as they were."""
        position = self._standing.positions(rows)
        is_same = self._standing.is_as_digested(position, rows["row_digest"].to_numpy())
        self._positions.append(position.astype(np.int32))
        self._same.append(is_same)
        self._in_edition_only.append(~is_same & self._is_in_another_edition(rows, position))
        return rows.filter(pa.array(~is_same)) if is_same.any() else rows

    def _is_in_another_edition(self, rows: pa.Table, position: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which rows would be as they were if their activity code were of another edition."""
        is_so = np.zeros(len(rows), bool)
        if "activity_edition" in rows.schema.names and (position != _UNKNOWN).any():
            written = rows["activity_edition"].combine_chunks()
            for edition in self._editions:
                other = pc.if_else(pc.is_valid(written), pa.scalar(edition), NO_TEXT)
                digests = exchanged(rows["row_digest"].to_numpy(), "activity_edition", written, other)
                is_so |= self._standing.is_as_digested(position, digests)
        return is_so

    def differences(self, is_again: NDArray[np.bool_]) -> Differences:
        """Return what the file changes; rows that name a firm again don't count."""
        position = np.concatenate([np.empty(0, np.int32), *self._positions])[~is_again]
        is_same = np.concatenate([np.empty(0, bool), *self._same])[~is_again]
        in_edition_only = np.concatenate([np.empty(0, bool), *self._in_edition_only])[~is_again]
        is_kept = np.zeros(len(self._standing), bool)
        is_kept[position[is_same]] = True
        is_shown = np.zeros(len(self._standing), bool)
        is_shown[position[position != _UNKNOWN]] = True
        return Differences(
            new=int((position == _UNKNOWN).sum()),
            changed=int((is_shown & ~is_kept).sum()),
            closed=int((~is_shown).sum()),
            unchanged=int(is_kept.sum()) + self._untouched,
            outdated=self._standing.firm_ids.filter(pa.array(~is_kept)),
            changed_in_edition_only=int(in_edition_only.sum()),
        )
