"""Making a data folder: at once or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from atlante.database.cluster.failures import failure_of, free_mib
from atlante.database.cluster.installation import find_server
from atlante.errors import ClusterFailed, DiskFull, PostgresNotInstalled

if TYPE_CHECKING:
    from atlante.database.cluster.account import Account
    from atlante.database.cluster.installation import Installation

SUPERUSER = "atlante"
SETTINGS_FILE = "atlante.conf"
NEEDED_MIB = 500  # a new cluster, its WAL and a published register of Italy
_PARTIAL = "initdb-"
_BUILTIN_LOCALES_SINCE = 17

# Whoever reaches the socket, in a folder closed to others, is trusted. A port is open to every user of the machine:
# there only the role that reads published data logs in.
_LOGINS = """\
# TYPE  DATABASE  USER          ADDRESS       METHOD
local   all       all                         trust
host    all       atlante_read  127.0.0.1/32  trust
"""


def installation_of(data: Path) -> Installation:
    """Return the programs that open a data folder: the version that made it; for a new one the newest.

    Raises
    ------
    PostgresNotInstalled
        If no server with PostGIS is here.
    ClusterFailed
        If the folder was made by a version that is not here, or is not PostgreSQL's.
    """
    if not data.is_dir():
        return find_server()
    try:
        major = int((data / "PG_VERSION").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError) as exc:
        raise ClusterFailed(
            f"{data} is not a PostgreSQL data folder. Move it away, or choose another with ATLANTE_DATA_DIR."
        ) from exc
    try:
        return find_server(major=major)
    except PostgresNotInstalled as exc:
        installed = find_server()
        raise ClusterFailed(
            f"{data} was made by PostgreSQL {major}, and this machine has {installed.version}. Install PostgreSQL "
            f"{major} with PostGIS, or start anew in another folder with ATLANTE_DATA_DIR."
        ) from exc


def make_data(data: Path, installation: Installation, account: Account, *, is_durable: bool) -> None:
    """Make a data folder; whenever this is interrupted, the folder is not there and it can be made again.

    Raises
    ------
    DiskFull
        If less than 500 MiB are free.
    ClusterFailed
        If initdb fails; with what it said.
    """
    folder = data.parent
    if free_mib(folder) < NEEDED_MIB:
        raise DiskFull(folder, free_mib(folder), NEEDED_MIB)
    partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=folder))
    try:
        account.own(partial)
        _initdb(partial, installation, account, is_durable=is_durable)
        write_file(partial / "pg_hba.conf", _LOGINS, account)
        with (partial / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(f"\ninclude_if_exists = '{SETTINGS_FILE}' # Atlante writes it at each start; yours come after\n")
        partial.rename(data)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def remove_leftovers(folder: Path) -> None:
    """Remove what an initdb that was killed has left; its last child may still write: then the next start does it."""
    for leftover in folder.glob(f"{_PARTIAL}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def write_file(path: Path, text: str, account: Account) -> None:
    """Write a file of the server, and see it on the disk."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    account.own(path)


def _initdb(partial: Path, installation: Installation, account: Account, *, is_durable: bool) -> None:
    done = account.run(
        installation.path("initdb"),
        *("-D", partial.name, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--data-checksums"),
        *_locale(installation.major),
        *(() if is_durable else ("--no-sync",)),
        folder=partial.parent,  # names without a path: initdb hands them to a shell
    )
    if done.returncode:
        raise failure_of(f"initdb could not make {partial.parent / 'data'}", done.stdout, folder=partial.parent)


def _locale(major: int) -> tuple[str, ...]:
    """Return options for an order of text that is the same everywhere, and letters of all languages."""
    if major >= _BUILTIN_LOCALES_SINCE:
        return ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    if sys.platform == "darwin":
        return ("--lc-collate=C", "--lc-ctype=en_US.UTF-8")
    return ("--locale=C.UTF-8",)
