"""The pass over the firms: each column that the catalogue asks for, once, as numbers that stand for its words."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from atlante.database import blocks, load_queries, sql

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from atlante.database import Connection
    from atlante.measures.places import Places

_QUERIES: Final = load_queries(__package__)
_NO_PLACE: Final = -1
_PLACED: Final = "seat_id"
_SURVIVES: Final = "survives"


@dataclass(frozen=True, slots=True)
class Population:
    """Which firms of a source are read.

    Attributes
    ----------
    query
        The named query that selects them: ``firms_of_day``, ``entered_firms``, ``left_firms`` or ``cohort_firms``.
    day
        The reference date that they are placed at, and at which their age is asked.
    since, until
        The other day that the query needs.
    """

    query: str
    source_id: str
    day: dt.date
    since: dt.date | None = None
    until: dt.date | None = None


@dataclass(slots=True, eq=False)
class Coded:
    """A column of firms.

    Attributes
    ----------
    codes
        Place of each firm's word, -1 where it is unknown, shape (firms,).
    words
        The words that occur.
    """

    codes: NDArray[np.int32]
    words: list[str]


@dataclass(frozen=True, slots=True, eq=False)
class Firms:
    """Placed firms.

    Attributes
    ----------
    place
        Number of each firm's municipality, shape (firms,).
    is_converted
        Whether it is another one than that of the reference date: the ground went over to it. Same shape.
    columns
        What was read of them, by name.
    survives
        Of a cohort: whether the firm is there at the later day, too; otherwise None.
    """

    day: dt.date
    place: NDArray[np.int32]
    is_converted: NDArray[np.bool_]
    columns: dict[str, Coded]
    survives: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.place)

    def has(self, column: str) -> bool:
        """Return whether any firm has a value of a column."""
        return column in self.columns and bool(self.columns[column].words)

    def add_unknown(self, names: Iterable[str]) -> None:
        """Add columns of which no firm has a value, where they were not read."""
        for name in names:
            if name not in self.columns:
                self.columns[name] = Coded(np.full(len(self), -1, dtype=np.int32), [])


def read_firms(connection: Connection, population: Population, columns: Sequence[str], places: Places) -> Firms:
    """Read the firms of a population that are placed in the vintage: one statement, and every firm once.

    Parameters
    ----------
    columns
        Names of columns of the catalogue's allow-list.
    """
    given = {
        "source_id": population.source_id,
        "reference_date": population.day,
        "since": population.since,
        "until": population.until,
        "vintage_id": places.vintage_id,
    }
    seats, is_converted = _seats(connection, given, places)
    has_fate = population.query == "cohort_firms"
    read = [sql.SQL("(chosen.firm).{}").format(sql.Identifier(name)) for name in (_PLACED, *columns)]
    told = [sql.Identifier("chosen", _SURVIVES)] if has_fate else []
    statement = sql.SQL("COPY (SELECT {} FROM ({}) AS chosen) TO STDOUT (FORMAT csv)").format(
        sql.SQL(", ").join([*read, *told]), _QUERIES[population.query]
    )
    reader = _Reader([_PLACED, *columns, *([_SURVIVES] if has_fate else [])])
    with connection.cursor() as cursor, cursor.copy(statement, given) as copy:
        for text in blocks(copy):
            reader.add(text)
    seat = reader.seats()
    seat = np.where((seat >= 0) & (seat < len(seats)), seat, 0)
    place = seats[seat]
    is_placed = place != _NO_PLACE
    coded = {name: Coded(reader.codes(name)[is_placed], reader.words[name]) for name in columns}
    survives = None
    if has_fate:
        fate = Coded(reader.codes(_SURVIVES), reader.words[_SURVIVES])
        survives = np.isin(fate.codes, [code for code, word in enumerate(fate.words) if word == "t"])[is_placed]
    return Firms(population.day, place[is_placed], is_converted[seat][is_placed], coded, survives)


def _seats(
    connection: Connection, given: dict[str, Any], places: Places
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return by seat the number of the municipality, -1 where it is not placed, and whether that is another ground."""
    rows = connection.execute(_QUERIES["seats_of_placement"], given).fetchall()
    frame = pd.DataFrame(rows, columns=["seat_id", "municipality_code", "is_converted"])
    size = int(frame["seat_id"].max()) + 1 if len(frame) else 1
    seats, is_converted = np.full(size, _NO_PLACE, dtype=np.int32), np.zeros(size, dtype=bool)
    if len(frame):
        number = pd.Index(places.table["municipality_code"]).get_indexer(pd.Index(frame["municipality_code"]))
        seats[frame["seat_id"].to_numpy()] = number
        is_converted[frame["seat_id"].to_numpy()] = frame["is_converted"].to_numpy(dtype=bool)
    return seats, is_converted


class _Reader:
    """Puts blocks of text together to columns of numbers."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._seats: list[NDArray[np.int64]] = []
        self._codes: dict[str, list[NDArray[np.int32]]] = {name: [] for name in names if name != _PLACED}
        self._numbers: dict[str, dict[str, int]] = {name: {} for name in self._codes}

    @property
    def words(self) -> dict[str, list[str]]:
        """The words of each column, in the order of their numbers."""
        return {name: list(numbers) for name, numbers in self._numbers.items()}

    def add(self, text: bytes) -> None:
        """Read some rows."""
        kinds = dict.fromkeys(self._codes, pa.dictionary(pa.int32(), pa.string()))
        table = csv.read_csv(
            io.BytesIO(text),
            csv.ReadOptions(column_names=self._names, use_threads=True),
            csv.ParseOptions(newlines_in_values=True),
            csv.ConvertOptions(
                column_types={_PLACED: pa.int64(), **kinds},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        ).unify_dictionaries()
        seats: Any = table.column(_PLACED)
        self._seats.append(seats.fill_null(_NO_PLACE).to_numpy())
        for name, numbers in self._numbers.items():
            chunks: Any = table.column(name).chunks
            for chunk in chunks:
                places = [numbers.setdefault(word, len(numbers)) for word in chunk.dictionary.to_pylist()]
                lookup = np.array([*places, -1], dtype=np.int32)  # the last one is that of null
                self._codes[name].append(lookup[chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)])

    def seats(self) -> NDArray[np.int64]:
        """Return the seat of each firm, -1 where it has none."""
        return np.concatenate(self._seats) if self._seats else np.zeros(0, dtype=np.int64)

    def codes(self, name: str) -> NDArray[np.int32]:
        """Return the numbers of a column's words, -1 where it is unknown; they are handed over, and not kept."""
        parts = self._codes.pop(name)
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)
