"""What began and what ended a version of a municipality, looked up by code and day. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

type Key = tuple[str, pd.Timestamp]  # municipality and day

_NOWHERE = "abroad or unknown"


@dataclass(frozen=True, slots=True)
class Happenings:
    """Events by municipality and day.

    Attributes
    ----------
    olds, news
        Codes of the other municipalities that it came from and went to, in order.
    told
        The events as texts.
    """

    olds: Mapping[Key, str]
    news: Mapping[Key, str]
    told: Mapping[Key, str]

    @classmethod
    def of(cls, events: pd.DataFrame) -> Self:
        """Return the events of a history, each with every municipality that it concerns."""
        olds, news, told = defaultdict[Key, set[str]](set), defaultdict[Key, set[str]](set), _Told()
        columns = ("event_date", "kind", "municipality_code", "successor_code", "is_partial", "before", "after")
        for day, kind, old, new, is_partial, before, after in zip(*(events[name] for name in columns), strict=True):
            new_code = new if isinstance(new, str) else None
            if old == new_code and isinstance(before, str | None) and isinstance(after, str):
                told.add_change((old, day), kind, before, after)
                continue
            told.add_move(day, kind, f"{old} (part)" if is_partial else old, (old, new_code))
            if new_code is not None and new_code != old:
                olds[new_code, day].add(old)
                news[old, day].add(new_code)
        return cls(_joined(olds), _joined(news), told.texts())

    def before(self, code: str, begin: pd.Timestamp) -> str | None:
        """Return the codes that a version which begins on a day came from."""
        return self.olds.get((code, begin))

    def after(self, code: str, end: pd.Timestamp) -> str | None:
        """Return the codes that a version which ends on a day went to."""
        return self.news.get((code, end))

    def texts(self, code: str, begin: pd.Timestamp, end: pd.Timestamp) -> str | None:
        """Return what began and what ended a version."""
        found = (self.told.get((code, day)) for day in (begin, end))
        return "; ".join(text for text in found if text) or None


class _Told:
    """Events of each municipality and day, put into words; moves of one kind are one event."""

    def __init__(self) -> None:
        self._changes = defaultdict[Key, list[str]](list)
        self._olds = defaultdict[tuple[Key, str], dict[str, None]](dict)  # a dict keeps the order, and each once
        self._news = defaultdict[tuple[Key, str], dict[str, None]](dict)

    def add_change(self, key: Key, kind: str, before: str | None, after: str) -> None:
        self._changes[key].append(f"{kind}: {before or '?'} → {after}")

    def add_move(self, day: pd.Timestamp, kind: str, old: str, codes: tuple[str, str | None]) -> None:
        for code in codes:
            if code is not None:
                self._olds[(code, day), kind][old] = None
                self._news[(code, day), kind][codes[1] or _NOWHERE] = None

    def texts(self) -> dict[Key, str]:
        found = defaultdict[Key, list[str]](list)
        for (key, kind), olds in self._olds.items():
            found[key].append(f"{kind}: {', '.join(olds)} → {', '.join(self._news[key, kind])}")
        for key, changes in self._changes.items():
            found[key] += changes
        return {key: f"{key[1].date()} {', '.join(texts)}" for key, texts in found.items()}


def _joined(codes: Mapping[Key, Iterable[str]]) -> dict[Key, str]:
    return {key: ", ".join(sorted(found)) for key, found in codes.items()}
