"""Events as readable text."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from atlante.territories.documents.model import EventKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlante.territories.history.model import History

_DAY = pd.Timedelta(days=1)


class Explanations:
    """The events of a history in words: ``2019-02-01 merger: Lu → Lu e Cuccaro Monferrato``."""

    def __init__(self, history: History) -> None:
        self._events = history.events
        self._rows: list[Any] = list(history.events.itertuples(index=False))
        self._names: dict[str, list[tuple[pd.Timestamp, str]]] = defaultdict(list)
        versions = history.versions.sort_values("valid_from")
        for code, begin, name in zip(
            versions["municipality_code"], versions["valid_from"], versions["name"], strict=True
        ):
            self._names[code].append((begin, name))

    def text(self, rows: Iterable[int]) -> str:
        """Return the events of these rows in the order of their dates, separated by semicolons."""
        return "; ".join(dict.fromkeys(self._sentence(row) for row in self._by_date(rows)))

    def summary(self, rows: Iterable[int]) -> str:
        """Return how many municipalities had which kind of event on which day."""
        events = self._events.iloc[list(self._by_date(rows))]
        counts = events.groupby(["event_date", "kind"], sort=True)["municipality_code"].nunique().reset_index(name="n")
        return "; ".join(
            f"{day:%Y-%m-%d} {kind} of {n:,} {'municipality' if n == 1 else 'municipalities'}"
            for day, kind, n in counts.itertuples(index=False)
        )

    def _by_date(self, rows: Iterable[int]) -> list[int]:
        return sorted(rows, key=lambda row: (self._rows[row].event_date, row))

    def _sentence(self, row: int) -> str:
        event = self._rows[row]
        head = f"{event.event_date:%Y-%m-%d} {event.kind}"
        if event.municipality_code == event.successor_code:
            change = [str(text) for text in (event.before, event.after) if pd.notna(text)]
            return f"{head}: {' → '.join(change)}" if change else head
        before = self._name(event.municipality_code, event.event_date - _DAY)
        return f"{head}: {before}{self._target(event)}{' (in part)' if event.is_partial else ''}"

    def _target(self, event: Any) -> str:  # noqa: ANN401 - a row
        if pd.notna(event.successor_code):
            return f" → {self._name(event.successor_code, event.event_date)}"
        return " → abroad" if event.kind == EventKind.ABROAD else ""

    def _name(self, code: str, day: pd.Timestamp) -> str:
        """Return the name of a municipality on a day, or else the one nearest to it; its code where it has none."""
        names = self._names.get(code)
        if not names:
            return code
        place = bisect_right([begin for begin, _ in names], day)
        return names[max(place - 1, 0)][1]
