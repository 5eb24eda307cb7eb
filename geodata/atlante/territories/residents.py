"""Residents of municipalities from a table of ISTAT codes, which may be those of another day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from atlante.territories.crosswalk import final_successors
from atlante.territories.repairs import load_repairs, residents_of_mergers

if TYPE_CHECKING:
    import datetime as dt

    from atlante.territories.history import History

_SHOWN = 5
_DAY = pd.Timedelta(days=1)


def residents_of(
    municipalities: pd.DataFrame, residents: pd.Series[int], *, history: History | None, day: dt.date
) -> tuple[pd.Series[int], tuple[str, ...]]:
    """Return the residents of each municipality (null where unknown), and notes about codes that are not used.

    A code of another day is followed through the history: to the same municipality under its other code, or into the
    one that it became a part of. A municipality that was made of several has residents only if all of them are known.

    Parameters
    ----------
    municipalities
        Columns istat_code and municipality_code.
    residents
        Persons, index: ISTAT code.
    history
        None, or empty: only the mergers that are shipped are followed.
    day
        That the municipalities are of.
    """
    known = residents[~residents.index.duplicated()]
    if history is None or history.versions.empty:
        found, used = _of_shipped_mergers(municipalities, known)
    else:
        found, used = _of_history(municipalities, known, history, day)
    return found.astype("Int64"), _notes(known, used)


def _of_shipped_mergers(municipalities: pd.DataFrame, residents: pd.Series[int]) -> tuple[pd.Series[int], set[str]]:
    mergers = load_repairs().mergers
    found: pd.Series[int] = municipalities["istat_code"].map(residents_of_mergers(residents, mergers))
    used = set(municipalities["istat_code"])
    for merger in mergers:
        used.update(merger.predecessors if merger.istat_code in used else ())
    return found, used


def _of_history(
    municipalities: pd.DataFrame, residents: pd.Series[int], history: History, day: dt.date
) -> tuple[pd.Series[int], set[str]]:
    final = final_successors(history, until=day)
    followed = _followed(municipalities, residents, history, final)
    sums = residents[followed.index].groupby(followed["heir"].to_numpy()).sum()
    found: pd.Series[int] = municipalities["municipality_code"].map(sums)
    is_incomplete = municipalities["municipality_code"].isin(_incomplete(followed, history, final))
    return found.mask(is_incomplete), set(followed.index)


def _followed(
    municipalities: pd.DataFrame, residents: pd.Series[int], history: History, final: pd.DataFrame
) -> pd.DataFrame:
    """Return, by the ISTAT code of the table, whose it was and who has its residents: columns code, heir."""
    direct = municipalities.loc[municipalities["istat_code"].isin(residents.index)].set_index("istat_code")
    direct = direct.assign(code=direct["municipality_code"], heir=direct["municipality_code"])[["code", "heir"]]
    others = history.versions[history.versions["istat_code"].isin(set(residents.index) - set(direct.index))]
    latest = others.sort_values("valid_from").drop_duplicates("istat_code", keep="last").set_index("istat_code")
    codes = latest["municipality_code"]
    heirs = codes.map(final[final["n_successors"] == 1].set_index("code")["successor_code"])
    moved = pd.DataFrame({"code": codes, "heir": heirs.where(~codes.isin(municipalities["municipality_code"]), codes)})
    is_known = moved["heir"].isin(municipalities["municipality_code"])
    twice = (moved["code"] == moved["heir"]) & moved["heir"].isin(direct["heir"])  # old and new code: one is enough
    return pd.concat([direct, moved[is_known & ~twice]])


def _incomplete(followed: pd.DataFrame, history: History, final: pd.DataFrame) -> set[str]:
    """Return municipalities with the residents of some of those that they were made of, but not of all."""
    begun = history.versions.groupby("municipality_code")["valid_from"].min()
    incomplete = set()
    for heir in set(followed.loc[followed["code"] != followed["heir"], "heir"]) - set(followed["code"]):
        before = history.at((begun[heir] - _DAY).date())["municipality_code"]
        made_of = set(final.loc[(final["successor_code"] == heir) & final["code"].isin(before), "code"])
        if not made_of <= set(followed["code"]):
            incomplete.add(heir)
    return incomplete


def _notes(residents: pd.Series[int], used: set[str]) -> tuple[str, ...]:
    unused = [code for code in residents.index if code not in used]
    if not unused:
        return ()
    shown = ", ".join(unused[:_SHOWN]) + (", …" if len(unused) > _SHOWN else "")
    note = (
        f"population: {len(unused):,} of {len(residents):,} ISTAT codes match no municipality of that day, with "
        f"{int(residents[unused].sum()):,} residents ({shown})"
    )
    return (note,)
