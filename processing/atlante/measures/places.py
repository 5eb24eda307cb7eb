"""The territories of a vintage, and how municipalities add up to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.catalogue.levels import COUNTRY_CODE, Level
from atlante.database import load_queries

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atlante.database import Connection
    from atlante.statistics.counts import FloatArray, IntArray

_QUERIES: Final = load_queries(__package__)
_COLUMNS: Final = ["municipality_code", "province_code", "region_code", "population", "area_km2"]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The territories of all levels in one order: municipalities, provinces, regions, the country.

    Attributes
    ----------
    vintage_id
        The boundaries that they are of.
    table
        One row per municipality, sorted by region and province: municipality_code, province_code, region_code.
    province, region
        Number of each municipality's province and region among those of its level, shape (municipalities,).
    levels, codes
        Of every territory, shape (territories,).
    inhabitants, area_km2
        Of every territory: the sum of what is known of its municipalities, nan where nothing is.
    """

    vintage_id: str
    table: pd.DataFrame
    province: NDArray[np.intp]
    region: NDArray[np.intp]
    levels: NDArray[np.object_]
    codes: NDArray[np.object_]
    inhabitants: FloatArray
    area_km2: FloatArray

    @property
    def n_municipalities(self) -> int:
        """How many municipalities there are."""
        return len(self.table)

    @property
    def n(self) -> int:
        """How many territories there are, of all levels."""
        return len(self.codes)

    def at(self, level: Level) -> slice:
        """Return where the territories of a level stand."""
        found = np.flatnonzero(self.levels == level.value)
        return slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0, 0)

    def groups(self, level: Level) -> NDArray[np.intp]:
        """Return the number of each municipality's territory among those of a level."""
        match level:
            case Level.MUNICIPALITY:
                return np.arange(self.n_municipalities)
            case Level.PROVINCE:
                return self.province
            case Level.REGION:
                return self.region
            case Level.COUNTRY:
                return np.zeros(self.n_municipalities, dtype=np.intp)

    def rolled_up[N: (np.int64, np.float64)](self, values: NDArray[N]) -> NDArray[N]:
        """Return values of municipalities, on the last axis, with the sums of all other territories behind them."""
        return np.concatenate([values, *(_added(values, group) for group in self._starts())], axis=-1)

    def known_sums(self, values: FloatArray) -> FloatArray:
        """Return values of municipalities with sums of the known ones behind them; nan where none is known."""
        known = self.rolled_up((~np.isnan(values)).astype(np.int64))
        return np.where(known > 0, self.rolled_up(np.nan_to_num(values)), np.nan)

    def _starts(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Return where the municipalities of each province, region and the country begin."""
        first = np.zeros(1 if self.n_municipalities else 0, dtype=np.intp)
        return _begins(self.province), _begins(self.region), first


def read_places(connection: Connection, vintage_id: str) -> Places:
    """Return the territories of a vintage."""
    rows = connection.execute(_QUERIES["places_of_vintage"], {"vintage_id": vintage_id}).fetchall()
    table = pd.DataFrame(rows, columns=_COLUMNS)
    province, provinces = pd.factorize(table["province_code"])
    region, regions = pd.factorize(table["region_code"])
    codes = [*table["municipality_code"], *provinces, *regions, *([COUNTRY_CODE] if len(table) else [])]
    sizes = {Level.MUNICIPALITY: len(table), Level.PROVINCE: len(provinces), Level.REGION: len(regions)}
    sizes[Level.COUNTRY] = len(codes) - sum(sizes.values())
    levels = np.array([level.value for level, n in sizes.items() for _ in range(n)], dtype=object)
    nothing = np.zeros(0)
    names = table[["municipality_code", "province_code", "region_code"]]
    places = Places(vintage_id, names, province, region, levels, np.array(codes, dtype=object), nothing, nothing)
    population, area = (np.array(table[name], dtype=np.float64) for name in ("population", "area_km2"))
    inhabitants, area_km2 = places.known_sums(population), places.known_sums(area)
    return Places(vintage_id, names, province, region, levels, places.codes, inhabitants, area_km2)


def _begins(groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return where each group begins; they stand side by side."""
    return np.flatnonzero(np.diff(groups, prepend=-1))


def _added[N: (np.int64, np.float64)](values: NDArray[N], starts: NDArray[np.intp]) -> NDArray[N]:
    if not len(starts):
        return values[..., :0]
    sums: NDArray[N] = np.add.reduceat(values, starts, axis=-1)
    return sums


def read_neighbours(connection: Connection, places: Places) -> IntArray:
    """Return pairs of municipalities whose outlines share a vertex (queen contiguity), shape (pairs, 2)."""
    import shapely  # noqa: PLC0415 - only where an indicator is smoothed over space

    rows = connection.execute(_QUERIES["outlines_of_vintage"], {"vintage_id": places.vintage_id}).fetchall()
    outlines: dict[str, bytes] = dict(rows)
    shapes = shapely.from_wkb([bytes(outlines[code]) for code in places.table["municipality_code"]])
    corners, owner = shapely.get_coordinates(shapes, return_index=True)
    place = pd.MultiIndex.from_arrays([corners[:, 0], corners[:, 1]]).factorize()[0]
    touching = pd.DataFrame({"place": place, "owner": owner}).drop_duplicates()
    touching = touching[touching["place"].duplicated(keep=False)]
    pairs = touching.merge(touching, on="place", suffixes=("", "_other"))[["owner", "owner_other"]]
    pairs = pairs[pairs["owner"] < pairs["owner_other"]].drop_duplicates()
    return np.asarray(pairs.to_numpy(np.int64))
