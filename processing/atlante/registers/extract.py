"""What reading a file gives: accepted rows, rejects with reasons, and their sum."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import pyarrow as pa

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import pandas as pd


class Reason(StrEnum):
    """Why a row is not accepted."""

    UNCLOSED_QUOTE = "quote not closed on its line"
    TOO_FEW_FIELDS = "too few fields"
    TOO_MANY_FIELDS = "too many fields"
    MISSING = "missing value"
    TOO_LONG = "text too long"
    WRONG_LENGTH = "code of the wrong length"
    WRONG_CHARACTERS = "code with characters that it can't have"
    NOT_A_DATE = "not a date"
    TOO_EARLY = "date before 1800"
    BEFORE_START = "date before the source's first day"
    IN_THE_FUTURE = "date in the future"
    NOT_AN_ACTIVITY = "not an activity code"
    NOT_A_CODE = "not a code of its kind"
    NOT_A_COORDINATE = "not a coordinate"
    OUT_OF_RANGE = "coordinate out of range"
    HALF_A_POINT = "half a point"
    UNKNOWN_WORDING = "wording that the source does not know"
    DUPLICATE_FIRM = "duplicate firm"


_TEXT: Final[pa.DataType] = pa.large_string()
_DATE: Final[pa.DataType] = pa.date32()
_DEGREES: Final[pa.DataType] = pa.float64()
_FLAG: Final[pa.DataType] = pa.bool_()
_LINE: Final[pa.DataType] = pa.int32()

# What a row may hold, by the names of register.firm: declared here once for reading and loading.
ROW_SCHEMA: Final = pa.schema(
    {
        "row_number": _LINE,
        "firm_id": _TEXT,
        "row_digest": pa.int64(),
        "name": _TEXT,
        "legal_form": _TEXT,
        "status": _TEXT,
        "declared_province": _TEXT,
        "declared_municipality": _TEXT,
        "declared_region": _TEXT,
        "activity_code": _TEXT,
        "activity_edition": _TEXT,
        "sector": _TEXT,
        "special_section_date": _DATE,
        "registration_date": _DATE,
        "start_date": _DATE,
        "production_class": _TEXT,
        "staff_class": _TEXT,
        "capital_class": _TEXT,
        "is_high_tech": _FLAG,
        "has_rnd": _FLAG,
        "has_patents": _FLAG,
        "has_qualified_staff": _FLAG,
        "women_led": _TEXT,
        "young_led": _TEXT,
        "foreign_led": _TEXT,
        "declared_istat_code": _TEXT,
        "declared_belfiore_code": _TEXT,
        "postal_code": _TEXT,
        "longitude": _DEGREES,
        "latitude": _DEGREES,
    }
)
DIGESTED: Final = tuple(ROW_SCHEMA.names[3:])
# What is kept of a row beside its values: bits of the column `notes`, and `raw_digest`, a digest of its text.
MARKED_SYNTHETIC: Final = 1
TURNED_UNKNOWN: Final = {
    "declared_istat_code": 2,
    "declared_belfiore_code": 4,
    "postal_code": 8,
    "longitude": 16,
    "latitude": 32,
}
REJECT_SCHEMA: Final = pa.schema({"row_number": _LINE, "field": _TEXT, "reason": _TEXT, "value": _TEXT})


@dataclass(frozen=True, slots=True)
class Block:
    """Some consecutive rows of a file.

    Attributes
    ----------
    rows
        Accepted rows: those columns of :data:`ROW_SCHEMA` that the file has, NULL = unknown; `notes`; and where the
        rows of a later file can be compared with them as they stand, `raw_digest`.
    rejects
        Other rows, as in :class:`Account`.
    blank_lines
        Lines among them that hold nothing.
    position
        How much of the file has been read up to their end: bytes of text, rows of Parquet.
    """

    rows: pa.Table
    rejects: pa.Table
    blank_lines: int
    position: int


@dataclass(frozen=True, slots=True)
class Account:
    """What became of a file's rows; ``accepted + len(rejects) = rows_in_file``, always.

    Attributes
    ----------
    sha256
        Of the file's bytes.
    reference_date
        The day that the extract shows.
    is_synthetic
        Whether its firms are invented, as the content itself says.
    rejects
        ``row_number`` (line of the file, the header of a clean file being 1), ``field``, ``reason`` (a
        :class:`Reason`), ``value``; one for each row that is not accepted, by the first reason.
    legend_lines
        Lines at either end of the table that are not rows: explanations, titles, rules.
    blank_lines
        Lines that hold nothing, wherever they are.
    turned_unknown
        By field: accepted rows whose value is wrong and which the source takes for unknown.
    """

    source_id: str
    path: Path
    sha256: str
    reference_date: date
    is_synthetic: bool
    accepted: int
    rejects: pd.DataFrame
    rows_in_file: int
    legend_lines: int
    blank_lines: int
    turned_unknown: dict[str, int]


@dataclass(frozen=True, slots=True)
class Extract(Account):
    """A file that was read whole.

    Attributes
    ----------
    rows
        Accepted rows: the columns of :data:`ROW_SCHEMA`, Arrow types, NULL = unknown.
    """

    rows: pd.DataFrame
