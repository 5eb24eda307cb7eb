"""Features from tables: rows in, ready-made JSON out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlante.catalogue.indicators import Indicator
    from atlante.releases.fields import Field

_VALUE_COLUMNS = ["value", "low", "high", "firms", "status", "period"]


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """The features of one collection, in the order in which they are served.

    Attributes
    ----------
    ids
        Stable ids, unique in the collection.
    territory_codes
        The territory whose geometry a feature has.
    periods
        First and last day that a feature speaks of, ``infinity`` where it is still so; None where the collection has
        no time.
    shapes
        Row of ``publish.geometry`` that a feature has the geometry of: vintage_id and territory_code. The vintage is
        None where no geometry is known. None: each feature has that of its territory in the release's vintage.
    properties
        One JSON object a feature.
    tile_properties
        The same, of the fields that vector tiles carry; values that are null are left out, as MVT has no null. Empty
        objects where the collection has no tiles.
    """

    ids: list[str]
    territory_codes: list[str]
    periods: list[tuple[str, str]] | None
    properties: list[str]
    tile_properties: list[str]
    shapes: list[tuple[str | None, str]] | None = None

    def __len__(self) -> int:
        return len(self.ids)


def feature_table(
    rows: pd.DataFrame,
    fields: Sequence[Field],
    *,
    ids: pd.Series[str],
    periods: list[tuple[str, str]] | None = None,
    shapes: list[tuple[str | None, str]] | None = None,
    has_tiles: bool,
) -> FeatureTable:
    """Return the features of a table.

    The objects are made column by column: a row at a time takes ten times as long.

    Parameters
    ----------
    rows
        One row a feature, a column for each field, in the order of serving.
    ids, shapes
        Aligned with the rows; see :class:`FeatureTable`.
    """
    names = [field.name for field in fields]
    tile_names = [field.name for field in fields if field.in_tiles and has_tiles]
    objects = _objects(rows, names)
    return FeatureTable(
        ids=ids.tolist(),
        territory_codes=rows["code"].tolist(),
        periods=periods,
        properties=[orjson.dumps(properties).decode() for properties in objects],
        tile_properties=[
            orjson.dumps({name: row[name] for name in tile_names if row[name] is not None}).decode() for row in objects
        ],
        shapes=shapes,
    )


def _objects(rows: pd.DataFrame, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return a dict a row, None where a value is missing."""
    columns = [rows[name].astype(object).where(rows[name].notna(), None).tolist() for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def round_values(observations: pd.DataFrame, indicators: Sequence[Indicator]) -> pd.DataFrame:
    """Return the observations with values rounded to their indicator's digits.

    Bounds have one digit more and are rounded outwards: an interval never covers less than it says.
    """
    rounded = observations.copy()
    digits = observations["indicator_id"].map({indicator.id: indicator.digits for indicator in indicators})
    scale = 10.0 ** digits.to_numpy(dtype=np.float64)
    finer = 10 * scale
    rounded["value"] = np.round(observations["value"] * scale) / scale
    # What is a billionth off the grid is on it: floor and ceil would make a whole step of such an error.
    rounded["low"] = np.floor(np.round(observations["low"] * finer, 9)) / finer
    rounded["high"] = np.ceil(np.round(observations["high"] * finer, 9)) / finer
    return rounded


def widen(territories: pd.DataFrame, observations: pd.DataFrame, indicators: Sequence[Indicator]) -> pd.DataFrame:
    """Return one row per territory with the latest period of every indicator as columns.

    Parameters
    ----------
    territories
        One row a territory, with ``code``.
    observations
        Rows of one level, with ``territory_code``, ``indicator_id``, ``period`` and the value columns.
    """
    same_names = [indicator.id for indicator in indicators if indicator.id in territories]
    wide = territories.drop(columns=same_names).set_index("code", drop=False)
    parts = [wide]
    for indicator in indicators:
        of_indicator = observations[observations["indicator_id"] == indicator.id]
        latest = of_indicator[of_indicator["period"] == of_indicator["period"].max()].set_index("territory_code")
        renamed = latest[_VALUE_COLUMNS].add_prefix(f"{indicator.id}_")
        renamed = renamed.rename(columns={f"{indicator.id}_value": indicator.id})
        status = f"{indicator.id}_status"
        joined = renamed.reindex(wide.index)
        joined[status] = joined[status].fillna("not-available")
        parts.append(joined)
    return pd.concat(parts, axis=1).reset_index(drop=True).copy()  # in one block: another column is added quickly


def period_bounds(period: str) -> tuple[str, str]:
    """Return the first and last day of an ISO 8601 period: a year or a day.

    >>> period_bounds("2024")
    ('2024-01-01', '2024-12-31')
    >>> period_bounds("2025-05-19")
    ('2025-05-19', '2025-05-19')
    """
    if len(period) == len("2024"):
        return f"{period}-01-01", f"{period}-12-31"
    return period, period
