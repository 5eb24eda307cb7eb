"""The rows of a file on their way to the register: all of them, or those alone that are not known yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa

from atlante.registers.copying import csv_messages
from atlante.registers.current import current_firms
from atlante.registers.differences import Comparison, Standing
from atlante.registers.known import forget, keep_all, keep_changes, known_rows
from atlante.registers.ledger import Ledger
from atlante.registers.sifting import sift

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from atlante.database import Connection
    from atlante.registers.extract import Account
    from atlante.registers.files import RegisterFile
    from atlante.registers.known import Known
    from atlante.registers.sifting import Sifted


class Seated(Protocol):
    """The seat of each row, and how far outside its point is in metres; nan: it is not."""

    @property
    def seat_id(self) -> NDArray[np.int32]: ...  # noqa: D102 - said above
    @property
    def distance_m(self) -> NDArray[np.float32]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Loading:
    """How to load.

    Attributes
    ----------
    run_id
        The run that does it.
    accept_shrinkage
        Load an extract that lacks many of the firms that the register holds.
    seat
        Gives rows their seats; None: the next build does.
    check
        Is given the account when all has been read; what it raises keeps the extract out.
    advance
        Is told how much of the file has been read, in the unit of its size.
    tally
        Is given the accepted rows as they come; of a file that is compared as it stands, those alone that differ.
    """

    run_id: int
    accept_shrinkage: bool = False
    seat: Callable[[pa.Table], Seated] | None = None
    check: Callable[[Account], None] = lambda _: None
    advance: Callable[[int], None] = lambda _: None
    tally: Callable[[pa.Table], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Delivery:
    """The rows of a file on their way to the database, with everything that takes note of them.

    Attributes
    ----------
    sifted
        The file beside the rows that are known; None: all its rows are read.
    """

    file: RegisterFile
    loading: Loading
    ledger: Ledger
    comparison: Comparison
    sifted: Sifted | None = None

    def messages(self, constants: Mapping[str, Any]) -> Iterator[bytes]:
        """Yield the rows that are not in the register as they are, with constants before their columns."""
        for block in self.sifted.blocks if self.sifted else self.file.blocks():
            self.ledger.add(block)
            self.loading.tally(block.rows)
            rows = self.comparison.changed_rows(block.rows)
            if len(rows):
                yield from csv_messages(self._completed(rows, constants))
            self.loading.advance(block.position)

    def columns(self, constants: Mapping[str, Any]) -> list[str]:
        """Return what the columns of the messages are."""
        seat = ["seat_id", "distance_m"] if self.loading.seat else []
        return [*constants, *self.file.columns, *seat]

    def _completed(self, rows: pa.Table, constants: Mapping[str, Any]) -> pa.Table:
        columns = {name: pa.repeat(pa.scalar(value), len(rows)) for name, value in constants.items()}
        columns |= {name: rows[name] for name in self.file.columns}
        if self.loading.seat:
            seated = self.loading.seat(rows)
            distance = pa.array(seated.distance_m, mask=np.isnan(seated.distance_m))
            columns |= {"seat_id": pa.array(seated.seat_id), "distance_m": distance}
        return pa.table(columns)

    def keep(self, connection: Connection, is_accepted: NDArray[np.bool_]) -> None:
        """Keep what the next extract of the source can be compared with; `is_accepted` is of the rows that came."""
        source_id = self.file.source_id
        if self.sifted:
            added = self.ledger.keys(is_accepted)
            keep_changes(connection, source_id, self.sifted.known, added, self.sifted.is_shown)
        elif self.file.raw:
            keep_all(connection, source_id, self.file.raw.reading, self.ledger.keys(is_accepted))
        else:
            forget(connection, source_id)


def delivery_of(connection: Connection, file: RegisterFile, loading: Loading, *, is_first: bool) -> Delivery:
    """Return the rows of a file that may change the register.

    Parameters
    ----------
    is_first
        Nothing of the source is registered yet.
    """
    known = None if is_first else known_rows(connection, file.source_id)
    if known and file.raw and known.reading == file.raw.reading:
        sifted = sift(file.raw, known, loading.advance)
        if sifted:
            return _delivery_of_changes(file, loading, sifted)
    standing = _standing(known, known.is_current) if known else current_firms(connection, file.source_id)
    comparison = Comparison(standing, editions=file.other_editions)
    return Delivery(file, loading, Ledger(file), comparison)


def _delivery_of_changes(file: RegisterFile, loading: Loading, sifted: Sifted) -> Delivery:
    known, is_shown = sifted.known, sifted.is_shown
    comparison = Comparison(
        _standing(known, known.is_current & ~is_shown), untouched=int(is_shown.sum()), editions=file.other_editions
    )
    return Delivery(file, loading, Ledger(file, untouched_notes=known.rows.notes[is_shown]), comparison, sifted)


def _standing(known: Known, is_chosen: NDArray[np.bool_]) -> Standing:
    rows = known.rows.filter(is_chosen)
    return Standing(rows.firm_ids, rows.row_digests)
