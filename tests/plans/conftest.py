"""Each query that a request makes is explained as it runs: what is tested is what the service really asks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from atlante.database import sql
from atlante.published import Snapshot
from atlante.settings import Settings
from atlante.web.application import create_application

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from flask import Flask
    from flask.testing import FlaskClient

type Node = dict[str, Any]

_REMOVED = ("Rows Removed by Filter", "Rows Removed by Index Recheck")


@dataclass(frozen=True)
class Scan:
    """One node that reads a table: how it finds the rows, and how many it looks at in all its loops."""

    table: str
    method: str
    index: str | None
    rows: int

    @classmethod
    def of(cls, node: Node, index: str | None) -> Scan:
        read = (node["Actual Rows"] + sum(node.get(key, 0) for key in _REMOVED)) * node["Actual Loops"]
        return cls(node["Relation Name"], node["Node Type"], index, round(read))


@dataclass(frozen=True)
class Plans:
    """What the queries of one request did."""

    scans: tuple[Scan, ...]

    @property
    def rows(self) -> dict[str, int]:
        """Rows that were looked at, by table."""
        counted: Counter[str] = Counter()
        for scan in self.scans:
            counted[scan.table] += scan.rows
        return dict(counted)

    @property
    def indexes(self) -> set[str | None]:
        """Indexes that found the rows; None: a table was read from end to end."""
        return {scan.index for scan in self.scans}


def _scans(node: Node) -> Iterator[Scan]:
    """Walk a plan; a bitmap scan is named after the index below it."""
    below = node.get("Plans", [])
    if "Relation Name" in node:
        yield Scan.of(node, node.get("Index Name") or next(map(_bitmap_index, below), None))
    for child in below:
        yield from _scans(child)


def _bitmap_index(node: Node) -> str | None:
    return node.get("Index Name") or next(map(_bitmap_index, node.get("Plans", [])), None)


@pytest.fixture(scope="session")
def italy_service(published: str) -> Iterator[Flask]:
    """Return the application that serves the release of Italy, with the statistics that publishing it left."""
    application = create_application(Settings.from_environment({}), database_url=published)
    yield application
    application.extensions["atlante.published"].close()


@pytest.fixture
def client(italy_service: Flask) -> FlaskClient:
    """Return a client of the service on the release of Italy."""
    return italy_service.test_client()


@pytest.fixture
def plans_of(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Plans]:
    """Return a function that makes a request and returns the plans of its queries, as they ran."""
    explained: list[Node] = []
    fetch = Snapshot.fetch

    def explain_and_fetch(
        snapshot: Snapshot, query: sql.SQL | sql.Composed, parameters: Mapping[str, object]
    ) -> list[tuple[Any, ...]]:
        asked = sql.SQL("EXPLAIN (ANALYZE, FORMAT JSON) {}").format(query)
        ((document,),) = fetch(snapshot, asked, parameters)
        explained.append(document[0]["Plan"])
        return fetch(snapshot, query, parameters)

    monkeypatch.setattr(Snapshot, "fetch", explain_and_fetch)

    def request(address: str) -> Plans:
        explained.clear()
        answer = client.get(address)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return Plans(tuple(scan for plan in explained for scan in _scans(plan)))

    return request
