"""The ``datetime`` parameter: an instant or an interval, as days."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_CALENDAR = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", re.ASCII)
_OPEN = ("", "..")

type Days = tuple[date | None, date | None]  # first and last day, both included; None: open


def parse_datetime(text: str) -> Days:
    """Return the days that a ``datetime`` parameter covers.

    RFC 3339 dates and times, an interval of two with a slash, open ends as ``..`` or nothing; and, beyond the
    standard, years and months (``2024``, ``2024-05``).

    Raises
    ------
    ValueError
        If it is none of these, or the end lies before the beginning.

    >>> parse_datetime("2024/..")
    (datetime.date(2024, 1, 1), None)
    """
    begin_text, separator, end_text = text.partition("/")
    begins, ends = _days(begin_text), _days(end_text) if separator else _days(begin_text)
    if not separator and begins is None:
        raise ValueError(_problem(text))
    first, last = begins and begins[0], ends and ends[1]
    if first and last and first > last:
        raise ValueError(f"datetime={text}: the interval ends before it begins.")
    return first, last


def _days(text: str) -> tuple[date, date] | None:
    """Return first and last day of one end of an interval; None where it is open."""
    if text in _OPEN:
        return None
    try:
        if match := _CALENDAR.fullmatch(text):
            return _calendar_days(*(int(part) if part else None for part in match.groups()))
        moment = datetime.fromisoformat(text.upper())
        if moment.tzinfo is None or "T" not in text.upper():
            raise ValueError(_problem(text))  # noqa: TRY301
        day = moment.astimezone(UTC).date()
    except (ValueError, OverflowError) as exc:
        raise ValueError(_problem(text)) from exc
    return day, day


def _calendar_days(year: int | None, month: int | None, day: int | None) -> tuple[date, date]:
    if year is None or month is None:
        return date(year or 0, 1, 1), date(year or 0, 12, 31)
    if day is None:
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    return date(year, month, day), date(year, month, day)


def _problem(text: str) -> str:
    return (
        f"datetime={text}: expected a date (2024-05-01), a time (2024-05-01T00:00:00Z), a year, a month, "
        "or two of them with a slash; an open end is '..'."
    )


def validate_datetime(extents: Mapping[str, Any], text: str | None = None) -> str | None:
    """Return a ``datetime`` parameter that is valid; None for a collection without time, which has to ignore it.

    Stands in for ``pygeoapi.api.validate_datetime``, which refuses an interval outside of the data (the standard:
    an empty answer) and passes any value on where the collection has no time.

    Raises
    ------
    ValueError
        If it can't be read; pygeoapi answers it with 400.
    """
    if text is None or "temporal" not in extents:
        return None
    parse_datetime(text)
    return text
