"""What municipalities had: one value per attribute, municipality and day of its existence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.territories.documents.model import PRECEDENCE
from atlante.territories.history.claims import NAMES, claims_of
from atlante.territories.history.days import last_before
from atlante.territories.history.periods import cells_of, filled, settle, weigh, with_ends

if TYPE_CHECKING:
    from atlante.territories.history.claims import Claims
    from atlante.territories.history.days import IntArray

RESOLVED: Final = (
    "sigla", "istat_code", "province_code", "province", "region_code", "region", "nuts3_2021", "nuts3_2024", *NAMES,
)  # fmt: skip
"""Attributes that are resolved from claims, the sigla first; the whole name is made of the Italian and the other."""

_PROVINCE: Final = ("sigla", "province_code", "region_code")  # a change of one tells of a change of the others
_PLACE: Final = (*_PROVINCE, "istat_code", "province", "region")
_DERIVED: Final = {"province_code": "sigla", "province": "sigla", "region_code": "sigla", "region": "region_code"}
_WEAK: Final = len(PRECEDENCE)  # as a hint, another attribute's change counts less than any event


@dataclass(frozen=True, slots=True)
class Timelines:
    """Values of one attribute.

    Attributes
    ----------
    said
        What was claimed (see ``claims_of``).
    periods
        code, spell, begin, end, value, rank, changed_after, sorted by code and begin.
    """

    said: pd.DataFrame
    periods: pd.DataFrame

    def at(self, codes: IntArray, days: IntArray) -> IntArray:
        """Return positions of the periods of municipalities on days; -1 where there is none."""
        return last_before(self.periods["code"].to_numpy(), self.periods["begin"].to_numpy(), codes, days)

    def values_at(self, codes: IntArray, days: IntArray) -> pd.Series[str]:
        """Return values of municipalities on days; null where there is none."""
        found = self.at(codes, days)
        values = np.array([*self.periods["value"], None], dtype=object)
        return pd.Series(values[found], dtype=object)


def resolve_attributes(
    claims: Claims, spells: pd.DataFrame, hints: pd.DataFrame, told: pd.DataFrame
) -> dict[str, Timelines]:
    """Return the timelines of all attributes of :data:`RESOLVED`.

    The ISTAT code of a municipality of which no document states one is that of the event that it comes of, for as long
    as its sigla stays the same.

    Parameters
    ----------
    spells
        code, begin, end: when municipalities existed.
    hints
        code, day, rank, is_recoding: days of events; those of a recoding date codes alone.
    told
        Events: day, rank, new, new_istat_code.
    """
    said = {attribute: claims_of(claims, attribute) for attribute in RESOLVED}
    evidence = {attribute: weigh(rows) for attribute, rows in said.items()}
    province_cuts = [evidence[attribute].cuts for attribute in _PROVINCE]
    timelines: dict[str, Timelines] = {}
    for attribute in RESOLVED:
        is_place = attribute in _PLACE
        cuts = [evidence[attribute].cuts, *(province_cuts if is_place else [])]
        related = [evidence[other].cuts for other in (NAMES if attribute in NAMES else _PLACE)]
        dates = _hints(hints[~hints["is_recoding"].astype(bool)] if attribute in NAMES else hints, related)
        cells = cells_of(spells, cuts)
        periods = settle(cells, evidence[attribute], dates)
        timelines[attribute] = Timelines(said[attribute], periods)
        completed = _completed(attribute, timelines, cells, claims)
        if attribute == "istat_code":
            completed = _with_first_codes(completed, cells, told, timelines["sigla"])
        timelines[attribute] = Timelines(said[attribute], completed)
    return timelines


def _hints(hints: pd.DataFrame, related: list[pd.DataFrame]) -> pd.DataFrame:
    weak = pd.concat(related, ignore_index=True).assign(rank=_WEAK, is_recoding=False)
    return pd.concat([hints, weak], ignore_index=True)


def _completed(attribute: str, timelines: dict[str, Timelines], cells: pd.DataFrame, claims: Claims) -> pd.DataFrame:
    """Fill periods that no document speaks of: from those beside them, else from what goes with another attribute.

    What belongs to a province is not taken across a change of province: the archive has no codes of earlier ones.
    """
    periods = timelines[attribute].periods
    if attribute not in _PLACE or attribute == "sigla":
        return filled(periods, cells, periods["spell"].to_numpy())
    codes, begins = periods["code"].to_numpy(), periods["begin"].to_numpy()
    periods = filled(periods.assign(), cells, timelines["sigla"].at(codes, begins))
    if attribute not in _DERIVED:
        return periods
    whole = _DERIVED[attribute]
    known = claims.statements[[whole, attribute, "rank", "as_of"]].dropna()
    known = known.sort_values(["rank", "as_of", attribute]).drop_duplicates(whole)
    labels = dict(zip(known[whole], known[attribute], strict=True))
    codes, begins = periods["code"].to_numpy(), periods["begin"].to_numpy()
    given = timelines[whole].values_at(codes, begins).map(labels).astype(object).to_numpy()
    value = periods["value"].where(periods["value"].notna(), pd.Series(given, index=periods.index))
    rank = periods["rank"].where(
        periods["rank"] >= 0, timelines[whole].periods["rank"].to_numpy()[timelines[whole].at(codes, begins)]
    )
    return with_ends(periods.assign(value=value, rank=rank), cells)


def _with_first_codes(periods: pd.DataFrame, cells: pd.DataFrame, told: pd.DataFrame, sigla: Timelines) -> pd.DataFrame:
    """Give spells without any code the one that the event tells with which they begin."""
    codes = told[told["new_istat_code"].notna()].sort_values("rank").drop_duplicates(["new", "day"])
    keys = pd.MultiIndex.from_frame(codes[["new", "day"]])
    place = keys.get_indexer(pd.MultiIndex.from_frame(periods[["code", "begin"]]))
    is_known = periods["value"].notna().groupby(periods["spell"]).transform("any")
    is_first = (place >= 0) & ~is_known.to_numpy(dtype=bool) & ~periods["spell"].duplicated().to_numpy()
    if not is_first.any():
        return periods
    given = periods.copy()
    given.loc[is_first, "value"] = codes["new_istat_code"].to_numpy(dtype=object)[place[is_first]]
    given.loc[is_first, "rank"] = codes["rank"].to_numpy()[place[is_first]]
    return filled(given, cells, sigla.at(given["code"].to_numpy(), given["begin"].to_numpy()))


def spellings(said: pd.DataFrame) -> pd.Series[str]:
    """Return the spelling of each name: the one of the document that is believed most, by code and folded name."""
    ordered = said.sort_values(["rank", "as_of", "text"], ascending=[True, False, True])
    return ordered.drop_duplicates(["code", "value"]).set_index(["code", "value"])["text"]
