"""A history as days of change, seen in the direction in which one walks through it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from atlante.territories.documents.model import EventKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    import pandas as pd

    from atlante.territories.history.model import History

STILL = int(np.iinfo(np.int64).max)
"""The last day of what has not ended."""

_OF_A_PART = (EventKind.SPLIT, EventKind.CESSION)  # what these have before is whose ground it was

type Spells = Mapping[str, Sequence[tuple[int, int]]]


def day_number(day: date) -> int:
    """Return a day as the number of days since 1970."""
    return int(np.datetime64(day, "D").astype(np.int64))


class Move(NamedTuple):
    """Ground that goes from one municipality to another.

    Attributes
    ----------
    target
        None: abroad, or unknown.
    event
        The row of the event.
    ground_of
        The earlier municipalities whose ground it was, where a part went of which that is known; empty: it is not.
    """

    target: str | None
    event: int
    ground_of: frozenset[str] = frozenset()


@dataclass(slots=True)
class DayOfChange:
    """What happens between two days.

    Attributes
    ----------
    near, far
        The days before and after the change as one walks: the day before and the day itself, or the other way round.
    moves
        By the municipality that gives ground.
    notes
        Rows of events that leave the ground where it is, by municipality: new names, codes, provinces.
    returning
        Municipalities that exist on the far day, not on the near one, and once more before.
    """

    near: int
    far: int
    moves: dict[str, list[Move]] = field(default_factory=lambda: defaultdict(list))
    notes: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    returning: set[str] = field(default_factory=set)


class Timeline:
    """Days of change in the order in which one comes past them.

    Parameters
    ----------
    is_forward
        From the past to the future. Otherwise every event is undone: who took ground gives it back.

    Attributes
    ----------
    parts
        Rows of events in which a part went of which it is known whose ground it was; backward in time it comes back to
        who gave it, and only the way forward tells it from the rest.
    """

    def __init__(self, history: History, *, is_forward: bool) -> None:
        self.is_forward = is_forward
        self.spells = spells_of(history)
        self._days: dict[int, DayOfChange] = {}
        self._takers: dict[str, set[str]] = defaultdict(set)
        self.parts: set[int] = set()
        self._add_events(history.events)
        for code, spells in self.spells.items():
            edges = [begin for begin, _ in spells[1:]] if is_forward else [end for _, end in spells[:-1]]
            for day in edges:
                self._day(day).returning.add(code)

    def between(self, since: int, until: int) -> list[DayOfChange]:
        """Return the days of change that one comes past on the way from a day to another."""
        low, high = sorted((since, until))
        days = sorted((day for day in self._days if low < day <= high), reverse=not self.is_forward)
        return [self._days[day] for day in days]

    def exists(self, code: str | None, day: int) -> bool:
        """Say whether a municipality is there on a day."""
        return any(begin <= day < end for begin, end in self.spells.get(code or "", ()))

    def heirs(self, codes: Iterable[str]) -> set[str]:
        """Return municipalities, and all to whom ground of theirs may have come at any time."""
        found, waiting = set(), list(codes)
        while waiting:
            code = waiting.pop()
            if code not in found:
                found.add(code)
                waiting += self._takers[code]
        return found

    def _add_events(self, events: pd.DataFrame) -> None:
        days = _numbers(events["event_date"])
        befores, afters = events["municipality_code"], events["successor_code"].astype(object)
        afters = afters.where(afters.notna(), None)
        grounds = events["before"].where(events["kind"].isin(_OF_A_PART), "").fillna("")
        for row, (day, before, after, ground) in enumerate(zip(days, befores, afters, grounds, strict=True)):
            giver, taker = (before, after) if self.is_forward else (after, before)
            if giver == taker:
                self._day(day).notes[before].append(row)
            elif giver is not None:
                is_of = frozenset(ground.split())
                self._day(day).moves[giver].append(Move(taker, row, is_of if self.is_forward else frozenset()))
                self.parts.update([row] if is_of else [])
                self._takers[giver].update([taker] if taker is not None else [])

    def _day(self, day: int) -> DayOfChange:
        if day not in self._days:
            sides = (day - 1, day) if self.is_forward else (day, day - 1)
            self._days[day] = DayOfChange(*sides)
        return self._days[day]


def spells_of(history: History) -> Spells:
    """Return by municipality the periods in which it existed without a break, the end exclusive."""
    versions = history.versions.sort_values(["municipality_code", "valid_from"])
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    begins, ends = _numbers(versions["valid_from"]), _numbers(versions["valid_to"])
    for code, begin, end in zip(versions["municipality_code"], begins, ends, strict=True):
        spells = found[code]
        if spells and begin <= spells[-1][1]:
            spells[-1] = (spells[-1][0], max(end, spells[-1][1]))
        else:
            spells.append((begin, end))
    return dict(found)


def _numbers(dates: pd.Series) -> list[int]:
    numbers = dates.to_numpy("datetime64[D]").astype(np.int64)
    days: list[int] = np.where(dates.isna(), STILL, numbers).tolist()
    return days
