"""Answers that say what went wrong (RFC 9457, with the members that OGC APIs have)."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import orjson
from flask import Response, current_app, request
from pygeoapi.error import GenericError
from werkzeug.exceptions import HTTPException

from atlante.errors import DatabaseNotReady, InfrastructureError, QueryTooSlow

if TYPE_CHECKING:
    from flask import Flask

PROBLEM_TYPE: Final = "application/problem+json"
_RETRY_SECONDS: Final = "2"
_AWAY: Final = "The database does not answer at the moment. Try again in a few seconds."
_NOT_READY: Final = "The database is not ready for this version of the service. Whoever runs it: `atlante init`."
_TOO_SLOW: Final = (
    "This answer takes too long to make, so it was stopped. "
    "Ask for less at once: a smaller bbox, fewer items (limit), a simpler filter."
)


def problem(status: HTTPStatus, description: str) -> Response:
    """Return an answer that names a problem.

    Parameters
    ----------
    description
        What happened, to what, what to do.
    """
    code = re.sub(r"\W", "", status.phrase)
    document = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": description,
        "code": code,
        "description": description,
    }
    return Response(orjson.dumps(document), status, content_type=PROBLEM_TYPE)


def install(application: Flask, *, prefix: str) -> None:
    """Answer what goes wrong under a prefix with problems; other errors stay Flask's."""

    def refused(error: HTTPException) -> Response | HTTPException:
        if not f"{request.path}/".startswith(f"{prefix}/"):
            return error
        return problem(HTTPStatus(error.code or 500), error.description or "")

    application.register_error_handler(HTTPException, refused)
    application.register_error_handler(InfrastructureError, _unavailable)
    application.register_error_handler(GenericError, _refused_by_provider)


def _unavailable(error: InfrastructureError) -> Response:
    """Say why the database gave no answer. What a client sees names no machine; the log does."""
    current_app.logger.error("%s %s: %s", request.method, request.path, error)
    match error:
        case QueryTooSlow():  # the same request would be too slow again
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, _TOO_SLOW)
        case DatabaseNotReady():
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, _NOT_READY)
    answer = problem(HTTPStatus.SERVICE_UNAVAILABLE, _AWAY)
    answer.headers["Retry-After"] = _RETRY_SECONDS
    return answer


def _refused_by_provider(error: GenericError) -> Response:
    """Answer what a provider refuses where pygeoapi does not expect that it might."""
    return problem(HTTPStatus(error.http_status_code), error.message)
