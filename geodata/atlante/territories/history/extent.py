"""Which days the history of territories can be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from atlante.database import load_queries
from atlante.errors import DayNotTold

if TYPE_CHECKING:
    import datetime as dt

    from atlante.database import Connection

_QUERIES = load_queries(__package__)


@dataclass(frozen=True, slots=True)
class Extent:
    """The days of a history.

    Attributes
    ----------
    first
        The earliest day on which a municipality is known.
    told_until
        The latest day that a document speaks of, labels of boundaries left out: they follow from the others.
    """

    first: dt.date
    told_until: dt.date

    @classmethod
    def read(cls, connection: Connection, *, known_at: dt.datetime | None = None) -> Self | None:
        """Return the days of the history as it is, or was, taken to be; None where there is none."""
        row = connection.execute(_QUERIES["extent"], {"known_at": known_at}).fetchone()
        first, told_until = row or (None, None)
        return None if first is None or told_until is None else cls(first, told_until)

    def require(self, name: str, day: dt.date, *, today: dt.date) -> None:
        """Raise unless a day can be answered for: from the first day to today, or as far as documents speak.

        Parameters
        ----------
        name
            Of the option or argument, for the message.

        Raises
        ------
        DayNotTold
            If it is before the history, or to come.
        """
        last = max(today, self.told_until)
        if not self.first <= day <= last:
            raise DayNotTold(name, day, self.first, last)
