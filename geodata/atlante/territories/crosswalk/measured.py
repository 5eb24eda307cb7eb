"""Pieces measured by area, and by what is counted in whole municipalities: residents, firms."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import shapely

from atlante.errors import WeightsMissing
from atlante.geometry import area_km2
from atlante.territories.crosswalk.evidence import Moment, outlines, residents
from atlante.territories.crosswalk.weights import Pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    import pandas as pd

    from atlante.database import Connection
    from atlante.geometry import GeometryArray
    from atlante.territories.crosswalk.weights import FloatArray
    from atlante.territories.history.model import History

SLIVER_SHARE = 0.001
"""A piece smaller than this share of its municipality is taken for the difference of two drawings: its size is 0."""


class AreaWeights:
    """Pieces by area, in EPSG:3035: of the successor as a whole where it has no other ground, else of what is shared.

    Each municipality is taken from the boundary vintage that is nearest to its day among those that show it between its
    changes.
    """

    name = "area"

    def __init__(self, connection: Connection, history: History, *, since: date, until: date) -> None:
        self._connection = connection
        self._before, self._after = Moment.of(history, since), Moment.of(history, until)

    def pieces(self, pairs: pd.DataFrame) -> Pieces:
        """Return areas in km²; that of what left the country is the part that no other piece covers."""
        sizes = np.zeros(len(pairs))
        is_here = pairs["successor_code"].notna().to_numpy()
        is_shared = is_here & (pairs["n_origins"] > 1).to_numpy()
        new = outlines(self._connection, self._after, pairs["successor_code"][is_here].tolist())
        sizes[is_here] = area_km2(new)
        if is_shared.any():
            sizes[is_shared] = self._shared(pairs["code"][is_shared], new[is_shared[is_here]])
        if not is_here.all():
            covered = pairs.assign(size=sizes).groupby("code")["size"].transform("sum").to_numpy()[~is_here]
            wholes = area_km2(outlines(self._connection, self._before, pairs["code"][~is_here].tolist()))
            sizes[~is_here] = _without_slivers(wholes - covered, wholes)
        return Pieces(sizes, ["area"] * len(pairs))

    def wholes(self, codes: Sequence[str]) -> FloatArray:
        """Return areas in km²."""
        return area_km2(outlines(self._connection, self._before, codes))

    def _shared(self, codes: pd.Series[str], new: GeometryArray) -> FloatArray:
        old = outlines(self._connection, self._before, codes.tolist())
        return _without_slivers(shared_areas_km2(old, new), area_km2(old))


def _without_slivers(areas: FloatArray, wholes: FloatArray) -> FloatArray:
    kept: FloatArray = np.where(areas < SLIVER_SHARE * wholes, 0.0, areas)
    return kept


class CountWeights:
    """Pieces by what is counted: in the successor as a whole where it has no other ground, else interpolated by area.

    Parameters
    ----------
    name
        What is counted, in a word.
    count
        Returns the counts of municipalities around a moment. Counted is at the crosswalk's end: only then is there a
        count for the parts.
    """

    def __init__(
        self, connection: Connection, before: Moment, after: Moment, *, name: str, count: Callable[..., FloatArray]
    ) -> None:
        self.name = name
        self._connection, self._before, self._after, self._count = connection, before, after, count

    def pieces(self, pairs: pd.DataFrame) -> Pieces:
        """Return the counts of pieces.

        Raises
        ------
        WeightsMissing
            If counts or outlines are not loaded; for a piece that left the country, too.
        """
        gone = pairs[pairs["successor_code"].isna()]
        if not gone.empty:
            places = [f"{self._before.named(code)} of any day" for code in gone["code"].unique()]
            raise WeightsMissing(places, f"{self.name} of the part that left the country", None)
        sizes = self._count(self._after, pairs["successor_code"].tolist())
        is_mixed = (pairs["n_origins"] > 1).to_numpy()
        if is_mixed.any():
            sizes = np.where(is_mixed, 0.0, sizes)
            sizes[is_mixed] = self._interpolated(pairs[is_mixed])
        return Pieces(sizes, np.where(is_mixed, f"{self.name}, interpolated by area", self.name).tolist())

    def wholes(self, codes: Sequence[str]) -> FloatArray:
        """Return the counts of municipalities around the first day."""
        return self._count(self._before, list(codes))

    def _interpolated(self, pairs: pd.DataFrame) -> FloatArray:
        """Return the counts of successors, each times the share of its area that comes from the old municipality."""
        codes = pairs["successor_code"].tolist()
        old = outlines(self._connection, self._before, pairs["code"].tolist())
        new = outlines(self._connection, self._after, codes)
        counts: FloatArray = self._count(self._after, codes) * shared_areas_km2(old, new) / area_km2(new)
        return counts


def population_weights(connection: Connection, history: History, *, since: date, until: date) -> CountWeights:
    """Return pieces by residents.

    They are of the days nearest to the crosswalk's on which each municipality's ground was the same.
    """
    before, after = Moment.of(history, since), Moment.of(history, until)
    return CountWeights(connection, before, after, name="population", count=partial(residents, connection))


def shared_areas_km2(old: GeometryArray, new: GeometryArray) -> FloatArray:
    """Return the areas that outlines in degrees have in common, pair by pair, shape (n,)."""
    return area_km2(shapely.intersection(old, new))
