"""Events: what became of municipalities, and what changed in those that went on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.territories.documents.declared import ground_of_event
from atlante.territories.documents.model import PRECEDENCE, EventKind
from atlante.territories.history.days import KINGDOM, OPEN, day_series
from atlante.territories.history.model import EVENT_COLUMNS, with_text
from atlante.territories.history.told import NOBODY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atlante.territories.history.attributes import Timelines
    from atlante.territories.history.claims import Claims

_ATTRIBUTE_EVENTS: Final = (EventKind.PROVINCE, EventKind.REGION, EventKind.RENAMING, EventKind.RECODING)
_SEVERAL: Final = 2
_DECLARED: Final = 0  # rank: who declares an event says what it was
_COLUMNS: Final = ["day", "kind", "code", "successor", "is_partial", "before", "after", "rank"]


def make_events(
    claims: Claims, told: pd.DataFrame, spells: pd.DataFrame, timelines: Mapping[str, Timelines], versions: pd.DataFrame
) -> pd.DataFrame:
    """Return events, told and derived, in the columns of ``EVENT_COLUMNS``.

    Every end and every beginning of a municipality has one: where no document tells what became of it, or what it was
    made of, a suppression or an establishment. The latter has the municipality on both sides.
    """
    territorial = _classified(told, spells)
    renamed = _renamed_with_code(claims, spells, territorial, versions)
    territorial = pd.concat([territorial[_COLUMNS], renamed], ignore_index=True) if len(renamed) else territorial
    rows = [territorial, _untold(spells, territorial), _changes(claims, timelines, versions)]
    events = pd.concat([frame[_COLUMNS] for frame in rows if len(frame)] or [territorial[_COLUMNS]], ignore_index=True)
    events = events.sort_values(["day", "code", "kind", "successor"], ignore_index=True)
    codes = np.array([*claims.codes, None], dtype=object)
    kinds = np.array([str(kind) for kind in PRECEDENCE], dtype=object)
    table = {
        "event_date": day_series(events["day"].to_numpy(dtype=np.int64)),
        "kind": events["kind"].map(str).astype(object),
        "municipality_code": codes[events["code"].to_numpy(dtype=np.int64)],
        "successor_code": codes[events["successor"].to_numpy(dtype=np.int64)],
        "is_partial": events["is_partial"].to_numpy(dtype=bool),
        "before": events["before"].astype(object).where(events["before"].notna(), None),
        "after": events["after"].astype(object).where(events["after"].notna(), None),
        "source": kinds[events["rank"].to_numpy(dtype=np.int64)],
    }
    return with_text(pd.DataFrame(table, columns=list(EVENT_COLUMNS)).drop_duplicates(ignore_index=True))


def _has(spells: pd.DataFrame, side: str, codes: pd.Series[int], days: pd.Series[int]) -> NDArray[np.bool_]:
    """Return whether a municipality has a spell that begins (or ends) on a day."""
    known = pd.MultiIndex.from_frame(spells[["code", side]])
    return pd.MultiIndex.from_arrays([codes, days]).isin(known)


def _classified(told: pd.DataFrame, spells: pd.DataFrame) -> pd.DataFrame:
    """Return told events between municipalities with what they were, as far as existence before and after tells."""
    is_between = (told["old"] != NOBODY) & (told["old"] != told["new"]) & ~told["kind"].isin(_ATTRIBUTE_EVENTS)
    events = told[is_between & ((told["new"] != NOBODY) | ~told["is_lost"])].copy()
    ceased = pd.Series(_has(spells, "end", events["old"], events["day"]), index=events.index)
    began = pd.Series(_has(spells, "begin", events["new"], events["day"]), index=events.index)
    same_new, same_old = events.groupby(["new", "day"]), events.groupby(["old", "day"])
    n_old, n_new = same_new["old"].transform("nunique"), same_old["new"].transform("nunique")
    kind = pd.Series(EventKind.CESSION, index=events.index, dtype=object)
    kind[ceased & ~began] = EventKind.INCORPORATION
    kind[began] = EventKind.SPLIT
    kind[ceased & began & ((n_old >= _SEVERAL) | (n_new < _SEVERAL))] = EventKind.MERGER
    no_successor = events["new"] == NOBODY
    kind[no_successor] = events["kind"].where(events["kind"] == EventKind.ABROAD, EventKind.SUPPRESSION)
    kind = kind.where(events["rank"] != _DECLARED, events["kind"])
    is_partial = ~ceased | (n_new >= _SEVERAL) | events["is_partial"]
    return events.assign(
        kind=kind,
        is_partial=is_partial & ~no_successor,
        code=events["old"],
        successor=events["new"],
        before=events["note"].map(ground_of_event, na_action="ignore"),
        after=None,
    )


def _renamed_with_code(
    claims: Claims, spells: pd.DataFrame, territorial: pd.DataFrame, versions: pd.DataFrame
) -> pd.DataFrame:
    """Return renamings that gave another Belfiore code: one ceased, and on that day one began with its ISTAT code."""
    labels = versions[["municipality_code", "valid_from", "valid_to", "istat_code", "name"]].dropna(
        subset=["istat_code"]
    )
    labels = labels.assign(code=pd.Index(claims.codes).get_indexer(pd.Index(labels["municipality_code"])))
    last = labels.merge(_untold(spells, territorial).query("kind == 'suppression'")[["code", "day", "rank"]], on="code")
    last = last[last["valid_to"] == day_series(last["day"].to_numpy(dtype=np.int64))]
    first = labels.rename(columns={"code": "successor", "valid_from": "day_begun", "name": "after"})
    pairs = last.rename(columns={"name": "before"}).merge(
        first[["successor", "day_begun", "istat_code", "after"]],
        left_on=["valid_to", "istat_code"], right_on=["day_begun", "istat_code"],
    )  # fmt: skip
    pairs = pairs[(pairs["code"] != pairs["successor"]) & _has(spells, "begin", pairs["successor"], pairs["day"])]
    return pairs.assign(kind=EventKind.RENAMING, is_partial=False)[_COLUMNS]


def _untold(spells: pd.DataFrame, territorial: pd.DataFrame) -> pd.DataFrame:
    """Return a suppression for every end and an establishment for every beginning that no event explains."""
    explained = pd.MultiIndex.from_frame(territorial[["code", "day"]])
    ends = spells[spells["end"] < OPEN]
    ends = ends[~pd.MultiIndex.from_frame(ends[["code", "end"]]).isin(explained)]
    suppressed = pd.DataFrame(
        {"day": ends["end"], "code": ends["code"], "rank": ends["end_rank"], "kind": EventKind.SUPPRESSION}
    ).assign(successor=NOBODY)
    explained = pd.MultiIndex.from_frame(territorial[["successor", "day"]])
    begun = spells[(spells["begin"] > KINGDOM) & ~spells["is_since_unknown"].astype(bool)]
    begun = begun[~pd.MultiIndex.from_frame(begun[["code", "begin"]]).isin(explained)]
    established = pd.DataFrame(
        {"day": begun["begin"], "code": begun["code"], "rank": begun["rank"], "kind": EventKind.ESTABLISHMENT}
    ).assign(successor=begun["code"])
    return pd.concat([suppressed, established], ignore_index=True).assign(is_partial=False, before=None, after=None)


def _changes(claims: Claims, timelines: Mapping[str, Timelines], versions: pd.DataFrame) -> pd.DataFrame:
    """Return changes of province, region, name and code between one version and the next of a municipality."""
    previous = versions.shift()
    is_next = (versions["municipality_code"] == previous["municipality_code"]) & (
        versions["valid_from"] == previous["valid_to"]
    )
    days = versions["valid_from"].to_numpy().astype("datetime64[D]").astype(np.int64)
    codes = pd.Index(claims.codes).get_indexer(pd.Index(versions["municipality_code"]))
    changed = {
        EventKind.PROVINCE: _differs(versions, previous, "sigla") & ~_is_same(versions, previous, "province_code"),
        EventKind.REGION: _differs(versions, previous, "region_code"),
        EventKind.RENAMING: _differs(versions, previous, "name"),
        EventKind.RECODING: _differs(versions, previous, "istat_code"),
    }
    shown = {
        EventKind.PROVINCE: "sigla",
        EventKind.REGION: "region",
        EventKind.RENAMING: "name",
        EventKind.RECODING: "istat_code",
    }
    deciding = {**shown, EventKind.RENAMING: "name_it", EventKind.REGION: "region_code"}
    rows = []
    for kind, differs in changed.items():
        at = (is_next & differs).to_numpy()
        timeline = timelines[deciding[kind]]
        rank = timeline.periods["rank"].to_numpy()[timeline.at(codes[at], days[at])]
        before, after = previous[shown[kind]][at], versions[shown[kind]][at]
        row = {"day": days[at], "kind": kind, "code": codes[at], "before": before, "after": after, "rank": rank}
        rows.append(pd.DataFrame(row).assign(successor=codes[at], is_partial=False))
    return pd.concat(rows, ignore_index=True)


def _differs(versions: pd.DataFrame, previous: pd.DataFrame, column: str) -> pd.Series[bool]:
    """Return where both values are known and not the same; a name appears also where there was none."""
    return versions[column].notna() & previous[column].notna() & (versions[column] != previous[column])


def _is_same(versions: pd.DataFrame, previous: pd.DataFrame, column: str) -> pd.Series[bool]:
    return versions[column].notna() & (versions[column] == previous[column])
