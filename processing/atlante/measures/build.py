"""A build: the whole catalogue computed for one source and one day."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from atlante.catalogue.measures import ALL_FIRMS
from atlante.database import load_queries, sql
from atlante.errors import CheckFailed
from atlante.measures.counting import count_firms
from atlante.measures.observations import OBSERVATION_COLUMNS, is_computed, observe
from atlante.measures.tally import Tally, read_tally

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from atlante.catalogue.indicators import Catalogue
    from atlante.database import Connection
    from atlante.territories import Vintage

_QUERIES = load_queries(__package__)
_COPY = sql.SQL("COPY measure.observation ({}) FROM STDIN (FORMAT csv)").format(
    sql.SQL(", ").join(map(sql.Identifier, ("build_id", *OBSERVATION_COLUMNS)))
)


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

    ``indicators`` are the ids of those computed, ``not_computed`` of those that need more than the counts of one day.
    """

    build_id: int
    firms: int
    placed: int
    observations: int
    indicators: tuple[str, ...] = ()
    not_computed: tuple[str, ...] = ()


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
) -> BuildSummary:
    """Compute every indicator for every territory and write ``measure.build``, ``cell`` and ``observation``.

    Parameters
    ----------
    source_id, reference_date
        The firms: those of this source that are valid on this day and are placed in the vintage.
    sources
        Who made the inputs, as ``measure.build.sources`` holds it.
    recipe
        Inputs to be stored with the build; the definitions of the indicators are added.

    Raises
    ------
    CheckFailed
        If not exactly the placed firms were counted: the placement is of another vintage or register.
    """
    build = {
        "source_id": source_id,
        "reference_date": reference_date,
        "vintage_id": vintage.vintage_id,
        "recipe": json.dumps({**recipe, "indicators": _definitions(catalogue)}),
        "firms": placement.firms,
        "firms_placed": placement.placed,
        "firms_unplaced": json.dumps(dict(placement.unplaced)),
        "is_synthetic": is_synthetic,
        "sources": json.dumps(list(sources)),
        "run_id": run_id,
    }
    build_id = _insert_build(connection, build)
    connection.execute(_QUERIES["delete_superseded_builds"], {**build, "build_id": build_id})
    computed = catalogue.restricted(name for name, each in catalogue.indicators.items() if is_computed(each))
    count_firms(connection, computed.measures, {**build, "build_id": build_id})
    tally = read_tally(connection, computed, build_id=build_id, vintage_id=vintage.vintage_id)
    _check_all_counted(tally, placement)
    observations = [observe(each, tally, reference_date=reference_date) for each in computed.indicators.values()]
    written = _write(connection, build_id, pd.concat(observations, ignore_index=True))
    left_out = tuple(name for name in catalogue.indicators if name not in computed.indicators)
    return BuildSummary(build_id, placement.firms, placement.placed, written, tuple(computed.indicators), left_out)


def _definitions(catalogue: Catalogue) -> dict[str, Any]:
    return {
        name: indicator.model_dump(mode="json", by_alias=True, exclude={"id"}, exclude_none=True)
        for name, indicator in catalogue.indicators.items()
    }


def _insert_build(connection: Connection, build: Mapping[str, Any]) -> int:
    row = connection.execute(_QUERIES["insert_build"], build).fetchone()
    if row is None:
        raise AssertionError("INSERT … RETURNING returns a row")
    return int(row[0])


def _check_all_counted(tally: Tally, placement: PlacementCounts) -> None:
    """Raise CheckFailed unless the country holds exactly the placed firms."""
    counted = int(tally.total(ALL_FIRMS)[(tally.territories["level"] == "country").to_numpy()].sum())
    if counted != placement.placed:
        raise CheckFailed(
            f"{placement.placed:,} firms are placed, but {counted:,} were counted. "
            "The placement belongs to another boundary vintage or another state of the register: build again."
        )


def _write(connection: Connection, build_id: int, observations: pd.DataFrame) -> int:
    """Write observations by COPY, as CSV that Arrow renders: row by row it would take ten times as long."""
    observations.insert(0, "build_id", build_id)
    ordered = observations.sort_values(["indicator_id", "level", "territory_code", "period"])  # as the index is
    text = io.BytesIO()
    table = pa.Table.from_pandas(ordered, preserve_index=False)
    csv.write_csv(table, text, csv.WriteOptions(include_header=False))
    with connection.cursor() as cursor:
        with cursor.copy(_COPY) as copy:
            copy.write(text.getbuffer())
        return cursor.rowcount
