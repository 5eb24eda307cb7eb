"""Municipalities as files hold them: GeoParquet, GeoPackage, GeoJSON, TopoJSON, shapefiles, archives of ISTAT.

An archive of ISTAT is a zip file, or the folder that it was unpacked to, with a folder per level:
``Com01012023_g/Com01012023_g_WGS84.shp``, ``ProvCM01012023_g/…``, ``Reg01012023_g/…``. The municipalities have codes
there, the names of provinces and regions are in the other layers alone.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from atlante.errors import InvalidBoundaries
from atlante.territories.headers import standard_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

_WGS84 = 4326
_UNREADABLE = (OSError, ValueError, pa.ArrowException, DataSourceError, DataLayerError, zipfile.BadZipFile)
_LEVELS = {"municipality": ("com", "municipalit"), "province": ("prov", "cmprov"), "region": ("reg",)}
_LABELS = {"province": ("province_code", ("province", "sigla")), "region": ("region_code", ("region",))}
_DAY = re.compile(r"(?:^|[^0-9])([0-3]\d[01]\d(?:19|20)\d\d)(?:[^0-9]|$)")
_ISO_DAY = re.compile(r"(?:^|[^0-9])((?:19|20)\d\d-[01]\d-[0-3]\d)(?:[^0-9]|$)")
_IN_ARCHIVES = (".shp", ".gpkg", ".geojson")
_DATASETS = (*_IN_ARCHIVES, ".parquet", ".topojson", ".topo.json", ".zip")

type Layers = Mapping[str, tuple[str, str | None]]


def read_layers(path: Path) -> gpd.GeoDataFrame:
    """Return the municipalities of a file with our column names, in EPSG:4326.

    Names of provinces and regions are taken from the layers beside them where they are not with the municipalities.

    Raises
    ------
    InvalidBoundaries
        If the file can't be read, or it is not clear which layer is meant.
    """
    try:
        rows = gpd.read_parquet(path) if path.suffix == ".parquet" else None
        layers = {} if rows is not None else _layers(path)
        municipalities = standard_columns(rows if rows is not None else _read(layers["municipality"]))
        for level, (code, labels) in _LABELS.items():
            if level in layers and code in municipalities:
                municipalities = _with_labels(municipalities, standard_columns(_read(layers[level])), code, labels)
    except _UNREADABLE as exc:
        raise InvalidBoundaries(path, f"can't be read as boundaries: {str(exc).rstrip('.')}.") from exc
    if municipalities.empty:
        raise InvalidBoundaries(path, "holds no municipality.")
    if municipalities.crs is None:
        raise InvalidBoundaries(path, "does not say its coordinate reference system. Add it (a .prj file).")
    return municipalities.to_crs(_WGS84)


def day_of_file(path: Path) -> dt.date | None:
    """Return the day that a file's name says, as ISTAT writes it or as ISO 8601; None where it says none.

    >>> day_of_file(Path("Limiti01012023_g.zip"))
    datetime.date(2023, 1, 1)
    """
    for pattern, order in ((_DAY, "%d%m%Y"), (_ISO_DAY, "%Y-%m-%d")):
        match = pattern.search(path.stem)
        if match:
            with contextlib.suppress(ValueError):
                return dt.datetime.strptime(match[1], order).date()  # noqa: DTZ007 - a day has no time zone
    return None


def _read(layer: tuple[str, str | None]) -> gpd.GeoDataFrame:
    dataset, name = layer
    rows = gpd.read_file(dataset, layer=name, engine="pyogrio")
    # TopoJSON has no other coordinates, and no way to say so
    return rows.set_crs(_WGS84) if rows.crs is None and dataset.lower().endswith(("topojson", "topo.json")) else rows


def _layers(path: Path) -> Layers:
    """Return dataset and layer by level."""
    if path.is_dir():
        return layers_of_folder(path)
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            inner = [name for name in archive.namelist() if _is_layer(name)]
        return _by_level({Path(name).stem: (f"/vsizip/{path.absolute()}/{name}", None) for name in inner}, path)
    names = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    return _by_level({name: (str(path), name) for name in names}, path)


def is_dataset(path: Path) -> bool:
    """Return whether a file holds boundaries, by its name."""
    return path.name.lower().endswith(_DATASETS) and not path.name.startswith(".")


def layers_of_folder(path: Path) -> Layers:
    """Return dataset and layer by level of a folder that an archive of ISTAT was unpacked to.

    Raises
    ------
    InvalidBoundaries
        If it is a folder of something else.
    """
    files = sorted(file for file in path.rglob("*") if is_dataset(file))
    layers = {file.stem: (str(file), None) for file in files if _is_layer(file.name)}
    if not files:
        raise InvalidBoundaries(
            path, "is a folder without boundaries. Name a file, or the folder that an archive of ISTAT was unpacked to."
        )
    if len(layers) < len(files):
        names = ", ".join(file.name for file in files)
        raise InvalidBoundaries(path, f"is a folder of several files with boundaries: {names}. Name one of them.")
    return _by_level(layers, path)


def _is_layer(name: str) -> bool:
    return name.lower().endswith(_IN_ARCHIVES) and not Path(name).name.startswith(".")


def _by_level(layers: Layers, path: Path) -> Layers:
    """Return the layers that are named after levels (ISTAT: Com01012023_g_WGS84); a single one is of municipalities."""
    if len(layers) == 1:
        return {"municipality": next(iter(layers.values()))}
    named = {
        level: [layer for name, layer in layers.items() if name.lower().startswith(beginnings)]
        for level, beginnings in _LEVELS.items()
    }
    if len(named["municipality"]) != 1:
        found = ", ".join(layers)
        raise InvalidBoundaries(path, f"it is not clear which layer holds the municipalities: {found or 'none'}.")
    return {level: found[0] for level, found in named.items() if len(found) == 1}


def _with_labels(
    municipalities: gpd.GeoDataFrame, wholes: gpd.GeoDataFrame, code: str, labels: tuple[str, ...]
) -> gpd.GeoDataFrame:
    """Add what only the layer of provinces or regions says."""
    if code not in wholes:
        return municipalities
    by_code = wholes.drop_duplicates(code).set_index(code)
    for label in labels:
        if label in by_code and label not in municipalities:
            municipalities[label] = municipalities[code].map(by_code[label])
    return municipalities
