"""A build: the whole catalogue computed for one source and one day."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from atlante.catalogue.measures import ALL_FIRMS
from atlante.database import load_queries
from atlante.errors import CheckFailed
from atlante.measures.comparability import comparable
from atlante.measures.conditions import ACTIVITY, EDITION
from atlante.measures.counts import CATEGORY_COLUMNS
from atlante.measures.definitions import Definitions
from atlante.measures.firms import Population
from atlante.measures.kinds.computation import Cohort, Computation
from atlante.measures.kinds.dispatch import compute_indicator
from atlante.measures.meaning import meanings
from atlante.measures.observations import write
from atlante.measures.past import Past
from atlante.measures.places import read_neighbours, read_places
from atlante.measures.reading import Reading
from atlante.measures.reference_dates import Days, populations_of
from atlante.measures.surveys import Surveys
from atlante.measures.tally import Tally
from atlante.measures.variables import read_variables

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from atlante.catalogue.indicators import Catalogue
    from atlante.catalogue.measures import Population as PopulationName
    from atlante.database import Connection
    from atlante.measures.counts import Counts
    from atlante.territories import Vintage

_QUERIES: Final = load_queries(__package__)
_ALWAYS_READ: Final = (ACTIVITY, EDITION, *CATEGORY_COLUMNS.values())


class PlacementCounts(Protocol):
    """How many firms were placed: ``firms`` = ``placed`` + the sum of ``unplaced``, which is by reason."""

    @property
    def firms(self) -> int: ...  # noqa: D102 - said above
    @property
    def placed(self) -> int: ...  # noqa: D102
    @property
    def unplaced(self) -> Mapping[str, int]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """What a build made: firms read, firms placed among them, observations written.

    ``indicators`` are the ids of those that have a value somewhere, ``not_available`` of those that have none: the
    build lacks the register, the columns, the past, the context or the answers that they need. ``notes`` say why values
    of earlier days could not be compared, and what to do.
    """

    build_id: int
    firms: int
    placed: int
    observations: int
    indicators: tuple[str, ...] = ()
    not_available: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def compute(  # noqa: PLR0913 - each is an input of the build, and by name
    connection: Connection,
    catalogue: Catalogue,
    *,
    source_id: str,
    reference_date: date,
    vintage: Vintage,
    placement: PlacementCounts,
    recipe: Mapping[str, Any],
    sources: Sequence[Mapping[str, Any]] = (),
    is_synthetic: bool,
    run_id: int,
    definitions: Definitions | None = None,
    source_columns: Collection[str] | None = None,
) -> BuildSummary:
    """Compute every indicator for every territory and write ``measure.build`` and ``measure.observation``.

    Firms of the reference date are read once for the whole catalogue. Firms of other days are read where an indicator
    asks for them and they are placed in the vintage (:func:`days_to_place` says which have to be).

    Parameters
    ----------
    source_id, reference_date
        The firms: those of this source that are valid on this day and are placed in the vintage.
    sources
        Who made the inputs, as ``measure.build.sources`` holds it.
    recipe
        Inputs to be stored with the build; the definitions of the indicators are added.
    definitions
        Filiere, sectors, surveys and models; None: there are none.
    source_columns
        Columns that the source has by its definition; the others are unknown of all firms. None: any may be there.

    Raises
    ------
    CheckFailed
        If not exactly the placed firms were counted: the placement is of another vintage or register.
    """
    definitions = definitions or Definitions()
    places = read_places(connection, vintage.vintage_id)
    reading = Reading(connection, catalogue, definitions, places, source_id, source_columns)
    of = _computation(reading, reference_date, vintage)
    _check_all_counted(of.tally, placement)
    build = {
        "source_id": source_id,
        "reference_date": reference_date,
        "vintage_id": vintage.vintage_id,
        "recipe": json.dumps({**recipe, **_recipe(catalogue, definitions, of)}),
        "firms": placement.firms,
        "firms_placed": placement.placed,
        "firms_unplaced": json.dumps(dict(placement.unplaced)),
        "is_synthetic": is_synthetic,
        "sources": json.dumps(list(sources)),
        "run_id": run_id,
    }
    build_id = _insert_build(connection, build)
    connection.execute(_QUERIES["delete_superseded_builds"], {**build, "build_id": build_id})
    written, available = 0, set[str]()
    for indicator in catalogue.in_order_of_computation:
        found = [comparable(indicator, each, of) for each in compute_indicator(indicator, of, catalogue.indicators)]
        if found:
            of.results[indicator.id] = found[0]
        if any(np.isfinite(each.value).any() for each in found):
            available.add(indicator.id)
        written += sum(write(connection, build_id, indicator, each, of) for each in found)
    connection.execute(_QUERIES["summarise_observations"])
    computed = tuple(name for name in catalogue.indicators if name in available)
    lacking = tuple(name for name in catalogue.indicators if name not in available)
    return BuildSummary(
        build_id, placement.firms, placement.placed, written, computed, lacking, tuple(sorted(of.past.notes))
    )


def days_to_place(
    connection: Connection, catalogue: Catalogue, source_id: str, reference_date: date, *, vintage_id: str
) -> list[date]:
    """Return the earlier days whose firms a build counts, too, and that are not placed in its vintage yet."""
    days = Days.read(connection, source_id, reference_date)
    asked = {*days.previous_if(populations_of(catalogue)), *(each.first for each in days.cohorts(catalogue).values())}
    return sorted(asked - set(days.placed_in(connection, source_id, vintage_id).earlier))


def _computation(reading: Reading, reference_date: date, vintage: Vintage) -> Computation:
    """Read firms, context and past."""
    connection, places, catalogue = reading.connection, reading.places, reading.catalogue
    source_id, definitions = reading.source_id, reading.definitions
    days = Days.read(connection, source_id, reference_date).placed_in(connection, source_id, vintage.vintage_id)
    populations: dict[PopulationName, Counts] = {
        "stock": reading.counts(Population("firms_of_day", source_id, reference_date), "stock")
    }
    for previous in days.previous_if(populations_of(catalogue)):
        populations |= reading.flows(previous, reference_date)
    names = {name for indicator in catalogue.indicators.values() for name in indicator.needs.context}
    build: dict[str, Any] = {"source_id": source_id, "reference_date": reference_date}
    surveys, models, vintage_day = definitions.surveys, definitions.models, vintage.reference_date
    return Computation(
        **build,
        places=places,
        tally=Tally(places, populations),
        variables=read_variables(connection, names, places, reference_date=reference_date, vintage_day=vintage_day),
        past=Past(connection, places, vintage_day=vintage_day, meanings=meanings(catalogue, definitions), **build),
        surveys=Surveys(connection, surveys, models, vintage_id=vintage.vintage_id, **build),
        cohorts={
            years: Cohort(each.year, Tally(places, {"stock": reading.cohort(each.first, each.last)}))
            for years, each in days.cohorts(catalogue).items()
        },
        neighbours=cache(lambda: read_neighbours(connection, places)),
    )


def _recipe(catalogue: Catalogue, definitions: Definitions, of: Computation) -> dict[str, Any]:
    """Return what was computed, by id: the definitions, what they mean in all, and the partial shares of filiere."""
    defined = {
        name: indicator.model_dump(mode="json", by_alias=True, exclude={"id"}, exclude_none=True)
        for name, indicator in catalogue.indicators.items()
    }
    shares = of.tally.populations["stock"].partial_shares
    return {"indicators": defined, "meanings": meanings(catalogue, definitions), "partial_shares": shares}


def _insert_build(connection: Connection, build: Mapping[str, Any]) -> int:
    row = connection.execute(_QUERIES["insert_build"], build).fetchone()
    if row is None:
        raise AssertionError("INSERT … RETURNING returns a row")
    return int(row[0])


def _check_all_counted(tally: Tally, placement: PlacementCounts) -> None:
    """Raise CheckFailed unless the country holds exactly the placed firms."""
    counted = int(tally.total(ALL_FIRMS, [0])[0, -1]) if tally.places.n else 0
    if counted != placement.placed:
        raise CheckFailed(
            f"{placement.placed:,} firms are placed, but {counted:,} were counted. "
            "The placement belongs to another boundary vintage or another state of the register: build again."
        )
