"""Publication beside a stock pygeoapi: the same features, the same machine, the same run, over HTTP.

The peer is asked for the same page (``limit``) and the same tile. A cold tile is the first one that a server is asked
for after it has started and answered a page; the peer keeps no tiles, so that each of its tiles is cold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

_ALL = 10_000
_MUNICIPALITIES = 7_901
_SMALLEST_TILE = 10_000  # bytes: a tile with less is not the nation
_NATIONAL_TILE = "municipalities/tiles/WebMercatorQuad/5/11/17"


def _body(session: requests.Session, url: str) -> bytes:
    # the comparison is of servers, so nothing is compressed and nothing is parsed
    answer = session.get(url, headers={"Accept-Encoding": "identity"}, timeout=300)
    assert answer.status_code == 200, answer.text[:300]
    return answer.content


_PAGES = [
    ("ours", 1_000, 20),
    ("peer", 1_000, 5),
    ("ours", _ALL, 20),
    ("peer", _ALL, 5),
]


@pytest.mark.parametrize(("who", "limit", "rounds"), _PAGES)
def test_features(
    who: str, limit: int, rounds: int, request: pytest.FixtureRequest, benchmark: BenchmarkFixture
) -> None:
    url = f"{request.getfixturevalue(who)}/municipalities/items?f=json&limit={limit}"
    benchmark.group, benchmark.extra_info["who"] = f"{min(limit, _MUNICIPALITIES):,} municipalities", who
    body = benchmark.pedantic(_body, (requests.Session(), url), rounds=rounds, warmup_rounds=2)
    assert body.count(b'"Feature"') == min(limit, _MUNICIPALITIES)


def test_a_national_tile_that_nobody_has_asked_for(restarted: Callable[[], str], benchmark: BenchmarkFixture) -> None:
    benchmark.group, benchmark.extra_info["who"] = "national tile z5, cold", "ours"

    def start() -> tuple[tuple[requests.Session, str], dict[str, object]]:
        url, session = restarted(), requests.Session()
        _body(session, f"{url}/municipalities/items?f=json&limit=1")
        return (session, f"{url}/{_NATIONAL_TILE}?f=mvt"), {}

    tile = benchmark.pedantic(_body, setup=start, rounds=5)
    assert len(tile) > _SMALLEST_TILE


def test_a_national_tile_of_the_peer(peer: str, benchmark: BenchmarkFixture) -> None:
    benchmark.group, benchmark.extra_info["who"] = "national tile z5, cold", "peer"
    tile = benchmark.pedantic(_body, (requests.Session(), f"{peer}/{_NATIONAL_TILE}?f=pbf"), rounds=1)
    assert len(tile) > _SMALLEST_TILE


def test_a_national_tile_that_is_asked_for_again(ours: str, benchmark: BenchmarkFixture) -> None:
    benchmark.group, benchmark.extra_info["who"] = "national tile z5, warm", "ours"
    url = f"{ours}/{_NATIONAL_TILE}?f=mvt"
    # more rounds of warming than there are workers, on new connections: every worker has made the tile
    for _ in range(8):
        _body(requests.Session(), url)
    tile = benchmark.pedantic(_body, (requests.Session(), url), rounds=20)
    assert len(tile) > _SMALLEST_TILE
