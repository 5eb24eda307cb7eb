"""A stock pygeoapi over one PostGIS table, served like ours: the peer of the benchmarks. Run in a process of its own.

``python stock_pygeoapi.py DATABASE_URL PORT FOLDER``
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import yaml
from gunicorn.app.base import BaseApplication
from sqlalchemy import make_url


def configuration(database_url: str, port: int) -> dict[str, Any]:
    """Return the configuration as the documentation shows it: features and vector tiles of one table."""
    url = make_url(database_url)
    where = {"host": url.query["host"], "port": url.query.get("port", "5432"), "user": url.username}
    table = {
        "data": {**where, "dbname": url.database, "search_path": ["peer", "public"]},
        "id_field": "id",
        "table": "municipalities",
        "geom_field": "geom",
    }
    features = {"type": "feature", "name": "PostgreSQL", **table}
    tiles = {
        "type": "tile",
        "name": "MVT-postgresql",
        **table,
        "options": {"zoom": {"min": 0, "max": 15}},
        "format": {"name": "pbf", "mimetype": "application/vnd.mapbox-vector-tile"},
        "storage_crs": "http://www.opengis.net/def/crs/EPSG/0/4326",
    }
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["en-US"],
            "limits": {"default_items": 10, "max_items": 10000},
            "map": {"url": "https://tile.example/{z}/{x}/{y}.png", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": _METADATA,
        "resources": {
            "municipalities": {
                "type": "collection",
                "title": "Municipalities",
                "description": "Municipalities",
                "keywords": ["municipalities"],
                "links": [],
                "extents": {
                    "spatial": {"bbox": [6, 35, 19, 48], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
                },
                "providers": [features, tiles],
            }
        },
    }


_METADATA = {
    "identification": {
        "title": "peer",
        "description": "peer",
        "keywords": ["peer"],
        "keywords_type": "theme",
        "terms_of_service": "none",
        "url": "https://example.org",
    },
    "license": {"name": "none", "url": "https://example.org"},
    "provider": {"name": "none", "url": "https://example.org"},
    "contact": {"name": "none"},
}


class _Server(BaseApplication):
    def __init__(self, port: int) -> None:
        self._port = port
        super().__init__()

    def load_config(self) -> None:
        for key, value in {"bind": f"127.0.0.1:{self._port}", "workers": 2, "threads": 4, "timeout": 300}.items():
            self.cfg.set(key, value)

    def load(self) -> Any:  # noqa: ANN401 - a WSGI application
        from pygeoapi.flask_app import APP  # noqa: PLC0415 - it reads its configuration when it is imported

        return APP


def main(database_url: str, port: int, folder: Path) -> None:
    """Write the configuration, generate the OpenAPI document, serve."""
    config, openapi = folder / "pygeoapi.yml", folder / "openapi.yml"
    config.write_text(yaml.safe_dump(configuration(database_url, port)))
    os.environ |= {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(openapi)}
    from pygeoapi.openapi import generate_openapi_document  # noqa: PLC0415 - it reads the configuration

    openapi.write_text(generate_openapi_document(config, "yaml"))
    _Server(port).run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
