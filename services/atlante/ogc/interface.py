"""pygeoapi itself: loaded once, corrected at its seams, with one configuration per release."""

from __future__ import annotations

import functools
import logging
import os
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, cast

import orjson
import pygeoapi.api
import pygeoapi.util
from flask import current_app, g
from pygeoapi.api import API, all_apis, itemtypes, tiles
from werkzeug.local import LocalProxy

from atlante.ogc import cql2, crs, documents, encoder, requests, times, wording
from atlante.ogc.configuration import configuration
from atlante.ogc.openapi import openapi_document
from atlante.published import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from flask import Flask

    from atlante.published import Release

_EXTENSION: Final = "atlante.ogc"


class Interface:
    """pygeoapi's API of the current release. It is made anew when another release is published: no restart."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = Lock()
        self._latest: tuple[str | None, API] | None = None

    def of(self, release: Release | None) -> API:
        """Return the API that serves a release; making it takes 0.2 s, once per release."""
        key = release.key if release else None
        with self._lock:
            if self._latest is None or self._latest[0] != key:
                document = configuration(release, url=self._url)
                self._latest = key, API(document, openapi_document(document))
            return self._latest[1]


def install(application: Flask, *, url: str) -> None:
    """Give an application an interface of its own."""
    application.extensions[_EXTENSION] = Interface(url)


def _current_api() -> API:
    """Return the API of the release that this request sees."""
    if "atlante_api" not in g:
        interface = cast("Interface", current_app.extensions[_EXTENSION])
        g.atlante_api = interface.of(snapshot().release)
    return g.atlante_api


@functools.cache
def load_flask_app() -> ModuleType:
    """Return ``pygeoapi.flask_app``, corrected.

    It reads configuration and OpenAPI document from files that two variables name, when it is imported: they get an
    empty service from a private folder. What it serves is asked for by each request (:func:`_current_api`).
    """
    # pygeoapi would log to stdout, and every request that it refuses as an error; delivery logs what fails.
    pygeoapi.api.setup_logger = lambda _: None
    logging.getLogger("pygeoapi").setLevel(logging.CRITICAL)
    with _empty_service(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own use of what its dependencies deprecate
        from pygeoapi import flask_app  # noqa: PLC0415 - not before the variables are set
    _correct(flask_app)
    return cast("ModuleType", flask_app)


@contextmanager
def _empty_service() -> Iterator[None]:
    """Name files that describe a service without collections, for the block."""
    contents: dict[str, dict[str, Any]] = {
        "PYGEOAPI_CONFIG": configuration(None, url="http://localhost/api"),
        "PYGEOAPI_OPENAPI": {},
    }
    before = {name: os.environ.get(name) for name in contents}
    with tempfile.TemporaryDirectory(prefix="atlante-ogc-") as folder:
        try:
            for name, content in contents.items():
                path = Path(folder, f"{name.lower()}.json")
                path.write_bytes(orjson.dumps(content))
                os.environ[name] = str(path)
            yield
        finally:
            for name, value in before.items():
                del os.environ[name]
                if value is not None:
                    os.environ[name] = value


def _correct(flask_app: ModuleType) -> None:
    """Put our parts where pygeoapi imported its own; each says in its module what it stands in for."""
    flask_app.api_ = LocalProxy(_current_api)  # type: ignore[attr-defined] # an untyped module's
    flask_app.APIRequest = requests.ServedRequest  # type: ignore[attr-defined]
    for module in (pygeoapi.api, *all_apis().values()):
        if hasattr(module, "to_json"):
            module.to_json = encoder.encode
    pygeoapi.util.Translations = wording.Wording
    itemtypes.parse_cql2_text = cql2.parse_text
    itemtypes.parse_cql2_json = cql2.parse_json
    itemtypes.transform_bbox = crs.bbox_in_degrees
    itemtypes.validate_datetime = times.validate_datetime
    itemtypes.CONFORMANCE_CLASSES_FEATURES = list(documents.FEATURE_CLASSES)
    tiles.CONFORMANCE_CLASSES = list(documents.TILE_CLASSES)
