"""Rows of ``publish``: a release, its collections, their features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from atlante.database import copy_rows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from atlante.catalogue.publication import CollectionDefinition
    from atlante.database import Connection, Queries
    from atlante.geometry import BBox
    from atlante.releases.features import FeatureTable
    from atlante.releases.fields import Field
    from atlante.releases.linkage import Linkage

_FEATURE_COLUMNS = (
    "release_id", "collection_id", "feature_number", "feature_id", "vintage_id", "level", "territory_code",
    "period_begin", "period_end", "properties", "properties_json", "tile_properties",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Build:
    """The build that becomes a release: a row of ``measure.build``."""

    build_id: int
    source_id: str
    reference_date: dt.date
    vintage_id: str
    recipe: dict[str, Any]
    firms: int
    firms_placed: int
    firms_unplaced: dict[str, int]
    is_synthetic: bool
    sources: list[dict[str, Any]]
    boundary_date: dt.date


@dataclass(frozen=True, slots=True)
class Content:
    """A collection with its features, ready to be written."""

    definition: CollectionDefinition
    fields: Sequence[Field]
    features: FeatureTable


@dataclass(frozen=True, slots=True)
class ReleaseWriter:
    """Writes one release, collection by collection, on the caller's transaction.

    Attributes
    ----------
    keywords, bounds
        What all collections of the release have in common.
    """

    connection: Connection
    queries: Queries
    build: Build
    release_id: str
    keywords: Sequence[str]
    bounds: BBox

    def add(self, content: Content, *, position: int) -> int:
        """Write a collection and its features; return their number."""
        definition, features = content.definition, content.features
        self.connection.execute(
            self.queries["insert_collection"],
            {
                "release_id": self.release_id,
                "collection_id": definition.collection_id,
                "position": position,
                "kind": definition.kind.value,
                "level": definition.level.value,
                "title": _json(definition.title.as_dict()),
                "description": _json(definition.description.as_dict()),
                "keywords": list(self.keywords),
                "fields": _json([field.as_dict() for field in content.fields]),
                "bbox": [self.bounds.min_lon, self.bounds.min_lat, self.bounds.max_lon, self.bounds.max_lat],
                "begins": min(begin for begin, _ in features.periods) if features.periods else None,
                "ends": _last_day(features.periods or ()),
                "item_count": len(features),
                "has_tiles": definition.tiles,
            },
        )
        return copy_rows(self.connection, "publish.feature", _FEATURE_COLUMNS, self._rows(content))

    def _rows(self, content: Content) -> Iterator[tuple[str | int | None, ...]]:
        table = content.features
        collection = (self.release_id, content.definition.collection_id)
        level = content.definition.level.value
        periods: Sequence[tuple[str | None, str | None]] = table.periods or [(None, None)] * len(table)
        shapes = table.shapes or [(self.build.vintage_id, code) for code in table.territory_codes]
        columns = zip(table.ids, shapes, periods, table.properties, table.tile_properties, strict=True)
        for number, (feature_id, (vintage_id, code), period, sent, in_tiles) in enumerate(columns, start=1):
            yield (*collection, number, feature_id, vintage_id, level, code, *period, sent, sent, in_tiles)


def insert_release(
    connection: Connection, queries: Queries, build: Build, *, recipe: dict[str, Any], linkage: Linkage
) -> str:
    """Make a new release the current one and return its id."""
    row = connection.execute(queries["next_release_number"], {"reference_date": build.reference_date}).fetchone()
    release_id = f"{build.reference_date}.{row[0] if row else 1}"
    connection.execute(queries["retire_current_release"])
    connection.execute(
        queries["insert_release"],
        {
            "release_id": release_id,
            "reference_date": build.reference_date,
            "vintage_id": build.vintage_id,
            "is_synthetic": build.is_synthetic,
            "recipe": _json(recipe),
            "linkage": _json(linkage.as_dict()),
            "sources": _json(build.sources),
        },
    )
    return release_id


def _last_day(periods: Iterable[tuple[str, str]]) -> str | None:
    """Return the last day of a collection; None where it has no time, or goes on."""
    last = max((end for _, end in periods), default=None)  # infinity sorts after every date
    return None if last == "infinity" else last


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
