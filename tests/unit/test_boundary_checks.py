"""What a check finds. Expected areas: by counting squares of a kilometre."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import shapely
from kilometre_grid import boundaries, history, listed, square

from atlante.territories import read_unchecked
from atlante.territories.checking import (
    Comparison,
    Evidence,
    Finding,
    FindingKind,
    check_boundaries,
    fitting_days,
    shipped_holes,
)
from atlante.territories.documents import read_document
from atlante.territories.repairs import KnownHole

if TYPE_CHECKING:
    from pathlib import Path

    from atlante.territories import Boundaries

RING = {f"A{i:03}": square(x, y) for i, (x, y) in enumerate((x, y) for x in range(3) for y in range(3)) if i != 4}
NO_SUCCESSORS = pd.DataFrame({"code": [], "successor_code": [], "is_partial": [], "events": []}, dtype=object)


def found(checked: Boundaries, kind: FindingKind, evidence: Evidence | None = None) -> list[Finding]:
    return [finding for finding in check_boundaries(checked, evidence or Evidence()).findings if finding.kind is kind]


def test_squares_side_by_side_are_clean() -> None:
    report = check_boundaries(boundaries({"A001": square(0, 0), "A002": square(1, 0)}), Evidence())
    assert report.is_clean
    assert report.findings == ()
    assert report.municipalities == 2


def test_a_hole_is_measured_and_its_neighbours_are_named() -> None:
    (hole,) = found(boundaries(RING), FindingKind.HOLE)
    assert hole.figure == pytest.approx(1.0, abs=1e-6)
    assert hole.unit == "km²"
    assert hole.codes == tuple(sorted(RING))
    assert hole.names[0] == "Comune A000"
    assert "--repair" in hole.remedy


def test_an_island_in_a_hole_is_not_part_of_it() -> None:
    outer = shapely.difference(square(0, 0, 5, 5), square(1, 1, 3, 3))
    (hole,) = found(boundaries({"A001": outer, "A002": square(2, 2)}), FindingKind.HOLE)
    assert hole.figure == pytest.approx(8.0, abs=1e-6)


def test_a_known_hole_is_told_and_is_not_wrong() -> None:
    inside = square(1, 1).centroid
    known = KnownHole(
        name="Enclave", longitude=inside.x, latitude=inside.y, min_area_km2=0.9, max_area_km2=1.1, why="it is abroad"
    )
    report = check_boundaries(boundaries(RING), Evidence(known_holes=(known,)))
    assert report.counts() == {FindingKind.KNOWN_HOLE: 1}
    assert report.is_clean
    assert report.findings[0].detail.startswith("Enclave: 1.000 km²")


def test_a_hole_of_another_size_at_the_place_of_a_known_one_is_wrong() -> None:
    inside = square(1, 1).centroid
    known = KnownHole(name="E", longitude=inside.x, latitude=inside.y, min_area_km2=0.1, max_area_km2=0.5, why="…")
    assert found(boundaries(RING), FindingKind.HOLE, Evidence(known_holes=(known,)))


def test_an_overlap_is_measured_once_per_pair() -> None:
    overlapping = boundaries({"A001": square(0, 0), "A002": square(0.75, 0), "A003": square(5, 5)})
    (overlap,) = found(overlapping, FindingKind.OVERLAP)
    assert overlap.figure == pytest.approx(0.25, abs=1e-5)
    assert overlap.codes == ("A001", "A002")


def test_a_narrow_gap_and_a_narrow_overlap_are_slivers() -> None:
    """Both are 4 m wide and a kilometre long."""
    gap = square(1, 0, 0.004)
    around = shapely.difference(square(-1, -1, 4, 3), shapely.union(square(0, 0), gap))
    (sliver,) = found(boundaries({"A001": square(0, 0), "A002": around}), FindingKind.SLIVER)
    assert sliver.figure == pytest.approx(0.004, abs=1e-5)
    assert "4.0 m wide" in sliver.detail
    overlap = boundaries({"A001": square(0, 0), "A002": square(0.996, 0)})
    assert [each.figure for each in found(overlap, FindingKind.SLIVER)] == [pytest.approx(0.004, abs=1e-5)]
    assert not found(overlap, FindingKind.OVERLAP)


def test_a_lost_part_between_others_is_a_sliver_and_an_island_is_not() -> None:
    """A part of 2 m by 2 m cut out of a neighbour; a rock of the same size off the coast."""
    lost, rock = square(1.5, 0.5, 0.002, 0.002), square(0.5, 9, 0.002, 0.002)
    mine = shapely.MultiPolygon([square(0, 0), lost, rock])
    (sliver,) = found(boundaries({"A001": mine, "A002": shapely.difference(square(1, 0), lost)}), FindingKind.SLIVER)
    assert sliver.figure == pytest.approx(4e-6, rel=1e-3)
    assert sliver.codes == ("A001", "A002")
    assert "4.0 m²" in sliver.detail


def test_borders_with_other_vertices_are_told_with_their_length() -> None:
    """A tenth of a degree of latitude at 45° is 11.11 km."""
    right = shapely.Polygon([(9.1, 45), (9.2, 45), (9.2, 45.1), (9.1, 45.1), (9.1, 45.05)])
    off = found(boundaries({"A001": shapely.box(9, 45, 9.1, 45.1), "A002": right}), FindingKind.UNFITTED_BORDER)
    assert {each.codes for each in off} == {("A001",), ("A002",)}
    assert [each.figure for each in off] == [pytest.approx(11.11, rel=0.005)] * 2


def test_an_invalid_geometry_is_told_with_its_reason() -> None:
    bow_tie = shapely.Polygon([(9, 45), (9.2, 45.2), (9.2, 45), (9, 45.2)])
    (invalid,) = found(boundaries({"A001": bow_tie}), FindingKind.INVALID_GEOMETRY)
    assert invalid.detail.startswith("Self-intersection[9.1 45.1")


def test_a_row_without_a_polygon_is_told() -> None:
    empty = boundaries({"A001": square(0, 0), "A002": None, "A003": shapely.Polygon()})
    assert [each.codes for each in found(empty, FindingKind.NO_GEOMETRY)] == [("A002",), ("A003",)]


def test_repeated_codes_are_told_together() -> None:
    twice = boundaries({"A001": square(0, 0), "A002": square(1, 0)}, municipality_code="A001")
    (repeated,) = found(twice, FindingKind.DUPLICATE_CODE)
    assert repeated.codes == ("A001", "A001")
    assert repeated.detail == "Belfiore code A001"


def test_the_list_says_who_is_missing_and_who_is_not_known() -> None:
    evidence = Evidence(listed=listed("A001", "A003"))
    checked = boundaries({"A001": square(0, 0), "A002": square(1, 0)})
    assert [each.codes for each in found(checked, FindingKind.MISSING_POLYGON, evidence)] == [("A003",)]
    assert [each.codes for each in found(checked, FindingKind.UNKNOWN_MUNICIPALITY, evidence)] == [("A002",)]


def test_codes_that_disagree_with_the_list_are_told_by_municipality() -> None:
    given = boundaries({"A001": square(0, 0)}, istat_code="012001", province_code="012", sigla="VA")
    (wrong,) = found(given, FindingKind.CODE, Evidence(listed=listed("A001")))
    assert wrong.detail == (
        "ISTAT code 012001, in the list 015001; province code 012, in the list 015; sigla VA, in the list MI"
    )
    assert wrong.figure == 3


def test_a_row_without_a_belfiore_code_is_found_by_its_istat_code() -> None:
    given = boundaries({"A001": square(0, 0), "A002": square(1, 0)}, municipality_code=["N.d.", "A002"])
    (wrong,) = found(given, FindingKind.CODE, Evidence(listed=listed("A001", "A002")))
    assert wrong.codes == ("A001",)
    assert wrong.detail == "Belfiore code unknown, in the list A001"


def test_name_and_istat_code_together_are_believed_more_than_a_belfiore_code() -> None:
    swapped = boundaries({"A001": square(0, 0), "A002": square(1, 0)}, municipality_code=["A002", "A001"])
    wrong = found(swapped, FindingKind.CODE, Evidence(listed=listed("A001", "A002")))
    assert [each.codes for each in wrong] == [("A001",), ("A002",)]


def test_other_spellings_of_one_name_are_the_same_and_other_names_are_worth_knowing() -> None:
    given = boundaries(
        {"A001": square(0, 0), "A002": square(1, 0)}, name_it=["COMUNE A001'", "Altro"], province="Milan"
    )
    names = found(given, FindingKind.NAME, Evidence(listed=listed("A001", "A002")))
    assert [(each.detail, len(each.codes)) for each in names] == [
        ("name of the province Milan, in the list Milano", 2),
        ("name Altro, in the list Comune A002", 1),
    ]
    assert not any(each.is_wrong for each in names)


def test_an_area_that_jumps_without_an_event_is_told_with_the_share() -> None:
    before = boundaries({"A001": square(0, 0), "A002": square(1, 0)}, date(2022, 1, 1))
    now = boundaries({"A001": square(0, 0), "A002": square(1, 0, 1.25)})
    (jump,) = found(now, FindingKind.AREA_JUMP, Evidence(comparison=Comparison(before, NO_SUCCESSORS)))
    assert (jump.codes, jump.figure) == (("A002",), pytest.approx(0.25, abs=1e-6))
    assert jump.detail == "1.250 km², 1.000 km² on 2022-01-01: +25.0% without an event"
    assert not found(now, FindingKind.AREA_JUMP, Evidence(comparison=Comparison(before, NO_SUCCESSORS), area_jump=0.3))


def test_a_merger_explains_the_area_of_the_whole() -> None:
    before = boundaries({"A001": square(0, 0), "A002": square(1, 0)}, date(2022, 1, 1))
    merged = pd.DataFrame({"code": ["A001", "A002"], "successor_code": "A003", "is_partial": False, "events": "merger"})
    now = boundaries({"A003": square(0, 0, 2)})
    assert not found(now, FindingKind.AREA_JUMP, Evidence(comparison=Comparison(before, merged)))


def test_municipalities_that_exchanged_ground_are_compared_together() -> None:
    before = boundaries({"A001": square(0, 0), "A002": square(1, 0)}, date(2022, 1, 1))
    ceded = pd.DataFrame({
        "code": ["A001", "A001", "A002"],
        "successor_code": ["A001", "A002", "A002"],
        "is_partial": [True, True, False],
        "events": "cession",
    })  # fmt: skip
    now = boundaries({"A001": square(0, 0, 0.5), "A002": square(0.5, 0, 1.5)})
    assert not found(now, FindingKind.AREA_JUMP, Evidence(comparison=Comparison(before, ceded)))


def test_the_days_of_a_set_of_municipalities_are_found() -> None:
    lives = {"A001": (None, "2019-05-15"), "A002": (None, None), "A003": ("2019-05-15", "2020-01-01")}
    told = history(lives, [("2019-05-15", "merger", "A001", "A003")])
    fits = fitting_days({"A002", "A003"}, told)
    assert fits is not None
    assert (fits.first, fits.last, fits.differences) == (date(2019, 5, 15), date(2019, 12, 31), 0)
    nearly = fitting_days({"A001", "A002", "A003"}, told)
    assert nearly is not None
    assert nearly.differences == 1


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("file", "day", "elenco", "counts"),
    [
        (
            "2019",
            date(2019, 1, 1),
            "2019-02-15",
            {"invalid geometry": 7, "sliver": 2, "municipality without polygon": 6, "polygon without municipality": 3}
            | {"code disagrees": 354},
        ),
        ("2021-01-01", date(2021, 1, 1), "2021-01-01", {"invalid geometry": 5, "hole": 1}),
        ("2022", date(2022, 1, 1), "2022-05-01", {"sliver": 3, "code disagrees": 1}),
        ("2023", date(2023, 1, 1), "2023-08-01", {"hole": 2, "sliver": 3, "municipality without polygon": 2}
            | {"code disagrees": 1}),
    ],
)  # fmt: skip
def test_the_faults_of_the_real_boundaries_are_counted(
    shared_data: Path, file: str, day: date, elenco: str, counts: dict[str, int]
) -> None:
    """Codes: counted by hand with pandas; geometries: shapely.is_valid; 2021's hole is Monteciccardo, of 25.8 km²."""
    checked = read_unchecked(shared_data / f"boundaries/municipalities_{file}.parquet", reference_date=day)
    statements = read_document(shared_data / f"codes/istat_elenco_comuni_{elenco}.csv").statements
    report = check_boundaries(checked, Evidence(listed=statements, known_holes=shipped_holes()))
    wrong = {
        str(kind): n for kind, n in report.counts().items() if kind not in {FindingKind.KNOWN_HOLE, FindingKind.NAME}
    }
    assert wrong == counts
    assert report.counts()[FindingKind.KNOWN_HOLE] == 3
    holes = sum(finding.figure for finding in report.findings if finding.kind is FindingKind.HOLE)
    assert holes == pytest.approx({"2021-01-01": 25.811, "2023": 18.625}.get(file, 0), abs=0.001)
