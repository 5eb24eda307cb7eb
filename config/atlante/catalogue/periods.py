"""Periods, the base that a growth refers to, and breaks in a series."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from atlante.catalogue.tables import Table
from atlante.catalogue.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DAYS_A_YEAR: Final = 365.2425
TOLERANCE_DAYS: Final = 31

_YEARS: Final = re.compile(r"P([1-9][0-9]?)Y")


class SeriesBreak(Table):
    """A day from which values can't be compared with those before it without more ado.

    Attributes
    ----------
    date
        The first day after the break.
    reason
        What changed.
    refuses
        Whether a comparison across it is refused; false: it is made, and flagged.
    applies_to
        ``all`` values, or only those of ``slices``: filiere and their stages.
    """

    date: dt.date
    reason: Text
    refuses: bool = False
    applies_to: Literal["all", "slices"] = "all"


@dataclass(frozen=True, slots=True)
class Base:
    """What a growth is measured from.

    Attributes
    ----------
    years
        So many years before the reference date; 0: the previous reference date of the same source.
    day
        A day that stays; None: it moves with the reference date.
    """

    years: int = 0
    day: dt.date | None = None

    def __str__(self) -> str:
        if self.day is not None:
            return self.day.isoformat()
        return f"P{self.years}Y" if self.years else "previous"

    def among(self, reference_date: dt.date, available: Iterable[dt.date]) -> dt.date | None:
        """Return the reference date to compare with; None: there is none.

        A base some years ago is the available day nearest to it, TOLERANCE_DAYS at most away; of two equally near ones
        the earlier. A fixed day must be there itself.

        >>> Base(years=1).among(dt.date(2025, 5, 19), [dt.date(2024, 5, 13), dt.date(2024, 5, 27)])
        datetime.date(2024, 5, 13)
        """
        earlier = sorted(day for day in available if day < reference_date)
        if self.day is not None:
            return self.day if self.day in earlier or self.day == reference_date else None
        if not self.years:
            return earlier[-1] if earlier else None
        wanted = _years_before(reference_date, self.years)
        near = [day for day in earlier if abs((day - wanted).days) <= TOLERANCE_DAYS]
        return min(near, key=lambda day: (abs((day - wanted).days), day), default=None)


def parse_base(text: str) -> Base:
    """Return the base that a text says: ``previous``, ``P1Y`` to ``P99Y``, or a day.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    if text == "previous":
        return Base()
    years = _YEARS.fullmatch(text)
    return Base(years=int(years[1])) if years else Base(day=dt.date.fromisoformat(text))


def years_between(first: dt.date, last: dt.date) -> float:
    """Return the years from one day to another, in mean Gregorian years."""
    return (last - first).days / DAYS_A_YEAR


def crossed(
    breaks: Sequence[SeriesBreak], first: dt.date, last: dt.date, *, is_slice: bool = False
) -> tuple[SeriesBreak, ...]:
    """Return the breaks between two days, whichever of them is earlier: after the first one, up to the last one.

    Parameters
    ----------
    is_slice
        Whether the values compared are of a filiera or stage.
    """
    start, end = sorted((first, last))
    return tuple(each for each in breaks if start < each.date <= end and (is_slice or each.applies_to == "all"))


def _years_before(day: dt.date, years: int) -> dt.date:
    """Return the same day of an earlier year; of 29 February the 28th, where there is no such day."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
