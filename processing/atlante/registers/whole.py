"""An extract that was read whole, loaded like a file that is read block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from atlante.registers.delivery import Loading
from atlante.registers.extract import REJECT_SCHEMA, ROW_SCHEMA, Block
from atlante.registers.load import LoadSummary, load_register
from atlante.registers.marks import synthetic_notes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from atlante.database import Connection
    from atlante.registers.extract import Extract
    from atlante.registers.raw import RawFile


class WholeFile:
    """An extract as a :class:`RegisterFile` of one block."""

    def __init__(self, extract: Extract) -> None:
        self._extract = extract
        self.source_id, self.path, self.reference_date = extract.source_id, extract.path, extract.reference_date
        self.columns: Sequence[str] = ROW_SCHEMA.names
        self.size, self.blank_lines = len(extract.rows), extract.blank_lines
        self.legend: Sequence[str] = ("",) * extract.legend_lines
        self.other_editions: Collection[str] = ()
        self.raw: RawFile[Any] | None = None

    def blocks(self) -> Iterator[Block]:
        """Yield all rows."""
        rows = pa.Table.from_pandas(self._extract.rows, schema=ROW_SCHEMA, preserve_index=False)
        rejects = pa.Table.from_pandas(self._extract.rejects, schema=REJECT_SCHEMA, preserve_index=False)
        notes = synthetic_notes(rows["name"].combine_chunks())
        yield Block(rows.append_column("notes", pa.array(notes)), rejects, 0, self.size)

    def sha256(self) -> str:
        """Return the SHA-256 of the file's bytes."""
        return self._extract.sha256


def load_extract(
    connection: Connection, extract: Extract, *, run_id: int, accept_shrinkage: bool = False
) -> LoadSummary:
    """Load an extract in the caller's transaction: see :func:`load_register`."""
    loading = Loading(run_id, accept_shrinkage=accept_shrinkage)
    return load_register(connection, WholeFile(extract), loading)[1]
