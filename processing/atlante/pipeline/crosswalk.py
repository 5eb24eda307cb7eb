"""Crosswalks between the territories of two days, and tables converted with them. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from atlante.catalogue.levels import Level
from atlante.database import Role, connect
from atlante.errors import NothingLoaded, UnknownCodes
from atlante.pipeline.runs import QUERIES
from atlante.territories.crosswalk import (
    AreaWeights,
    CountWeights,
    EqualWeights,
    Moment,
    Pieces,
    SeriesKind,
    WeightKind,
    convert_series,
    crosswalk,
    outlines,
    population_weights,
    read_series,
    unknown_code_hint,
    with_istat_codes,
)
from atlante.territories.history import read_history

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from atlante.database import Connection
    from atlante.geometry import GeometryArray
    from atlante.territories.crosswalk import ConvertedSeries, Crosswalk, FloatArray, Weights
    from atlante.territories.history import History

_POINTS_AT_ONCE = 50_000
_CODE_DIGITS = {Level.MUNICIPALITY: 6, Level.PROVINCE: 3, Level.REGION: 2}


@dataclass(frozen=True, slots=True)
class CrosswalkRequest:
    """What to convert from and to.

    Attributes
    ----------
    has_istat_codes
        Whether municipalities are told by their ISTAT codes on each day; otherwise by Belfiore codes.
    source_id
        Whose firms count where weights are firms; None: those of the newest extract.
    """

    since: date
    until: date
    weights: WeightKind = WeightKind.AREA
    level: Level = Level.MUNICIPALITY
    has_istat_codes: bool = False
    source_id: str | None = None


@dataclass(frozen=True, slots=True)
class SeriesRequest:
    """A table to convert.

    Attributes
    ----------
    key
        The header of its codes.
    columns
        Headers of its values; none: every column of numbers.
    denominator
        The header of what rates and means are per or over.
    accept_unknown
        Convert the other rows although codes are not of the first day.
    """

    path: Path
    key: str
    kind: SeriesKind = SeriesKind.COUNT
    columns: tuple[str, ...] = ()
    denominator: str | None = None
    accept_unknown: bool = False


@dataclass(frozen=True, slots=True)
class ConvertedTable:
    """A table on the territories of the second day, and the headers that hold no numbers and were left out."""

    crosswalk: Crosswalk
    series: ConvertedSeries
    left_out: tuple[str, ...]


def make_crosswalk(url: str, request: CrosswalkRequest) -> Crosswalk:
    """Return a crosswalk by the history and the boundaries that are loaded.

    Raises
    ------
    NothingLoaded, WeightsMissing, InvalidSeries
        If the days are not known, parts can't be measured, or municipalities had no ISTAT code.
    """
    with connect(url, role=Role.LOAD) as connection:
        return _make(connection, read_history(connection), request)


def convert_table(url: str, request: CrosswalkRequest, table: SeriesRequest) -> ConvertedTable:
    """Return a table's values on the territories of another day.

    Raises
    ------
    InvalidSeries, UnknownCodes
        If the table can't be read or converted, or holds codes that are not of the first day.
    """
    is_text = request.level is Level.MUNICIPALITY and not request.has_istat_codes
    read = read_series(
        table.path,
        key=table.key,
        code_digits=None if is_text else _CODE_DIGITS[request.level],
        columns=table.columns,
        denominator=table.denominator,
    )
    with connect(url, role=Role.LOAD) as connection:
        history = read_history(connection)
        made = _make(connection, history, request)
    converted = convert_series(read.table, made, kind=table.kind, denominators=read.denominators)
    unknown = converted.unknown["code"].tolist()
    if unknown and not table.accept_unknown:
        raise UnknownCodes(table.path, unknown, unknown_code_hint(history, unknown, made))
    return ConvertedTable(made, converted, read.left_out)


def _make(connection: Connection, history: History, request: CrosswalkRequest) -> Crosswalk:
    made = crosswalk(
        history,
        since=request.since,
        until=request.until,
        weights=_weights(connection, history, request),
        level=request.level,
    )
    return with_istat_codes(made, history) if request.has_istat_codes else made


def _weights(connection: Connection, history: History, request: CrosswalkRequest) -> Weights:
    days = {"since": request.since, "until": request.until}
    match request.weights:
        case WeightKind.AREA:
            return AreaWeights(connection, history, **days)
        case WeightKind.POPULATION:
            return population_weights(connection, history, **days)
        case WeightKind.FIRMS:
            return _firm_weights(connection, history, request)
        case WeightKind.EQUAL:
            return EqualWeights()


def _firm_weights(connection: Connection, history: History, request: CrosswalkRequest) -> Weights:
    """Return weights by where the firms of a source are: by their points if they have any, else as they were placed."""
    extract = connection.execute(QUERIES["latest_extract"], {"source_id": request.source_id}).fetchone()
    if extract is None:
        raise NothingLoaded("register extract", "atlante ingest SOURCE FILE")
    source_id, reference_date = extract[:2]
    before, after = Moment.of(history, request.since), Moment.of(history, request.until)
    if connection.execute(QUERIES["has_points"], {"source_id": source_id}).fetchone() == (True,):
        return PointWeights(connection, before, after, source_id=source_id, reference_date=reference_date)
    count = partial(_placed_firms, connection, source_id)
    return CountWeights(connection, before, after, name="firms", count=count)


class PointWeights:
    """Pieces by the firms that lie in them, those of a source's newest extract."""

    name = "firms"

    def __init__(
        self, connection: Connection, before: Moment, after: Moment, *, source_id: str, reference_date: date
    ) -> None:
        self._connection, self._before, self._after = connection, before, after
        self._day = {"source_id": source_id, "reference_date": reference_date}

    def pieces(self, pairs: pd.DataFrame) -> Pieces:
        """Return firms that lie in both outlines; of what left the country those that lie in no other piece."""
        old = outlines(self._connection, self._before, pairs["code"].tolist())
        is_here = pairs["successor_code"].notna().to_numpy()
        sizes = np.zeros(len(pairs))
        new = outlines(self._connection, self._after, pairs["successor_code"][is_here].tolist())
        sizes[is_here] = self._firms_in(shapely.intersection(old[is_here], new))
        if not is_here.all():
            inside = pairs.assign(size=sizes).groupby("code")["size"].transform("sum").to_numpy()
            sizes = np.where(is_here, sizes, np.maximum(self._firms_in(old) - inside, 0))
        return Pieces(sizes, ["firms"] * len(pairs))

    def wholes(self, codes: Sequence[str]) -> FloatArray:
        """Return firms that lie in municipalities as they were on the first day."""
        return self._firms_in(outlines(self._connection, self._before, codes))

    def _firms_in(self, shapes: GeometryArray) -> FloatArray:
        """Return the firms that lie in each outline; an empty one has none."""
        corners = dict(zip(("west", "south", "east", "north"), shapely.total_bounds(shapes).tolist(), strict=True))
        tree, firms = shapely.STRtree(shapes), np.zeros(len(shapes))
        with self._connection.cursor(name="firm_points") as cursor:
            cursor.execute(QUERIES["firm_points"], self._day | corners)
            while rows := cursor.fetchmany(_POINTS_AT_ONCE):
                _, hits = tree.query(shapely.points(np.array(rows, dtype=np.float64)), predicate="intersects")
                firms += np.bincount(hits, minlength=len(shapes))
        return firms


def _placed_firms(connection: Connection, source_id: str, moment: Moment, codes: Sequence[str]) -> FloatArray:
    """Return the firms that were placed in municipalities on the day nearest to a moment with the same ground."""
    days = connection.execute(QUERIES["placement_days"], {"source_id": source_id}).fetchall()
    rows = connection.execute(QUERIES["placed_firms"], {"source_id": source_id, "codes": list(codes)}).fetchall()
    counted = {(code, day): firms for code, day, firms in rows}
    found = pd.DataFrame(
        [(code, day, counted.get((code, day), 0)) for code in dict.fromkeys(codes) for (day,) in days],
        columns=["code", "reference_date", "firms"],
    )
    nearest = moment.nearest(found, codes, ("placed firms", f"atlante build --source {source_id}"))
    firms: FloatArray = nearest["firms"].to_numpy(np.float64)
    return firms
