"""The point index on a handful of squares: whose a point is, what is refused, what is kept on disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import shapely

from atlante.errors import InvalidBoundaries, InvalidSetting, UnreadableIndex
from atlante.geometry import PointIndex, open_point_index
from atlante.geometry.point_index import storage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WEST, EAST, NORTH = shapely.box(8, 44, 9, 45), shapely.box(9, 44, 10, 45), shapely.box(8, 45, 10, 46)
LAGOON = shapely.Polygon(shapely.box(8, 44, 11, 47).exterior, [shapely.box(9, 45, 10, 46).exterior])
ENCLAVE = shapely.box(9, 45, 10, 46)


def index_of(*polygons: object) -> PointIndex:
    return PointIndex.build([f"A{place:03}" for place in range(len(polygons))], np.array(polygons, dtype=object))


def located(index: PointIndex, *points: tuple[float, float]) -> list[int]:
    x, y = np.array(points, dtype=float).T
    return index.locate(x, y).tolist()


def test_a_point_has_the_position_of_the_polygon_that_it_is_in() -> None:
    index = index_of(WEST, EAST, NORTH)
    assert index.codes == ("A000", "A001", "A002")
    assert located(index, (8.5, 44.5), (9.5, 44.5), (9, 45.5), (8.5, 43), (12, 44.5)) == [0, 1, 2, -1, -1]


def test_a_point_on_a_common_border_or_corner_is_of_the_lowest_position() -> None:
    for order, expected in (((WEST, EAST, NORTH), [0, 0, 1, 0]), ((NORTH, EAST, WEST), [1, 0, 0, 0])):
        assert located(index_of(*order), (9, 44.5), (8.5, 45), (9.5, 45), (9, 45)) == expected


def test_a_point_on_the_outer_border_is_inside_and_the_next_float_is_not() -> None:
    index = index_of(WEST)
    assert located(index, (8, 44), (9, 45), (8, 44.3), (8.7, 45)) == [0, 0, 0, 0]
    assert located(index, (np.nextafter(8, 0), 44.3), (8.7, np.nextafter(45, 99)), (8, np.nextafter(44, 0))) == [-1] * 3


def test_a_lagoon_is_outside_and_an_enclave_in_it_is_another_municipality() -> None:
    assert located(index_of(LAGOON), (9.5, 45.5), (9, 45.5), (8.5, 45.5)) == [-1, 0, 0]
    assert located(index_of(LAGOON, ENCLAVE), (9.5, 45.5), (9, 45.5), (8.5, 45.5)) == [1, 0, 0]


def test_a_municipality_of_many_islands_is_one() -> None:
    islands = shapely.multipolygons([shapely.box(x, 44, x + 0.1, 44.1) for x in (8, 8.5, 9)])
    assert located(index_of(islands), (8.05, 44.05), (8.55, 44.1), (9.05, 44), (8.3, 44.05)) == [0, 0, 0, -1]


def test_where_polygons_overlap_the_lowest_position_has_the_point() -> None:
    whole = shapely.box(7, 43, 12, 48)
    assert located(index_of(WEST, whole, ENCLAVE), (8.5, 44.5), (9.5, 45.5), (7.5, 47)) == [0, 1, 1]
    # the border of the lower position runs through cells that the higher one covers as a whole, and the other way round
    assert located(index_of(whole, WEST), (9, 44.5), (9.0001, 44.5)) == [0, 0]
    assert located(index_of(WEST, whole), (9, 44.5), (9.0001, 44.5)) == [0, 1]


def test_the_gap_between_neighbours_is_outside() -> None:
    index = index_of(WEST, shapely.box(9.000001, 44, 10, 45))
    assert located(index, (9.0000005, 44.5), (9, 44.5), (9.000001, 44.5)) == [-1, 0, 1]


def test_what_is_no_place_is_in_no_polygon() -> None:
    nan, infinity = float("nan"), float("inf")
    points = [(nan, 44.5), (8.5, nan), (infinity, 44.5), (8.5, -infinity), (nan, nan), (1e308, -1e308)]
    assert located(index_of(WEST), *points) == [-1] * 6


def test_a_polygon_may_reach_to_the_poles_and_the_antimeridian() -> None:
    index = index_of(shapely.box(-180, -90, 0, 90), shapely.box(0, -90, 180, 90))
    assert located(index, (-180, -90), (-180, 90), (180, 90), (180, -90), (0, 90), (190, 0)) == [0, 0, 1, 1, 0, -1]


def test_missing_and_empty_polygons_cover_nothing() -> None:
    assert located(index_of(None, WEST, shapely.Polygon(), shapely.MultiPolygon()), (8.5, 44.5), (0, 0)) == [1, -1]


@pytest.mark.parametrize("polygons", [[], [None], [shapely.Polygon(), None]])
def test_an_index_of_nothing_places_nothing(polygons: list[object], tmp_path: Path) -> None:
    index = index_of(*polygons)
    assert located(index, (8.5, 44.5), (0, 0)) == [-1, -1]
    assert index.nearest(np.array([8.5]), np.array([44.5]), 1_000)[0].tolist() == [-1]
    index.save(tmp_path / "index")
    assert located(PointIndex.load(tmp_path / "index"), (8.5, 44.5)) == [-1]


def test_no_points_have_no_positions() -> None:
    positions = index_of(WEST).locate(np.array([]), np.array([]))
    assert (positions.dtype, positions.shape) == (np.int32, (0,))


def test_a_height_is_not_looked_at() -> None:
    assert located(index_of(shapely.force_3d(WEST, 7.0)), (8.5, 44.5)) == [0]


def test_coordinates_may_have_any_width_layout_and_container() -> None:
    index = index_of(WEST, EAST)
    table = np.array([[8.5, 44.5], [9.5, 44.5], [9.0, 44.0], [11.0, 44.5]])
    expected = [0, 1, 0, -1]
    assert index.locate(table[:, 0], table[:, 1]).tolist() == expected
    assert index.locate(table[::-1, 0], table[::-1, 1]).tolist() == expected[::-1]
    assert index.locate(*table.astype(np.float32).T).tolist() == expected
    assert index.locate(pd.Series(table[:, 0]), pd.Series(table[:, 1])).tolist() == expected
    assert index.locate(np.array([8, 9, 11]), np.array([44, 45, 44], dtype=np.int16)).tolist() == [0, 0, -1]
    unknown = pd.Series([8.5, None], dtype="Float64")
    assert index.locate(unknown, pd.Series([44.5, 44.5])).tolist() == [0, -1]


def test_points_are_left_as_they_were() -> None:
    x, y = np.array([8.5, np.nan, 99.0]), np.array([44.5, 44.5, 44.5])
    index_of(WEST).locate(x, y)
    np.testing.assert_array_equal(x, [8.5, np.nan, 99.0])


def test_columns_of_two_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="of one length"):
        index_of(WEST).locate(np.array([8.5, 9.5]), np.array([44.5]))


@pytest.mark.parametrize(
    ("polygons", "problem"),
    [
        ([WEST, shapely.Point(8, 44)], "Geometry 1: is a Point"),
        ([None, shapely.box(8, 44, 9, 1e300)], "Geometry 1: has coordinates that are no longitudes"),
        (
            [shapely.transform(WEST, lambda points: np.where(points == 8, np.nan, points))],
            "Geometry 0: has coordinates",
        ),
    ],
)
def test_what_is_no_polygon_is_refused(polygons: list[object], problem: str) -> None:
    with pytest.raises(InvalidBoundaries, match=problem):
        index_of(*polygons)


def test_more_codes_than_polygons_are_refused() -> None:
    with pytest.raises(InvalidBoundaries, match="2 codes for 1 polygons"):
        PointIndex.build(["A001", "B001"], np.array([WEST]))


def test_settings_out_of_range_are_refused() -> None:
    index = index_of(WEST)
    with pytest.raises(InvalidSetting, match="threads is 0"):
        index.locate(np.array([8.5]), np.array([44.5]), threads=0)
    with pytest.raises(InvalidSetting, match="cell_size is -1"):
        PointIndex.build(["A001"], np.array([WEST]), cell_size=-1)
    for distance in (0, -5, float("nan"), 2e6):
        with pytest.raises(InvalidSetting, match="max_distance_m"):
            index.nearest(np.array([8.5]), np.array([44.5]), distance)


def test_a_border_with_a_thousand_vertices_in_one_cell_is_decided_all_the_same() -> None:
    """The oracle is the radius: points nearer to the centre than the polygon's sides, and farther than its corners."""
    disc, whole = shapely.Point(9, 45).buffer(1e-4, quad_segs=1_000), shapely.box(8, 44, 10, 46)
    index = PointIndex.build(["A001", "B001"], np.array([disc, whole]), cell_size=0.5)
    angles = np.linspace(0, 7, 2_000)
    for radius, expected in ((0.9999e-4, 0), (1.0001e-4, 1)):
        positions = index.locate(9 + radius * np.cos(angles), 45 + radius * np.sin(angles))
        assert (positions == expected).all()


def test_neither_a_huge_nor_a_tiny_region_makes_a_large_raster() -> None:
    world = [shapely.box(x, y, x + 10, y + 10) for x in range(-180, 180, 10) for y in range(-90, 90, 10)]
    tiny = shapely.box(9, 45, 9 + 1e-12, 45 + 1e-12)
    ribbon = shapely.box(-180, 45, 180, 45 + 1e-9)
    for polygons in (world, [tiny], [ribbon]):
        index = index_of(*polygons)
        assert index._stored.grid.n_cells < 300_000
        assert located(index, shapely.get_coordinates(polygons[0])[0].tolist()) == [0]


def test_the_nearest_polygon_is_found_in_metres_within_the_limit() -> None:
    """On the WGS 84 ellipsoid, 0.01 degrees of longitude at 44.5 N are 795.3 m, of latitude at 45 N 1,111.3 m."""
    index = index_of(WEST, EAST)
    x, y = np.array([10.01, 8.5, 9.0, 8.5, 20.0, np.nan]), np.array([44.5, 45.01, 45.01, 44.5, 44.5, 44.5])
    positions, metres = index.nearest(x, y, 2_000)
    assert positions.tolist() == [1, 0, 0, 0, -1, -1]
    assert metres.tolist() == pytest.approx([795.3, 1_111.3, 1_111.3, 0, np.nan, np.nan], abs=0.1, nan_ok=True)
    assert index.nearest(x[:2], y[:2], 1_000)[0].tolist() == [1, -1]


def test_a_loaded_index_answers_like_the_one_that_was_saved(tmp_path: Path) -> None:
    built = index_of(LAGOON, ENCLAVE)
    built.save(tmp_path / "index.npz")
    loaded = PointIndex.load(tmp_path / "index.npz")
    x, y = np.random.default_rng(1).choice(np.linspace(7.9, 11.1, 33), (2, 2_000))
    assert loaded.codes == built.codes
    assert (loaded.locate(x, y) == built.locate(x, y)).all()
    for ours, theirs in zip(loaded.nearest(x, y, 9_000), built.nearest(x, y, 9_000), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert [file.name for file in tmp_path.iterdir()] == ["index.npz"], "a temporary file is left"


def _opened(folder: Path, *polygons: object, codes: Sequence[str] | None = None) -> tuple[PointIndex, list[str]]:
    notes: list[str] = []
    geoms = np.array(polygons or [WEST, EAST], dtype=object)
    names = codes or [f"A{place:03}" for place in range(len(geoms))]
    return open_point_index(folder, "it/2023 01", names, geoms, report=notes.append), notes


def _forbid_building(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("it was built again")

    monkeypatch.setattr(PointIndex, "build", refuse)


def test_an_index_is_built_once_and_then_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "made" / "when missing"
    _opened(folder)
    assert [file.name for file in folder.iterdir()] == ["points-it-2023-01.npz"]
    _forbid_building(monkeypatch)
    index, notes = _opened(folder)
    assert located(index, (8.5, 44.5), (9.5, 44.5)) == [0, 1]
    assert notes == []


def test_other_polygons_or_codes_under_the_same_name_are_built_again(tmp_path: Path) -> None:
    _opened(tmp_path)
    index, notes = _opened(tmp_path, EAST, WEST)
    assert located(index, (8.5, 44.5)) == [1]
    assert "made of other boundaries" in notes[0]
    index, notes = _opened(tmp_path, EAST, WEST, codes=["B001", "B002"])
    assert index.codes == ("B001", "B002")
    assert notes


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _flip_a_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    place = content.index(np.array([8.0 + 44j]).tobytes())  # a vertex
    content[place] ^= 1
    file.write_bytes(content)


def _be_older(file: Path) -> None:
    with np.load(file) as archive:
        arrays = dict(archive)
    head = json.loads(arrays["head"].tobytes()) | {"format": 0}
    arrays["head"] = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
    np.savez(file, **arrays)


def _be_another_archive(file: Path) -> None:
    np.savez(file, something=np.arange(3))


@pytest.mark.parametrize("damage", [_cut, _empty, _flip_a_byte, _be_older, _be_another_archive])
def test_a_damaged_or_older_file_is_built_again_with_a_note(damage: object, tmp_path: Path) -> None:
    _opened(tmp_path)
    file = next(tmp_path.iterdir())
    damage(file)  # type: ignore[operator]
    with pytest.raises(UnreadableIndex, match=f"{file} holds no usable point index: .+ Remove the file"):
        PointIndex.load(file)
    index, notes = _opened(tmp_path)
    assert located(index, (8.5, 44.5), (9.5, 44.5)) == [0, 1]
    assert "built again" in notes[0]
    assert located(PointIndex.load(file), (9.5, 44.5)) == [1]


def test_a_folder_that_nobody_may_write_to_costs_time_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(storage.tempfile, "mkstemp", refuse)  # root may write to every folder
    index, notes = _opened(tmp_path)
    assert located(index, (9.5, 44.5)) == [1]
    assert "can't be kept" in notes[0]
    assert "Permission denied" in notes[0]


def test_a_file_where_the_folder_should_be_costs_time_alone(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    index, notes = _opened(tmp_path / "cache")
    assert located(index, (9.5, 44.5)) == [1]
    assert "can't be kept" in notes[0]


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "index.npz"
    index_of(WEST).save(file)

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match="No space left"):
        index_of(EAST).save(file)
    assert [entry.name for entry in tmp_path.iterdir()] == ["index.npz"]
    assert located(PointIndex.load(file), (8.5, 44.5)) == [0]


_OPEN = """
import sys, numpy as np, shapely
from pathlib import Path
from atlante.geometry import open_point_index
geoms = np.array([shapely.box(8 + i / 30, 44, 8 + (i + 1) / 30, 45) for i in range(60)])
for _ in range(10):
    for file in Path(sys.argv[1]).glob("points-*"):
        file.unlink(missing_ok=True)
    notes = []
    index = open_point_index(Path(sys.argv[1]), "2023", [str(i) for i in range(60)], geoms, report=notes.append)
    assert index.locate(np.array([9.51]), np.array([44.5])).tolist() == [45]
    assert not any("no usable" in note and "No such file" not in note for note in notes), notes
"""


def test_several_processes_may_build_one_index_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", _OPEN, str(tmp_path)]
    builders = [subprocess.Popen(command, env=os.environ) for _ in range(3)]
    assert [builder.wait(timeout=120) for builder in builders] == [0, 0, 0]
    assert [file.name for file in tmp_path.iterdir()] == ["points-2023.npz"]


def test_several_threads_may_ask_one_index_at_once() -> None:
    index = index_of(LAGOON, ENCLAVE)
    x, y = np.random.default_rng(1).choice(np.linspace(8, 11, 31), (2, 5_000))  # most of them on lines
    expected = index.locate(x, y, threads=1)
    answers: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: answers.append(index.locate(x, y, threads=2))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert all((answer == expected).all() for answer in answers)
