"""A table of values by territory, in a file."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from atlante.errors import InvalidSeries
from atlante.territories.texts import read_text, separator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_UNKNOWN = {"", "NA", "N/A", "NaN", "nan", "null", "NULL", "n.d.", "nd", "..", "…", "-"}
_DECIMAL_COMMA = r"-?\d+(,\d+)?"
_THOUSANDS = r"-?\d{1,3}(,\d{3})+"


@dataclass(frozen=True, slots=True)
class SeriesTable:
    """A table as it was read.

    Attributes
    ----------
    table
        code, and the columns of numbers; nan: unknown.
    denominators
        By code; None where none were asked for.
    left_out
        Headers of columns that hold no numbers.
    """

    table: pd.DataFrame
    denominators: pd.Series[float] | None
    left_out: tuple[str, ...]


def read_series(
    path: Path, *, key: str, code_digits: int | None, columns: Sequence[str] = (), denominator: str | None = None
) -> SeriesTable:
    """Return the values of a table in a text file (CSV; also with semicolons, tabs, decimal commas).

    Parameters
    ----------
    key
        The header of the column of codes.
    code_digits
        Digits of a code that a spreadsheet may have taken leading zeros from; None: codes are not numbers.
    columns
        Headers of the values; none: all columns of numbers.
    denominator
        The header of what rates and means are per or over.

    Raises
    ------
    InvalidSeries
        If the file is not a table, a column is missing, a value is not a number, or two rows have one code.
    """
    cells = _cells(path)
    for header in (key, *columns, *filter(None, [denominator])):
        _require(path, cells, header)
    codes = cells[key].str.strip().str.upper()
    codes = codes.str.zfill(code_digits) if code_digits else codes
    _refuse_repeated(path, codes)
    offered = columns or [header for header in cells.columns if header not in {key, denominator, ""}]
    numbers = {header: _numbers(cells[header]) for header in offered}
    for header in columns:
        if numbers[header] is None:
            raise InvalidSeries(path, f"the column {header!r} holds {_odd(cells[header])!r}, which is not a number.")
    values = {header: column for header, column in numbers.items() if column is not None}
    if not values:
        raise InvalidSeries(path, f"no column beside {key!r} holds numbers. Name those to convert with --value.")
    return SeriesTable(
        pd.DataFrame({"code": codes, **values}).reset_index(drop=True),
        _denominators(path, cells, codes, denominator),
        tuple(header for header in offered if header not in values),
    )


def _cells(path: Path) -> pd.DataFrame:
    """Return the cells of a table as text, a column per header; the index is the line that a row ends on."""
    text = read_text(path, InvalidSeries)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator(text))
    header = [" ".join(cell.split()) for cell in next(reader, [])]
    lines, rows = [], []
    for row in reader:
        if any(cell.strip() for cell in row):
            if len(row) != len(header):
                raise InvalidSeries(path, f"line {reader.line_num} has {len(row)} cells, the header {len(header)}.")
            lines.append(reader.line_num)
            rows.append([cell.strip() for cell in row])
    if not rows:
        raise InvalidSeries(path, "holds no rows. Fetch it again.")
    return pd.DataFrame(rows, index=pd.Index(lines), columns=header, dtype=object)


def _require(path: Path, cells: pd.DataFrame, header: str) -> None:
    n = list(cells.columns).count(header)
    if n != 1:
        found = f"has {n} columns {header!r}" if n else f"has no column {header!r}; it has {', '.join(cells.columns)}"
        raise InvalidSeries(path, f"{found}.")


def _refuse_repeated(path: Path, codes: pd.Series[str]) -> None:
    repeated = codes[codes.duplicated(keep=False)]
    if not repeated.empty:
        lines = " and ".join(str(line) for line in repeated[repeated == repeated.iloc[0]].index[:2])
        raise InvalidSeries(path, f"the code {repeated.iloc[0]} is on the lines {lines}. Give one row for each code.")


def _numbers(cells: pd.Series[str]) -> pd.Series[float] | None:
    """Return a column as numbers; None if it holds other text, or none at all."""
    said = cells[~cells.isin(_UNKNOWN)]
    if said.empty:
        return None
    has_comma = said.str.contains(",", regex=False)
    is_decimal_comma = has_comma.any() and said.str.fullmatch(_DECIMAL_COMMA).all()
    if is_decimal_comma and not said[has_comma].str.fullmatch(_THOUSANDS).all():  # 1,234 alone may mean either
        said = said.str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(said, errors="coerce").astype(float)
    return None if numbers.isna().any() else numbers.reindex(cells.index)


def _odd(cells: pd.Series[str]) -> str:
    """Return the first text of a column that is not a number."""
    said = cells[~cells.isin(_UNKNOWN)]
    odd = said[pd.to_numeric(said, errors="coerce").isna()]
    return str((odd if not odd.empty else cells).iloc[0])


def _denominators(
    path: Path, cells: pd.DataFrame, codes: pd.Series[str], header: str | None
) -> pd.Series[float] | None:
    if header is None:
        return None
    numbers = _numbers(cells[header])
    if numbers is None:
        raise InvalidSeries(path, f"the column {header!r} holds {_odd(cells[header])!r}, which is not a number.")
    return pd.Series(numbers.to_numpy(), index=codes.to_numpy(), dtype=float)
