"""A made-up country small enough to count by hand: two regions, three provinces, six municipalities.

A001 and A002 are in province 001, B001 and B002 in 002, both in region 01; C001 and C002 are in 003, region 02. The
population of B002 and C001 is unknown, that of C002 is 0. Every outline is the same square: nothing here asks where.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

from atlante.territories import Vintage

if TYPE_CHECKING:
    import psycopg

MUNICIPALITIES: Final = ("A001", "A002", "B001", "B002", "C001", "C002")
VINTAGE: Final = Vintage("2023-01-01-test", date(2023, 1, 1), "test", "CC0")
TERRITORY = """
INSERT INTO ops.run (verb, software_version) VALUES ('build', 'test');
INSERT INTO territory.vintage VALUES ('2023-01-01-test', '2023-01-01', 'test', 'CC0', 'test', 1);
CREATE TEMPORARY TABLE outline AS SELECT ST_Multi(ST_MakeEnvelope(9, 45, 10, 46, 4326)) AS geom;
INSERT INTO territory.region
SELECT '2023-01-01-test', code, code, 1, geom FROM outline, (VALUES ('01'), ('02')) AS region (code);
INSERT INTO territory.province
SELECT '2023-01-01-test', code, region, code, sigla, 1, geom
FROM outline, (VALUES ('001', '01', 'AA'), ('002', '01', 'BB'), ('003', '02', 'CC')) AS province (code, region, sigla);
INSERT INTO territory.municipality
SELECT '2023-01-01-test', code, istat, left(istat, 3), code, code, NULL, population, 1, geom, NULL
FROM outline, (VALUES
    ('A001', '001001', 1000), ('A002', '001002', 500),
    ('B001', '002001', 200000), ('B002', '002002', NULL),
    ('C001', '003001', NULL), ('C002', '003002', 0)
) AS municipality (code, istat, population);
"""


@dataclass(frozen=True)
class PlacedFirms:
    """How many firms were placed, as a build is told."""

    firms: int
    placed: int
    unplaced: dict[str, int] = field(default_factory=dict)


def seat_of(municipality: str | None) -> int:
    """Return the number of the one seat that a municipality has here; 0 is one that is not placed."""
    return ord(municipality[0]) * 1_000 + int(municipality[1:]) if municipality else 0


def place(connection: psycopg.Connection, municipality: str | None, *, source: str, day: date) -> None:
    """Write where the firms of a seat are on a day; without a municipality they are not placed."""
    reason = None if municipality else "foreign seat"
    connection.execute(
        """
        INSERT INTO register.placement_case
            (source_id, reference_date, case_id, vintage_id, municipality_code, method, reason, confidence, firms)
        VALUES (%s, %s, %s, %s, %s, 'name', %s, 1, 1) ON CONFLICT DO NOTHING
        """,
        (source, day, seat_of(municipality), VINTAGE.vintage_id, municipality, reason),
    )


def insert_firm(
    connection: psycopg.Connection, firm_id: str, municipality: str | None, *, source: str, **columns: object
) -> None:
    """Write one version of a firm; columns that are not given are unknown."""
    row = {
        "source_id": source, "run_id": 1, "row_number": 1, "firm_id": firm_id, "row_digest": 0, "name": firm_id,
        "declared_municipality": "-", "valid_from": "2025-01-01", "seat_id": seat_of(municipality), **columns,
    }  # fmt: skip
    statement = f"INSERT INTO register.firm ({', '.join(row)}) VALUES ({', '.join(f'%({name})s' for name in row)})"
    connection.execute(statement, row)
