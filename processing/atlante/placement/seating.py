"""Firms to seats: when an extract is loaded, and again when the boundaries are others."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv
import shapely

from atlante.database import copy_rows, load_queries, sql
from atlante.geometry import open_point_index
from atlante.placement.seats import DECLARED, SEAT_COLUMNS, Locator, SeatBook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from atlante.catalogue.placement import PlacementRules
    from atlante.database import Connection
    from atlante.placement.seats import Index

_QUERIES: Final = load_queries(__package__)
_ROWS_AT_ONCE: Final = 200_000
_SAME_DISTANCE_M: Final = 0.5
_FIRM_TYPES: Final[dict[str, pa.DataType]] = {
    "firm_id": pa.string(),
    "valid_from": pa.date32(),
    "seat_id": pa.int32(),
    "distance_m": pa.float32(),
    **dict.fromkeys(DECLARED, pa.string()),
    "longitude": pa.float64(),
    "latitude": pa.float64(),
}
_FIRM_SCHEMA: Final = pa.schema(_FIRM_TYPES)
_RESEATING: Final = ("firm_id", "valid_from", "seat_id", "distance_m")
_EMPTY_RESEATING: Final = sql.SQL("TRUNCATE register.reseating")


def seating_vintage(connection: Connection, source_id: str) -> str | None:
    """Return the boundaries in which the points of a source are located: those of before, or else the newest.

    None: no boundaries are loaded yet.
    """
    row = connection.execute(_QUERIES["seating_vintage"], {"source_id": source_id}).fetchone()
    return row[0] if row else None


class Seating:
    """Gives the firms of a source their seats in one boundary vintage.

    Parameters
    ----------
    vintage_id
        The boundaries in which points are located.
    cache_dir
        Where the index of the boundaries is kept.
    has_points
        Whether firms with points will come: only then the index is opened.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        source_id: str,
        vintage_id: str,
        rules: PlacementRules,
        cache_dir: Path,
        has_points: bool,
    ) -> None:
        self._source, self._vintage = {"source_id": source_id}, {"vintage_id": vintage_id}
        self._connection = connection
        index = open_vintage_index(connection, vintage_id, cache_dir) if has_points else None
        locator = Locator(_codes(connection, vintage_id), rules.evidence.tolerance_m, index)
        self._book = SeatBook(connection.execute(_QUERIES["seats"], self._source).fetchall(), locator)
        self.seats_of = self._book.seats_of

    def save(self) -> None:
        """Write the seats that are new, and in which boundaries the points of the source are located."""
        rows = ((*self._source.values(), *row) for row in self._book.new_rows())
        copy_rows(self._connection, "register.seat", ("source_id", *SEAT_COLUMNS), rows)
        self._connection.execute(
            _QUERIES["record_location"], {**self._source, **self._vintage, "tolerance_m": self._book.tolerance_m}
        )


def complete_seats(
    connection: Connection,
    *,
    source_id: str,
    vintage_id: str,
    rules: PlacementRules,
    cache_dir: Path,
    report: Callable[[str], None] = lambda _: None,
) -> None:
    """Give every version of a firm of a source its seat in some boundaries; only seats that change are written.

    Loading an extract has seated its firms already, unless the boundaries came later or are others by now.
    """
    source, vintage = {"source_id": source_id}, {"vintage_id": vintage_id}
    located = connection.execute(_QUERIES["location"], source).fetchone()
    is_anew = located is not None and located != (vintage_id, rules.evidence.tolerance_m)
    query = source | {"is_anew": is_anew}
    row = connection.execute(_QUERIES["count_firms_to_seat"], query).fetchone()
    firms, points = row or (0, 0)
    if firms:
        report(f"locating {firms:,} firms")
    seating = Seating(connection, **source, **vintage, rules=rules, cache_dir=cache_dir, has_points=points > 0)
    changed = [_reseated(rows, seating) for rows in _batches(connection, _QUERIES["firms_to_seat"], query)]
    seating.save()
    connection.execute(_QUERIES["forget_cases_elsewhere"], source | vintage)
    if any(map(len, changed)):
        _write(connection, pa.concat_tables(changed), source)


def open_vintage_index(connection: Connection, vintage_id: str, cache_dir: Path) -> Index:
    """Return the index of the municipalities of some boundaries, in the order of their codes."""
    rows = connection.execute(_QUERIES["municipality_polygons"], {"vintage_id": vintage_id}).fetchall()
    polygons = shapely.from_wkb([bytes(geom) for (geom,) in rows])
    return open_point_index(cache_dir, vintage_id, _codes(connection, vintage_id), polygons)


def _codes(connection: Connection, vintage_id: str) -> list[str]:
    rows = connection.execute(_QUERIES["municipality_codes"], {"vintage_id": vintage_id}).fetchall()
    return [code for (code,) in rows]


def _reseated(rows: pa.Table, seating: Seating) -> pa.Table:
    """Return the rows whose seat or distance is another than before, with the new one."""
    seated = seating.seats_of(rows)
    distance = pa.array(seated.distance_m, mask=np.isnan(seated.distance_m))
    seat_before, distance_before = (rows[name].to_pandas().to_numpy(np.float64) for name in ("seat_id", "distance_m"))
    is_as_far = np.isclose(distance_before, seated.distance_m, atol=_SAME_DISTANCE_M, equal_nan=True)
    given: list[Any] = [rows["firm_id"], rows["valid_from"], pa.array(seated.seat_id), distance]
    return pa.table(given, names=list(_RESEATING)).filter(pa.array((seat_before != seated.seat_id) | ~is_as_far))


def _batches(connection: Connection, query: sql.SQL, parameters: dict[str, Any]) -> Iterator[pa.Table]:
    """Yield the rows of a query whose only column holds many firms, one a line, as PostgreSQL writes a record."""
    options = pa.csv.ConvertOptions(
        column_types=_FIRM_SCHEMA, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    for (lines,) in connection.execute(query, parameters):
        # in CSV a backslash is a letter like any other; in a record it is doubled
        text = BytesIO(lines.replace("\\\\", "\\").encode())
        yield pa.csv.read_csv(text, pa.csv.ReadOptions(column_names=_FIRM_SCHEMA.names), convert_options=options)


def _write(connection: Connection, seated: pa.Table, source: dict[str, str]) -> None:
    """Write seats to the firms that have them, by way of a table."""
    statement = sql.SQL("COPY register.reseating ({}) FROM STDIN (FORMAT csv)").format(
        sql.SQL(", ").join(map(sql.Identifier, _RESEATING))
    )
    connection.execute(_EMPTY_RESEATING)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for batch in seated.to_batches(max_chunksize=_ROWS_AT_ONCE):
            text = pa.BufferOutputStream()
            pa.csv.write_csv(batch, text, pa.csv.WriteOptions(include_header=False))
            copy.write(text.getvalue().to_pybytes())
    connection.execute(_QUERIES["write_seats"], source)
    connection.execute(_EMPTY_RESEATING)
