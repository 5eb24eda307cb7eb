"""Requests read what they return, not what is there: the plans of their queries on a release of all Italy.

Hundreds of thousands of features in 18 collections, 32,000 tile geometries. The expected numbers are those of the
answer, with room for what an index can't know: bounding boxes that overlap, other zoom bands of the same place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Plans
    from flask.testing import FlaskClient

MUNICIPALITIES = 7_901  # of the boundaries of 2023 (ISTAT: 7,901 on 1 January 2023)
COLLECTIONS = "/api/collections"
MILANO = {5: "11/16", 8: "91/134", 12: "1466/2152"}  # row/column of the tile with the cathedral, by zoom


@pytest.mark.parametrize("collection", ["provinces", "indicators-municipalities", "observations-municipalities"])
@pytest.mark.parametrize("offset", [0, 90])
def test_a_page_of_items_reads_its_items(plans_of: Callable[[str], Plans], collection: str, offset: int) -> None:
    plans = plans_of(f"{COLLECTIONS}/{collection}/items?f=json&limit=10&offset={offset}")
    assert plans.rows == {"feature": 10, "geometry": 10}
    assert plans.indexes == {"feature_pkey", "geometry_pkey"}


def test_a_page_far_behind_costs_what_the_first_one_does(plans_of: Callable[[str], Plans]) -> None:
    plans = plans_of(f"{COLLECTIONS}/observations-municipalities/items?f=json&limit=10&offset=150000")
    assert plans.rows == {"feature": 10, "geometry": 10}
    assert None not in plans.indexes


@pytest.mark.parametrize("collection", ["indicators-municipalities", "municipalities"])
def test_an_item_reads_itself_and_its_neighbours(plans_of: Callable[[str], Plans], collection: str) -> None:
    plans = plans_of(f"{COLLECTIONS}/{collection}/items/F205?f=json")
    assert plans.rows == {"feature": 4, "geometry": 1}  # the item, once more to find its neighbours, and these two
    assert None not in plans.indexes


@pytest.mark.parametrize("collection", ["municipalities", "observations-municipalities"])
def test_a_bbox_is_looked_up_in_the_index_of_geometry(
    plans_of: Callable[[str], Plans], client: FlaskClient, collection: str
) -> None:
    """It holds 157 municipalities; boxes of some more overlap it."""
    address = f"{COLLECTIONS}/{collection}/items?f=json&limit=10&bbox=9,45,9.3,45.6"
    matched = client.get(address).get_json()["numberMatched"]
    plans = plans_of(address)
    assert "geometry_geom" in plans.indexes
    assert None not in plans.indexes
    assert plans.rows["geometry"] < 2_000
    assert plans.rows["feature"] < 1.1 * matched + 1_000


def test_a_page_of_a_period_reads_no_more_than_the_features_of_that_period(plans_of: Callable[[str], Plans]) -> None:
    plans = plans_of(f"{COLLECTIONS}/observations-municipalities/items?f=json&limit=10&datetime=2023")
    assert plans.rows["feature"] <= MUNICIPALITIES + 10  # those of the period, and the page


@pytest.mark.parametrize(("day", "versions"), [("2023-01-01", MUNICIPALITIES), ("2022-12-31", 0)])
def test_a_page_of_a_day_reads_no_more_than_the_versions_of_that_day(
    plans_of: Callable[[str], Plans], day: str, versions: int
) -> None:
    """The release knows of one set of boundaries, of 1 January 2023: before, nothing was valid."""
    plans = plans_of(f"{COLLECTIONS}/municipalities-history/items?f=json&limit=10&datetime={day}")
    assert plans.rows.get("feature", 0) <= versions + 10
    assert None not in plans.indexes


def test_a_page_of_a_period_is_found_by_indexes(plans_of: Callable[[str], Plans]) -> None:
    plans = plans_of(f"{COLLECTIONS}/observations-municipalities/items?f=json&limit=10&datetime=2023")
    assert "feature_period" in plans.indexes
    assert None not in plans.indexes
    assert plans.rows["geometry"] == 10


@pytest.mark.parametrize(
    ("collection", "zoom", "most_shapes"),
    [
        ("indicators-municipalities", 5, 2 * MUNICIPALITIES),
        ("indicators-municipalities", 8, MUNICIPALITIES),
        ("indicators-municipalities", 12, 200),
        ("indicators-provinces", 5, 4 * 107),
        ("indicators-provinces", 8, 4 * 107),
        ("indicators-provinces", 12, 200),
    ],
)
def test_a_tile_reads_the_shapes_of_its_place(
    plans_of: Callable[[str], Plans], collection: str, zoom: int, most_shapes: int
) -> None:
    plans = plans_of(f"{COLLECTIONS}/{collection}/tiles/WebMercatorQuad/{zoom}/{MILANO[zoom]}?f=mvt")
    assert None not in plans.indexes
    assert 0 < plans.rows["tile_geometry"] <= most_shapes
    assert plans.rows["feature"] <= most_shapes


@pytest.mark.parametrize(("level", "places"), [("province", 107), ("municipality", MUNICIPALITIES)])
def test_the_atlas_reads_the_places_that_it_shows(plans_of: Callable[[str], Plans], level: str, places: int) -> None:
    plans = plans_of(f"/?level={level}")
    assert None not in plans.indexes
    assert plans.rows["feature"] <= 2 * places + 1  # values, their digits, one look whether the indicator is there
