"""What clients need in pygeoapi's documents and do not find there, endpoint by endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pygeoapi.api.itemtypes import CONFORMANCE_CLASSES_FEATURES
from pygeoapi.api.tiles import CONFORMANCE_CLASSES as CONFORMANCE_CLASSES_TILES

from atlante.ogc.features import Page
from atlante.ogc.requests import answer_format, answer_language
from atlante.published import in_language, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atlante.published import Collection

_CONF: Final = "http://www.opengis.net/spec"
_NOT_OFFERED: Final = ("ogcapi-features-4/",)  # nobody writes through this service
FEATURE_CLASSES: Final = (
    *(name for name in CONFORMANCE_CLASSES_FEATURES if not any(part in name for part in _NOT_OFFERED)),
    f"{_CONF}/ogcapi-features-3/1.0/conf/filter",
    f"{_CONF}/ogcapi-features-3/1.0/conf/features-filter",
    f"{_CONF}/ogcapi-features-5/1.0/conf/schemas",
    f"{_CONF}/ogcapi-features-5/1.0/conf/core-roles-features",
    f"{_CONF}/ogcapi-features-5/1.0/conf/queryables",
    f"{_CONF}/cql2/1.0/conf/cql2-json",
    f"{_CONF}/cql2/1.0/conf/advanced-comparison-operators",
    f"{_CONF}/cql2/1.0/conf/case-insensitive-comparison",
    f"{_CONF}/cql2/1.0/conf/basic-spatial-functions",
    f"{_CONF}/cql2/1.0/conf/basic-spatial-functions-plus",
    f"{_CONF}/cql2/1.0/conf/spatial-functions",
    f"{_CONF}/cql2/1.0/conf/property-property",
)
TILE_CLASSES: Final = (*CONFORMANCE_CLASSES_TILES, "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset")
_UNOFFERED_RELATIONS: Final = ("processes", "job-list")
_INTERVAL: Final = {"valid_from": "primary-interval-start", "valid_to": "primary-interval-end"}  # of Part 5
_ERROR_MEMBERS: Final = {"code", "type", "description"}


def complete(endpoint: str | None, document: Any) -> Any:  # noqa: ANN401 - any document
    """Return a document with what its endpoint lacks; errors and all other documents as they are."""
    completer = _COMPLETERS.get((endpoint or "").removeprefix("pygeoapi."))
    is_error = isinstance(document, dict) and document.keys() == _ERROR_MEMBERS
    if completer is not None and not is_error and answer_format() in (None, "json"):
        completer(document)
    return document


def _landing_page(document: dict[str, Any]) -> None:
    """Leave out links to what is not offered."""
    document["links"] = [link for link in document["links"] if not link["rel"].endswith(_UNOFFERED_RELATIONS)]


def _collections(document: dict[str, Any]) -> None:
    for entry in document.get("collections", [document]):
        _collection(entry)


def _collection(document: dict[str, Any]) -> None:
    """Add the number of items, and the schema under the relation that GDAL follows."""
    document["itemCount"] = _published(document["id"]).item_count
    schemas = [link for link in document["links"] if link["type"] == "application/schema+json"]
    document["links"] += [link | {"rel": "describedby"} for link in schemas if link["rel"].endswith("/schema")]


def _queryables(document: dict[str, Any]) -> None:
    """Describe each queryable; QGIS filters by geometry only if its type is named by this reference."""
    document["properties"]["geometry"] = {
        "$ref": "https://geojson.org/schema/MultiPolygon.json",
        "x-ogc-role": "primary-geometry",
    }
    document["additionalProperties"] = False
    _describe(document)


def _schema(document: dict[str, Any]) -> None:
    """Describe each property and name the type of geometry."""
    document["properties"]["geometry"]["format"] = "geometry-multipolygon"
    _describe(document)


def _describe(document: Mapping[str, Any]) -> None:
    collection = _published(document["$id"].partition("/collections/")[2].partition("/")[0])
    language = answer_language()
    for name, schema in document["properties"].items():
        field = collection.fields.get(name)
        if field is None:
            continue
        schema["title"] = in_language(field.title, language)
        if collection.kind == "history" and name in _INTERVAL:
            schema["x-ogc-role"] = _INTERVAL[name]
        if field.unit is not None:
            schema["x-ogc-unit"] = field.unit
        if field.enum is not None:
            schema["enum"] = list(field.enum)


def _items(document: dict[str, Any]) -> None:
    """End the pages where they end, and give the time at which this content came into being.

    An answer is the same as long as its release is served, byte by byte: its ETag is a strong one.
    """
    if not isinstance(document, Page):
        return
    document["timeStamp"] = document.release.published_at.isoformat()
    if document.is_last:
        document["links"] = [link for link in document["links"] if link["rel"] != "next"]


def _published(collection_id: str) -> Collection:
    release = snapshot().release
    if release is None:
        raise LookupError(collection_id)
    return release.collections[collection_id]


_COMPLETERS: Final[Mapping[str, Callable[[dict[str, Any]], None]]] = {
    "landing_page": _landing_page,
    "collections": _collections,
    "collection_queryables": _queryables,
    "collection_schema": _schema,
    "collection_items": _items,
}
