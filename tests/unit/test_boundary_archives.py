"""Archives of boundaries as ISTAT publishes them, of old and new vintages; written here from invented squares.

Layers and columns: those of ISTAT's archives of 2001 (COD_PRO, NOME_COM …), 2011 (PROVINCIA, REGIONE) and 2023
(COD_UTS, DEN_UTS …).
"""

from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from kilometre_grid import DAY, history, rows, square

from atlante.errors import InvalidBoundaries
from atlante.territories import read_boundaries, read_unchecked
from atlante.territories.headers import standard_columns
from atlante.territories.layers import day_of_file
from atlante.territories.names import mend_encoding
from atlante.territories.residents import residents_of

if TYPE_CHECKING:
    from collections.abc import Mapping

SHAPES = [square(0, 0), square(1, 0)]
CODES = {"COD_REG": [1, 2], "PRO_COM": [1272, 7003]}  # Torino, Aosta
NEW = {
    "Com01012023_g": CODES | {
        "COD_RIP": 1, "COD_PROV": [1, 7], "COD_CM": [201, 0], "COD_UTS": [201, 7], "PRO_COM_T": ["001272", "007003"],
        "COMUNE": ["Torino", "Aosta"], "COMUNE_A": [None, "Aoste"], "CC_UTS": 1, "Shape_Area": 1.0,
    },
    "ProvCM01012023_g": {
        "COD_PROV": [1, 7], "DEN_PROV": ["-", "Aosta"], "DEN_CM": ["Torino", "-"], "DEN_UTS": ["Torino", "Aosta"],
        "SIGLA": ["TO", "AO"],
    },
    "Reg01012023_g": {"COD_REG": [1, 2], "DEN_REG": ["Piemonte", "Valle d'Aosta"]},
}  # fmt: skip
OLD = {
    "Com2001_g": CODES | {"COD_PRO": [1, 7], "NOME_COM": ["Torino", "Aosta"]},
    "Prov2001_g": {"COD_PRO": [1, 7], "NOME_PRO": ["Torino", "Aosta"], "SIGLA": ["TO", "AO"]},
    "Reg2001_g": {"COD_REG": [1, 2], "NOME_REG": ["Piemonte", "Valle d'Aosta"]},
}
OF_2011 = {
    "Com2011_WGS84": CODES | {"COD_PRO": [1, 7], "COMUNE": ["Torino", "Aosta"]},
    "Prov2011_WGS84": {"COD_PRO": [1, 7], "PROVINCIA": ["Torino", "Aosta"], "SIGLA": ["TO", "AO"]},
    "Reg2011_WGS84": {"COD_REG": [1, 2], "REGIONE": ["Piemonte", "Valle d'Aosta"]},
}


def write_archive(folder: Path, layers: Mapping[str, Mapping[str, Any]], *, crs: int = 32632) -> Path:
    """Write a folder per layer, as ISTAT does, and zip it."""
    for name, columns in layers.items():
        (folder / "Limiti" / name).mkdir(parents=True)
        frame = gpd.GeoDataFrame(dict(columns), geometry=SHAPES, crs=4326).to_crs(crs)
        frame.to_file(folder / "Limiti" / name / f"{name}_WGS84.shp", encoding="utf-8")
    archive = folder / "Limiti01012023_g.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for file in sorted((folder / "Limiti").rglob("*.*")):
            zipped.write(file, file.relative_to(folder))
    return archive


@pytest.mark.parametrize("layers", [NEW, OLD, OF_2011], ids=["2023", "2001", "2011"])
def test_names_of_provinces_and_regions_come_from_the_layers_beside(
    tmp_path: Path, layers: Mapping[str, Mapping[str, Any]]
) -> None:
    read = read_unchecked(write_archive(tmp_path, layers), reference_date=DAY).municipalities
    columns = ["istat_code", "name", "province_code", "province", "sigla", "region_code", "region"]
    assert read[columns].to_numpy().tolist() == [
        ["001272", "Torino", "001", "Torino", "TO", "01", "Piemonte"],
        ["007003", "Aosta", "007", "Aosta", "AO", "02", "Valle d'Aosta"],
    ]
    assert read["municipality_code"].isna().all()
    assert read.geometry.iloc[0].centroid.distance(SHAPES[0].centroid) < 1e-6


def test_a_folder_is_read_like_the_archive_that_it_was_unpacked_from(tmp_path: Path) -> None:
    archive = write_archive(tmp_path, NEW)
    packed, unpacked = (read_unchecked(path, reference_date=DAY) for path in (archive, tmp_path / "Limiti"))
    pd.testing.assert_frame_equal(pd.DataFrame(packed.municipalities), pd.DataFrame(unpacked.municipalities))


def test_belfiore_codes_come_from_the_history_of_that_day(tmp_path: Path) -> None:
    told = history({"L219": (None, None), "A326": (None, None)}, [])
    told.versions["istat_code"] = ["001272", "007003"]
    for column in ("sigla", "province", "province_code", "region", "region_code"):
        told.versions[column] = None
    read = read_boundaries(write_archive(tmp_path, NEW), reference_date=DAY, history=told).municipalities
    assert read["municipality_code"].tolist() == ["L219", "A326"]
    assert read["province"].tolist() == ["Torino", "Aosta"]
    assert read["provenance"].isna().all()


def test_without_a_history_the_error_asks_for_a_list(tmp_path: Path) -> None:
    with pytest.raises(InvalidBoundaries, match=r"no column for municipality_code .*--codes"):
        read_boundaries(write_archive(tmp_path, NEW), reference_date=DAY)


def test_coordinates_of_older_archives_are_converted(tmp_path: Path) -> None:
    """Until 2010 in ED50 / UTM 32N; the datum shift is about 150 m, its accuracy a few metres."""
    read = read_unchecked(write_archive(tmp_path, OLD, crs=23032), reference_date=DAY).municipalities
    assert read.geometry.iloc[0].centroid.distance(SHAPES[0].centroid) < 1e-4


def test_topojson_is_read(tmp_path: Path) -> None:
    ring = [[12.0, 42.0], [12.1, 42.0], [12.1, 42.1], [12.0, 42.0]]
    properties = {"name": "Roma", "com_istat_code": "058091", "com_catasto_code": "H501"}
    topology = {
        "type": "Topology",
        "arcs": [ring],
        "objects": {"municipalities": {"type": "GeometryCollection", "geometries": [
            {"type": "Polygon", "arcs": [[0]], "properties": properties}]}},
    }  # fmt: skip
    path = tmp_path / "rome.topo.json"
    path.write_text(json.dumps(topology), encoding="utf-8")
    read = read_unchecked(path, reference_date=DAY).municipalities
    assert read["municipality_code"].tolist() == ["H501"]
    assert read.total_bounds.tolist() == pytest.approx([12, 42, 12.1, 42.1])


def test_repaired_boundaries_keep_their_provenance_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "repaired.parquet"
    rows({"A001": square(0, 0)}, provenance="geometry: made valid").to_parquet(path)
    read = read_boundaries(path, reference_date=DAY).municipalities
    assert read["provenance"].tolist() == ["geometry: made valid"]
    assert read["population"].tolist() == [100]


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Limiti01012023_g.zip", date(2023, 1, 1)),
        ("Com01012002_g_WGS84.shp", date(2002, 1, 1)),
        ("municipalities_2021-01-01.parquet", date(2021, 1, 1)),
        ("municipalities_2023.parquet", None),
        ("Com45452023.shp", None),
    ],
)
def test_the_day_of_a_file_is_in_its_name(name: str, day: date | None) -> None:
    assert day_of_file(Path(name)) == day


def test_numbers_become_codes_with_all_their_digits() -> None:
    frame = gpd.GeoDataFrame({"PRO_COM": [1272.0], "COD_PROV": [1.0]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326)
    standard = standard_columns(frame)
    assert standard[["istat_code", "province_code"]].to_numpy().tolist() == [["001272", "001"]]


def test_text_without_letters_beyond_ascii_is_left_alone() -> None:
    assert mend_encoding(pd.Series(["Sant'Angelo", "Agliè", "Šempeter"])).tolist() == [
        "Sant'Angelo",
        "Agliè",
        "Šempeter",
    ]


class TestResidents:
    """From a table whose codes may be of another day."""

    told = history(
        {
            "A001": (None, "2023-01-01"),
            "A002": (None, "2023-01-01"),
            "A003": ("2023-01-01", None),
            "A004": (None, None),
        },
        [("2023-01-01", "merger", "A001", "A003"), ("2023-01-01", "merger", "A002", "A003")],
    )
    now = rows({"A003": square(0, 0), "A004": square(1, 0)})

    def test_those_of_a_merger_are_added_up(self) -> None:
        table = pd.Series({"015001": 10, "015002": 20, "015004": 5})
        found, notes = residents_of(self.now, table, history=self.told, day=DAY)
        assert found.tolist() == [30, 5]
        assert notes == ()

    def test_those_of_a_part_alone_are_not_those_of_the_whole(self) -> None:
        found, _ = residents_of(self.now, pd.Series({"015001": 10, "015004": 5}), history=self.told, day=DAY)
        assert found.isna().tolist() == [True, False]

    def test_codes_that_match_nothing_are_counted(self) -> None:
        table = pd.Series({"015003": 30, "015004": 5, "999001": 7, "999002": 8})
        found, notes = residents_of(self.now, table, history=self.told, day=DAY)
        assert found.tolist() == [30, 5]
        assert notes == (
            "population: 2 of 4 ISTAT codes match no municipality of that day, with 15 residents (999001, 999002)",
        )

    def test_a_code_that_the_municipality_had_before_is_followed(self) -> None:
        """As Montecopiolo, 041033 until it came to Rimini in June 2021, 099030 since."""
        recoded = history({"A004": (None, None)}, [])
        before = recoded.versions.assign(istat_code="041004", valid_to=pd.Timestamp("2021-06-17"))
        now = recoded.versions.assign(valid_from=pd.Timestamp("2021-06-17"))
        versions = pd.concat([before, now], ignore_index=True)
        told = type(recoded)(versions, recoded.events, recoded.conflicts)
        found, notes = residents_of(self.now[1:], pd.Series({"041004": 12}), history=told, day=DAY)
        assert found.tolist() == [12]
        assert notes == ()
