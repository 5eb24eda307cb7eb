"""Reads the populations of a build, each with the columns that its measures ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from atlante.measures.conditions import ACTIVITY, EDITION
from atlante.measures.counts import CATEGORY_COLUMNS, Counts
from atlante.measures.firms import Population, read_firms
from atlante.measures.reference_dates import populations_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    from atlante.catalogue.indicators import Catalogue
    from atlante.catalogue.measures import Measure
    from atlante.catalogue.measures import Population as PopulationName
    from atlante.database import Connection
    from atlante.measures.definitions import Definitions
    from atlante.measures.places import Places

_ALWAYS_READ: Final = (ACTIVITY, EDITION, *CATEGORY_COLUMNS.values())


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads populations of one source."""

    connection: Connection
    catalogue: Catalogue
    definitions: Definitions
    places: Places
    source_id: str
    source_columns: Collection[str] | None

    def counts(self, population: Population, name: PopulationName, *, measures: Sequence[Measure] = ()) -> Counts:
        """Return the counts of a population, ready for the measures of the catalogue that are counted of it."""
        asked = measures or [measure for measure in self.catalogue.measures if measure.of == name]
        columns = self._columns(asked, is_all=name == "stock" and not measures)
        has = self.source_columns
        there = [name for name in columns if has is None or name in has or name == EDITION]
        firms = read_firms(self.connection, population, there, self.places)
        firms.add_unknown(columns)
        groups = self.definitions.filiere, self.definitions.sectors
        counts = Counts(firms, self.places.n_municipalities, *groups)
        counts.prepare(self.connection, [measure for measure in asked if measure.sectors <= counts.sectors])
        return counts

    def flows(self, previous: date, reference_date: date) -> dict[PopulationName, Counts]:
        """Return the firms that entered and left since a day, and those of that day, as far as they are asked for."""
        populations: dict[PopulationName, Population] = {
            "previous": Population("firms_of_day", self.source_id, previous),
            "entries": Population("entered_firms", self.source_id, reference_date, since=previous),
            "exits": Population("left_firms", self.source_id, previous, until=reference_date),
        }
        asked = populations_of(self.catalogue)
        return {name: self.counts(each, name) for name, each in populations.items() if name in asked}

    def cohort(self, first: date, last: date) -> Counts:
        """Return the firms of a day with whether they are there on a later one, for the indicators of survival."""
        measures = [each for one in self.catalogue.indicators.values() if one.survival for each in one.measures]
        population = Population("cohort_firms", self.source_id, first, until=last)
        return self.counts(population, "stock", measures=measures)

    def _columns(self, measures: Iterable[Measure], *, is_all: bool) -> list[str]:
        names = {name for measure in measures for name in measure.columns}
        needs = [one.needs.columns for one in self.catalogue.indicators.values() if is_all or one.survival]
        return sorted({*_ALWAYS_READ, *names, *(name for columns in needs for name in columns)})
