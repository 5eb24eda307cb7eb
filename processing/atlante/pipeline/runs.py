"""Runs: one writing verb, one transaction, one row in ``ops.run``."""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

import orjson

from atlante.database import Connection, Role, connect, exclusive_transaction, load_queries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

type Verb = Literal[
    "territories load", "territories forget", "ingest", "survey load", "context load", "build", "publish"
]

QUERIES = load_queries("atlante.pipeline")


class Run:
    """A run in progress.

    Attributes
    ----------
    connection
        The connection of its transaction.
    run_id
        Its row in ``ops.run``.
    """

    def __init__(self, connection: Connection, run_id: int) -> None:
        self.connection, self.run_id = connection, run_id
        self._summary: dict[str, Any] = {}

    def summarise(self, summary: Any) -> None:  # noqa: ANN401 - any dataclass instance
        """Store what the run came to; it becomes visible with the run's own data."""
        self._summary |= dataclasses.asdict(summary)

    def summarise_mapping(self, summary: Mapping[str, Any]) -> None:
        """Do the same with what is no dataclass."""
        self._summary |= summary

    def finish(self) -> None:
        """Write the end of the run."""
        summary = orjson.dumps(self._summary, default=str).decode()
        self.connection.execute(QUERIES["end_run"], {"run_id": self.run_id, "summary": summary})


@contextmanager
def open_run(url: str, verb: Verb) -> Iterator[Run]:
    """Run the block in one transaction under the loading role, as the only writer.

    Raises
    ------
    PipelineBusy
        If another process writes to this database.
    """
    with connect(url, role=Role.LOAD) as connection, exclusive_transaction(connection):
        parameters = {"verb": verb, "software_version": version("atlante")}
        row = connection.execute(QUERIES["begin_run"], parameters).fetchone()
        run = Run(connection, row[0] if row else 0)
        yield run
        run.finish()
