"""Documents that describe a tile set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from atlante.published import Collection

_CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_SMALLEST_ZOOM, _DETAILED_ZOOM = 0, 14  # from there on clients enlarge: 14 shows 0.6 m
_CENTRE_ZOOM: Final = 5
_MIME_TYPE: Final = "application/vnd.mapbox-vector-tile"


def tile_json(collection: Collection, *, url: str, title: str, description: str) -> dict[str, Any]:
    """Return the TileJSON 3 document of a collection's tiles.

    Parameters
    ----------
    url
        Of the tile set, without a slash at the end.
    """
    box = collection.bbox
    return {
        "tilejson": "3.0.0",
        "name": title,
        "description": description,
        "scheme": "xyz",
        "tiles": [f"{url}/{{z}}/{{y}}/{{x}}?f=mvt"],
        "minzoom": _SMALLEST_ZOOM,
        "maxzoom": _DETAILED_ZOOM,
        "bounds": list(box),
        "center": [(box.min_lon + box.max_lon) / 2, (box.min_lat + box.max_lat) / 2, _CENTRE_ZOOM],
        "vector_layers": [
            {
                "id": collection.collection_id,
                "description": description,
                "minzoom": _SMALLEST_ZOOM,
                "maxzoom": _DETAILED_ZOOM,
                "fields": {
                    field.name: "Number" if field.type in ("integer", "number") else "String"
                    for field in collection.fields.values()
                    if field.is_in_tiles
                },
            }
        ],
    }


def tileset_metadata(
    collection: Collection,
    grid: Any,  # noqa: ANN401 - pygeoapi's
    *,
    url: str,
    server_url: str,
    title: str,
    description: str,
) -> dict[str, Any]:
    """Return the OGC tile set metadata of a collection's tiles."""
    box = collection.bbox
    return {
        "title": title,
        "description": description,
        "dataType": "vector",
        "crs": grid.crs,
        "tileMatrixSetURI": grid.tileMatrixSetURI,
        "mediaTypes": [_MIME_TYPE],
        "boundingBox": {
            "lowerLeft": [box.min_lon, box.min_lat],
            "upperRight": [box.max_lon, box.max_lat],
            "crs": _CRS84,
        },
        "layers": [
            {
                "id": collection.collection_id,
                "title": title,
                "dataType": "vector",
                "geometryDimension": 2,
                "propertiesSchema": {
                    "type": "object",
                    "properties": {
                        field.name: {"type": "string" if field.type == "date" else field.type}
                        for field in collection.fields.values()
                        if field.is_in_tiles
                    },
                },
            }
        ],
        "links": _links(grid, url=url, server_url=server_url),
    }


def _links(grid: Any, *, url: str, server_url: str) -> list[dict[str, Any]]:  # noqa: ANN401
    return [
        {"rel": "self", "type": "application/json", "title": "This document", "href": f"{url}?f=json"},
        {"rel": "alternate", "type": "application/json", "title": "TileJSON", "href": f"{url}?f=tilejson"},
        {
            "rel": "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme",
            "type": "application/json",
            "title": grid.title,
            "href": f"{server_url}/TileMatrixSets/{grid.tileMatrixSet}?f=json",
        },
        {
            "rel": "item",
            "type": _MIME_TYPE,
            "title": "Vector tiles",
            "href": f"{url}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}?f=mvt",
            "templated": True,
        },
    ]
