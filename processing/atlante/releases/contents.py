"""The features of each kind of collection, from what a release is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

import pyarrow as pa

from atlante.catalogue.levels import COUNTRY_CODE, Level
from atlante.catalogue.publication import CollectionDefinition, Kind
from atlante.releases.features import FeatureTable, feature_table
from atlante.releases.fields import of_collection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from atlante.catalogue.indicators import Indicator
    from atlante.releases.field import Field
    from atlante.releases.history import HistoryLevels
    from atlante.releases.observations import LevelObservations
    from atlante.releases.territories import Territories


@dataclass(frozen=True, slots=True)
class Material:
    """What the collections of a release are made of.

    Attributes
    ----------
    observations
        By level, protected and rounded.
    history
        The versions of every level.
    linkage
        How firms were placed, by level, protected.
    period
        The day that the stock indicators show, ISO.
    definitions
        The catalogue, one row a definition.
    """

    territories: Territories
    observations: Mapping[Level, LevelObservations]
    indicators: Sequence[Indicator]
    history: HistoryLevels
    linkage: Mapping[Level, pd.DataFrame]
    period: str
    definitions: pd.DataFrame

    def indicators_of(self, definition: CollectionDefinition) -> tuple[Indicator, ...]:
        """Return the indicators that a collection has: wide ones those that have a value somewhere."""
        if definition.kind is not Kind.INDICATORS:
            return tuple(self.indicators)
        of_level = self.observations[definition.level]
        available = of_level.available(of_filiere=bool(definition.filiera))
        return tuple(each for each in of_collection(definition, self.indicators) if each.id in available)


def features_of(definition: CollectionDefinition, fields: Sequence[Field], material: Material) -> FeatureTable:
    """Return the features of a collection."""
    table = material.territories.tables[definition.level]
    match definition.kind:
        case Kind.TERRITORIES:
            return feature_table(table, fields, ids=table["code"], has_tiles=definition.tiles)
        case Kind.INDICATORS:
            chosen = material.indicators_of(definition)
            wide = material.observations[definition.level].wide(definition.filiera, chosen, material.period)
            return feature_table(wide, fields, ids=table["code"], has_tiles=definition.tiles)
        case Kind.OBSERVATIONS:
            return _tidy(definition, fields, material)
        case Kind.HISTORY:
            found = material.history.features(definition.level)
            begins, ends = (pa.array(days, pa.string()) for days in zip(*found.periods, strict=True))
            return feature_table(
                found.table, fields, ids=found.ids, periods=(begins, ends), shapes=found.shapes, has_tiles=False
            )
        case Kind.LINKAGE_QUALITY:
            of_firms = material.linkage[definition.level].assign(period=material.period)
            return feature_table(of_firms, fields, ids=of_firms["code"], has_tiles=definition.tiles)
        case Kind.CATALOGUE:
            rows = material.definitions
            shapes: list[tuple[str | None, str]] = [(None, COUNTRY_CODE)] * len(rows)
            return feature_table(rows, fields, ids=rows["kind"] + "." + rows["id"], shapes=shapes, has_tiles=False)
        case _:
            assert_never(definition.kind)


def _tidy(definition: CollectionDefinition, fields: Sequence[Field], material: Material) -> FeatureTable:
    """Return one feature for each territory, indicator, period and slice.

    Of municipalities what is available nowhere is left out: the levels above state it once.
    """
    of_level = material.observations[definition.level]
    table, ids, periods = of_level.tidy(only_available=definition.level is Level.MUNICIPALITY)
    return feature_table(table, fields, ids=ids, periods=periods, has_tiles=definition.tiles)
