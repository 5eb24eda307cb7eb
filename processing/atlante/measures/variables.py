"""Variables of the context, on the municipalities of the build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.catalogue.context import AREA, INHABITANTS
from atlante.database import load_queries
from atlante.measures.conversion import convert_counts, read_crosswalk

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from atlante.database import Connection
    from atlante.measures.places import Places
    from atlante.statistics.counts import FloatArray

_QUERIES: Final = load_queries(__package__)


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """One variable of the context.

    Attributes
    ----------
    numbers
        Of each municipality; nan: unknown, shape (municipalities,).
    converted_share
        0..1: the part of each that belonged to another municipality on the day of the table. Same shape.
    """

    numbers: FloatArray
    converted_share: FloatArray


def read_variables(
    connection: Connection, names: Iterable[str], places: Places, *, reference_date: dt.date, vintage_day: dt.date
) -> dict[str, Variable]:
    """Return the variables that are known: of each the latest table up to the reference date.

    ``inhabitants`` and ``area_km2`` are those of the boundaries, and always there.
    """
    n = places.n_municipalities
    found = {
        INHABITANTS: Variable(places.inhabitants[:n], np.zeros(n)),
        AREA: Variable(places.area_km2[:n], np.zeros(n)),
    }
    asked = {"variable_ids": sorted(set(names) - found.keys()), "reference_date": reference_date}
    days = connection.execute(_QUERIES["days_of_variables"], asked).fetchall()
    for day in sorted({day for _, day in days}):
        of_day = {"variable_ids": [name for name, each in days if each == day], "reference_date": day}
        rows = connection.execute(_QUERIES["context_of_day"], of_day).fetchall()
        table = pd.DataFrame(rows, columns=["code", "variable_id", "value"])
        wide = table.pivot_table(index="code", columns="variable_id", values="value", dropna=False).astype(np.float64)
        values, converted = convert_counts(wide.reset_index(), read_crosswalk(connection, day, vintage_day), places)
        for place, name in enumerate(wide.columns):
            found[str(name)] = Variable(values[place], converted[place])
    return found
