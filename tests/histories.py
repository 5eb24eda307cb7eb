"""Small histories of municipalities, made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from atlante.territories.history.model import CONFLICT_COLUMNS, EVENT_COLUMNS, VERSION_COLUMNS, History

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

type Version = tuple[str, str, str | None] | tuple[str, str, str | None, dict[str, str]]
type Event = tuple[str, str, str, str | None] | tuple[str, str, str, str | None, dict[str, object]]


def history(versions: Iterable[Version], events: Iterable[Event] = ()) -> History:
    """Return a history of (code, valid from, valid to, attributes) and (date, kind, code, successor, more).

    A municipality is called after its code unless the attributes say otherwise.
    """
    version_rows = [
        {
            "municipality_code": code,
            "valid_from": begin,
            "valid_to": end,
            "name": f"Name of {code}",
            "name_it": f"Name of {code}",
            "sources": (),
            **(more[0] if more else {}),
        }
        for code, begin, end, *more in versions
    ]
    event_rows = [
        {
            "event_date": day,
            "kind": kind,
            "municipality_code": before,
            "successor_code": after,
            "is_partial": False,
            "source": "declared",
            **(more[0] if more else {}),
        }
        for day, kind, before, after, *more in events
    ]
    return History(
        _table(version_rows, VERSION_COLUMNS, ("valid_from", "valid_to", "changed_after")),
        _table(event_rows, EVENT_COLUMNS, ("event_date",)),
        pd.DataFrame(columns=list(CONFLICT_COLUMNS)),
    )


def _table(rows: list[dict[str, object]], columns: tuple[str, ...], dates: tuple[str, ...]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(columns), dtype=object)
    for column in dates:
        table[column] = pd.to_datetime(table[column]).astype("datetime64[s]")
    if "is_partial" in table:
        table["is_partial"] = table["is_partial"].astype(bool)
    return table


class Chronicle:
    """A history as it is made, event by event; every event has a day of its own."""

    def __init__(self, n: int) -> None:
        self._day = pd.Timestamp("1861-03-17")
        self._n = 0
        self._begun: dict[str, str] = {}
        self._held_by: dict[str, str] = {}
        self.versions: list[Version] = []
        self.events: list[Event] = []
        for _ in range(n):
            self._begin(self._fresh())

    @property
    def codes(self) -> list[str]:
        """Municipalities that exist, in the order of their beginnings."""
        return list(self._begun)

    @property
    def returnable(self) -> list[str]:
        """Municipalities that went whole into one that still exists."""
        return [code for code, holder in self._held_by.items() if holder in self._begun and code not in self._begun]

    def merge(self, codes: Iterable[str]) -> None:
        """Make a new municipality of several."""
        new, kind = self._fresh(), "merger"
        self._tick()
        for code in codes:
            self._move(kind, code, new)
            self._end(code, new)
        self._begin(new)

    def incorporate(self, code: str, into: str) -> None:
        """Let one municipality take in another."""
        self._tick()
        self._move("incorporation", code, into)
        self._end(code, into)

    def split(self, code: str) -> None:
        """Make a new municipality of a part of one."""
        new = self._fresh()
        self._tick()
        self._move("split", code, new, is_partial=True)
        self._begin(new)

    def cede(self, code: str, to: str) -> None:
        """Give a part of one municipality to another."""
        self._tick()
        self._move("cession", code, to, is_partial=True)

    def lose(self, code: str) -> None:
        """Let a municipality leave the country."""
        self._tick()
        self._move("abroad", code, None)
        self._end(code, None)

    def recode(self, code: str) -> None:
        """Change a label, and no ground."""
        self._tick()
        self._move("recoding", code, code)

    def restore(self, code: str) -> None:
        """Establish a municipality again, out of the one that took it in."""
        self._tick()
        self._move("split", self._held_by.pop(code), code, is_partial=True)
        self._begin(code)

    def history(self) -> History:
        """Return what happened so far."""
        open_versions: list[Version] = [(code, begin, None) for code, begin in self._begun.items()]
        return history([*self.versions, *open_versions], self.events)

    def day(self, n: int) -> dt.date:
        """Return the day after the n-th event; 0: before all of them."""
        return (pd.Timestamp("1861-03-17") + pd.Timedelta(days=10 * n + 1)).date()

    def _fresh(self) -> str:
        self._n += 1
        return f"A{self._n:03}"

    def _tick(self) -> None:
        self._day += pd.Timedelta(days=10)

    def _begin(self, code: str) -> None:
        self._begun[code] = f"{self._day:%Y-%m-%d}"

    def _end(self, code: str, holder: str | None) -> None:
        self.versions.append((code, self._begun.pop(code), f"{self._day:%Y-%m-%d}"))
        if holder is not None:
            self._held_by[code] = holder

    def _move(self, kind: str, before: str, after: str | None, *, is_partial: bool = False) -> None:
        self.events.append((f"{self._day:%Y-%m-%d}", kind, before, after, {"is_partial": is_partial}))
