"""Observations: rows made of arrays, smoothed and ranked, and written by COPY."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import csv

from atlante.catalogue.levels import Level
from atlante.catalogue.measures import ALL_FIRMS
from atlante.database import sql
from atlante.statistics import empirical_bayes_rates, empirical_bayes_shares, rank_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atlante.catalogue.indicators import Indicator
    from atlante.database import Connection
    from atlante.measures.kinds.computation import Computation
    from atlante.measures.values import Values
    from atlante.statistics.counts import BoolArray, FloatArray

OBSERVATION_COLUMNS: Final = (
    "build_id", "level", "territory_code", "indicator_id", "period", "filiera", "stage", "breakdown", "category",
    "value", "low", "high", "smoothed", "rank_low", "rank_high", "numerator", "denominator", "firms", "firms_unknown",
    "converted_share", "is_low_reliability",
)  # fmt: skip
_COPY: Final = sql.SQL("COPY measure.observation ({}) FROM STDIN (FORMAT csv)").format(
    sql.SQL(", ").join(map(sql.Identifier, OBSERVATION_COLUMNS))
)
_SMOOTHED_LEVELS: Final = (Level.MUNICIPALITY, Level.PROVINCE)
_RANKED_LEVELS: Final = (Level.PROVINCE, Level.REGION)
_RANKED_KINDS: Final = ("rate", "share", "slice-share")
_SEED: Final = 20_250_519  # any number: the same one gives the same ranks
_DRAWS: Final = 250
_EXACT: Final = 2.0**53


def write(connection: Connection, build_id: int, indicator: Indicator, found: Values, of: Computation) -> int:
    """Write the observations of an indicator and return their number.

    Written are the levels of the indicator; of a slice a municipality only where a firm of the slice is, or was or may
    be counted: whatever adds up to the numbers of a province is there.
    """
    kept = _kept(indicator, found, of)
    row, column = np.nonzero(kept)
    if not len(row):
        return 0
    low, high = _ranks(indicator, found, of)
    numbers: dict[str, NDArray[Any]] = {
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "smoothed": _smoothed(indicator, found, of),
        "rank_low": low,
        "rank_high": high,
        "numerator": found.numerator,
        "denominator": found.denominator,
        "firms": found.firms,
        "firms_unknown": found.firms_unknown,
        "converted_share": found.converted_share.round(6),
        "is_low_reliability": found.is_low_reliability & ~np.isnan(found.value),
    }
    slices = [of.tally.slices[part] for part in found.parts]
    texts = {name: [getattr(each, name) for each in slices] for name in ("filiera", "stage", "breakdown", "category")}
    period = found.period or of.reference_date.isoformat()
    table = pa.table(
        {
            "build_id": _repeated(str(build_id), len(row)),
            "level": _worded(of.places.levels, column),
            "territory_code": _worded(of.places.codes, column),
            "indicator_id": _repeated(indicator.id, len(row)),
            "period": _repeated(period, len(row)),
            **{name: _worded(np.array(words, dtype=object), row) for name, words in texts.items()},
            **{name: _number(values[row, column]) for name, values in numbers.items()},
        }
    ).select(list(OBSERVATION_COLUMNS))
    text = io.BytesIO()
    csv.write_csv(table, text, csv.WriteOptions(include_header=False))
    with connection.cursor() as cursor:
        with cursor.copy(_COPY) as copy:
            copy.write(text.getbuffer())
        return cursor.rowcount


def _kept(indicator: Indicator, found: Values, of: Computation) -> BoolArray:
    levels = np.isin(of.places.levels, [level.value for level in indicator.levels])
    kept = np.broadcast_to(levels, found.value.shape).copy()
    is_municipality = of.places.levels == Level.MUNICIPALITY.value
    some = (of.tally.total(ALL_FIRMS, found.parts) > 0) | _is_counted(indicator, found)
    kept[1:] &= some[1:] | ~is_municipality
    return kept


def _is_counted(indicator: Indicator, found: Values) -> BoolArray:
    """Return where anything that a value rests on, and that is of its slice, is not 0; shape (parts, territories)."""
    numbers: list[NDArray[Any]] = [found.firms_unknown, found.numerator]
    if indicator.spec.has_base_of_slice:
        numbers += [found.firms, found.denominator]
    return np.any([np.nan_to_num(each) != 0 for each in numbers], axis=0)


def _smoothed(indicator: Indicator, found: Values, of: Computation) -> FloatArray:
    """Return shares and rates drawn towards their like; of all firms together by their neighbours, if asked for."""
    if indicator.smoothing == "none":
        return found.smoothed
    factor = indicator.rate.factor if indicator.rate else 1
    smooth = empirical_bayes_shares if indicator.share else empirical_bayes_rates
    smoothed = np.full(found.value.shape, np.nan)
    for level in _SMOOTHED_LEVELS:
        at = of.places.at(level)
        is_spatial = indicator.smoothing == "empirical-bayes-spatial" and level is Level.MUNICIPALITY
        neighbours = of.neighbours() if is_spatial else None
        for row in range(len(found.parts)):
            is_there = ~np.isnan(found.value[row, at])
            base = np.where(is_there, found.denominator[row, at], np.nan)
            if is_there.any():
                result = smooth(found.numerator[row, at], base, neighbours)
                smoothed[row, at] = np.where(is_there, result.smoothed * factor, np.nan)
    return smoothed


def _ranks(indicator: Indicator, found: Values, of: Computation) -> tuple[FloatArray, FloatArray]:
    """Return between which ranks each province and region lies; nan where values have no interval."""
    low, high = np.full(found.value.shape, np.nan), np.full(found.value.shape, np.nan)
    if indicator.kind not in _RANKED_KINDS or np.isnan(found.low).all():
        return low, high
    for level in _RANKED_LEVELS:
        at = of.places.at(level)
        for row in range(len(found.parts)):
            if np.isnan(found.low[row, at]).all():
                continue
            bounds = rank_interval(
                found.value[row, at],
                np.minimum(found.low[row, at], found.value[row, at]),
                np.maximum(found.high[row, at], found.value[row, at]),
                seed=_SEED,
                draws=_DRAWS,
                is_highest_first=indicator.polarity != "negative",
            )
            low[row, at], high[row, at] = bounds.low, bounds.high
    return low, high


def _repeated(word: str, n: int) -> pa.Array[Any]:
    return pa.repeat(word, n)


def _worded(words: NDArray[np.object_], places: NDArray[np.intp]) -> pa.Array[Any]:
    """Return words by their places, without making one object a row."""
    dictionary: Any = pa.DictionaryArray
    coded: pa.Array[Any] = dictionary.from_arrays(pa.array(places.astype(np.int32)), pa.array(words, pa.string()))
    return coded.cast(pa.string())


def _number(numbers: NDArray[Any]) -> pa.Array[Any]:
    """Return numbers as they are written: whole ones without a point, nan as null."""
    if numbers.dtype.kind != "f":
        return _array(numbers)
    is_null = np.isnan(numbers)
    known = np.nan_to_num(numbers)
    if bool((known % 1 == 0).all()) and bool((np.abs(known) < _EXACT).all()):
        return _array(known.astype(np.int64), mask=is_null)
    return _array(numbers, mask=is_null)


def _array(numbers: NDArray[Any], mask: NDArray[np.bool_] | None = None) -> pa.Array[Any]:
    made: pa.Array[Any] = pa.array(numbers, mask=mask)
    return made
