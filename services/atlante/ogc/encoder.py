"""The one JSON encoder of all answers."""

from __future__ import annotations

from typing import Any

import orjson
from flask import request
from pygeoapi.util import json_serial

from atlante.ogc.documents import complete


def encode(document: Any, pretty: bool = False) -> bytes:  # noqa: ANN401, FBT001, FBT002 - pygeoapi's signature
    """Return an answer as JSON, completed where pygeoapi leaves something out.

    Stands in for ``pygeoapi.util.to_json``, which writes ``<`` as ``&lt;``, NaN as NaN, and every geometry again.
    Here nan and infinity become null, and fragments pass as they are.
    """
    return orjson.dumps(
        complete(request.endpoint, document), default=json_serial, option=orjson.OPT_INDENT_2 if pretty else None
    )
