"""Municipalities whose areas are known by counting: squares of a kilometre on the equal-area grid, given in degrees."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from atlante.geometry.projection import EQUAL_AREA, WGS84, project
from atlante.territories import Boundaries
from atlante.territories.history import CONFLICT_COLUMNS, EVENT_COLUMNS, VERSION_COLUMNS, History

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DAY = date(2023, 1, 1)
_EAST, _NORTH = 4_400_000, 2_100_000  # metres of EPSG:3035, in the sea west of Rome
_BORN = "1861-03-17"


def square(x: float, y: float, width: float = 1, height: float = 1) -> shapely.Geometry:
    """Return a rectangle in degrees; all numbers in kilometres."""
    box = shapely.box(*(1000 * value for value in (x, y, x + width, y + height)))
    moved = shapely.transform(box, lambda coordinates: coordinates + np.array([_EAST, _NORTH]))
    return project(np.array([moved], dtype=object), EQUAL_AREA, WGS84)[0]


def rows(shapes: Mapping[str, shapely.Geometry | None], **columns: object) -> gpd.GeoDataFrame:
    """Return one municipality of Milano per Belfiore code; columns replace what it would have."""
    codes = list(shapes)
    table: dict[str, Any] = {
        "municipality_code": codes,
        "istat_code": [f"015{code[1:]}" for code in codes],
        "name": [f"Comune {code}" for code in codes],
        "name_it": [f"Comune {code}" for code in codes],
        "name_other": None,
        "province_code": "015",
        "province": "Milano",
        "sigla": "MI",
        "region_code": "03",
        "region": "Lombardia",
        "population": 100,
        "provenance": None,
    }
    frame = gpd.GeoDataFrame(table | columns, index=range(len(codes)), geometry=list(shapes.values()), crs=4326)
    return frame.astype({"population": "Int64"})


def boundaries(shapes: Mapping[str, shapely.Geometry | None], day: date = DAY, **columns: object) -> Boundaries:
    """Return them as boundaries of a day; the digest is that of the day alone."""
    return Boundaries(day, "a grid", "CC0", f"{day:%Y%m%d}" * 8, rows(shapes, **columns))


def listed(*codes: str, **columns: object) -> pd.DataFrame:
    """Return a list of municipalities, as the rows have them."""
    return pd.DataFrame(rows(dict.fromkeys(codes), **columns).drop(columns=["geometry", "provenance"]))


def history(lives: Mapping[str, tuple[str | None, str | None]], events: Iterable[tuple[str, str, str, str]]) -> History:
    """Return a history.

    Parameters
    ----------
    lives
        First and last-but-one day by Belfiore code; None: since ever, still so.
    events
        Day, kind, old code, new code.
    """
    versions = pd.DataFrame(listed(*lives).drop(columns=["population"])).reindex(columns=list(VERSION_COLUMNS))
    versions["valid_from"] = pd.to_datetime([begin or _BORN for begin, _ in lives.values()]).astype("datetime64[s]")
    versions["valid_to"] = pd.to_datetime([end for _, end in lives.values()]).astype("datetime64[s]")
    versions["changed_after"] = pd.Series(pd.NaT, index=versions.index, dtype="datetime64[s]")
    told = pd.DataFrame(events, columns=["event_date", "kind", "municipality_code", "successor_code"])
    told["event_date"] = pd.to_datetime(told["event_date"]).astype("datetime64[s]")
    told = told.assign(is_partial=False, before=None, after=None, source="declared")[list(EVENT_COLUMNS)]
    return History(versions, told, pd.DataFrame(columns=list(CONFLICT_COLUMNS)))
