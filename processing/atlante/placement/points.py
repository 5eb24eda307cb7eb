"""Points of a register that are in no municipality, and whether it is their order that is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atlante.database import load_queries
from atlante.placement.seating import open_vintage_index

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from atlante.database import Connection

_QUERIES: Final = load_queries(__package__)
_POINTS_AT_ONCE: Final = 100_000


@dataclass(frozen=True, slots=True)
class PointCheck:
    """Where the points of the firms of one source and day are.

    Attributes
    ----------
    points
        Firms that have a point.
    outside
        Those whose point is in no municipality, nor near one.
    inside_if_swapped
        Those outside that would be inside with latitude and longitude swapped; 0 where most points are inside, as it
        is not asked then.
    """

    points: int = 0
    outside: int = 0
    inside_if_swapped: int = 0

    def warning(self, source_id: str) -> str | None:
        """Return what to tell a person; None unless most points are outside."""
        if not _are_most(self.outside, self.points):
            return None
        found = (
            f"{source_id}: {self.outside:,} of {self.points:,} points lie outside the boundaries; "
            f"{self.inside_if_swapped:,} of them would lie inside with latitude and longitude swapped."
        )
        if _are_most(self.inside_if_swapped, self.outside):
            return (
                f"{found} Exchange the headers of [columns.latitude] and [columns.longitude] in the catalogue, "
                f"sources/{source_id}.toml, load the extract again and build again."
            )
        return f"{found} Points are read as degrees east and north (EPSG:4326): compare the two columns of the file."


def check_points(
    connection: Connection, seats: pd.DataFrame, *, day: dict[str, Any], vintage_id: str, cache_dir: Path
) -> PointCheck:
    """Count the points of a day that are outside, and, where most are, those that would be inside if swapped.

    Parameters
    ----------
    seats
        Columns ``located_code``, ``is_outside``, ``firms`` of the seats of the day, located in the vintage.
    day
        ``source_id`` and ``reference_date``.
    """
    firms = seats["firms"].astype(int)
    is_outside, is_near = seats["is_outside"].astype(bool), seats["located_code"].notna()
    points, outside = int(firms[is_outside | is_near].sum()), int(firms[is_outside & ~is_near].sum())
    if not _are_most(outside, points):
        return PointCheck(points, outside)
    return PointCheck(points, outside, _inside_if_swapped(connection, day, vintage_id, cache_dir))


def _are_most(part: int, whole: int) -> bool:
    return 2 * part > whole


def _inside_if_swapped(connection: Connection, day: dict[str, Any], vintage_id: str, cache_dir: Path) -> int:
    index, inside = open_vintage_index(connection, vintage_id, cache_dir), 0
    with connection.cursor(name="points_outside") as cursor:
        cursor.execute(_QUERIES["points_outside"], day)
        while rows := cursor.fetchmany(_POINTS_AT_ONCE):
            lon, lat = np.array(rows, dtype=np.float64).T
            inside += int((index.locate(lat, lon) >= 0).sum())
    return inside
