"""Columns of text into accepted rows and rejects, for some rows at a time."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from atlante.registers.arrays import NO_TEXT, AnyArray, as_text, at, join_texts
from atlante.registers.columns import read_column
from atlante.registers.digests import row_digests
from atlante.registers.extract import DIGESTED, REJECT_SCHEMA, ROW_SCHEMA, TURNED_UNKNOWN
from atlante.registers.marks import synthetic_notes
from atlante.registers.places import whole_points

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from atlante.catalogue.sources import SourceDefinition
    from atlante.registers.readings import Reading

_LONGEST_VALUE: Final = 200
_BETWEEN, _NULL = "\x1f", "\x00"  # in a digest's input; NULL is not the same as no text
_KEY_DIGITS: Final = 32
_OWN_KEYS: Final = ("fiscal_code", "register_number")  # as they are; other keys may be long, or several


def interpret(
    written: Mapping[str, AnyArray], numbers: NDArray[np.int32], source: SourceDefinition, reference_date: date
) -> tuple[pa.Table, pa.Table]:
    """Return what columns mean: accepted rows in columns of :data:`ROW_SCHEMA` with `notes`, and rejects.

    Parameters
    ----------
    written
        The columns as they stand in the file, by field.
    numbers
        The number of each row in the file.
    """
    readings = whole_points(
        {
            name: read_column(name, column, source.columns[name], unknown=source.unknown, reference_date=reference_date)
            for name, column in written.items()
        },
        source.columns,
    )
    verdict = _Verdict(numbers)
    for name, reading in readings.items():
        verdict.add(name, reading, written[name])
    return _to_rows(readings, verdict, source, reference_date), verdict.rejects()


def row_columns(fields: Sequence[str]) -> list[str]:
    """Return the columns of :data:`ROW_SCHEMA` that rows of a file with some fields have, in its order."""
    made = {"row_number", "firm_id", "row_digest", *(["activity_edition"] if "activity_code" in fields else [])}
    return [name for name in ROW_SCHEMA.names if name in made or name in fields]


def reject_table(
    numbers: NDArray[np.int32], fields: Sequence[str], reasons: Sequence[str], values: Sequence[str | None]
) -> pa.Table:
    """Return rejects."""
    columns: dict[str, Any] = {"row_number": numbers, "field": fields, "reason": reasons, "value": values}
    return pa.table(columns, schema=REJECT_SCHEMA)


class _Verdict:
    """Which rows are accepted, and the first reason against each other one."""

    def __init__(self, numbers: NDArray[np.int32]) -> None:
        self.numbers = numbers
        self.is_accepted = np.ones(len(numbers), dtype=bool)
        self._rejects = [reject_table(numbers[:0], [], [], [])]

    def add(self, field: str, read: Reading, written: AnyArray) -> None:
        """Reject the rows that have a problem with a field and had none before."""
        for reason, is_wrong in read.problems:
            places = np.flatnonzero(is_wrong & self.is_accepted)
            if len(places):
                texts = as_text(written.take(at(places)))
                values = pc.utf8_slice_codeunits(pc.utf8_trim_whitespace(texts), 0, _LONGEST_VALUE).to_pylist()
                n = len(places)
                self._rejects.append(reject_table(self.numbers[places], [field] * n, [reason.value] * n, values))
                self.is_accepted[places] = False

    def rejects(self) -> pa.Table:
        """Return the rejects, one for each row that is not accepted."""
        return pa.concat_tables(self._rejects)


def _to_rows(
    readings: Mapping[str, Reading], verdict: _Verdict, source: SourceDefinition, reference_date: date
) -> pa.Table:
    """Return the accepted rows."""
    given = {name: read.result for name, read in readings.items()}
    if not verdict.is_accepted.all():
        kept = at(np.flatnonzero(verdict.is_accepted))
        given = {name: values.take(kept) for name, values in given.items()}
    if "activity_code" in given:
        edition = pa.scalar(source.activity_edition(reference_date))
        given["activity_edition"] = pc.if_else(pc.is_valid(given["activity_code"]), edition, NO_TEXT)
    given["row_number"] = pa.array(verdict.numbers[verdict.is_accepted])
    given["firm_id"] = _firm_ids([given[name] for name in source.key], source)
    given["row_digest"] = row_digests({name: given[name] for name in DIGESTED if name in given})
    notes = synthetic_notes(given["name"])
    for name, bit in TURNED_UNKNOWN.items():
        if name in readings and readings[name].tolerated:
            notes[readings[name].turned()[verdict.is_accepted]] |= bit
    return pa.table({name: given[name] for name in ROW_SCHEMA.names if name in given} | {"notes": pa.array(notes)})


def _firm_ids(keys: list[AnyArray], source: SourceDefinition) -> AnyArray:
    """Return the key as it is, or digests of the key columns whatever the case of their text."""
    if len(keys) == 1 and source.key[0] in _OWN_KEYS:
        return keys[0]
    joined = join_texts([pc.utf8_lower(as_text(key)) for key in keys], _BETWEEN, null=_NULL)
    texts = joined.cast(pa.large_binary()).to_pylist()
    digests = [hashlib.sha256(text or b"").hexdigest()[:_KEY_DIGITS] for text in texts]
    return pa.array(digests, pa.string())
