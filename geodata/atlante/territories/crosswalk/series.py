"""Series by territory, converted from the territories of one day to those of another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlante.errors import InvalidSeries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atlante.territories.crosswalk.table import Crosswalk
    from atlante.territories.crosswalk.weights import FloatArray

    type IntArray = np.ndarray[tuple[int], np.dtype[np.intp]]
    type BoolArray = np.ndarray[tuple[int], np.dtype[np.bool_]]


class SeriesKind(StrEnum):
    """What the values of a series are, which decides how they are put together."""

    COUNT = "count"  # of something: parts add up
    RATE = "rate"  # something per something else
    MEAN = "mean"  # over so and so many


@dataclass(frozen=True, slots=True)
class ConvertedSeries:
    """A series on the territories of the crosswalk's second day.

    Attributes
    ----------
    table
        code, the values, and for each column of values ``…_converted_share`` and ``…_estimated_share``: 0..1, the part
        of the value (of the denominator, for rates and means) that changed its code or was divided, and the part that
        was divided. A value is nan where one that it is made of is unknown.
    left
        code and values of what went to nobody in the country, by the old code. The rate of a municipality stays its
        rate.
    unknown
        The rows of the input whose code is not of the crosswalk's first day, as they were.
    absent
        Old codes of which the input has no row: what it says of their successors is without them.
    converted_share, estimated_share
        The same shares of all values together, by column.
    """

    table: pd.DataFrame
    left: pd.DataFrame
    unknown: pd.DataFrame
    absent: tuple[str, ...]
    converted_share: Mapping[str, float]
    estimated_share: Mapping[str, float]


def convert_series(
    table: pd.DataFrame,
    crosswalk: Crosswalk,
    *,
    kind: SeriesKind,
    denominators: pd.Series[float] | None = None,
) -> ConvertedSeries:
    """Return values by territory on the territories of another day.

    Counts are divided by the weights and added up: those of the result, those that left the country and those of
    unknown codes add up to the input's. Rates and means are taken apart into numerator and denominator, which are
    converted like counts; an average of rates would count a hamlet like a city.

    Parameters
    ----------
    table
        A column ``code`` with the codes of the crosswalk's first day, and columns of numbers; nan: unknown.
    denominators
        By code, for rates and means: what they are per or over. Not negative; nan: unknown.

    Raises
    ------
    InvalidSeries
        If a code has two rows, a column is not of numbers, or a rate or mean comes without its denominators.
    """
    columns = [str(column) for column in table.columns if column != "code"]
    _check(table, columns, kind, denominators)
    is_known = table["code"].isin(crosswalk.rows["code"])
    links = crosswalk.rows[crosswalk.rows["weight"] > 0].merge(table[is_known], on="code")
    flow = _Flow(links)
    per = None if denominators is None else _as_floats(links["code"].map(denominators))
    converted = {column: _converted(flow, flow.numbers(column), per) for column in columns}
    result = pd.DataFrame({"code": np.asarray(flow.codes, dtype=object)})
    for column, (values, sizes) in converted.items():
        result[column] = values
        result[f"{column}_converted_share"] = flow.shares(sizes, flow.is_converted)
        result[f"{column}_estimated_share"] = flow.shares(sizes, flow.is_estimated)
    return ConvertedSeries(
        table=result,
        left=flow.left(columns, kind),
        unknown=table[~is_known].reset_index(drop=True),
        absent=tuple(sorted(set(crosswalk.rows["code"]) - set(table["code"]))),
        converted_share={name: _share(sizes, flow.is_converted) for name, (_, sizes) in converted.items()},
        estimated_share={name: _share(sizes, flow.is_estimated) for name, (_, sizes) in converted.items()},
    )


class _Flow:
    """Values on their way from old codes to new ones: a row of the crosswalk each, pieces without weight left out."""

    def __init__(self, links: pd.DataFrame) -> None:
        self._links = links
        self.weights = links["weight"].to_numpy(np.float64)
        self._targets, self.codes = pd.factorize(links["successor_code"], sort=True)
        self._is_here = self._targets >= 0
        self.is_estimated = self.weights < 1
        self.is_converted = self.is_estimated | (links["code"] != links["successor_code"]).to_numpy()

    def numbers(self, column: str) -> FloatArray:
        return _as_floats(self._links[column])

    def added(self, amounts: FloatArray) -> FloatArray:
        """Return amounts added up by new code; nan where one of them is."""
        return _as_floats(np.bincount(self._targets[self._is_here], amounts[self._is_here], len(self.codes)))

    def shares(self, sizes: FloatArray, chosen: BoolArray) -> FloatArray:
        """Return by new code the share of the chosen rows in what is known; 0 where there is nothing."""
        return _ratios(self.added(np.where(chosen, sizes, 0.0)), self.added(sizes), of_nothing=0.0)

    def left(self, columns: Sequence[str], kind: SeriesKind) -> pd.DataFrame:
        """Return what went to nobody in the country: of counts the part that did."""
        gone = self._links.loc[~self._is_here, ["code", "weight", *columns]]
        if kind is SeriesKind.COUNT:
            gone[list(columns)] = gone[list(columns)].mul(gone["weight"], axis=0)
        return gone.drop(columns="weight").reset_index(drop=True)


def _converted(flow: _Flow, values: FloatArray, per: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Return new values, and the size of what went along each row of the crosswalk, for its share in the whole."""
    if per is None:
        amounts = values * flow.weights
        return flow.added(amounts), np.nan_to_num(np.abs(amounts))
    bases = per * flow.weights
    amounts = np.where(bases == 0, 0.0, values * bases)  # a rate per nothing is unknown, and adds nothing
    return _ratios(flow.added(amounts), flow.added(bases)), np.nan_to_num(bases)


def _as_floats(numbers: pd.Series[float] | IntArray | FloatArray) -> FloatArray:
    floats: FloatArray = np.asarray(numbers, dtype=np.float64)
    return floats


def _ratios(parts: FloatArray, wholes: FloatArray, *, of_nothing: float = np.nan) -> FloatArray:
    ratios: FloatArray = np.divide(parts, wholes, out=np.full_like(parts, of_nothing), where=wholes != 0)
    return ratios


def _share(sizes: FloatArray, chosen: BoolArray) -> float:
    total = sizes.sum()
    return float(sizes[chosen].sum() / total) if total else 0.0


def _check(
    table: pd.DataFrame, columns: Sequence[str], kind: SeriesKind, denominators: pd.Series[float] | None
) -> None:
    """Raise unless every code has one row of numbers, and what they are per is known where it must be."""
    repeated = table["code"][table["code"].duplicated()]
    if not repeated.empty:
        raise InvalidSeries(
            "the table", f"{repeated.iloc[0]} has more than one row. Add them up, or convert each apart."
        )
    for column in columns:
        if not pd.api.types.is_numeric_dtype(table[column]):
            raise InvalidSeries("the table", f"the column {column!r} holds no numbers. Name those to convert.")
    if kind is not SeriesKind.COUNT and denominators is None:
        raise InvalidSeries("the table", f"a {kind} needs its denominators: without them it can't be put together.")
    if kind is SeriesKind.COUNT and denominators is not None:
        raise InvalidSeries("the table", "a count has no denominators. Say that it is a rate or a mean.")
    if denominators is not None and (denominators < 0).any():
        raise InvalidSeries("the table", f"the denominator of {denominators.idxmin()} is negative. Correct it.")
