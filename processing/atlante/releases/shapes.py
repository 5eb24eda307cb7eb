"""The geometry of a vintage as it is served: GeoJSON text, overviews, and tile outlines per zoom band.

Made once per vintage. In every zoom band the municipalities are simplified together, then dissolved into provinces,
regions and the country, so that the levels fit each other exactly on every map.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from atlante.catalogue.levels import COUNTRY_CODE, Level
from atlante.database import copy_rows
from atlante.geometry import (
    WEB_MERCATOR,
    WGS84,
    dissolve,
    geojson_texts,
    overview,
    simplify_coverage,
)
from atlante.releases.ewkb import ewkb_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from atlante.database import Connection, Queries
    from atlante.geometry import GeometryArray


@dataclass(frozen=True, slots=True)
class _Level:
    """The territories of a level.

    Attributes
    ----------
    codes, outlines
        Sorted by code; EPSG:4326.
    members
        For each territory of the level below, its place in ``codes``; None at the lowest level.
    """

    level: Level
    codes: list[str]
    outlines: GeometryArray
    members: np.ndarray[tuple[int], np.dtype[np.intp]] | None


@dataclass(frozen=True, slots=True)
class _Shapes:
    """What is written of a level: GeoJSON in full and generalised, EWKB, and EWKB by zoom band in EPSG:3857."""

    level: Level
    codes: list[str]
    geometry_json: list[str]
    overview_json: list[str]
    ewkb: list[str]
    tiles: dict[tuple[int, int], list[str]]


@contextmanager
def geometry_of(connection: Connection, queries: Queries, vintage_id: str) -> Iterator[Callable[[], None]]:
    """Generalise the geometry of a vintage in a thread while the block runs, unless it is published already.

    GEOS works without Python's lock, and the block waits for the server most of the time: 4 of 6 s cost nothing.
    The block gets the function that writes the geometry to ``publish``.
    """
    if connection.execute(queries["has_geometry"], {"vintage_id": vintage_id}).fetchone() == (True,):
        yield lambda: None
        return
    levels = _levels(connection, queries, vintage_id)
    with ThreadPoolExecutor(max_workers=1) as thread:
        shapes = thread.submit(_generalised, levels)
        yield lambda: _write(connection, vintage_id, shapes.result())


def _generalised(levels: list[_Level]) -> list[_Shapes]:
    """Return what is written of each level; each is made of the one below, so that their borders fit at every zoom."""
    bands = simplify_coverage(levels[0].outlines)
    found = []
    for level in levels:
        if level.members is not None:
            bands = {band: dissolve(outlines, level.members) for band, outlines in bands.items()}
        found.append(
            _Shapes(
                level.level,
                level.codes,
                geojson_texts(level.outlines),
                geojson_texts(overview(bands)),
                ewkb_texts(level.outlines, WGS84),
                {band: ewkb_texts(outlines, WEB_MERCATOR) for band, outlines in bands.items()},
            )
        )
    return found


def _write(connection: Connection, vintage_id: str, levels: list[_Shapes]) -> None:
    for shapes in levels:
        level, numbers = shapes.level.value, range(1, len(shapes.codes) + 1)
        columns = zip(shapes.codes, numbers, shapes.geometry_json, shapes.overview_json, shapes.ewkb, strict=True)
        copy_rows(
            connection,
            "publish.geometry",
            ("vintage_id", "level", "territory_code", "feature_number", "geometry_json", "overview_json", "geom_4326"),
            ((vintage_id, level, *row) for row in columns),
        )
        copy_rows(
            connection,
            "publish.tile_geometry",
            ("vintage_id", "level", "territory_code", "min_zoom", "max_zoom", "geom_3857"),
            (
                (vintage_id, level, code, *band, ewkb)
                for band, texts in shapes.tiles.items()
                for code, ewkb in zip(shapes.codes, texts, strict=True)
            ),
        )


def _levels(connection: Connection, queries: Queries, vintage_id: str) -> list[_Level]:
    """Read the territories of a vintage, level by level; the first is the municipalities."""
    municipalities = pd.DataFrame(
        connection.execute(queries["geometries_of_vintage"], {"vintage_id": vintage_id}).fetchall(),
        columns=["code", "province_code", "wkb"],
    )
    outlines = pd.DataFrame(
        connection.execute(queries["outlines_of_vintage"], {"vintage_id": vintage_id}).fetchall(),
        columns=["level", "code", "parent_code", "name", "sigla", "area_km2", "wkb"],
    )
    shapes = shapely.from_wkb(municipalities["wkb"].to_numpy())
    levels = [_Level(Level.MUNICIPALITY, municipalities["code"].tolist(), shapes, None)]
    parents = municipalities["province_code"]
    for level in (Level.PROVINCE, Level.REGION):
        rows = outlines[outlines["level"] == level.value].reset_index(drop=True)
        members = pd.Index(rows["code"]).get_indexer(parents)
        levels.append(_Level(level, rows["code"].tolist(), shapely.from_wkb(rows["wkb"].to_numpy()), members))
        parents = rows["parent_code"]
    whole = np.zeros(len(parents), dtype=np.intp)
    levels.append(_Level(Level.COUNTRY, [COUNTRY_CODE], dissolve(levels[-1].outlines, whole), whole))
    return levels
