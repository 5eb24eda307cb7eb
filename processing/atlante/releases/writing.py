"""Rows of ``publish``: a release, its collections, their features."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from atlante.database import copy_table
from atlante.errors import CheckFailed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor, Future

    from atlante.catalogue.publication import CollectionDefinition
    from atlante.database import Connection, Queries
    from atlante.geometry import BBox
    from atlante.releases.features import FeatureTable, Texts
    from atlante.releases.field import Field
    from atlante.releases.linkage import Linkage

_BATCH: Final = 50_000  # features made at once


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
                "begins": pc.min(features.periods[0]).as_py() if features.periods else None,
                "ends": _last_day(features.periods[1]) if features.periods else None,
                "item_count": len(features),
                "has_tiles": definition.tiles,
            },
        )
        written = 0
        with ThreadPoolExecutor(max_workers=1) as maker:
            for rows in _made_ahead(maker, (partial(self._rows, content, *part) for part in _parts(features))):
                written += copy_table(self.connection, "publish.feature", rows)
        if written != len(features):
            raise CheckFailed(
                f"{definition.collection_id} was not published: {written:,} of {len(features):,} features."
            )
        return written

    def _rows(self, content: Content, table: FeatureTable, first: int) -> pa.Table:
        """Return the columns of ``publish.feature`` of some features, the first of which has this number."""
        n, json = len(table), table.as_json()
        vintages, codes = table.shapes or (pa.repeat(self.build.vintage_id, n), table.territory_codes)
        nothing = pa.nulls(n, pa.string())
        begins, ends = table.periods or (nothing, nothing)
        return pa.table(
            {
                "release_id": pa.repeat(self.release_id, n),
                "collection_id": pa.repeat(content.definition.collection_id, n),
                "feature_number": pa.array(range(first, first + n), pa.int32()),
                "feature_id": table.ids,
                "vintage_id": vintages,
                "level": pa.repeat(content.definition.level.value, n),
                "territory_code": codes,
                "period_begin": begins,
                "period_end": ends,
                "properties": json.known,
                "properties_json": json.properties,
                "tile_properties": json.in_tiles,
            }
        )


def _parts(features: FeatureTable) -> Iterator[tuple[FeatureTable, int]]:
    """Yield features some at a time, with the number of the first of them."""
    first = 1
    for part in features.batches(_BATCH):
        yield part, first
        first += len(part)


def _made_ahead(maker: Executor, makers: Iterator[Callable[[], pa.Table]]) -> Iterator[pa.Table]:
    """Yield tables, each made while the server takes in the one before."""
    upcoming: Future[pa.Table] | None = None
    for make in makers:
        last, upcoming = upcoming, maker.submit(make)
        if last is not None:
            yield last.result()
    if upcoming is not None:
        yield upcoming.result()


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


def _last_day(ends: Texts) -> str | None:
    """Return the last day of a collection; None where it has none, or goes on."""
    last: str | None = pc.max(ends).as_py()  # infinity sorts after every date
    return None if last == "infinity" else last


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
