"""What sources of boundaries lack or garble, and what it should be: ``repairs.toml`` beside this module."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from atlante.catalogue.text import Definition, read_definition

if TYPE_CHECKING:
    import pandas as pd

REPAIRS_FILE = Path(__file__).with_name("repairs.toml")


class NameRepair(Definition):
    """A name that no rule can restore."""

    istat_code: str
    name: str
    why: str


class Merger(Definition):
    """Municipalities that became one."""

    istat_code: str
    municipality_code: str
    name: str
    since: date
    predecessors: tuple[str, ...]
    source: str


class KnownHole(Definition):
    """Ground inside the country that belongs to no municipality of a source.

    Attributes
    ----------
    min_area_km2, max_area_km2
        A hole at this place with another area is something else: how finely it is drawn changes a small one by a third.
    """

    name: str
    longitude: float
    latitude: float
    min_area_km2: float
    max_area_km2: float
    why: str


class Repairs(Definition):
    """Everything that is repaired, each with its evidence."""

    names: tuple[NameRepair, ...]
    mergers: tuple[Merger, ...]
    holes: tuple[KnownHole, ...]


def load_repairs() -> Repairs:
    """Return the repairs that are shipped."""
    return read_definition(REPAIRS_FILE, Repairs)


def residents_of_mergers(residents: pd.Series[int], mergers: tuple[Merger, ...]) -> pd.Series[int]:
    """Add the residents of merged municipalities under their common code.

    Parameters
    ----------
    residents
        Persons, index: ISTAT code. A population file may be of the day before the merger.
    """
    complete = residents.copy()
    for merger in mergers:
        known = complete.index.isin(merger.predecessors)
        if merger.istat_code not in complete.index and known.sum() == len(merger.predecessors):
            complete[merger.istat_code] = complete[known].sum()
    return complete
