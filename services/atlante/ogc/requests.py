"""A request as pygeoapi reads it, with what it misreads put right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from flask import g
from flask import request as flask_request
from pygeoapi.api import APIRequest
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TILE_ENDPOINT: Final = "pygeoapi.get_collection_tiles_data"
TILE_FORMAT: Final = "mvt"
_JSON_LD: Final = "application/ld+json"
_FORMATS: Final = {"application/json": "json", "application/geo+json": "json", "text/html": "html", _JSON_LD: "jsonld"}
_WITH_JSON_LD: Final = ("pygeoapi.landing_page", "pygeoapi.collections", "pygeoapi.collection_items")


class ServedRequest(APIRequest):  # type: ignore[misc] # pygeoapi has no types
    """pygeoapi's request. The one that is being answered is kept: providers are not given it."""

    def __init__(self, request: Any, supported_locales: Any) -> None:  # noqa: ANN401
        super().__init__(request, supported_locales)
        g.atlante_request = self

    @staticmethod
    def _get_params(request: Any) -> MultiDict[str, str]:  # noqa: ANN401
        """Return the parameters; a ``+`` that was not escaped (``sortby=+name``) comes as a blank."""
        parameters: MultiDict[str, str] = request.args
        sortby = parameters.get("sortby", "")
        if " " not in sortby:
            return parameters
        changed = parameters.copy()
        changed["sortby"] = ",".join(key.lstrip() for key in sortby.split(","))
        return ImmutableMultiDict(changed)

    def _get_format(self, headers: Mapping[str, str], extra_formats: Mapping[str, str] | None = None) -> str | None:
        """Return the format by ``f`` or ``Accept``; None where it is JSON by default.

        pygeoapi labels JSON as any format that it knows and is asked for, an image even. Here only what a resource has
        is chosen from. A tile has one format, and clients ask for it without saying so.
        """
        del headers
        if flask_request.endpoint == TILE_ENDPOINT:
            return TILE_FORMAT
        has_json_ld = flask_request.endpoint in _WITH_JSON_LD
        asked = self._args.get("f", "").strip()
        if asked:
            return "json" if asked == "jsonld" and not has_json_ld else asked
        formats = _FORMATS | {mime.partition(";")[0]: name for name, mime in (extra_formats or {}).items()}
        offered = [mime for mime in formats if has_json_ld or mime != _JSON_LD]
        found = formats[flask_request.accept_mimetypes.best_match(offered, "application/json")]
        return None if found == "json" else found

    def is_valid(self, additional_formats: Iterable[str] | None = None) -> bool:
        """Return whether the format is one of this service's; pygeoapi refuses the request otherwise."""
        offered = (None, *_FORMATS.values(), *(name.lower() for name in additional_formats or ()))
        return self._format in offered or flask_request.endpoint == TILE_ENDPOINT

    @property
    def data(self) -> bytes:
        """The filter that was sent by POST. A body of GET means nothing: no cache would tell such answers apart."""
        return cast("bytes", self._data) if flask_request.method == "POST" else b""


def answer_format() -> str | None:
    """Return the format of the answer being made; None: JSON."""
    request = g.get("atlante_request")
    return None if request is None else cast("str | None", request.format)


def answer_language() -> str:
    """Return the language of the answer being made."""
    request = g.get("atlante_request")
    return "it" if request is None else str(request.locale.language)
