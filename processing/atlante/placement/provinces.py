"""What declared provinces and regions mean, and which of them each municipality has been in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.placement.folding import fold, fold_loosely, fold_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlante.catalogue.placement import PlacementRules
    from atlante.placement.gazetteer import Gazetteer

IN_PROVINCE: Final = 0  # the municipality's province on the day
IN_DISTRICT: Final = 1  # the code is of the chamber whose district the municipality was in on the day
IN_FORMER: Final = 2  # it was or will be in that province

_SIGLA_LETTERS: Final = 2


_KIND_OF_PROVINCE: Final = (
    r"^(?:PROVINCIA(?: AUTONOMA)?|CITTA METROPOLITANA|LIBERO CONSORZIO(?: COMUNALE)?|LIBERO CONSORZIO)(?= )"
)


def province_keys(names: pd.Series[str]) -> pd.Series[str]:
    """Return what provinces are compared by: no articles, no prepositions, no "provincia di".

    >>> province_keys(pd.Series(["Reggio di Calabria", "Città metropolitana di Torino", "FC", "L'Aquila"])).tolist()
    ['REGGIOCALABRIA', 'TORINO', 'FC', 'AQUILA']
    """
    words = fold_words(names).str.replace(_KIND_OF_PROVINCE, "", regex=True).str.strip()
    # A sigla is no preposition: AL, LO.
    return words.where(words.str.len() == _SIGLA_LETTERS, fold_loosely(words))


def province_meanings(labels: pd.DataFrame, rules: PlacementRules) -> pd.DataFrame:
    """Return what a declared province can mean: key, sigla, evidence (at best)."""
    named = labels.dropna(subset="sigla").drop_duplicates(["sigla", "province"])
    own = [
        pd.DataFrame({"key": province_keys(texts), "sigla": named["sigla"], "evidence": IN_PROVINCE})
        for texts in (named["sigla"], *_languages(named["province"]))
    ]
    kinds = {"spelling": IN_PROVINCE, "chamber": IN_DISTRICT, "former": IN_FORMER}
    ruled = [(rule.code, sigla, kinds[rule.kind]) for rule in rules.provinces for sigla in rule.sigle]
    others = pd.DataFrame(ruled, columns=["code", "sigla", "evidence"]).astype({"code": str, "evidence": int})
    others["key"] = province_keys(others["code"])
    known = pd.concat([*own, others.drop(columns="code")], ignore_index=True)
    known = known[known["key"] != ""].sort_values(["key", "evidence"], kind="stable")
    return known.drop_duplicates(["key", "sigla"], ignore_index=True)


def province_evidence(labels: pd.DataFrame, then: pd.DataFrame, meanings: pd.DataFrame) -> pd.DataFrame:
    """Return what a declared province says for a municipality, the strongest for each: key, code, evidence."""
    siglas = labels.dropna(subset="sigla").drop_duplicates(["code", "sigla"])[["code", "sigla"]]
    siglas["is_then"] = siglas["sigla"] == siglas["code"].map(then["sigla"])
    pairs = meanings.merge(siglas, on="sigla")
    pairs["evidence"] = np.where(pairs["is_then"], pairs["evidence"], IN_FORMER)
    strongest = pairs.sort_values(["key", "code", "evidence"], kind="stable").drop_duplicates(["key", "code"])
    return strongest[["key", "code", "evidence"]].reset_index(drop=True)


def in_declared_province(codes: pd.Series[str], province_keys: pd.Series[str], gazetteer: Gazetteer) -> pd.Series[bool]:
    """Return whether municipalities are, on the day, in the provinces declared beside them, or in their chambers'."""
    agreeing = gazetteer.in_province[gazetteer.in_province["evidence"] <= IN_DISTRICT]
    pairs = pd.MultiIndex.from_frame(agreeing[["key", "code"]])
    declared = pd.MultiIndex.from_arrays([province_keys, codes])
    return pd.Series(declared.isin(pairs), index=codes.index, dtype=bool)


def region_keys(labels: pd.DataFrame) -> pd.Series[str]:
    """Return the region code by folded name, in either language; of a name that two had, the later one's."""
    regions = labels.dropna(subset=["region_code", "region"]).sort_values("valid_from", ascending=False)
    regions = regions.drop_duplicates(["region_code", "region"])
    return _unique_by_key((fold(texts), regions["region_code"]) for texts in _languages(regions["region"]))


def region_of_provinces(meanings: pd.DataFrame, then: pd.DataFrame) -> pd.Series[str]:
    """Return the region code of what a declared province means first of all, by its key."""
    known = then.dropna(subset="sigla").sort_values("is_then", ascending=False, kind="stable")
    region_codes = known.drop_duplicates("sigla").set_index("sigla")["region_code"]
    first = meanings.drop_duplicates("key").set_index("key")
    found: pd.Series[str] = first["sigla"].map(region_codes).astype(object)
    return found


def _unique_by_key(named: Iterable[tuple[pd.Series[str], pd.Series[str]]]) -> pd.Series[str]:
    codes = pd.concat([pd.Series(each.to_numpy(), index=keys.to_numpy(), dtype=object) for keys, each in named])
    unique: pd.Series[str] = codes[(codes.index != "") & ~codes.index.duplicated()]
    return unique


def _languages(names: pd.Series[str]) -> tuple[pd.Series[str], pd.Series[str], pd.Series[str]]:
    """Return names as they are, and what is before and after a slash."""
    whole = names.fillna("").astype(str)
    parts = whole.str.partition("/").reindex(columns=range(3))  # of nothing it makes no columns
    return whole, parts[0].fillna(""), parts[2].fillna("")
