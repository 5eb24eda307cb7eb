"""Firms of one day, placed and counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from atlante.database import load_queries
from atlante.placement.gazetteer import GAZETTEER_COLUMNS
from atlante.placement.resolve import DECLARED_COLUMNS, resolve_names

if TYPE_CHECKING:
    from datetime import date

    from atlante.catalogue.placement import PlacementRules
    from atlante.database import Connection
    from atlante.territories import Vintage

_QUERIES = load_queries(__package__)


@dataclass(frozen=True, slots=True)
class PlacementSummary:
    """Firms of one source and day; placed and unplaced add up to all.

    Attributes
    ----------
    unplaced
        Firms by reason.
    """

    firms: int
    placed: int
    unplaced: dict[str, int]


def place_firms(
    connection: Connection, *, source_id: str, reference_date: date, vintage: Vintage, rules: PlacementRules
) -> PlacementSummary:
    """Place the firms of a source that are valid at a day; what was placed for that source and day before goes.

    Distinct spellings are resolved once, however many firms share them.
    """
    day = {"source_id": source_id, "reference_date": reference_date}
    spellings = pd.DataFrame(
        connection.execute(_QUERIES["declared_spellings"], day).fetchall(), columns=list(DECLARED_COLUMNS), dtype=object
    )
    municipalities = connection.execute(_QUERIES["gazetteer"], {"vintage_id": vintage.vintage_id}).fetchall()
    gazetteer = pd.DataFrame(municipalities, columns=list(GAZETTEER_COLUMNS), dtype=object)
    resolved = resolve_names(spellings, gazetteer, rules)
    resolved["conflicts"] = resolved["conflicts"].str.join("\n")
    columns = {str(column): values.tolist() for column, values in spellings.join(resolved).items()}
    connection.execute(_QUERIES["delete_placements"], day)
    connection.execute(_QUERIES["insert_placements"], {**day, "vintage_id": vintage.vintage_id, **columns})
    return _summary(dict(connection.execute(_QUERIES["placements_by_reason"], day).fetchall()))


def _summary(firms_by_reason: dict[str | None, int]) -> PlacementSummary:
    unplaced = {reason: firms for reason, firms in firms_by_reason.items() if reason is not None}
    return PlacementSummary(sum(firms_by_reason.values()), firms_by_reason.get(None, 0), unplaced)
