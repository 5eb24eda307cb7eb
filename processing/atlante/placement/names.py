"""Every name of every municipality by folded keys, with the time when it was so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.placement.folding import fold_loosely, fold_words, without_accented_letters
from atlante.placement.labels import NAMES, contradicted, dated_names, merge_periods, period_notes

if TYPE_CHECKING:
    from atlante.catalogue.placement import PlacementRules
    from atlante.territories.history import History

NAME_THEN: Final = 0  # the name on the day
NAME_ALIAS: Final = 1  # from the file of aliases
NAME_RECENT: Final = 2  # of another day, and not given up so long ago that registers have forgotten it
NAME_OLD: Final = 3

_COLUMNS = ["key", "code", "kind", "note", "declared"]


def names_on(
    labels: pd.DataFrame, vintage_names: pd.DataFrame, history: History | None, day: pd.Timestamp, rules: PlacementRules
) -> pd.DataFrame:
    """Return every name: words (folded), code, kind (:data:`NAME_THEN`, …), note, declared, is_whole.

    Names without their accented letters are among them, as wrong decodings leave them: not ``is_whole``. ``note`` says
    when a name was so where it was not on the day. ``declared`` is the only province that an alias counts under; ''
    where any does.
    """
    said = [dated_names(labels), contradicted(history, NAMES), vintage_names]
    dated = pd.concat([rows for rows in said if len(rows)], ignore_index=True)
    garbled = dated.assign(text=without_accented_letters(dated["text"].astype(str)), is_whole=False)
    dated = pd.concat([dated.assign(is_whole=True), garbled[garbled["text"] != ""]], ignore_index=True)
    dated["words"] = fold_distinct(dated["text"])
    named = merge_periods(dated, ["code", "words", "is_whole"], day)
    is_recent = named["end"].isna() | (named["end"] > day - pd.DateOffset(years=rules.evidence.names_remembered_years))
    kinds = np.select([named["is_then"], is_recent], [NAME_THEN, NAME_RECENT], NAME_OLD)
    own = named[["words", "code", "is_whole"]].assign(kind=kinds, note=period_notes("name", named), declared="")
    names = pd.concat([own, _aliases(rules)], ignore_index=True)
    return names[names["words"] != ""]


def by_exact_key(names: pd.DataFrame) -> pd.DataFrame:
    """Return key, code, kind, note, declared: the strongest kind of each name of each municipality."""
    names = names[names["is_whole"].astype(bool)]
    return _strongest(names.assign(key=names["words"].str.replace(" ", "", regex=False)))


def by_loose_key(names: pd.DataFrame) -> pd.DataFrame:
    """Return the same by keys that allow for abbreviations and wrong decodings."""
    loose = names.assign(key=fold_distinct(names["words"], loosely=True))
    return _strongest(loose[loose["key"] != ""])


def fold_distinct(texts: pd.Series[str], *, loosely: bool = False) -> pd.Series[str]:
    """Return folded words, or, of such words, the loose keys; equal texts are folded once."""
    numbers, distinct = pd.factorize(texts)
    words = pd.Series(distinct, dtype=str)
    folded = fold_loosely(words) if loosely else fold_words(words)
    return pd.Series(folded.to_numpy(dtype=object)[numbers], index=texts.index, dtype=object)


def _aliases(rules: PlacementRules) -> pd.DataFrame:
    rows = [(alias.name, alias.municipality_code, alias.province or "") for alias in rules.aliases]
    aliases = pd.DataFrame(rows, columns=["text", "code", "declared"], dtype=object)
    return aliases.assign(words=fold_distinct(aliases["text"]), kind=NAME_ALIAS, note="", is_whole=True).drop(
        columns="text"
    )


def _strongest(names: pd.DataFrame) -> pd.DataFrame:
    ordered = names.sort_values(["key", "code", "kind", "declared"], kind="stable")
    # An alias that counts under one province only does not hide one that counts anywhere.
    return ordered.drop_duplicates(["key", "code", "declared"])[_COLUMNS].reset_index(drop=True)
