"""Features from tables: columns in, ready-made JSON out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from atlante.releases.json_columns import json_objects, json_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from atlante.catalogue.indicators import Indicator
    from atlante.releases.field import Field

    type Texts = pa.Array[Any]

_INTERVAL = ("low", "high")


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """The features of one collection, in the order in which they are served; every column has one text a feature.

    Attributes
    ----------
    ids
        Stable ids, unique in the collection.
    territory_codes
        The territory whose geometry a feature has.
    periods
        First and last day that a feature speaks of, ISO, ``infinity`` where it is still so; None where the collection
        has no time.
    shapes
        Row of ``publish.geometry`` that a feature has the geometry of: vintage_id and territory_code. The vintage is
        null where no geometry is known. None: each feature has that of its territory in the release's vintage.
    properties
        One JSON object a feature, null where a value is missing.
    known_properties
        The same without what is null: what filters look into. In SQL a name that is not there is NULL.
    tile_properties
        Known properties of the fields that vector tiles carry, as MVT has no null; empty objects where the collection
        has no tiles.
    """

    ids: Texts
    territory_codes: Texts
    periods: tuple[Texts, Texts] | None
    properties: Texts
    known_properties: Texts
    tile_properties: Texts
    shapes: tuple[Texts, Texts] | None = None

    def __len__(self) -> int:
        return len(self.ids)


def feature_table(
    rows: pa.Table | pd.DataFrame,
    fields: Sequence[Field],
    *,
    ids: Texts | pd.Series[str],
    periods: tuple[Texts, Texts] | None = None,
    shapes: Sequence[tuple[str | None, str]] | None = None,
    has_tiles: bool,
) -> FeatureTable:
    """Return the features of a table.

    Parameters
    ----------
    rows
        One row a feature, a column for each field, in the order of serving.
    ids, periods, shapes
        Aligned with the rows; see :class:`FeatureTable`.
    """
    table = rows if isinstance(rows, pa.Table) else _columns_of(rows, fields)
    n, texts = len(table), json_texts(table, [field.name for field in fields])
    in_tiles = {field.name: texts[field.name] for field in fields if field.in_tiles and has_tiles}
    return FeatureTable(
        ids=ids if isinstance(ids, pa.Array) else pa.array(ids, pa.string()),
        territory_codes=table.column("code").combine_chunks().cast(pa.string()),
        periods=periods,
        properties=json_objects(texts, n),
        known_properties=json_objects(texts, n, keeps_nulls=False),
        tile_properties=json_objects(in_tiles, n, keeps_nulls=False),
        shapes=_pair(shapes),
    )


def _columns_of(rows: pd.DataFrame, fields: Sequence[Field]) -> pa.Table:
    """Return the columns of fields, and ``code``, as their types are declared."""
    types = {"integer": pa.int64(), "number": pa.float64(), "string": pa.string(), "date": pa.string()}
    kinds = {"code": pa.string()} | {field.name: types[field.type] for field in fields}
    return pa.table({name: pa.array(rows[name], kind, from_pandas=True) for name, kind in kinds.items()})


def _pair(shapes: Sequence[tuple[str | None, str]] | None) -> tuple[Texts, Texts] | None:
    if shapes is None:
        return None
    vintages, codes = ([shape[place] for shape in shapes] for place in (0, 1))
    return pa.array(vintages, pa.string()), pa.array(codes, pa.string())


def round_values(observations: pd.DataFrame, indicators: Sequence[Indicator]) -> pd.DataFrame:
    """Return the observations with values rounded to their indicator's digits.

    Bounds have one digit more and are rounded outwards: an interval never covers less than it says.
    """
    rounded = observations.copy(deep=False)
    digits = observations["indicator_id"].map({indicator.id: indicator.digits for indicator in indicators})
    scale = 10.0 ** digits.to_numpy(dtype=np.float64)
    finer = 10 * scale
    for name in ("value", "smoothed"):
        if name in observations:
            rounded[name] = np.round(observations[name] * scale) / scale
    # What is a billionth off the grid is on it: floor and ceil would make a whole step of such an error.
    for name, outwards in zip(_INTERVAL, (np.floor, np.ceil), strict=True):
        rounded[name] = outwards(np.round(observations[name] * finer, 9)) / finer
    return rounded


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
