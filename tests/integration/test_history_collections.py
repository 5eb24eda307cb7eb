"""Territories through time over HTTP: who was valid when, with which ground; the country is tests/through_time.py's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import shapely
from running import application_on
from through_time import publish_again, publish_country, square

from atlante.database import Role, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from flask.testing import FlaskClient

COLLECTIONS = ("municipalities-history", "provinces-history", "regions-history")


@pytest.fixture(scope="module")
def country(lasting_database: Callable[[str], str]) -> str:
    """Return the address of a database with the published country, for tests that only read."""
    url = lasting_database("country_through_time")
    publish_country(url)
    return url


@pytest.fixture(scope="module")
def application(country: str) -> Iterator[Flask]:
    with application_on(country) as flask:
        yield flask


@pytest.fixture
def client(application: Flask) -> FlaskClient:
    return application.test_client()


def ask(client: FlaskClient, path: str, **parameters: str | int) -> dict[str, Any]:
    answer = client.get(f"/api{path}", query_string={"f": "json", **parameters})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return dict(json.loads(answer.data))


def items(client: FlaskClient, collection: str, **parameters: str | int) -> dict[str, dict[str, Any]]:
    """Return the features of a selection by their id."""
    found = ask(client, f"/collections/{collection}/items", **parameters)
    assert found["numberReturned"] == found["numberMatched"]
    return {feature["id"]: feature for feature in found["features"]}


def codes(client: FlaskClient, collection: str, **parameters: str | int) -> list[str]:
    return [feature["properties"]["code"] for feature in items(client, collection, **parameters).values()]


class TestDatetime:
    """``datetime`` selects what was valid; the day of an event belongs to what began with it."""

    def test_on_the_day_before_a_merger_the_old_ones_are_valid(self, client: FlaskClient) -> None:
        found = codes(client, "municipalities-history", datetime="2013-12-31")
        assert found == ["A001", "A002", "A003", "A010", "A011", "B001", "B002", "B003", "B004"]

    def test_on_the_day_of_a_merger_the_new_one_is_valid(self, client: FlaskClient) -> None:
        found = codes(client, "municipalities-history", datetime="2014-01-01")
        assert found == ["A001", "A002", "A003", "B001", "B002", "B003", "B004", "M001"]

    @pytest.mark.parametrize(
        ("interval", "of_a002"),
        [
            ("../2010-06-30", ["1861-03-17"]),
            ("2010-07-01/..", ["2010-07-01"]),
            ("2010-06-30/2010-07-01", ["1861-03-17", "2010-07-01"]),
            ("2010", ["1861-03-17", "2010-07-01"]),
            ("2090-01-01", ["2010-07-01"]),
            ("1861-03-16", []),
            ("1861-03-17T12:00:00Z", ["1861-03-17"]),
        ],
    )
    def test_an_interval_selects_what_it_shares_a_day_with(
        self, client: FlaskClient, interval: str, of_a002: list[str]
    ) -> None:
        found = items(client, "municipalities-history", datetime=interval, code="A002")
        assert [each["properties"]["valid_from"] for each in found.values()] == of_a002

    def test_the_days_of_a_collection_are_open_at_the_end(self, client: FlaskClient) -> None:
        for collection in COLLECTIONS:
            (interval,) = ask(client, f"/collections/{collection}")["extent"]["temporal"]["interval"]
            assert interval == ["1861-03-17T00:00:00Z", None]

    def test_pages_of_a_day_hold_each_feature_once(self, client: FlaskClient) -> None:
        pages = [
            ask(client, "/collections/municipalities-history/items", datetime="2012-05-05", limit=4, offset=offset)
            for offset in (0, 4, 8)
        ]
        ids = [feature["id"] for page in pages for feature in page["features"]]
        assert len(ids) == len(set(ids)) == 9
        assert {page["numberMatched"] for page in pages} == {9}
        assert ["next" in [link["rel"] for link in page["links"]] for page in pages] == [True, True, False]


class TestVersions:
    """What a version says."""

    def test_a_version_says_what_began_and_what_ended_it(self, client: FlaskClient) -> None:
        old = ask(client, "/collections/municipalities-history/items/A010.1861-03-17")["properties"]
        new = ask(client, "/collections/municipalities-history/items/M001.2014-01-01")["properties"]
        assert (old["valid_to"], old["successors"], old["predecessors"]) == ("2014-01-01", "M001", None)
        assert old["events"] == "2014-01-01 merger: A010 → M001"
        assert (new["valid_to"], new["predecessors"], new["successors"]) == (None, "A010, A011", None)
        assert new["events"] == "2014-01-01 merger: A010, A011 → M001"

    def test_a_change_of_ground_begins_a_version_though_no_label_changes(self, client: FlaskClient) -> None:
        found = items(client, "municipalities-history", code="A003")
        assert list(found) == ["A003.1861-03-17", "A003.1928-01-01"]
        assert found["A003.1928-01-01"]["properties"]["predecessors"] == "Z001"
        assert found["A003.1861-03-17"]["properties"]["valid_to"] == "1928-01-01"

    def test_a_change_of_a_label_is_told_with_before_and_after(self, client: FlaskClient) -> None:
        renamed = ask(client, "/collections/municipalities-history/items/A002.2010-07-01")["properties"]
        assert renamed["events"] == "2010-07-01 renaming: Vecchia → Nuova"
        assert renamed["predecessors"] is None

    def test_a_province_whose_name_is_not_known_carries_the_sigla(self, client: FlaskClient) -> None:
        names = {each["properties"]["name"] for each in items(client, "provinces-history").values()}
        assert names == {"AA", "BB"}

    def test_a_province_begins_anew_when_a_municipality_joins_leaves_or_changes_its_ground(
        self, client: FlaskClient
    ) -> None:
        """1928: Z001 goes; 2005: B001 moves; 2014: two become one. That A002 is renamed is none of its business."""
        found = items(client, "provinces-history")
        assert list(found) == [
            "001.1861-03-17", "001.1928-01-01", "001.2005-05-01", "001.2014-01-01", "002.1861-03-17", "002.2005-05-01",
        ]  # fmt: skip
        assert [each["properties"]["municipalities"] for each in found.values()] == [7, 6, 5, 4, 3, 4]
        moved = found["002.2005-05-01"]["properties"]
        assert (moved["predecessors"], moved["events"]) == ("001", "2005-05-01 joined: B001")
        assert found["001.1928-01-01"]["properties"]["successors"] == "002"

    def test_ids_stay_when_it_is_published_again(self, database: str) -> None:
        publish_country(database)
        query = "SELECT array_agg(feature_id ORDER BY feature_number) FROM publish.feature WHERE collection_id = %s"
        with connect(database, role=Role.READ) as connection:
            before = connection.execute(query, (COLLECTIONS[0],)).fetchone()
        publish_again(database)
        with connect(database, role=Role.READ) as connection:
            again = connection.execute(
                f"{query} AND release_id = (SELECT release_id FROM publish.release WHERE is_current)", (COLLECTIONS[0],)
            ).fetchone()
        assert before == again


class TestOutlines:
    """The outline of a version is of boundaries that show the ground of then."""

    def test_it_is_of_the_releases_own_boundaries_where_these_show_the_ground(self, client: FlaskClient) -> None:
        for version in ("A002.1861-03-17", "A002.2010-07-01", "A003.1928-01-01"):
            item = ask(client, f"/collections/municipalities-history/items/{version}")
            assert item["properties"]["boundary_date"] == "2023-01-01"

    def test_it_is_of_older_boundaries_where_only_these_show_it(self, client: FlaskClient) -> None:
        item = ask(client, "/collections/municipalities-history/items/A010.1861-03-17")
        assert item["properties"]["boundary_date"] == "2013-01-01"
        assert shapely.geometry.shape(item["geometry"]).equals(square(1, 1, 0.5))

    def test_it_is_null_where_none_show_it(self, client: FlaskClient) -> None:
        found = items(client, "municipalities-history", datetime="1900-01-01")
        without = {code for code, feature in found.items() if feature["geometry"] is None}
        assert without == {"Z001.1861-03-17", "A003.1861-03-17"}
        assert found["Z001.1861-03-17"]["properties"]["boundary_date"] is None

    @pytest.mark.parametrize(
        "day", ["1928-01-01", "1990-01-01", "2005-05-01", "2013-12-31", "2014-01-01", "2025-01-01"]
    )
    def test_levels_fit_exactly_on_every_day(self, client: FlaskClient, day: str) -> None:
        """The municipalities of a day cover their province, and the provinces their region; shapely is the oracle."""
        levels = [items(client, collection, datetime=day).values() for collection in COLLECTIONS]
        keys = ("province_code", "region_code")
        for parts, wholes, key in zip(levels[:2], levels[1:], keys, strict=True):
            assert wholes
            for whole in wholes:
                code = whole["properties"]["code"]
                members = [
                    shapely.geometry.shape(part["geometry"]) for part in parts if part["properties"][key] == code
                ]
                assert shapely.geometry.shape(whole["geometry"]).equals(shapely.union_all(members))

    def test_a_province_is_null_while_the_ground_of_a_member_is_not_known(self, client: FlaskClient) -> None:
        assert ask(client, "/collections/provinces-history/items/001.1861-03-17")["geometry"] is None
        assert ask(client, "/collections/regions-history/items/01.1861-03-17")["geometry"] is None

    def test_a_mixture_of_boundaries_is_told(self, client: FlaskClient) -> None:
        mixed = ask(client, "/collections/provinces-history/items/001.2005-05-01")["properties"]
        assert mixed["provenance"] == "boundaries of 2013-01-01, 2023-01-01"
        own = ask(client, "/collections/provinces-history/items/001.2014-01-01")["properties"]
        assert (own["provenance"], own["boundary_date"]) == (None, "2023-01-01")

    def test_each_is_stored_once_and_shared(self, country: str) -> None:
        with psycopg.connect(country) as connection:
            stored = connection.execute(
                "SELECT level, count(*) FROM publish.geometry WHERE vintage_id = 'history' GROUP BY 1 ORDER BY 1"
            ).fetchall()
        # A010 and A011; 001 and 002 before 2005, 001 before 2014; the region before 2014
        assert stored == [("municipality", 2), ("province", 3), ("region", 1)]

    def test_publishing_again_adds_none_and_those_that_nobody_uses_go(self, database: str) -> None:
        publish_country(database)
        count = "SELECT count(*) FROM publish.geometry WHERE vintage_id = 'history'"
        with psycopg.connect(database) as connection:
            before = connection.execute(count).fetchone()
        publish_again(database)
        with psycopg.connect(database, autocommit=True) as connection:
            assert connection.execute(count).fetchone() == before
            connection.execute("DELETE FROM territory.version WHERE municipality_code = 'A010'")
        for _ in range(3):
            publish_again(database)
        with psycopg.connect(database) as connection:
            left = connection.execute(
                "SELECT territory_code FROM publish.geometry WHERE vintage_id = 'history' AND level = 'municipality'"
            ).fetchall()
        assert [code.partition("@")[0] for (code,) in left] == ["A011"]


class TestNullGeometry:
    """A feature without an outline is served like any other."""

    def test_a_box_leaves_it_out(self, client: FlaskClient) -> None:
        everywhere = items(client, "municipalities-history", bbox="-180,-90,180,90", datetime="1900-01-01")
        assert "Z001.1861-03-17" not in everywhere
        assert len(everywhere) == 8

    def test_a_filter_finds_it(self, client: FlaskClient) -> None:
        found = items(client, "municipalities-history", filter="geometry IS NULL")
        assert set(found) == {"Z001.1861-03-17", "A003.1861-03-17"}
        others = items(client, "municipalities-history", filter="geometry IS NOT NULL")
        assert len(others) == ask(client, "/collections/municipalities-history")["itemCount"] - 2

    @pytest.mark.parametrize("form", ["json", "html", "jsonld"])
    @pytest.mark.parametrize("path", ["", "/Z001.1861-03-17"])
    def test_every_form_can_be_made_of_it(self, client: FlaskClient, form: str, path: str) -> None:
        answer = client.get(f"/api/collections/municipalities-history/items{path}", query_string={"f": form})
        assert answer.status_code == 200
        assert "Z001" in answer.get_data(as_text=True)

    def test_another_reference_system_leaves_it_null(self, client: FlaskClient) -> None:
        crs = "http://www.opengis.net/def/crs/EPSG/0/3035"
        item = ask(client, "/collections/municipalities-history/items/Z001.1861-03-17", crs=crs)
        assert item["geometry"] is None
        found = items(client, "municipalities-history", crs=crs, datetime="1900-01-01")
        assert found["Z001.1861-03-17"]["geometry"] is None
        assert found["A001.1861-03-17"]["geometry"] is not None

    def test_the_extent_is_of_what_has_one(self, client: FlaskClient) -> None:
        for collection in COLLECTIONS:
            ((west, south, east, north),) = ask(client, f"/collections/{collection}")["extent"]["spatial"]["bbox"]
            assert (west, south, east, north) == (9, 42, 11, 43)


class TestDescription:
    """Documents name the new fields."""

    @pytest.mark.parametrize("collection", COLLECTIONS)
    @pytest.mark.parametrize("document", ["schema", "queryables"])
    def test_validity_is_described(self, client: FlaskClient, collection: str, document: str) -> None:
        properties = ask(client, f"/collections/{collection}/{document}")["properties"]
        fields = {"valid_from", "valid_to", "changed_after", "predecessors", "successors", "events", "sources"}
        assert fields <= properties.keys()
        assert properties["valid_from"]["format"] == "date"

    def test_the_schema_says_which_fields_are_the_interval(self, client: FlaskClient) -> None:
        """OGC API - Features - Part 5, requirements class core-roles-features."""
        properties = ask(client, "/collections/provinces-history/schema")["properties"]
        assert properties["valid_from"]["x-ogc-role"] == "primary-interval-start"
        assert properties["valid_to"]["x-ogc-role"] == "primary-interval-end"

    def test_current_territories_have_their_nuts_codes(self, client: FlaskClient) -> None:
        assert ask(client, "/collections/municipalities/items/A001")["properties"]["nuts3_2024"] == "ITX001"
        assert ask(client, "/collections/provinces/items/002")["properties"]["nuts3_2024"] == "ITX002"
        assert ask(client, "/collections/provinces/items/002")["properties"]["nuts3_2021"] is None

    def test_the_recipe_says_what_was_known_when(self, country: str) -> None:
        with psycopg.connect(country) as connection:
            recipe, vintage_id = connection.execute("SELECT recipe, vintage_id FROM publish.release").fetchone()
        assert recipe["vintage_id"] == vintage_id
        assert recipe["history"]["known_at"] >= "2025"
        assert isinstance(recipe["history"]["documents"], list)


class TestWithoutHistory:
    """Without documents, the collections hold what the boundaries show."""

    def test_the_versions_are_those_of_the_boundaries(
        self,
        database: str,
        serving: Any,  # noqa: ANN401 - the fixture's
    ) -> None:
        publish_country(database, with_history=False)
        client = serving(database)
        found = items(client, "municipalities-history")
        assert found["A010.2013-01-01"]["properties"]["valid_to"] == "2023-01-01"
        assert found["M001.2023-01-01"]["properties"]["changed_after"] == "2013-01-01"
        assert found["A001.2013-01-01"]["properties"]["valid_to"] is None
        assert all(feature["geometry"] for feature in found.values())
        assert codes(client, "provinces-history", datetime="2024-01-01") == ["001", "002"]

    def test_one_set_of_boundaries_makes_one_version_of_each(self, database: str, serving: Any) -> None:  # noqa: ANN401
        publish_country(database, with_history=False, vintages=(2023,))
        assert len(items(serving(database), "municipalities-history")) == 8
