"""A small made-up release: a grid of 6 by 6 municipalities in 4 provinces and 2 regions, all of it countable by hand.

Municipality n = 6 * row + column is A000 … A035, a square of half a degree; row 0 is in the south (42° N), column 0 in
the west (9° E). Provinces are the quarters (001 south-west, 002 south-east, 003 north-west, 004 north-east), regions
the west (01) and the east (02).
"""

from __future__ import annotations

import itertools
import json
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import shapely
from psycopg.types.json import Jsonb
from running import application_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from flask.testing import FlaskClient

SIDE = 6
VINTAGE = "2023-01-01.test"
REFERENCE_DATE = date(2025, 5, 19)
NAMES = {0: "L'Aquila", 1: "Bozen <&> Bolzano", 2: "NaN", 3: "100% Comune_3"}
_YEARS = range(2020, 2025)
_BANDS = ((0, 4), (5, 7), (8, 10), (11, 22))
_QUARTERS = {"001": (0, 0), "002": (0, 3), "003": (3, 0), "004": (3, 3)}  # first row, first column


@dataclass(frozen=True)
class Territory:
    """One territory and what it is called."""

    level: str
    code: str
    name: str
    shape: shapely.MultiPolygon
    parents: dict[str, str] = field(default_factory=dict)


def _square(row: int, column: int, cells: tuple[int, int] = (1, 1)) -> shapely.MultiPolygon:
    south, west = 42 + row / 2, 9 + column / 2
    return shapely.MultiPolygon([shapely.box(west, south, west + cells[1] / 2, south + cells[0] / 2)])


def territories() -> list[Territory]:
    """Return all territories, by level and code."""
    found = []
    for row, column in itertools.product(range(SIDE), range(SIDE)):
        n = SIDE * row + column
        province = f"00{1 + (column >= SIDE / 2) + 2 * (row >= SIDE / 2)}"
        parents = {"province_code": province, "region_code": "01" if column < SIDE / 2 else "02"}
        found.append(
            Territory("municipality", f"A{n:03d}", NAMES.get(n, f"Comune {n:02d}"), _square(row, column), parents)
        )
    for code, (row, column) in _QUARTERS.items():
        parents = {"region_code": "01" if column == 0 else "02"}
        found.append(Territory("province", code, f"Provincia {code}", _square(row, column, (3, 3)), parents))
    found += [
        Territory("region", code, f"Regione {code}", _square(0, column, (6, 3)))
        for code, column in (("01", 0), ("02", 3))
    ]
    return found


def _field(name: str, type_: str, *, in_tiles: bool = False, **more: object) -> dict[str, Any]:
    title = {"it": f"{name} it", "en": f"{name} en", "de": f"{name} de"}
    return {"name": name, "type": type_, "title": title, "unit": None, "enum": None, "in_tiles": in_tiles} | more


def _territory_fields(level: str) -> list[dict[str, Any]]:
    parents = {"municipality": ("province_code", "region_code"), "province": ("region_code",), "region": ()}[level]
    return [
        _field("code", "string", in_tiles=True),
        _field("name", "string", in_tiles=True),
        *(_field(parent, "string") for parent in parents),
    ]


def _number(territory: Territory) -> int:
    return int(territory.code.removeprefix("A"))


def _territory_row(territory: Territory) -> dict[str, Any]:
    n = _number(territory)
    return {
        "code": territory.code,
        "name": territory.name,
        **territory.parents,
        "population": None if n == 5 else 1000 * (n + 1),
        "area_km2": n + 0.25,
        "reference_date": "2023-01-01",
    }


def _indicator_row(territory: Territory) -> dict[str, Any]:
    n = _number(territory)
    is_suppressed = n == 7
    return {
        "code": territory.code,
        "name": territory.name,
        **territory.parents,
        "period": "2025-05-19",
        "rnd_share": None if is_suppressed else n / 40,
        "rnd_share_firms": None if is_suppressed else n,
        "rnd_share_status": "suppressed" if is_suppressed else "value",
    }


def _observation_rows(territory: Territory) -> list[tuple[str, date, date, dict[str, Any]]]:
    def row(indicator: str, period: str, value: float) -> dict[str, Any]:
        named = {"code": territory.code, "name": territory.name, "indicator": indicator, "period": period}
        return named | {"value": value, "firms": 5, "status": "value", "unit": "firms"}

    years = [
        (
            f"{territory.code}.registrations.{year}",
            date(year, 1, 1),
            date(year, 12, 31),
            row("registrations", str(year), year % 10),
        )
        for year in _YEARS
    ]
    stock = row("rnd_share", REFERENCE_DATE.isoformat(), 0.5)
    return [*years, (f"{territory.code}.rnd_share.{REFERENCE_DATE}", REFERENCE_DATE, REFERENCE_DATE, stock)]


_COLLECTIONS: dict[str, tuple[str, str, list[dict[str, Any]]]] = {
    **{
        f"{prefix}{plural}": (kind, level, _territory_fields(level) + extra)
        for level, plural in (("municipality", "municipalities"), ("province", "provinces"), ("region", "regions"))
        for kind, prefix, extra in (
            (
                "territories",
                "",
                [
                    _field("population", "integer", in_tiles=True),
                    _field("area_km2", "number", unit="km2"),
                    _field("reference_date", "date"),
                ],
            ),
            (
                "indicators",
                "indicators-",
                [
                    _field("period", "string"),
                    _field("rnd_share", "number", in_tiles=True, unit="1"),
                    _field("rnd_share_firms", "integer"),
                    _field("rnd_share_status", "string", enum=["value", "suppressed", "not-available"]),
                ],
            ),
        )
    },
    "observations-provinces": (
        "observations",
        "province",
        [
            *(_field(name, "string") for name in ("code", "name", "indicator", "period")),
            _field("value", "number"),
            _field("firms", "integer"),
            _field("status", "string"),
            _field("unit", "string"),
        ],
    ),
}


def publish_small_release(
    url: str,
    release_id: str = "2025-05-19.1",
    *,
    note: str = "",
    is_synthetic: bool = False,
    without: tuple[str, ...] = (),
) -> None:
    """Publish the made-up release in a migrated database; the one before it is removed.

    Parameters
    ----------
    note
        Written behind each territory's name, to tell releases apart.
    without
        Ids of collections that this release lacks.
    """
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM publish.feature")
        connection.execute("DELETE FROM publish.release")
        connection.execute(
            "INSERT INTO publish.release VALUES (%s, clock_timestamp(), %s, %s, %s, TRUE, '{}', '{}')",
            (release_id, REFERENCE_DATE, VINTAGE, is_synthetic),
        )
        _insert_geometry(connection)
        chosen = [(name, what) for name, what in _COLLECTIONS.items() if name not in without]
        for position, (collection_id, (kind, level, fields)) in enumerate(chosen):
            _insert_collection(connection, release_id, (collection_id, position, kind, level), fields, note)


def _insert_geometry(connection: psycopg.Connection[Any]) -> None:
    connection.execute("DELETE FROM publish.geometry")
    numbers: dict[str, int] = {}
    for place in territories():
        numbers[place.level] = numbers.get(place.level, 0) + 1
        key = (VINTAGE, place.level, place.code)
        text, overview = shapely.to_geojson(place.shape), shapely.to_geojson(place.shape.envelope)
        wkb = shapely.to_wkb(place.shape)
        connection.execute(
            "INSERT INTO publish.geometry VALUES (%s, %s, %s, %s, %s, %s, ST_GeomFromWKB(%s, 4326))",
            (*key, numbers[place.level], text, overview, wkb),
        )
        for band in _BANDS:
            connection.execute(
                "INSERT INTO publish.tile_geometry VALUES (%s, %s, %s, %s, %s, "
                "ST_Transform(ST_GeomFromWKB(%s, 4326), 3857))",
                (*key, *band, wkb),
            )


def _rows(kind: str, level: str) -> Iterator[tuple[Territory, str, date | None, date | None, dict[str, Any]]]:
    for place in territories():
        if place.level != level:
            continue
        if kind == "observations":
            for feature_id, begin, end, properties in _observation_rows(place):
                yield place, feature_id, begin, end, properties
        else:
            row = _territory_row(place) if kind == "territories" else _indicator_row(place)
            yield place, place.code, None, None, row


def _insert_collection(
    connection: psycopg.Connection[Any],
    release_id: str,
    identity: tuple[str, int, str, str],
    fields: list[dict[str, Any]],
    note: str,
) -> None:
    collection_id, _, kind, level = identity
    rows = list(_rows(kind, level))
    texts = [Jsonb({language: f"{collection_id} {language}" for language in ("it", "en", "de")})] * 2
    begins, ends = (date(2020, 1, 1), REFERENCE_DATE) if kind == "observations" else (None, None)
    connection.execute(
        "INSERT INTO publish.collection VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            *(release_id, *identity, *texts, ["test"], Jsonb(fields), [9.0, 42.0, 12.0, 45.0]),
            *(begins, ends, len(rows), kind != "observations"),
        ),
    )
    in_tiles = [each["name"] for each in fields if each["in_tiles"]]
    for number, (place, feature_id, begin, end, row) in enumerate(rows, 1):
        properties = row | {"name": row["name"] + note}
        text = json.dumps(properties, ensure_ascii=False, separators=(",", ":"))
        shown = Jsonb({name: properties[name] for name in in_tiles})
        connection.execute(
            "INSERT INTO publish.feature VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                *(release_id, collection_id, number, feature_id, VINTAGE, level, place.code, begin, end),
                *(Jsonb(properties), text, shown),
            ),
        )


@pytest.fixture
def publish() -> Callable[..., None]:
    """Return `publish_small_release`: tests are no package that could be imported from."""
    return publish_small_release


@pytest.fixture
def small_release(database: str) -> str:
    """Return the address of a database of this test alone that has the made-up release."""
    publish_small_release(database)
    return database


@pytest.fixture(scope="session")
def shared_release(lasting_database: Callable[[str], str]) -> str:
    """Return the address of a database with the made-up release that all tests read and none writes."""
    url = lasting_database("shared_release")
    publish_small_release(url)
    return url


@pytest.fixture(scope="session")
def service(shared_release: str) -> Iterator[Flask]:
    """Return the application that serves the shared release."""
    with application_on(shared_release) as application:
        yield application


@pytest.fixture
def client(service: Flask) -> FlaskClient:
    """Return a client of the shared release's service."""
    return service.test_client()


@pytest.fixture
def serving() -> Iterator[Callable[[str], FlaskClient]]:
    """Return a function that serves a database and returns a client; connections are closed at the end."""
    with ExitStack() as applications:
        yield lambda url: applications.enter_context(application_on(url)).test_client()
