"""What went wrong with the server, as one of our errors."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from atlante.errors import ClusterFailed, DiskFull, PortTaken

if TYPE_CHECKING:
    from pathlib import Path

HOST = "127.0.0.1"
_TAIL_LINES = 12
_MIB = 2**20
_START_MIB = 64  # to start a cluster that exists: a few WAL files


def free_mib(folder: Path) -> int:
    """Return what is free for plain users on the disk of a folder."""
    return shutil.disk_usage(folder).free // _MIB


def failure_of(
    what: str, output: str, *, folder: Path, log: Path | None = None, port: int | None = None
) -> ClusterFailed | PortTaken:
    """Return the error for a server program that failed.

    Parameters
    ----------
    what
        The first line of the message.
    output
        What the program printed.
    folder
        Where the cluster lives.
    log
        The server's log: its end becomes part of the message.
    port
        The TCP port that the server was to listen on.
    """
    text = output + _read(log)
    if "No space left on device" in text or free_mib(folder) == 0:  # on a full disk there is no log either
        return DiskFull(folder, free_mib(folder), _START_MIB)
    if port and f'could not bind IPv4 address "{HOST}": Address already in use' in text:
        return port_taken(port)
    tail = "\n".join(text.strip().splitlines()[-_TAIL_LINES:])
    where = f"\nThe log is {log}." if log else ""
    return ClusterFailed(f"{what}:\n{tail}{where}")


def port_taken(port: int) -> PortTaken:
    """Return the error for the cluster's own port."""
    return PortTaken(HOST, port, "ATLANTE_DATABASE_PORT")


def _read(log: Path | None) -> str:
    return log.read_text(encoding="utf-8", errors="replace") if log and log.is_file() else ""
