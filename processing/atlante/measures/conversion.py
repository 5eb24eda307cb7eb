"""Numbers of municipalities of another day, on the municipalities of a vintage.

What is not known is not guessed: where nobody tells what became of a municipality, or a divided one can't be measured,
those that it may have gone to have no number.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.catalogue.levels import Level
from atlante.errors import NothingLoaded, WeightsMissing
from atlante.territories.crosswalk import CROSSWALK_COLUMNS, AreaWeights, Crosswalk, Pieces, crosswalk
from atlante.territories.history import read_history

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from atlante.database import Connection
    from atlante.measures.places import Places
    from atlante.statistics.counts import BoolArray, FloatArray
    from atlante.territories.crosswalk import Weights

_BASIS: Final = "area, as far as it is known"


def read_crosswalk(connection: Connection, since: dt.date, until: dt.date) -> Crosswalk | None:
    """Return how the municipalities of one day become those of another; None where it is the same day.

    A divided municipality of which the parts can't be measured has weights of nan. Where no document tells of one of
    the days there is no row: nothing is known.
    """
    if since == until:
        return None
    history = read_history(connection)
    weights = _AsFarAsKnown(AreaWeights(connection, history, since=since, until=until))
    try:
        walk = crosswalk(history, since=since, until=until, weights=weights)
    except NothingLoaded:
        nothing = pd.DataFrame(columns=list(CROSSWALK_COLUMNS), dtype=object).astype({"weight": np.float64})
        return Crosswalk(since, until, Level.MUNICIPALITY, "belfiore", nothing, ())
    is_unknown = walk.rows["code"].isin(weights.unmeasured)
    return replace(walk, rows=walk.rows.assign(weight=walk.rows["weight"].mask(is_unknown)))


def convert_counts(table: pd.DataFrame, walk: Crosswalk | None, places: Places) -> tuple[FloatArray, FloatArray]:
    """Return counts on the municipalities of the vintage, and the share of each that was converted.

    Parameters
    ----------
    table
        A column ``code`` with Belfiore codes, each once, and columns of counts; nan: unknown. So is what has no row.
    walk
        From the day of the codes to that of the vintage; None: it is the same day.

    Returns
    -------
    tuple
        Counts and shares 0..1, each of shape (columns, municipalities). A count is nan where a municipality that it is
        made of is unknown, or nothing leads to it; its share is 0 then.
    """
    found = table.set_index("code").astype(np.float64)
    codes = places.table["municipality_code"].tolist()
    if walk is None:
        counts = found.reindex(codes).to_numpy().T
        return counts, np.zeros(counts.shape)
    links = walk.rows[walk.rows["successor_code"].isin(codes)]
    return flow(found.reindex(links["code"]).to_numpy().T, links, codes)


def flow(amounts: FloatArray, links: pd.DataFrame, codes: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """Return amounts that go along links, added up where they arrive, and the share of each that was converted.

    Parameters
    ----------
    amounts
        Of the municipality that each link begins with, shape (columns, links); nan: unknown.
    links
        Columns code, successor_code (one of ``codes``) and weight, which is nan where it is unknown.
    codes
        The municipalities of the vintage, in their order.

    Returns
    -------
    tuple
        Both of shape (columns, codes): amounts, nan where a part is unknown or no link leads; shares 0..1 of what
        changed its code or was divided, 0 where there is nothing.
    """
    weight = links["weight"].to_numpy(np.float64)
    target = pd.Index(codes).get_indexer(pd.Index(links["successor_code"]))
    is_converted: BoolArray = (weight != 1) | (links["code"] != links["successor_code"]).to_numpy(dtype=bool)
    parts = np.where(weight == 0, 0.0, amounts * weight)
    shape = (len(codes), len(amounts))
    arrived, moved, is_reached = np.zeros(shape), np.zeros(shape), np.zeros(len(codes), dtype=bool)
    np.add.at(arrived, target, parts.T)
    np.add.at(moved, target[is_converted], parts.T[is_converted])
    is_reached[target[weight != 0]] = True
    arrived[~is_reached] = np.nan
    shares: FloatArray = np.nan_to_num(moved / np.where(arrived != 0, arrived, np.nan)).T
    return arrived.T, shares


class _AsFarAsKnown:
    """Weights that are equal where they can't be measured, and remember of which municipalities.

    Attributes
    ----------
    unmeasured
        Codes of municipalities that are divided nobody knows how.
    """

    name = _BASIS

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.unmeasured: set[str] = set()

    def pieces(self, pairs: pd.DataFrame) -> Pieces:
        """Return the sizes of pieces, 1 each where one of a municipality is not known."""
        sizes = np.ones(len(pairs))
        for code, rows in pairs.groupby("code").indices.items():
            try:
                found = self._weights.pieces(pairs.iloc[rows].reset_index(drop=True)).sizes
            except WeightsMissing:
                self.unmeasured.add(str(code))
                continue
            if found.sum() > 0:
                sizes[rows] = found
            else:
                self.unmeasured.add(str(code))
        return Pieces(sizes, [_BASIS] * len(pairs))

    def wholes(self, codes: Sequence[str]) -> FloatArray:
        """Return the sizes of whole municipalities."""
        return self._weights.wholes(codes)
