"""Tables of codes and residents that go beside a boundary file."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import TYPE_CHECKING

import pandas as pd

from atlante.errors import InvalidBoundaries, InvalidDocument
from atlante.territories.documents import read_document
from atlante.territories.texts import read_text, separator

if TYPE_CHECKING:
    from pathlib import Path

_CODES = ["istat_code", "municipality_code", "province", "sigla", "region"]
_RESIDENTS_HEADERS = {
    "istat_code": ("codice_istat", "codice istat", "codice comune", "istat_code"),
    "population": ("popolazione_residente", "popolazione", "population"),
}


def read_codes(path: Path) -> pd.DataFrame:
    """Return the codes and labels of a list of municipalities, whatever day it is of.

    Returns
    -------
    pd.DataFrame
        istat_code, municipality_code (Belfiore), province, sigla, region.

    Raises
    ------
    InvalidDocument
        If it is no list of one day, a column is missing, or a code is not one.
    """
    document = read_document(path, as_of=dt.date.max)
    if not document.is_snapshot:
        raise InvalidDocument(path, f"This is of kind {document.kind}, not a list of one day. Give ISTAT's list.")
    return document.statements[_CODES]


def read_residents(path: Path) -> pd.Series[int]:
    """Return residents by ISTAT code.

    Raises
    ------
    InvalidBoundaries
        If a column is missing or a number is not one.
    """
    rows = _read_columns(path, _RESIDENTS_HEADERS)
    numbers = pd.to_numeric(rows["population"], errors="coerce")
    wrong = numbers.isna() & (rows["population"] != "")
    if wrong.any():
        row = rows[wrong].iloc[0]
        raise InvalidBoundaries(path, f"the population of {row['istat_code']} is {row['population']!r}. Correct it.")
    known = numbers.notna()
    return pd.Series(numbers[known].astype(int).to_numpy(), index=rows.loc[known, "istat_code"].to_numpy())


def _read_columns(path: Path, headers: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    text = read_text(path, InvalidBoundaries)
    lines = list(csv.reader(io.StringIO(text), delimiter=separator(text)))
    found = [header.strip().lower() for header in lines[0]] if lines else []
    places = {}
    for field, accepted in headers.items():
        matching = [place for place, header in enumerate(found) if header.startswith(accepted)]
        if not matching:
            raise InvalidBoundaries(
                path, f"has no column for {field} (known headers begin with: {', '.join(accepted)})."
            )
        places[field] = matching[0]
    rows = [[line[place].strip() for place in places.values()] for line in lines[1:] if len(line) == len(found)]
    table = pd.DataFrame(rows, columns=list(places), dtype=str)
    table["istat_code"] = table["istat_code"].str.zfill(6)
    return table
