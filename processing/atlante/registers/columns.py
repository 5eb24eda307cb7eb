"""One column of text into values of its kind, with what is wrong about each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from atlante.catalogue.sources import FIELD_KINDS, Kind, fold_wording
from atlante.registers.arrays import NO_TEXT, as_mask
from atlante.registers.extract import Reason
from atlante.registers.places import read_coordinates, read_place
from atlante.registers.readings import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from atlante.catalogue.sources import Column
    from atlante.registers.arrays import AnyArray

_EARLIEST: Final = pd.Timestamp(1800, 1, 1)
_LONGEST_TEXT: Final = 1_000  # characters; the longest name of the real list has 291
# Nearly every row has its own: telling the distinct ones apart costs more than reading them all.
MOSTLY_DISTINCT: Final = frozenset({"name", "short_name", "fiscal_code", "register_number", "longitude", "latitude"})


def read_column(
    field: str, written: AnyArray, column: Column, *, unknown: tuple[str, ...], reference_date: date
) -> Reading:
    """Return what a column means.

    Parameters
    ----------
    written
        Text as it stands in the file, with padding; coordinates may be numbers.
    unknown
        Texts of the source that mean "not known".
    reference_date
        Later dates are wrong.
    """
    if pa.types.is_floating(written.type):
        read = read_coordinates(field, written)
        return read if column.when_wrong == "reject" else read.tolerant()
    if field in MOSTLY_DISTINCT:
        return _read(field, cast("pa.StringArray", written), column, unknown, reference_date)
    # The few distinct texts of the other columns are read once each: dates, codes, classes and places repeat.
    encoded: Any = written
    if not pa.types.is_dictionary(written.type):
        encoded = pc.dictionary_encode(written, null_encoding="encode")
    distinct = _read(field, cast("pa.StringArray", encoded.dictionary), column, unknown, reference_date)
    return distinct.spread(encoded.indices)


def _read(
    field: str, written: pa.StringArray, column: Column, unknown: tuple[str, ...], reference_date: date
) -> Reading:
    text = _known(_trimmed(written), () if column.required else (*unknown, *column.unknown))
    match FIELD_KINDS[field]:
        case Kind.TEXT:
            read = Reading(
                text,
                ((Reason.TOO_LONG, as_mask(pc.greater(pc.utf8_length(text), pa.scalar(_LONGEST_TEXT, pa.int32())))),),
            )
        case Kind.FISCAL_CODE:
            read = _read_fiscal_codes(text)
        case Kind.DATE:
            read = _read_dates(text, reference_date, column.not_before)
        case Kind.ACTIVITY:
            read = _read_activities(text)
        case Kind.CLASS | Kind.PREVALENCE:
            read = _read_wordings(text, column.meanings())
        case Kind.FLAG:
            wordings = _read_wordings(text, column.meanings())
            read = Reading(pc.equal(wordings.result, pa.scalar("yes")), wordings.problems)
        case Kind.ISTAT_CODE | Kind.BELFIORE_CODE | Kind.POSTAL_CODE | Kind.COORDINATE:
            read = read_place(field, text)
    if column.when_wrong == "unknown":
        read = read.tolerant()
    if not column.required:
        return read
    missing = (Reason.MISSING, as_mask(pc.is_null(text)))
    return Reading(read.result, (missing, *read.problems), read.tolerated)


def _trimmed(written: pa.StringArray) -> pa.StringArray:
    """Remove padding at the ends and inside; no text is NULL."""
    text = pc.utf8_trim_whitespace(written)
    if pc.any(pc.match_substring(text, "  ")).as_py():  # rare, and the regular expression is slow
        text = pc.replace_substring_regex(text, r"\s{2,}", " ")
    return cast("pa.StringArray", pc.if_else(pc.equal(text, pa.scalar("")), NO_TEXT, text))


def _known(text: pa.StringArray, unknown: tuple[str, ...]) -> pa.StringArray:
    """Make texts that mean "not known" NULL, whatever their case."""
    if not unknown:
        return text
    is_unknown = pc.is_in(pc.utf8_lower(text), value_set=pa.array([word.lower() for word in unknown]))
    return cast("pa.StringArray", pc.if_else(is_unknown, NO_TEXT, text))


def _read_fiscal_codes(text: pa.StringArray) -> Reading:
    """Return fiscal codes: 11 digits of a company or 16 characters of a person."""
    codes = pc.utf8_upper(text)
    length = pc.utf8_length(codes)
    wrong_length = ~as_mask(pc.is_in(length, value_set=pa.array([11, 16], pa.int32()))) & as_mask(pc.is_valid(codes))
    is_code = as_mask(pc.match_substring_regex(codes, "^([0-9]{11}|[A-Z0-9]{16})$"))
    wrong_characters = ~is_code & ~wrong_length & as_mask(pc.is_valid(codes))
    problems = ((Reason.WRONG_LENGTH, wrong_length), (Reason.WRONG_CHARACTERS, wrong_characters))
    return Reading(codes, problems)


def _read_dates(text: pa.StringArray, reference_date: date, not_before: date | None) -> Reading:
    """Return dates written dd/mm/yyyy or yyyy-mm-dd."""
    first = _EARLIEST if not_before is None else pd.Timestamp(not_before)
    written = text.to_pandas()
    days = pd.to_datetime(written, format="%d/%m/%Y", errors="coerce")
    is_wrong = (days.isna() & written.notna()).to_numpy()
    if is_wrong.any():
        days = days.fillna(pd.to_datetime(written, format="%Y-%m-%d", errors="coerce"))
        is_wrong = (days.isna() & written.notna()).to_numpy()
    problems = (
        (Reason.NOT_A_DATE, is_wrong),
        (Reason.TOO_EARLY, (days < _EARLIEST).to_numpy()),
        (Reason.BEFORE_START, ((days >= _EARLIEST) & (days < first)).to_numpy()),
        (Reason.IN_THE_FUTURE, (days > pd.Timestamp(reference_date)).to_numpy()),
    )
    return Reading(pa.Array.from_pandas(days).cast(pa.timestamp("s")).cast(pa.date32()), problems)


def _read_activities(text: pa.StringArray) -> Reading:
    """Return codes of 2 to 6 digits; dots are left out."""
    codes = pc.replace_substring(text, ".", "")
    is_wrong = ~as_mask(pc.match_substring_regex(codes, "^[0-9]{2,6}$")) & as_mask(pc.is_valid(codes))
    return Reading(codes, ((Reason.NOT_AN_ACTIVITY, is_wrong),))


def _read_wordings(text: pa.StringArray, meanings: Mapping[str, str]) -> Reading:
    """Return what texts mean; one that the source does not know is a problem, never a guess."""
    found = [None if written is None else meanings.get(fold_wording(written)) for written in text.to_pylist()]
    values = pa.array(found, pa.string())
    is_wrong = as_mask(pc.is_valid(text)) & ~as_mask(pc.is_valid(values))
    return Reading(values, ((Reason.UNKNOWN_WORDING, is_wrong),))
