"""The atlas at ``/``: one page, rendered on the server, whole without a script; the map comes on top of it."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import Blueprint, Response, current_app, make_response, render_template, request, url_for

from atlante.errors import InfrastructureError
from atlante.published import snapshot
from atlante.web.address import Address
from atlante.web.layer import Layers
from atlante.web.page import Page, build_page
from atlante.web.texts import LANGUAGES, Language, Texts, load_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.sansio.blueprints import BlueprintSetupState

# Everything comes from this host. MapLibre needs nothing beyond it: its worker is a file of ours, its patterns are
# made of pixels, and the parts of its style sheet that hold data: images are not used.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)

_NOTHING_TO_SHOW = 503  # also for whoever watches the service: it is up, and has nothing to say yet
_EXTENSION = "atlante.atlas"

blueprint = Blueprint(
    "atlas", __name__, static_folder="static", static_url_path="/static/atlas", template_folder="templates"
)


@dataclass(frozen=True, slots=True)
class _Atlas:
    """What the page keeps for as long as the application lives."""

    layers: Layers
    texts: Mapping[Language, Texts]


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    """Give the application what the page keeps, and the media types that a bare machine does not know."""
    mimetypes.add_type("text/javascript", ".mjs")
    mimetypes.add_type("font/woff2", ".woff2")
    state.app.extensions[_EXTENSION] = _Atlas(Layers(), load_texts())


@blueprint.get("/")
def show() -> Response:
    """Answer with the page that the address asks for."""
    atlas = cast("_Atlas", current_app.extensions[_EXTENSION])
    address = Address.from_query(request.args)
    texts = atlas.texts[address.lang]
    try:
        page = build_page(snapshot(), atlas.layers, address, texts)
    except InfrastructureError as exc:
        current_app.logger.error("%s", exc)  # noqa: TRY400 - the message says it all; the reader gets a page
        return _render("unavailable.html", address, texts, reason="down", status=_NOTHING_TO_SHOW)
    if page is None:
        return _render("unavailable.html", address, texts, reason="empty", status=_NOTHING_TO_SHOW)
    return _render("atlas.html", address, texts, page=page, map_settings=page.map_settings(_tiles(page)))


@blueprint.after_request
def _secure(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _tiles(page: Page) -> str:
    """Return the template of the tiles' address; OGC writes the row before the column."""
    collection = page.collection.collection_id
    return f"{request.script_root}/api/collections/{collection}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}?f=mvt"


def _render(template: str, address: Address, texts: Texts, *, status: int = 200, **shown: object) -> Response:
    def link(**changes: object) -> str:
        return url_for("atlas.show", **address.parameters(**changes))

    html = render_template(
        f"atlas/{template}",
        address=address,
        t=texts,
        languages=LANGUAGES,
        link=link,
        api=f"{request.script_root}/api",
        api_url=f"{(current_app.config.get('ATLANTE_PUBLIC_URL') or request.url_root).rstrip('/')}/api",
        **shown,
    )
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-cache"  # the next release may be there with the next request
    return response
