"""Ways of declaring and locating a seat, numbered: firms that share one share its placement.

A firm's number depends on its own row and on the boundaries alone, so that it is worked out once for each version of a
firm. What comes of a seat on a day is another matter, and is asked once per seat: see `firms.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

type AnyArray = pa.Array[Any]  # what a column holds is known when it runs

DECLARED: Final = (
    "declared_municipality", "declared_province", "declared_region", "declared_istat_code", "declared_belfiore_code",
    "postal_code",
)  # fmt: skip
SEAT_COLUMNS: Final = ("seat_id", *DECLARED, "located_code", "is_outside")
_POINT: Final = ("longitude", "latitude")
_NOWHERE: Final = -1


class Index(Protocol):
    """What is asked of :class:`atlante.geometry.PointIndex`."""

    def locate(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int32]:
        """Return the position of the municipality of each point, -1 outside of all."""

    def nearest(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], max_distance_m: float
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return the position of the nearest municipality, -1 if none is so near, and the distance in metres."""


@dataclass(frozen=True, slots=True)
class Located:
    """Where points are.

    Attributes
    ----------
    position
        Of the municipality among the locator's codes: the one that the point is in, or the nearest within the
        tolerance; -1: no point, or far outside.
    is_outside
        The point is in no municipality.
    distance_m
        Of a point outside to the nearest municipality; nan: inside, far outside, or no point.
    """

    position: NDArray[np.int32]
    is_outside: NDArray[np.bool_]
    distance_m: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Seated:
    """The seat of each row, and how far outside its point is: see :class:`Located`."""

    seat_id: NDArray[np.int32]
    distance_m: NDArray[np.float32]


class Locator:
    """Points to municipalities of one boundary vintage.

    Parameters
    ----------
    codes
        Belfiore codes in the order of the index.
    tolerance_m
        How far outside a point may be to count as near.
    index
        Of the municipalities' polygons; None: no points will come.
    """

    def __init__(self, codes: Sequence[str], tolerance_m: float, index: Index | None) -> None:
        self.codes, self.tolerance_m = codes, tolerance_m
        self._index = index

    def locate(self, longitude: AnyArray, latitude: AnyArray) -> Located:
        """Return where points are; coordinates are in degrees, NULL where there is no point."""
        n = len(longitude)
        position, is_outside = np.full(n, _NOWHERE, np.int32), np.zeros(n, bool)
        distance_m = np.full(n, np.nan, np.float32)
        places = np.flatnonzero(pc.is_valid(longitude).to_numpy(zero_copy_only=False))
        if self._index is None or len(places) == 0:
            return Located(position, is_outside, distance_m)
        lon, lat = (_degrees(column)[places] for column in (longitude, latitude))
        position[places] = self._index.locate(lon, lat)
        outside = position[places] == _NOWHERE
        is_outside[places] = outside
        if outside.any():
            position[places[outside]], distance_m[places[outside]] = self._index.nearest(
                lon[outside], lat[outside], self.tolerance_m
            )
        return Located(position, is_outside, distance_m)


class SeatBook:
    """The seats of one source: those that the register holds, and those that are new.

    Parameters
    ----------
    known
        Rows of :data:`SEAT_COLUMNS`.
    locator
        Where points are.
    """

    def __init__(self, known: Iterable[tuple[Any, ...]], locator: Locator) -> None:
        self._numbers = {tuple(seat): int(seat_id) for seat_id, *seat in known}
        self._n_known = len(self._numbers)
        self._locator = locator

    def seats_of(self, rows: pa.Table | pa.RecordBatch) -> Seated:
        """Return the seat of each row, in columns :data:`DECLARED`, longitude, latitude.

        A column that is not there is NULL throughout.
        """
        declared = [_column(rows, name) for name in DECLARED]
        located = self._locator.locate(_column(rows, "longitude"), _column(rows, "latitude"))
        key = _combined([*declared, pa.array(located.position), pa.array(located.is_outside)])
        codes, first = _first_places(key)
        taken = [column.take(first) for column in declared]
        position, is_outside = located.position[first], located.is_outside[first]
        distinct = zip(*(column.to_pylist() for column in taken), position.tolist(), is_outside.tolist(), strict=True)
        numbers = np.array([self._number(*seat) for seat in distinct], np.int32)
        return Seated(numbers[codes], located.distance_m)

    @property
    def tolerance_m(self) -> float:
        """How far outside a point may be to count as near."""
        return self._locator.tolerance_m

    def new_rows(self) -> list[tuple[Any, ...]]:
        """Return the seats that were not known, as rows of :data:`SEAT_COLUMNS`."""
        return [(number, *seat) for seat, number in list(self._numbers.items())[self._n_known :]]

    def _number(self, *seat: Any) -> int:  # noqa: ANN401 - texts, a position and a flag, as they come from Arrow
        *declared, position, is_outside = seat
        located_code = None if position == _NOWHERE else self._locator.codes[position]
        return self._numbers.setdefault((*declared, located_code, is_outside), len(self._numbers) + 1)


def _column(rows: pa.Table | pa.RecordBatch, name: str) -> AnyArray:
    if name not in rows.schema.names:
        return pa.nulls(rows.num_rows, pa.float64() if name in _POINT else pa.string())
    column: Any = rows.column(name)
    return cast("AnyArray", column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column)


def _degrees(column: AnyArray) -> NDArray[np.float64]:
    values: NDArray[np.float64] = column.to_numpy(zero_copy_only=False)
    return values


def _combined(columns: Sequence[AnyArray]) -> NDArray[np.int64]:
    """Return one number per row, equal where all columns are."""
    key = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        if column.null_count == len(column):
            continue
        encoded = _encoded(column)
        key = key * (len(encoded.dictionary) + 1) + encoded.indices.to_numpy()
        key = _encoded(pa.array(key)).indices.to_numpy().astype(np.int64)  # small again, so that nothing overflows
    return key


def _encoded(column: AnyArray) -> pa.DictionaryArray[Any, Any]:
    return cast("pa.DictionaryArray[Any, Any]", pc.dictionary_encode(column, null_encoding="encode"))


def _first_places(key: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the number of each row's value among the distinct ones, and where each of those stands first."""
    codes = _encoded(pa.array(key)).indices.to_numpy()
    first = np.empty(int(codes.max(initial=-1)) + 1, np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return codes.astype(np.int64), first
