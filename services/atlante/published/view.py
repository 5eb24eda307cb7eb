"""One consistent view of the current release."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atlante.database import load_queries, translate_errors
from atlante.published.release import Collection, Release

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atlante.database import Connection, ReadPool, sql

_QUERIES = load_queries(__package__)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of the database at one moment, and the release that was current then.

    All queries of a request run here, in one repeatable-read transaction: a release that is published or removed
    meanwhile is not seen, so an answer never mixes two.

    Attributes
    ----------
    release
        None: nothing has been published yet.
    """

    connection: Connection
    release: Release | None

    def fetch(self, query: sql.SQL | sql.Composed, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """Return all rows of a query.

        Raises
        ------
        DatabaseUnavailable
            If the connection was lost.
        ValueRefused
            If a parameter is nothing that the database can use.
        """
        with translate_errors():
            return self.connection.execute(query, parameters).fetchall()


class Publication:
    """The current release, read through a pool. Collections are kept per release, since a release never changes."""

    def __init__(self, pool: ReadPool) -> None:
        self._pool = pool
        self._latest: Release | None = None

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Open a consistent view; which release it sees is asked anew each time (0.1 ms)."""
        self._pool.open()  # does nothing once it is open
        with translate_errors(), self._pool.connection() as connection, connection.transaction():
            yield Snapshot(connection, self._current(connection))

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def _current(self, connection: Connection) -> Release | None:
        row = connection.execute(_QUERIES["current_release"]).fetchone()
        if row is None:
            return None
        latest = self._latest
        if latest is not None and (latest.release_id, latest.published_at) == row[:2]:
            return latest
        rows = connection.execute(_QUERIES["collections"], {"release_id": row[0]}).fetchall()
        self._latest = Release.of(row, map(Collection.of, rows))
        return self._latest
