"""Conditions on features, as SQL with parameters: what a request selects."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import TYPE_CHECKING, Final

from atlante.database import load_queries, sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlante.ogc.times import Days
    from atlante.published import Collection, Field

_QUERIES: Final = load_queries(__package__)
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_MOST_VALUES: Final = 10_000  # all municipalities at once; the protocol itself ends at 65,535
_MOST_VERTICES: Final = 10_000  # of all geometries in a filter
_KINDS: Final = {"string": "text", "integer": "integer", "number": "number", "date": "date (YYYY-MM-DD)"}


class Unselectable(ValueError):
    """A request selects by something that can't be; the message is for its author."""


class Conditions:
    """Conditions that all have to hold for a row ``f`` of ``publish.feature``.

    Attributes
    ----------
    has_days
        Whether one of them is a period.
    """

    def __init__(self, collection: Collection, release_id: str) -> None:
        self.collection = collection
        self.parameters: dict[str, object] = {"release_id": release_id, "collection_id": collection.collection_id}
        self._conditions: list[sql.Composable] = []
        self._vertices = 0
        self.has_days = False

    def __bool__(self) -> bool:
        return bool(self._conditions)

    def bind(self, value: object) -> sql.Composable:
        """Return the placeholder of a value: what comes from a request never becomes SQL text.

        Raises
        ------
        Unselectable
            If a request has more values than can be looked at.
        """
        if len(self.parameters) >= _MOST_VALUES:
            raise Unselectable(f"filter: it has more than {_MOST_VALUES:,} properties and values. Ask in parts.")
        name = f"value_{len(self.parameters)}"
        self.parameters[name] = value
        return sql.Placeholder(name)

    def add_vertices(self, vertices: int) -> None:
        """Count the vertices of a filter's own geometries.

        Raises
        ------
        Unselectable
            If there are more than can be compared with every border in time.
        """
        self._vertices += vertices
        if self._vertices > _MOST_VERTICES:
            raise Unselectable(f"filter: its geometries have more than {_MOST_VERTICES:,} vertices. Simplify them.")

    def add(self, condition: sql.Composable) -> None:
        """Add a condition."""
        self._conditions.append(condition)

    def after(self, query: sql.Composable) -> sql.Composed:
        """Return a query whose WHERE clause goes on with the conditions."""
        return sql.SQL("\nAND ").join((query, *self._conditions))

    def field(self, field: Field) -> sql.Composable:
        """Return a property's value: text, double precision or date; NULL where it has none."""
        text = sql.SQL("(f.properties ->> {}::text)").format(self.bind(field.name))
        match field.type:
            case "string":
                return text
            case "integer" | "number":
                return sql.SQL("{}::double precision").format(text)
            case "date":
                return sql.SQL("{}::date").format(text)

    def where_geometry(self, condition: sql.Composable) -> sql.Composable:
        """Return the condition that a feature's territory meets a condition on ``g.geom_4326``.

        Asked of territories, not of features: with many rows per territory each border is looked at once.
        """
        return sql.SQL("(f.vintage_id, f.level, f.territory_code) IN ({}\nAND {})").format(
            _QUERIES["territories_where"], condition
        )

    def add_box(self, bbox: Sequence[float]) -> None:
        """Keep what meets a box: min lon, min lat, max lon, max lat; it may cross the antimeridian."""
        min_lon, min_lat, max_lon, max_lat = bbox
        halves = [(min_lon, max_lon)] if min_lon <= max_lon else [(min_lon, 180.0), (-180.0, max_lon)]
        touches = [
            sql.SQL("ST_Intersects(g.geom_4326, ST_MakeEnvelope({}, {}, {}, {}, 4326))").format(
                *map(self.bind, (west, float(min_lat), east, float(max_lat)))
            )
            for west, east in halves
        ]
        self.add(self.where_geometry(sql.SQL("({})").format(sql.SQL(" OR ").join(touches))))

    def add_days(self, days: Days) -> None:
        """Keep features whose period shares a day with an interval."""
        first, last = days
        self.has_days = True
        if last is not None:
            self.add(sql.SQL("f.period_begin <= {}").format(self.bind(last)))
        if first is not None:
            self.add(sql.SQL("f.period_end >= {}").format(self.bind(first)))

    def add_equal(self, field: Field, text: str) -> None:
        """Keep features with this value of a property."""
        value = value_of(field, text)
        self.add(sql.SQL("{} = {}").format(self.field(field), self.bind(value)))


def value_of(field: Field, text: str) -> str | float | date:
    """Return a parameter's value as the type of its field.

    Raises
    ------
    Unselectable
        If it is none; names parameter and type.
    """
    try:
        match field.type:
            case "string":
                return text
            case "date":
                return date.fromisoformat(text)
            case "integer" if not _INTEGER.fullmatch(text):
                raise ValueError  # noqa: TRY301
            case "integer" | "number":
                return finite(ascii_number(text))
    except ValueError as exc:
        raise Unselectable(f"{field.name}={text}: expected a value of type {_KINDS[field.type]}.") from exc


def ascii_number(text: str) -> float:
    """Return the number that a text writes as the standards do; Python reads the digits of all scripts, and ``1_000``.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not text.isascii() or "_" in text:
        raise ValueError(text)
    return float(text)


def finite(number: float) -> float:
    """Return a number that is neither infinite nor nan.

    Raises
    ------
    ValueError
        If it is one of them.
    """
    if not math.isfinite(number):
        raise ValueError(number)
    return number
