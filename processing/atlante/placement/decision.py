"""Declared names, codes and points to municipalities: pure, vectorised over distinct declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.placement.candidates import NOTHING_FITS, best_candidates, rank_candidates
from atlante.placement.choice import CODE_COLUMNS, choose, in_boundaries, with_codes, with_options
from atlante.placement.conflicts import describe_conflicts, joined
from atlante.placement.declared import DECLARED_COLUMNS, SPELLING_COLUMNS, distinct, read_cases, read_spellings
from atlante.placement.foreign import is_foreign
from atlante.placement.methods import (
    CONFIDENCE,
    CONFLICT_COSTS,
    LEAST,
    LOCATED_ELSEWHERE_COSTS,
    NOTE_COSTS,
    Method,
    Reason,
)
from atlante.placement.postal import break_ties
from atlante.placement.provinces import in_declared_province

if TYPE_CHECKING:
    from atlante.catalogue.placement import PlacementRules
    from atlante.placement.gazetteer import Gazetteer

__all__ = ["DECLARED_COLUMNS", "RESOLVED_COLUMNS", "resolve"]

RESOLVED_COLUMNS: Final = ("municipality_then", "municipality_code", "method", "reason", "confidence", "conflicts")


def resolve(declared: pd.DataFrame, gazetteer: Gazetteer, rules: PlacementRules) -> pd.DataFrame:
    """Find the municipality of each way of declaring a seat.

    Parameters
    ----------
    declared
        Columns :data:`DECLARED_COLUMNS` (a missing one: nothing of it is declared): text as declared, null and blank
        mean that nothing was. ``located_code`` is the municipality of the vintage that the point is in, or, where
        ``is_outside`` is true, the nearest within the tolerance; null: no point, or, where ``is_outside`` is true, one
        far outside. Equal rows are resolved once.

    Returns
    -------
    pd.DataFrame
        Index of ``declared``, columns :data:`RESOLVED_COLUMNS`: ``municipality_then`` on the day of the gazetteer
        (null: not known, or several had its ground), ``municipality_code`` in the boundaries (null: not placed),
        ``method``, ``reason`` (null: placed), ``confidence`` in 0..1, ``conflicts`` (tuple of texts). A row's result
        depends on that row alone, but for what :func:`atlante.placement.postal.break_ties` adds.
    """
    cases, numbers = read_cases(declared)
    spellings, of_case = distinct(cases, SPELLING_COLUMNS)
    spellings = read_spellings(spellings, gazetteer)
    candidates = rank_candidates(spellings, gazetteer)
    names = spellings.join(best_candidates(candidates).add_prefix("name_"))
    cases = cases.drop(columns=SPELLING_COLUMNS).assign(spelling=of_case).join(names, on="spelling")
    cases = with_codes(cases, gazetteer)
    is_in_province = (
        in_declared_province(cases["located_code"], cases["province_key"], gazetteer) & ~cases["is_outside"]
    )
    cases["is_abroad"] = is_foreign(cases, cases["name_code"].notna(), is_in_province, rules)
    taken = choose(with_options(cases, candidates, gazetteer))
    placed = in_boundaries(break_ties(taken, candidates, gazetteer), candidates, gazetteer)
    return _result(placed, gazetteer).take(numbers).set_axis(declared.index)


def _result(placed: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    texts = describe_conflicts(placed, gazetteer)
    is_placed = placed["place"].notna()
    return pd.DataFrame(
        {
            "municipality_then": placed["then"].astype(object),
            "municipality_code": placed["place"].astype(object),
            "method": placed["method"].map(str).astype(object),
            "reason": _reasons(placed, gazetteer).where(~is_placed, None),
            "confidence": _confidence(placed["method"], texts),
            "conflicts": joined(texts),
        }
    )


def _confidence(method: pd.Series[str], texts: pd.DataFrame) -> pd.Series[float]:
    """Return what a method is worth, less what disagrees; 0 for what is not placed."""
    codes = texts[list(CODE_COLUMNS)].apply(lambda column: column.str.startswith("code:"))
    of_another_date = (texts[list(CODE_COLUMNS)] != "") & ~codes
    disagrees = (texts[["name", "region"]] != "").any(axis=1) | codes.any(axis=1)
    # Methods that say themselves that the province is another have paid for it.
    disagrees |= (texts["province"] != "") & ~method.isin([Method.NAME_FORMER_PROVINCE, Method.ALIAS])
    costs = CONFLICT_COSTS * disagrees + LOCATED_ELSEWHERE_COSTS * (texts["located"] != "")
    costs += NOTE_COSTS * ((texts[["note", "slipped", "part"]] != "").any(axis=1) | of_another_date.any(axis=1))
    worth = method.map(CONFIDENCE).astype(float)
    return pd.Series((worth - costs).clip(lower=LEAST).where(worth > 0, 0.0).round(2))


def _reasons(placed: pd.DataFrame, gazetteer: Gazetteer) -> pd.Series[str]:
    """Return the reason that holds if a case is not placed."""
    place = gazetteer.places.table.reindex(placed["chosen"]).set_axis(placed.index)
    has_code = (placed["belfiore_code"] != "") | (placed["istat_code"] != "")
    is_nameless = placed["municipality_key"] == ""
    reasons = np.select(
        [
            placed["is_abroad"] | place["has_left"].eq(other=True),
            placed["chosen"].notna() & place["is_new"].eq(other=True),
            placed["chosen"].notna() & (place["n_vintage"] > 1),
            placed["chosen"].notna(),
            is_nameless & has_code,
            is_nameless,
            placed["name_code"].isna(),
            placed["name_rank"] == NOTHING_FITS,
        ],
        [
            Reason.FOREIGN.value,
            Reason.NEWER.value,
            Reason.SPLIT.value,
            Reason.GONE.value,
            Reason.UNKNOWN_CODE.value,
            Reason.NOT_DECLARED.value,
            Reason.UNKNOWN.value,
            Reason.ELSEWHERE.value,
        ],
        Reason.HOMONYM.value,
    )
    return pd.Series(reasons, index=placed.index, dtype=object)
