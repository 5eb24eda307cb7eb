"""One set of boundaries in the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from atlante.database import copy_rows, load_queries
from atlante.errors import InvalidBoundaries, NothingLoaded, UnknownVintage
from atlante.geometry import GeometryArray, area_km2, dissolve, make_polygons_valid
from atlante.territories.boundaries import COLUMNS, Boundaries
from atlante.territories.checking.repair import mend_geometries
from atlante.territories.history import boundary_labels, load_documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from atlante.database import Connection

_QUERIES = load_queries(__package__)
_WGS84 = 4326
_OUTLINE = ("area_km2", "geom_4326")
_REGION = ("vintage_id", "region_code", "name")
_PROVINCE = ("vintage_id", "province_code", "region_code", "name", "sigla")
_MUNICIPALITY = (
    "vintage_id", "municipality_code", "istat_code", "province_code", "name", "name_it", "name_other", "population",
    "provenance",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vintage:
    """A set of boundaries that is in the database; other bytes are another vintage."""

    vintage_id: str
    reference_date: date
    source: str
    licence: str


def latest_vintage(connection: Connection) -> Vintage:
    """Return the vintage of the latest reference date; of two with one date the one loaded last.

    Raises
    ------
    NothingLoaded
        If there is none.
    """
    row = connection.execute(_QUERIES["latest_vintage"]).fetchone()
    if row is None:
        raise NothingLoaded("boundary vintage", "atlante territories load")
    return Vintage(*row)


def list_vintages(connection: Connection) -> list[Vintage]:
    """Return all vintages, by reference date."""
    return [Vintage(*row) for row in connection.execute(_QUERIES["list_vintages"]).fetchall()]


def read_vintage(connection: Connection, vintage_id: str) -> Boundaries:
    """Return a vintage as it was loaded: with its polygons as they were made valid and fitted.

    Raises
    ------
    UnknownVintage
        If there is none of this id.
    """
    head = connection.execute(_QUERIES["vintage"], {"vintage_id": vintage_id}).fetchone()
    if head is None:
        raise UnknownVintage(vintage_id, (vintage.vintage_id for vintage in list_vintages(connection)))
    cursor = connection.execute(_QUERIES["vintage_municipalities"], {"vintage_id": vintage_id})
    rows = pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()])
    geometry = shapely.from_wkb(rows["outline"].to_numpy())
    municipalities = gpd.GeoDataFrame(rows.astype({"population": "Int64"}), geometry=geometry, crs=_WGS84)
    day, source, licence, sha256 = head
    return Boundaries(day, source, licence, sha256, municipalities[list(COLUMNS)])


def load_boundaries(connection: Connection, boundaries: Boundaries, *, run_id: int) -> Vintage:
    """Write a vintage: municipalities, and the provinces and regions that are made of them.

    Geometries are made valid and fitted to their neighbours first; ``provenance`` says which ones changed. Boundaries
    that are loaded already stay as they are. Their labels are a document about the territories of their day.

    Raises
    ------
    InvalidBoundaries
        If a municipality has no area.
    """
    vintage = Vintage(
        f"{boundaries.reference_date}-{boundaries.sha256[:8]}",
        boundaries.reference_date,
        boundaries.source,
        boundaries.licence,
    )
    written = connection.execute(
        _QUERIES["insert_vintage"],
        {
            "vintage_id": vintage.vintage_id,
            "reference_date": vintage.reference_date,
            "source": vintage.source,
            "licence": vintage.licence,
            "sha256": boundaries.sha256,
            "run_id": run_id,
        },
    )
    if written.rowcount:
        _write_levels(connection, _repaired(boundaries).assign(vintage_id=vintage.vintage_id))
        load_documents(connection, [boundary_labels(boundaries)], run_id=run_id)
    return vintage


def _repaired(boundaries: Boundaries) -> pd.DataFrame:
    """Return the municipalities in the order of their codes, their geometries a coverage."""
    rows = pd.DataFrame(boundaries.municipalities).sort_values("municipality_code", ignore_index=True)
    has_no_area = shapely.is_empty(make_polygons_valid(rows["geometry"].to_numpy()))
    if has_no_area.any():
        name = rows["name"][has_no_area].iloc[0]
        raise InvalidBoundaries(boundaries.source, f"the polygon of {name} has no area. Correct the file.")
    return mend_geometries(rows)


def _write_levels(connection: Connection, municipalities: pd.DataFrame) -> None:
    """Write regions, provinces and municipalities, in the order that their references ask for."""
    regions = _dissolved(municipalities, "region_code").assign(name=lambda rows: rows["region"])
    provinces = _dissolved(municipalities, "province_code").assign(name=lambda rows: rows["province"])
    copy_rows(connection, "territory.region", _REGION + _OUTLINE, _rows(regions, _REGION))
    copy_rows(connection, "territory.province", _PROVINCE + _OUTLINE, _rows(provinces, _PROVINCE))
    copy_rows(connection, "territory.municipality", _MUNICIPALITY + _OUTLINE, _rows(municipalities, _MUNICIPALITY))


def _dissolved(municipalities: pd.DataFrame, code: str) -> pd.DataFrame:
    """Return one row per province or region, with the labels of its first municipality."""
    groups, _ = pd.factorize(municipalities[code], sort=True)
    labels = municipalities.drop_duplicates(code).sort_values(code, ignore_index=True)
    return labels.assign(geometry=dissolve(municipalities["geometry"].to_numpy(), groups))


def _rows(territories: pd.DataFrame, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Return rows for COPY: the columns (None for null), area, geometry as hexadecimal EWKB."""
    geoms: GeometryArray = territories["geometry"].to_numpy()
    labels = territories[list(columns)].astype(object)
    labels = labels.where(labels.notna(), None)
    outlines = shapely.to_wkb(shapely.set_srid(geoms, _WGS84), hex=True, include_srid=True)
    return zip(*(labels[column] for column in columns), area_km2(geoms).tolist(), outlines, strict=True)
