"""Where a firm says that it is, beside names: codes of municipalities, postal codes and points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from atlante.catalogue.sources import FIELD_KINDS, POINT, Kind
from atlante.registers.arrays import NO_TEXT, AnyArray, as_mask
from atlante.registers.extract import Reason
from atlante.registers.readings import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atlante.catalogue.sources import Column

_LIMITS: Final = {"longitude": 180.0, "latitude": 90.0}
_NUMBER: Final = r"^[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?$"
_ISTAT_DIGITS, _POSTAL_DIGITS = 6, 5


def read_place(field: str, text: pa.StringArray) -> Reading:
    """Return the values of a field that holds codes of places or coordinates.

    Codes of digits get back the leading zeros that a reader has cost which took them for numbers.
    """
    match FIELD_KINDS[field]:
        case Kind.ISTAT_CODE:
            return _read_digits(text, _ISTAT_DIGITS)
        case Kind.POSTAL_CODE:
            return _read_digits(text, _POSTAL_DIGITS)
        case Kind.BELFIORE_CODE:
            return _codes(pc.utf8_upper(text), "^[A-Z][0-9]{3}$")
        case _:
            return read_coordinates(field, text)


def read_coordinates(field: str, written: AnyArray) -> Reading:
    """Return degrees; the decimals stand after a point or a comma.

    Parameters
    ----------
    field
        ``longitude`` or ``latitude``: it decides the range.
    written
        Text, or numbers as a Parquet file holds them.
    """
    if pa.types.is_string(written.type) or pa.types.is_large_string(written.type):
        degrees, is_wrong = _parsed(written)
    else:
        degrees = written.cast(pa.float64())
        is_wrong = np.zeros(len(degrees), bool)
    values: NDArray[np.float64] = degrees.to_numpy(zero_copy_only=False)
    is_given = as_mask(pc.is_valid(degrees))
    is_finite = np.isfinite(values)
    is_outside = is_given & is_finite & (np.abs(np.where(is_finite, values, 0.0)) > _LIMITS[field])
    is_wrong |= is_given & ~is_finite
    result = pc.if_else(pa.array(is_wrong | is_outside), pa.scalar(None, pa.float64()), degrees)
    return Reading(result, ((Reason.NOT_A_COORDINATE, is_wrong), (Reason.OUT_OF_RANGE, is_outside)))


def whole_points(readings: Mapping[str, Reading], columns: Mapping[str, Column]) -> dict[str, Reading]:
    """Return the readings with points that have both coordinates or none.

    The point (0, 0), in the sea off Africa, is what programs write that know none: it is unknown. Half a point is a
    problem of the coordinate that is missing, or unknown where the source takes wrong for unknown.
    """
    if not all(name in readings for name in POINT):
        return dict(readings)
    is_known = {name: as_mask(pc.is_valid(readings[name].result)) for name in POINT}
    is_half = is_known["longitude"] ^ is_known["latitude"]
    longitude, latitude = (readings[name].result.to_numpy(zero_copy_only=False) for name in POINT)
    is_filler = (longitude == 0) & (latitude == 0)
    if not (is_half | is_filler).any():
        return dict(readings)
    whole = dict(readings)
    for name in POINT:
        read = readings[name]
        degrees = pc.if_else(pa.array(is_half | is_filler), pa.scalar(None, pa.float64()), read.result)
        problems, tolerated = read.problems, read.tolerated
        if columns[name].when_wrong == "reject":
            problems = (*problems, (Reason.HALF_A_POINT, is_half & ~is_known[name]))
        else:  # what is wrong is that the other half is missing: this one can't be used
            tolerated = (*tolerated, (Reason.HALF_A_POINT, is_half & is_known[name]))
        whole[name] = Reading(degrees, problems, tolerated)
    return whole


def _parsed(text: AnyArray) -> tuple[AnyArray, NDArray[np.bool_]]:
    """Return texts as numbers, and which of them are none."""
    points: Any = pc.replace_substring(text, ",", ".")
    try:
        return points.cast(pa.float64()), np.zeros(len(points), bool)
    except pa.ArrowInvalid:  # a text among them is no number: find it, which takes ten times as long
        is_number = pc.fill_null(pc.match_substring_regex(points, _NUMBER), pa.scalar(value=False))
        is_wrong = as_mask(pc.is_valid(points)) & ~as_mask(is_number)
        return pc.if_else(is_number, points, pa.scalar(None, points.type)).cast(pa.float64()), is_wrong


def _read_digits(text: pa.StringArray, digits: int) -> Reading:
    return _codes(pc.ascii_lpad(text, digits, padding="0"), f"^[0-9]{{{digits}}}$", no_code="0" * digits)


def _codes(codes: AnyArray, pattern: str, *, no_code: str = "") -> Reading:
    is_code = as_mask(pc.match_substring_regex(codes, pattern)) & ~as_mask(pc.equal(codes, pa.scalar(no_code)))
    is_wrong = as_mask(pc.is_valid(codes)) & ~is_code
    return Reading(pc.if_else(pa.array(is_wrong), NO_TEXT, codes), ((Reason.NOT_A_CODE, is_wrong),))
