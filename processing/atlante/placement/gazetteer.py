"""What the boundaries and the rules know: names, provinces, regions, as tables of folded keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from atlante.placement.folding import fold

if TYPE_CHECKING:
    from atlante.catalogue.placement import PlacementRules

GAZETTEER_COLUMNS = (
    "municipality_code", "name", "name_it", "name_other", "sigla", "province", "region_code", "region",
)  # fmt: skip


def municipality_names(gazetteer: pd.DataFrame, rules: PlacementRules) -> pd.DataFrame:
    """Return every name of every municipality: key, declared, is_alias, and its code, sigla, region_code, region_name.

    ``declared`` is the only province that an alias counts under; '' where any does.
    """
    it, other = gazetteer["name_it"], gazetteer["name_other"].fillna("")
    spellings = (gazetteer["name"], it, other, it + other, other + it)
    own = pd.concat([_named(gazetteer["municipality_code"], names) for names in spellings], ignore_index=True)
    aliases = pd.DataFrame(
        [(alias.name, alias.municipality_code, alias.province or "") for alias in rules.aliases],
        columns=["name", "municipality_code", "declared"],
    )
    aliases = aliases.assign(key=fold(aliases["name"]), is_alias=True).drop(columns="name")
    names = pd.concat([own, aliases], ignore_index=True)
    names = names[names["key"] != ""].drop_duplicates(["key", "municipality_code", "declared"])
    places = gazetteer[["municipality_code", "sigla", "region_code", "region"]]
    return names.merge(places.rename(columns={"region": "region_name"}), on="municipality_code")


def _named(codes: pd.Series[str], names: pd.Series[str]) -> pd.DataFrame:
    return pd.DataFrame({"key": fold(names), "municipality_code": codes, "declared": "", "is_alias": False})


def province_meanings(gazetteer: pd.DataFrame, rules: PlacementRules) -> pd.DataFrame:
    """Return what a declared province can mean: key, sigla, is_own (the province itself, no chamber)."""
    provinces = gazetteer.drop_duplicates("sigla")
    own = [
        pd.DataFrame({"key": fold(names), "sigla": provinces["sigla"], "is_own": True})
        for names in (provinces["sigla"], provinces["province"], *_languages(provinces["province"]))
    ]
    meanings = [(rule.code, sigla) for rule in rules.provinces for sigla in rule.sigle]
    chambers = pd.DataFrame(meanings, columns=["code", "sigla"], dtype=str)
    chambers = pd.DataFrame({"key": fold(chambers["code"]), "sigla": chambers["sigla"], "is_own": False})
    chambers = chambers[chambers["sigla"].isin(provinces["sigla"])]
    known = pd.concat([*own, chambers], ignore_index=True)
    return known[known["key"] != ""].drop_duplicates(["key", "sigla"])


def region_keys(gazetteer: pd.DataFrame) -> pd.Series[str]:
    """Return the region code by folded name, in either language."""
    regions = gazetteer.drop_duplicates("region_code")
    codes = pd.concat(
        [
            pd.Series(regions["region_code"].to_numpy(), index=fold(names).to_numpy(), dtype=object)
            for names in (regions["region"], *_languages(regions["region"]))
        ]
    )
    unique: pd.Series[str] = codes[(codes.index != "") & ~codes.index.duplicated()]
    return unique


def _languages(names: pd.Series[str]) -> tuple[pd.Series[str], pd.Series[str]]:
    parts = names.str.partition("/")
    return parts[0], parts[2]
