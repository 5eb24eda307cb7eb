"""Versions of municipalities: one row for each period in which neither an attribute nor the ground changed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from atlante.releases.history.happenings import Happenings
from atlante.territories.documents import EventKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlante.territories.history import History

_CHANGES_OF_GROUND = frozenset(
    {
        EventKind.MERGER,
        EventKind.INCORPORATION,
        EventKind.SPLIT,
        EventKind.CESSION,
        EventKind.ESTABLISHMENT,
        EventKind.SUPPRESSION,
        EventKind.ABROAD,
    }
)


def municipality_versions(history: History) -> pd.DataFrame:
    """Return the versions of all municipalities, by code and date.

    Returns
    -------
    pandas.DataFrame
        ``code`` (Belfiore), ``valid_from``, ``valid_to`` (exclusive; NaT: still so), ``changed_after`` and the
        attributes of the history; ``ground``: a number that versions share while the ground stays the same;
        ``predecessors``, ``successors`` (codes of other municipalities that it came from and went to), ``events``
        (what began and ended it) as text, null where there are none; ``sources`` as text.
    """
    given = history.versions.rename(columns={"municipality_code": "code"})
    changes = _changes_of_ground(history.events)
    versions = _cut(given, changes)
    versions["ground"] = _grounds(versions, changes)
    happenings = Happenings.of(history.events)
    keys = list(zip(versions["code"], versions["valid_from"], versions["valid_to"], strict=True))
    return versions.assign(
        predecessors=texts([happenings.before(code, begin) for code, begin, _ in keys]),
        successors=texts([happenings.after(code, end) for code, _, end in keys]),
        events=texts([happenings.texts(code, begin, end) for code, begin, end in keys]),
        sources=versions["sources"].map(", ".join),
    )


def texts(values: Sequence[str | None]) -> pd.Series[Any]:
    """Return texts, some of them None, as a column."""
    return pd.Series(values, dtype=object)


def _changes_of_ground(events: pd.DataFrame) -> pd.DataFrame:
    """Return each municipality and day on which its ground changed: ``code``, ``day``."""
    of_ground = events[events["kind"].isin(_CHANGES_OF_GROUND)]
    sides = [
        of_ground[["event_date", side]].set_axis(["day", "code"], axis=1)
        for side in ("municipality_code", "successor_code")
    ]
    return pd.concat(sides, ignore_index=True).dropna().drop_duplicates(ignore_index=True)


def _cut(versions: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Return the versions, each that spans a change of ground cut in two at that day."""
    numbered = versions.assign(origin=range(len(versions)))
    spanned = numbered[["origin", "code", "valid_from", "valid_to"]].merge(changes, on="code")
    spanned = spanned[(spanned["valid_from"] < spanned["day"]) & ~(spanned["valid_to"] <= spanned["day"])]
    later = numbered.iloc[spanned["origin"]].assign(valid_from=spanned["day"].to_numpy())
    later["changed_after"] = later["changed_after"].mask(later["valid_from"].notna())
    parts = [numbered, later] if len(later) else [numbered]
    cut = pd.concat(parts).sort_values(["code", "valid_from"], ignore_index=True)
    is_followed = cut["origin"].eq(cut["origin"].shift(-1))
    return cut.assign(valid_to=cut["valid_to"].where(~is_followed, cut["valid_from"].shift(-1))).drop(columns="origin")


def _grounds(versions: pd.DataFrame, changes: pd.DataFrame) -> pd.Series[int]:
    """Return the number of each version's ground: a new one with each change, and after each gap."""
    days = pd.MultiIndex.from_frame(changes[["code", "day"]])
    is_changed = pd.MultiIndex.from_frame(versions[["code", "valid_from"]]).isin(days)
    is_next = versions["code"].eq(versions["code"].shift()) & versions["valid_from"].eq(versions["valid_to"].shift())
    return (~is_next).mask(is_changed, other=True).astype("int64").cumsum()
