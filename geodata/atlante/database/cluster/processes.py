"""What runs in a data folder: the postmaster, and what a killed one left behind."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from atlante.database.cluster.account import Account

_PROC = Path("/proc")
_PID_FILE = "postmaster.pid"
_PORT_LINE, _SOCKET_LINE, _STATE_LINE = 3, 4, 7  # counted from 0; the postmaster adds them while it starts


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A running server, as its pid file describes it; port and socket folder are None while it starts."""

    pid: int
    port: int | None = None
    socket_dir: Path | None = None
    is_ready: bool = False


def read_postmaster(data: Path) -> Postmaster | None:
    """Return the server that runs in a data folder; None where none does, whatever a stale pid file says."""
    lines = _pid_file_lines(data)
    pid = _pid(lines)
    if pid is None or not _is_server(pid, data):
        return None
    if len(lines) <= _SOCKET_LINE or not lines[_SOCKET_LINE]:
        return Postmaster(pid)
    is_ready = len(lines) > _STATE_LINE and lines[_STATE_LINE].strip() == "ready"
    return Postmaster(pid, int(lines[_PORT_LINE]), Path(lines[_SOCKET_LINE]), is_ready)


def server_processes(data: Path) -> list[int]:
    """Return the ids of all server processes of a data folder; none where the system has no ``/proc`` (macOS)."""
    ids = (int(entry.name) for entry in _PROC.glob("[0-9]*"))
    return [pid for pid in ids if _works_in(pid, data)]


def forget_stale_pid(data: Path) -> None:
    """Remove a pid file whose number belongs to another program now, as after a restart of the machine.

    PostgreSQL can't tell that program from a server and refuses to start. A file whose number is of no process is left
    to PostgreSQL, which also looks at the shared memory that it names.
    """
    pid = _pid(_pid_file_lines(data))
    if _PROC.is_dir() and pid is not None and _exists(pid) and not server_processes(data):
        (data / _PID_FILE).unlink(missing_ok=True)


def _pid_file_lines(data: Path) -> list[str]:
    try:
        return (data / _PID_FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _pid(lines: list[str]) -> int | None:
    """Return the process id of a pid file; PostgreSQL writes it negative for a server in single-user mode."""
    text = lines[0].strip().removeprefix("-") if lines else ""
    return int(text) if text.isdigit() else None


def _is_server(pid: int, data: Path) -> bool:
    return _works_in(pid, data) if _PROC.is_dir() else _exists(pid)


def _works_in(pid: int, data: Path) -> bool:
    """Whether a process is PostgreSQL's and works in a data folder: each of them makes it its working folder."""
    process = _PROC / str(pid)
    try:
        is_postgres = (process / "comm").read_text(encoding="utf-8").strip() == "postgres"
        return is_postgres and _working_folder(process, data) == data.resolve()
    except OSError:  # it has ended, or is another user's
        return False


def _working_folder(process: Path, data: Path) -> Path:
    try:
        return (process / "cwd").readlink()
    except PermissionError:
        if os.geteuid():
            raise
        # Root of a container may not look into the processes of others; the server's own user may.
        return Path(Account.of_server(data).run("readlink", str(process / "cwd")).stdout.removesuffix("\n"))


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
