"""Two services on one database: ours, and a stock pygeoapi on the same features as a plain table."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_benchmark.session import BenchmarkSession

_HERE = Path(__file__).parent
_PATIENCE_S = 120
_WITH_TABLES_OF_THEIR_OWN = tuple(f"tests/benchmarks/test_{name}.py" for name in ("build", "points", "scale"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: list[str], environment: dict[str, str], url: str) -> Iterator[str]:
    """Run a server for the block; the block begins when it answers."""
    server = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + _PATIENCE_S
    try:
        while not _answers(url):
            assert server.poll() is None, f"the server ended with code {server.returncode}"
            assert time.monotonic() < deadline, "the server does not answer"
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=10).ok
    except requests.ConnectionError:
        return False


@contextmanager
def _serving(database_url: str) -> Iterator[str]:
    """Serve a release for the block; give the address of the collections."""
    port = _free_port()
    environment = {"ATLANTE_DATABASE_URL": database_url, "ATLANTE_PORT": str(port)}
    with _running([sys.executable, "-m", "atlante.cli", "serve"], environment, f"http://127.0.0.1:{port}/health"):
        yield f"http://127.0.0.1:{port}/api/collections"


@pytest.fixture(scope="session")
def ours(published: str) -> Iterator[str]:
    """Return the address of our collections."""
    with _serving(published) as url:
        yield url


@pytest.fixture
def restarted(published: str) -> Iterator[Callable[[], str]]:
    """Return a function that starts our service anew and returns the address of its collections."""
    with ExitStack() as servers:

        def restart() -> str:
            servers.close()
            return servers.enter_context(_serving(published))

        yield restart


@pytest.fixture(scope="session")
def peer(published: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of the collections of a stock pygeoapi."""
    with psycopg.connect(published) as connection:
        connection.execute((_HERE / "peer.sql").read_text(encoding="utf-8"))
    port, folder = _free_port(), tmp_path_factory.mktemp("peer")
    command = [sys.executable, str(_HERE / "stock_pygeoapi.py"), published, str(port), str(folder)]
    with _running(command, {}, f"http://127.0.0.1:{port}/?f=json"):
        yield f"http://127.0.0.1:{port}/collections"


def pytest_benchmark_update_json(output_json: dict[str, object]) -> None:
    """Leave the machine's own name out of stored results."""
    output_json.pop("machine_info", None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the medians beside each other, with their ratio, as a table for the documentation."""
    session: BenchmarkSession | None = getattr(config, "_benchmarksession", None)
    if session is None or not session.benchmarks:
        return
    shown = [b for b in session.benchmarks if b.stats.rounds and not b.fullname.startswith(_WITH_TABLES_OF_THEIR_OWN)]
    medians = {(b.group, b.extra_info["who"]): b.stats.median * 1000 for b in shown}
    peers = {b.group: b.extra_info.get("peer", "stock pygeoapi") for b in shown if b.extra_info["who"] == "peer"}
    terminalreporter.write_line("\n| what | Atlante, ms | peer, ms | ratio | peer |\n|---|---:|---:|---:|---|")
    for group in dict.fromkeys(group for group, _ in medians):
        mine, theirs = medians.get((group, "ours")), medians.get((group, "peer"))
        ratio = f"{theirs / mine:,.1f} x" if mine and theirs else ""
        cells = [f"{value:,.1f}" if value else "" for value in (mine, theirs)]
        terminalreporter.write_line(f"| {group} | {cells[0]} | {cells[1]} | {ratio} | {peers.get(group, '')} |")
