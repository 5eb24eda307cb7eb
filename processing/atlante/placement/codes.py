"""What declared codes mean: ISTAT codes as of the day, Belfiore codes for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from atlante.placement.labels import contradicted, merge_periods, period_notes

if TYPE_CHECKING:
    from atlante.territories.history import History

_ISTAT_DIGITS = 6
FOREIGN_BELFIORE = r"Z\d{3}"  # the same list of codes has states as well: Z404 is the United States


def codes_on(labels: pd.DataFrame, history: History | None, day: pd.Timestamp) -> pd.DataFrame:
    """Return the municipality of every code: key, code, note (when it was so where it was not on the day).

    An ISTAT code that several municipalities had at other dates means the one that had it closest to the day; two that
    are equally close, none.
    """
    belfiore = merge_periods(labels, ["code"], day).assign(key=lambda rows: rows["code"], is_taken=True)
    istat = merge_periods(labels.dropna(subset="istat_code"), ["istat_code", "code"], day).assign(is_taken=True)
    said = contradicted(history, ["istat_code"]).rename(columns={"text": "istat_code"})
    if len(said):
        other = merge_periods(said, ["istat_code", "code"], day).assign(is_taken=False, is_then=False)
        istat = pd.concat([istat, other], ignore_index=True)
    codes = pd.concat([istat.rename(columns={"istat_code": "key"}), belfiore], ignore_index=True)
    codes["note"] = period_notes("code", codes)
    codes["days_apart"] = _days_apart(codes, day)
    best = codes.sort_values(["key", "is_then", "is_taken", "days_apart"], ascending=[True, False, False, True])
    order = ["is_then", "is_taken", "days_apart"]
    first = best.groupby("key")[order].transform("first")
    best = best[(best[order] == first).all(axis=1)].drop_duplicates(["key", "code"])
    return best[~best["key"].duplicated(keep=False)][["key", "code", "note"]].reset_index(drop=True)


def istat_keys(codes: pd.Series[str]) -> pd.Series[str]:
    """Return ISTAT codes with their leading zeros, as programs that take them for numbers lose them; '' for none.

    >>> istat_keys(pd.Series(["1001", "001001", "58091.0", " ", "ROMA"])).tolist()
    ['001001', '001001', '058091', '', 'ROMA']
    """
    text = codes.str.strip().str.replace(r"^(\d{1,6})\.0+$", r"\1", regex=True)
    return text.where(~text.str.fullmatch(rf"\d{{1,{_ISTAT_DIGITS}}}"), text.str.zfill(_ISTAT_DIGITS))


def _days_apart(periods: pd.DataFrame, day: pd.Timestamp) -> pd.Series[int]:
    before, after = (day - periods["end"]).dt.days, (periods["begin"] - day).dt.days
    return pd.Series(pd.concat([before, after], axis=1).max(axis=1).clip(lower=0).fillna(0))
