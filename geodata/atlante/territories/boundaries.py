"""Boundaries as they come from a source, checked: one row per municipality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import shapely

from atlante.errors import InvalidBoundaries

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd

COLUMNS = (
    "municipality_code",
    "istat_code",
    "name",
    "name_it",
    "name_other",
    "province_code",
    "province",
    "sigla",
    "region_code",
    "region",
    "population",
    "provenance",
    "geometry",
)
"""Columns of :attr:`Boundaries.municipalities`: Belfiore code, …, residents (Int64), what was repaired, EPSG:4326."""

_PATTERNS = {
    "municipality_code": r"[A-Z]\d{3}",
    "istat_code": r"\d{6}",
    "province_code": r"\d{3}",
    "sigla": r"[A-Z]{2}",
    "region_code": r"\d{2}",
}
_REQUIRED = (*_PATTERNS, "name", "name_it", "province", "region", "geometry")
_POLYGONAL = {shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON}


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Municipalities at one day.

    Attributes
    ----------
    source, licence
        Who made them and under which terms, for the metadata of what is published.
    sha256
        Of every byte that was read.
    municipalities
        GeoDataFrame with the columns :data:`COLUMNS`; null where unknown.
    notes
        What a person should know about the reading, such as codes that match nothing.
    """

    reference_date: date
    source: str
    licence: str
    sha256: str
    municipalities: gpd.GeoDataFrame
    notes: tuple[str, ...] = ()


def check_municipalities(municipalities: gpd.GeoDataFrame, origin: object) -> None:
    """Raise unless every municipality has its codes, names, province, region and a polygon.

    Raises
    ------
    InvalidBoundaries
        Says what is wrong with how many municipalities, and names the first.
    """
    if municipalities.empty:
        raise InvalidBoundaries(origin, "holds no municipality.")
    for column in _REQUIRED:
        _refuse(municipalities, municipalities[column].isna(), f"have no {column}", origin)
    for column, pattern in _PATTERNS.items():
        fits = municipalities[column].str.fullmatch(pattern)
        _refuse(municipalities, ~fits.astype(bool), f"have a {column} that is not like {pattern}", origin, column)
    for column in ("municipality_code", "istat_code"):
        repeated = municipalities[column].duplicated()
        _refuse(municipalities, repeated, f"have a {column} that another one has too", origin, column)
    elsewhere = municipalities["istat_code"].str[:3] != municipalities["province_code"]
    _refuse(municipalities, elsewhere, "have an ISTAT code of another province", origin, "istat_code")
    shapes = municipalities.geometry
    no_polygon = ~pd.Series(shapely.get_type_id(shapes), index=shapes.index).isin(_POLYGONAL) | shapes.is_empty
    _refuse(municipalities, no_polygon, "have no polygon", origin)
    for whole, label in (("province_code", "sigla"), ("sigla", "province_code"), ("province_code", "region_code")):
        _refuse_ambiguous(municipalities, whole, label, origin)
    for whole, label in (("province_code", "province"), ("region_code", "region")):
        _refuse_ambiguous(municipalities, whole, label, origin)


def _refuse(rows: pd.DataFrame, wrong: pd.Series[bool], problem: str, origin: object, column: str = "name") -> None:
    if wrong.any():
        first = rows[wrong].iloc[0]
        example = f"{first['name']}, {first[column]}" if column != "name" else first["name"]
        raise InvalidBoundaries(
            origin,
            f"{wrong.sum():,} of {len(rows):,} municipalities {problem} (first: {example}). "
            "Correct the file, give ISTAT's list of that date with --codes, or load it with --repair.",
        )


def _refuse_ambiguous(rows: pd.DataFrame, whole: str, label: str, origin: object) -> None:
    labels = rows.groupby(whole)[label].unique()
    ambiguous = labels[labels.str.len() > 1]
    if not ambiguous.empty:
        found = ", ".join(map(str, ambiguous.iloc[0]))
        raise InvalidBoundaries(origin, f"{whole} {ambiguous.index[0]} has more than one {label}: {found}.")
