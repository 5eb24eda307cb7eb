"""The earlier builds of a source: values of before, on the territories of a later vintage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from atlante.database import load_queries
from atlante.measures.earlier import Earlier, EarlierRows, read_rows
from atlante.measures.ground import Edition, Ground, read_ground
from atlante.measures.places import read_places

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from atlante.catalogue.indicators import Indicator
    from atlante.catalogue.periods import Base
    from atlante.database import Connection
    from atlante.measures.meaning import Meanings
    from atlante.measures.places import Places
    from atlante.measures.slices import Slice

_QUERIES: Final = load_queries(__package__)


@dataclass(frozen=True, slots=True)
class _Build:
    build_id: int
    day: dt.date
    vintage_id: str
    vintage_day: dt.date
    meanings: Meanings | None

    @property
    def edition(self) -> Edition:
        return Edition(self.vintage_id, self.vintage_day)

    def means(self, what: str, name: str) -> str | None:
        """Return the digest of what an indicator or filiera meant to it; None: it did not have it."""
        return (self.meanings or {}).get(what, {}).get(name)


class Past:
    """The builds of a source of the days before a reference date.

    Parameters
    ----------
    vintage_day
        The day of the boundaries that ``places`` are of.
    meanings
        What the indicators and filiere of the build itself mean.

    Attributes
    ----------
    notes
        Why values could not be compared, as sentences that say what to do; in no order, each once.
    """

    def __init__(
        self,
        connection: Connection,
        places: Places,
        *,
        source_id: str,
        reference_date: dt.date,
        vintage_day: dt.date,
        meanings: Meanings,
    ) -> None:
        self._connection, self._places, self._source_id = connection, places, source_id
        self._until, self._day, self._meanings = Edition(places.vintage_id, vintage_day), reference_date, meanings
        named = {"source_id": source_id, "reference_date": reference_date}
        rows = connection.execute(_QUERIES["earlier_builds"], named).fetchall()
        self._builds = {build.day: build for build in (_Build(*row) for row in rows)}
        extracts = connection.execute(_QUERIES["reference_dates"], {"source_id": source_id}).fetchall()
        self._known = {*self._builds, *(day for (day,) in extracts)}
        self._grounds: dict[str, tuple[Places, Ground | None]] = {}
        self._read: dict[tuple[str, dt.date, tuple[int, ...]], Earlier | None] = {}
        self.notes: set[str] = set()

    def day_of(self, base: Base) -> dt.date | None:
        """Return the reference date that a base means; None where there is none, or it is not built.

        It is chosen among the extracts: one that is loaded and not built is not passed over for another one.
        """
        day = base.among(self._day, self._known)
        if day is None or day == self._day or day in self._builds:
            return day
        self.notes.add(
            f"{self._source_id}: {day} is loaded, but not built, so that what changed since then is not available. "
            f"Run `atlante build --source {self._source_id} --period {day}`, then build {self._day} again."
        )
        return None

    def read(self, indicator: Indicator, day: dt.date, parts: Sequence[int], slices: Sequence[Slice]) -> Earlier | None:
        """Return the values of an indicator on an earlier day; None where it was computed in another way then.

        Where that build is of other boundaries, a territory whose ground is the same has its own value of then. Of the
        others counts, shares and rates are put together anew from their converted numerators and denominators; values
        of other kinds can't be, and those of ground that nobody tells about are not known: they are nan.
        """
        key = (indicator.id, day, tuple(parts))
        if key not in self._read:
            self._read[key] = self._earlier(indicator, self._builds[day], parts, slices)
        return self._read[key]

    def _earlier(
        self, indicator: Indicator, build: _Build, parts: Sequence[int], slices: Sequence[Slice]
    ) -> Earlier | None:
        if build.means("indicators", indicator.id) != self._meanings["indicators"].get(indicator.id):
            self._note_meaning(build, indicator.id)
            return None
        before, ground = self._ground(build)
        rows = read_rows(self._connection, before, build.build_id, build.day, indicator, [slices[n] for n in parts])
        rows = self._of_same_filiere(rows, build)
        return rows.as_they_are() if ground is None else rows.converted(ground)

    def _of_same_filiere(self, rows: EarlierRows, build: _Build) -> EarlierRows:
        """Return rows without those of filiere that had other codes then, or were none."""
        names = {each.filiera for each in rows.slices} - {""}
        changed = {name for name in names if build.means("filiere", name) != self._meanings["filiere"].get(name)}
        for name in sorted(changed):
            self._note_meaning(build, name)
        return rows.without(np.array([each.filiera in changed for each in rows.slices])) if changed else rows

    def _note_meaning(self, build: _Build, name: str) -> None:
        self.notes.add(
            f"{self._source_id}: {name} was defined otherwise when {build.day} was built, so that its change since "
            f"then is not available. Run `atlante build --source {self._source_id} --period {build.day}`, then build "
            f"{self._day} again."
        )

    def _ground(self, build: _Build) -> tuple[Places, Ground | None]:
        """Return the territories of a build, and how they became those of this one; None: they are the same."""
        if build.vintage_id == self._places.vintage_id:
            return self._places, None
        if build.vintage_id not in self._grounds:
            before = read_places(self._connection, build.vintage_id)
            ground = read_ground(self._connection, before, self._places, since=build.edition, until=self._until)
            self._grounds[build.vintage_id] = before, ground
            self._note_ground(build, ground)
        return self._grounds[build.vintage_id]

    def _note_ground(self, build: _Build, ground: Ground) -> None:
        n = int((~ground.is_known[: self._places.n_municipalities]).sum())
        if n:
            municipalities = f"{n:,} municipality" if n == 1 else f"{n:,} municipalities"
            self.notes.add(
                f"{self._source_id}: {build.day} was built with the boundaries of {build.vintage_day}, and nobody "
                f"tells what ground {municipalities} had then: their change since is not available. Load what tells "
                f"it with `atlante territories load`, or run `atlante build --source {self._source_id} --period all`."
            )
