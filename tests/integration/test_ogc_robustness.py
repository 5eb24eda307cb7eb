"""Requests that are too much, odd or hostile: refused by name, quickly, and never with another one's answer."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import shapely

from atlante.database import read_pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

ITEMS = "/api/collections/municipalities/items"
ITEM = f"{ITEMS}/A000"
TILES = "/api/collections/municipalities/tiles"
NAME = {"property": "name"}


def _description(answer: TestResponse, status: int = 400) -> str:
    assert answer.status_code == status, answer.data[:500]
    return str(json.loads(answer.data)["description"])


def _meets(geometry: shapely.Geometry) -> dict[str, Any]:
    return {"op": "s_intersects", "args": [{"property": "geometry"}, shapely.geometry.mapping(geometry)]}


def _zigzag(vertices: int) -> list[tuple[float, float]]:
    """Return vertices of a line that crosses itself all over Italy."""
    return [(7 + n * 7919 % 1000 / 100, 38 + n * 104729 % 1000 / 120) for n in range(vertices)]


class TestTimeLimit:
    """No question holds a connection for long."""

    @pytest.fixture
    def locked(self, small_release: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
        """Return the address of a database whose features can't be read in time."""
        monkeypatch.setattr("atlante.database.connection.STATEMENT_TIMEOUT", "200ms")
        with psycopg.connect(small_release) as writer:
            writer.execute("LOCK TABLE publish.feature IN ACCESS EXCLUSIVE MODE")
            yield small_release

    def test_the_limit_holds_whatever_the_login_has_as_its_own(self, database: str) -> None:
        with read_pool(f"{database}&options=-c%20statement_timeout%3D0") as pool, pool.connection() as connection:
            assert connection.execute("SHOW statement_timeout").fetchone() == ("10s",)

    def test_an_answer_that_takes_too_long_says_to_ask_for_less(
        self, locked: str, serving: Callable[[str], FlaskClient]
    ) -> None:
        answer = serving(locked).get(ITEMS)
        assert "Ask for less" in _description(answer, 503)
        assert answer.mimetype == "application/problem+json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Retry-After" not in answer.headers  # it would be too slow again

    def test_the_atlas_has_its_page_for_it(self, locked: str, serving: Callable[[str], FlaskClient]) -> None:
        answer = serving(locked).get("/")
        assert (answer.status_code, answer.mimetype) == (503, "text/html")
        assert "Il database non risponde" in answer.get_data(as_text=True)


class TestFilters:
    """What a filter may weigh, and what it may be made of."""

    def test_vertices_are_limited_over_all_geometries(self, client: FlaskClient) -> None:
        line = _meets(shapely.LineString(_zigzag(5_001)))
        assert client.post(ITEMS, json=_meets(shapely.Point(9.25, 42.25))).status_code == 200
        assert "10,000 vertices" in _description(client.post(ITEMS, json={"op": "and", "args": [line, line]}))

    def test_a_large_geometry_has_to_be_valid(self, client: FlaskClient) -> None:
        """To mend this one takes 20 s of the service's own time, where no limit of the database reaches."""
        answer = client.post(ITEMS, json=_meets(shapely.Polygon(_zigzag(600))))
        assert "Self-intersection" in _description(answer)

    def test_values_are_limited(self, client: FlaskClient) -> None:
        known = [f"A{n:03d}" for n in range(36)]
        options = [*known, *(f"x{n}" for n in range(8_000))]
        found = json.loads(client.post(ITEMS, json={"op": "in", "args": [{"property": "code"}, options]}).data)
        assert [feature["id"] for feature in found["features"]] == known
        too_many = {"op": "in", "args": [{"property": "code"}, [f"x{n}" for n in range(70_000)]]}
        assert "10,000" in _description(client.post(ITEMS, json=too_many))

    @pytest.mark.parametrize("name", [["a"], {"a": 1}, 1, None])
    def test_a_property_that_is_no_name_is_refused(self, client: FlaskClient, name: object) -> None:
        answer = client.post(ITEMS, json={"op": "=", "args": [{"property": name}, 2]})
        assert "queryable" in _description(answer)

    @pytest.mark.parametrize("body", [b'"\xff"', "{}".encode("utf-16")])
    def test_a_body_that_is_not_utf_8_is_refused(self, client: FlaskClient, body: bytes) -> None:
        assert "UTF-8" in _description(client.post(ITEMS, data=body, content_type="application/json"))

    @pytest.mark.parametrize("language", ["cql2-json", "cql-json"])
    def test_get_says_where_json_is_taken(self, client: FlaskClient, language: str) -> None:
        query = {"filter": json.dumps({"op": "=", "args": [NAME, "x"]}), "filter-lang": language}
        description = _description(client.get(ITEMS, query_string=query))
        assert "send CQL2 JSON by POST" in description
        assert "cql2-text" in description

    def test_a_body_of_get_means_nothing(self, client: FlaskClient) -> None:
        """A cache keeps one answer for the address: a body must not choose which."""
        body = {"op": "=", "args": [NAME, "nobody"]}
        assert client.get(ITEMS, json=body).data == client.get(ITEMS).data


class TestNumbers:
    """Digits are those of ASCII."""

    @pytest.mark.parametrize(
        "query",
        [
            *("limit=٣", "limit=1_0", "offset=٣", "offset=1_0", "bbox=٩,42,10,43", "bbox=9,4_2,10,43"),
            *("population=٣", "population=1_000", "area_km2=٣", "area_km2=1_0.25"),
        ],
    )
    def test_others_are_refused(self, client: FlaskClient, query: str) -> None:
        assert query.partition("=")[0] in _description(client.get(f"{ITEMS}?{query}"))

    def test_a_year_in_others_is_refused(self, client: FlaskClient) -> None:
        _description(client.get("/api/collections/observations-provinces/items?datetime=٢٠٢٤"))


class TestFormats:
    """An answer is what its label says."""

    @pytest.mark.parametrize(
        "accept", ["image/png", "image/jpeg", "application/vnd.mapbox-vector-tile", "application/x-netcdf"]
    )
    @pytest.mark.parametrize(
        ("address", "type_"),
        [
            *((address, "application/geo+json") for address in (ITEMS, ITEM)),
            *((f"/api{address}", "application/json") for address in ("", "/collections", "/conformance")),
            *((address, "application/json") for address in (TILES, f"{TILES}/WebMercatorQuad")),
            ("/api/collections/municipalities/queryables", "application/schema+json"),
        ],
    )
    def test_what_a_resource_does_not_have_is_not_negotiated(
        self, client: FlaskClient, address: str, accept: str, type_: str
    ) -> None:
        answer = client.get(address, headers={"Accept": accept})
        assert (answer.status_code, answer.mimetype) == (200, type_)
        assert json.loads(answer.data) == json.loads(client.get(address).data)

    @pytest.mark.parametrize(
        ("accept", "type_"),
        [
            ("image/png, text/html;q=0.5", "text/html"),
            ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
            ("application/json;q=0.1, text/html;q=0.9", "text/html"),
            ("application/geo+json, text/html;q=0.5", "application/geo+json"),
            ("application/ld+json", "application/ld+json"),
            ("text/csv", "text/csv"),
            ("*/*", "application/geo+json"),
            ("nonsense", "application/geo+json"),
        ],
    )
    def test_the_best_of_what_items_have_is_chosen(self, client: FlaskClient, accept: str, type_: str) -> None:
        assert client.get(ITEMS, headers={"Accept": accept}).mimetype == type_

    @pytest.mark.parametrize("query", [{"headers": {"Accept": "application/ld+json"}}, {"query_string": "f=jsonld"}])
    def test_plain_json_is_not_called_linked_data(self, client: FlaskClient, query: dict[str, Any]) -> None:
        assert client.get("/api/conformance", **query).mimetype == "application/json"
        answer = client.get(f"{ITEMS}/nobody", **query)
        assert (answer.status_code, answer.mimetype) == (404, "application/json")

    @pytest.mark.parametrize("format_", ["png", "jpeg", "mvt", "NetCDF", "xyz"])
    @pytest.mark.parametrize("address", [ITEMS, ITEM, "/api/collections", f"{TILES}/WebMercatorQuad"])
    def test_a_format_that_is_asked_for_by_name_and_not_there_is_refused(
        self, client: FlaskClient, address: str, format_: str
    ) -> None:
        assert "format" in _description(client.get(f"{address}?f={format_}"))

    def test_pages_for_people_state_the_direction_of_their_text(self, client: FlaskClient) -> None:
        assert '<html lang="it" dir="ltr"' in client.get("/api?f=html").get_data(as_text=True)


class TestConditionalRequests:
    """Good answers alone are told from those a client has."""

    @pytest.mark.parametrize(
        ("address", "status"),
        [
            *((f"{ITEMS}?{query}", 400) for query in ("limit=0", "bbox=1", "filter=x", "sortby=x", "crs=x", "foo=1")),
            *((address, 404) for address in (f"{ITEMS}/nobody", "/api/collections/nothing", f"{TILES}/X/0/0/0")),
        ],
    )
    def test_an_error_is_an_error_whatever_the_client_has(self, client: FlaskClient, address: str, status: int) -> None:
        answer = client.get(address, headers={"If-None-Match": "*"})
        assert (answer.status_code, answer.headers["Cache-Control"]) == (status, "no-store")
        assert "ETag" not in answer.headers

    @pytest.mark.parametrize("address", [ITEMS, ITEM, "/api", f"{TILES}/WebMercatorQuad/4/5/8", "/api?f=html"])
    def test_any_representation_matches_a_star(self, client: FlaskClient, address: str) -> None:
        answer = client.get(address, headers={"If-None-Match": "*"})
        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["ETag"] == client.get(address).headers["ETag"]
        assert answer.headers["Cache-Control"].startswith("public")

    @pytest.mark.parametrize("tags", ["{}", 'W/{}, "x"', '"x", {}'])
    def test_a_tag_that_was_given_is_recognised(self, client: FlaskClient, tags: str) -> None:
        tag = client.get(ITEMS).headers["ETag"]
        assert client.get(ITEMS, headers={"If-None-Match": tags.format(tag)}).status_code == 304
        assert client.get(ITEMS, headers={"If-None-Match": '"x"'}).status_code == 200

    def test_a_redirection_is_no_answer_to_keep(self, client: FlaskClient) -> None:
        answer = client.get("/api//collections")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (308, "no-store")
        assert "ETag" not in answer.headers


class TestHealth:
    """What those who watch over the service are told, and what is logged for those who mend it."""

    def test_a_schema_that_does_not_match_is_not_ready(
        self, small_release: str, serving: Callable[[str], FlaskClient], caplog: pytest.LogCaptureFixture
    ) -> None:
        with psycopg.connect(small_release) as connection:
            connection.execute("ALTER TABLE publish.release RENAME COLUMN is_synthetic TO is_made_up")
        client = serving(small_release)
        with caplog.at_level(logging.ERROR):
            answer = client.get("/health")
        document = json.loads(answer.data)
        assert (answer.status_code, document["database"], document["remedy"]) == (503, "not ready", "atlante init")
        assert "is_synthetic" in caplog.text
        assert "not ready" in _description(client.get("/api"), 503)

    def test_a_database_that_is_away_is_logged(
        self, serving: Callable[[str], FlaskClient], caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.ERROR):
            answer = serving("postgresql://nobody@127.0.0.1:1/nothing").get("/health")
        assert json.loads(answer.data)["database"] == "no answer"
        assert "/health: The database does not answer" in caplog.text
