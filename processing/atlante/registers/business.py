"""An invented business register with coordinates, of any size, for demonstration and benchmarks.

The same seed gives the same firms. A later extract of the same register (`changed`) differs in some of its rows: firms
that moved, changed or closed, and new ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
import shapely

from atlante.errors import InvalidSetting
from atlante.registers import synthetic_mix as mix
from atlante.registers.marks import FIRM_MARK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

_FIRMS_AT_ONCE: Final = 250_000
_FIRST_DAY, _LAST_DAY = date(1980, 1, 1), date(2019, 12, 31)  # of registrations, in every extract
_CODES: Final = 1_000_000_000  # nine digits
_STEP: Final = 618_033_989  # no common divisor with the above: codes come in no order, and never twice
_DISPLACED: Final = 0.015  # of points lie in another municipality than declared
_WITHOUT_POINT: Final = 0.01
_LEGAL_FORMS: Final = {
    "IMPRESA INDIVIDUALE": 50, "SOCIETA' A RESPONSABILITA' LIMITATA": 27, "SOCIETA' IN NOME COLLETTIVO": 8,
    "SOCIETA' IN ACCOMANDITA SEMPLICE": 6, "SOCIETA' A RESPONSABILITA' LIMITATA SEMPLIFICATA": 5,
    "SOCIETA' PER AZIONI": 1, "SOCIETA' COOPERATIVA": 3,
}  # fmt: skip
_STATUS: Final = {"ATTIVA": 85, "INATTIVA": 8, "IN LIQUIDAZIONE": 4, "SOSPESA": 2, "CON PROCEDURE CONCORSUALI": 1}
_STAFF: Final = {
    "0": 30, "1": 32, "2-5": 24, "6-9": 6, "10-19": 4, "20-49": 2, "50-99": 1, "100-249": 1, "": 5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which extract of the invented register to write.

    Attributes
    ----------
    firms
        Firms of the first extract.
    seed
        The same seed makes the same register.
    reference_date
        The day that it shows.
    changed
        Share of the firms, 0..1, that are otherwise than in the first extract: of ten, seven have another status, two
        have moved, one is gone; as many as are gone are new.
    """

    firms: int
    seed: int
    reference_date: date
    changed: float = 0.0


class _Ground:
    """Places inside municipalities, drawn evenly over their area."""

    def __init__(self, municipalities: gpd.GeoDataFrame) -> None:
        polygons = municipalities.geometry.to_numpy()
        triangles, self._of = shapely.get_parts(shapely.constrained_delaunay_triangles(polygons), return_index=True)
        corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3]
        self._corner, self._sides = corners[:, 0], corners[:, 1:] - corners[:, :1]
        area = np.abs(np.linalg.det(self._sides))
        self._bounds = np.cumsum(area)
        self._first = np.searchsorted(self._of, np.arange(len(polygons)))
        last = np.searchsorted(self._of, np.arange(len(polygons)), side="right") - 1
        self._before = np.concatenate([[0.0], self._bounds])[self._first]
        self._area, self._last = self._bounds[last] - self._before, last

    def points(self, places: NDArray[np.int64], draws: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a point in each of some municipalities; `draws` are three numbers in 0..1 for each."""
        chosen = np.searchsorted(self._bounds, self._before[places] + draws[0] * self._area[places])
        triangle = np.clip(chosen, self._first[places], self._last[places])
        along, across = draws[1], draws[2]
        is_beyond = along + across > 1
        weights = np.stack([np.where(is_beyond, 1 - along, along), np.where(is_beyond, 1 - across, across)], axis=1)
        points: NDArray[np.float64] = self._corner[triangle] + np.einsum("ij,ijk->ik", weights, self._sides[triangle])
        return points


class BusinessRegister:
    """An invented register over real municipalities.

    Parameters
    ----------
    municipalities
        Columns ``municipality_code``, ``istat_code``, ``name``, ``sigla``, ``population``, and polygons in EPSG:4326.
        Seats are drawn by population.
    """

    def __init__(self, municipalities: gpd.GeoDataFrame) -> None:
        known = municipalities.sort_values("municipality_code")
        self._bounds = np.cumsum(known["population"].fillna(0).to_numpy(np.int64))
        self._names = pa.array(known["name"].str.partition("/")[0].str.upper(), pa.string())
        self._istat = pa.array(known["istat_code"], pa.string())
        self._sigla = pa.array(known["sigla"], pa.string())
        self._ground = _Ground(known)

    def write(self, path: Path, snapshot: Snapshot) -> None:
        """Write an extract: Parquet if the file's name ends so, otherwise comma-separated UTF-8.

        Raises
        ------
        InvalidSetting
            If there is no firm to write, the share of changes is none, or the day is before the last registration.
        """
        if snapshot.firms < 1:
            raise InvalidSetting("firms", snapshot.firms, "at least 1")
        if not 0 <= snapshot.changed <= 1:
            raise InvalidSetting("changed", snapshot.changed, "a share from 0 to 1")
        if snapshot.reference_date < _LAST_DAY:
            raise InvalidSetting("reference date", str(snapshot.reference_date), f"a day from {_LAST_DAY} on")
        tables = self._tables(snapshot)
        first = next(tables)
        with _writer(path, first.schema) as writer:
            writer.write_table(first)
            for table in tables:
                writer.write_table(table)

    def _tables(self, snapshot: Snapshot) -> Iterator[pa.Table]:
        for begin in range(0, snapshot.firms, _FIRMS_AT_ONCE):
            numbers = np.arange(begin, min(begin + _FIRMS_AT_ONCE, snapshot.firms))
            yield self._firms(numbers, begin, snapshot)

    def _firms(self, numbers: NDArray[np.int64], begin: int, snapshot: Snapshot) -> pa.Table:
        """Return some firms; each block has its own stream of draws, so that blocks do not depend on each other."""
        rng = np.random.Generator(np.random.PCG64([snapshot.seed, begin]))
        draws = rng.random((16, len(numbers)))
        fate = draws[15]
        is_gone, is_moved = (
            fate < 0.1 * snapshot.changed,
            (fate >= 0.1 * snapshot.changed) & (fate < 0.3 * snapshot.changed),
        )
        is_other = (fate >= 0.3 * snapshot.changed) & (fate < snapshot.changed)
        # a firm that is gone makes room for a new one of another number and place
        numbers = np.where(is_gone, numbers + snapshot.firms, numbers)
        seats = np.where(is_gone | is_moved, 1 - draws[0], draws[0])
        places = np.searchsorted(self._bounds, (seats * self._bounds[-1]).astype(np.int64), side="right")
        located = np.where(draws[4] < _DISPLACED, np.roll(places, 1), places)
        points = self._ground.points(located, draws[1:4])
        has_point = draws[5] >= _WITHOUT_POINT
        day = (draws[6] * (_LAST_DAY - _FIRST_DAY).days).astype(np.int64)
        codes, names = _identity(numbers)
        columns: dict[str, Any] = {
            "codice_fiscale": codes,
            "denominazione": names,
            "forma_giuridica": _drawn(_LEGAL_FORMS, draws[7]),
            "stato_attivita": _drawn(_STATUS, draws[8], is_next=is_other),
            "ateco": _drawn(mix.ACTIVITIES, draws[9]),
            "provincia": self._sigla.take(pa.array(places)),
            "comune": self._names.take(pa.array(places)),
            "codice_istat": self._istat.take(pa.array(places)),
            "cap": _postal_codes(places),
            "longitudine": pa.array(points[:, 0].round(6), mask=~has_point),
            "latitudine": pa.array(points[:, 1].round(6), mask=~has_point),
            "data_iscrizione": pa.array(np.datetime64(_FIRST_DAY, "D") + day),
            "classe_addetti": _drawn(_STAFF, draws[10]),
        }
        return pa.table(columns)


def business_file_name(reference_date: date, suffix: str = ".csv") -> str:
    """Return the name that says what the file is and which day it shows.

    >>> business_file_name(date(2025, 5, 19))
    'REGISTRO_SINTETICO_2025-05-19.csv'
    """
    return f"REGISTRO_SINTETICO_{reference_date:%Y-%m-%d}{suffix}"


def _identity(numbers: NDArray[np.int64]) -> tuple[pa.StringArray, pa.StringArray]:
    """Return fiscal codes that no firm has, and names that say that the firm is invented."""
    digits = pc.utf8_lpad(pa.array(numbers * _STEP % _CODES).cast(pa.string()), 9, padding="0")
    ordinal = pc.utf8_lpad(pa.array(numbers + 1).cast(pa.string()), 8, padding="0")
    parts: list[list[Any]] = [[pa.scalar("99"), digits, pa.scalar("")], [pa.scalar(FIRM_MARK), ordinal, pa.scalar(" ")]]
    codes, names = (pc.binary_join_element_wise(*part) for part in parts)
    return codes, names


def _drawn(
    counts: Mapping[str, int], draws: NDArray[np.float64], *, is_next: NDArray[np.bool_] | bool = False
) -> pa.StringArray:
    """Return texts, each as often as its count says, or the one after it; no text is NULL."""
    bounds = np.cumsum(list(counts.values()))
    places = np.searchsorted(bounds, (draws * bounds[-1]).astype(np.int64), side="right")
    places = (places + is_next) % len(counts)
    texts = pa.array([text or None for text in counts], pa.string())
    return texts.take(pa.array(places))


def _postal_codes(places: NDArray[np.int64]) -> pa.Array[Any]:
    """Return invented postal codes: one a municipality, in the range of the real ones."""
    return pc.utf8_lpad(pa.array(10_000 + places * 11).cast(pa.string()), 5, padding="0")


def _writer(path: Path, schema: pa.Schema) -> pyarrow.parquet.ParquetWriter | pyarrow.csv.CSVWriter:
    if path.suffix == ".parquet":
        return pyarrow.parquet.ParquetWriter(path, schema, compression="zstd")
    return pyarrow.csv.CSVWriter(path, schema, write_options=pyarrow.csv.WriteOptions(quoting_style="needed"))
