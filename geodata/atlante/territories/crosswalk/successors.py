"""Who holds the ground of whom: municipalities of one day and those of another."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pandas as pd

from atlante.territories.crosswalk.explanation import Explanations
from atlante.territories.crosswalk.ground import Ground
from atlante.territories.crosswalk.timeline import STILL, Timeline, day_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from atlante.territories.history.model import History

SUCCESSOR_COLUMNS = ("code", "successor_code", "is_partial", "events")
"""A municipality of one day; one of the other day that holds ground of it, None: nobody in the country, or not known;
whether others hold some of it, too; the events between them as text, in the order of their dates."""

FINAL_COLUMNS = ("code", "successor_code", "n_successors")
"""A municipality of any day; one that holds ground of it, None: nobody in the country, or not known; how many do."""

type Links = dict[tuple[str, str | None], frozenset[int]]


def successors(history: History, *, since: date, until: date) -> pd.DataFrame:
    """Return for every municipality that is valid on a day who holds its ground on another day.

    Chains of events are followed: mergers of mergers, splits, parts ceded. A municipality that was suppressed and is
    established again gets back what was its own, and is its own successor. Where neither an event nor the same code
    says who has the ground, the successor is None, as for a municipality that left the country; ``events`` tells them
    apart.

    Parameters
    ----------
    since, until
        Either may be the earlier one: backward in time, those who hold ground of a merger are those who merged.

    Returns
    -------
    pd.DataFrame
        Columns :data:`SUCCESSOR_COLUMNS`, sorted by code and successor, None last. Every municipality of the day
        ``since`` has a row.
    """
    explanations = Explanations(history)
    found = links(history, since=since, until=until)
    return frame_of({pair: explanations.text(rows) for pair, rows in found.items()})


def links(history: History, *, since: date, until: date) -> Links:
    """Return pairs of municipalities of two days with ground in common, and the rows of the events between them."""
    begin, end = day_number(since), day_number(until)
    timeline = Timeline(history, is_forward=begin <= end)
    origins = [(begin, code) for code in timeline.spells if timeline.exists(code, begin)]
    found: dict[tuple[str, str | None], frozenset[int]] = defaultdict(frozenset)
    for trail, holder, events in _follow(timeline, origins, end).held(end):
        found[trail.origin, holder] |= events
    if timeline.is_forward or not any(events & timeline.parts for events in found.values()):
        return dict(found)
    forward = links(history, since=until, until=since)
    return {pair: events for pair, events in found.items() if not events & timeline.parts or pair[::-1] in forward}


def frame_of(texts: Mapping[tuple[str, str | None], str]) -> pd.DataFrame:
    """Return linked pairs and their texts as a table with the columns :data:`SUCCESSOR_COLUMNS`."""
    pairs = sorted(texts, key=lambda pair: (pair[0], pair[1] is None, pair[1] or ""))
    rows = [(code, successor, texts[code, successor]) for code, successor in pairs]
    found = pd.DataFrame(rows, columns=["code", "successor_code", "events"], dtype=object)
    found["is_partial"] = found["code"].duplicated(keep=False)
    return found[list(SUCCESSOR_COLUMNS)]


def final_successors(history: History, until: date) -> pd.DataFrame:
    """Return for every code that ever was who holds its ground on a day.

    The ground is that of its last day before then, or of its first day if it began later.

    Returns
    -------
    pd.DataFrame
        Columns :data:`FINAL_COLUMNS`, a row for each code and successor, sorted; one row with the successor None and
        ``n_successors`` 0 where nobody in the country is known to hold the ground.
    """
    end = day_number(until)
    found: dict[str, set[str]] = {}
    for is_forward in (True, False):
        timeline = Timeline(history, is_forward=is_forward)
        found = _holders(timeline, end) | found
    rows: list[tuple[str, str | None, int]] = []
    for code, holders in sorted(found.items()):
        rows += [(code, holder, len(holders)) for holder in sorted(holders)] or [(code, None, 0)]
    return pd.DataFrame(rows, columns=list(FINAL_COLUMNS), dtype=object).astype({"n_successors": int})


def _holders(timeline: Timeline, end: int) -> dict[str, set[str]]:
    """Return who holds on a day the ground that each municipality had when the walk came past it last."""
    sides = {code: _last_days(timeline, spells, end) for code, spells in timeline.spells.items()}
    found: dict[str, set[str]] = {}
    last: dict[str, int] = {}
    sign = 1 if timeline.is_forward else -1
    for code, days in sides.items():
        if timeline.exists(code, end):
            found[code] = {code}
        elif days:
            found[code], last[code] = set(), days[-1]
    # earlier lives of a code are followed, too: they tell whose ground comes back when it is established again
    origins = [(day, code) for code, days in sides.items() for day in days]
    for trail, holder, _ in _follow(timeline, origins, end).held(end):
        if holder is not None and trail.started == sign * last.get(trail.origin, STILL):
            found[trail.origin].add(holder)
    return found


def _last_days(timeline: Timeline, spells: Sequence[tuple[int, int]], end: int) -> list[int]:
    """Return the days on which a municipality ceases to be, as the walk to a day comes past them."""
    if timeline.is_forward:
        return [ceased - 1 for _, ceased in spells if ceased <= end]
    return [begun for begun, _ in reversed(spells) if begun > end]


def _follow(timeline: Timeline, origins: Iterable[tuple[int, str]], end: int) -> Ground:
    """Return the ground of municipalities, each entered on its day, as the walk to a day has left it."""
    sign = 1 if timeline.is_forward else -1
    waiting = sorted(((sign * day, code) for day, code in origins), reverse=True)
    ground = Ground(timeline)
    first = sign * waiting[-1][0] if waiting else end
    for day in timeline.between(first, end):
        while waiting and waiting[-1][0] <= sign * day.near:
            day_entered, code = waiting.pop()
            ground.enter(code, sign * day_entered)
        ground.pass_by(day)
    for day_entered, code in reversed(waiting):
        ground.enter(code, sign * day_entered)
    return ground
