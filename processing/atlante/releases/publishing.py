"""The last stop: a build becomes the release that is served, or nothing changes."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from atlante.database import load_queries, read_table
from atlante.disclosure import Rule
from atlante.errors import CheckFailed, NothingLoaded
from atlante.releases.coherence import check_defined
from atlante.releases.contents import Material, features_of
from atlante.releases.definitions import definition_table
from atlante.releases.features import round_values
from atlante.releases.fields import fields_of
from atlante.releases.history import HistoryLevels, read_history_source
from atlante.releases.linkage import PLACED_COLUMNS, Linkage, linkage_tables, with_accounts
from atlante.releases.observations import LevelObservations
from atlante.releases.protection import protect_observations
from atlante.releases.shapes import geometry_of
from atlante.releases.territories import read_territories
from atlante.releases.writing import Build, Content, ReleaseWriter, insert_release

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from atlante.catalogue.groups import ActivityGroup
    from atlante.catalogue.indicators import Catalogue, Indicator
    from atlante.catalogue.levels import Level
    from atlante.catalogue.publication import CollectionDefinition, Publication
    from atlante.database import Connection
    from atlante.measures import Meanings
    from atlante.releases.territories import Territories

_QUERIES = load_queries("atlante.releases")
_TEXTS = ["level", "territory_code", "indicator_id", "period", "filiera", "stage", "breakdown", "category"]
_NUMBERS = ["value", "low", "high", "smoothed", "numerator", "denominator", "converted_share"]
_WHOLE_NUMBERS = ["rank_low", "rank_high", "firms", "firms_unknown"]
_OBSERVATION_SCHEMA: pa.Schema = pa.schema(
    dict.fromkeys(_TEXTS, pa.string())
    | dict.fromkeys(_NUMBERS, pa.float64())
    | dict.fromkeys(_WHOLE_NUMBERS, pa.int64())
    | {"is_low_reliability": pa.bool_()}
)
_PANDAS_TYPES = {pa.int64(): pd.Int64Dtype(), pa.string(): pd.StringDtype("pyarrow", np.nan)}


@dataclass(frozen=True, slots=True)
class ReleaseSummary:
    """A release in numbers."""

    release_id: str
    reference_date: dt.date
    collections: int
    features: int
    suppressed: int
    is_synthetic: bool


def publish(  # noqa: PLR0913 - what the catalogue defines, by name
    connection: Connection,
    catalogue: Catalogue,
    publication: Publication,
    *,
    filiere: Sequence[ActivityGroup] = (),
    sectors: Sequence[ActivityGroup] = (),
    meanings: Meanings | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> ReleaseSummary:
    """Publish the newest day of the source built last as the current release, inside the caller's transaction.

    Observations of its earlier days go with it, as far as they are of the same boundaries and definitions.

    Parameters
    ----------
    filiere, sectors
        As the catalogue defines them.
    meanings
        What its definitions mean (:func:`atlante.measures.meanings`), to be that of the build; None: it is not asked.
    report
        Is told what is being done, in a few words.

    Raises
    ------
    NothingLoaded
        If nothing has been built.
    CheckFailed
        If the catalogue lacks an indicator of the build, or defines it or a filiera otherwise.
    """
    build = _latest_build(connection)
    with geometry_of(connection, _QUERIES, build.vintage_id) as write_geometry:
        report("history")
        source = read_history_source(connection)
        territories = read_territories(
            connection, _QUERIES, build.vintage_id, boundary_date=build.boundary_date, known=source.history
        )
        report("protection")
        rule = Rule(publication.threshold, publication.pool, publication.decoy_share, _key(connection))
        told = _told(connection, build, territories, (catalogue, meanings), rule)
        linkage = Linkage.of(build.firms, build.firms_placed, build.firms_unplaced, threshold=rule.threshold)
        qualities = linkage_tables(_read_placements(connection, build), territories, rule)
        material = Material(
            territories,
            told.by_level,
            told.indicators,
            HistoryLevels(connection, source, build.vintage_id),
            with_accounts(qualities, linkage),
            build.reference_date.isoformat(),
            definition_table(told.indicators, (*filiere, *sectors), build.recipe.get("partial_shares", {})),
        )
        collections = publication.collections(filiere)
        recipe = build.recipe | {
            "protection": publication.model_dump(include={"threshold", "pool", "decoy_share"}),
            "history": source.recipe,
            "vintage_id": build.vintage_id,
            "build_id": build.build_id,
        }
        release_id = insert_release(connection, _QUERIES, build, recipe=recipe, linkage=linkage)
        writer = ReleaseWriter(connection, _QUERIES, build, release_id, publication.keywords, territories.bounds)
        chosen = _Chosen(collections, publication.tiles_indicators, tuple(group.id for group in filiere))
        features = _write(writer, chosen, material, report)
        report("geometry and tiles")
        write_geometry()
    report("audit")
    _audit(connection, release_id)
    report("old releases")
    connection.execute(_QUERIES["delete_old_releases"], {"keep": publication.keep_releases})
    connection.execute(_QUERIES["delete_unused_geometry"])
    connection.execute(_QUERIES["refresh_statistics"])
    return ReleaseSummary(
        release_id, build.reference_date, len(collections), features, told.suppressed, build.is_synthetic
    )


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The collections that are written, the indicators that tiles carry, and the ids of the filiere."""

    collections: Sequence[CollectionDefinition]
    in_tiles: Sequence[str]
    filiere: Sequence[str]


def _write(writer: ReleaseWriter, chosen: _Chosen, material: Material, report: Callable[[str], None]) -> int:
    """Write every collection; return the number of features."""
    features = 0
    for position, definition in enumerate(chosen.collections, start=1):
        report(definition.collection_id)
        indicators = material.indicators_of(definition)
        fields = fields_of(definition, indicators, in_tiles=chosen.in_tiles, filiere=chosen.filiere)
        table = features_of(definition, fields, material)
        features += writer.add(Content(definition, fields, table), position=position)
    return features


def current_release(connection: Connection) -> dict[str, Any] | None:
    """Return what is served now: id, dates, vintage, linkage; None before the first release."""
    cursor = connection.execute(_QUERIES["current_release"])
    row = cursor.fetchone()
    if row is None:
        return None
    return dict(zip((column.name for column in cursor.description or ()), row, strict=True))


def _key(connection: Connection) -> bytes:
    """Return the secret of this database that picks among equal cells: the same in every release."""
    name = "suppression"
    connection.execute(_QUERIES["keep_secret"], {"name": name, "value": secrets.token_bytes(32)})
    row = connection.execute(_QUERIES["secret"], {"name": name}).fetchone()
    return bytes(row[0]) if row else b""


def _audit(connection: Connection, release_id: str) -> None:
    """Raise if a feature of a release lacks what it is served with."""
    orphan = connection.execute(_QUERIES["features_without_geometry"], {"release_id": release_id}).fetchone()
    if orphan is not None:
        raise CheckFailed(f"Release {release_id} was not published: {orphan[1]} of {orphan[0]} has no geometry.")


def _latest_build(connection: Connection) -> Build:
    row = connection.execute(_QUERIES["latest_build"]).fetchone()
    if row is None:
        raise NothingLoaded("build", "atlante build")
    return Build(*row)


def _read_placements(connection: Connection, build: Build) -> pd.DataFrame:
    """Return the placed firms of a build by municipality and method."""
    rows = connection.execute(_QUERIES["placements_of_build"], asdict(build)).fetchall()
    placed = pd.DataFrame(rows, columns=list(PLACED_COLUMNS))
    if placed["firms"].sum() != build.firms_placed:
        raise CheckFailed(
            f"Build {build.build_id} placed {build.firms_placed:,} firms, but the placements are of "
            f"{placed['firms'].sum():,}. They were made again since, or by another version: run `atlante build`."
        )
    return placed


@dataclass(frozen=True, slots=True)
class _Told:
    """What may be told: protected observations by level, their indicators, and how many values were suppressed."""

    by_level: Mapping[Level, LevelObservations]
    indicators: Sequence[Indicator]
    suppressed: int


def _told(
    connection: Connection,
    build: Build,
    territories: Territories,
    defined: tuple[Catalogue, Meanings | None],
    rule: Rule,
) -> _Told:
    """Read, protect and round the observations; of their tables, a gigabyte for a million rows, only arrays stay."""
    catalogue, meanings = defined
    observations = _read_observations(connection, build)
    computed = set(observations["indicator_id"])
    check_defined(computed, catalogue, build.recipe, meanings)
    indicators = tuple(each for each in catalogue.indicators.values() if each.id in computed)
    protected = protect_observations(observations, territories, catalogue, rule)
    del observations
    rounded = round_values(protected, indicators)
    suppressed = int((protected["status"] == "suppressed").sum())
    del protected
    by_level = {
        level: LevelObservations(rounded[rounded["level"] == level.value], table, indicators)
        for level, table in territories.tables.items()
    }
    return _Told(by_level, indicators, suppressed)


def _read_observations(connection: Connection, build: Build) -> pd.DataFrame:
    table = read_table(
        connection, _QUERIES["observations_of_release"], {"build_id": build.build_id}, _OBSERVATION_SCHEMA
    )
    return table.to_pandas(types_mapper=_PANDAS_TYPES.get)
