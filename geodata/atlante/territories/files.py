"""Boundaries from a file: GeoParquet, GeoPackage, shapefile (zipped too), GeoJSON."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from atlante.errors import InvalidBoundaries
from atlante.territories.boundaries import COLUMNS, Boundaries, check_municipalities
from atlante.territories.codes import read_codes, read_residents
from atlante.territories.names import mend_encoding, split_languages
from atlante.territories.repairs import load_repairs, residents_of_mergers

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

_WGS84 = 4326
# Column names of openpolis and ISTAT, in lower case, by our name.
_HEADERS = {
    "municipality_code": ("com_catasto_code", "codice_catastale", "belfiore", "municipality_code"),
    "istat_code": ("com_istat_code", "pro_com_t", "pro_com", "istat_code"),
    "name": ("name", "comune"),
    "name_it": ("name_it",),
    "name_de": ("name_de",),
    "name_sl": ("name_sl",),
    "name_fr": ("name_fr",),
    "name_other": ("comune_a", "name_other"),
    "province_code": ("prov_istat_code", "cod_prov", "province_code"),
    "province": ("prov_name", "den_prov", "province"),
    "sigla": ("prov_acr", "sigla"),
    "region_code": ("reg_istat_code", "cod_reg", "region_code"),
    "region": ("reg_name", "den_reg", "region"),
    "population": ("population",),
}
_DIGITS = {"istat_code": 6, "province_code": 3, "region_code": 2}
_OTHER_LANGUAGES = ("name_other", "name_de", "name_sl", "name_fr")
_FROM_CODES = ("municipality_code", "province", "sigla", "region")
_UNREADABLE = (OSError, ValueError, pa.ArrowException, DataSourceError, DataLayerError, zipfile.BadZipFile)


def read_boundaries(
    path: Path,
    *,
    reference_date: date,
    population: Path | None = None,
    codes: Path | None = None,
    source: str | None = None,
    licence: str = "CC BY 4.0",
) -> Boundaries:
    """Return the municipalities of a file with the column names of openpolis or ISTAT.

    Parameters
    ----------
    path
        GeoParquet, GeoPackage, shapefile, a zip archive with shapefiles (that of the municipalities is taken), GeoJSON.
    reference_date
        The day that the boundaries show.
    population
        CSV with ``codice_istat`` and ``popolazione``. Without it, or where it lacks a municipality, residents are
        unknown (null).
    codes
        A list of municipalities (ISTAT's "Elenco dei comuni italiani" as CSV) with what ISTAT's own boundary files
        lack: Belfiore code, sigla, names of province and region.
    source, licence
        What the metadata of published data say; default: ISTAT and the file's name.

    Raises
    ------
    InvalidBoundaries
        If the file can't be read or lacks something that a municipality must have.
    """
    rows = _standard(_read_file(path))
    if codes is not None:
        rows = _with_codes(rows, read_codes(codes))
    _require_columns(rows, path, has_codes=codes is not None)
    names = split_languages(rows["name"], rows["istat_code"].str[:3])
    rows["name_it"] = _first_known(rows, ("name_it",), names["name_it"])
    rows["name_other"] = _first_known(rows, _OTHER_LANGUAGES, names["name_other"])
    rows["provenance"] = None
    rows["population"] = _residents(rows, population)
    municipalities = rows[list(COLUMNS)].set_geometry("geometry")
    check_municipalities(municipalities, path)
    return Boundaries(
        reference_date=reference_date,
        source=source or f"ISTAT, administrative boundaries ({path.name})",
        licence=licence,
        sha256=_digest([*_all_parts(path), *(file for file in (population, codes) if file)]),
        municipalities=municipalities,
    )


def _read_file(path: Path) -> gpd.GeoDataFrame:
    try:
        rows = gpd.read_parquet(path) if path.suffix == ".parquet" else _read_layer(path)
    except _UNREADABLE as exc:
        raise InvalidBoundaries(path, f"can't be read as boundaries: {str(exc).rstrip('.')}.") from exc
    if rows.empty:
        raise InvalidBoundaries(path, "holds no municipality.")
    if rows.crs is None:
        raise InvalidBoundaries(path, "does not say its coordinate reference system. Add it (a .prj file).")
    return rows.to_crs(_WGS84)


def _read_layer(path: Path) -> gpd.GeoDataFrame:
    dataset = _zipped_shapefile(path) if path.suffix == ".zip" else str(path)
    layers = [str(layer) for layer in pyogrio.list_layers(dataset)[:, 0]]
    return gpd.read_file(dataset, layer=_of_municipalities(layers, path), engine="pyogrio")


def _zipped_shapefile(path: Path) -> str:
    """Return the path of the municipalities in an archive of ISTAT: it holds a folder per level."""
    with zipfile.ZipFile(path) as archive:
        inner = {Path(name).stem: name for name in archive.namelist() if name.lower().endswith(".shp")}
    return f"/vsizip/{path.absolute()}/{inner[_of_municipalities(list(inner), path)]}"


def _of_municipalities(layers: list[str], path: Path) -> str:
    """Return the only layer, or the only one that is named after municipalities (ISTAT: Com01012023_g_WGS84)."""
    named = [layer for layer in layers if layer.lower().startswith(("com", "municipalit"))]
    candidates = layers if len(layers) == 1 else named
    if len(candidates) != 1:
        raise InvalidBoundaries(path, f"it is not clear which layer holds the municipalities: {', '.join(layers)}.")
    return candidates[0]


def _standard(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the known columns under our names, codes as text with all their digits."""
    given = {str(column).lower(): column for column in rows.columns}
    found = {
        field: rows[given[header]]
        for field, headers in _HEADERS.items()
        for header in [next((header for header in headers if header in given), None)]
        if header
    }
    standard = gpd.GeoDataFrame(found, geometry=rows.geometry, crs=rows.crs).reset_index(drop=True)
    for column, digits in _DIGITS.items():
        if column in standard:
            standard[column] = standard[column].astype("string").str.removesuffix(".0").str.zfill(digits)
    if "name" in standard:
        standard["name"] = mend_encoding(standard["name"].astype("string"))
    return standard


def _with_codes(rows: gpd.GeoDataFrame, codes: pd.DataFrame) -> gpd.GeoDataFrame:
    """Take codes and labels from a list: by Belfiore code, or else by ISTAT code.

    A new municipality is without its Belfiore code in some files; one that the list lacks keeps what the file says.
    """
    listed = pd.DataFrame(index=rows.index, columns=codes.columns, dtype=object)
    for key in [key for key in ("municipality_code", "istat_code") if key in rows]:
        labels = codes.drop_duplicates(key).set_index(key, drop=False)
        listed = listed.where(listed.notna(), labels.reindex(rows[key]).set_axis(rows.index))
    for column in codes.columns:
        rows[column] = listed[column].where(listed[column].notna(), rows.get(column))
    rows["province_code"] = rows["istat_code"].str[:3]
    return rows


def _require_columns(rows: gpd.GeoDataFrame, path: Path, *, has_codes: bool) -> None:
    if "province_code" not in rows and "istat_code" in rows:
        rows["province_code"] = rows["istat_code"].str[:3]
    required = ("istat_code", "name", "region_code", "municipality_code", "province", "sigla", "region")
    missing = [column for column in required if column not in rows]
    if not missing:
        return
    accepted = "; ".join(f"{column}: {', '.join(_HEADERS[column])}" for column in missing)
    remedy = "" if has_codes or not set(missing) <= set(_FROM_CODES) else " Give a list of codes with --codes."
    raise InvalidBoundaries(path, f"has no column for {', '.join(missing)} (known names: {accepted}).{remedy}")


def _first_known(rows: gpd.GeoDataFrame, columns: Iterable[str], fallback: pd.Series[str]) -> pd.Series[str]:
    """Return the first of some columns that says something, row by row."""
    known = pd.Series(None, index=rows.index, dtype=object)
    for column in columns:
        if column in rows:
            text = rows[column].astype(object)
            known = known.where(known.notna(), text.where(text.notna() & (text != "")))
    names: pd.Series[str] = known.where(known.notna(), fallback)
    return names.where(names.notna(), None)


def _residents(rows: gpd.GeoDataFrame, population: Path | None) -> pd.Series[int]:
    if population is None:
        given = rows.get("population", pd.NA)
        return pd.Series(given, index=rows.index, dtype="Int64")
    residents = residents_of_mergers(read_residents(population), load_repairs().mergers)
    found: pd.Series[int] = rows["istat_code"].map(residents[~residents.index.duplicated()]).astype("Int64")
    if found.isna().all():
        raise InvalidBoundaries(population, "has none of the municipalities of the boundaries. Check its codes.")
    return found


def _all_parts(path: Path) -> list[Path]:
    """Return the files that make up one dataset: a shapefile is several."""
    if path.suffix != ".shp":
        return [path]
    return sorted(part for part in path.parent.glob(f"{path.stem}.*") if part.is_file())


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
