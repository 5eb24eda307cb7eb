"""Versions: a municipality in one period in which none of its attributes changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atlante.territories.documents.model import PRECEDENCE
from atlante.territories.history.attributes import RESOLVED, spellings
from atlante.territories.history.claims import NAMES, NONE
from atlante.territories.history.days import UNKNOWN, day_series
from atlante.territories.history.model import VERSION_COLUMNS, with_text
from atlante.territories.history.periods import changes
from atlante.territories.history.spelling import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlante.territories.history.attributes import Timelines
    from atlante.territories.history.claims import Claims
    from atlante.territories.history.days import IntArray


def make_versions(claims: Claims, spells: pd.DataFrame, timelines: Mapping[str, Timelines]) -> pd.DataFrame:
    """Return the versions of all municipalities, in the columns of ``VERSION_COLUMNS``."""
    breaks = _breaks(spells, timelines)
    codes, begins = breaks["code"].to_numpy(), breaks["begin"].to_numpy()
    columns: dict[str, object] = {
        "municipality_code": claims.codes[codes],
        "valid_from": day_series(begins),
        "valid_to": day_series(breaks["end"].to_numpy()),
        "changed_after": day_series(breaks["changed_after"].to_numpy()),
    }
    ranks = [spells["rank"].to_numpy()[breaks["spell"]]]
    values = {}
    for attribute in RESOLVED:
        found = timelines[attribute].at(codes, begins)
        periods = timelines[attribute].periods
        values[attribute] = periods["value"].reset_index(drop=True).reindex(found).reset_index(drop=True)
        ranks.append(periods["rank"].to_numpy()[found])
        columns[attribute] = _written(values[attribute], codes, timelines[attribute], attribute)
    versions = pd.DataFrame(columns)
    versions["name"] = _whole_names(claims, codes, values, versions)
    versions["sources"] = _sources(ranks)
    return with_text(versions[list(VERSION_COLUMNS)])


def _breaks(spells: pd.DataFrame, timelines: Mapping[str, Timelines]) -> pd.DataFrame:
    """Return code, spell, begin, end, changed_after of every version."""
    begun = spells[["code", "begin", "changed_after"]].assign(spell=np.arange(len(spells)))
    columns = ["code", "spell", "begin", "changed_after"]
    changed = pd.concat([rows.loc[changes(rows), columns] for rows in (timelines[name].periods for name in RESOLVED)])
    changed = changed[(changed["begin"].to_numpy() > spells["begin"].to_numpy()[changed["spell"]])]
    points = pd.concat([begun, changed], ignore_index=True).groupby(["code", "begin"])
    # where one attribute is known to have changed on that very day, the version did begin on it
    after = points["changed_after"].max().where(points["changed_after"].min() != UNKNOWN, UNKNOWN)
    breaks = pd.DataFrame({"spell": points["spell"].first(), "changed_after": after}).reset_index()
    following = breaks["begin"].shift(-1).where(breaks["spell"] == breaks["spell"].shift(-1))
    ends = pd.Series(spells["end"].to_numpy()[breaks["spell"]], index=breaks.index)
    return breaks.assign(end=following.fillna(ends).astype(np.int64))


def _written(values: pd.Series[str], codes: IntArray, timelines: Timelines, attribute: str) -> pd.Series[str]:
    """Return values as they are written: names in their best spelling."""
    if attribute not in NAMES:
        return values
    best = spellings(timelines.said)
    written = best.reindex(pd.MultiIndex.from_arrays([codes, values])).reset_index(drop=True)
    return written.where(written != NONE, None)


def _whole_names(
    claims: Claims, codes: IntArray, values: Mapping[str, pd.Series[str]], versions: pd.DataFrame
) -> pd.Series[str]:
    """Return names as the document writes them that is believed most, of those that have them in the same languages.

    A list that has the Italian name alone counts, too: ISTAT writes "Aosta", not "Aosta/Aoste". Where none has both,
    they are joined by a slash.
    """
    said = claims.statements[claims.statements["name"].notna() & claims.statements["name_it"].notna()]
    said = said[["code", "name", "rank", "as_of", "is_snapshot"]].assign(
        italian=fold(said["name_it"]), other_said=fold(said["name_other"]).fillna(NONE)
    )
    said = said.sort_values(["rank", "as_of", "name"], ascending=[True, False, True])
    said = said.drop_duplicates(["code", "italian", "other_said", "rank"])
    asked = pd.DataFrame({"code": codes, "italian": values["name_it"], "other": values["name_other"].fillna(NONE)})
    known = asked.drop_duplicates().merge(said, on=["code", "italian"])
    is_italian = (known["other_said"] == NONE) & known["is_snapshot"].astype(bool)
    known = known[(known["other_said"] == known["other"]) | is_italian]
    known = known.sort_values(["rank", "other_said"], ascending=[True, False], kind="stable")
    best = known.drop_duplicates(["code", "italian", "other"]).set_index(["code", "italian", "other"])["name"]
    whole = best.reindex(pd.MultiIndex.from_frame(asked)).reset_index(drop=True)
    joined = versions["name_it"].where(
        versions["name_other"].isna(), versions["name_it"] + "/" + versions["name_other"]
    )
    return whole.where(whole.notna(), joined)


def _sources(ranks: list[IntArray]) -> pd.Series[Any]:
    """Return the kinds of documents that each version rests on, as tuples in the order of the precedence."""
    bits = np.zeros(len(ranks[0]), dtype=np.int64)
    for rank in ranks:
        bits |= np.where(rank >= 0, 1 << np.maximum(rank, 0), 0)
    kinds = {
        number: tuple(str(kind) for i, kind in enumerate(PRECEDENCE) if number >> i & 1) for number in np.unique(bits)
    }
    return pd.Series([kinds[number] for number in bits], dtype=object)
