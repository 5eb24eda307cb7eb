"""A made-up country through time, small enough to know by heart, built and published.

Squares of half a degree; row 0 is in the south (42° N), column 0 in the west (9° E)::

    row 1   A003  M001 | B003  B004
    row 0   A001  A002 | B001  B002
            province 001 (AA)  province 002 (BB), both in region 01

- Z001 was incorporated into A003 on 1928-01-01; no boundaries are older.
- B001 came from province 001 on 2005-05-01.
- A002 was called Vecchia until 2010-06-30 and is Nuova since.
- M001 was made of A010 (west half) and A011 (east half) on 2014-01-01.

Boundaries of 2013-01-01 show A010 and A011, those of 2023-01-01 M001. The release is of 2025-05-19 on those of 2023.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import orjson
import shapely

from atlante.catalogue.indicators import load_indicators
from atlante.catalogue.publication import load_publication
from atlante.database import Role, connect, copy_rows, exclusive_transaction
from atlante.releases import publish
from atlante.settings import default_catalogue_dir
from atlante.territories import Boundaries, load_boundaries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atlante.database import Connection
    from atlante.releases import ReleaseSummary

REFERENCE_DATE = dt.date(2025, 5, 19)
SOURCE = "innovative_startups"
SQUARES = {
    "A001": (0, 0), "A002": (0, 1), "A003": (1, 0), "M001": (1, 1),
    "B001": (0, 2), "B002": (0, 3), "B003": (1, 2), "B004": (1, 3),
}  # fmt: skip

type Case = tuple[str | None, str, Sequence[str], int]
"""Municipality (None: not placed), method (or reason), conflicts, firms."""

VERSIONS: Sequence[tuple[str, str, str | None, str, str]] = (
    ("A001", "1861-03-17", None, "Comune A001", "001"),
    ("A002", "1861-03-17", "2010-07-01", "Vecchia", "001"),
    ("A002", "2010-07-01", None, "Nuova", "001"),
    ("A003", "1861-03-17", None, "Comune A003", "001"),
    ("A010", "1861-03-17", "2014-01-01", "Comune A010", "001"),
    ("A011", "1861-03-17", "2014-01-01", "Comune A011", "001"),
    ("M001", "2014-01-01", None, "Comune M001", "001"),
    ("B001", "1861-03-17", "2005-05-01", "Comune B001", "001"),
    ("B001", "2005-05-01", None, "Comune B001", "002"),
    ("B002", "1861-03-17", None, "Comune B002", "002"),
    ("B003", "1861-03-17", None, "Comune B003", "002"),
    ("B004", "1861-03-17", None, "Comune B004", "002"),
    ("Z001", "1861-03-17", "1928-01-01", "Comune Z001", "001"),
)
EVENTS: Sequence[tuple[str, str, str, str, str | None, str | None]] = (
    ("1928-01-01", "incorporation", "Z001", "A003", None, None),
    ("2005-05-01", "province change", "B001", "B001", "001", "002"),
    ("2010-07-01", "renaming", "A002", "A002", "Vecchia", "Nuova"),
    ("2014-01-01", "merger", "A010", "M001", None, None),
    ("2014-01-01", "merger", "A011", "M001", None, None),
)


def square(row: float, column: float, width: float = 1) -> shapely.Polygon:
    """Return a square, or a part of its width."""
    west, south = 9 + column / 2, 42 + row / 2
    return shapely.box(west, south, west + width / 2, south + 0.5)


def boundaries(day: dt.date) -> Boundaries:
    """Return the boundaries of 2013 or 2023."""
    shapes = {code: square(*place) for code, place in SQUARES.items()}
    if day.year < 2014:
        del shapes["M001"]
        shapes |= {"A010": square(1, 1, 0.5), "A011": square(1, 1.5, 0.5)}
    rows = [_municipality(number, code, shapes[code]) for number, code in enumerate(sorted(shapes), start=1)]
    return Boundaries(day, "made up", "CC0 1.0", f"{day:%Y%m%d}{'0' * 56}", gpd.GeoDataFrame(rows, crs=4326))


def _municipality(number: int, code: str, shape: shapely.Polygon) -> dict[str, Any]:
    province = "002" if code.startswith("B") else "001"
    name = f"Comune {code}"
    return {
        "municipality_code": code,
        "istat_code": f"{province}{number:03d}",
        "name": name,
        "name_it": name,
        "name_other": None,
        "province_code": province,
        "province": f"Provincia {province}",
        "sigla": "BB" if code.startswith("B") else "AA",
        "region_code": "01",
        "region": "Regione 01",
        "population": 1000 * number,
        "provenance": None,
        "geometry": shape,
    }


CASES: Sequence[Case] = (
    ("A001", "name+province", (), 40),
    ("A002", "name+province", (), 30),
    ("A003", "point", ("located: B001 instead of declared A003",), 30),
    ("M001", "alias", ("province: declared XX, is AA",), 1),
    ("B001", "name+province", (), 30),
    ("B002", "point", (), 30),
    (None, "foreign seat", (), 5),
    (None, "unknown name", (), 4),
    (None, "homonym without province", (), 1),
)


def publish_country(
    url: str, *, with_history: bool = True, cases: Sequence[Case] = CASES, vintages: Sequence[int] = (2013, 2023)
) -> ReleaseSummary:
    """Fill a migrated database with the country and publish it."""
    with connect(url, role=Role.LOAD) as connection, exclusive_transaction(connection):
        run_id = _inserted(connection, "INSERT INTO ops.run (verb, software_version) VALUES ('build', '0')", "run_id")
        found = [load_boundaries(connection, boundaries(dt.date(year, 1, 1)), run_id=run_id) for year in vintages]
        if with_history:
            _write_history(connection)
        write_build(connection, found[-1].vintage_id, cases, run_id)
    return publish_again(url)


def publish_again(url: str) -> ReleaseSummary:
    """Publish the newest build, without its indicators: these have tests of their own."""
    publication = load_publication(default_catalogue_dir())
    chosen = tuple(each for each in publication.collection if each.kind not in ("indicators", "observations"))
    catalogue = type(load_indicators(default_catalogue_dir()))({})
    with connect(url, role=Role.LOAD) as connection, exclusive_transaction(connection):
        return publish(connection, catalogue, publication.model_copy(update={"collection": chosen}))


def _inserted(
    connection: Connection, statement: str, returning: str, parameters: Mapping[str, object] | None = None
) -> int:
    row = connection.execute(f"{statement} RETURNING {returning}", parameters or {}).fetchone()
    assert row is not None
    return int(row[0])


def _write_history(connection: Connection) -> None:
    """Take the versions and events above to be true."""
    connection.execute("TRUNCATE territory.version, territory.event")
    moment = "2025-01-01"
    copy_rows(
        connection,
        "territory.version",
        ("municipality_code", "valid_from", "valid_to", "name", "name_it", "sigla", "province_code", "region_code",
         "region", "nuts3_2024", "sources", "known_from"),
        [
            (code, begin, end, name, name, province[1:].replace("01", "AA").replace("02", "BB"), province, "01",
             "Regione 01", f"ITX{province}", ["anpr-archive"], moment)
            for code, begin, end, name, province in VERSIONS
        ],
    )  # fmt: skip
    copy_rows(
        connection,
        "territory.event",
        ("event_date", "kind", "municipality_code", "successor_code", "before", "after", "is_partial", "source",
         "known_from"),
        [(*event, False, "istat-suppressed", moment) for event in EVENTS],
    )  # fmt: skip


def write_build(connection: Connection, vintage_id: str, cases: Sequence[Case], run_id: int) -> None:
    """Write a build and the placements that it rests on."""
    not_placed = {how: firms for code, how, _, firms in cases if code is None}
    placed = sum(firms for code, _, _, firms in cases if code is not None)
    _inserted(
        connection,
        "INSERT INTO measure.build (source_id, reference_date, vintage_id, recipe, firms, firms_placed, firms_unplaced,"
        " is_synthetic, run_id) VALUES (%(source)s, %(day)s, %(vintage)s, '{}', %(firms)s, %(placed)s, %(why)s, TRUE,"
        " %(run)s)",
        "build_id",
        {
            "source": SOURCE,
            "day": REFERENCE_DATE,
            "vintage": vintage_id,
            "firms": placed + sum(not_placed.values()),
            "placed": placed,
            "why": orjson.dumps(not_placed).decode(),
            "run": run_id,
        },
    )
    columns = (
        "source_id", "reference_date", "case_id", "vintage_id", "municipality_then", "municipality_code", "method",
        "reason", "confidence", "conflicts", "located_code", "firms",
    )  # fmt: skip
    copy_rows(connection, "register.placement_case", columns, [
        (SOURCE, REFERENCE_DATE, number, vintage_id, code, code, how if code else "none", None if code else how,
         1.0 if code else 0.0, list(conflicts), code, firms)
        for number, (code, how, conflicts, firms) in enumerate(cases, start=1)
    ])  # fmt: skip
