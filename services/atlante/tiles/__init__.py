"""Vector tiles of published collections (OGC API - Tiles, TileJSON 3): a provider for pygeoapi and a cache."""

from atlante.tiles.cache import Tile, TileCache, install

__all__ = ["Tile", "TileCache", "install"]
