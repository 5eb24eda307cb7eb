"""What is checked before pygeoapi sees a request."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from flask import request
from pygeoapi.models.provider.base import TileMatrixSetEnum

from atlante.ogc.problems import problem
from atlante.ogc.requests import TILE_FORMAT
from atlante.published import snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from atlante.published import Collection

_EVERYWHERE: Final = frozenset({"f", "lang"})
_ITEMS: Final = frozenset(
    (
        *("bbox", "bbox-crs", "crs", "datetime", "properties", "skipGeometry"),
        *("limit", "offset", "resulttype", "sortby"),
        *("filter", "filter-lang", "filter-crs"),
    )
)
# The endpoints that are offered, and the query parameters that each has of its own.
_PARAMETERS: Final[Mapping[str, frozenset[str]]] = {
    "landing_page": frozenset(),
    "openapi": frozenset({"ui"}),
    "conformance": frozenset(),
    "collections": frozenset(),
    "collection_schema": frozenset(),
    "collection_queryables": frozenset({"properties", "profile"}),
    "collection_items": _ITEMS,
    "get_collection_tiles": frozenset(),
    "get_collection_tiles_metadata": frozenset(),
    "get_collection_tiles_data": frozenset(),
    "get_tilematrix_sets": frozenset(),
    "get_tilematrix_set": frozenset(),
}
_ITEM: Final = frozenset({"crs"})
_READING: Final = ("GET", "HEAD", "OPTIONS")
_NUL: Final = "\x00"
# Python reads the digits of all scripts, and 1_000; the standards do not.
_NUMBERS: Final = {
    "limit": (re.compile(r"[0-9]+"), "a whole number, 1 or more"),
    "offset": (re.compile(r"[0-9]+"), "a whole number, 0 or more"),
    "bbox": (re.compile(r"[^_\u0080-\U0010ffff]*"), "4 or 6 numbers"),
}
_JSON_LANGUAGES: Final = ("cql2-json", "cql-json")


def check() -> Response | None:
    """Return why the request can't be answered; None: pygeoapi may have it."""
    endpoint = (request.endpoint or "").removeprefix("pygeoapi.")
    if endpoint == "static":
        return None
    if endpoint not in _PARAMETERS:
        return problem(HTTPStatus.NOT_FOUND, f"This service does not offer {request.path}.")
    return (
        _check_characters()
        or _check_method(endpoint)
        or _check_tile_resource(endpoint)
        or _check_parameters(endpoint)
        or _check_numbers()
        or _check_filter()
    )


def _collection() -> Collection | None:
    """Return the collection that the request is about; pygeoapi answers where there is none."""
    release = snapshot().release
    collection_id = (request.view_args or {}).get("collection_id")
    return None if release is None or collection_id is None else release.collections.get(collection_id)


def _check_characters() -> Response | None:
    texts = (request.path, *request.args.keys(), *request.args.values())
    if any(_NUL in text for text in texts):
        return problem(HTTPStatus.BAD_REQUEST, "The request has a NUL character; no text has one.")
    return None


def _check_method(endpoint: str) -> Response | None:
    """Refuse to write; POST is a way to send a long filter."""
    is_items = endpoint == "collection_items"
    is_filter = is_items and request.method == "POST" and "item_id" not in (request.view_args or {})
    if is_filter and not request.is_json and request.mimetype != "application/query-cql-json":
        return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "POST takes a filter in CQL2 JSON, sent as application/json.")
    if is_filter or request.method in _READING:
        return None
    answer = problem(HTTPStatus.METHOD_NOT_ALLOWED, "Collections can be read here, not written.")
    answer.headers["Allow"] = "GET, HEAD, OPTIONS"
    return answer


def _check_tile_resource(endpoint: str) -> Response | None:
    """Answer with 404 for what does not exist; pygeoapi has 400 and 500 for it."""
    if endpoint == "get_tilematrix_set":
        known = [grid.value.tileMatrixSet for grid in TileMatrixSetEnum]
        wanted = (request.view_args or {})["tileMatrixSetId"]
        if wanted not in known:
            return problem(
                HTTPStatus.NOT_FOUND, f"There is no tile matrix set {wanted!r}. Known: {', '.join(sorted(known))}."
            )
    collection = _collection()
    if endpoint.startswith("get_collection_tiles") and collection is not None and not collection.has_tiles:
        return problem(HTTPStatus.NOT_FOUND, f"{collection.collection_id} has no tiles.")
    wanted_format = request.args.get("f", TILE_FORMAT)
    if endpoint == "get_collection_tiles_data" and wanted_format != TILE_FORMAT:
        return problem(HTTPStatus.BAD_REQUEST, f"f={wanted_format}: tiles are in the format {TILE_FORMAT}.")
    return None


def _check_parameters(endpoint: str) -> Response | None:
    """Refuse parameters that are not known (/req/core/query-param-unknown): a filter with a slip must not pass."""
    known = _EVERYWHERE | _PARAMETERS[endpoint]
    if endpoint == "collection_items":
        collection = _collection()
        if (request.view_args or {}).get("item_id") is not None:
            known = _EVERYWHERE | _ITEM
        elif collection is not None:
            known |= collection.fields.keys()
    unknown = sorted(request.args.keys() - known)
    if unknown:
        return problem(
            HTTPStatus.BAD_REQUEST,
            f"Unknown query parameter {', '.join(map(repr, unknown))}. Known here: {', '.join(sorted(known))}.",
        )
    return None


def _check_numbers() -> Response | None:
    """Refuse numbers that only Python takes for some; pygeoapi checks the rest."""
    for name, (pattern, expected) in _NUMBERS.items():
        for text in request.args.getlist(name):
            if not pattern.fullmatch(text):
                return problem(HTTPStatus.BAD_REQUEST, f"{name}={text}: expected {expected}.")
    return None


def _check_filter() -> Response | None:
    """Refuse a filter in a language that its place does not have, or that is no text."""
    if request.method == "POST":
        try:
            request.get_data().decode()
        except UnicodeDecodeError as exc:
            return problem(
                HTTPStatus.BAD_REQUEST, f"The body is not UTF-8: byte {exc.start} is no part of a character."
            )
    elif "filter" in request.args and request.args.get("filter-lang") in _JSON_LANGUAGES:
        return problem(HTTPStatus.BAD_REQUEST, "GET takes a filter in cql2-text; send CQL2 JSON by POST.")
    return None
