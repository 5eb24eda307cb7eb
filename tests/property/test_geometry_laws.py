"""Laws of coverages, on random ones: cells of a Voronoi diagram, cut into groups at random."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from atlante.geometry import ZOOM_BANDS, area_km2, dissolve, geojson_texts, mend_coverage, simplify_coverage

if TYPE_CHECKING:
    from atlante.geometry import GeometryArray


@st.composite
def coverages(draw: st.DrawFn) -> GeometryArray:
    """Return 5 to 30 cells that tile a box in central Italy."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    points = shapely.MultiPoint(random.uniform((11, 42), (14, 44), (draw(st.integers(5, 30)), 2)))
    box = shapely.box(10.5, 41.5, 14.5, 44.5)
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=box))
    return mend_coverage(cells).geoms


@settings(max_examples=30, deadline=None)
@given(coverages(), st.randoms(use_true_random=False))
def test_areas_of_members_add_up_to_the_area_of_the_whole(cells: GeometryArray, random: object) -> None:
    groups = np.arange(len(cells)) % 3
    random.shuffle(groups)  # type: ignore[attr-defined]
    wholes = dissolve(cells, groups)
    assert area_km2(wholes) == pytest.approx(np.bincount(groups, area_km2(cells)), rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(coverages(), st.sampled_from(ZOOM_BANDS))
def test_a_simplified_coverage_is_a_coverage_with_all_its_members(cells: GeometryArray, band: tuple[int, int]) -> None:
    simplified = simplify_coverage(cells)[band]
    assert shapely.coverage_is_valid(simplified)
    assert len(simplified) == len(cells)
    assert not shapely.is_empty(simplified).any()


@settings(max_examples=30, deadline=None)
@given(coverages())
def test_mending_a_mended_coverage_changes_nothing(cells: GeometryArray) -> None:
    again = mend_coverage(cells)
    assert not again.is_mended.any()


@settings(max_examples=30, deadline=None)
@given(coverages(), st.integers(3, 7))
def test_geojson_texts_parse_to_the_rounded_geometry(cells: GeometryArray, digits: int) -> None:
    for cell, text in zip(cells, geojson_texts(cells, digits), strict=True):
        read = shapely.from_geojson(text)
        assert json.loads(text)["type"] == "MultiPolygon"
        assert read.hausdorff_distance(cell) <= 10.0**-digits
        coordinates = shapely.get_coordinates(read)
        assert (np.round(coordinates, digits) == coordinates).all()
