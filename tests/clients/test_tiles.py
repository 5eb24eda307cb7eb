"""A vector tile, taken apart by an independent decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mapbox_vector_tile
import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable

COLLECTION = "indicators-provinces"
ZOOM, ROW, COLUMN = 5, 11, 17  # the upper and middle part of Italy: 11.25 to 22.5 east, 40.98 to 48.92 north


@pytest.fixture(scope="module")
def layer(service: str) -> dict[str, Any]:
    address = f"{service}/api/collections/{COLLECTION}/tiles/WebMercatorQuad/{ZOOM}/{ROW}/{COLUMN}"
    answer = requests.get(address, params={"f": "mvt"}, timeout=60)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/vnd.mapbox-vector-tile"
    layers = mapbox_vector_tile.decode(answer.content)
    assert list(layers) == [COLLECTION]
    return dict(layers[COLLECTION])


def test_the_tile_holds_the_provinces_that_lie_there(layer: dict[str, Any]) -> None:
    names = {feature["properties"]["name"] for feature in layer["features"]}

    assert {"Firenze", "Roma", "Ancona", "Padova"} <= names
    assert not names & {"Torino", "Palermo", "Cagliari"}


def test_each_feature_has_an_id_of_its_own_and_a_polygon(layer: dict[str, Any]) -> None:
    ids = [feature["id"] for feature in layer["features"]]

    assert len(set(ids)) == len(ids) > 30
    assert min(ids) >= 1
    assert {feature["geometry"]["type"] for feature in layer["features"]} <= {"Polygon", "MultiPolygon"}


def test_the_attributes_are_those_of_the_features(layer: dict[str, Any], ask: Callable[..., dict[str, Any]]) -> None:
    items = ask(f"/collections/{COLLECTION}/items", limit=1000, skipGeometry="true")["features"]
    published = {item["properties"]["code"]: item["properties"] for item in items}

    for feature in layer["features"]:
        properties = feature["properties"]
        row = published[properties["code"]]
        assert {"name", "startups_per_100k_status"} <= properties.keys()
        assert properties == {name: row[name] for name in properties}
        assert ("startups_per_100k" in properties) == (row["startups_per_100k"] is not None)


def test_the_tiles_say_where_they_are(service: str, layer: dict[str, Any]) -> None:
    document = requests.get(
        f"{service}/api/collections/{COLLECTION}/tiles/WebMercatorQuad", params={"f": "tilejson"}, timeout=60
    ).json()
    address = document["tiles"][0].format(z=ZOOM, y=ROW, x=COLUMN)

    assert document["vector_layers"][0]["id"] == COLLECTION
    found = mapbox_vector_tile.decode(requests.get(address, timeout=60).content)
    assert len(found[COLLECTION]["features"]) == len(layer["features"])
