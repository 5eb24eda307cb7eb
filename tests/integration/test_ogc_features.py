"""OGC API - Features on the made-up release (conftest.py): what is selected, in which order, where it lies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pyproj
import pytest
import shapely

from atlante.ogc.crs import SERVED, ServedCrs

if TYPE_CHECKING:
    from flask.testing import FlaskClient

ITEMS = "/api/collections/municipalities/items"
OBSERVATIONS = "/api/collections/observations-provinces/items"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


def _document(client: FlaskClient, address: str, status: int = 200, **query: str) -> Any:  # noqa: ANN401 - any JSON
    answer = client.get(f"{address}?{urlencode(query)}" if query else address)
    assert answer.status_code == status, answer.data[:500]
    return json.loads(answer.data)


def _ids(client: FlaskClient, address: str = ITEMS, **query: str) -> list[str]:
    page = _document(client, address, **query)
    ids = [feature["id"] for feature in page["features"]]
    assert page["numberReturned"] == len(ids)
    assert page["numberMatched"] >= len(ids)
    return ids


class TestSelection:
    """bbox, datetime, properties, order."""

    @pytest.mark.parametrize(
        ("query", "ids"),
        [
            ({"bbox": "9.1,42.1,9.2,42.2"}, ["A000"]),
            ({"bbox": "9.4,42.4,9.6,42.6"}, ["A000", "A001", "A006", "A007"]),
            ({"bbox": "9.1,42.1,0,9.2,42.2,100"}, ["A000"]),  # heights say nothing here
            ({"bbox": "42.1,9.1,42.2,9.2", "bbox-crs": f"{EPSG}4326"}, ["A000"]),  # latitude first
            ({"bbox": "11.9,42.1,-170,42.2"}, ["A005"]),  # across the antimeridian
            ({"bbox": "20,42,21,43"}, []),
        ],
    )
    def test_bbox_selects_what_it_meets(self, client: FlaskClient, query: dict[str, str], ids: list[str]) -> None:
        assert _ids(client, **query) == ids

    @pytest.mark.parametrize("code", [3857, 3035, 25832, 32633, 6707, 7794])
    def test_a_box_in_a_projection_selects_the_same(self, client: FlaskClient, code: int) -> None:
        axes_as_the_authority_says = pyproj.Transformer.from_crs(4326, code)
        a, b = axes_as_the_authority_says.transform(42.24, 9.24)
        box = ",".join(map(str, (a - 500, b - 500, a + 500, b + 500)))
        assert _ids(client, bbox=box, **{"bbox-crs": f"{EPSG}{code}"}) == ["A000"]

    @pytest.mark.parametrize("bbox", ["1,2,3", "a,b,c,d", "nan,1,2,3", "inf,1,2,3"])
    def test_a_box_that_is_none_is_refused(self, client: FlaskClient, bbox: str) -> None:
        assert "bbox" in _document(client, ITEMS, 400, bbox=bbox)["description"]

    @pytest.mark.parametrize(
        ("text", "count"),
        [
            ("2020-06-01", 4),  # in the year 2020, once per province
            ("2020-06-01T12:00:00Z", 4),
            ("2021/2022", 8),
            ("2024-12-31/..", 8),  # 2024 and the reference date
            ("../2019-12-31", 0),
            ("2030-01-01/..", 0),  # outside of the extent: empty, no error
            ("2025-05-19", 4),
        ],
    )
    def test_datetime_selects_periods_that_share_a_day(self, client: FlaskClient, text: str, count: int) -> None:
        assert len(_ids(client, OBSERVATIONS, datetime=text)) == count

    @pytest.mark.parametrize("text", ["x", "2024-13-01", "2024/2023", "2024-01-01T00:00:00", "/2024/", "0000"])
    def test_a_datetime_that_is_none_is_refused(self, client: FlaskClient, text: str) -> None:
        assert "datetime" in _document(client, OBSERVATIONS, 400, datetime=text)["description"]

    @pytest.mark.parametrize(
        ("query", "ids"),
        [
            ({"name": "L'Aquila"}, ["A000"]),
            ({"population": "3000"}, ["A002"]),
            ({"area_km2": "3.25"}, ["A003"]),
            ({"province_code": "004", "population": "36000"}, ["A035"]),
            ({"province_code": "4"}, []),
        ],
    )
    def test_properties_select_by_their_type(self, client: FlaskClient, query: dict[str, str], ids: list[str]) -> None:
        assert _ids(client, **query) == ids

    @pytest.mark.parametrize(
        ("sortby", "ids"),
        [
            ("-population", ["A035", "A034"]),
            ("population", ["A000", "A001"]),
            ("province_code,-area_km2", ["A014", "A013"]),
            ("-reference_date", ["A000", "A001"]),  # all alike: the order of the collection
        ],
    )
    def test_features_come_in_the_order_asked_for(self, client: FlaskClient, sortby: str, ids: list[str]) -> None:
        assert _ids(client, sortby=sortby, limit="2") == ids

    def test_unknown_values_come_last_in_either_order(self, client: FlaskClient) -> None:
        assert _ids(client, sortby="population")[-1] == _ids(client, sortby="-population")[-1] == "A005"

    def test_a_plus_that_was_not_escaped_means_ascending(self, client: FlaskClient) -> None:
        answer = client.get(f"{ITEMS}?sortby=+population,-name&limit=1")
        assert json.loads(answer.data)["features"][0]["id"] == "A000"

    def test_properties_are_those_asked_for_in_that_order(self, client: FlaskClient) -> None:
        page = _document(client, ITEMS, limit="1", properties="population,name")
        assert list(page["features"][0]["properties"].items()) == [("population", 1000), ("name", "L'Aquila")]

    def test_geometry_can_be_left_out(self, client: FlaskClient) -> None:
        page = _document(client, ITEMS, limit="1", skipGeometry="true")
        assert page["features"][0]["geometry"] is None

    def test_hits_are_counted_without_features(self, client: FlaskClient) -> None:
        page = _document(client, ITEMS, resulttype="hits", province_code="001")
        assert (page["numberMatched"], page["numberReturned"], page["features"]) == (9, 0, [])

    @pytest.mark.parametrize(("limit", "count"), [("1", 1), ("10000", 36), ("99999", 36)])
    def test_limit_bounds_the_page(self, client: FlaskClient, limit: str, count: int) -> None:
        assert len(_ids(client, limit=limit)) == count

    @pytest.mark.parametrize("limit", ["0", "-1", "x"])
    def test_a_limit_that_is_none_is_refused(self, client: FlaskClient, limit: str) -> None:
        _document(client, ITEMS, 400, limit=limit)


class TestFilter:
    """CQL2 as text and JSON; the spellings of QGIS among them."""

    @pytest.mark.parametrize(
        ("text", "ids"),
        [
            ("population > 34000", ["A034", "A035"]),
            ('"province_code" = \'004\' AND "population" >= 36000', ["A035"]),
            ("name = 'L''Aquila'", ["A000"]),
            ("name = 'Bozen <&> Bolzano' OR population = 3000 AND province_code = '001'", ["A001", "A002"]),
            ("(name = 'L''Aquila' OR population = 3000) AND population = 3000", ["A002"]),
            ("NOT population <= 35000", ["A035"]),  # unknown is neither
            ("population IS NULL", ["A005"]),
            ("population IS NOT NULL AND population < 2000", ["A000"]),
            ("population BETWEEN 2000 AND 3000", ["A001", "A002"]),
            ("population NOT BETWEEN 2000 AND 35000", ["A000", "A035"]),
            ("code IN ('A001','A003')", ["A001", "A003"]),
            ("code NOT IN ('A000') AND population < 3000", ["A001"]),
            ("name LIKE 'L''A_u%'", ["A000"]),
            (r"name LIKE '100\% Comune\_3'", ["A003"]),
            ("CASEI(name) LIKE CASEI('l''AQ%')", ["A000"]),
            ("casei(name) = casei('NAN')", ["A002"]),
            ("area_km2 = 3.25", ["A003"]),
            ("population = area_km2", []),
            ("reference_date > DATE('2023-01-01')", []),
            ("reference_date = '2023-01-01' AND code < 'A001'", ["A000"]),
            ("S_INTERSECTS(geometry, POINT(9.25 42.25))", ["A000"]),
            ("S_INTERSECTS(geometry, Point (9.25 42.25))", ["A000"]),
            ("S_INTERSECTS(geometry, BBOX(9.4,42.4,9.6,42.6))", ["A000", "A001", "A006", "A007"]),
            ("S_WITHIN(geometry, POLYGON((8 41,10.1 41,10.1 42.6,8 42.6,8 41)))", ["A000", "A001"]),
            ("S_CONTAINS(POLYGON((8 41,10.1 41,10.1 42.6,8 42.6,8 41)), geometry)", ["A000", "A001"]),
            ("S_TOUCHES(geometry, POLYGON((9 42,9.5 42,9.5 42.5,9 42.5,9 42)))", ["A001", "A006", "A007"]),
            ("NOT S_DISJOINT(geometry, POINT(9.25 42.25)) AND population = 1000", ["A000"]),
            ("S_EQUALS(geometry, POLYGON((9 42,9.5 42,9.5 42.5,9 42.5,9 42)))", ["A000"]),
            # a bow tie, made valid: two triangles
            ("S_INTERSECTS(geometry, POLYGON((9.1 42.1,9.2 42.2,9.2 42.1,9.1 42.2,9.1 42.1)))", ["A000"]),
        ],
    )
    def test_text_selects(self, client: FlaskClient, text: str, ids: list[str]) -> None:
        assert _ids(client, filter=text) == ids

    @pytest.mark.parametrize(
        ("document", "ids"),
        [
            ({"op": ">", "args": [{"property": "population"}, 34000]}, ["A034", "A035"]),
            ({"op": "between", "args": [{"property": "population"}, 2000, 3000]}, ["A001", "A002"]),
            ({"op": "in", "args": [{"property": "code"}, ["A001", "A003"]]}, ["A001", "A003"]),
            ({"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [9.1, 42.1, 9.2, 42.2]}]}, ["A000"]),
            ({"op": "not", "args": [{"op": "isNull", "args": [{"property": "population"}]}]}, 35),
        ],
    )
    def test_json_selects(self, client: FlaskClient, document: dict[str, Any], ids: list[str] | int) -> None:
        found = [each["id"] for each in json.loads(client.post(ITEMS, json=document).data)["features"]]
        assert (len(found) if isinstance(ids, int) else found) == ids

    def test_coordinates_follow_the_axes_of_their_reference_system(self, client: FlaskClient) -> None:
        text = "S_INTERSECTS(geometry, POINT(42.25 9.25))"
        assert _ids(client, filter=text, **{"filter-crs": f"{EPSG}4326"}) == ["A000"]

    @pytest.mark.parametrize(
        ("text", "word"),
        [
            ("population = 'many'", "population"),
            ("name > 3", "name"),
            ("reference_date = 'x'", "date"),
            ("S_INTERSECTS(name, POINT(1 2))", "name"),
            (r"name LIKE 'a\'", ""),
            ("foo(name) = 'a'", "not supported"),
            ("population >", ""),
            ("S_INTERSECTS(geometry, POLYGON((1 2)))", ""),
            ("population = 1e999", "range"),
            ("NOT (" * 3000 + "population = 1" + ")" * 3000, ""),  # deeper than can be followed
            ("NOT " * 50 + "population", ""),
        ],
    )
    def test_what_can_not_be_is_refused(self, client: FlaskClient, text: str, word: str) -> None:
        assert word in _document(client, ITEMS, 400, filter=text)["description"]

    @pytest.mark.parametrize("text", ["'; DROP TABLE publish.release; --", "') OR 1=1 --", "%(release_id)s", "{}"])
    def test_no_text_becomes_sql(self, client: FlaskClient, text: str) -> None:
        escaped = text.replace("'", "''")
        assert _ids(client, filter=f"name = '{escaped}'") == _ids(client, name=text) == []


class TestReferenceSystems:
    """Coordinates in each reference system that a collection lists."""

    @pytest.mark.parametrize("served", SERVED.values(), ids=lambda served: str(served.uri.rpartition("/")[2]))
    def test_coordinates_are_those_of_proj_in_the_authority_s_axis_order(
        self, client: FlaskClient, served: ServedCrs
    ) -> None:
        """pyproj, which honours the axis order of a reference system by itself, is the oracle."""
        authority, code = ("OGC", "CRS84") if served.uri.endswith("CRS84") else ("EPSG", served.srid)
        transform = pyproj.Transformer.from_crs("OGC:CRS84", f"{authority}:{code}").transform
        answer = client.get(f"{ITEMS}/A000?crs={quote(served.uri)}")
        assert answer.headers["Content-Crs"] == f"<{served.uri}>"
        found = shapely.geometry.shape(json.loads(answer.data)["geometry"])
        expected = shapely.transform(shapely.box(9, 42, 9.5, 42.5), transform, interleaved=False)
        assert shapely.hausdorff_distance(found, expected) < 2 * 10**-served.digits

    def test_observations_are_transformed_too(self, client: FlaskClient) -> None:
        page = _document(client, OBSERVATIONS, limit="1", crs=f"{EPSG}4326")
        assert shapely.geometry.shape(page["features"][0]["geometry"]).bounds == (42.0, 9.0, 43.5, 10.5)

    def test_one_that_is_not_served_is_refused(self, client: FlaskClient) -> None:
        _document(client, ITEMS, 400, crs=f"{EPSG}2056")


class TestDocuments:
    """What describes the service and its collections."""

    def test_the_landing_page_leads_to_everything(self, client: FlaskClient) -> None:
        links = {link["rel"]: link for link in _document(client, "/api")["links"]}
        assert links["service-desc"]["type"] == "application/vnd.oai.openapi+json;version=3.0"
        for relation in ("service-desc", "conformance", "data"):
            _document(client, links[relation]["href"].removeprefix("http://127.0.0.1:8080"))
        assert not [relation for relation in links if "processes" in relation]

    @pytest.mark.parametrize(
        ("headers", "query", "language"),
        [
            ({}, "", "it"),
            ({"Accept-Language": "de-AT,de;q=0.9"}, "", "de"),
            ({"Accept-Language": "de"}, "?lang=en", "en"),
            ({"Accept-Language": "fr"}, "", "it"),
        ],
    )
    def test_titles_are_in_the_language_of_the_client(
        self, client: FlaskClient, headers: dict[str, str], query: str, language: str
    ) -> None:
        collection = json.loads(client.get(f"/api/collections/provinces{query}", headers=headers).data)
        assert collection["title"] == f"provinces {language}"
        schema = json.loads(client.get(f"/api/collections/provinces/schema{query}", headers=headers).data)
        assert schema["properties"]["population"]["title"] == f"population {language}"

    def test_a_collection_states_extent_count_and_reference_systems(self, client: FlaskClient) -> None:
        collection = _document(client, "/api/collections/observations-provinces")
        assert collection["extent"]["spatial"]["bbox"] == [[9.0, 42.0, 12.0, 45.0]]
        assert collection["extent"]["temporal"]["interval"] == [["2020-01-01T00:00:00Z", "2025-05-19T00:00:00Z"]]
        assert (collection["itemCount"], collection["itemType"]) == (24, "feature")
        assert collection["crs"] == list(SERVED)
        assert collection["storageCrs"].endswith("CRS84")

    def test_schema_and_queryables_state_type_unit_and_values(self, client: FlaskClient) -> None:
        for page, geometry in (("schema", "format"), ("queryables", "$ref")):
            properties = _document(client, f"/api/collections/indicators-municipalities/{page}")["properties"]
            assert "ulti" in properties["geometry"][geometry]  # geometry-multipolygon, MultiPolygon.json
            assert properties["rnd_share"]["type"] == "number"
            assert properties["rnd_share"]["x-ogc-unit"] == "1"
            assert properties["rnd_share_status"]["enum"] == ["value", "suppressed", "not-available"]

    def test_openapi_is_closed_and_states_the_page_size(self, client: FlaskClient) -> None:
        document = _document(client, "/api/openapi")
        limit = document["components"]["parameters"]["limit"]["schema"]
        assert (limit["default"], limit["maximum"]) == (1000, 10000)
        for reference in _references(document):
            assert reference.startswith("#/"), reference
            node = document
            for part in reference[2:].split("/"):
                node = node[part]
        assert "vendorSpecificParameters" not in json.dumps(document)

    @pytest.mark.parametrize("part", ["filter", "features-filter", "queryables", "schemas", "crs"])
    def test_conformance_is_declared_for_filters_and_schemas(self, client: FlaskClient, part: str) -> None:
        classes = _document(client, "/api/conformance")["conformsTo"]
        assert any(name.endswith(f"/conf/{part}") for name in classes)
        assert not any("features-4" in name for name in classes)  # nobody writes here

    @pytest.mark.parametrize("address", ["", "/collections", "/collections/regions", "/collections/regions/items"])
    @pytest.mark.parametrize("format_", ["html", "jsonld"])
    def test_other_formats_still_work(self, client: FlaskClient, address: str, format_: str) -> None:
        assert client.get(f"/api{address}?f={format_}").status_code == 200

    def test_items_as_csv_hold_the_properties(self, client: FlaskClient) -> None:
        lines = client.get("/api/collections/regions/items?f=csv").data.decode().splitlines()
        assert len(lines) == 3
        assert "Regione 01" in lines[1]

    def test_suppressed_is_null_with_its_status(self, client: FlaskClient) -> None:
        item = _document(client, "/api/collections/indicators-municipalities/items/A007")
        assert item["properties"]["rnd_share"] is None
        assert item["properties"]["rnd_share_status"] == "suppressed"


def _references(node: Any) -> list[str]:  # noqa: ANN401 - any JSON
    if isinstance(node, list):
        return [found for item in node for found in _references(item)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [found for value in node.values() for found in _references(value)]
