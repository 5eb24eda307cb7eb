"""The tiles that are kept in memory."""

from __future__ import annotations

import gzip

from atlante.tiles.cache import Tile, TileCache, TileKey


def _key(column: int, release_key: str = "a") -> TileKey:
    return TileKey(release_key, "municipalities", 5, column, 0)


def test_a_tile_compresses_to_itself_and_always_to_the_same_bytes() -> None:
    tile = Tile.of(b"tile" * 1000)
    assert gzip.decompress(tile.gzipped) == tile.mvt
    assert tile == Tile.of(b"tile" * 1000)


def test_an_empty_tile_stays_empty() -> None:
    assert Tile.of(b"") == Tile(b"", b"")


def test_a_tile_of_another_release_is_another_tile() -> None:
    cache = TileCache()
    cache.put(_key(1, "a"), Tile(b"old", b""))
    assert cache.get(_key(1, "b")) is None
    assert cache.get(_key(1, "a")) == Tile(b"old", b"")


def test_the_tile_that_was_not_asked_for_the_longest_makes_room() -> None:
    one = Tile(b"x" * 1000, b"")
    cache = TileCache(max_bytes=3 * one.size)
    for column in (1, 2, 3):
        cache.put(_key(column), one)
    cache.get(_key(1))
    cache.put(_key(4), one)
    assert [column for column in (1, 2, 3, 4) if cache.get(_key(column))] == [1, 3, 4]


def test_the_bytes_that_are_kept_never_exceed_the_bound() -> None:
    cache = TileCache(max_bytes=5_000)
    for n in range(100):
        cache.put(_key(n % 7), Tile(b"x" * (n * 131 % 2_000), b""))
        assert cache.size <= 5_000


def test_a_tile_that_is_larger_than_the_bound_is_not_kept() -> None:
    cache = TileCache(max_bytes=100)
    cache.put(_key(1), Tile(b"x" * 1000, b""))
    assert (cache.get(_key(1)), cache.size) == (None, 0)


def test_replacing_a_tile_counts_it_once() -> None:
    cache = TileCache()
    for _ in range(3):
        cache.put(_key(1), Tile(b"x" * 1000, b""))
    assert cache.size == Tile(b"x" * 1000, b"").size
