"""Tables of the context: a file of numbers by municipality becomes variables, or its rows are rejected by name."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from atlante.errors import ReferenceDateMissing, UnreadableContext

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from atlante.catalogue.context import ContextTable

_ISTAT_DIGITS: Final = 6
_NUMBER: Final = re.compile(r"\d+(\.\d+)?")
REJECT_COLUMNS: Final = ("row_number", "field", "reason", "value")


@dataclass(frozen=True, slots=True)
class KnownCodes:
    """The municipalities that a file may name.

    Attributes
    ----------
    municipalities
        Belfiore codes by the codes that the file uses.
    of
        Whose they are: a day, or boundaries; as it is told of a code that is not among them.
    advice
        What to load where a code is not among them; empty: the history knows all codes of the day.
    """

    municipalities: Mapping[str, str]
    of: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class ContextFile:
    """A file that was read: ``rows_in_file`` = rows in `values` by municipality + rejects.

    Attributes
    ----------
    values
        Columns municipality_code (Belfiore) and each variable; nan: unknown, 0: counted none.
    rejects
        Columns row_number (line of the file), field, reason, value.
    advice
        What to load so that codes that were not found are found; empty: nothing would help, or nothing is needed.
    """

    table: ContextTable
    file_name: str
    sha256: str
    reference_date: dt.date
    rows_in_file: int
    values: pd.DataFrame
    rejects: pd.DataFrame
    advice: str


def context_day(path: Path, table: ContextTable, as_of: dt.date | None) -> dt.date:
    """Return the day of a file: the given one, or the one that its name says.

    Raises
    ------
    ReferenceDateMissing
        If neither says it, or what the name says is no day of the calendar.
    """
    if as_of is not None:
        return as_of
    for pattern in table.reference_dates:
        found = re.search(pattern, path.name)
        if found:
            try:
                return dt.date(int(found["year"]), int(found["month"]), int(found["day"]))
            except ValueError as exc:
                raise ReferenceDateMissing(path) from exc
    raise ReferenceDateMissing(path)


def read_context_file(path: Path, table: ContextTable, *, reference_date: dt.date, known: KnownCodes) -> ContextFile:
    """Read a table of the context.

    A blank is unknown, but 0 where the definition names a column that says 0 in the same row.

    Parameters
    ----------
    known
        The municipalities of its day.

    Raises
    ------
    UnreadableContext
        If the file is missing or is not text of the table's encoding, lacks a column, or what follows is no table.
    """
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig" if table.encoding == "utf-8" else table.encoding)
    except (OSError, UnicodeDecodeError) as exc:
        raise UnreadableContext(path, f"it can't be read as {table.encoding} text ({exc})") from exc
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=table.delimiter)
    _require(path, table, reader.fieldnames or ())
    accepted: dict[str, dict[str, float | None]] = {}
    rejects: list[tuple[int, str, str, str | None]] = []
    rows_in_file = 0
    for row in _rows(path, reader):
        rows_in_file += 1
        found = _row(row, table, known, accepted)
        if isinstance(found, tuple):
            rejects.append((reader.line_num, *found))
        else:
            accepted |= found
    values = pd.DataFrame.from_dict(accepted, orient="index", columns=list(table.variables), dtype="float64")
    return ContextFile(
        table=table,
        file_name=path.name,
        sha256=hashlib.sha256(raw).hexdigest(),
        reference_date=reference_date,
        rows_in_file=rows_in_file,
        values=values.rename_axis("municipality_code").reset_index(),
        rejects=pd.DataFrame(rejects, columns=list(REJECT_COLUMNS)),
        advice=known.advice if any(field == table.code_column for _, field, *_ in rejects) else "",
    )


def _rows(path: Path, reader: csv.DictReader[str]) -> Iterator[dict[str, str]]:
    """Yield the rows of a file; one that is no row, as where a quote is never closed, is told by its line."""
    try:
        yield from reader
    except csv.Error as exc:
        raise UnreadableContext(path, f"what follows line {reader.line_num} is no row of a table ({exc})") from exc


def _require(path: Path, table: ContextTable, header: Sequence[str]) -> None:
    needed = {table.code_column, *(each.column for each in table.variables.values())}
    needed |= {each.zero_where_zero for each in table.variables.values() if each.zero_where_zero}
    missing = sorted(needed - set(header))
    if missing:
        there = ", ".join(header) or "nothing"
        raise UnreadableContext(path, f"there is no column {missing[0]!r} in its first line, which has {there}")


def _row(
    row: Mapping[str, str | None],
    table: ContextTable,
    known: KnownCodes,
    accepted: Mapping[str, object],
) -> dict[str, dict[str, float | None]] | tuple[str, str, str | None]:
    """Return the values of a row by municipality, or the field, reason and value that it is rejected for."""
    given = (row[table.code_column] or "").strip()
    code = given.zfill(_ISTAT_DIGITS) if table.code == "istat" else given.upper()
    municipality = known.municipalities.get(code)
    if municipality is None:
        return table.code_column, f"no municipality of {known.of} has this code", given
    if municipality in accepted:
        return table.code_column, "another row has this municipality", given
    values: dict[str, float | None] = {}
    for name, variable in table.variables.items():
        text = (row[variable.column] or "").strip()
        if text in ("", *table.unknown):
            beside = row[variable.zero_where_zero] if variable.zero_where_zero else None
            values[name] = 0.0 if beside is not None and beside.strip() == "0" and not text else None
        elif _NUMBER.fullmatch(text):
            values[name] = float(text)
        else:
            return variable.column, "not a number from 0 on", text
    return {municipality: values}
