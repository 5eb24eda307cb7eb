"""Municipalities that a declared name may mean, ranked by the evidence beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.placement.methods import Method
from atlante.placement.provinces import IN_DISTRICT, IN_FORMER, IN_PROVINCE

if TYPE_CHECKING:
    from atlante.placement.gazetteer import Gazetteer

# Rows: in the province, in the chamber's district, once in the province, in the region, nothing declared, elsewhere.
# Columns: kinds of names (then, alias, recent, old). Only candidates of the best rank are looked at: what a province
# confirms, even under an old name, comes before what only a region confirms.
_RANKS: Final = np.array(
    [[0, 2, 4, 5], [1, 2, 6, 7], [3, 2, 8, 9], [10, 10, 10, 12], [11, 11, 11, 13], [14, 14, 14, 14]], dtype=np.int64
)
_METHODS: Final = (
    Method.NAME_PROVINCE, Method.NAME_CHAMBER, Method.ALIAS, Method.NAME_FORMER_PROVINCE, Method.NAME_PROVINCE,
    Method.NAME_PROVINCE, Method.NAME_CHAMBER, Method.NAME_CHAMBER, Method.NAME_FORMER_PROVINCE,
    Method.NAME_FORMER_PROVINCE, Method.NAME_REGION, Method.NAME, Method.NAME_REGION, Method.NAME, Method.NONE,
)  # fmt: skip
LAST_WITH_PROVINCE: Final = 9
WITHOUT_ANYTHING: Final = (11, 13)
NOTHING_FITS: Final = 14
_LOOSE_COSTS: Final = 2.5  # a name that is spelt out, also an alias, comes before one that is only nearly the same
_BESIDE_REGION, _BESIDE_NOTHING, _ELSEWHERE = 3, 4, 5


def rank_candidates(spellings: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """Return one row per spelling and municipality of any time that it may mean, the best first.

    Parameters
    ----------
    spellings
        As :func:`atlante.placement.declared.read_spellings` gives them, index 0..n.

    Returns
    -------
    pd.DataFrame
        Columns spelling, code, target (the municipality of the day that has its ground; itself where there is none or
        several), rank, order (of two ranks, the lower one is the better one), is_loose, note, method, is_of_province
        (an alias of one province where nothing is declared beside the name).
    """
    keyed = spellings[["municipality_key", "loose_key", "province_key", "is_known_province", "declared_region_code"]]
    keyed = _with_region(keyed.reset_index(names="spelling"), gazetteer)
    exact = keyed.merge(gazetteer.names, left_on="municipality_key", right_on="key").assign(is_loose=False)
    loose = keyed.merge(gazetteer.loose_names, left_on="loose_key", right_on="key").assign(is_loose=True)
    pairs = pd.concat([exact, loose], ignore_index=True).drop(columns=["municipality_key", "loose_key", "key"])
    pairs = _with_evidence(pairs, gazetteer)
    pairs = pairs[~pairs["is_loose"] | (pairs["beside"] <= _BESIDE_REGION)]
    rank = _RANKS[pairs["beside"], pairs["kind"].to_numpy(dtype=np.int64)]
    then = pairs["code"].map(gazetteer.places.table["then"])
    order = rank + _LOOSE_COSTS * pairs["is_loose"]
    pairs = pairs.assign(rank=rank, order=order, target=then.where(then.notna(), pairs["code"]))
    pairs["method"] = np.array(_METHODS, dtype=object)[rank]
    is_alias = (pairs["kind"] == 1) & (pairs["beside"] == _BESIDE_REGION)
    pairs["method"] = pairs["method"].mask(is_alias, Method.ALIAS)
    pairs["is_of_province"] = (pairs["declared"] != "") & (pairs["beside"] == _BESIDE_NOTHING)
    ordered = pairs.sort_values(["spelling", "order", "kind", "target", "code"], kind="stable")
    columns = ["spelling", "code", "target", "rank", "order", "is_loose", "note", "method", "is_of_province"]
    return ordered.drop_duplicates(["spelling", "code"])[columns].reset_index(drop=True)


def best_candidates(candidates: pd.DataFrame) -> pd.DataFrame:
    """Return by spelling its best candidate and ``n_best``, how many are as good: only one is a placement.

    An alias of one province stands for two where nothing confirms it: elsewhere its name means another place.
    """
    first = candidates.drop_duplicates("spelling").set_index("spelling")
    best = candidates[candidates["order"] == candidates["spelling"].map(first["order"])].groupby("spelling")
    return first.assign(n_best=best["target"].nunique() + best["is_of_province"].any())


def _with_region(keyed: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """Return keys with the declared region, or else that of the declared province."""
    declared = keyed["declared_region_code"]
    of_province = keyed["province_key"].map(gazetteer.region_of_province)
    return keyed.assign(region_code=declared.where(declared.notna(), of_province).astype(object))


def _with_evidence(pairs: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """Return the pairs with ``beside``: what stands beside the name and confirms the municipality."""
    pairs = pairs.merge(gazetteer.in_province.rename(columns={"key": "province_key"}), how="left")
    regions = gazetteer.in_region.assign(is_in_region=True)[["code", "region_code", "is_in_region"]]
    pairs = pairs.merge(regions, how="left", on=["code", "region_code"])
    meanings = gazetteer.provinces[["key", "sigla"]].rename(columns={"key": "province_key", "sigla": "declared"})
    pairs = pairs.merge(meanings.assign(is_moved=True), how="left", on=["province_key", "declared"])
    is_moved = pairs["is_moved"].notna() | ((pairs["declared"] != "") & (pairs["declared"] == pairs["province_key"]))
    # An alias of one province says nothing of another; where no province is declared it is a homonym like any other.
    pairs = pairs[(pairs["declared"] == "") | (pairs["province_key"] == "") | is_moved]
    evidence = pairs["evidence"].mask(is_moved.loc[pairs.index], IN_PROVINCE)
    beside = np.select(
        [
            evidence == IN_PROVINCE,
            evidence == IN_DISTRICT,
            evidence == IN_FORMER,
            pairs["is_in_region"].notna(),
            ~pairs["is_known_province"] & pairs["declared_region_code"].isna(),
        ],
        range(_ELSEWHERE),
        _ELSEWHERE,
    )
    return pairs.assign(beside=beside)
