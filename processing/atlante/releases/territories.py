"""The territories of a vintage as tables, one per level, with what their features say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import shapely

from atlante.catalogue.levels import COUNTRY_CODE, Level
from atlante.geometry import BBox

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from atlante.database import Connection, Queries
    from atlante.territories.history import History

_MUNICIPALITY_COLUMNS = [
    "code", "name", "name_it", "name_other", "istat_code", "sigla", "province_code", "province", "region_code",
    "region", "population", "area_km2", "provenance",
]  # fmt: skip


_NUTS3 = ("nuts3_2021", "nuts3_2024")


@dataclass(frozen=True, slots=True)
class Territories:
    """The territories of one vintage.

    Attributes
    ----------
    tables
        By level: one row a territory sorted by ``code``, with ``name``, ``parent_code`` (of the next level), the codes
        and names of all levels above, ``population`` (residents; NA = unknown), ``area_km2``, ``boundary_date``,
        ``provenance``.
    bounds
        The box around all of them, in EPSG:4326.
    """

    tables: Mapping[Level, pd.DataFrame]
    bounds: BBox


def read_territories(
    connection: Connection,
    queries: Queries,
    vintage_id: str,
    *,
    boundary_date: dt.date,
    known: History,
    country_name: str = "Italia",
) -> Territories:
    """Return the territories of a vintage, with what the history knows of them on its day."""
    municipalities = pd.DataFrame(
        connection.execute(queries["municipalities_of_vintage"], {"vintage_id": vintage_id}).fetchall(),
        columns=_MUNICIPALITY_COLUMNS,
    )
    municipalities["population"] = municipalities["population"].astype("Int64")
    municipalities = _with_nuts3(municipalities, known.at(boundary_date))
    outlines = pd.DataFrame(
        connection.execute(queries["outlines_of_vintage"], {"vintage_id": vintage_id}).fetchall(),
        columns=["level", "code", "parent_code", "name", "sigla", "area_km2", "wkb"],
    )
    regions = _with_population(outlines[outlines["level"] == "region"], municipalities, by="region_code")
    names = municipalities.drop_duplicates("region_code").set_index("region_code")["region"]
    provinces = _with_population(outlines[outlines["level"] == "province"], municipalities, by="province_code")
    provinces = provinces.assign(region_code=provinces["parent_code"], region=provinces["parent_code"].map(names))
    for column in _NUTS3:
        codes = municipalities.groupby("province_code")[column].agg(_the_only)
        provinces[column] = provinces["code"].map(codes)
    country = pd.DataFrame(
        {
            "code": [COUNTRY_CODE],
            "name": [country_name],
            "parent_code": [None],
            "population": pd.array([municipalities["population"].sum()], dtype="Int64"),
            "area_km2": [regions["area_km2"].sum()],
        }
    )
    tables = {
        Level.MUNICIPALITY: municipalities.assign(parent_code=municipalities["province_code"]),
        Level.PROVINCE: provinces,
        Level.REGION: regions,
        Level.COUNTRY: country,
    }
    return Territories(
        {level: _completed(table, boundary_date) for level, table in tables.items()}, _bounds(outlines["wkb"])
    )


def _with_nuts3(municipalities: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return the municipalities with their NUTS 3 codes; null where they are not known."""
    codes = known.set_index("municipality_code")
    return municipalities.assign(**{column: municipalities["code"].map(codes[column]) for column in _NUTS3})


def _the_only(codes: pd.Series[str]) -> str | None:
    """Return the code that all municipalities of a province have which have one; None where they differ."""
    found = codes.dropna().unique()
    return str(found[0]) if len(found) == 1 else None


def _with_population(outlines: pd.DataFrame, municipalities: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """Return the territories of a level with the sum of the populations that are known; NA where none is."""
    population = municipalities.groupby(by)["population"].sum(min_count=1)
    return outlines.assign(population=outlines["code"].map(population).astype("Int64")).reset_index(drop=True)


def _completed(table: pd.DataFrame, boundary_date: dt.date) -> pd.DataFrame:
    """Return a level's table with what all levels have in common."""
    provenance = table.get("provenance")
    area_km2 = table["area_km2"].round(3)
    return table.assign(boundary_date=boundary_date.isoformat(), provenance=provenance, area_km2=area_km2)


def _bounds(wkb: pd.Series[bytes]) -> BBox:
    return BBox(*map(float, shapely.total_bounds(shapely.from_wkb(wkb.to_numpy())).round(6)))
