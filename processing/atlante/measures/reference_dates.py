"""The reference dates of a source: the one before, and those between which cohorts are followed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Self

from atlante.catalogue.periods import TOLERANCE_DAYS
from atlante.database import load_queries

if TYPE_CHECKING:
    from collections.abc import Collection

    from atlante.catalogue.indicators import Catalogue
    from atlante.catalogue.measures import Population
    from atlante.database import Connection

_QUERIES: Final = load_queries(__package__)
_LATEST_DAYS: Final = 183


@dataclass(frozen=True, slots=True)
class Followed:
    """The firms registered in a year, and the days on which they are looked at first and last."""

    year: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Days:
    """Reference dates of a source.

    Attributes
    ----------
    current
        The one that is built.
    earlier
        Those before it that may be counted, in order.
    known
        All of the source up to the current one, in order.
    """

    current: date
    earlier: tuple[date, ...]
    known: tuple[date, ...]

    @classmethod
    def read(cls, connection: Connection, source_id: str, current: date) -> Self:
        """Return the reference dates of the source's extracts up to one of them."""
        rows = connection.execute(_QUERIES["reference_dates"], {"source_id": source_id}).fetchall()
        known = tuple(day for (day,) in rows if day <= current)
        return cls(current, tuple(day for day in known if day < current), known)

    def placed_in(self, connection: Connection, source_id: str, vintage_id: str) -> Self:
        """Return the same, of which only those count whose firms are placed in a vintage."""
        named = {"source_id": source_id, "vintage_id": vintage_id}
        placed = {day for (day,) in connection.execute(_QUERIES["placed_days"], named).fetchall()}
        return type(self)(self.current, tuple(day for day in self.earlier if day in placed), self.known)

    def previous_if(self, populations: Collection[Population]) -> tuple[date, ...]:
        """Return the reference date before this one, if firms of it are asked for and may be counted."""
        before = [day for day in self.known if day < self.current][-1:]
        is_asked = any(name != "stock" for name in populations)
        return tuple(day for day in before if is_asked and day in self.earlier)

    def cohorts(self, catalogue: Catalogue) -> dict[int, Followed]:
        """Return by years of survival the cohort whose years end on this reference date; none where no cohort's do.

        A cohort is first seen on the first reference date from the last day of its year on, half a year after it at
        most: those that left before that would be missed. It is seen again on the reference date nearest to that day so
        many years later, a month away from it at most. The others were followed by earlier builds.
        """
        found = {}
        for years in sorted({one.survival.after_years for one in catalogue.indicators.values() if one.survival}):
            for year, first in self._first_seen().items():
                again = _years_after(first, years)
                near = [day for day in self.known if day > first and abs((day - again).days) <= TOLERANCE_DAYS]
                _, nearest = min(((abs((day - again).days), day) for day in near), default=(0, None))
                if first in self.earlier and nearest == self.current:
                    found[years] = Followed(year, first, self.current)
        return found

    def _first_seen(self) -> dict[int, date]:
        """Return by year the reference date on which those who registered in it are first seen."""
        found: dict[int, date] = {}
        for day in self.known:
            year = (day + timedelta(days=1)).year - 1
            if (day - date(year, 12, 31)).days <= _LATEST_DAYS:
                found.setdefault(year, day)
        return found


def _years_after(day: date, years: int) -> date:
    """Return the same day of a later year; of 29 February the 1st of March, where there is no such day."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, month=3, day=1)


def populations_of(catalogue: Catalogue) -> set[Population]:
    """Return which firms the measures of a catalogue are counted of."""
    return {measure.of for measure in catalogue.measures}
