"""The crosswalk: from the territories of one day to those of another, with weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from atlante.catalogue.levels import Level
from atlante.errors import NothingLoaded, WeightsMissing
from atlante.territories.crosswalk.explanation import Explanations
from atlante.territories.crosswalk.successors import links
from atlante.territories.crosswalk.weights import PAIR_COLUMNS, WHOLE, shares_of

if TYPE_CHECKING:
    from datetime import date

    from atlante.territories.crosswalk.weights import Weights
    from atlante.territories.history.model import History

CROSSWALK_COLUMNS = ("code", "successor_code", "weight", "basis", "events")
"""A territory of the first day; one of the second, None: nobody in the country; the share 0..1 of the first that goes
there; what the weight was measured by; the events between them as text."""

UNKNOWN_UNIT = "?"
"""Stands for the province or region of a municipality of which the history does not say it."""

type CodeKind = Literal["belfiore", "istat"]
_UNIT_COLUMNS = {Level.PROVINCE: "province_code", Level.REGION: "region_code"}


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """From the territories of one day to those of another.

    Attributes
    ----------
    rows
        Columns :data:`CROSSWALK_COLUMNS`, sorted by code and successor, None last; the weights of a code add up to
        exactly 1. A weight of 0 is that of a piece too small to tell from two drawings of one border.
    unreached
        Territories of the second day that no row leads to: it is not known what they were made of, so that what belongs
        to them is still with others.
    """

    since: date
    until: date
    level: Level
    codes: CodeKind
    rows: pd.DataFrame
    unreached: tuple[str, ...]


def crosswalk(
    history: History, *, since: date, until: date, weights: Weights, level: Level = Level.MUNICIPALITY
) -> Crosswalk:
    """Return how the territories of one day become those of another.

    Who goes on undivided has the weight 1 and needs no measure; so does a territory that left the country, whose
    successor is None.

    Parameters
    ----------
    weights
        Asked only for territories that are divided.
    level
        Provinces and regions are those of the municipalities on each of the two days; one that is divided has the
        weights of its municipalities.

    Raises
    ------
    NothingLoaded
        If no municipality is known on one of the days.
    WeightsMissing
        If a territory is divided and what it takes to measure the parts is not loaded.
    """
    pairs = _linked(history, since, until)
    pairs["unit"] = _units(history, pairs["code"], since, level)
    pairs["successor_unit"] = _units(history, pairs["successor_code"], until, level)
    divided = pairs[["unit", "successor_unit"]].drop_duplicates()["unit"]
    is_divided = pairs["unit"].isin(divided[divided.duplicated()])
    pairs["size"], pairs["basis"] = 1.0, WHOLE
    if is_divided.any():
        sizes, basis = _measured(pairs[is_divided], weights, level)
        pairs.loc[is_divided, "size"], pairs.loc[is_divided, "basis"] = sizes, basis
    rows = _of_municipalities(history, pairs) if level is Level.MUNICIPALITY else _of_units(history, pairs)
    rows["weight"] = shares_of(rows["size"], rows["code"])
    rows = rows.sort_values(["code", "successor_code"], ignore_index=True)
    there = _units(history, history.at(until)["municipality_code"], until, level)
    unreached = sorted(set(there) - set(rows["successor_code"]))
    return Crosswalk(since, until, level, "belfiore", rows[list(CROSSWALK_COLUMNS)], tuple(unreached))


def _linked(history: History, since: date, until: date) -> pd.DataFrame:
    """Return pairs of municipalities with the columns of :data:`PAIR_COLUMNS` and the rows of their events."""
    for day in (since, until):
        if history.at(day).empty:
            raise NothingLoaded(f"municipality in the history on {day}", "atlante territories load LIST")
    found = dict(
        sorted(links(history, since=since, until=until).items(), key=lambda link: (link[0][0], link[0][1] or ""))
    )
    pairs = pd.DataFrame(list(found), columns=["code", "successor_code"], dtype=object)
    pairs["event_rows"] = pd.Series(list(found.values()), dtype=object)
    pairs["n_origins"] = pairs.groupby("successor_code")["code"].transform("size").fillna(1)
    return pairs


def _units(history: History, codes: pd.Series[str], day: date, level: Level) -> pd.Series[str]:
    """Return the territories that municipalities belong to on a day; None stays None."""
    if level is Level.MUNICIPALITY:
        return codes
    there = history.at(day).set_index("municipality_code")
    units = codes.map(there[_UNIT_COLUMNS[level]]).astype(object)
    units = units.where(units.notna(), UNKNOWN_UNIT)
    return units.where(codes.notna(), None)


def _measured(pairs: pd.DataFrame, weights: Weights, level: Level) -> tuple[pd.Series[float], pd.Series[str]]:
    """Return sizes of the pieces of divided territories, and what they were measured by."""
    ends = pairs[["code", "successor_unit"]].drop_duplicates()["code"]
    is_piece = pairs["code"].isin(ends[ends.duplicated()])
    pieces = weights.pieces(pairs.loc[is_piece, list(PAIR_COLUMNS)].reset_index(drop=True))
    sizes, basis = pd.Series(1.0, index=pairs.index), pd.Series(WHOLE, index=pairs.index)
    sizes[is_piece], basis[is_piece] = pieces.sizes, np.asarray(pieces.basis, dtype=object)
    sizes = shares_of(sizes, pairs["code"])
    if sizes.isna().any():
        unmeasured = [f"{code} in any part" for code in pairs["code"][sizes.isna()].unique()]
        raise WeightsMissing(unmeasured, f"{basis[sizes.isna()].iloc[0]} above 0", None)
    if level is not Level.MUNICIPALITY:
        codes = pairs["code"].unique()
        sizes *= pairs["code"].map(dict(zip(codes, weights.wholes(list(codes)), strict=True)))
        basis[:] = weights.name
    return sizes, basis


def _of_municipalities(history: History, pairs: pd.DataFrame) -> pd.DataFrame:
    explanations = Explanations(history)
    return pairs.assign(events=[explanations.text(rows) for rows in pairs["event_rows"]])


def _of_units(history: History, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return provinces or regions: pieces added up, and what happened to the municipalities of those that changed."""
    explanations = Explanations(history)
    rows = []
    for (unit, successor), group in pairs.groupby(["unit", "successor_unit"], dropna=False):
        is_same = unit == successor and (group["basis"] == WHOLE).all()
        events = "" if is_same else explanations.summary(set().union(*group["event_rows"]))
        rows.append(
            (
                unit,
                successor if isinstance(successor, str) else None,
                group["size"].sum(),
                group["basis"].iloc[0],
                events,
            )
        )
    return pd.DataFrame(rows, columns=["code", "successor_code", "size", "basis", "events"], dtype=object).astype(
        {"size": float}
    )
