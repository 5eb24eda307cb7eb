"""Conflicts: what a document claims and was not taken, because one that is believed more says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.territories.documents.model import PRECEDENCE
from atlante.territories.history.attributes import spellings
from atlante.territories.history.claims import NAMES, NONE
from atlante.territories.history.days import day_series, overlapping
from atlante.territories.history.existence import ABSENT
from atlante.territories.history.model import CONFLICT_COLUMNS, with_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atlante.territories.history.attributes import Timelines
    from atlante.territories.history.existence import Existence

EXISTENCE: Final = "existence"


def find_conflicts(
    codes: NDArray[np.object_], existence: Existence, timelines: Mapping[str, Timelines]
) -> pd.DataFrame:
    """Return, in the columns of ``CONFLICT_COLUMNS``, claims that differ from what was taken in their own period.

    Whether a municipality existed is the attribute ``existence``: ``exists``, or null.
    """
    found = [_disagreeing(existence.said, existence.periods, EXISTENCE)]
    for attribute, timeline in timelines.items():
        rows = _disagreeing(timeline.said, timeline.periods, attribute)
        found.append(_spelled(rows, timeline) if attribute in NAMES else rows)
    rows = pd.concat(found, ignore_index=True)
    rows = rows.sort_values(["code", "attribute", "begin", "rank", "other"], ignore_index=True)
    kinds = np.array([str(kind) for kind in PRECEDENCE], dtype=object)
    table = {
        "municipality_code": codes[rows["code"].to_numpy(dtype=np.int64)],
        "attribute": rows["attribute"],
        "valid_from": day_series(rows["begin"].to_numpy(dtype=np.int64)),
        "valid_to": day_series(rows["end"].to_numpy(dtype=np.int64)),
        "taken": _text(rows["taken"]),
        "taken_from": kinds[rows["taken_rank"].to_numpy(dtype=np.int64)],
        "other": _text(rows["other"]),
        "other_from": kinds[rows["rank"].to_numpy(dtype=np.int64)],
    }
    return with_text(pd.DataFrame(table, columns=list(CONFLICT_COLUMNS)))


def _text(values: pd.Series[str]) -> pd.Series[str]:
    return values.where(values.notna() & (values != NONE) & (values != ABSENT), None).astype(object)


def _disagreeing(said: pd.DataFrame, periods: pd.DataFrame, attribute: str) -> pd.DataFrame:
    """Return code, attribute, begin, end, taken, taken_rank, other, rank; successive ones of one kind as one."""
    claimed = said.assign(end=said["claimed_end"])
    left, right = overlapping(claimed, periods)
    claim, taken = claimed.iloc[left].reset_index(drop=True), periods.iloc[right].reset_index(drop=True)
    rows = pd.DataFrame(
        {
            "code": claim["code"],
            "attribute": attribute,
            "begin": np.maximum(claim["begin"], taken["begin"]),
            "end": np.minimum(claim["end"], taken["end"]),
            "taken": taken["value"],
            "taken_rank": taken["rank"],
            "other": claim["value"],
            "rank": claim["rank"],
        }
    )
    # that an archive has no other name for what a list gives one is an omission, and the other way round, too
    is_said = (rows["taken"] != NONE) & (rows["other"] != NONE) & rows["taken"].notna()
    differs = (
        is_said & (rows["taken"] != rows["other"]) & (rows["taken_rank"] != rows["rank"]) & (rows["taken_rank"] >= 0)
    )
    return _joined(rows[differs])


def _joined(rows: pd.DataFrame) -> pd.DataFrame:
    keys = ["code", "rank", "other", "taken", "taken_rank"]
    ordered = rows.sort_values([*keys, "begin", "end"], ignore_index=True)
    reached = ordered.groupby(keys, sort=False)["end"].cummax().shift()
    is_next = (ordered[keys] == ordered[keys].shift()).all(axis=1) & (ordered["begin"] <= reached)
    groups = ordered.groupby((~is_next).cumsum().to_numpy())
    return groups.first().assign(end=groups["end"].max()).reset_index(drop=True)


def _spelled(rows: pd.DataFrame, timeline: Timelines) -> pd.DataFrame:
    best = spellings(timeline.said)
    return rows.assign(
        **{side: best.reindex(pd.MultiIndex.from_frame(rows[["code", side]])).to_numpy() for side in ("taken", "other")}
    )
