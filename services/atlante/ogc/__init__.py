"""The OGC APIs: pygeoapi, asked about what is published and corrected where it must be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request

from atlante.ogc import delivery, guard, interface, problems

if TYPE_CHECKING:
    from flask import Flask

    from atlante.settings import Settings

__all__ = ["PREFIX", "mount"]

PREFIX = "/api"
_BLUEPRINT = "pygeoapi"


def mount(application: Flask, *, settings: Settings) -> None:
    """Serve the OGC APIs of an application below ``/api``.

    The application has to have a publication to read (``atlante.published.install``) and a cache for tiles
    (``atlante.tiles.install``).
    """
    flask_app = interface.load_flask_app()
    interface.install(application, url=f"{settings.service_url}{PREFIX}")
    problems.install(application, prefix=PREFIX)
    application.url_map.strict_slashes = False  # /api and /api/ are one page
    application.before_request(_before)
    application.after_request(_after)
    application.register_blueprint(flask_app.BLUEPRINT, url_prefix=PREFIX)


def _before() -> Response | None:
    if request.blueprint != _BLUEPRINT:
        return None
    return guard.check() or delivery.not_modified()


def _after(answer: Response) -> Response:
    return delivery.deliver(answer) if f"{request.path}/".startswith(f"{PREFIX}/") else answer
