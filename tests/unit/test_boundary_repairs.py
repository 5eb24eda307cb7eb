"""What a repair mends, and what it says of it. Expected areas: by counting squares of a kilometre."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import shapely
from kilometre_grid import boundaries, listed, square

from atlante.geometry import area_km2
from atlante.territories import read_unchecked
from atlante.territories.boundaries import check_municipalities
from atlante.territories.checking import Comparison, Evidence, check_boundaries, repair_boundaries, shipped_holes
from atlante.territories.documents import read_document

if TYPE_CHECKING:
    from pathlib import Path

    from atlante.territories import Boundaries

BEFORE = date(2022, 1, 1)
FRAME = shapely.difference(square(-1, -1, 4, 3), square(0, 0, 2))  # 4 by 3 km around a hole of 2 by 1 km


def successors(*pairs: tuple[str, str]) -> pd.DataFrame:
    table = pd.DataFrame(pairs, columns=["code", "successor_code"])
    return table.assign(is_partial=table["code"].duplicated(keep=False), events="2023-01-01 merger")


def areas(of: Boundaries) -> dict[str, float]:
    rows = of.municipalities
    return dict(zip(rows["municipality_code"], area_km2(rows.geometry.to_numpy()).round(6).tolist(), strict=True))


def provenance(of: Boundaries) -> dict[str, str | None]:
    return dict(zip(of.municipalities["municipality_code"], of.municipalities["provenance"], strict=True))


def test_a_missing_municipality_gets_the_ground_of_its_predecessors() -> None:
    before = boundaries({"A001": FRAME, "A002": square(0, 0), "A003": square(1, 0)}, BEFORE)
    evidence = Evidence(
        listed=listed("A001", "A004"),
        comparison=Comparison(before, successors(("A002", "A004"), ("A003", "A004"))),
    )
    repaired = repair_boundaries(boundaries({"A001": FRAME}), evidence)
    assert areas(repaired) == {"A001": pytest.approx(10.0, abs=1e-4), "A004": pytest.approx(2.0, abs=1e-4)}
    assert shapely.coverage_is_valid(repaired.municipalities.geometry.to_numpy())
    assert provenance(repaired)["A004"] == (
        "geometry: hole of 2.000 km² filled with Comune A002 (A002), Comune A003 (A003) as of 2022-01-01 "
        "(2023-01-01 merger)"
    )
    assert repaired.municipalities.set_index("municipality_code").loc["A004", "istat_code"] == "015004"
    assert check_boundaries(repaired, evidence).is_clean


def test_a_municipality_gets_the_ground_of_one_that_it_incorporated() -> None:
    """As Pesaro, in the file of 2021, lacks Monteciccardo."""
    before = boundaries({"A001": FRAME, "A002": square(0, 0, 2)}, BEFORE)
    evidence = Evidence(comparison=Comparison(before, successors(("A002", "A001"))))
    repaired = repair_boundaries(boundaries({"A001": FRAME}), evidence)
    assert areas(repaired) == {"A001": pytest.approx(12.0, abs=1e-4)}
    assert "hole of 2.000 km² filled with Comune A002 (A002)" in str(provenance(repaired)["A001"])


def test_a_hole_of_two_heirs_is_divided_along_the_old_border() -> None:
    before = boundaries({"A001": FRAME, "A002": square(0, 0), "A003": square(1, 0)}, BEFORE)
    evidence = Evidence(listed=listed("A001", "A004", "A005"),
                        comparison=Comparison(before, successors(("A002", "A004"), ("A003", "A005"))))  # fmt: skip
    repaired = repair_boundaries(boundaries({"A001": FRAME}), evidence)
    assert areas(repaired) == {
        "A001": pytest.approx(10.0, abs=1e-4),
        "A004": pytest.approx(1.0, abs=1e-4),
        "A005": pytest.approx(1.0, abs=1e-4),
    }
    assert shapely.coverage_is_valid(repaired.municipalities.geometry.to_numpy())


def test_of_a_divided_municipality_the_hole_is_the_part_without_a_polygon() -> None:
    before = boundaries({"A001": shapely.union(FRAME, square(0, 0, 2))}, BEFORE)
    split = successors(("A001", "A001"), ("A001", "A002"))
    evidence = Evidence(listed=listed("A001", "A002"), comparison=Comparison(before, split))
    repaired = repair_boundaries(boundaries({"A001": FRAME}), evidence)
    assert areas(repaired)["A002"] == pytest.approx(2.0, abs=1e-4)


def test_a_hole_whose_owner_is_not_known_stays() -> None:
    """The ground is that of a municipality which is not listed and has no successor that is."""
    before = boundaries({"A001": FRAME, "A002": square(0, 0), "A003": square(1, 0)}, BEFORE)
    evidence = Evidence(listed=listed("A001"), comparison=Comparison(before, successors(("A002", "A001"))))
    assert areas(repair_boundaries(boundaries({"A001": FRAME}), evidence)) == {"A001": pytest.approx(10.0, abs=1e-4)}


def test_a_known_hole_stays() -> None:
    from atlante.territories.repairs import KnownHole  # noqa: PLC0415 - used here alone

    center = square(0, 0, 2).centroid
    known = KnownHole(name="E", longitude=center.x, latitude=center.y, min_area_km2=1, max_area_km2=3, why="abroad")
    before = boundaries({"A001": shapely.union(FRAME, square(0, 0, 2))}, BEFORE)
    evidence = Evidence(comparison=Comparison(before, successors(("A001", "A001"))), known_holes=(known,))
    assert areas(repair_boundaries(boundaries({"A001": FRAME}), evidence)) == {"A001": pytest.approx(10.0, abs=1e-4)}


def test_a_missing_municipality_at_the_edge_gets_its_ground_too() -> None:
    before = boundaries({"A001": square(0, 0), "A002": square(1, 0)}, BEFORE)
    evidence = Evidence(listed=listed("A001", "A003"), comparison=Comparison(before, successors(("A002", "A003"))))
    repaired = repair_boundaries(boundaries({"A001": square(0, 0)}), evidence)
    assert areas(repaired)["A003"] == pytest.approx(1.0, abs=1e-5)
    assert str(provenance(repaired)["A003"]).startswith("geometry: ground of 1.000 km² filled with Comune A002 (A002)")


def test_codes_come_from_the_list_and_the_provenance_says_which_were_there() -> None:
    """As Agrate Brianza has the code of the province that it left in 2009, in the file of 2019."""
    given = boundaries({"A001": square(0, 0), "A002": square(1, 0)}, istat_code=["012001", "015002"])
    repaired = repair_boundaries(given, Evidence(listed=listed("A001", "A002"), list_name="list.csv"))
    assert repaired.municipalities["istat_code"].tolist() == ["015001", "015002"]
    assert provenance(repaired) == {"A001": "codes: ISTAT code 015001 instead of 012001, by list.csv", "A002": None}


def test_polygons_are_made_valid_and_fitted() -> None:
    bow_tie = shapely.Polygon([(9, 45), (9.2, 45.2), (9.2, 45), (9, 45.2)])
    repaired = repair_boundaries(
        boundaries({"A001": bow_tie, "A002": square(0, 0), "A003": square(0.999, 0)}), Evidence()
    )
    geoms = repaired.municipalities.geometry.to_numpy()
    assert shapely.is_valid(geoms).all()
    assert shapely.coverage_is_valid(geoms)
    assert provenance(repaired)["A001"] == "geometry: made valid"
    assert "border fitted" in str(provenance(repaired)["A002"])


def test_slivers_go_to_the_neighbour_with_the_longest_common_border() -> None:
    """A gap of 4 m by 1 km between a square and what is around it on three sides; a lost part of 2 m by 2 m."""
    gap = square(1, 0, 0.004)
    around = shapely.difference(square(-1, -1, 4, 3), shapely.union(square(0, 0), gap))
    repaired = repair_boundaries(boundaries({"A001": square(0, 0), "A002": around}), Evidence())
    assert sum(areas(repaired).values()) == pytest.approx(12.0, abs=1e-4)
    assert check_boundaries(repaired, Evidence()).is_clean
    lost = square(1.5, 0.5, 0.002, 0.002)
    mine, theirs = shapely.MultiPolygon([square(0, 0), lost]), shapely.difference(square(1, 0), lost)
    repaired = repair_boundaries(boundaries({"A001": mine, "A002": theirs}), Evidence())
    assert areas(repaired) == {"A001": 1.0, "A002": 1.0}
    assert provenance(repaired)["A002"] == "geometry: took in a lost part of a neighbour"


def test_repaired_boundaries_have_a_digest_of_all_that_they_are_made_of() -> None:
    given = boundaries({"A001": square(0, 0)})
    digests = {
        repair_boundaries(given, Evidence()).sha256,
        repair_boundaries(given, Evidence(listed=listed("A001"))).sha256,
        repair_boundaries(given, Evidence(listed=listed("A001", name="another"))).sha256,
        given.sha256,
    }
    assert len(digests) == 4
    assert repair_boundaries(given, Evidence()).sha256 in digests


@pytest.mark.shared_data
def test_the_354_wrong_codes_of_2019_are_mended_and_it_can_be_loaded(shared_data: Path) -> None:
    """Each had the code of the province that it belonged to before: all those of Fermo, for one, that of Ascoli."""
    day, elenco = date(2019, 1, 1), shared_data / "codes/istat_elenco_comuni_2019-02-15.csv"
    given = read_unchecked(shared_data / "boundaries/municipalities_2019.parquet", reference_date=day)
    evidence = Evidence(listed=read_document(elenco).statements, list_name=elenco.name, known_holes=shipped_holes())
    repaired = repair_boundaries(given, evidence)
    check_municipalities(repaired.municipalities, "2019")
    rows = repaired.municipalities.set_index("municipality_code")
    assert rows["provenance"].str.startswith("codes: ISTAT code").sum() == 354
    assert rows.loc["A087", "provenance"] == f"codes: ISTAT code 108001 instead of 015003, by {elenco.name}"
    assert rows["provenance"].str.contains("made valid").sum() == 7
    assert shapely.coverage_is_valid(rows.geometry.to_numpy())


@pytest.mark.shared_data
def test_the_two_missing_polygons_of_2023_are_filled_from_2022(shared_data: Path) -> None:
    """The area of 2022 is 301,360.7885 km²; nothing of it may be missing or added."""
    folder, elenco = shared_data / "boundaries", shared_data / "codes/istat_elenco_comuni_2023-08-01.csv"
    given = read_unchecked(folder / "municipalities_2023.parquet", reference_date=date(2023, 1, 1))
    before = read_unchecked(folder / "municipalities_2022.parquet", reference_date=BEFORE)
    merged = successors(
        ("A645", "M433"), ("B131", "M433"), ("E856", "M433"), ("F709", "M434"), ("L204", "M434")
    )  # fmt: skip
    evidence = Evidence(
        listed=read_document(elenco).statements,
        known_holes=shipped_holes(),
        comparison=Comparison(before, merged),
    )
    repaired = repair_boundaries(given, evidence)
    check_municipalities(repaired.municipalities, "2023")
    assert len(repaired.municipalities) == 7901
    assert sum(areas(repaired).values()) == pytest.approx(301_360.7885, abs=0.001)
    assert areas(repaired)["M433"] + areas(repaired)["M434"] == pytest.approx(18.625, abs=0.001)
    assert shapely.coverage_is_valid(np.asarray(repaired.municipalities.geometry))
    assert check_boundaries(repaired, evidence).is_clean
