"""Finding municipalities by any code or name that they ever had."""

from __future__ import annotations

import difflib
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import pandas as pd

from atlante.territories.history.model import History
from atlante.territories.history.spelling import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_CODES: Final = ("municipality_code", "istat_code")
_PROVINCES: Final = ("sigla", "province_code")
_NAMES: Final = ("name", "name_it", "name_other", "name_transliterated")
_SUGGESTIONS: Final = 5
_NO_ALIASES: Final[Mapping[str, str]] = MappingProxyType({})


def trace(history: History, text: str, *, aliases: Mapping[str, str] = _NO_ALIASES) -> pd.DataFrame:
    """Return the municipalities that a code or name stands for, or ever stood for.

    Parameters
    ----------
    text
        Belfiore code, ISTAT code of any time (also without leading zeros), sigla or code of a province, or any name:
        of any time, in any language, however it is spelled.
    aliases
        Everyday names that no document has, each with a Belfiore code.

    Returns
    -------
    pd.DataFrame
        municipality_code, matched (the attribute, or alias), value (as the history has it), valid_from, valid_to (when
        it was so), sorted by code and date; empty where it is not known. A text that is a code and a name is both.
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
    named = [code for name, code in zip(fold(pd.Series(list(aliases))), aliases.values(), strict=True) if name == asked]
    rows = versions.loc[versions["municipality_code"].isin(named), ["municipality_code", "valid_from", "valid_to"]]
    found.append(rows.assign(matched="alias", value=text))
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


def near_names(history: History, text: str, *, aliases: Collection[str] = ()) -> list[str]:
    """Return names that are spelled almost like a text, the nearest first: of any time, in any language, or aliases."""
    named = [history.versions[column].dropna() for column in _NAMES]
    names = pd.concat([pd.Series(list(aliases), dtype=object), *named[::-1]]).drop_duplicates()
    by_folded = dict(zip(fold(names), names, strict=True))
    return [
        by_folded[near] for near in difflib.get_close_matches(fold(pd.Series([text]))[0], by_folded, n=_SUGGESTIONS)
    ]
