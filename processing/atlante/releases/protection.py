"""From unprotected observations to what may leave: statuses set, withheld numbers gone."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.catalogue.levels import Level
from atlante.disclosure import Derivation, protect

if TYPE_CHECKING:
    import numpy.typing as npt

    from atlante.catalogue.indicators import Catalogue, Indicator
    from atlante.disclosure import Rule
    from atlante.releases.territories import Territories

PRIVATE_BREAKDOWNS: Final = {"size_class": "staff_class"}  # by columns that are not on the public register
_COUNTED: Final = ("count", "share", "slice-share", "location-quotient")
_WITHHELD: Final = [
    "value", "low", "high", "smoothed", "rank_low", "rank_high", "numerator", "denominator", "firms", "firms_unknown",
    "converted_share",
]  # fmt: skip
_OF_THE_LEVEL: Final = ["smoothed", "rank_low", "rank_high"]
_SLICE: Final = ["filiera", "stage", "breakdown", "category"]


def protect_observations(
    observations: pd.DataFrame, territories: Territories, catalogue: Catalogue, rule: Rule
) -> pd.DataFrame:
    """Return the observations with a ``status``; those that are suppressed have lost every number that could tell.

    Smoothed values and ranks are computed from all territories of a level. Of a protected indicator they are left out
    where fewer territories than the pool are withheld: so few unknowns could follow from them. Values that were
    smoothed by neighbours are left out as soon as one is; those that were drawn towards the territory above, as those
    of a survey are, where that one is withheld or one above it.
    """
    every = pd.concat([observations, _empty_categories(observations)], ignore_index=True)
    every["parent_code"] = _parents(every, territories)
    indicators = catalogue.indicators
    every["status"] = protect(
        every,
        protected=catalogue.protected,
        rule=rule,
        private=_private(catalogue),
        uncounted=[name for name, each in indicators.items() if each.kind not in _COUNTED],
        derived=_derived(catalogue),
    )
    is_withheld = (every["status"] == "suppressed").to_numpy()
    is_kept = (np.arange(len(every)) < len(observations)) | is_withheld
    keyed, is_withheld = every[is_kept].reset_index(drop=True), is_withheld[is_kept]
    lost = keyed.loc[is_withheld, ["level", "territory_code", "indicator_id", "period", *_SLICE, "firms"]]
    keyed.loc[is_withheld, _WITHHELD] = None
    keyed.loc[_tells_of_others(keyed, lost, indicators, rule), _OF_THE_LEVEL] = None
    keyed.loc[_drawn_to_withheld(keyed, lost, indicators), "smoothed"] = None
    return keyed


def _private(catalogue: Catalogue) -> dict[str, list[str]]:
    """Return of each private breakdown the protected indicators that ask for what it is by."""
    computed = _derived(catalogue)
    asking = [each for name, each in catalogue.indicators.items() if name in catalogue.protected - computed.keys()]
    return {
        breakdown: [each.id for each in asking if column in each.needs.columns]
        for breakdown, column in PRIVATE_BREAKDOWNS.items()
    }


def _derived(catalogue: Catalogue) -> dict[str, Derivation]:
    """Return how indicators are computed from others, those first that others are computed from."""
    found = {}
    for each in catalogue.in_order_of_computation:
        parts = each.composite.parts if each.composite else ()
        if each.composite or each.growth:
            compared = frozenset(part.indicator for part in parts if part.goalposts is None)
            found[each.id] = Derivation(frozenset(each.needs.indicators), each.growth is not None, compared)
    return found


def _parents(observations: pd.DataFrame, territories: Territories) -> npt.NDArray[np.object_]:
    """Return the code of the territory that each row's is part of, shape (n,); None: of none."""
    level, levels = pd.factorize(observations["level"])
    code, codes = pd.factorize(observations["territory_code"])
    above = np.full((len(levels), len(codes)), None, dtype=object)
    for row, name in enumerate(levels):
        table = territories.tables[Level(name)]
        at = pd.Index(table["code"]).get_indexer(pd.Index(codes))
        parent = np.asarray(table["parent_code"].astype(object), dtype=object)
        above[row, at >= 0] = parent[at[at >= 0]]
    found: npt.NDArray[np.object_] = above[level, code]
    return found


def _tells_of_others(
    keyed: pd.DataFrame, withheld: pd.DataFrame, indicators: dict[str, Indicator], rule: Rule
) -> npt.NDArray[np.bool_]:
    """Return the observations whose smoothed value or rank could tell withheld ones of the same level."""
    withheld = withheld[withheld["firms"] > 0]
    lost = withheld[["level", "indicator_id", "period", *_SLICE]].value_counts()
    spatial = [name for name, each in indicators.items() if each.smoothing == "empirical-bayes-spatial"]
    is_spatial = lost.index.get_level_values("indicator_id").isin(spatial)
    few = lost.index[(lost < rule.pool).to_numpy() | is_spatial]
    found = np.zeros(len(keyed), dtype=bool)
    candidates = keyed["indicator_id"].isin(few.get_level_values("indicator_id").unique()).to_numpy()
    keys = pd.MultiIndex.from_frame(keyed.loc[candidates, ["level", "indicator_id", "period", *_SLICE]])
    found[candidates] = keys.isin(few)
    return found


def _drawn_to_withheld(
    keyed: pd.DataFrame, withheld: pd.DataFrame, indicators: dict[str, Indicator]
) -> npt.NDArray[np.bool_]:
    """Return the observations of surveys that lie in a territory whose estimate is withheld, at any level above."""
    surveys = [name for name, each in indicators.items() if each.kind == "survey"]
    found = np.zeros(len(keyed), dtype=bool)
    rows = np.flatnonzero(keyed["indicator_id"].isin(surveys))
    lost = withheld[withheld["indicator_id"].isin(surveys)]
    if not len(rows) or lost.empty:
        return found
    of, same = keyed.iloc[rows], ["indicator_id", "period", *_SLICE]
    widest_first = list(Level)[::-1]
    gone = pd.MultiIndex.from_frame(lost[["level", "territory_code", *same]])
    for above, level in pairwise(widest_first):
        here = (of["level"] == level.value).to_numpy()
        parents = of.loc[here, ["parent_code", *same]].rename(columns={"parent_code": "territory_code"})
        is_drawn = pd.MultiIndex.from_frame(parents.assign(level=above.value)[gone.names]).isin(gone)
        found[rows[here]] = is_drawn
        gone = gone.append(pd.MultiIndex.from_frame(of.loc[here, list(gone.names)][is_drawn]))
    return found


def _empty_categories(observations: pd.DataFrame) -> pd.DataFrame:
    """Return a row for every private category that a territory with firms has none of: such a one can hide others."""
    keys = ["level", "territory_code", "indicator_id", "period"]
    of = observations[observations["breakdown"].isin(list(PRIVATE_BREAKDOWNS))]
    wholes = observations[
        observations["indicator_id"].isin(of["indicator_id"].unique())
        & (observations["breakdown"] == "")
        & (observations["filiera"] == "")
        & (observations["firms"] > 0)
    ]
    is_count = wholes.set_index("indicator_id")["denominator"].isna().groupby(level=0).all()
    categories = of[["indicator_id", *_SLICE]].drop_duplicates()
    wanted = wholes[keys].merge(categories, on="indicator_id")
    has_row = pd.MultiIndex.from_frame(of[[*keys, *_SLICE]])
    missing = wanted[~pd.MultiIndex.from_frame(wanted[[*keys, *_SLICE]]).isin(has_row)]
    zero = np.where(missing["indicator_id"].map(is_count).to_numpy(dtype=bool), 0.0, np.nan)
    rows = missing.assign(
        value=zero, numerator=0.0, denominator=np.where(np.isnan(zero), 0.0, np.nan), firms=0, firms_unknown=0,
        converted_share=0.0, is_low_reliability=False,
    ).reindex(columns=observations.columns)  # fmt: skip
    return rows.astype(observations.dtypes.to_dict())
