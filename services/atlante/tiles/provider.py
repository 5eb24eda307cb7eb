"""The tile provider: pygeoapi's questions about vector tiles, answered from ``publish``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pygeoapi.models.provider.base import TileMatrixSetEnum
from pygeoapi.provider.base import ProviderInvalidQueryError
from pygeoapi.provider.tile import BaseTileProvider, ProviderTilesetIdNotFoundError

from atlante.database import load_queries
from atlante.published import offer_gzip, snapshot
from atlante.tiles.cache import Tile, TileKey, tile_cache
from atlante.tiles.metadata import tile_json, tileset_metadata

if TYPE_CHECKING:
    from atlante.published import Collection, Release

_QUERIES: Final = load_queries(__package__)
_GRID: Final = TileMatrixSetEnum.WEBMERCATORQUAD.value
_MIME_TYPE: Final = "application/vnd.mapbox-vector-tile"


class TileNotFound(ProviderTilesetIdNotFoundError):  # type: ignore[misc] # pygeoapi has no types
    """No such tile, or tile matrix set; pygeoapi answers it with 404."""


class PublishedTiles(BaseTileProvider):  # type: ignore[misc] # pygeoapi has no types
    """Vector tiles of one published collection. pygeoapi makes an instance per request; nothing is kept here."""

    def __init__(self, provider_def: dict[str, Any]) -> None:
        super().__init__(provider_def)
        self.tile_type = "vector"

    def get_layer(self) -> str:
        """Return the name of the layer in the tiles: the collection's id."""
        return str(self.data)

    def get_tiling_schemes(self) -> list[Any]:
        """Return the tile matrix sets: WebMercatorQuad."""
        return [_GRID]

    def get_tiles_service(self, baseurl: str, servicepath: str, **_: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return links to the tiles and to what describes them."""
        del baseurl
        tiles = servicepath.replace("{tileMatrixSetId}", _GRID.tileMatrixSet)
        tileset = tiles.partition("/{tileMatrix}")[0]
        return {
            "links": [
                {"rel": "item", "type": _MIME_TYPE, "title": "Vector tiles", "href": tiles, "templated": True},
                {
                    "rel": "describedby",
                    "type": "application/json",
                    "title": "TileJSON",
                    "href": f"{tileset}?f=tilejson",
                },
            ]
        }

    def get_tiles(self, layer: str, tileset: str, z: str, y: str, x: str, format_: str) -> bytes:
        """Return a tile; empty where it shows nothing.

        Raises
        ------
        ProviderInvalidQueryError
            If zoom, row or column is no integer (400).
        TileNotFound
            If there is no such tile matrix set, or no such tile in it (404).
        """
        del layer, format_
        _check_grid(tileset)
        release, collection = self._published()
        key = TileKey(release.key, collection.collection_id, *_address(z, x, y, self.options["zoom"]["max"]))
        tile = tile_cache().get(key)
        if tile is None:
            tile = Tile.of(_make(key, release, collection))
            tile_cache().put(key, tile)
        offer_gzip(tile.gzipped)
        return tile.mvt

    def get_metadata(self, dataset: str, server_url: str, tileset: str, **question: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return what describes the tile set: OGC metadata, TileJSON 3, or what the HTML template shows.

        Raises
        ------
        TileNotFound
            If there is no such tile matrix set (404).
        """
        _check_grid(tileset)
        collection = self._published()[1]
        url = f"{server_url}/collections/{dataset}/tiles/{tileset}"
        texts = {name: question.get(name) or "" for name in ("title", "description")}
        match question.get("metadata_format"):
            case "tilejson":
                return tile_json(collection, url=url, **texts)
            case "html":
                return {
                    "id": dataset,
                    "title": texts["title"],
                    "tileset": tileset,
                    "collections_path": f"{url}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}?f=mvt",
                    "json_url": f"{url}/metadata?f=json",
                }
            case _:
                return tileset_metadata(collection, _GRID, url=url, server_url=server_url, **texts)

    def _published(self) -> tuple[Release, Collection]:
        """Return the collection as this request's release has it."""
        release = snapshot().release
        if release is None or self.data not in release.collections:
            raise TileNotFound(user_msg=f"There is no collection {self.data!r} any more.")
        return release, release.collections[self.data]

    def __repr__(self) -> str:
        return f"<PublishedTiles> {self.data}"


def _check_grid(tileset: str) -> None:
    if tileset != _GRID.tileMatrixSet:
        raise TileNotFound(
            user_msg=f"There is no tile matrix set {tileset!r} here. There is one: {_GRID.tileMatrixSet}."
        )


def _address(zoom: str, column: str, row: str, largest_zoom: int) -> tuple[int, int, int]:
    """Return zoom, column and row of a tile that exists."""
    for name, text in (("tileMatrix", zoom), ("tileRow", row), ("tileCol", column)):
        if not (text.isascii() and text.removeprefix("-").isdigit()):
            raise ProviderInvalidQueryError(user_msg=f"{name} is {text!r}; expected an integer.")
    z, x, y = (int(text) if len(text) < 10 else -1 for text in (zoom, column, row))  # noqa: PLR2004 - no grid is as wide
    if not 0 <= z <= largest_zoom or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise TileNotFound(
            user_msg=f"{_GRID.tileMatrixSet} has no tile {zoom}/{row}/{column} here: zooms are 0 to {largest_zoom}, "
            "rows and columns 0 to 2^zoom - 1."
        )
    return z, x, y


def _make(key: TileKey, release: Release, collection: Collection) -> bytes:
    ((mvt,),) = snapshot().fetch(
        _QUERIES["tile"],
        {
            "release_id": release.release_id,
            "collection_id": collection.collection_id,
            "vintage_id": release.vintage_id,
            "level": collection.level,
            "tile_zoom": key.zoom,
            "tile_column": key.column,
            "tile_row": key.row,
        },
    )
    return bytes(mvt or b"")
