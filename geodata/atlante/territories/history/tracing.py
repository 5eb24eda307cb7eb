"""Finding municipalities by any code or name that they ever had."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

import pandas as pd

from atlante.territories.history.model import History
from atlante.territories.history.spelling import fold

if TYPE_CHECKING:
    from collections.abc import Collection

_CODES: Final = ("municipality_code", "istat_code")
_PROVINCES: Final = ("sigla", "province_code")
_NAMES: Final = ("name", "name_it", "name_other", "name_transliterated")
_SUGGESTIONS: Final = 5


def trace(history: History, text: str) -> pd.DataFrame:
    """Return the municipalities that a code or name stands for, or ever stood for.

    Parameters
    ----------
    text
        Belfiore code, ISTAT code of any time (also without leading zeros), sigla or code of a province, or any name:
        of any time, in any language, however it is spelled.

    Returns
    -------
    pd.DataFrame
        municipality_code, matched (the attribute), value (as the history has it), valid_from, valid_to (when it was
        so), sorted by code and date; empty where it is not known. A text that is a code and a name is taken as both.
    """
    versions = history.versions
    wanted = text.strip().upper()
    asked = fold(pd.Series([text]))[0]
    found = []
    for column in (*_CODES, *_PROVINCES, *_NAMES):
        if column in _NAMES:
            is_it = fold(versions[column]) == asked if asked else pd.Series(data=False, index=versions.index)
        else:
            is_it = versions[column].isin({wanted, wanted.zfill(6) if column == "istat_code" else wanted})
        rows = versions.loc[is_it.to_numpy(dtype=bool), ["municipality_code", "valid_from", "valid_to"]]
        found.append(rows.assign(matched=column, value=versions.loc[rows.index, column]))
    rows = pd.concat(found).sort_values(["municipality_code", "valid_from"], kind="stable")
    rows = rows.drop_duplicates(["municipality_code", "valid_from", "value"])
    return rows[["municipality_code", "matched", "value", "valid_from", "valid_to"]].reset_index(drop=True)


def part_of(history: History, codes: Collection[str]) -> History:
    """Return what a history has of some municipalities: their versions, conflicts, and events on either side."""
    events = history.events
    is_theirs = events["municipality_code"].isin(codes) | events["successor_code"].isin(codes)
    return History(
        history.versions[history.versions["municipality_code"].isin(codes)].reset_index(drop=True),
        events[is_theirs].reset_index(drop=True),
        history.conflicts[history.conflicts["municipality_code"].isin(codes)].reset_index(drop=True),
    )


def near_names(history: History, text: str) -> list[str]:
    """Return names that are spelled almost like a text, the nearest first."""
    names = history.versions["name_it"].drop_duplicates()
    by_folded = dict(zip(fold(names), names, strict=True))
    return [
        by_folded[near] for near in difflib.get_close_matches(fold(pd.Series([text]))[0], by_folded, n=_SUGGESTIONS)
    ]
