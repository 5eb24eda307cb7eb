"""The view that belongs to the request being answered."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, cast

from flask import current_app, g

from atlante.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from flask import Flask

    from atlante.published.view import Publication, Snapshot

_EXTENSION = "atlante.published"


def install(application: Flask, publication: Publication) -> None:
    """Let the requests of an application read a publication."""
    application.extensions[_EXTENSION] = publication
    application.teardown_appcontext(_close)


def publication() -> Publication:
    """Return the publication of the current application."""
    return cast("Publication", current_app.extensions[_EXTENSION])


def snapshot() -> Snapshot:
    """Return this request's view; it is opened on first use and closed after the answer.

    Raises
    ------
    DatabaseUnavailable
        If the database does not answer.
    """
    if "atlante_snapshot" not in g:
        g.atlante_closing = ExitStack()
        g.atlante_snapshot = g.atlante_closing.enter_context(publication().snapshot())
    return cast("Snapshot", g.atlante_snapshot)


def offer_gzip(body: bytes) -> None:
    """Leave a compressed form of this request's answer that is at hand, for whoever sends it."""
    g.atlante_gzip = body


def offered_gzip() -> bytes | None:
    """Return the compressed form that was left, if any."""
    return cast("bytes | None", g.get("atlante_gzip"))


def _close(_error: BaseException | None) -> None:
    # The answer is complete by now: a connection that is lost only here has cost nothing.
    with suppress(DatabaseUnavailable):
        if "atlante_closing" in g:
            g.atlante_closing.close()
