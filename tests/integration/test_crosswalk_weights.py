"""Weights from boundaries, residents and firms in the database, on squares whose areas can be told by eye.

A (4 by 2 squares of a hundredth of a degree) is split on 2010-01-01 into B, its west (1 by 2), and C, its east (3 by
2). D lies to the east of A, and takes in the eastern column of C on 2015-01-01: C keeps 2 by 2.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import psycopg
import pytest
import shapely
from histories import history
from typer.testing import CliRunner, Result

from atlante.catalogue.levels import Level
from atlante.cli import crosswalk as cli
from atlante.cli.application import app
from atlante.errors import NothingLoaded, UnknownCodes, WeightsMissing
from atlante.pipeline.crosswalk import CrosswalkRequest, SeriesRequest, convert_table, make_crosswalk
from atlante.territories.crosswalk import SeriesKind, WeightKind
from atlante.territories.history import store_history

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 0.01
BEFORE, AFTER = date(2005, 1, 1), date(2020, 1, 1)
PART = {"is_partial": True}
WEST, EAST = {"province_code": "001", "region_code": "01"}, {"province_code": "002", "region_code": "01"}
HISTORY = history(
    [
        ("A001", "1861-03-17", "2010-01-01", WEST | {"istat_code": "001001", "name": "Alfa"}),
        ("B001", "2010-01-01", None, WEST | {"istat_code": "001002", "name": "Beta"}),
        ("C001", "2010-01-01", None, EAST | {"istat_code": "002003", "name": "Gamma"}),
        ("D001", "1861-03-17", None, EAST | {"istat_code": "002001", "name": "Delta"}),
        ("E001", "1861-03-17", "2010-06-01", EAST | {"istat_code": "002002", "name": "Eta"}),
        ("E001", "2010-06-01", None, WEST | {"istat_code": "001003", "name": "Eta"}),
    ],
    [
        ("2010-01-01", "split", "A001", "B001", PART),
        ("2010-01-01", "split", "A001", "C001", PART),
        ("2010-06-01", "recoding", "E001", "E001", {"before": "002002", "after": "001003"}),
        ("2015-01-01", "cession", "C001", "D001", PART),
    ],
)
E = ("E001", 6, 7, 40)
BEFORE_2010 = [("A001", 0, 4, None), ("D001", 4, 6, None), E]
AFTER_2015 = [("B001", 0, 1, 300), ("C001", 1, 3, 100), ("D001", 3, 6, 600), E]


def load_vintage(url: str, vintage_id: str, day: date, strips: list[tuple[str, int, int, int | None]]) -> None:
    """Write a boundary vintage of strips that are two squares high: code, first column, end column, residents."""
    with psycopg.connect(url) as connection:
        run = connection.execute(
            "INSERT INTO ops.run (verb, software_version) VALUES ('territories load', 'test') RETURNING run_id"
        ).fetchone()
        assert run
        connection.execute(
            "INSERT INTO territory.vintage VALUES (%s, %s, 'test', 'CC0', %s, %s)",
            (vintage_id, day, vintage_id, run[0]),
        )
        land = shapely.to_wkb(shapely.MultiPolygon([shapely.box(9, 45, 10, 46)]))
        connection.execute(
            "INSERT INTO territory.region VALUES (%s, '01', 'R', 1, ST_GeomFromWKB(%s, 4326))", (vintage_id, land)
        )
        connection.execute(
            "INSERT INTO territory.province VALUES (%s, '001', '01', 'P', 'PP', 1, ST_GeomFromWKB(%s, 4326))",
            (vintage_id, land),
        )
        for n, (code, first, end, residents) in enumerate(strips):
            shape = shapely.box(9 + first * SIDE, 45, 9 + end * SIDE, 45 + 2 * SIDE)
            connection.execute(
                "INSERT INTO territory.municipality (vintage_id, municipality_code, istat_code, province_code, name,"
                " name_it, population, area_km2, geom_4326)"
                " VALUES (%s, %s, %s, '001', 'N', 'N', %s, 1, ST_GeomFromWKB(%s, 4326))",
                (vintage_id, code, f"00100{n}", residents, shapely.to_wkb(shapely.MultiPolygon([shape]))),
            )


@pytest.fixture
def squares(database: str) -> str:
    """Return the address of a database with the history, and boundaries of before and after all changes."""
    with psycopg.connect(database) as connection:
        store_history(connection, HISTORY)
    load_vintage(database, "2001", date(2001, 1, 1), BEFORE_2010)
    load_vintage(database, "2019", date(2019, 1, 1), AFTER_2015)
    return database


def weights(url: str, kind: WeightKind, **more: object) -> dict[tuple[str, str], float]:
    request = CrosswalkRequest(BEFORE, AFTER, kind, **more)  # type: ignore[arg-type]
    rows = make_crosswalk(url, request).rows
    return dict(zip(zip(rows["code"], rows["successor_code"], strict=True), rows["weight"], strict=True))


def add_firms(url: str, columns: list[float | None]) -> None:
    """Register firms in the middle of columns of squares; None: without a point."""
    with psycopg.connect(url) as connection:
        run = connection.execute(
            "INSERT INTO ops.run (verb, software_version) VALUES ('ingest', 'test') RETURNING run_id"
        ).fetchone()
        assert run
        connection.execute(
            "INSERT INTO register.extract (source_id, reference_date, file_name, sha256, is_synthetic, rows_in_file,"
            " rows_accepted, rows_rejected, run_id) VALUES ('pumps', '2020-01-01', 'f', 's', FALSE, %s, %s, 0, %s)",
            (len(columns), len(columns), run[0]),
        )
        for n, column in enumerate(columns):
            longitude = None if column is None else 9 + (column + 0.5) * SIDE
            latitude = None if column is None else 45 + SIDE
            connection.execute(
                "INSERT INTO register.firm"
                " (source_id, run_id, row_number, firm_id, name, longitude, latitude, valid_from)"
                " VALUES ('pumps', %s, %s, %s, 'n', %s, %s, '2020-01-01')",
                (run[0], n, f"firm {n}", longitude, latitude),
            )


def test_areas_are_those_of_the_pieces(squares: str) -> None:
    """Of A's four columns B has one, C two, and D the one that C gave it; D's own go on whole."""
    found = weights(squares, WeightKind.AREA)
    assert found == {
        ("A001", "B001"): pytest.approx(0.25, abs=1e-5),
        ("A001", "C001"): pytest.approx(0.5, abs=1e-5),
        ("A001", "D001"): pytest.approx(0.25, abs=1e-5),
        ("D001", "D001"): 1,
        ("E001", "E001"): 1,
    }


def test_residents_are_the_successors_and_interpolated_where_a_successor_has_other_ground(squares: str) -> None:
    """B has 300, C 100; of D's 600 a third of its area is A's: 200."""
    rows = make_crosswalk(squares, CrosswalkRequest(BEFORE, AFTER, WeightKind.POPULATION)).rows.head(3)
    assert rows["weight"].tolist() == pytest.approx([300 / 600, 100 / 600, 200 / 600], abs=1e-5)
    assert rows["basis"].tolist() == ["population", "population", "population, interpolated by area"]


def test_firms_are_counted_by_their_points(squares: str) -> None:
    """Three in the column of B, one in those of C, one in the column that D got; the others are not A's."""
    add_firms(squares, [0, 0, 0, 2, 3, 4, 5, 6, None])
    found = weights(squares, WeightKind.FIRMS)
    assert [found["A001", code] for code in ("B001", "C001", "D001")] == pytest.approx([0.6, 0.2, 0.2], abs=1e-9)


def test_firms_without_points_are_counted_where_they_were_placed(squares: str) -> None:
    """30 in B, 10 in C; of D's 60 a third of its area is A's: 20."""
    add_firms(squares, [None])
    with psycopg.connect(squares) as connection:
        for n, (code, firms) in enumerate({"B001": 30, "C001": 10, "D001": 60}.items()):
            connection.execute(
                "INSERT INTO register.placement_case (source_id, reference_date, case_id, vintage_id,"
                " municipality_then, municipality_code, method, confidence, firms)"
                " VALUES ('pumps', '2020-01-01', %s, '2019', %s, %s, 'code', 1, %s)",
                (n, code, code, firms),
            )
    found = weights(squares, WeightKind.FIRMS)
    assert [found["A001", code] for code in ("B001", "C001", "D001")] == pytest.approx([0.5, 1 / 6, 1 / 3], abs=1e-5)


def test_firms_need_a_register(squares: str) -> None:
    with pytest.raises(NothingLoaded, match="register extract"):
        weights(squares, WeightKind.FIRMS)


def test_where_no_firm_is_in_any_part_nothing_is_made_up(squares: str) -> None:
    add_firms(squares, [5])
    with pytest.raises(WeightsMissing, match="No firms above 0 of A001"):
        weights(squares, WeightKind.FIRMS)


def test_a_province_is_divided_like_its_municipalities(squares: str) -> None:
    """A (8 squares) goes by a quarter to the west; D (4) stays in the east, E (2) went west as it was."""
    found = weights(squares, WeightKind.AREA, level=Level.PROVINCE)
    assert found == {
        ("001", "001"): pytest.approx(0.25, abs=1e-5),
        ("001", "002"): pytest.approx(0.75, abs=1e-5),
        ("002", "001"): pytest.approx(2 / 6, abs=1e-5),
        ("002", "002"): pytest.approx(4 / 6, abs=1e-5),
    }
    assert weights(squares, WeightKind.AREA, level=Level.REGION) == {("01", "01"): 1}


def test_boundaries_between_two_changes_do_not_stand_for_those_before_or_after(database: str) -> None:
    """In 2012 A was gone, and C not yet as it is."""
    with psycopg.connect(database) as connection:
        store_history(connection, HISTORY)
    load_vintage(database, "2012", date(2012, 1, 1), [("B001", 0, 1, 1), ("C001", 1, 4, 1), ("D001", 4, 6, 1)])
    named = r"of 2 territories: Gamma \(C001\) from 2015-01-01, Delta \(D001\) from 2015-01-01 are loaded"
    with pytest.raises(WeightsMissing, match=rf"boundaries {named}.*territories load") as missing:
        weights(database, WeightKind.AREA)
    assert len(missing.value.territories) == 2
    assert weights(database, WeightKind.EQUAL)["A001", "B001"] == pytest.approx(1 / 3)


def test_a_crosswalk_of_mergers_alone_needs_no_boundaries(database: str) -> None:
    merger = history(
        [("A001", "1861-03-17", "2010-01-01"), ("B001", "1861-03-17", None)],
        [("2010-01-01", "incorporation", "A001", "B001")],
    )
    with psycopg.connect(database) as connection:
        store_history(connection, merger)
    assert weights(database, WeightKind.AREA) == {("A001", "B001"): 1, ("B001", "B001"): 1}


def test_what_is_missing_is_named_up_to_ten_and_counted(database: str) -> None:
    splits = [
        [("2010-01-01", "split", f"A{n:03}", f"B{n:03}"), ("2010-01-01", "split", f"A{n:03}", f"C{n:03}")]
        for n in range(12)
    ]
    old = [(f"A{n:03}", "1861-03-17", "2010-01-01") for n in range(12)]
    new = [(f"{letter}{n:03}", "2010-01-01", None) for letter in "BC" for n in range(12)]
    with psycopg.connect(database) as connection:
        store_history(connection, history([*old, *new], [event for pair in splits for event in pair]))
    with pytest.raises(WeightsMissing) as missing:
        weights(database, WeightKind.AREA)
    message = str(missing.value)
    assert "24 territories: " in message
    assert message.count(" from 2010-01-01") == 10
    assert "and 14 more are loaded" in message


class TestOnTheCommandLine:
    """What is printed is what changed; files have everything."""

    DAYS = ("territories", "crosswalk", "--from=2009-01-01", "--to=2011-01-01")

    @pytest.fixture
    def merged(self, database: str) -> str:
        unchanged = [(f"C{n:03}", "1861-03-17", None) for n in range(20)]
        merger = history(
            [("A001", "1861-03-17", "2010-01-01"), ("B001", "1861-03-17", None), *unchanged],
            [("2010-01-01", "incorporation", "A001", "B001")],
        )
        with psycopg.connect(database) as connection:
            store_history(connection, merger)
        return database

    def call(self, url: str, *options: str) -> Result:
        result = CliRunner().invoke(app, ["--database-url", url, *self.DAYS, *options])
        assert result.exit_code == 0, result.output
        return result

    def test_only_what_changed_is_shown_and_the_rest_is_counted(self, merged: str) -> None:
        result = self.call(merged)
        lines = [line.split() for line in result.stdout.splitlines()]
        assert [line[:2] for line in lines] == [["old", "new"], ["A001", "B001"]]
        assert "21 of 22 territories stay as they are" in result.stderr

    def test_all_are_shown_where_that_is_asked_for(self, merged: str) -> None:
        result = self.call(merged, "--all")
        assert len(result.stdout.splitlines()) == 1 + 22
        assert "stay as they are" not in result.stderr

    def test_files_and_json_always_have_all(self, merged: str, tmp_path: Path) -> None:
        file = tmp_path / "crosswalk.csv"
        assert len(json.loads(self.call(merged, "--csv", str(file), "--json").stdout)["rows"]) == 22
        assert len(file.read_text(encoding="utf-8").splitlines()) == 1 + 22

    def test_the_decimals_in_a_file_add_up_to_one(self, database: str, tmp_path: Path) -> None:
        """A third has no end in decimals, nor in binary numbers."""
        parts = [("2010-01-01", "split", "A001", f"B00{n}") for n in range(3)]
        with psycopg.connect(database) as connection:
            new = [(f"B00{n}", "2010-01-01", None) for n in range(3)]
            store_history(connection, history([("A001", "1861-03-17", "2010-01-01"), *new], parts))
        file = tmp_path / "crosswalk.csv"
        rows = json.loads(self.call(database, "--weights=equal", f"--csv={file}", "--json").stdout)["rows"]
        written = [line.split(",")[2] for line in file.read_text(encoding="utf-8").splitlines()[1:]]
        assert sum(map(Decimal, written)) == 1
        assert [repr(row["weight"]) for row in rows] == written


def test_without_a_history_the_error_says_what_to_load(database: str) -> None:
    with pytest.raises(NothingLoaded, match="territories load"):
        weights(database, WeightKind.AREA)


def test_the_command_line_offers_what_the_library_has() -> None:
    """Repeated there, so that --help needs no second to import the library."""
    assert [each.value for each in cli._Weights] == [each.value for each in WeightKind]
    assert [each.value for each in cli._Kinds] == [each.value for each in SeriesKind]
    assert {each.value for each in cli._Levels} | {"country"} == {each.value for each in Level}


class TestTable:
    """A table with the ISTAT codes of 2005, as a spreadsheet left them."""

    @pytest.fixture
    def table(self, tmp_path: Path) -> Path:
        path = tmp_path / "table.csv"
        path.write_text("comune;codice;pompe\nAlfa;1001;800\nDelta;2001;7\nEta;2002;5\n", encoding="utf-8")
        return path

    def test_is_converted_with_the_weights(self, squares: str, table: Path) -> None:
        request = CrosswalkRequest(BEFORE, AFTER, WeightKind.AREA, has_istat_codes=True)
        converted = convert_table(squares, request, SeriesRequest(table, "codice"))
        values = converted.series.table.set_index("code")
        assert values["pompe"].to_dict() == {
            "001002": pytest.approx(200, abs=0.01),
            "001003": 5,
            "002001": pytest.approx(207, abs=0.01),
            "002003": pytest.approx(400, abs=0.01),
        }
        assert values["pompe"].sum() == pytest.approx(812, rel=1e-12)
        assert values["pompe_converted_share"].tolist() == pytest.approx([1, 1, 200 / 207, 1], abs=1e-4)
        assert converted.series.converted_share["pompe"] == pytest.approx(805 / 812)
        assert converted.series.estimated_share["pompe"] == pytest.approx(800 / 812)
        assert converted.left_out == ("comune",)

    def test_with_codes_of_another_day_is_refused_and_told_which_day(self, squares: str, table: Path) -> None:
        with table.open("a", encoding="utf-8") as file:
            file.write("Gamma;2003;1\n")
        request = CrosswalkRequest(BEFORE, AFTER, has_istat_codes=True)
        with pytest.raises(UnknownCodes, match=r"1 codes.*002003 is valid from 2010-01-01\.") as refused:
            convert_table(squares, request, SeriesRequest(table, "codice"))
        assert refused.value.codes == ["002003"]
        accepted = convert_table(squares, request, SeriesRequest(table, "codice", accept_unknown=True))
        assert accepted.series.unknown["pompe"].tolist() == [1]

    def test_is_converted_on_the_command_line(self, squares: str, table: Path, tmp_path: Path) -> None:
        output = tmp_path / "new.csv"
        options = ["territories", "crosswalk", "--from=2005-01-01", "--to=2020-01-01", "--codes=istat", "--key=codice"]
        outcome = subprocess.run(
            [sys.executable, "-m", "atlante.cli", *options, "--series", str(table), "--output", str(output)],
            env=os.environ | {"ATLANTE_DATABASE_URL": squares},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert outcome.returncode == 0, outcome.stderr
        assert outcome.stdout == ""
        assert "pompe: 99.14% changed territory or code, 98.52% was divided by weights" in outcome.stderr
        assert output.read_text(encoding="utf-8").splitlines()[2] == "001003,5,1,0"
