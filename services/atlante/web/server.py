"""The HTTP server: gunicorn, in this process and its children, without a configuration file."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

from atlante.errors import PortTaken
from atlante.published import Publication
from atlante.web.application import create_application

if TYPE_CHECKING:
    from flask import Flask

    from atlante.settings import Settings

_THREADS: Final = 4  # of each worker: while one waits for the database, another answers
_SECONDS_TO_FINISH: Final = 10
_LONGEST_REQUEST_LINE: Final = 8190  # bytes, gunicorn's utmost: a filter in the address may be long


def serve(settings: Settings, *, database_url: str) -> None:
    """Serve until SIGTERM or SIGINT; requests that are being answered are finished.

    Nothing is written to stdout; errors go to stderr.

    Raises
    ------
    PortTaken
        If another program listens on the port.
    """
    ensure_port_is_free(settings)
    this_process = os.getpid()
    try:
        _Server(settings, database_url).run()
    except SystemExit as stopped:
        # gunicorn ends its workers, which are forks of this very call, by the same exception. They must not go on in
        # the caller's code as if they were its process.
        if os.getpid() != this_process:
            os._exit(_status(stopped))
        if _status(stopped):
            raise


def _status(stopped: SystemExit) -> int:
    return stopped.code if isinstance(stopped.code, int) else int(stopped.code is not None)


def ensure_port_is_free(settings: Settings) -> None:
    """Try the port before anything starts: gunicorn would try for five seconds, then end the process.

    Raises
    ------
    PortTaken
        If another program listens there.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as exc:
            raise PortTaken(settings.host, settings.port, "ATLANTE_PORT") from exc


class _Server(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """gunicorn with options from settings; each worker makes an application, and connections, of its own."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        self._settings, self._database_url = settings, database_url
        super().__init__()

    def load_config(self) -> None:
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        options: dict[str, Any] = {
            "bind": f"{host}:{self._settings.port}",
            "workers": len(os.sched_getaffinity(0)),
            "worker_class": _Worker,
            "threads": _THREADS,
            "graceful_timeout": _SECONDS_TO_FINISH,
            "keepalive": 5,
            "limit_request_line": _LONGEST_REQUEST_LINE,
            "accesslog": None,
            "errorlog": "-",  # stderr
            "loglevel": "warning",
            "control_socket_disable": True,  # it would leave a file in the home of whoever starts the service
            "worker_exit": _close_connections,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_application(self._settings, database_url=self._database_url)


class _Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """A worker that ends by Ctrl-C as it does by SIGTERM."""

    def handle_quit(self, sig: int, frame: object) -> None:
        """Finish what is being answered, then end.

        gunicorn's own shuts the thread pool down in the signal handler: where the signal comes while the main thread
        hands the pool a request, it waits for a lock that it holds itself, and is killed ten seconds later.
        """
        self.handle_exit(sig, frame)


def _close_connections(_server: object, worker: Any) -> None:  # noqa: ANN401 - gunicorn's worker
    """Say good-bye to the database: a worker that merely ends looks like a crash in its log."""
    with suppress(AttributeError):  # a worker that ended before it had an application
        application: Flask = worker.wsgi
        publication = application.extensions["atlante.published"]
        if isinstance(publication, Publication):
            publication.close()
