"""The last stop: a build becomes the release that is served, or nothing changes."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from atlante.database import load_queries
from atlante.disclosure import Rule
from atlante.errors import CheckFailed, NothingLoaded
from atlante.releases.contents import Material, features_of
from atlante.releases.features import round_values
from atlante.releases.fields import fields_of
from atlante.releases.history import HistoryLevels, read_history_source
from atlante.releases.linkage import PLACED_COLUMNS, Linkage, linkage_tables, with_accounts
from atlante.releases.protection import protect_observations
from atlante.releases.shapes import geometry_of
from atlante.releases.territories import read_territories
from atlante.releases.writing import Build, Content, ReleaseWriter, insert_release

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from atlante.catalogue.indicators import Catalogue
    from atlante.catalogue.publication import Publication
    from atlante.database import Connection

_QUERIES = load_queries("atlante.releases")
_OBSERVATION_COLUMNS = [
    "level", "territory_code", "indicator_id", "period", "value", "low", "high", "numerator", "denominator", "firms",
    "firms_unknown",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReleaseSummary:
    """A release in numbers."""

    release_id: str
    reference_date: dt.date
    collections: int
    features: int
    suppressed: int
    is_synthetic: bool


def publish(
    connection: Connection,
    catalogue: Catalogue,
    publication: Publication,
    *,
    report: Callable[[str], None] = lambda _: None,
) -> ReleaseSummary:
    """Publish the newest build as the current release, inside the caller's transaction.

    Parameters
    ----------
    report
        Is told what is being done, in a few words.

    Raises
    ------
    NothingLoaded
        If nothing has been built.
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
        observations = _read_observations(connection, build)
        protected = protect_observations(observations, territories, catalogue, rule)
        computed = set(observations["indicator_id"])
        indicators = tuple(each for each in catalogue.indicators.values() if each.id in computed)
        linkage = Linkage.of(build.firms, build.firms_placed, build.firms_unplaced, threshold=rule.threshold)
        qualities = linkage_tables(_read_placements(connection, build), territories, rule)
        material = Material(
            territories,
            round_values(protected, indicators),
            indicators,
            HistoryLevels(connection, source, build.vintage_id),
            with_accounts(qualities, linkage),
            build.reference_date.isoformat(),
        )
        recipe = build.recipe | {
            "protection": publication.model_dump(include={"threshold", "pool", "decoy_share"}),
            "history": source.recipe,
            "vintage_id": build.vintage_id,
            "build_id": build.build_id,
        }
        release_id = insert_release(connection, _QUERIES, build, recipe=recipe, linkage=linkage)
        writer = ReleaseWriter(connection, _QUERIES, build, release_id, publication.keywords, territories.bounds)
        features = _write(writer, publication, material, report)
        report("geometry and tiles")
        write_geometry()
    report("audit")
    _audit(connection, release_id)
    report("old releases")
    connection.execute(_QUERIES["delete_old_releases"], {"keep": publication.keep_releases})
    connection.execute(_QUERIES["delete_unused_geometry"])
    connection.execute(_QUERIES["refresh_statistics"])
    suppressed = int((protected["status"] == "suppressed").sum())
    return ReleaseSummary(
        release_id, build.reference_date, len(publication.collection), features, suppressed, build.is_synthetic
    )


def _write(writer: ReleaseWriter, publication: Publication, material: Material, report: Callable[[str], None]) -> int:
    """Write every collection; return the number of features."""
    features = 0
    for position, definition in enumerate(publication.collection, start=1):
        report(definition.collection_id)
        fields = fields_of(definition.kind, definition.level, material.indicators)
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


def _read_observations(connection: Connection, build: Build) -> pd.DataFrame:
    rows = connection.execute(_QUERIES["observations_of_build"], {"build_id": build.build_id}).fetchall()
    return pd.DataFrame(rows, columns=_OBSERVATION_COLUMNS).astype(
        dict.fromkeys(("value", "low", "high", "numerator", "denominator"), "float64")
        | {"firms": "Int64", "firms_unknown": "Int64"}
    )
