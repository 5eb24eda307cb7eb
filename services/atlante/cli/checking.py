"""Is what is served right? Asked over HTTP, as a client would."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from atlante.catalogue.levels import Level
from atlante.errors import CheckFailed, InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Callable

_TIMEOUT_S = 60
_POLL_S = 0.1
_TILE = "/api/collections/indicators-provinces/tiles/WebMercatorQuad/5/11/17"  # the middle of Italy
_MVT = "application/vnd.mapbox-vector-tile"


@dataclass(frozen=True, slots=True)
class Check:
    """A question that was asked and its answer."""

    question: str
    answer: str


def wait_until_healthy(base_url: str, server: subprocess.Popen[bytes], *, timeout_s: float = _TIMEOUT_S) -> None:
    """Return when the service says that it is ready.

    Raises
    ------
    InfrastructureError
        If the server ends before, or is not ready in time.
    """
    deadline = time.monotonic() + timeout_s
    while not _is_healthy(base_url):
        try:
            code = server.wait(timeout=_POLL_S)
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                raise InfrastructureError(f"The service was not ready within {timeout_s:.0f} s.") from None
        else:
            raise InfrastructureError(f"The service ended while starting, with code {code}.")


def _is_healthy(base_url: str) -> bool:
    try:
        return requests.get(f"{base_url}/health", timeout=5).ok
    except requests.RequestException:
        return False  # it does not listen yet: the caller asks again


def check_service(base_url: str, *, firms_placed: int) -> list[Check]:
    """Ask the service what its users will ask, and return the answers.

    Parameters
    ----------
    firms_placed
        The number that the indicators must add up to, at every level.

    Raises
    ------
    CheckFailed
        At the first wrong answer; names the address.
    """
    client = _Client(base_url)
    collections = client.json("/api/collections?f=json")["collections"]
    return [
        client.check("the atlas", "/", lambda answer: "Atlante" in answer.text),
        client.check("conformance", "/api/conformance?f=json", lambda answer: bool(answer.json()["conformsTo"])),
        *(_check_collection(client, collection["id"]) for collection in collections),
        *(_check_total(client, f"indicators-{level.plural}", firms_placed) for level in Level),
        client.check(
            "a vector tile", _TILE, lambda answer: bool(answer.content) and _MVT in answer.headers["Content-Type"]
        ),
    ]


class _Client:
    """Requests below one address."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._session = requests.Session()

    def get(self, path: str) -> requests.Response:
        """Return an answer that is not an error."""
        try:
            answer = self._session.get(self._base_url + path, timeout=_TIMEOUT_S)
        except requests.RequestException as exc:
            raise CheckFailed(f"{path} does not answer: {exc}.") from exc
        if not answer.ok:
            raise CheckFailed(f"{path} answers {answer.status_code}: {answer.text[:200]}")
        return answer

    def json(self, path: str) -> Any:  # noqa: ANN401 - a JSON document
        """Return the document at a path."""
        return self.get(path).json()

    def check(self, question: str, path: str, is_right: Callable[[requests.Response], bool]) -> Check:
        """Return a check that holds."""
        answer = self.get(path)
        if not is_right(answer):
            raise CheckFailed(f"{path}: not the answer that was expected for {question}.")
        return Check(question, f"{len(answer.content):,} bytes in {answer.elapsed.total_seconds() * 1000:.0f} ms")


def _check_collection(client: _Client, collection_id: str) -> Check:
    path = f"/api/collections/{collection_id}/items?f=json&limit=1"
    page = client.json(path)
    described = client.json(f"/api/collections/{collection_id}?f=json")
    if page["numberReturned"] != 1 or page["numberMatched"] < 1:
        raise CheckFailed(f"{path} returns {page['numberReturned']} of {page['numberMatched']} features.")
    if described.get("itemCount", page["numberMatched"]) != page["numberMatched"]:
        raise CheckFailed(
            f"{path}: {page['numberMatched']} features, but the collection says {described['itemCount']}."
        )
    return Check(collection_id, f"{page['numberMatched']:,} features")


def _check_total(client: _Client, collection_id: str, expected: int) -> Check:
    path = f"/api/collections/{collection_id}/items?f=json&limit=10000&skipGeometry=true&properties=innovative_startups"
    features = client.json(path)["features"]
    total = round(sum(feature["properties"]["innovative_startups"] or 0 for feature in features))
    if total != expected:
        raise CheckFailed(f"{collection_id}: the start-ups add up to {total:,}, but {expected:,} were placed.")
    return Check(f"{collection_id}: start-ups add up", f"{total:,}")
