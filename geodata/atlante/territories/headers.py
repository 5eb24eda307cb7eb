"""The columns of boundary files under our names: those of openpolis, and ISTAT's since 2001."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from atlante.territories.names import mend_encoding

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADERS = {
    "municipality_code": ("com_catasto_code", "codice_catastale", "cod_catasto", "belfiore", "municipality_code"),
    "istat_code": ("com_istat_code", "pro_com_t", "pro_com", "procom", "istat_code"),
    "name": ("name", "comune", "nome_com", "den_com", "nome"),
    "name_it": ("name_it",),
    "name_de": ("name_de",),
    "name_sl": ("name_sl",),
    "name_fr": ("name_fr",),
    "name_other": ("comune_a", "nome_ted", "name_other"),
    "province_code": ("prov_istat_code", "cod_prov", "cod_pro", "cod_prv", "province_code"),
    # den_prov is a hyphen for a metropolitan city, and the other way round: the common column comes first
    "province": (
        "prov_name", "den_uts", "den_pcm", "den_cmpro", "den_prov", "den_cm", "provincia", "nome_pro", "den_pro",
        "province",
    ),
    "sigla": ("prov_acr", "sigla"),
    "region_code": ("reg_istat_code", "cod_reg", "region_code"),
    "region": ("reg_name", "den_reg", "regione", "nome_reg", "region"),
    "population": ("population",),
    "provenance": ("provenance",),
}  # fmt: skip
"""Headers in lower case by our name. Where a file has several, the first that says something is taken, row by row."""

_DIGITS = {"istat_code": 6, "province_code": 3, "region_code": 2}
_SAYS_NOTHING = ("", "-")


def standard_columns(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the known columns under our names: codes as text with all their digits, names well decoded."""
    given = {str(column).lower(): column for column in rows.columns}
    found = {}
    for field, headers in HEADERS.items():
        columns = [rows[given[header]] for header in headers if header in given]
        if columns:
            found[field] = columns[0] if field == "population" else _texts(columns)
    for field, digits in _DIGITS.items():
        if field in found:
            found[field] = found[field].str.removesuffix(".0").str.zfill(digits)
    for field in ("name", "name_other", "province", "region"):
        if field in found:
            found[field] = mend_encoding(found[field])
    return gpd.GeoDataFrame(found, geometry=rows.geometry, crs=rows.crs).reset_index(drop=True)


def _texts(columns: Iterable[pd.Series[str]]) -> pd.Series[str]:
    texts = [column.astype("string").str.strip() for column in columns]
    return first_known(text.where(~text.isin(_SAYS_NOTHING)) for text in texts).astype("string")


def first_known(columns: Iterable[pd.Series[str]]) -> pd.Series[str]:
    """Return the first of some columns that says something, row by row; null where none does."""
    known: pd.Series[str] | None = None
    for column in columns:
        text = column.astype(object)
        text = text.where(text.notna() & (text != ""), None)
        known = text if known is None else known.where(known.notna(), text)
    return pd.Series(dtype=object) if known is None else known.where(known.notna(), None)
