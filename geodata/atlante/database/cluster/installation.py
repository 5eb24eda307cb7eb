"""The PostgreSQL servers that are installed on this machine."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from atlante.errors import PostgresNotInstalled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OLDEST_MAJOR = 15

_PACKAGE_FOLDERS = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # Red Hat, from postgresql.org
    "/opt/homebrew/opt/postgresql*/bin",  # Homebrew on Apple silicon
    "/usr/local/opt/postgresql*/bin",  # Homebrew on Intel
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
_NEEDED = ("initdb", "pg_ctl", "postgres")
_VERSION = re.compile(r"PostgreSQL\) ((\d+)\S*)")


@dataclass(frozen=True, slots=True)
class Installation:
    """One server that is installed: the folder of its programs, and its version as ``15.6``."""

    folder: Path
    version: str

    def __str__(self) -> str:
        return f"PostgreSQL {self.version} in {self.folder}"

    @property
    def major(self) -> int:
        """The version that decides whether a data folder can be opened."""
        return int(re.split(r"\D", self.version, maxsplit=1)[0])

    def path(self, program: str) -> str:
        """Return the path of ``initdb``, ``pg_ctl`` or ``postgres``."""
        return str(self.folder / program)

    def has_postgis(self) -> bool:
        """Whether the PostGIS extension is installed for this server."""
        return any((share / "extension" / "postgis.control").is_file() for share in self._share_folders())

    def _share_folders(self) -> Iterator[Path]:
        if os.access(self.folder / "pg_config", os.X_OK):
            yield Path(_output(self.path("pg_config"), "--sharedir"))
        prefix = self.folder.parent
        yield from (prefix / "share", prefix / "share" / "postgresql")
        yield Path(f"/usr/share/postgresql/{self.major}")


def find_server(*, major: int | None = None, folders: Iterable[Path] | None = None) -> Installation:
    """Return the newest server on this machine that has PostGIS.

    Parameters
    ----------
    major
        Only this major version, if given: a data folder opens with the version that made it.
    folders
        Where to look; default: ``PATH`` and where packages for Linux and macOS put it.

    Raises
    ------
    PostgresNotInstalled
        If there is none; says what is missing.
    """
    servers = sorted(_servers(folders if folders is not None else _usual_folders()), key=lambda server: -server.major)
    fitting = [server for server in servers if major in {None, server.major}]
    if not fitting:
        wanted = f"A PostgreSQL server {major}" if major else f"A PostgreSQL server {OLDEST_MAJOR} or newer"
        raise PostgresNotInstalled(wanted)
    for server in fitting:
        if server.has_postgis():
            return server
    raise PostgresNotInstalled(f"PostGIS for the PostgreSQL {fitting[0].version} in {fitting[0].folder}")


def _usual_folders() -> Iterator[Path]:
    yield from (Path(folder) for folder in os.get_exec_path() if folder)
    for pattern in _PACKAGE_FOLDERS:
        yield from sorted(Path("/").glob(pattern.removeprefix("/")))


def _servers(folders: Iterable[Path]) -> Iterator[Installation]:
    """Yield the installations in some folders, each once, if new enough."""
    seen = set()
    for folder in folders:
        if not all(os.access(folder / program, os.X_OK) for program in _NEEDED):  # folders of PATH may be closed
            continue
        home = (folder / "pg_ctl").resolve().parent  # PATH may hold links to it
        if home not in seen:
            seen.add(home)
            match = _VERSION.search(_output(str(home / "postgres"), "--version"))
            if match and int(match[2]) >= OLDEST_MAJOR:
                yield Installation(home, match[1])


def _output(program: str, option: str) -> str:
    """Return what a program prints, nothing if it can't run."""
    try:
        return subprocess.run([program, option], capture_output=True, text=True, check=True, timeout=30).stdout.strip()  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
