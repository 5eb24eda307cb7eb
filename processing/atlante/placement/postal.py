"""Postal codes as evidence between namesakes: where other firms of the same extract with that code are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from atlante.placement.candidates import NOTHING_FITS
from atlante.placement.methods import Method

if TYPE_CHECKING:
    import pandas as pd

    from atlante.placement.gazetteer import Gazetteer

_CAP: Final = r"\d{5}"
_PROVINCE_DIGITS: Final = 3
_WITHOUT_DOUBT: Final = (Method.CODE_NAME, Method.NAME_PROVINCE)


def break_ties(taken: pd.DataFrame, candidates: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """Return cases in which a postal code has decided between namesakes that nothing else tells apart.

    There is no free table of Italian postal codes, so the extract is asked: its firms that are placed by name and
    province, or name and code, say which municipality a code belongs to, and which province its first three digits.
    Only where that leaves one namesake it is taken. This is the one place where a firm's result depends on other firms.
    """
    has_cap = taken["postal_code"].str.fullmatch(_CAP)
    is_tied = taken["chosen"].isna() & ~taken["is_abroad"] & (taken["name_n_best"] > 1) & has_cap
    is_tied &= taken["name_rank"] < NOTHING_FITS
    if not is_tied.any():
        return taken
    is_sure = has_cap & taken["method"].isin(_WITHOUT_DOUBT) & (taken["note"] == "")
    sure = taken.loc[is_sure, ["postal_code", "chosen"]].rename(columns={"chosen": "code"})
    siglas = gazetteer.places.table["sigla"]
    known = set(zip(sure["postal_code"], sure["code"], strict=True))
    known |= set(zip(sure["postal_code"].str[:_PROVINCE_DIGITS], sure["code"].map(siglas), strict=True))
    options = _options(taken[is_tied], candidates).assign(sigla=lambda rows: rows["code"].map(siglas))
    options["prefix"] = options["postal_code"].str[:_PROVINCE_DIGITS]
    for columns in (["postal_code", "code"], ["prefix", "sigla"]):
        seen = [pair in known for pair in zip(*(options[column] for column in columns), strict=True)]
        only = options[np.array(seen, dtype=bool)]
        only = only[~only["case"].duplicated(keep=False)].set_index("case")
        is_new = only.index[taken.loc[only.index, "chosen"].isna()]
        taken.loc[is_new, ["chosen", "note", "is_loose"]] = only.loc[is_new, ["code", "note", "is_loose"]].to_numpy()
        taken.loc[is_new, "method"] = Method.NAME_POSTAL_CODE
    return taken


def _options(tied: pd.DataFrame, candidates: pd.DataFrame) -> pd.DataFrame:
    """Return the best candidates of tied cases, one row per pair: case, postal_code, and the candidate's columns."""
    keys = tied[["spelling", "postal_code", "name_order"]].reset_index(names="case")
    options = keys.merge(candidates, on="spelling")
    return options[options["order"] == options["name_order"]].drop_duplicates(["case", "target"])
