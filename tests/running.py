"""Services on a database: as an application in this process, and as `atlante serve` runs it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from atlante.cli.checking import wait_until_healthy
from atlante.settings import Settings
from atlante.web.application import create_application

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask


@contextmanager
def application_on(database_url: str) -> Iterator[Flask]:
    """Give the application that serves a database; its connections are closed at the end."""
    application = create_application(Settings.from_environment({}), database_url=database_url)
    try:
        yield application
    finally:
        application.extensions["atlante.published"].close()


@contextmanager
def running_service(database_url: str) -> Iterator[str]:
    """Give the address of a service in a process of its own, on a free port; SIGTERM must end it well."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    own = {"ATLANTE_DATABASE_URL": database_url, "ATLANTE_HOST": "127.0.0.1", "ATLANTE_PORT": port}
    server = subprocess.Popen([sys.executable, "-m", "atlante.cli", "serve"], env=os.environ | own)
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)
    assert server.returncode == 0, "SIGTERM is a normal end"
