"""How answers travel: validators, caching, compression, cross-origin access."""

from __future__ import annotations

import gzip
import hashlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from flask import Response, current_app, request
from werkzeug.datastructures import Headers

from atlante.ogc.problems import PROBLEM_TYPE
from atlante.ogc.requests import TILE_ENDPOINT
from atlante.published import offered_gzip, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

_ITEMS_ENDPOINT: Final = "pygeoapi.collection_items"
_VARY: Final = "Accept, Accept-Encoding, Accept-Language"
_EXPOSED: Final = "Content-Crs, Content-Language, ETag, Link, OGC-NumberMatched"
_MAX_AGE: Final = "public, max-age=60"  # a new release is seen after a minute at most; until then nothing is asked
_SMALLEST_GZIP: Final = 1_000  # bytes: below, compression costs more than it saves
_PROGRAM: Final = version("atlante")
_FAST: Final = 1  # of 9: 30 MB of items in 0.2 s; level 6 takes 0.8 s and saves 22 %, level 9 takes 1.8 s
_COMPRESSIBLE: Final = ("text/", "application/json", "application/geo+json", "application/schema+json",
                        "application/ld+json", "application/problem+json", "application/vnd.")  # fmt: skip
_OK, _NO_CONTENT, _NOT_MODIFIED, _SERVER_ERRORS = 200, 204, 304, 500


def not_modified() -> Response | None:
    """Return 304 where the client has the answer already; nothing is asked of the database for it but the release.

    A tag is given with good answers only. Who has it may be told at once that the answer would be good again; who says
    ``*`` may not (:func:`_delivered`).
    """
    return Response(status=_NOT_MODIFIED) if not request.if_none_match.star_tag and _is_known() else None


def _is_known() -> bool:
    """Whether the client has this answer, should it be a good one."""
    # weak comparison, as RFC 9110 13.1.2 asks: a cache in between may have weakened the tag
    return request.method in ("GET", "HEAD") and bool(
        request.if_none_match and request.if_none_match.contains_weak(_etag())
    )


def deliver(answer: Response) -> Response:
    """Return an answer ready to travel."""
    answer.headers = Headers(answer.headers)  # pygeoapi leaves a plain dict, which knows no case
    if answer.direct_passthrough:  # a file: it brings its own validators
        return _open(answer)
    if request.endpoint == TILE_ENDPOINT and answer.status_code == _OK and not answer.get_data():
        answer.status_code = _NO_CONTENT
        del answer.headers["Content-Type"]
    if answer.status_code == _NOT_MODIFIED:
        return _delivered(answer)
    if answer.status_code not in (_OK, _NO_CONTENT):
        return _failed(answer)
    if request.endpoint == _ITEMS_ENDPOINT and answer.mimetype == "application/json":
        answer.headers["Content-Type"] = "application/geo+json"
    if _is_known():
        return _delivered(Response(status=_NOT_MODIFIED))
    _compress(answer)
    return _delivered(answer)


def _failed(answer: Response) -> Response:
    """Keep what is no good answer out of caches; errors that pygeoapi labels as what was asked for are JSON."""
    answer.headers["Cache-Control"] = "no-store"
    if answer.status_code >= _SERVER_ERRORS and answer.mimetype != PROBLEM_TYPE:  # a problem is logged where it arises
        current_app.logger.error("%s %s: %s", request.method, request.full_path, answer.get_data(as_text=True)[:500])
    if answer.mimetype not in (PROBLEM_TYPE, "text/html"):
        answer.headers["Content-Type"] = "application/json"
    return _open(answer)


def _delivered(answer: Response) -> Response:
    """Add validators: an answer is the same as long as its release is."""
    if request.method in ("GET", "HEAD"):
        answer.set_etag(_etag())
        answer.headers["Cache-Control"] = _MAX_AGE
    answer.headers["Vary"] = _VARY
    return _open(answer)


def _open(answer: Response) -> Response:
    """Let pages of any origin read the answer."""
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Access-Control-Expose-Headers"] = _EXPOSED
    if request.method == "OPTIONS":
        answer.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, OPTIONS"
        answer.headers["Access-Control-Allow-Headers"] = "Accept, Accept-Language, Content-Type, If-None-Match"
    return answer


def _etag() -> str:
    """Return what identifies the bytes of this answer: program, release, address, and what can be negotiated."""
    release = snapshot().release
    return _digest(
        (
            _PROGRAM,
            release.key if release else "",
            request.full_path,
            request.headers.get("Accept", ""),
            request.headers.get("Accept-Language", ""),
            str(_takes_gzip()),
        )
    )


def _digest(parts: Iterable[str]) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()


def _takes_gzip() -> bool:
    return request.accept_encodings.quality("gzip") > 0


def _compress(answer: Response) -> None:
    """Compress an answer that is worth it; a tile has been compressed when it was made."""
    body = answer.get_data()
    if not _takes_gzip() or len(body) < _SMALLEST_GZIP or not (answer.mimetype or "").startswith(_COMPRESSIBLE):
        return
    answer.set_data(offered_gzip() or gzip.compress(body, _FAST, mtime=0))
    answer.headers["Content-Encoding"] = "gzip"
