"""When municipalities existed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.territories.documents.model import PRECEDENCE, DocumentKind, EventKind
from atlante.territories.history.days import KINGDOM, OPEN, UNKNOWN
from atlante.territories.history.periods import Evidence, cells_of, changes, settle, weigh
from atlante.territories.history.told import NOBODY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atlante.territories.history.claims import Claims

EXISTS: Final = "exists"
ABSENT: Final = "absent"

_BOUNDARIES = PRECEDENCE.index(DocumentKind.BOUNDARIES)
_LAST = len(PRECEDENCE)  # vintages keep polygons of what was merged and lack some of what is new: believed least
_ENDING = (EventKind.MERGER, EventKind.INCORPORATION, EventKind.ABROAD, EventKind.SUPPRESSION)
_FOUNDING = (EventKind.MERGER, EventKind.SPLIT, EventKind.ESTABLISHMENT)
_NEAR = 500  # days between an archive's date and a table's date of one ending
_NEAR_BEGIN = 60  # days between the dates of a beginning


def existence_claims(claims: Claims) -> pd.DataFrame:
    """Return who says that which municipality existed or did not, in the columns of ``claims_of``.

    An archive says that a municipality did not exist outside of the periods that it has of it, a complete list that who
    is not in it did not exist on its day.
    """
    said = _runs(claims.statements)
    said = pd.concat([said.assign(value=EXISTS), _gaps(said, claims), _absences(claims)], ignore_index=True)
    said = said[(said["begin"] < said["claimed_end"]).to_numpy()].reset_index(drop=True)
    return said.assign(text=said["value"])


@dataclass(frozen=True, slots=True)
class Existence:
    """When municipalities existed.

    Attributes
    ----------
    said
        Who says so (see :func:`existence_claims`).
    periods
        code, begin, end, value (EXISTS, ABSENT), rank: all of time, but where it is not known since when.
    spells
        code, begin, end, changed_after (of the begin), rank, end_rank, is_since_unknown (it is not known since when):
        periods of existence without a gap, sorted by code and begin.
    """

    said: pd.DataFrame
    periods: pd.DataFrame
    spells: pd.DataFrame


def resolve_existence(claims: Claims, events: pd.DataFrame, hints: pd.DataFrame) -> Existence:
    """Return when municipalities existed.

    Parameters
    ----------
    events
        From ``told_events``.
    hints
        code, day, rank, is_recoding: days of events.
    """
    said = existence_claims(claims)
    evidence = weigh(said.assign(rank=said["rank"].where(said["rank"] != _BOUNDARIES, _LAST)))
    corrections, days = _corrections(said, events)
    evidence = Evidence(
        pd.concat([evidence.held, corrections], ignore_index=True), pd.concat([evidence.cuts, days], ignore_index=True)
    )
    always = pd.DataFrame({"code": np.arange(len(claims.codes)), "begin": UNKNOWN, "end": OPEN})
    periods = settle(cells_of(always, [evidence.cuts]), evidence, hints, corrects=False)
    is_since_unknown = (periods["value"] == EXISTS) & (periods["begin"] == UNKNOWN)
    periods = periods.assign(
        is_since_unknown=is_since_unknown,
        changed_after=periods["changed_after"].where(~is_since_unknown, KINGDOM - 1),
        begin=periods["begin"].where(~is_since_unknown, periods["first_shown"]),
        rank=periods["rank"].where(periods["rank"] != _LAST, _BOUNDARIES),
    )
    return Existence(said, periods, _spells(periods))


def _spells(periods: pd.DataFrame) -> pd.DataFrame:
    """Return periods of existence that follow each other as one."""
    turns = periods[changes(periods)].reset_index(drop=True)
    following = turns["code"] == turns["code"].shift(-1)
    end = turns["begin"].shift(-1).where(following, OPEN).astype(np.int64)
    turns = turns.assign(end=end, end_rank=turns["rank"].shift(-1).where(following, NOBODY).astype(np.int64))
    columns = ["code", "begin", "end", "changed_after", "rank", "end_rank", "is_since_unknown"]
    return turns.loc[turns["value"] == EXISTS, columns].reset_index(drop=True)


_COLUMNS = ["code", "document", "rank", "as_of", "is_snapshot", "begin", "end", "claimed_end"]


def _runs(statements: pd.DataFrame) -> pd.DataFrame:
    """Return periods that follow each other, or overlap, as one; document by document."""
    rows = statements[_COLUMNS].sort_values(["document", "code", "begin", "end"], ignore_index=True)
    keys = ["document", "code"]
    reached = rows.groupby(keys)["end"].cummax().shift()
    is_next = (rows[keys] == rows[keys].shift()).all(axis=1) & (rows["begin"] <= reached)
    runs = rows.groupby((~is_next).cumsum().to_numpy())
    first = runs[["code", "document", "rank", "as_of", "is_snapshot", "begin"]].first()
    joined = first.assign(end=runs["end"].max(), claimed_end=runs["claimed_end"].max())
    return joined.reset_index(drop=True)[_COLUMNS]


def _gaps(runs: pd.DataFrame, claims: Claims) -> pd.DataFrame:
    """Return what complete archives say by having nothing: before, between and after the periods of a municipality."""
    is_archive = claims.documents["is_complete"].to_numpy(dtype=bool) & ~claims.documents["is_snapshot"].to_numpy(
        dtype=bool
    )
    known = runs[is_archive[runs["document"].to_numpy(dtype=np.int64)]]
    known = known.sort_values(["document", "code", "begin"], ignore_index=True)
    is_same = ((known["document"] == known["document"].shift()) & (known["code"] == known["code"].shift())).to_numpy()
    begin = known["end"].shift().where(is_same, UNKNOWN).astype(np.int64)
    before = known.assign(begin=begin, end=known["begin"], claimed_end=known["begin"])
    is_last = np.append(~is_same[1:], True)[: len(known)]
    after = known[is_last & (known["end"] < OPEN).to_numpy()]
    after = after.assign(begin=after["end"], end=OPEN, claimed_end=after["as_of"] + 1)
    never = _missing(claims, is_archive)
    never = never.assign(begin=UNKNOWN, end=OPEN, claimed_end=never["as_of"] + 1)
    gaps: pd.DataFrame = pd.concat([before, after, never], ignore_index=True)
    return gaps.assign(value=ABSENT)


def _absences(claims: Claims) -> pd.DataFrame:
    """Return what complete lists say by not having a municipality."""
    is_list = claims.documents["is_complete"].to_numpy(dtype=bool) & claims.documents["is_snapshot"].to_numpy(
        dtype=bool
    )
    missing = _missing(claims, is_list)
    day = missing["as_of"]
    return missing.assign(begin=day, end=day + 1, claimed_end=day + 1, value=ABSENT)


def _missing(claims: Claims, wanted: NDArray[np.bool_]) -> pd.DataFrame:
    """Return every document that is wanted with every municipality that it has nothing of."""
    is_there = np.zeros((len(wanted), len(claims.codes)), dtype=bool)
    statements = claims.statements
    is_there[statements["document"].to_numpy(dtype=np.int64), statements["code"].to_numpy(dtype=np.int64)] = True
    document, code = np.nonzero(~is_there & wanted[:, np.newaxis])
    pairs = pd.DataFrame({"document": document, "code": code})
    missing: pd.DataFrame = pairs.join(claims.documents[["rank", "as_of", "is_snapshot"]], on="document")
    return missing


def _corrections(said: pd.DataFrame, events: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return claims, and days, by which dates of events replace archives' dates of the same endings and beginnings."""
    runs = said[((said["value"] == EXISTS) & ~said["is_snapshot"].astype(bool)).to_numpy()]
    runs = runs[["code", "document", "begin", "end", "claimed_end", "rank"]].rename(columns={"rank": "run_rank"})
    endings = _matched_endings(runs, events)
    beginnings = _matched_beginnings(runs, events, endings)
    moved = pd.concat([endings, beginnings], ignore_index=True)
    moved = moved[(moved["day"] != moved["archive_day"]) & (moved["rank"] < moved["run_rank"])]
    # an ending that is moved on, or a beginning that is moved back, fills a gap; the other way round it makes one
    is_gain = (moved["day"] > moved["archive_day"]) == moved["is_ending"].astype(bool)
    low, high = np.minimum(moved["day"], moved["archive_day"]), np.maximum(moved["day"], moved["archive_day"])
    claimed = moved.assign(
        begin=low, end=high, value=np.where(is_gain, EXISTS, ABSENT), as_of=moved["day"], is_snapshot=False, document=-1
    )
    founded = _founded_outside_archives(said, events)
    days = pd.concat(
        [
            moved[["code", "day"]],
            moved[["code", "archive_day"]].rename(columns={"archive_day": "day"}),
            founded[["code", "begin"]].rename(columns={"begin": "day"}),
        ]
    )
    columns = ["code", "document", "rank", "as_of", "is_snapshot", "begin", "value", "end"]
    corrections = pd.concat([claimed[columns], founded[columns]], ignore_index=True)
    return corrections, days[(days["day"] > UNKNOWN) & (days["day"] < OPEN)].drop_duplicates()


def _founded_outside_archives(said: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Return claims that a municipality exists which an event founded and an archive, believed less, has nothing of."""
    is_never = (said["value"] == ABSENT) & ~said["is_snapshot"].astype(bool) & (said["begin"] == UNKNOWN)
    never = said[is_never & (said["end"] == OPEN)][["code", "claimed_end", "rank"]]
    founded = events[(events["new"] != NOBODY) & (events["old"] != events["new"]) & events["kind"].isin(_FOUNDING)]
    rows = founded[["new", "day", "rank"]].merge(never, left_on="new", right_on="code", suffixes=("", "_archive"))
    rows = rows[(rows["rank"] < rows["rank_archive"]) & (rows["day"] < rows["claimed_end"])]
    ended = events[(events["old"] != events["new"]) & events["kind"].isin(_ENDING)]
    ends = ended[["old", "day"]].rename(columns={"old": "code", "day": "ended"})
    rows = rows.merge(ends, on="code", how="left")
    rows = rows.assign(ended=rows["ended"].where(rows["ended"] > rows["day"], OPEN).fillna(OPEN).astype(np.int64))
    rows = rows.sort_values(["code", "rank", "day", "ended", "claimed_end"], ascending=[True, True, True, True, False])
    rows = rows.drop_duplicates("code")
    end = np.minimum(rows["claimed_end"], rows["ended"])
    return rows.assign(
        begin=rows["day"], end=end, value=EXISTS, as_of=rows["day"], is_snapshot=False, document=-1
    ).astype({"begin": np.int64, "end": np.int64})


def _matched_endings(runs: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Return code, day (of the event), archive_day (the end that an archive has), rank, run_rank, new."""
    ceased = events[(events["old"] != NOBODY) & (events["old"] != events["new"])]
    ceased = ceased[ceased["kind"].isin([*_ENDING, EventKind.SPLIT])]
    rows = ceased[["old", "new", "day", "rank", "kind"]].merge(runs, left_on="old", right_on="code")
    is_near = (rows["end"] - rows["day"]).abs() <= _NEAR
    is_running = (rows["begin"] < rows["day"]) & (rows["day"] <= rows["end"])
    rows = rows[(is_running & (is_near | (rows["kind"] != EventKind.SPLIT))) | ((rows["end"] < rows["day"]) & is_near)]
    rows = rows.assign(archive_day=rows["end"], is_ending=True)
    # one that ceased twice was made again in between: each ending belongs to the event next to it
    rows = rows.assign(distance=(rows["archive_day"] - rows["day"]).abs())
    rows = rows.sort_values(["code", "document", "begin", "distance", "rank", "day", "new"])
    best = rows.groupby(["code", "document", "begin"])["distance"].transform("min") == rows["distance"]
    return rows[best][["code", "document", "day", "archive_day", "rank", "run_rank", "new", "is_ending"]]


def _matched_beginnings(runs: pd.DataFrame, events: pd.DataFrame, endings: pd.DataFrame) -> pd.DataFrame:
    """Return the same columns for municipalities that an archive lets begin when it lets their predecessors cease."""
    founded = events[(events["new"] != NOBODY) & (events["old"] != events["new"]) & events["kind"].isin(_FOUNDING)]
    near = founded[["new", "day", "rank"]].drop_duplicates().merge(runs, left_on="new", right_on="code")
    near = near[(near["begin"] - near["day"]).abs() <= _NEAR_BEGIN].drop(columns="new")
    same = endings[["new", "document", "day", "archive_day", "rank"]].drop_duplicates()
    same = same[same["new"] != NOBODY].merge(runs, left_on=["new", "document"], right_on=["code", "document"])
    same = same[(same["begin"] - same["archive_day"]).abs() <= 1].drop(columns=["new", "archive_day"])
    rows = pd.concat([near, same], ignore_index=True).assign(is_ending=False, new=NOBODY)
    rows = rows.assign(archive_day=rows["begin"], distance=(rows["begin"] - rows["day"]).abs())
    rows = rows.sort_values(["code", "document", "begin", "distance", "rank", "day"])
    rows = rows.drop_duplicates(["code", "document", "begin"])
    return rows[["code", "document", "day", "archive_day", "rank", "run_rank", "new", "is_ending"]]
