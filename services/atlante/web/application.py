"""The Flask application: every part of the service under one roof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Flask

from atlante import ogc, published, tiles
from atlante.database import read_pool
from atlante.web import health
from atlante.web.atlas import blueprint as atlas

if TYPE_CHECKING:
    from atlante.settings import Settings

_LARGEST_BODY: Final = 2**20  # bytes: a filter in CQL2 JSON is all that is ever sent here


def create_application(settings: Settings, *, database_url: str) -> Flask:
    """Return the application that serves what a database has published.

    It reads as ``atlante_read``, whatever the URL's login may do. Connections are opened when they are first needed, so
    that it can also be made before a fork. It starts without a database and without a release, too: ``/health`` says
    so, and both are served as soon as they are there.

    Parameters
    ----------
    database_url
        ``postgresql://…``
    """
    application = Flask(__name__, static_folder=None)
    application.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY
    application.config["ATLANTE_PUBLIC_URL"] = settings.public_url
    pool = read_pool(database_url)
    published.install(application, published.Publication(pool))
    tiles.install(application)
    ogc.mount(application, settings=settings)
    application.register_blueprint(health.blueprint)
    application.register_blueprint(atlas)
    return application
