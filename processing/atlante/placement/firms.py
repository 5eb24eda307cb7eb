"""Firms of one day, placed and counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from atlante.database import copy_rows, load_queries
from atlante.placement.decision import RESOLVED_COLUMNS, resolve
from atlante.placement.declared import DECLARED_COLUMNS
from atlante.placement.gazetteer import GAZETTEER_COLUMNS, build_gazetteer
from atlante.placement.methods import Reason
from atlante.placement.points import PointCheck, check_points
from atlante.placement.seating import complete_seats
from atlante.placement.seats import SEAT_COLUMNS
from atlante.territories.history import read_history

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from atlante.catalogue.placement import PlacementRules
    from atlante.database import Connection
    from atlante.territories import Vintage

_QUERIES: Final = load_queries(__package__)
_CASE_COLUMNS: Final = (
    "source_id", "reference_date", "vintage_id", "case_id", *SEAT_COLUMNS[1:], *RESOLVED_COLUMNS, "firms",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlacementSummary:
    """Firms of one source and day: placed, foreign and unplaced add up to all.

    Attributes
    ----------
    foreign
        Firms whose seat is abroad.
    unplaced
        Other firms that are not placed, by reason, the most first.
    methods
        Placed firms by method, the most first.
    point_check
        Where the points of the firms are.
    """

    firms: int
    placed: int
    foreign: int
    unplaced: dict[str, int]
    methods: dict[str, int]
    point_check: PointCheck = field(default_factory=PointCheck)

    @property
    def not_placed(self) -> dict[str, int]:
        """Firms that are not placed, by reason, those abroad among them."""
        return self.unplaced | ({Reason.FOREIGN.value: self.foreign} if self.foreign else {})


def place_firms(  # noqa: PLR0913 - each is an input, and by name
    connection: Connection,
    *,
    source_id: str,
    reference_date: date,
    vintage: Vintage,
    rules: PlacementRules,
    cache_dir: Path,
    report: Callable[[str], None] = lambda _: None,
) -> PlacementSummary:
    """Place the firms of a source that are valid at a day; what was placed for that source and day before goes.

    Each way of declaring and locating a seat is resolved once, however many firms share it.

    Parameters
    ----------
    cache_dir
        Where the index of the boundaries is kept; made only if firms have points.
    report
        Is told what is being done, in a few words.
    """
    complete_seats(
        connection,
        source_id=source_id,
        vintage_id=vintage.vintage_id,
        rules=rules,
        cache_dir=cache_dir,
        report=report,
    )
    day: dict[str, Any] = {"source_id": source_id, "reference_date": reference_date}
    report("placement")
    seats = pd.DataFrame(
        connection.execute(_QUERIES["seats_of_day"], day).fetchall(), columns=[*SEAT_COLUMNS, "firms"], dtype=object
    )
    resolved = _resolved(connection, seats, reference_date, vintage, rules)
    cases = pd.concat([seats.rename(columns={"seat_id": "case_id"}), resolved], axis="columns")
    cases = cases.assign(vintage_id=vintage.vintage_id, **day)
    connection.execute(_QUERIES["delete_cases"], day)
    copy_rows(connection, "register.placement_case", _CASE_COLUMNS, _rows(cases[list(_CASE_COLUMNS)]))
    point_check = check_points(connection, seats, day=day, vintage_id=vintage.vintage_id, cache_dir=cache_dir)
    return _summary(cases, point_check)


def _resolved(
    connection: Connection, seats: pd.DataFrame, reference_date: date, vintage: Vintage, rules: PlacementRules
) -> pd.DataFrame:
    """Return what comes of each seat on the day."""
    municipalities = connection.execute(_QUERIES["gazetteer"], {"vintage_id": vintage.vintage_id}).fetchall()
    gazetteer = build_gazetteer(
        pd.DataFrame(municipalities, columns=[*GAZETTEER_COLUMNS, "istat_code"], dtype=object),
        read_history(connection),
        day=reference_date,
        vintage_day=vintage.reference_date,
        rules=rules,
    )
    declared = seats.rename(columns=lambda name: str(name).removeprefix("declared_"))[list(DECLARED_COLUMNS)]
    return resolve(declared.astype({"is_outside": bool}), gazetteer, rules)


def _rows(cases: pd.DataFrame) -> list[list[Any]]:
    """Return rows as the driver takes them: plain values, None for what is not known."""
    plain = cases.assign(conflicts=cases["conflicts"].map(list)).astype(object)
    listed: list[list[Any]] = plain.where(plain.notna(), None).to_numpy().tolist()
    return listed


def _summary(cases: pd.DataFrame, point_check: PointCheck) -> PlacementSummary:
    is_placed = cases["reason"].isna()
    methods, unplaced = _counted(cases[is_placed], "method"), _counted(cases[~is_placed], "reason")
    foreign = unplaced.pop(Reason.FOREIGN.value, 0)
    firms = int(cases["firms"].sum())
    return PlacementSummary(firms, sum(methods.values()), foreign, unplaced, methods, point_check)


def _counted(cases: pd.DataFrame, column: str) -> dict[str, int]:
    """Return firms by the values of a column, the most first."""
    counted = cases["firms"].astype(int).groupby(cases[column].astype(str)).sum()
    return {str(value): int(n) for value, n in sorted(counted.items(), key=lambda each: (-each[1], str(each[0])))}
