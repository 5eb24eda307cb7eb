"""Features from tables: columns in, ready-made JSON out. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from atlante.releases.json_columns import json_objects, json_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    values
        The columns of the fields.
    names, tile_names
        Those that features state, and those that vector tiles carry, in order.
    """

    ids: Texts
    territory_codes: Texts
    periods: tuple[Texts, Texts] | None
    shapes: tuple[Texts, Texts] | None
    values: pa.Table
    names: Sequence[str]
    tile_names: Sequence[str]

    def __len__(self) -> int:
        return len(self.ids)

    def batches(self, size: int) -> Iterator[FeatureTable]:
        """Yield so many features at a time, without a copy: the JSON of all of them at once can take gigabytes."""

        def part(pair: tuple[Texts, Texts] | None, start: int) -> tuple[Texts, Texts] | None:
            return None if pair is None else (pair[0].slice(start, size), pair[1].slice(start, size))

        for start in range(0, len(self), size):
            yield replace(
                self,
                ids=self.ids.slice(start, size),
                territory_codes=self.territory_codes.slice(start, size),
                periods=part(self.periods, start),
                shapes=part(self.shapes, start),
                values=self.values.slice(start, size),
            )

    def as_json(self) -> FeatureJson:
        """Return the properties as they are stored."""
        n, texts = len(self), json_texts(self.values, self.names)
        in_tiles = {name: texts[name] for name in self.tile_names}
        return FeatureJson(
            properties=json_objects(texts, n),
            known=json_objects(texts, n, keeps_nulls=False),
            in_tiles=json_objects(in_tiles, n, keeps_nulls=False),
        )


@dataclass(frozen=True, slots=True)
class FeatureJson:
    """Properties of features, one JSON object each.

    Attributes
    ----------
    properties
        Null where a value is missing.
    known
        The same without what is null: what filters look into. In SQL a name that is not there is NULL.
    in_tiles
        What is known of the fields that vector tiles carry, as MVT has no null; empty objects where the collection has
        no tiles.
    """

    properties: Texts
    known: Texts
    in_tiles: Texts


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
    return FeatureTable(
        ids=ids if isinstance(ids, pa.Array) else pa.array(ids, pa.string()),
        territory_codes=table.column("code").combine_chunks().cast(pa.string()),
        periods=periods,
        shapes=_pair(shapes),
        values=table,
        names=[field.name for field in fields],
        tile_names=[field.name for field in fields if field.in_tiles and has_tiles],
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
            rounded[name] = np.round(observations[name] * scale) / scale + 0.0  # of what rounds to -0 makes 0
    # What is a billionth off the grid is on it: floor and ceil would make a whole step of such an error.
    for name, outwards in zip(_INTERVAL, (np.floor, np.ceil), strict=True):
        rounded[name] = outwards(np.round(observations[name] * finer, 9)) / finer + 0.0
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
