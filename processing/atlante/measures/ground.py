"""The territories of an earlier vintage beside those of another: which are the same, and what others are made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.catalogue.levels import COUNTRY_CODE, Level
from atlante.database import load_queries
from atlante.measures.conversion import flow, read_crosswalk
from atlante.territories.documents.model import EventKind

if TYPE_CHECKING:
    import datetime as dt

    from atlante.database import Connection
    from atlante.measures.places import Places
    from atlante.statistics.counts import BoolArray, FloatArray
    from atlante.territories.crosswalk import Crosswalk

_QUERIES: Final = load_queries(__package__)
_UNITS: Final = {Level.MUNICIPALITY: "municipality_code", Level.PROVINCE: "province_code", Level.REGION: "region_code"}


@dataclass(frozen=True, slots=True)
class Edition:
    """Boundaries and their day."""

    vintage_id: str
    day: dt.date


class Ground:
    """How the municipalities of an earlier vintage became those of another.

    Parameters
    ----------
    before
        The earlier municipalities.
    links
        Columns code, successor_code and weight: from an earlier municipality to one of the later. A weight of nan: some
        of its ground may be there, and nobody tells how much. None: it is not in the later vintage at all.
    """

    def __init__(self, before: Places, places: Places, links: pd.DataFrame) -> None:
        self.before, self.places = before, places
        self._links = links
        self._codes = places.table["municipality_code"].tolist()

    @cached_property
    def is_same(self) -> BoolArray:
        """Whether each territory is the earlier one of its code: no ground came, and none went; shape (territories,).

        Ground that moved between municipalities of one province leaves the province the same.
        """
        same = np.zeros(self.places.n, dtype=bool)
        for level in Level:
            old, new = (self._unit_of(each.table, level) for each in (self.before, self.places))
            begin, end = self._links["code"].map(old), self._links["successor_code"].map(new)
            has_moved = begin.ne(end)
            changed = {*begin[has_moved], *end[has_moved]}
            kept = (set(old.values()) & set(new.values())) - changed
            at = self.places.at(level)
            same[at] = [code in kept for code in self.places.codes[at]]
        return same

    @cached_property
    def is_known(self) -> BoolArray:
        """Whether it is known of each territory which earlier ground it is, shape (territories,)."""
        reached, _ = flow(np.ones((1, len(self._arriving))), self._arriving, self._codes)
        is_unknown = self.places.rolled_up(np.isnan(reached[0]).astype(np.int64)) > 0
        lost = self._links[self._links["successor_code"].isna() & self._links["weight"].isna()]
        for level in Level:
            at, of = self.places.at(level), self._unit_of(self.before.table, level)
            is_unknown[at] |= np.isin(self.places.codes[at], [of[code] for code in lost["code"]])
        known: BoolArray = self.is_same | ~is_unknown
        return known

    def converted(self, amounts: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return amounts of earlier municipalities on all territories, and the share of each that was converted.

        Parameters
        ----------
        amounts
            Shape (parts, earlier municipalities); nan: unknown.

        Returns
        -------
        tuple
            Both of shape (parts, territories). Amounts of more than a municipality are sums of what is known, as
            everywhere, but nan where it is not known of a municipality which ground it is.
        """
        place = pd.Index(self.before.table["municipality_code"]).get_indexer(pd.Index(self._arriving["code"]))
        inner, shares = flow(amounts[:, place], self._arriving, self._codes)
        sums = self.places.known_sums(inner)
        moved = self.places.known_sums(inner * shares)
        share = np.nan_to_num(moved / np.where(sums != 0, sums, np.nan))
        return np.where(self.is_known, sums, np.nan), share

    def taken_over(self, values: FloatArray) -> FloatArray:
        """Return values of earlier territories at the territories that are the same, others are nan.

        Parameters
        ----------
        values
            Shape (parts, earlier territories).
        """
        earlier = pd.MultiIndex.from_arrays([self.before.levels, self.before.codes])
        place = earlier.get_indexer(pd.MultiIndex.from_arrays([self.places.levels, self.places.codes]))
        return np.where(self.is_same, values[:, place], np.nan)

    @cached_property
    def _arriving(self) -> pd.DataFrame:
        return self._links[self._links["successor_code"].notna()]

    @staticmethod
    def _unit_of(table: pd.DataFrame, level: Level) -> dict[str, str]:
        """Return the territory of a level that each municipality is in."""
        codes = table["municipality_code"]
        units = [COUNTRY_CODE] * len(table) if level is Level.COUNTRY else table[_UNITS[level]]
        return dict(zip(codes, units, strict=True))


def read_ground(connection: Connection, before: Places, places: Places, *, since: Edition, until: Edition) -> Ground:
    """Return how the municipalities of one vintage became those of another, by the crosswalk of their days.

    Where no document tells what became of a municipality, or what one was made of, the outlines show which ones have
    ground in common: how much of their numbers went where is not known then.
    """
    old, new = (set(each.table["municipality_code"]) for each in (before, places))
    walk = read_crosswalk(connection, since.day, until.day)
    told = _same_codes(old & new) if walk is None else _told(walk, old)
    strays = told["successor_code"].notna() & ~told["successor_code"].isin(new)
    lost = (old - set(told["code"])) | set(told["code"][strays])
    unreached = new - set(told["successor_code"])
    if not lost and not unreached:
        return Ground(before, places, told)
    shared = _sharing(connection, since, until, lost, unreached)
    # whoever gave ground to one that nothing leads to has less than is told of it
    is_doubtful = told["code"].isin({*shared["code"], *lost})
    told = told.assign(weight=told["weight"].mask(is_doubtful))[~strays]
    nowhere = sorted(lost - set(shared["code"]) - set(told["code"]))
    gone = pd.DataFrame({"code": nowhere, "successor_code": None, "weight": np.nan}, dtype=object)
    pairs = pd.concat([told, shared, gone.astype({"weight": np.float64})], ignore_index=True)
    return Ground(before, places, pairs.drop_duplicates(["code", "successor_code"], ignore_index=True))


def _same_codes(codes: set[str]) -> pd.DataFrame:
    """Return links from codes to themselves: the day is the same, only the drawing is another."""
    both = sorted(codes)
    return pd.DataFrame({"code": both, "successor_code": both, "weight": np.ones(len(both))})


def _told(walk: Crosswalk, old: set[str]) -> pd.DataFrame:
    """Return the links of a crosswalk from earlier municipalities; None as successor: abroad."""
    rows = walk.rows
    is_abroad = rows["successor_code"].isna() & rows["events"].str.contains(f" {EventKind.ABROAD}", regex=False)
    is_told = rows["code"].isin(old) & (rows["successor_code"].notna() | is_abroad)
    return rows.loc[is_told, ["code", "successor_code", "weight"]].reset_index(drop=True)


def _sharing(
    connection: Connection, since: Edition, until: Edition, lost: set[str], unreached: set[str]
) -> pd.DataFrame:
    """Return the pairs of an earlier and a later municipality whose outlines overlap, of weight nan."""
    named = {
        "since": since.vintage_id,
        "until": until.vintage_id,
        "lost": sorted(lost),
        "unreached": sorted(unreached),
    }
    rows = connection.execute(_QUERIES["ground_in_common"], named).fetchall()
    return pd.DataFrame(rows, columns=["code", "successor_code"], dtype=object).assign(weight=np.nan)
