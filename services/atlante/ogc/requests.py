"""A request as pygeoapi reads it, with what it misreads put right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from flask import g
from flask import request as flask_request
from pygeoapi.api import APIRequest
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

if TYPE_CHECKING:
    from collections.abc import Mapping

TILE_ENDPOINT: Final = "pygeoapi.get_collection_tiles_data"
TILE_FORMAT: Final = "mvt"


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
        """Return the format by ``f`` or ``Accept``; a tile has one, and clients ask for it without saying so."""
        found = cast("str | None", super()._get_format(headers, extra_formats or {}))
        return TILE_FORMAT if flask_request.endpoint == TILE_ENDPOINT else found


def answer_format() -> str | None:
    """Return the format of the answer being made; None: JSON."""
    request = g.get("atlante_request")
    return None if request is None else cast("str | None", request.format)


def answer_language() -> str:
    """Return the language of the answer being made."""
    request = g.get("atlante_request")
    return "it" if request is None else str(request.locale.language)
