"""Boundaries from a file: GeoParquet, GeoPackage, shapefile, GeoJSON, TopoJSON, an archive of ISTAT."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

import pandas as pd

from atlante.errors import InvalidBoundaries
from atlante.territories.boundaries import COLUMNS, Boundaries, check_municipalities
from atlante.territories.checking.labels import relabel
from atlante.territories.codes import read_codes, read_residents
from atlante.territories.headers import HEADERS, first_known
from atlante.territories.layers import read_layers
from atlante.territories.names import split_languages
from atlante.territories.residents import residents_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    import geopandas as gpd

    from atlante.territories.history import History

_OTHER_LANGUAGES = ("name_other", "name_de", "name_sl", "name_fr")
_FROM_CODES = ("municipality_code", "province", "sigla", "region")
_EVERYWHERE = ("istat_code", "name", "region_code")


def read_boundaries(  # noqa: PLR0913 - what a file may lack comes from several others
    path: Path,
    *,
    reference_date: date,
    population: Path | None = None,
    codes: Path | None = None,
    history: History | None = None,
    source: str | None = None,
    licence: str = "CC BY 4.0",
) -> Boundaries:
    """Return the municipalities of a file with the column names of openpolis or ISTAT.

    Parameters
    ----------
    path
        GeoParquet, GeoPackage, shapefile, GeoJSON, TopoJSON, or an archive of ISTAT (zip, or its folder): the layer of
        the municipalities is taken, and the names of provinces and regions from the layers beside it.
    reference_date
        The day that the boundaries show.
    population
        CSV with ``codice_istat`` and ``popolazione``. Without it, or where it lacks a municipality, residents are
        unknown (null).
    codes
        A list of municipalities (ISTAT's "Elenco dei comuni italiani" as CSV) with what ISTAT's own boundary files
        lack: Belfiore code, sigla. It is believed more than the file; ``provenance`` says what it changed.
    history
        Says the same where there is no list, and what became of the codes of the population table.
    source, licence
        What the metadata of published data say; default: ISTAT and the file's name.

    Raises
    ------
    InvalidBoundaries
        If the file can't be read or lacks something that a municipality must have.
    """
    listed, list_name = _list_of(codes, history, reference_date)
    as_read = read_unchecked(path, reference_date=reference_date, source=source, licence=licence)
    rows = pd.DataFrame(as_read.municipalities)
    if listed is not None and (codes is not None or rows[list(_FROM_CODES)].isna().all().any()):
        rows = relabel(rows, listed, list_name)
    _require_columns(rows, path, has_list=listed is not None)
    boundaries = dataclasses.replace(
        as_read,
        sha256=_digest([*_all_parts(path), *(file for file in (codes,) if file)]),
        municipalities=as_read.municipalities.assign(**{column: rows[column] for column in COLUMNS}),
    )
    if population is not None:
        boundaries = with_residents(boundaries, population, history=history)
    check_municipalities(boundaries.municipalities, path)
    return boundaries


def read_unchecked(
    path: Path, *, reference_date: date, source: str | None = None, licence: str = "CC BY 4.0"
) -> Boundaries:
    """Return the municipalities of a file as they are: for checks and repairs. Codes and polygons may be missing.

    Raises
    ------
    InvalidBoundaries
        If the file can't be read, or has neither codes nor names of municipalities.
    """
    given = read_layers(path)
    if "name" not in given and "istat_code" not in given and "municipality_code" not in given:
        _require_columns(given, path, has_list=False)
    rows = given.reindex(columns=[*HEADERS, "geometry"])
    rows = rows.astype({column: object for column in HEADERS if column != "population"})
    rows = rows.where(rows.notna(), None) if len(rows) else rows
    rows["province_code"] = first_known([rows["province_code"], rows["istat_code"].str[:3]])
    names = split_languages(rows["name"].astype("string"), rows["istat_code"].astype("string").str[:3])
    rows["name_it"] = first_known([rows["name_it"], names["name_it"]])
    rows["name_other"] = first_known([*(rows[column] for column in _OTHER_LANGUAGES), names["name_other"]])
    rows["population"] = pd.Series(given.get("population", pd.NA), index=rows.index, dtype="Int64")
    return Boundaries(
        reference_date=reference_date,
        source=source or f"ISTAT, administrative boundaries ({path.name})",
        licence=licence,
        sha256=_digest(_all_parts(path)),
        municipalities=rows[list(COLUMNS)].set_geometry("geometry", crs=given.crs),
    )


def with_residents(boundaries: Boundaries, population: Path, *, history: History | None = None) -> Boundaries:
    """Return boundaries with the residents of a table, and notes about what of it was not used.

    Raises
    ------
    InvalidBoundaries
        If the table can't be read, or has none of the municipalities.
    """
    rows = boundaries.municipalities
    found, notes = residents_of(rows, read_residents(population), history=history, day=boundaries.reference_date)
    if found.isna().all():
        raise InvalidBoundaries(population, "has none of the municipalities of the boundaries. Check its codes.")
    return dataclasses.replace(
        boundaries,
        sha256=hashlib.sha256(boundaries.sha256.encode() + population.read_bytes()).hexdigest(),
        municipalities=rows.assign(population=found),
        notes=(*boundaries.notes, *notes),
    )


def _list_of(codes: Path | None, history: History | None, day: date) -> tuple[pd.DataFrame | None, str]:
    """Return the municipalities of that day and where they are from."""
    if codes is not None:
        return read_codes(codes), codes.name
    if history is not None and not history.versions.empty:
        return history.at(day), f"the history on {day}"
    return None, ""


def _require_columns(rows: gpd.GeoDataFrame | pd.DataFrame, path: Path, *, has_list: bool) -> None:
    required = (*_EVERYWHERE, *_FROM_CODES)
    missing = [column for column in required if column not in rows or rows[column].isna().all()]
    if not missing:
        return
    accepted = "; ".join(f"{column}: {', '.join(HEADERS[column])}" for column in missing)
    remedy = "" if has_list or not set(missing) <= set(_FROM_CODES) else " Give a list of codes with --codes."
    raise InvalidBoundaries(path, f"has no column for {', '.join(missing)} (known names: {accepted}).{remedy}")


def _all_parts(path: Path) -> list[Path]:
    """Return the files that make up one dataset: a shapefile is several, and so is an unpacked archive."""
    if path.is_dir():
        return sorted(part for part in path.rglob("*") if part.is_file())
    if path.suffix != ".shp":
        return [path]
    return sorted(part for part in path.parent.glob(f"{path.stem}.*") if part.is_file())


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
