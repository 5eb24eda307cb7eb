"""Timelines: what documents claim of one attribute becomes one value per municipality and day.

Documents that know of dates cut the life of a municipality into periods in which, as far as anyone tells, nothing
changed. In each period the document is believed that comes first in the precedence. Where snapshots that are believed
equally differ within a period, there was a change that nobody dates: another event of those days dates it, or else the
day of the later snapshot, with the day of the earlier one beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.territories.history.days import OPEN, UNKNOWN, IntArray, last_before, overlapping

if TYPE_CHECKING:
    from collections.abc import Iterable

NOBODY: Final = -1
"""Rank of a value that no document claims."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Claims of one attribute, ready to be weighed.

    Attributes
    ----------
    held
        code, begin, end, value, rank, as_of, is_snapshot: periods in which one kind of document holds on to a value. A
        snapshot's value holds from the first to the last of the successive snapshots that show it.
    cuts
        code, day: days on which a document that knows of dates tells a change.
    """

    held: pd.DataFrame
    cuts: pd.DataFrame


def weigh(said: pd.DataFrame) -> Evidence:
    """Return the evidence in claims of one attribute (see ``claims_of``)."""
    dated = _joined(said[~said["is_snapshot"].to_numpy(dtype=bool)], ["document", "code"], is_snapshot=False)
    shown = said[said["is_snapshot"].to_numpy(dtype=bool)]
    shown = shown.sort_values(["rank", "code", "begin", "document"]).drop_duplicates(["rank", "code", "begin"])
    runs = _joined(shown, ["rank", "code"], is_snapshot=True)
    days = np.concatenate([dated["begin"], dated["told_end"]]).astype(np.int64)
    cuts = pd.DataFrame({"code": np.concatenate([dated["code"], dated["code"]]).astype(np.int64), "day": days})
    cuts = cuts[(cuts["day"] > UNKNOWN) & (cuts["day"] < OPEN)].drop_duplicates(ignore_index=True)
    return Evidence(pd.concat([dated, runs], ignore_index=True), cuts)


def _joined(said: pd.DataFrame, keys: list[str], *, is_snapshot: bool) -> pd.DataFrame:
    """Return claims with those joined that follow each other with one value: of snapshots across the days between."""
    ordered = said.sort_values([*keys, "begin"], ignore_index=True)
    is_next = (ordered[keys] == ordered[keys].shift()).all(axis=1) & (ordered["value"] == ordered["value"].shift())
    if not is_snapshot:
        is_next &= ordered["begin"] == ordered["end"].shift()
    groups = ordered.groupby((~is_next).cumsum().to_numpy())
    joined = groups[["code", "document", "rank", "as_of", "is_snapshot", "begin", "value"]].first()
    return joined.assign(
        end=groups["claimed_end"].last(), told_end=OPEN if is_snapshot else groups["end"].last()
    ).reset_index(drop=True)


def cells_of(spells: pd.DataFrame, cuts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return periods without a told change: spells (code, begin, end) cut on days (code, day) within them."""
    days = pd.concat(list(cuts), ignore_index=True)[["code", "day"]].drop_duplicates()
    spell = last_before(
        spells["code"].to_numpy(), spells["begin"].to_numpy(), days["code"].to_numpy(), days["day"].to_numpy()
    )
    inside = (spell >= 0) & (spells["end"].to_numpy()[spell] > days["day"].to_numpy()) if len(spells) else spell >= 0
    begins = pd.DataFrame({"code": days["code"][inside], "begin": days["day"][inside], "spell": spell[inside]})
    whole = spells[["code", "begin"]].assign(spell=np.arange(len(spells)))
    cells = (
        pd.concat([whole, begins]).drop_duplicates(["code", "begin"]).sort_values(["code", "begin"], ignore_index=True)
    )
    following = cells["begin"].shift(-1).where(cells["spell"] == cells["spell"].shift(-1))
    ends = spells["end"].to_numpy()[cells["spell"]] if len(spells) else np.empty(0, np.int64)
    return cells.assign(end=following.fillna(pd.Series(ends)).astype(np.int64))


def settle(cells: pd.DataFrame, evidence: Evidence, hints: pd.DataFrame, *, corrects: bool = True) -> pd.DataFrame:
    """Return the value of every period.

    Parameters
    ----------
    cells
        From :func:`cells_of`.
    hints
        code, day, rank, is_recoding: days on which something else is told to have changed, by documents of a rank.
    corrects
        Whether a snapshot that contradicts an archive on its day is believed back to the change that is told last;
        otherwise from its day on. What an archive says of days before its last one is kept either way where the first
        snapshot is later than that: there the archive may be right.

    Returns
    -------
    pd.DataFrame
        code, spell, begin, end, value (null: nobody claims one), rank, changed_after (UNKNOWN: it became so on
        ``begin``), first_shown (the first day that a claim in it speaks of), sorted by code and begin.
    """
    unknown = {"value": None, "rank": NOBODY, "changed_after": UNKNOWN, "first_shown": OPEN}
    if evidence.held.empty:
        return cells.assign(**unknown).astype({"value": object})
    items = _believed(cells, evidence.held, hints, corrects=corrects)
    cell = items["cell"].to_numpy(dtype=np.int64)
    is_first = np.append(True, cell[1:] != cell[:-1])[: len(cell)]
    previous = items.shift()
    changed_after = np.where(is_first, UNKNOWN, previous["end"].fillna(UNKNOWN) - 1).astype(np.int64)
    is_after_archive = ~is_first & previous["is_archive"].fillna(value=False).to_numpy(dtype=bool)
    periods = pd.DataFrame(
        {
            "code": cells["code"].to_numpy()[cell],
            "spell": cells["spell"].to_numpy()[cell],
            "begin": np.where(is_first, cells["begin"].to_numpy()[cell], items["begin"].to_numpy()),
            "value": items["value"].to_numpy(),
            "rank": items["rank"].to_numpy(),
            "changed_after": changed_after,
            "first_shown": items["begin"].to_numpy(),
            "recoded_after": np.where(is_after_archive, previous["begin"].fillna(OPEN), changed_after),
        }
    )
    missing = cells[~np.isin(np.arange(len(cells)), cell)][["code", "spell", "begin"]]
    missing = missing.assign(**unknown).astype({"value": object})
    periods = _dated(periods, hints)
    periods = pd.concat([periods, missing], ignore_index=True) if len(missing) else periods
    return with_ends(periods.sort_values(["code", "begin"], ignore_index=True), cells)


def _believed(cells: pd.DataFrame, held: pd.DataFrame, hints: pd.DataFrame, *, corrects: bool) -> pd.DataFrame:
    """Return, cell by cell in the order of days, what the documents hold that are believed there."""
    item, cell = overlapping(held, cells)
    pairs = held.iloc[item][["begin", "end", "value", "rank", "as_of", "is_snapshot"]].reset_index(drop=True)
    pairs["begin"] = np.maximum(pairs["begin"], cells["begin"].to_numpy()[cell])
    pairs["end"] = np.minimum(pairs["end"], cells["end"].to_numpy()[cell])
    is_shown = pairs["is_snapshot"].astype(bool)
    # of one rank, documents that know of dates before snapshots; of those, the later edition, then the later claim
    pairs = pairs.assign(cell=cell, order=pairs["rank"] * 2 + is_shown.astype(np.int64), is_archive=False)
    is_best = pairs["order"] == pairs.groupby("cell")["order"].transform("min")
    dated = pairs[is_best & ~is_shown].sort_values(["cell", "as_of", "begin", "value"])
    shown = pairs[is_best & is_shown]
    recodings = hints[hints["is_recoding"].astype(bool)]
    if len(recodings):
        weaker = pairs[~is_best & is_shown].assign(code=cells["code"].to_numpy()[cell[~is_best & is_shown]])
        shown = pd.concat([shown, _recoded(shown, weaker, recodings)], ignore_index=True)
    shown, before = _before(shown, pairs[~is_best], corrects=corrects)
    items = pd.concat([before, dated.drop_duplicates("cell", keep="last"), shown], ignore_index=True)
    return items.sort_values(["cell", "begin"], ignore_index=True)


def _recoded(shown: pd.DataFrame, weaker: pd.DataFrame, recodings: pd.DataFrame) -> pd.DataFrame:
    """Return weaker snapshots, one a cell, that a recoding parts from the first of the strongest kind.

    Without the recoding they would contradict it; so they show what was before.
    """
    first = shown.groupby("cell")["begin"].min().rename("first")
    near = weaker.merge(first, left_on="cell", right_index=True).merge(recodings[["code", "day"]], on="code")
    near = near[(near["begin"] < near["day"]) & (near["day"] <= near["first"])]
    near = near.sort_values(["cell", "begin", "order", "value"], ascending=[True, False, True, True])
    near = near.drop_duplicates("cell")
    return near.assign(end=np.minimum(near["end"], near["day"]))[shown.columns]


def _before(shown: pd.DataFrame, weaker: pd.DataFrame, *, corrects: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return snapshots, and what archives say of the time before the first of a cell, where they may be right.

    A weaker snapshot that is believed more than the archive and contradicts it ends that time: the change has come by
    then, so the first snapshot is believed from that day on.
    """
    first = shown.sort_values("begin").drop_duplicates("cell")[["cell", "begin", "value"]]
    is_shown = weaker["is_snapshot"].astype(bool)
    said = weaker[~is_shown].merge(first, on="cell", suffixes=("", "_shown"))
    said = said.assign(begin_shown=np.minimum(said["begin_shown"], _contradicted(said, weaker[is_shown])))
    said = said[said["begin"] < said["begin_shown"]]
    if corrects:
        said = said[said.groupby("cell")["end"].transform("max") <= said["begin_shown"]]
    reached = said.groupby("cell")["end"].transform("max")
    said = said.assign(end=np.minimum(reached, said["begin_shown"]), is_archive=True)
    said = said.sort_values(["cell", "order", "as_of", "begin"], ascending=[True, True, False, False])
    said = said.drop_duplicates("cell")
    said = said[said["value"] != said["value_shown"]]
    moved = shown["cell"].map(said.set_index("cell")["begin_shown"]).fillna(OPEN)
    is_first = shown["begin"] == shown.groupby("cell")["begin"].transform("min")
    begin = np.where(is_first, np.minimum(shown["begin"], moved), shown["begin"]).astype(np.int64)
    return shown.assign(begin=begin), said[shown.columns]


def _contradicted(said: pd.DataFrame, weaker: pd.DataFrame) -> IntArray:
    """Return, for what archives say, the first day on which a snapshot believed more says otherwise, or OPEN."""
    rows = said[["cell", "begin", "value", "order"]].reset_index(names="row")
    pairs = rows.merge(weaker[["cell", "begin", "end", "value", "order"]], on="cell", suffixes=("", "_shown"))
    is_against = (pairs["order_shown"] < pairs["order"]) & (pairs["value_shown"] != pairs["value"])
    pairs = pairs[is_against & (pairs["end"] > pairs["begin"])]
    days = pairs.groupby("row")["begin_shown"].min()
    return days.reindex(said.index).fillna(OPEN).to_numpy(dtype=np.int64)


def _dated(periods: pd.DataFrame, hints: pd.DataFrame) -> pd.DataFrame:
    """Give changes that nobody dates the day of what else is told to have happened between the two snapshots.

    A recoding dates a change also where an archive goes on with the old code after it.
    """
    open_changes = periods.loc[periods["changed_after"] > UNKNOWN, ["code", "begin", "changed_after", "recoded_after"]]
    if open_changes.empty or hints.empty:
        return periods
    near = open_changes.reset_index().merge(hints, on="code")
    after = near["changed_after"].where(~near["is_recoding"].astype(bool), near["recoded_after"])
    near = near[(near["day"] > after) & (near["day"] <= near["begin"])]
    near = near.sort_values(["index", "rank", "day"], ascending=[True, True, False]).drop_duplicates("index")
    dated = periods.copy()
    dated.loc[near["index"], "begin"] = near["day"].to_numpy()
    dated.loc[near["index"], "changed_after"] = UNKNOWN
    return dated


def with_ends(periods: pd.DataFrame, spells: pd.DataFrame) -> pd.DataFrame:
    """Join successive periods of one value and rank, and add their ends: the next one's begin, or the spell's end."""
    is_same = ~changes(periods) & (periods["rank"] == periods["rank"].shift()) & periods["value"].notna()
    joined = periods[~is_same].reset_index(drop=True)
    spell_ends = spells.groupby("spell")["end"].max()
    following = joined["begin"].shift(-1).where(joined["spell"] == joined["spell"].shift(-1))
    return joined.assign(end=following.fillna(joined["spell"].map(spell_ends)).astype(np.int64))


def changes(periods: pd.DataFrame) -> pd.Series[bool]:
    """Return whether each period is the first of its spell, or has another value than the one before it."""
    value, before = periods["value"], periods["value"].shift()
    is_same = (value == before) | (value.isna() & before.isna())
    return ~(is_same & (periods["spell"] == periods["spell"].shift()))


def filled(periods: pd.DataFrame, spells: pd.DataFrame, groups: IntArray) -> pd.DataFrame:
    """Give periods without a claim the value before them, or else after them, within one group."""
    known = periods.assign(group=groups, known_rank=periods["rank"].where(periods["rank"] != NOBODY))
    by_group = known.groupby("group")
    value = by_group["value"].ffill()
    value = value.where(value.notna(), by_group["value"].bfill())
    rank = by_group["known_rank"].ffill()
    rank = rank.where(rank.notna(), by_group["known_rank"].bfill()).fillna(NOBODY).astype(np.int64)
    return with_ends(periods.assign(value=value, rank=rank), spells)
