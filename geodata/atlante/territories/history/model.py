"""The history of territories as it is taken to be true, resolved from all documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from atlante.territories.documents.model import ATTRIBUTES

if TYPE_CHECKING:
    import datetime as dt

VERSION_COLUMNS = ("municipality_code", "valid_from", "valid_to", "changed_after", *ATTRIBUTES, "sources")
"""One municipality in one period without change. Dates are datetime64[s]; ``valid_to`` is exclusive, NaT: still so.
``changed_after`` NaT: it became so on ``valid_from``; otherwise after that day and on ``valid_from`` at the latest."""

EVENT_COLUMNS = ("event_date", "kind", "municipality_code", "successor_code", "is_partial", "before", "after", "source")
"""One municipality before an event and one after it, in the order of dates. ``before`` and ``after`` are the values of
an attribute that changed; ``before`` of a part that went names the earlier municipalities whose ground it was."""

CONFLICT_COLUMNS = (
    "municipality_code", "attribute", "valid_from", "valid_to", "taken", "taken_from", "other", "other_from",
)  # fmt: skip
"""One attribute in one period on which two kinds of documents disagree: what was taken, and what was not."""


def with_text(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with their text as objects, None for null; dates and truth values stay."""
    text = [name for name in rows.columns if rows[name].dtype.kind not in "Mb"]
    return rows.assign(**{name: rows[name].astype(object).where(rows[name].notna(), None) for name in text})


@dataclass(frozen=True, slots=True)
class History:
    """Municipalities through time.

    Attributes
    ----------
    versions, events, conflicts
        Columns :data:`VERSION_COLUMNS`, :data:`EVENT_COLUMNS`, :data:`CONFLICT_COLUMNS`, sorted by code and date.
    """

    versions: pd.DataFrame
    events: pd.DataFrame
    conflicts: pd.DataFrame

    def at(self, day: dt.date) -> pd.DataFrame:
        """Return the versions that are valid on a day, sorted by code, index 0..n."""
        versions, moment = self.versions, pd.Timestamp(day)
        is_valid = (versions["valid_from"] <= moment) & ~(versions["valid_to"] <= moment)
        return versions[is_valid].sort_values("municipality_code", ignore_index=True)
