"""Polygons as arrays: expected values by hand, areas against the geodesics of PROJ."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from pyproj import Geod

from atlante.geometry import (
    ZOOM_BANDS,
    BBox,
    GeometryArray,
    area_km2,
    as_multipolygons,
    dissolve,
    geojson_texts,
    make_polygons_valid,
    mend_coverage,
    overview,
    simplify_coverage,
)


def array(*geoms: shapely.Geometry) -> GeometryArray:
    return np.array(geoms, dtype=object)


def wavy_pair() -> GeometryArray:
    """Two neighbours near Rome whose common border has 2,001 vertices over half a degree."""
    latitudes = np.linspace(41.5, 42, 2001)
    border = np.column_stack([12.5 + 0.0005 * np.sin(latitudes * 4000), latitudes])
    west = shapely.Polygon([(12, 41.5), *border, (12, 42)])
    east = shapely.Polygon([(13, 41.5), *border, (13, 42)])
    return array(west, east)


def test_a_bow_tie_becomes_its_two_triangles() -> None:
    bow_tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    valid = make_polygons_valid(array(bow_tie))
    assert valid[0].is_valid
    assert valid[0].geom_type == "MultiPolygon"
    assert valid[0].area == pytest.approx(2.0)


def test_what_has_no_area_comes_back_empty_and_not_as_a_line() -> None:
    spike = shapely.Polygon([(0, 0), (1, 1), (0, 0)])
    assert make_polygons_valid(array(spike))[0].is_empty


def test_heights_are_left_out() -> None:
    assert not shapely.has_z(make_polygons_valid(array(shapely.Polygon([(0, 0, 5), (1, 0, 5), (0, 1, 5)]))))[0]


def test_making_valid_does_not_change_what_was_given() -> None:
    given = array(shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]))
    make_polygons_valid(given)
    assert not given[0].is_valid


def test_a_multipolygon_stays_and_a_polygon_becomes_one() -> None:
    multi = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)])
    both = as_multipolygons(array(multi, shapely.box(0, 0, 1, 1)))
    assert [len(geom.geoms) for geom in both] == [2, 1]


@pytest.mark.parametrize("box", [(7, 45, 7.2, 45.1), (12.4, 41.8, 12.7, 42), (15, 36.7, 15.4, 37.1)])
def test_areas_are_those_of_the_ellipsoid(box: tuple[float, float, float, float]) -> None:
    """Oracle: geodesic area by PROJ, of the same ring with many vertices (its sides are geodesics, ours are not)."""
    polygon = shapely.segmentize(shapely.box(*box), 0.001)
    geodesic = abs(Geod(ellps="WGS84").geometry_area_perimeter(polygon)[0]) / 1e6
    assert area_km2(array(polygon))[0] == pytest.approx(geodesic, rel=1e-5)


def test_a_box_names_its_sides() -> None:
    box = BBox.of(array(shapely.box(7, 37, 9, 38), shapely.box(8, 36, 10, 37)))
    assert box == BBox(min_lon=7, min_lat=36, max_lon=10, max_lat=38)


def test_geojson_is_rounded_without_a_float_tail() -> None:
    triangle = shapely.Polygon([(12.1 + 0.2, 41.123456789), (13, 41), (13, 42)])
    text = geojson_texts(array(triangle))[0]
    assert json.loads(text)["coordinates"][0].count([12.3, 41.123457]) == 2
    assert all(
        len(number.split(".")[-1]) <= 6 for number in text.strip("{}").replace("]", ",").split(",") if "." in number
    )


def test_geojson_turns_exterior_rings_counter_clockwise_and_holes_clockwise() -> None:
    clockwise = shapely.box(0, 0, 3, 3, ccw=False).difference(shapely.box(1, 1, 2, 2))
    rings = json.loads(geojson_texts(array(clockwise))[0])["coordinates"]
    assert shapely.LinearRing(rings[0]).is_ccw
    assert not shapely.LinearRing(rings[1]).is_ccw


def test_geojson_joins_vertices_that_rounding_makes_equal() -> None:
    line = shapely.Polygon([(0, 0), (1, 0), (1, 1e-9), (1, 1)])
    assert json.loads(geojson_texts(array(line))[0])["coordinates"] == [[[0, 0], [1, 0], [1, 1], [0, 0]]]


def test_a_ring_smaller_than_the_grid_is_left_out_of_the_text() -> None:
    speck = [(0.4, 0.3), (0.40000001, 0.3), (0.40000001, 0.30000001), (0.4, 0.3)]
    with_hole = shapely.Polygon([(0, 0), (1, 0), (1, 1), (0, 0)], [speck])
    text = geojson_texts(array(with_hole))[0]
    rings = json.loads(text)["coordinates"]
    assert len(rings) == 1
    assert shapely.Polygon(rings[0]).equals(shapely.Polygon([(0, 0), (1, 0), (1, 1)]))


def test_neighbours_dissolve_without_a_vertex_moved() -> None:
    pair = wavy_pair()
    merged = dissolve(pair, [0, 0])
    assert len(merged) == 1
    assert merged[0].equals(shapely.union_all(pair))
    assert np.isin(shapely.get_coordinates(merged), shapely.get_coordinates(pair)).all()


def test_groups_come_back_in_the_order_of_their_numbers() -> None:
    boxes = array(*(shapely.box(i, 0, i + 1, 1) for i in range(4)))
    assert shapely.bounds(dissolve(boxes, [1, 1, 0, 0])).tolist() == [[2, 0, 4, 1], [0, 0, 2, 1]]


def test_neighbours_that_do_not_match_dissolve_too() -> None:
    """The second box has a vertex on the border that the first lacks, and overlaps it."""
    boxes = array(shapely.box(0, 0, 1, 1), shapely.box(0.9, 0.25, 2, 0.75))
    merged = dissolve(boxes, [0, 0])[0]
    assert merged.is_valid
    assert merged.area == pytest.approx(1 + 0.5)


def test_an_overlap_is_given_to_one_neighbour_and_the_others_stay() -> None:
    far = shapely.box(10, 40, 11, 41)
    coverage = mend_coverage(as_multipolygons(array(shapely.box(0, 0, 1, 1), shapely.box(0.999, 0, 2, 1), far)))
    assert coverage.is_mended.tolist() == [True, True, False]
    assert shapely.coverage_is_valid(coverage.geoms)
    assert shapely.area(coverage.geoms).sum() == pytest.approx(2 + 1)
    assert coverage.geoms[2].equals(far)


@pytest.mark.parametrize(("width", "holes"), [(0.000001, 0), (0.001, 1)])
def test_a_gap_narrower_than_a_metre_is_closed_and_a_wider_one_is_land(width: float, holes: int) -> None:
    """Four boxes around a gap: a lake or an enclave is wider than an error of digitising."""
    east = 1 + width
    boxes = array(
        shapely.Polygon([(0, 0), (1, 0), (1, 1), (0, 1)]),
        shapely.Polygon([(east, 0), (2, 0), (2, 1), (east, 1)]),
        shapely.Polygon([(0, 1), (1, 1), (east, 1), (2, 1), (2, 2), (0, 2)]),
        shapely.Polygon([(0, -1), (2, -1), (2, 0), (east, 0), (1, 0), (0, 0)]),
    )
    whole = dissolve(mend_coverage(boxes).geoms, [0, 0, 0, 0])[0]
    assert shapely.get_num_interior_rings(whole.geoms[0]) == holes


def test_a_good_coverage_is_not_touched() -> None:
    pair = as_multipolygons(wavy_pair())
    coverage = mend_coverage(pair)
    assert not coverage.is_mended.any()
    assert shapely.equals_exact(coverage.geoms, pair).all()


def test_bands_cover_every_zoom_level_once() -> None:
    assert [zoom for first, last in ZOOM_BANDS for zoom in range(first, last + 1)] == list(range(23))


def test_every_band_keeps_borders_shared_and_has_more_detail_than_the_one_before() -> None:
    simplified = simplify_coverage(wavy_pair())
    bands = [simplified[band] for band in ZOOM_BANDS]
    assert all(shapely.coverage_is_valid(band) for band in bands)
    vertices = [shapely.get_num_coordinates(band).sum() for band in bands]
    assert vertices == sorted(vertices)
    assert vertices[0] < 20
    assert vertices[-1] == shapely.get_num_coordinates(wavy_pair()).sum()


def test_bands_are_in_web_mercator() -> None:
    """EPSG:3857 by its definition: x = R·λ."""
    band = simplify_coverage(wavy_pair())[ZOOM_BANDS[-1]]
    assert shapely.bounds(band)[0][0] == pytest.approx(6_378_137 * np.radians(12))


def test_an_overview_has_few_vertices_and_the_same_place() -> None:
    general = overview(simplify_coverage(wavy_pair()))
    assert shapely.get_num_coordinates(general).sum() < 500
    assert shapely.total_bounds(general) == pytest.approx(shapely.total_bounds(wavy_pair()), abs=1e-3)
    assert shapely.coverage_is_valid(general)
