"""What the database shows of municipalities around a day: outlines and residents."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from atlante.database import load_queries
from atlante.errors import WeightsMissing
from atlante.territories.crosswalk.timeline import STILL, day_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from atlante.database import Connection
    from atlante.geometry import GeometryArray
    from atlante.territories.crosswalk.weights import FloatArray
    from atlante.territories.history.model import History

_QUERIES = load_queries("atlante.territories.crosswalk")
_SHOWN = ["code", "vintage_id", "reference_date", "population"]
_BOUNDARIES = ("boundaries", "atlante territories load FILE --as-of YYYY-MM-DD")
_RESIDENTS = ("residents", "atlante territories load FILE --as-of YYYY-MM-DD --population FILE")


@dataclass(frozen=True, slots=True)
class Moment:
    """Municipalities on a day, each with the time around it in which its ground stayed the same.

    Attributes
    ----------
    changes
        By municipality the days on which it gave or took ground, sorted.
    names
        By municipality, for messages.
    """

    day: date
    changes: Mapping[str, Sequence[int]]
    names: Mapping[str, str]

    @classmethod
    def of(cls, history: History, day: date) -> Moment:
        """Return the municipalities of a day."""
        events = history.events
        moves = events[events["municipality_code"] != events["successor_code"]]
        changes: dict[str, set[int]] = defaultdict(set)
        for event_date, *codes in zip(
            moves["event_date"], moves["municipality_code"], moves["successor_code"], strict=True
        ):
            for code in codes:
                changes[code].add(day_number(event_date.date()))
        there = history.at(day)
        names = dict(zip(there["municipality_code"], there["name"], strict=True))
        return cls(day, {code: sorted(days) for code, days in changes.items()}, names)

    def named(self, code: str) -> str:
        """Return the name and the code of a municipality, for messages."""
        return f"{self.names[code]} ({code})" if code in self.names else code

    def nearest(self, found: pd.DataFrame, codes: Sequence[str], need: tuple[str, str]) -> pd.DataFrame:
        """Return for each code the row of the day nearest to this one on which its ground was the same.

        Parameters
        ----------
        found
            Columns code and reference_date, among others.
        need
            What the rows show, and how it is loaded, for the message.

        Raises
        ------
        WeightsMissing
            If there is none for a municipality; names all that lack one.
        """
        days = pd.to_datetime(found["reference_date"]).to_numpy("datetime64[D]").astype(np.int64)
        periods = {code: self._period(code) for code in dict.fromkeys(codes)}
        begins, ends = (found["code"].map({code: period[side] for code, period in periods.items()}) for side in (0, 1))
        fits = found[(begins <= days) & (days < ends)]
        distances = np.abs(days[fits.index] - day_number(self.day))
        best = fits.assign(distance=distances).sort_values("distance", kind="stable").drop_duplicates("code")
        best = best.set_index("code").drop(columns="distance")
        missing = [code for code in periods if code not in best.index]
        if missing:
            raise WeightsMissing([f"{self.named(code)} {_period_text(*periods[code])}" for code in missing], *need)
        return best.loc[list(codes)].reset_index()

    def _period(self, code: str) -> tuple[int, int]:
        days = self.changes.get(code, ())
        place = bisect_right(days, day_number(self.day))
        return days[place - 1] if place else -STILL, days[place] if place < len(days) else STILL


def outlines(connection: Connection, moment: Moment, codes: Sequence[str]) -> GeometryArray:
    """Return the outlines of municipalities in degrees as they were around a day, shape (n,).

    Raises
    ------
    WeightsMissing
        If no boundary vintage shows one of them between its changes.
    """
    shown = pd.DataFrame(connection.execute(_QUERIES["shown"], {"codes": list(codes)}).fetchall(), columns=_SHOWN)
    chosen = moment.nearest(shown, codes, _BOUNDARIES)
    wanted = {"vintage_ids": chosen["vintage_id"].tolist(), "codes": chosen["code"].tolist()}
    outline: GeometryArray = np.array(
        [row[0] for row in connection.execute(_QUERIES["outlines"], wanted)], dtype=object
    )
    return shapely.from_wkb(outline)


def residents(connection: Connection, moment: Moment, codes: Sequence[str]) -> FloatArray:
    """Return how many people lived in municipalities around a day, shape (n,).

    Raises
    ------
    WeightsMissing
        If nothing loaded says it of one of them between its changes.
    """
    wanted = {"codes": list(codes)}
    shown = pd.DataFrame(connection.execute(_QUERIES["shown"], wanted).fetchall(), columns=_SHOWN)
    told = pd.DataFrame(
        connection.execute(_QUERIES["counted_residents"], wanted).fetchall(),
        columns=["code", "reference_date", "population"],
    )
    known = pd.concat([each.dropna(subset="population")[told.columns] for each in (shown, told)], ignore_index=True)
    sizes: FloatArray = moment.nearest(known, codes, _RESIDENTS)["population"].to_numpy(np.float64)
    return sizes


def _period_text(begin: int, end: int) -> str:
    """Return the days from one change to the next in words."""
    first = f"from {np.datetime64(begin, 'D')}" if begin > -STILL else ""
    last = f"until {np.datetime64(end - 1, 'D')}" if end < STILL else ""
    return " ".join(filter(None, (first, last))) or "of any day"
