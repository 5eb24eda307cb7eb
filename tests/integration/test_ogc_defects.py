"""What pygeoapi 0.24 answers wrongly and our users must never meet; one test per row of the design's table."""

from __future__ import annotations

import gzip
import json
import logging
from typing import TYPE_CHECKING, Any

import mapbox_vector_tile
import orjson
import pytest

from atlante.ogc.encoder import encode

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

TILES = "/api/collections/municipalities/tiles/WebMercatorQuad"
ITEMS = "/api/collections/municipalities/items"


def _members(client: FlaskClient, address: str, status: int = 200) -> Any:  # noqa: ANN401 - any JSON
    answer = client.get(address)
    assert answer.status_code == status, answer.data[:500]
    return json.loads(answer.data)


def _relations(document: dict[str, Any]) -> list[str]:
    return [link["rel"] for link in document["links"]]


@pytest.mark.parametrize("accept", [None, "*/*", "application/vnd.mapbox-vector-tile", "text/html,*/*;q=0.8"])
def test_a_tile_is_answered_without_saying_its_format(client: FlaskClient, accept: str | None) -> None:
    answer = client.get(f"{TILES}/5/11/17", headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.mimetype) == (200, "application/vnd.mapbox-vector-tile")


@pytest.mark.parametrize("address", [f"{TILES}X/5/11/17", f"{TILES}X", f"{TILES}X?f=tilejson", "/api/TileMatrixSets/X"])
def test_an_unknown_tile_matrix_set_is_not_found(client: FlaskClient, address: str) -> None:
    assert "X" in _members(client, address, 404)["description"]


@pytest.mark.parametrize(("address", "name"), [("a/1/1", "tileMatrix"), ("5/x/1", "tileRow"), ("5/1/1.5", "tileCol")])
def test_a_tile_address_that_is_no_integer_is_a_bad_request(client: FlaskClient, address: str, name: str) -> None:
    assert name in _members(client, f"{TILES}/{address}", 400)["description"]


@pytest.mark.parametrize("address", ["5/32/0", "5/0/32", "5/-1/0", "23/0/0", f"5/0/{10**30}"])
def test_a_tile_outside_of_the_grid_is_not_found(client: FlaskClient, address: str) -> None:
    assert _members(client, f"{TILES}/{address}", 404)["code"] == "NotFound"


def test_tilejson_describes_the_layer_and_its_attributes(client: FlaskClient) -> None:
    document = _members(client, f"{TILES}?f=tilejson")
    assert document["tilejson"] == "3.0.0"
    assert document["tiles"] == [f"http://127.0.0.1:8080{TILES}/{{z}}/{{y}}/{{x}}?f=mvt"]
    assert document["bounds"] == [9.0, 42.0, 12.0, 45.0]
    (layer,) = document["vector_layers"]
    assert layer["id"] == "municipalities"
    assert layer["fields"] == {"code": "String", "name": "String", "population": "Number"}


def test_an_empty_tile_is_no_content_and_nothing_is_logged(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        answer = client.get(f"{TILES}/5/0/0")
    assert (answer.status_code, answer.data, caplog.records) == (204, b"", [])


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("population=abc", ("population", "integer")),
        ("population=1.5", ("population", "integer")),
        ("area_km2=x", ("area_km2", "number")),
        ("area_km2=nan", ("area_km2", "number")),
        ("reference_date=yesterday", ("reference_date", "date")),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_by_parameter_and_type(
    client: FlaskClient, query: str, words: tuple[str, ...]
) -> None:
    description = _members(client, f"{ITEMS}?{query}", 400)["description"]
    assert all(word in description for word in words)


@pytest.mark.parametrize("text", ["1900-01-01", "2100-01-01/..", "nonsense"])
def test_datetime_is_ignored_where_a_collection_has_no_time(client: FlaskClient, text: str) -> None:
    assert _members(client, f"{ITEMS}?datetime={text}")["numberMatched"] == 36


def test_a_filter_on_an_unknown_property_names_it_and_the_queryables(client: FlaskClient) -> None:
    description = _members(client, f"{ITEMS}?filter=pippo=1", 400)["description"]
    assert "'pippo'" in description
    assert "geometry, code, name, province_code, region_code, population, area_km2, reference_date" in description


@pytest.mark.parametrize("address", [ITEMS, f"{ITEMS}/A000", f"{TILES}/5/11/17", "/api", "/api/collections"])
def test_an_unknown_query_parameter_is_refused_by_name(client: FlaskClient, address: str) -> None:
    assert "'pippo'" in _members(client, f"{address}?pippo=1", 400)["description"]


@pytest.mark.parametrize(
    ("query", "has_next"),
    [("limit=36", False), ("limit=18&offset=18", False), ("limit=35", True), ("limit=18", True), ("offset=40", False)],
)
def test_there_is_a_next_page_only_if_something_is_on_it(client: FlaskClient, query: str, has_next: bool) -> None:  # noqa: FBT001
    assert ("next" in _relations(_members(client, f"{ITEMS}?{query}"))) is has_next


def test_pages_follow_each_other_without_gap_or_overlap(client: FlaskClient) -> None:
    address, codes = f"{ITEMS}?limit=7", []
    while address:
        page = _members(client, address)
        codes += [feature["id"] for feature in page["features"]]
        following = [link for link in page["links"] if link["rel"] == "next"]
        assert all(link["type"] == "application/geo+json" for link in following)
        address = following[0]["href"].removeprefix("http://127.0.0.1:8080") if following else ""
    assert codes == [f"A{n:03d}" for n in range(36)]


@pytest.mark.parametrize("address", [ITEMS, f"{ITEMS}/A000", f"{ITEMS}?f=json"])
def test_items_are_geojson_by_name(client: FlaskClient, address: str) -> None:
    assert client.get(address).mimetype == "application/geo+json"


@pytest.mark.parametrize("query", ["", "?properties=name,code"])
def test_angle_brackets_arrive_as_they_are(client: FlaskClient, query: str) -> None:
    features = _members(client, f"{ITEMS}{query}")["features"]
    assert features[1]["properties"]["name"] == "Bozen <&> Bolzano"
    assert features[2]["properties"]["name"] == "NaN"


def test_numbers_that_json_lacks_become_null(service: Flask) -> None:
    with service.test_request_context("/"):
        assert encode({"a": float("nan"), "b": [float("inf"), -float("inf")]}) == b'{"a":null,"b":[null,null]}'


def test_an_item_knows_its_neighbours_by_id(client: FlaskClient) -> None:
    middle = _members(client, f"{ITEMS}/A001")
    assert (middle["id"], middle["prev"], middle["next"]) == ("A001", "A000", "A002")
    assert {"prev", "next"} <= set(_relations(middle))
    first, last = _members(client, f"{ITEMS}/A000"), _members(client, f"{ITEMS}/A035")
    assert "prev" not in first
    assert "next" not in last


def test_tile_attributes_are_those_of_the_catalogue_with_a_stable_id(client: FlaskClient) -> None:
    layers = mapbox_vector_tile.decode(client.get(f"{TILES}/4/5/8").data)
    assert list(layers) == ["municipalities"]
    by_code = {feature["properties"]["code"]: feature for feature in layers["municipalities"]["features"]}
    assert by_code["A001"]["id"] == 2  # its number in the order of codes
    assert by_code["A001"]["properties"] == {"code": "A001", "name": "Bozen <&> Bolzano", "population": 2000}
    assert by_code["A005"]["properties"] == {"code": "A005", "name": "Comune 05"}  # unknown is left out, not zero


class TestHttp:
    """Validators, caching and compression."""

    def test_the_same_answer_is_not_sent_twice(self, client: FlaskClient) -> None:
        first = client.get(ITEMS)
        again = client.get(ITEMS, headers={"If-None-Match": first.headers["ETag"]})
        assert not first.headers["ETag"].startswith("W/")
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])

    def test_an_answer_is_the_same_byte_by_byte(self, client: FlaskClient) -> None:
        assert client.get(ITEMS).data == client.get(ITEMS).data

    @pytest.mark.parametrize(
        "headers", [{"Accept-Language": "de"}, {"Accept": "text/html"}, {"Accept-Encoding": "gzip"}]
    )
    def test_another_representation_has_another_etag(self, client: FlaskClient, headers: dict[str, str]) -> None:
        address = "/api/collections"
        assert client.get(address, headers=headers).headers["ETag"] != client.get(address).headers["ETag"]

    @pytest.mark.parametrize("address", [ITEMS, f"{TILES}/5/11/17", f"{TILES}/5/0/0", "/api", "/api/openapi"])
    def test_caches_are_told_what_an_answer_depends_on(self, client: FlaskClient, address: str) -> None:
        headers = client.get(address).headers
        assert headers["Vary"] == "Accept, Accept-Encoding, Accept-Language"
        assert headers["Cache-Control"].startswith("public, max-age=")
        assert headers["Access-Control-Allow-Origin"] == "*"

    @pytest.mark.parametrize("address", [f"{ITEMS}?pippo=1", f"{ITEMS}/nobody", f"{TILES}/99/0/0", "/api/nothing"])
    def test_errors_are_json_that_no_cache_keeps(self, client: FlaskClient, address: str) -> None:
        answer = client.get(address)
        assert answer.mimetype.endswith("json")
        assert json.loads(answer.data)["code"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers

    @pytest.mark.parametrize("address", [ITEMS, f"{TILES}/4/5/8", "/api/openapi", "/api/collections"])
    def test_compressed_answers_hold_the_same(self, client: FlaskClient, address: str) -> None:
        plain, packed = client.get(address), client.get(address, headers={"Accept-Encoding": "br, gzip;q=0.5"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == plain.data
        assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)

    def test_nothing_is_compressed_for_who_refuses(self, client: FlaskClient) -> None:
        assert "Content-Encoding" not in client.get(ITEMS, headers={"Accept-Encoding": "gzip;q=0"}).headers

    def test_head_is_get_without_a_body(self, client: FlaskClient) -> None:
        head, get = client.head(ITEMS), client.get(ITEMS)
        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["ETag"] == get.headers["ETag"]

    @pytest.mark.parametrize("method", ["put", "delete", "post"])
    def test_nothing_can_be_written(self, client: FlaskClient, method: str) -> None:
        answer = getattr(client, method)(f"{ITEMS}/A000", json={})
        assert answer.status_code == 405
        assert client.get(f"{ITEMS}/A000").status_code == 200

    @pytest.mark.parametrize("body", [{}, {"data": "a=1"}])
    def test_post_without_a_filter_is_refused(self, client: FlaskClient, body: dict[str, str]) -> None:
        assert client.post(ITEMS, **body).status_code == 415

    @pytest.mark.parametrize("address", [f"{ITEMS}?name=%00", f"{ITEMS}/%00", f"{ITEMS}?offset={10**40}"])
    def test_odd_values_are_no_server_errors(self, client: FlaskClient, address: str) -> None:
        assert client.get(address).status_code < 500


def test_an_indented_document_is_the_same_document(service: Flask) -> None:
    with service.test_request_context("/"):
        assert orjson.loads(encode({"a": 1}, pretty=True)) == {"a": 1}
