"""The memory of a program and of the server's processes that work for it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAMPLE_S: Final = 0.05
_OF_DATABASE: Final = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@dataclass(slots=True)
class Peak:
    """The most memory that was held at a time, in GiB."""

    gib: float = 0.0


def private_gib(pid: int) -> float:
    """Return the memory of a process without what it shares; 0 where it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    sizes = dict(line.split(":", 1) for line in status.splitlines() if line.startswith("Rss"))
    held = (sizes[name] for name in ("RssAnon", "RssFile") if name in sizes)  # none of a process that is just ending
    return sum(int(size.split()[0]) for size in held) / 2**20


@contextmanager
def watched(url: str, pid: int) -> Iterator[Peak]:
    """Watch the memory of a process and of the server's processes for a database together while the block runs.

    Sampled twenty times a second, without what they share (PostgreSQL's buffers), with mapped pages of files.
    """
    peak, is_over = Peak(), threading.Event()

    def watch() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not is_over.wait(_SAMPLE_S):
                serving = connection.execute(_OF_DATABASE).fetchall()
                peak.gib = max(peak.gib, sum(private_gib(each) for each in (pid, *(other for (other,) in serving))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        is_over.set()
        watcher.join()
