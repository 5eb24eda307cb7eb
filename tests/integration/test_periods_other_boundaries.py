"""An earlier build on other boundaries: the country of ``through_time`` in 2013 and 2023, with and without its history.

M001 was made of A010 (west half) and A011 (east half) in 2014; nothing else changed.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import psycopg
import pytest
from through_time import publish_country

from atlante.database import Role, connect
from atlante.measures.conversion import flow, read_crosswalk
from atlante.measures.ground import Edition, Ground, read_ground
from atlante.measures.places import read_places

FIRST, LAST = dt.date(2013, 1, 1), dt.date(2023, 1, 1)
FIRMS = {"A001": 5.0, "A002": 1.0, "A003": 0.0, "A010": 4.0, "A011": 6.0, "B001": 2.0}
EVENT = "municipality_code IN ('A010', 'A011') OR successor_code = 'M001'"


def _ground(url: str) -> Ground:
    with connect(url, role=Role.LOAD) as connection:
        rows = connection.execute("SELECT vintage_id, reference_date FROM territory.vintage ORDER BY 2").fetchall()
        since, until = (Edition(*row) for row in rows)
        before, places = (read_places(connection, each.vintage_id) for each in (since, until))
        return read_ground(connection, before, places, since=since, until=until)


def _converted(ground: Ground) -> tuple[dict[str, float], dict[str, float]]:
    codes = ground.before.table["municipality_code"]
    amounts = np.array([[FIRMS.get(code, 0.0) for code in codes]])
    values, shares = ground.converted(amounts)
    keys = [*ground.places.codes]
    return dict(zip(keys, values[0], strict=True)), dict(zip(keys, shares[0], strict=True))


def _same(ground: Ground) -> set[str]:
    return set(ground.places.codes[ground.is_same])


def test_a_merger_adds_counts_up_and_says_what_was_converted(database: str) -> None:
    publish_country(database)
    ground = _ground(database)
    values, shares = _converted(ground)
    assert (values["M001"], values["A001"], values["001"], values["IT"]) == (10, 5, 16, 18)
    assert (shares["M001"], shares["A001"], shares["B001"]) == (1, 0, 0)
    assert shares["001"] == pytest.approx(10 / 16)
    assert shares["IT"] == pytest.approx(10 / 18)
    assert ground.is_known.all()
    assert _same(ground) == {"A001", "A002", "A003", "B001", "B002", "B003", "B004", "001", "002", "01", "IT"}


def test_where_nobody_tells_of_a_merger_only_those_on_its_ground_are_unknown(database: str) -> None:
    """The outlines show that A010 and A011 lay where M001 is; the province is the same in any case."""
    publish_country(database)
    with psycopg.connect(database) as connection:
        connection.execute(f"DELETE FROM territory.event WHERE {EVENT}")
    ground = _ground(database)
    values, _ = _converted(ground)
    assert np.isnan(values["M001"])
    assert values["A001"] == 5
    assert set(ground.places.codes[~ground.is_known]) == {"M001"}
    assert {"001", "01", "IT"} <= _same(ground)
    assert "M001" not in _same(ground)


def test_where_no_history_is_known_at_all_equal_codes_are_not_taken_for_the_same_ground(database: str) -> None:
    publish_country(database)
    with psycopg.connect(database) as connection:
        connection.execute("TRUNCATE territory.version, territory.event")
        connection.execute(
            "UPDATE territory.municipality SET geom_4326 = ST_Multi(ST_Translate(geom_4326, 0.25, 0)) "
            "WHERE municipality_code = 'A001' AND vintage_id LIKE '2013%'"
        )  # A001 lay half in what is A002 since
    with connect(database, role=Role.LOAD) as connection:
        walk = read_crosswalk(connection, FIRST, LAST)
    assert walk is not None
    assert walk.rows.empty
    assert _same(_ground(database)) >= {"B001", "B002", "001", "IT"}
    assert not _same(_ground(database)) & {"A001", "A002", "M001"}


def test_amounts_of_unknown_weight_are_unknown_where_they_arrive() -> None:
    links = pd.DataFrame(
        {"code": ["A", "A", "B", "C"], "successor_code": ["A", "D", "D", "C"], "weight": [0.25, 0.75, 1, np.nan]}
    )
    values, shares = flow(np.array([[8.0, 8.0, 2.0, 1.0]]), links, ["A", "C", "D", "E"])
    np.testing.assert_array_equal(values, [[2, np.nan, 8, np.nan]])
    np.testing.assert_array_equal(shares, [[1, 0, 1, 0]])
