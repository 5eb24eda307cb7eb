"""The geometry of a vintage as it is served: GeoJSON text, overviews, and tile outlines per zoom band.

Made once per vintage. In every zoom band the municipalities are simplified together, then dissolved into provinces,
regions and the country, so that the levels fit each other exactly on every map.
"""

from __future__ import annotations

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


def publish_geometry(connection: Connection, queries: Queries, vintage_id: str) -> None:
    """Write the geometry of a vintage to ``publish``, unless it is there already."""
    if connection.execute(queries["has_geometry"], {"vintage_id": vintage_id}).fetchone() == (True,):
        return
    levels = _levels(connection, queries, vintage_id)
    bands = simplify_coverage(levels[0].outlines)
    for level in levels:
        if level.members is not None:
            bands = {band: dissolve(outlines, level.members) for band, outlines in bands.items()}
        _copy_geometry(connection, vintage_id, level, overview(bands))
        _copy_tiles(connection, vintage_id, level, bands)


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


def _copy_geometry(connection: Connection, vintage_id: str, level: _Level, generalised: GeometryArray) -> None:
    columns = zip(
        level.codes,
        range(1, len(level.codes) + 1),
        geojson_texts(level.outlines),
        geojson_texts(generalised),
        ewkb_texts(level.outlines, WGS84),
        strict=True,
    )
    copy_rows(
        connection,
        "publish.geometry",
        ("vintage_id", "level", "territory_code", "feature_number", "geometry_json", "overview_json", "geom_4326"),
        ((vintage_id, level.level.value, *row) for row in columns),
    )


def _copy_tiles(
    connection: Connection, vintage_id: str, level: _Level, bands: dict[tuple[int, int], GeometryArray]
) -> None:
    copy_rows(
        connection,
        "publish.tile_geometry",
        ("vintage_id", "level", "territory_code", "min_zoom", "max_zoom", "geom_3857"),
        (
            (vintage_id, level.level.value, code, *band, ewkb)
            for band, outlines in bands.items()
            for code, ewkb in zip(level.codes, ewkb_texts(outlines, WEB_MERCATOR), strict=True)
        ),
    )
