"""The service through its life: releases come and go, the database is lost and found, the server starts and stops."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import orjson
import psycopg
import pytest

from atlante.errors import PortTaken
from atlante.settings import Settings
from atlante.web.server import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask.testing import FlaskClient

    from atlante.database.cluster import Cluster

ITEM = "/api/collections/municipalities/items/A000"
TILE = "/api/collections/municipalities/tiles/WebMercatorQuad/4/5/8"
_SERVE = "import sys; from atlante.settings import Settings; from atlante.web.server import serve; \
serve(Settings.from_environment(), database_url=sys.argv[1]); print('after', file=sys.stderr)"


def _name(client: FlaskClient) -> str:
    return str(json.loads(client.get(ITEM).data)["properties"]["name"])


class TestReleases:
    """What is published is served, at once and never by halves."""

    def test_without_a_release_the_service_starts_and_says_so(
        self, database: str, serving: Callable[[str], FlaskClient], publish: Callable[..., None]
    ) -> None:
        client = serving(database)
        health = client.get("/health")
        assert (health.status_code, json.loads(health.data)["status"]) == (503, "empty")
        assert json.loads(client.get("/api/collections").data)["collections"] == []
        publish(database)
        assert client.get("/health").status_code == 200
        assert len(json.loads(client.get("/api/collections").data)["collections"]) == 7

    def test_a_new_release_is_served_without_a_restart(
        self, small_release: str, serving: Callable[[str], FlaskClient], publish: Callable[..., None]
    ) -> None:
        client = serving(small_release)
        before = {address: client.get(address) for address in (ITEM, TILE, "/api/collections")}
        publish(small_release, "2025-05-19.2", note=" (new)", without=("regions",))
        assert _name(client) == "L'Aquila (new)"
        for address, answer in before.items():
            again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
            assert again.status_code == 200
            assert again.data != answer.data
        assert client.get("/api/collections/regions").status_code == 404

    def test_a_release_that_was_replaced_under_its_own_id_is_noticed(
        self, small_release: str, serving: Callable[[str], FlaskClient], publish: Callable[..., None]
    ) -> None:
        client = serving(small_release)
        assert _name(client) == "L'Aquila"
        publish(small_release, note=" (again)")
        assert _name(client) == "L'Aquila (again)"

    def test_a_request_sees_one_release_to_its_end(
        self, small_release: str, serving: Callable[[str], FlaskClient], publish: Callable[..., None]
    ) -> None:
        from atlante.ogc.features import PublishedFeatures  # noqa: PLC0415 - a provider needs a request
        from atlante.published import snapshot  # noqa: PLC0415

        with serving(small_release).application.test_request_context(ITEM):
            seen = snapshot().release
            assert seen is not None
            publish(small_release, "2025-05-19.2", note=" (new)")
            provider = PublishedFeatures({"name": "x", "type": "feature", "data": "municipalities"})
            assert b"(new)" not in orjson.dumps(provider.get("A000"))
            assert provider.query(offset=0, limit=1)["numberMatched"] == 36

    def test_made_up_data_are_marked(
        self, database: str, serving: Callable[[str], FlaskClient], publish: Callable[..., None]
    ) -> None:
        publish(database, is_synthetic=True)
        client = serving(database)
        for address in ("/api?lang=en", "/api/collections/regions?lang=en"):
            assert json.loads(client.get(address).data)["description"].startswith("SYNTHETIC DATA.")
        assert json.loads(client.get("/health").data)["release"]["is_synthetic"] is True


class TestLostDatabase:
    """A database that is away is said to be, and found again."""

    @pytest.fixture
    def closing(self, server: Cluster, small_release: str) -> Iterator[Callable[[bool], None]]:
        name = psycopg.conninfo.conninfo_to_dict(small_release)["dbname"]

        def close(is_closed: bool) -> None:  # noqa: FBT001 - named by its one use
            with psycopg.connect(server.url(database="postgres"), autocommit=True) as connection:
                connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {not is_closed}')
                if is_closed:
                    connection.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
                    )

        yield close
        close(False)  # noqa: FBT003

    def test_the_service_says_so_and_recovers(
        self, small_release: str, serving: Callable[[str], FlaskClient], closing: Callable[[bool], None]
    ) -> None:
        client = serving(small_release)
        assert client.get(ITEM).status_code == 200
        closing(True)  # noqa: FBT003
        answer = client.get(ITEM)
        assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
        assert "database" in json.loads(answer.data)["detail"]
        assert answer.headers["Retry-After"] == "2"
        assert answer.headers["Cache-Control"] == "no-store"
        assert json.loads(client.get("/health").data)["database"] == "no answer"
        closing(False)  # noqa: FBT003
        assert _eventually(lambda: client.get(ITEM).status_code == 200)

    def test_it_starts_without_one(self, serving: Callable[[str], FlaskClient]) -> None:
        client = serving("postgresql://nobody@127.0.0.1:1/nothing")
        assert client.get("/health").status_code == 503
        assert client.get("/api").status_code == 503


def _eventually(is_so: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestServer:
    """gunicorn, as a process."""

    @pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
    def test_it_serves_until_it_is_told_to_end_and_writes_nothing(
        self, small_release: str, port: int, ending: signal.Signals
    ) -> None:
        environment = os.environ | {"ATLANTE_PORT": str(port)}
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, small_release],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert _eventually(lambda: _status(port) == 200, 60)
            process.send_signal(ending)
            out, errors = process.communicate(timeout=20)
        finally:
            process.kill()
        assert (process.returncode, out, errors.strip()) == (0, "", "after")  # once: workers do not go on in our code

    def test_a_long_filter_fits_into_the_address(self, small_release: str, port: int) -> None:
        environment = os.environ | {"ATLANTE_PORT": str(port)}
        process = subprocess.Popen([sys.executable, "-c", _SERVE, small_release], env=environment)
        address = f"http://127.0.0.1:{port}/api/collections/municipalities/items?name={'x' * 8_000}"
        try:
            assert _eventually(lambda: _status(port) == 200, 60)
            with urllib.request.urlopen(address, timeout=10) as answer:
                assert json.loads(answer.read())["numberMatched"] == 0
        finally:
            process.terminate()
            process.wait(20)

    def test_a_port_that_is_taken_is_named(self, port: int) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", port))
            other.listen()
            settings = Settings.from_environment({"ATLANTE_PORT": str(port)})
            with pytest.raises(PortTaken, match=f"Port {port} on 127.0.0.1 is taken"):
                serve(settings, database_url="postgresql://nowhere/nothing")


def _status(port: int) -> int | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return int(answer.status)
    except (urllib.error.URLError, ConnectionError):
        return None
