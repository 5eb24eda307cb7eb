"""Components of the OpenAPI document that pygeoapi leaves to files elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atlante.ogc.configuration import DEFAULT_ITEMS, MOST_ITEMS
from atlante.ogc.crs import CRS84

if TYPE_CHECKING:
    from collections.abc import Mapping

_OBJECT: Final = {"type": "object"}


def reference(kind: str, name: str) -> dict[str, str]:
    """Return a reference to a component of the same document."""
    return {"$ref": f"#/components/{kind}/{name}"}


def _query(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "required": False,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


def _path(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "description": description, "required": True, "schema": {"type": "string"}}


def _response(description: str, media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def _error(description: str) -> dict[str, Any]:
    return _response(description, "application/json", reference("schemas", "exception"))


_PARAMETERS: Final = {
    "limit": _query(
        "limit",
        f"How many items to return at most: {DEFAULT_ITEMS} if not given, never more than {MOST_ITEMS}.",
        {"type": "integer", "minimum": 1, "maximum": MOST_ITEMS, "default": DEFAULT_ITEMS},
    ),
    "datetime": _query("datetime", "A date or time, or two with a slash; an open end is '..'.", {"type": "string"}),
    "sortby": _query(
        "sortby",
        "Properties to sort by, each with '+' (ascending) or '-' (descending) before it.",
        {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "[+|-]?[A-Za-z_].*"}},
    ),
    "filter": _query("filter", "A condition in CQL2 Text.", {"type": "string"}),
    "filter-lang": _query(
        "filter-lang", "The language of the filter.", {"type": "string", "enum": ["cql2-text"], "default": "cql2-text"}
    ),
    "filter-crs": _query(
        "filter-crs",
        "The reference system of coordinates in the filter.",
        {"type": "string", "format": "uri", "default": CRS84},
    ),
    "featureId": _path("featureId", "The id of an item."),
    "tileMatrixSetId": _path("tileMatrixSetId", "The tile matrix set: WebMercatorQuad."),
    "tileMatrix": _path("tileMatrix", "The zoom, from 0."),
    "tileRow": _path("tileRow", "The row, from 0 in the north."),
    "tileCol": _path("tileCol", "The column, from 0 in the west."),
}
_RESPONSES: Final = {
    "LandingPage": _response("A document with links.", "application/json", _OBJECT),
    "Collection": _response("A collection.", "application/json", _OBJECT),
    "Features": _response("Items, as a feature collection.", "application/geo+json", _OBJECT),
    "Feature": _response("An item, as a feature.", "application/geo+json", _OBJECT),
    "InvalidParameter": _error("A parameter has an invalid value, or is not known."),
    "NotFound": _error("There is no such resource."),
    "ServerError": _error("The server failed."),
}
_SCHEMAS: Final = {
    "exception": {
        "type": "object",
        "required": ["code"],
        "properties": {"code": {"type": "string"}, "description": {"type": "string"}},
    },
    "link": {
        "type": "object",
        "required": ["href"],
        "properties": {name: {"type": "string"} for name in ("href", "rel", "type", "hreflang", "title")},
    },
    "cql2": {"type": "object", "description": "A condition in CQL2 JSON."},
}
COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "parameters": _PARAMETERS,
    "responses": _RESPONSES,
    "schemas": _SCHEMAS,
}
