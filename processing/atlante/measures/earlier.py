"""What an earlier build observed of one indicator, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from atlante.catalogue.levels import Level
from atlante.database import load_queries, read_table
from atlante.measures.slices import EVERYTHING
from atlante.measures.values import ratio

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from atlante.catalogue.indicators import Indicator
    from atlante.database import Connection
    from atlante.measures.ground import Ground
    from atlante.measures.places import Places
    from atlante.measures.slices import Slice
    from atlante.statistics.counts import BoolArray, FloatArray

_QUERIES: Final = load_queries(__package__)
_SLICE: Final = ["filiera", "stage", "breakdown", "category"]
_NUMBERS: Final = ["value", "numerator", "denominator", "firms"]
_WORD: Final = pa.dictionary(pa.int32(), pa.string())
_SCHEMA: Final = pa.schema(
    [
        *((name, _WORD) for name in ("level", "territory_code", *_SLICE)),
        *((name, pa.float64()) for name in _NUMBERS),
        ("is_low_reliability", pa.bool_()),
    ]
)
_ADDITIVE: Final = ("count", "share", "slice-share", "rate")


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """Values of an earlier day.

    Attributes
    ----------
    value
        nan: not available.
    converted_share
        0..1: what of each is of ground that belonged to another municipality then.
    is_low_reliability
        Whether it was not to be relied on. All are of shape (parts, territories).
    """

    value: FloatArray
    converted_share: FloatArray
    is_low_reliability: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class EarlierRows:
    """Observations of one indicator on the territories of their own build.

    Attributes
    ----------
    value, numerator, denominator, firms, is_low
        Shape (parts, territories); nan: unknown.
    """

    indicator: Indicator
    slices: Sequence[Slice]
    n_municipalities: int
    value: FloatArray
    numerator: FloatArray
    denominator: FloatArray
    firms: FloatArray
    is_low: BoolArray

    def without(self, refused: BoolArray) -> EarlierRows:
        """Return the same, of which some parts are unknown; shape (parts,)."""
        value, numerator, denominator, firms = (
            np.where(refused[:, None], np.nan, each)
            for each in (self.value, self.numerator, self.denominator, self.firms)
        )
        return replace(self, value=value, numerator=numerator, denominator=denominator, firms=firms)

    def as_they_are(self) -> Earlier:
        """Return the values on the territories that they were computed on."""
        return Earlier(self.value, np.zeros(self.value.shape), self.is_low)

    def converted(self, ground: Ground) -> Earlier:
        """Return the values on the territories that the ground of theirs belongs to later."""
        is_additive, is_count = self.indicator.kind in _ADDITIVE, self.indicator.kind == "count"
        inner = slice(0, self.n_municipalities)
        weights = self.firms if not is_additive else self.numerator if is_count else self.denominator
        amounts, share = ground.converted(weights[:, inner])
        again = np.full(amounts.shape, np.nan)
        if is_count:
            again = amounts
        elif is_additive:
            above, _ = ground.converted(self.numerator[:, inner])
            again = _quotient(self.indicator, above, amounts)
        low, _ = ground.converted(self.is_low[:, inner].astype(np.float64))
        own, its_low = ground.taken_over(self.value), ground.taken_over(self.is_low.astype(np.float64))
        value = np.where(ground.is_same, own, again)
        return Earlier(value, share, np.where(ground.is_same, its_low, np.nan_to_num(low)) > 0)


def read_rows(
    connection: Connection,
    places: Places,
    build_id: int,
    day: dt.date,
    indicator: Indicator,
    slices: Sequence[Slice],
) -> EarlierRows:
    """Return what a build observed of an indicator on its reference date, of some slices, the first of them all firms.

    A municipality without a row of a slice had no firm of it.
    """
    named: dict[str, Any] = {
        "build_id": build_id,
        "indicator_id": indicator.id,
        "period": day.isoformat(),
        "filiere": sorted({each.filiera for each in slices}),
        "breakdowns": sorted({each.breakdown for each in slices}),
    }
    table = read_table(connection, _QUERIES["earlier_observations"], named, _SCHEMA).to_pandas()
    keys = pd.MultiIndex.from_tuples([(each.filiera, each.stage, each.breakdown, each.category) for each in slices])
    row = keys.get_indexer(pd.MultiIndex.from_frame(table[_SLICE].astype(object)))
    territories = pd.MultiIndex.from_arrays([places.levels, places.codes])
    column = territories.get_indexer(pd.MultiIndex.from_frame(table[["level", "territory_code"]].astype(object)))
    kept = (row >= 0) & (column >= 0)
    row, column, shape = row[kept], column[kept], (len(slices), places.n)
    is_there, is_low = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    is_there[row, column] = True
    is_low[row, column] = table["is_low_reliability"].to_numpy(dtype=bool)[kept]
    numbers = {}
    for name in _NUMBERS:
        numbers[name] = np.full(shape, np.nan)
        numbers[name][row, column] = table[name].to_numpy(np.float64)[kept]
    rows = EarlierRows(indicator, slices, places.n_municipalities, **numbers, is_low=is_low)
    return _with_nothing(rows, ~is_there & _may_lack(places, slices, is_there))


def _may_lack(places: Places, slices: Sequence[Slice], is_there: BoolArray) -> BoolArray:
    """Return where no row means no firm, shape (parts, territories): at municipalities, in slices that there were."""
    had = is_there.any(axis=1)
    seen = {each.breakdown for each, is_had in zip(slices, had, strict=True) if is_had and each.breakdown}
    # a category of which no firm was has no row at all, where others of its breakdown have
    had |= np.array([each.breakdown in seen for each in slices])
    is_slice = np.array([each != EVERYTHING for each in slices])
    whole = np.array([bool(each.breakdown) for each in slices])[:, None]
    is_municipality = places.levels == Level.MUNICIPALITY.value
    found: BoolArray = (had & is_slice)[:, None] & (is_municipality[None] | (whole & ~is_there.any(axis=1)[:, None]))
    return found


def _with_nothing(rows: EarlierRows, lacking: BoolArray) -> EarlierRows:
    """Return rows with 0 firms where none was; what a rate is per is that of all firms together."""
    indicator = rows.indicator
    if indicator.kind not in _ADDITIVE or not lacking.any():
        return replace(rows, firms=np.where(lacking, 0, rows.firms))
    numerator, firms = np.where(lacking, 0, rows.numerator), np.where(lacking, 0, rows.firms)
    if indicator.kind == "count":
        return replace(rows, numerator=numerator, firms=firms, value=np.where(lacking, 0, rows.value))
    base: FloatArray | float = np.nan
    if indicator.spec.has_base_of_slice:
        base = 0
    elif indicator.kind == "rate":
        base = rows.denominator[:1]
    denominator = np.where(lacking, base, rows.denominator)
    value = np.where(lacking, _quotient(indicator, numerator, denominator), rows.value)
    return replace(rows, numerator=numerator, firms=firms, denominator=denominator, value=value)


def _quotient(indicator: Indicator, above: FloatArray, below: FloatArray) -> FloatArray:
    factor = indicator.rate.factor if indicator.rate else 1
    return ratio(above * factor, below, indicator.minimum)
