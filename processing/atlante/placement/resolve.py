"""Declared names to municipalities: pure, vectorised over distinct spellings."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atlante.placement.folding import fold, fold_words
from atlante.placement.gazetteer import municipality_names, province_meanings, region_keys

if TYPE_CHECKING:
    from atlante.catalogue.placement import PlacementRules

DECLARED_COLUMNS = ("municipality", "province", "region")


class Method(StrEnum):
    """What a placement rests on, from the strongest to the weakest."""

    NAME_PROVINCE = "name+province"
    NAME_CHAMBER = "name+chamber"  # the declared code is of the chamber whose district the municipality is in
    ALIAS = "alias"  # another name, confirmed by province or region
    NAME_REGION = "name+region"  # the only one of that name in the region; the province is missing or another
    NAME = "name"  # the only one of that name in the country; neither province nor region is declared
    NONE = "none"


class Reason(StrEnum):
    """Why a firm is not placed."""

    NOT_DECLARED = "no municipality declared"
    FOREIGN = "foreign seat"
    UNKNOWN = "unknown name"
    HOMONYM = "homonym without province"
    ELSEWHERE = "province and region elsewhere"  # both contradict the only municipalities of that name


_CONFIDENCE = {
    Method.NAME_PROVINCE: 1.0,
    Method.NAME_CHAMBER: 0.95,
    Method.ALIAS: 0.9,
    Method.NAME_REGION: 0.8,
    Method.NAME: 0.6,
    Method.NONE: 0.0,
}
_CONFLICT_COSTS = 0.2
# The first that holds is taken; candidates of a weaker one are not looked at any more.
_ORDER = (Method.NAME_PROVINCE, Method.NAME_CHAMBER, Method.NAME_REGION, Method.NAME)
_NOTHING_FITS = len(_ORDER)


def resolve_names(declared: pd.DataFrame, gazetteer: pd.DataFrame, rules: PlacementRules) -> pd.DataFrame:
    """Find the municipality of each declared name.

    Parameters
    ----------
    declared
        Columns municipality, province, region: text as declared; null and blank mean that nothing was.
    gazetteer
        Municipalities with municipality_code, name, name_it, name_other, sigla, province, region_code, region.

    Returns
    -------
    pd.DataFrame
        Index of ``declared``; municipality_code (null: not placed), method, reason (null: placed), confidence (1 name
        and province agree; 0.95 by the chamber's district; 0.9 another name; 0.8 by region; 0.6 by the name alone; 0.2
        less where something declared disagrees), conflicts (tuple of texts). A row's result depends on that row alone.
    """
    rows = _with_keys(declared, gazetteer)
    found = _best_candidates(_candidates(rows, gazetteer, rules))
    result = rows.join(found)
    is_abroad = result["province_key"].isin(fold(pd.Series(rules.foreign.provinces, dtype=str)))
    is_placed = (result["n"] == 1) & (result["rank"] < _NOTHING_FITS) & ~is_abroad
    method = _methods(result).where(is_placed, Method.NONE)
    conflicts = _conflicts(result, is_placed)
    has_conflict = conflicts.map(len).to_numpy() > 0
    confidence = method.map(_CONFIDENCE).to_numpy(dtype=float) - _CONFLICT_COSTS * has_conflict
    resolved = pd.DataFrame(
        {
            "municipality_code": result["municipality_code"].astype(object).where(is_placed, None),
            "method": method.map(str).astype(object),
            "reason": _reasons(result, is_abroad, rules).where(~is_placed, None),
            "confidence": confidence.round(2),
            "conflicts": conflicts,
        }
    )
    return resolved.set_axis(declared.index)


def _with_keys(declared: pd.DataFrame, gazetteer: pd.DataFrame) -> pd.DataFrame:
    """Return the declared texts and their folded keys, numbered from 0."""
    rows = declared[list(DECLARED_COLUMNS)].astype("string").fillna("").astype(object).reset_index(drop=True)
    for column in DECLARED_COLUMNS:
        rows[column] = rows[column].astype(str).str.strip()
        rows[f"{column}_key"] = fold(rows[column])
    rows["declared_region_code"] = rows["region_key"].map(region_keys(gazetteer))
    return rows


def _candidates(rows: pd.DataFrame, gazetteer: pd.DataFrame, rules: PlacementRules) -> pd.DataFrame:
    """Return every municipality of the declared name with its rank in the order of methods, one row per pair."""
    meanings = province_meanings(gazetteer, rules)
    keyed = rows[["municipality_key", "province_key", "declared_region_code"]].reset_index(names="row")
    keyed["has_province"] = keyed["province_key"].isin(meanings["key"])
    keyed["region_evidence"] = _region_evidence(keyed, meanings, gazetteer)
    pairs = keyed.merge(municipality_names(gazetteer, rules), left_on="municipality_key", right_on="key")
    own, chamber = _pairs(meanings[meanings["is_own"]]), _pairs(meanings[~meanings["is_own"]])
    is_alias_of_province = _is_in(pairs, "declared", own | chamber) | (pairs["declared"] == pairs["province_key"])
    pairs = pairs.assign(is_moved=(pairs["declared"] != "") & (pairs["province_key"] != "") & is_alias_of_province)
    # An alias of one province says nothing of another; where no province is declared it is a homonym like any other.
    pairs = pairs[(pairs["declared"] == "") | (pairs["province_key"] == "") | pairs["is_moved"]]
    pairs["rank"] = np.select(
        [
            _is_in(pairs, "sigla", own) | pairs["is_moved"],
            _is_in(pairs, "sigla", chamber),
            pairs["region_evidence"] == pairs["region_code"],
            ~pairs["has_province"] & pairs["declared_region_code"].isna(),
        ],
        range(_NOTHING_FITS),
        _NOTHING_FITS,
    )
    best_first = pairs.sort_values(["row", "municipality_code", "rank", "is_alias"])
    return best_first.drop_duplicates(["row", "municipality_code"])


def _region_evidence(keyed: pd.DataFrame, meanings: pd.DataFrame, gazetteer: pd.DataFrame) -> pd.Series[str]:
    """Return the code of the declared region, or else of the declared province's."""
    region_codes = gazetteer.drop_duplicates("sigla").set_index("sigla")["region_code"]
    first_meanings = meanings.drop_duplicates("key").set_index("key")["sigla"]
    of_province = keyed["province_key"].map(first_meanings).map(region_codes)
    return keyed["declared_region_code"].where(keyed["declared_region_code"].notna(), of_province)


def _pairs(meanings: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(meanings["key"], meanings["sigla"], strict=True))


def _is_in(pairs: pd.DataFrame, column: str, known: set[tuple[str, str]]) -> pd.Series[bool]:
    """Return whether (declared province, sigla in a column) is a known meaning."""
    found = [pair in known for pair in zip(pairs["province_key"], pairs[column], strict=True)]
    return pd.Series(found, index=pairs.index, dtype=bool)


def _best_candidates(candidates: pd.DataFrame) -> pd.DataFrame:
    """Return, by row, one candidate of the best rank and the number of those (n): only n = 1 is a placement."""
    best = candidates[candidates["rank"] == candidates.groupby("row")["rank"].transform("min")]
    one = best.drop_duplicates("row").set_index("row")
    columns = ["municipality_code", "sigla", "region_code", "region_name", "declared", "is_moved", "is_alias", "rank"]
    return one[columns].assign(n=best.groupby("row").size())


def _methods(result: pd.DataFrame) -> pd.Series[str]:
    ranked = result["rank"].map(dict(enumerate(_ORDER))).astype(object)
    is_alias = result["is_alias"].eq(True)  # noqa: FBT003 - a value to compare with; null has no candidate
    return ranked.where(~is_alias | (ranked == Method.NAME), Method.ALIAS)


def _conflicts(result: pd.DataFrame, is_placed: pd.Series[bool]) -> pd.Series[Any]:
    """Return what was declared and is not so, as texts; nothing for rows that are not placed."""
    without_province = result["rank"].isin([_ORDER.index(Method.NAME_REGION), _ORDER.index(Method.NAME)])
    province_disagrees = is_placed & without_province & (result["province_key"] != "")
    province = ("province: declared " + result["province"] + ", placed " + result["sigla"]).where(province_disagrees)
    other_region = (result["region_key"] != "") & (result["declared_region_code"] != result["region_code"])
    # A municipality that moved was declared in its region of then.
    region_disagrees = is_placed & other_region & ~result["is_moved"].eq(True)  # noqa: FBT003
    region = ("region: declared " + result["region"] + ", placed " + result["region_name"]).where(region_disagrees)
    texts = zip(province, region, strict=True)
    return pd.Series([tuple(text for text in row if isinstance(text, str)) for row in texts], dtype=object)


def _reasons(result: pd.DataFrame, is_abroad: pd.Series[bool], rules: PlacementRules) -> pd.Series[str]:
    """Return the reason that holds if the row is not placed."""
    places = [re.escape(place) for country in rules.foreign.places.values() for place in country]
    has_foreign_word = fold_words(result["municipality"]).str.contains(rf"(?:^| )(?:{'|'.join(places)})(?: |$)")
    no_candidate = result["n"].isna()
    reason = np.select(
        [
            result["municipality_key"] == "",
            is_abroad | (no_candidate & (has_foreign_word & bool(places))),
            no_candidate,
            result["rank"] == _NOTHING_FITS,
        ],
        [Reason.NOT_DECLARED.value, Reason.FOREIGN.value, Reason.UNKNOWN.value, Reason.ELSEWHERE.value],
        Reason.HOMONYM.value,
    )
    return pd.Series(reason, index=result.index, dtype=object)
