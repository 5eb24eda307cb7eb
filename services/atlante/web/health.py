"""``/health``: whether the service can answer, for those who watch over it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from atlante.errors import DatabaseNotReady, InfrastructureError
from atlante.published import snapshot

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def health() -> Response:
    """Return the state of database and release; 503 as long as there is nothing to serve."""
    document, is_ready = _state()
    answer = jsonify(document)
    answer.status_code = 200 if is_ready else 503
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _state() -> tuple[dict[str, Any], bool]:
    try:
        release = snapshot().release
    except DatabaseNotReady as exc:
        _log(exc)
        return {"status": "unavailable", "database": "not ready", "release": None, "remedy": "atlante init"}, False
    except InfrastructureError as exc:
        _log(exc)
        return {"status": "unavailable", "database": "no answer", "release": None}, False
    if release is None:
        return {"status": "empty", "database": "ok", "release": None, "remedy": "atlante publish"}, False
    served = {
        "release_id": release.release_id,
        "reference_date": release.reference_date.isoformat(),
        "published_at": release.published_at.isoformat(),
        "is_synthetic": release.is_synthetic,
        "collections": len(release.collections),
    }
    return {"status": "ok", "database": "ok", "release": served}, True


def _log(error: InfrastructureError) -> None:
    """Leave the reason where only those who run the service read it: it may name machines."""
    current_app.logger.error("/health: %s", error)
