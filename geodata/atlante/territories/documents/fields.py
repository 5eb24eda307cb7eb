"""The columns of a file under our names, and what their cells may hold: the first wrong one is named with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlante.errors import InvalidDocument

if TYPE_CHECKING:
    from pathlib import Path

BELFIORE = (r"[A-Z][0-9]{3}", "a Belfiore code such as A074")
ISTAT = (r"[0-9]{6}", "an ISTAT code of six digits")
REGION = (r"0[1-9]|1[0-9]|20", "a region code from 01 to 20")
NUTS3 = (r"(IT[A-Z0-9]{3})?", "a NUTS 3 code such as ITC11")
NUMBER = (r"(\d+(\.\d+)?)?", "a number of 0 or more")
_READABLE = {"%Y": "YYYY", "%m": "MM", "%d": "DD"}


@dataclass(frozen=True, slots=True)
class Fields:
    """Columns of text.

    Attributes
    ----------
    columns
        By field; the index is the line of the file (or the record of an archive: the index's name says what).
    headers
        By field: what the file calls it.
    """

    path: Path
    columns: dict[str, pd.Series]
    headers: dict[str, str]

    def __getitem__(self, field: str) -> pd.Series:
        """Return a column."""
        return self.columns[field]

    def __contains__(self, field: str) -> bool:
        """Return whether the file has a column for a field."""
        return field in self.columns

    def refuse(self, field: str, is_wrong: pd.Series, problem: str) -> None:
        """Raise an error if any cell is wrong.

        Parameters
        ----------
        problem
            What is wrong and what to do; ``{cell}`` stands for the first wrong cell, ``{others}`` for how many more.

        Raises
        ------
        InvalidDocument
            With the place of the first wrong cell.
        """
        n = int(is_wrong.sum())
        if not n:
            return
        first = int(np.argmax(is_wrong.to_numpy()))
        column = self.columns[field]
        others = f" (and {n - 1:,} more)" if n > 1 else ""
        said = problem.format(cell=repr(column.iloc[first]), others=others)
        number, unit = int(column.index.to_numpy()[first]), column.index.name
        if unit == "line":
            raise InvalidDocument(self.path, said, line=number, column=self.headers[field])
        raise InvalidDocument(self.path, f"{unit} {number}: {said}", column=self.headers[field])

    def require(self, field: str, kind: tuple[str, str]) -> None:
        """Raise InvalidDocument unless every cell of a column is of a kind: a pattern, and what it is in words."""
        pattern, expected = kind
        is_wrong = ~self.columns[field].str.fullmatch(pattern)
        self.refuse(field, is_wrong, f"{{cell}} is not {expected}{{others}}. Correct it.")

    def require_unique(self, field: str) -> None:
        """Raise InvalidDocument if two cells of a column are the same."""
        column = self.columns[field]
        is_repeated = column.duplicated()
        if is_repeated.any():
            first = column[column == column[is_repeated].iloc[0]].index[0]
            problem = f"{{cell}} is also on line {first}{{others}}. A list has a municipality once: remove one of them."
            self.refuse(field, is_repeated, problem)

    def days(self, field: str, day_format: str, *, still: str | None = None) -> pd.Series:
        """Return a column of dates as datetime64[s]; NaT where the cell is ``still``.

        Raises
        ------
        InvalidDocument
            If a cell is not a day of the calendar in this format.
        """
        column = self.columns[field]
        is_day = column != still
        days = pd.to_datetime(column.where(is_day, None), format=day_format, errors="coerce").astype("datetime64[s]")
        written = day_format
        for sign, word in _READABLE.items():
            written = written.replace(sign, word)
        problem = f"{{cell}} is not a day of the calendar written {written}{{others}}. Correct it."
        self.refuse(field, is_day & days.isna(), problem)
        return days

    def numbers(self, field: str) -> pd.Series:
        """Return a column of numbers, null where it is blank.

        Raises
        ------
        InvalidDocument
            If a cell is something else.
        """
        self.require(field, NUMBER)
        column = self.columns[field]
        return pd.to_numeric(column.where(column != "", None))

    def with_columns(self, **columns: pd.Series) -> Fields:
        """Return the same with other columns in the place of some; the headers stay those of the file."""
        return Fields(self.path, {**self.columns, **columns}, self.headers)

    def rows(self, is_taken: pd.Series) -> Fields:
        """Return the same with some of the rows."""
        return self.with_columns(**{field: column[is_taken] for field, column in self.columns.items()})
