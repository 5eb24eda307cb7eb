"""Where the ground of municipalities is while the days go by.

The ground of one municipality may be divided, joined with others', and come back. What is followed are trails: an
origin, and the municipalities through which a part of its ground came to where it is. Who is established again gets
back the trails that came through it: a municipality suppressed in 1928 and established again in 1947 is itself, and
its neighbour, which held it in between, keeps what was its own.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlante.territories.crosswalk.timeline import DayOfChange, Move, Timeline

type Events = frozenset[int]
type Passed = frozenset[str | None]
type Returned = dict[tuple[str | None, str | None], int]
type Ways = list[tuple[str | None, Events]]


_NEVER = -(2**62)


class Trail(NamedTuple):
    """The way of a part of an origin's ground.

    Attributes
    ----------
    started
        The day on which it is the origin's, counted in the direction of the walk.
    path
        Municipalities that it came through, none of them twice, from the origin to who holds it.
    """

    origin: str
    started: int
    path: tuple[str, ...]

    def through(self, place: str | None) -> Self:
        """Return the trail as it goes on; one that comes back somewhere forgets the detour."""
        if place is None:
            return self
        at = self.path.index(place) if place in self.path else len(self.path)
        return self._replace(path=(*self.path[:at], place))


class Ground:
    """Trails by who holds them, and the rows of the events that brought them there."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._held: dict[str | None, dict[Trail, Events]] = defaultdict(dict)

    def enter(self, code: str, day: int) -> None:
        """Follow the ground of a municipality from a day on."""
        started = day if self._timeline.is_forward else -day
        self._hold(code, Trail(code, started, (code,)), frozenset())

    def held(self, day: int) -> Iterator[tuple[Trail, str | None, Events]]:
        """Return all trails with who holds them; None: nobody who exists on the day."""
        for place, trails in self._held.items():
            holder = place if self._timeline.exists(place, day) else None
            for trail, events in trails.items():
                yield trail, holder, events

    def pass_by(self, day: DayOfChange) -> None:
        """Carry out what happens on a day: all at once, but who exists through that day alone passes on."""
        returned = self._give_back(day)
        places = [place for place in {**day.moves, **day.notes} if place in self._held]
        given = {place: self._held.pop(place) for place in places}
        for place, trails in given.items():
            for trail, events in trails.items():
                known = events.union(day.notes.get(place, ()))
                for target, reasons in self._ways(day, place, trail, returned):
                    self._send(day, target, trail, known | reasons, frozenset((place,)))

    def _give_back(self, day: DayOfChange) -> Returned:
        """Return to who is established again what came through it, from wherever it is; say what came from where."""
        returned: Returned = {}
        for code in sorted(day.returning):
            notes = frozenset(day.notes.get(code, ()))
            for place in [place for place in self._held if place != code]:
                reasons = {move.event for move in day.moves.get(place or "", ()) if move.target == code}
                for trail in [trail for trail in self._held[place] if code in trail.path]:
                    events = self._held[place].pop(trail)
                    self._hold(code, trail.through(code), events | notes | reasons)
                    returned[place, code] = max(trail.started, returned.get((place, code), trail.started))
        return returned

    def _ways(self, day: DayOfChange, place: str, trail: Trail, returned: Returned) -> Ways:
        """Return where a trail goes from a place: not to who got back what was its own, since the trail began."""
        taking = [move for move in day.moves.get(place, ()) if self._may_take(move, trail)]
        moves: Ways = [(move.target, frozenset((move.event,))) for move in taking]
        free = [way for way in moves if returned.get((place, way[0]), _NEVER) < trail.started]
        if self._timeline.exists(place, day.far):
            return [*free, (place, frozenset().union(*(reasons for _, reasons in free)))]
        return free or moves or [(place, frozenset())]

    def _may_take(self, move: Move, trail: Trail) -> bool:
        """Say whether what goes may be of a trail: not if it is known whose ground it was, and the trail's is another.

        The ground of a municipality is in a trail that came through it, or in that of one of its heirs, if the
        municipality was not there any more when the trail started.
        """
        if not move.ground_of or not move.ground_of.isdisjoint(trail.path):
            return True
        was_there = any(self._timeline.exists(code, trail.started) for code in move.ground_of)
        return not was_there and trail.origin in self._timeline.heirs(move.ground_of)

    def _send(self, day: DayOfChange, target: str | None, trail: Trail, events: Events, passed: Passed) -> None:
        """Bring a trail to a place, and on from there if the place is not there before and after the day."""
        exists_after = self._timeline.exists(target, day.far)
        is_lasting = exists_after and self._timeline.exists(target, day.near)
        onward = [] if is_lasting or target in passed else day.moves.get(target or "", [])
        onward = [move for move in onward if move.target not in passed]
        if exists_after or not onward or target in passed:
            self._hold(target, trail.through(target), events)
        for move in onward:
            self._send(day, move.target, trail.through(target), events | {move.event}, passed | {target})

    def _hold(self, place: str | None, trail: Trail, events: Events) -> None:
        trails = self._held[place]
        trails[trail] = trails.get(trail, frozenset()) | events
