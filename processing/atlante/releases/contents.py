"""The features of each kind of collection, from what a release is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from atlante.catalogue.publication import CollectionDefinition, Kind
from atlante.releases.features import FeatureTable, feature_table, period_bounds, widen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from atlante.catalogue.indicators import Indicator
    from atlante.catalogue.levels import Level
    from atlante.releases.fields import Field
    from atlante.releases.history import HistoryLevels
    from atlante.releases.territories import Territories


@dataclass(frozen=True, slots=True)
class Material:
    """What the collections of a release are made of.

    Attributes
    ----------
    observations
        Protected and rounded, of all levels.
    history
        The versions of every level.
    linkage
        How firms were placed, by level, protected.
    period
        The day that the stock indicators show, ISO.
    """

    territories: Territories
    observations: pd.DataFrame
    indicators: Sequence[Indicator]
    history: HistoryLevels
    linkage: Mapping[Level, pd.DataFrame]
    period: str


def features_of(definition: CollectionDefinition, fields: Sequence[Field], material: Material) -> FeatureTable:
    """Return the features of a collection."""
    table = material.territories.tables[definition.level]
    match definition.kind:
        case Kind.TERRITORIES:
            return feature_table(table, fields, ids=table["code"], has_tiles=definition.tiles)
        case Kind.INDICATORS:
            of_level = material.observations[material.observations["level"] == definition.level.value]
            wide = widen(table, of_level, material.indicators).assign(period=material.period)
            return feature_table(wide, fields, ids=wide["code"], has_tiles=definition.tiles)
        case Kind.OBSERVATIONS:
            return _tidy(definition, fields, material)
        case Kind.HISTORY:
            found = material.history.features(definition.level)
            return feature_table(
                found.table, fields, ids=found.ids, periods=found.periods, shapes=found.shapes, has_tiles=False
            )
        case Kind.LINKAGE_QUALITY:
            of_firms = material.linkage[definition.level].assign(period=material.period)
            return feature_table(of_firms, fields, ids=of_firms["code"], has_tiles=definition.tiles)
        case _:
            assert_never(definition.kind)


def _tidy(definition: CollectionDefinition, fields: Sequence[Field], material: Material) -> FeatureTable:
    """Return one feature for each territory, indicator and period."""
    of_level = material.observations[material.observations["level"] == definition.level.value]
    tidy = of_level.rename(columns={"territory_code": "code", "indicator_id": "indicator"}).merge(
        material.territories.tables[definition.level].drop(columns=["parent_code"]), on="code", validate="m:1"
    )
    tidy["unit"] = tidy["indicator"].map({indicator.id: indicator.unit for indicator in material.indicators})
    ids = tidy["indicator"] + "." + tidy["code"] + "." + tidy["period"]
    bounds = {period: period_bounds(period) for period in tidy["period"].unique()}
    return feature_table(
        tidy, fields, ids=ids, periods=[bounds[period] for period in tidy["period"]], has_tiles=definition.tiles
    )
