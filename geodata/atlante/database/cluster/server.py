"""A cluster of our own: made in a data folder, started on demand, stopped cleanly."""

from __future__ import annotations

import dataclasses
import errno
import fcntl
import hashlib
import os
import signal
import socket
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
from psycopg import sql

from atlante.database.cluster.account import Account
from atlante.database.cluster.failures import HOST, failure_of, port_taken
from atlante.database.cluster.folders import make_private, make_reachable, size_of
from atlante.database.cluster.making import (
    NEEDED_MIB,
    SETTINGS_FILE,
    SUPERUSER,
    installation_of,
    make_data,
    remove_leftovers,
    write_file,
)
from atlante.database.cluster.processes import forget_stale_pid, read_postmaster, server_processes
from atlante.database.cluster.tuning import settings_for, this_machine
from atlante.errors import ClusterFailed, DiskFull

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlante.database.cluster.installation import Installation
    from atlante.errors import PortTaken
    from atlante.settings import Settings

_DATABASE = "atlante"
_MAINTENANCE = "postgres"  # the database that initdb makes: there to connect while ours is not
_DEFAULT_PORT = 5432  # without TCP it only names the socket
_LONGEST_SOCKET = 107 if sys.platform == "linux" else 103  # bytes of sockaddr_un.sun_path, less its end
_WAIT_SECONDS = 300  # a server that was killed replays up to max_wal_size of WAL
_PAUSE_SECONDS = 0.05
_NO_SERVER = "no server process"
_STARTS_OR_STOPS = "the database system is"  # starting up, shutting down, in recovery mode


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """What ``atlante db status`` says.

    Attributes
    ----------
    is_running
        Whether the server runs.
    pid
        Of its main process; None: it does not run.
    version
        Major version that made the data folder; None: there is none yet.
    data_dir
        Folder that holds it all.
    url
        Address for its superuser.
    size_mib
        What the data folder takes on the disk.
    """

    is_running: bool
    pid: int | None
    version: str | None
    data_dir: Path
    url: str
    size_mib: float

    def as_dict(self) -> dict[str, object]:
        """Return it as values that JSON has."""
        return dataclasses.asdict(self) | {"data_dir": str(self.data_dir)}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A private PostgreSQL cluster.

    Attributes
    ----------
    data_dir
        Folder that it lives in; made if need be.
    port
        TCP port of 127.0.0.1 that it also listens on, for ``atlante_read`` alone; None: its Unix socket alone.
    is_durable
        False: a power cut may destroy it, for tests.
    """

    data_dir: Path
    port: int | None = None
    is_durable: bool = True

    @classmethod
    def of(cls, settings: Settings) -> Cluster:
        """Return the cluster that a deployment's settings mean."""
        return cls(settings.data_dir, settings.database_port)

    @property
    def folder(self) -> Path:
        """The server's own folder: closed to everyone but the user that it runs as."""
        return self.data_dir / "postgres"

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The server's log since its last start."""
        return self.folder / "server.log"

    @property
    def socket_dir(self) -> Path:
        """Folder of the Unix socket: one with a short name where clients could not use the path."""
        usual = self.folder / "socket"
        length = len(os.fsencode(usual / f".s.PGSQL.{self.port or _DEFAULT_PORT}"))
        if length <= _LONGEST_SOCKET and "," not in str(usual):  # libpq takes a comma for the end of a host
            return usual
        digest = hashlib.sha256(os.fsencode(self.data_dir.resolve())).hexdigest()
        return Path(f"/tmp/atlante-{digest[:16]}")  # noqa: S108 - its owner and mode are checked before use

    def url(self, *, login: str = SUPERUSER, database: str = _DATABASE) -> str:
        """Return the address of a database of this cluster, as psycopg, psql and GDAL read it."""
        with self._reaching_folder():
            running = read_postmaster(self.data)
        folder = (running and running.socket_dir) or self.socket_dir
        port = (running and running.port) or self.port or _DEFAULT_PORT
        return f"postgresql://{quote(login)}@/{quote(database)}?host={quote(os.fsencode(folder))}&port={port}"

    def start(self) -> bool:
        """Start the server unless it runs; make the cluster and the database ``atlante`` where they are missing.

        Returns
        -------
        bool
            Whether this call started it. A server that is found running is left as it is.

        Raises
        ------
        PostgresNotInstalled
            If no server with PostGIS is on this machine.
        DiskFull
            If there is no room.
        PortTaken
            If another program listens on the port.
        ClusterFailed
            If it does not start for another reason; with the end of the server's log.
        """
        with self._reaching_folder():
            if read_postmaster(self.data) and self._obstacle() is None:
                return False
            account = Account.of_server(self.folder)
            make_reachable(self.data_dir, account)
            make_private(self.folder, account)
            with self._locked(account):
                return self._start(account)

    def stop(self) -> bool:
        """Stop the server: transactions that are open are rolled back, and the call waits for the end.

        Returns
        -------
        bool
            Whether it ran.

        Raises
        ------
        ClusterFailed
            If it does not stop.
        """
        with self._reaching_folder():
            if not self.data.is_dir():
                return False
            account = Account.of_server(self.folder)
            with self._locked(account):
                return self._stop(account)

    def status(self) -> ClusterStatus:
        """Return what the cluster is doing now.

        Raises
        ------
        ClusterFailed
            If its folder is closed to this user.
        """
        with self._reaching_folder():
            running = read_postmaster(self.data)
            made_by = self.data / "PG_VERSION"
            return ClusterStatus(
                is_running=running is not None,
                pid=running.pid if running else None,
                version=made_by.read_text(encoding="utf-8").strip() if made_by.is_file() else None,
                data_dir=self.data_dir,
                url=self.url(),
                size_mib=round(size_of(self.data) / 2**20, 1),
            )

    def _start(self, account: Account) -> bool:
        installation = installation_of(self.data)
        remove_leftovers(self.folder)
        if not self.data.is_dir():
            make_data(self.data, installation, account, is_durable=self.is_durable)
        has_started = False
        deadline = time.monotonic() + _WAIT_SECONDS
        while True:
            obstacle = self._obstacle() if read_postmaster(self.data) else _NO_SERVER
            if obstacle is None:
                return has_started
            if time.monotonic() > deadline:
                raise self._failure("The server does not answer", obstacle)
            if read_postmaster(self.data):  # it starts, recovers or stops on behalf of another process
                time.sleep(_PAUSE_SECONDS)
            else:
                self._launch(installation, account)
                has_started = True

    def _launch(self, installation: Installation, account: Account) -> None:
        self._check_port()
        make_private(self.socket_dir, account)
        write_file(self.data / SETTINGS_FILE, self._settings_text(), account)
        self._end_orphans()
        forget_stale_pid(self.data)
        if self.log.exists():
            self.log.replace(self.folder / "server.previous.log")
        done = account.run(
            installation.path("pg_ctl"),
            *("start", "-D", self.data.name, "-l", self.log.name, "-w", "-t", str(_WAIT_SECONDS), "-s"),
            folder=self.folder,  # names without a path: pg_ctl hands them to a shell
        )
        if done.returncode:
            raise self._failure("The server did not start", done.stdout)

    def _stop(self, account: Account) -> bool:
        if read_postmaster(self.data) is None:
            return False
        done = account.run(
            installation_of(self.data).path("pg_ctl"),
            *("stop", "-D", self.data.name, "-m", "fast", "-w", "-t", str(_WAIT_SECONDS), "-s"),
            folder=self.folder,
        )
        if done.returncode:
            raise self._failure("The server did not stop", done.stdout)
        if not self.socket_dir.is_relative_to(self.data_dir):
            with suppress(OSError):
                self.socket_dir.rmdir()
        return True

    def _settings_text(self) -> str:
        settings = settings_for(this_machine(), is_durable=self.is_durable) | {
            "listen_addresses": HOST if self.port else "",
            "port": str(self.port or _DEFAULT_PORT),
            "unix_socket_directories": '"{}"'.format(str(self.socket_dir).replace('"', '""')),
            "timezone": "UTC",
            "log_timezone": "UTC",
            "lc_messages": "C",  # we read the log
        }
        lines = (f"{name} = '{_escaped(value)}'" for name, value in settings.items())
        return "\n".join(["# Written by Atlante at each start; change settings in postgresql.conf.", *lines, ""])

    def _obstacle(self) -> str | None:
        """Return what keeps the server from taking connections; with None, our database is there, made if need be.

        Raises
        ------
        ClusterFailed
            If waiting can't help.
        """
        try:
            with psycopg.connect(self.url(database=_MAINTENANCE), autocommit=True, connect_timeout=10) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (_DATABASE,)).fetchone():
                    with suppress(
                        psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation
                    ):  # others were faster
                        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_DATABASE)))
        except psycopg.OperationalError as exc:
            running = read_postmaster(self.data)
            if running is None or not running.is_ready or _STARTS_OR_STOPS in str(exc):
                return str(exc)
            raise self._failure("The server runs, but can't be used", str(exc)) from exc
        return None

    def _failure(self, what: str, output: str) -> ClusterFailed | PortTaken:
        return failure_of(what, output, folder=self.folder, log=self.log, port=self.port)

    def _check_port(self) -> None:
        if self.port is None:
            return
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, self.port))
            except OSError as exc:
                if exc.errno == errno.EADDRINUSE:
                    raise port_taken(self.port) from exc

    def _end_orphans(self) -> None:
        """End what a killed postmaster left at work: its memory would keep a new one from starting."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while orphans := server_processes(self.data):
            if time.monotonic() > deadline:
                raise ClusterFailed(
                    f"The server of {self.data} was killed, and its processes {orphans} do not end. "
                    "End them (kill -9), then try again."
                )
            for pid in orphans:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGQUIT)  # as the postmaster does when one of them crashes
            time.sleep(_PAUSE_SECONDS)

    @contextmanager
    def _locked(self, account: Account) -> Iterator[None]:
        """Let one process at a time make, start or stop this cluster; the lock ends with its process."""
        with (self.folder / "lock").open("w", encoding="utf-8") as file:
            account.own(self.folder / "lock")
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _reaching_folder(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            if exc.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise DiskFull(self.folder, 0, NEEDED_MIB) from exc
            raise ClusterFailed(
                f"The cluster in {self.data_dir} can't be used: {exc}. "
                "Open its folder to this user, or choose another with ATLANTE_DATA_DIR."
            ) from exc


def _escaped(value: str) -> str:
    """Return a value for between single quotes in postgresql.conf."""
    return value.replace("\\", "\\\\").replace("'", "''")
