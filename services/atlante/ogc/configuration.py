"""pygeoapi's configuration, made from the collections of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atlante.ogc.crs import CRS84, SERVED

if TYPE_CHECKING:
    from datetime import date

    from atlante.published import Collection, Release

LANGUAGES: Final = ("it", "en", "de")  # the first is the default
DEFAULT_ITEMS: Final = 1_000
MOST_ITEMS: Final = 10_000
LARGEST_ZOOM: Final = 22
_SYNTHETIC: Final = {"it": "DATI SINTETICI. ", "en": "SYNTHETIC DATA. ", "de": "SYNTHETISCHE DATEN. "}
_TITLE: Final = {
    "it": "Atlante dell'innovazione",
    "en": "Atlas of innovation",
    "de": "Atlas der Innovation",
}
_DESCRIPTION: Final = {
    "it": "Indicatori territoriali di innovazione dai registri delle imprese: comuni, province, regioni.",
    "en": "Territorial indicators of innovation from business registers: municipalities, provinces, regions.",
    "de": "Räumliche Innovationsindikatoren aus Unternehmensregistern: Gemeinden, Provinzen, Regionen.",
}


def configuration(release: Release | None, *, url: str) -> dict[str, Any]:
    """Return what pygeoapi has to know to serve a release; without one, a service without collections.

    Parameters
    ----------
    url
        Where clients find the API, without a slash at the end.
    """
    collections = release.collections.values() if release else ()
    is_synthetic = release is not None and release.is_synthetic
    return {
        "server": {
            "url": url,
            "bind": {"host": "127.0.0.1", "port": 0},  # asked for, and not used: the service binds its port itself
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": list(LANGUAGES),
            "limits": {"default_items": DEFAULT_ITEMS, "max_items": MOST_ITEMS, "on_exceed": "throttle"},
            "map": {
                "url": "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
                "attribution": "© OpenStreetMap contributors",
            },
        },
        "logging": {"level": "CRITICAL"},
        "metadata": _metadata(url, is_synthetic=is_synthetic),
        "resources": {
            collection.collection_id: _resource(collection, is_synthetic=is_synthetic) for collection in collections
        },
    }


def _marked(text: dict[str, str], *, is_synthetic: bool) -> dict[str, str]:
    """Return a text that says so where the data are made up."""
    return {language: _SYNTHETIC[language] + words for language, words in text.items()} if is_synthetic else text


def _metadata(url: str, *, is_synthetic: bool) -> dict[str, Any]:
    return {
        "identification": {
            "title": _TITLE,
            "description": _marked(_DESCRIPTION, is_synthetic=is_synthetic),
            "keywords": {"it": ["innovazione", "territorio"], "en": ["innovation", "territory"]},
            "keywords_type": "theme",
            "terms_of_service": "https://creativecommons.org/licenses/by/4.0/",
            "url": url,
        },
        "license": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        "provider": {"name": "Atlante", "url": url},
        "contact": {"name": "Atlante", "url": url},
    }


def _resource(collection: Collection, *, is_synthetic: bool) -> dict[str, Any]:
    extents: dict[str, Any] = {"spatial": {"bbox": list(collection.bbox), "crs": CRS84}}
    if collection.has_time:
        extents["temporal"] = {"begin": _midnight(collection.begins), "end": _midnight(collection.ends)}
    return {
        "type": "collection",
        "title": dict(collection.title),
        "description": _marked(dict(collection.description), is_synthetic=is_synthetic),
        "keywords": list(collection.keywords),
        "extents": extents,
        "providers": [_feature_provider(collection), *([_tile_provider(collection)] if collection.has_tiles else [])],
    }


def _midnight(day: date | None) -> str | None:
    return None if day is None else f"{day.isoformat()}T00:00:00Z"


def _feature_provider(collection: Collection) -> dict[str, Any]:
    return {
        "type": "feature",
        "name": "atlante.ogc.features.PublishedFeatures",
        "data": collection.collection_id,
        "id_field": None if collection.has_time else "code",
        "title_field": "name",
        "time_field": "period" if collection.kind == "observations" else None,
        "storage_crs": CRS84,
        "crs": list(SERVED),
    }


def _tile_provider(collection: Collection) -> dict[str, Any]:
    return {
        "type": "tile",
        "name": "atlante.tiles.provider.PublishedTiles",
        "data": collection.collection_id,
        "options": {"schemes": ["WebMercatorQuad"], "zoom": {"min": 0, "max": LARGEST_ZOOM}},
        "format": {"name": "mvt", "mimetype": "application/vnd.mapbox-vector-tile"},
    }
