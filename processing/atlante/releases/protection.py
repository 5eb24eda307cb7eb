"""From unprotected observations to what may leave: statuses set, withheld numbers gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from atlante.disclosure import protect

if TYPE_CHECKING:
    from atlante.catalogue.indicators import Catalogue
    from atlante.disclosure import Rule
    from atlante.releases.territories import Territories

_WITHHELD = ["value", "low", "high", "numerator", "denominator", "firms", "firms_unknown"]


def protect_observations(
    observations: pd.DataFrame, territories: Territories, catalogue: Catalogue, rule: Rule
) -> pd.DataFrame:
    """Return the observations with a ``status``; those that are suppressed have lost every number that could tell."""
    parents = pd.concat(
        [table[["code", "parent_code"]].assign(level=level.value) for level, table in territories.tables.items()]
    )
    keyed = observations.merge(
        parents.rename(columns={"code": "territory_code"}), on=["level", "territory_code"], how="left", validate="m:1"
    )
    keyed["status"] = protect(keyed, protected=catalogue.protected, rule=rule)
    keyed.loc[keyed["status"] == "suppressed", _WITHHELD] = None
    return keyed
