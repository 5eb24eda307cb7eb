"""The page without a browser: what the server writes for a release of four provinces in the four states."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import psycopg
import pytest
from flask import Flask

from atlante.database import read_pool
from atlante.published import Publication, install
from atlante.web.atlas import CONTENT_SECURITY_POLICY, blueprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

RELEASE = "2025-05-19.1"
TITLE = {"it": "Quota di prova", "en": "Share on trial", "de": "Probeanteil"}
STATUSES = ["value", "suppressed", "not-available", "low-reliability"]
PROVINCES = [
    {"code": "001", "name": "Torino", "share": 0.125, "share_low": 0.1, "share_high": 0.15, "share_firms": 800},
    {"code": "002", "name": "Vercelli", "share": None, "share_low": None, "share_high": None, "share_firms": None},
    {"code": "003", "name": "<Novara>", "share": None, "share_low": None, "share_high": None, "share_firms": 0},
    {"code": "004", "name": "Cuneo", "share": 0.5, "share_low": 0.2, "share_high": 0.8, "share_firms": 4},
]
ITALY = {"code": "IT", "name": "Italia", "share": 0.2, "share_low": 0.19, "share_high": 0.21, "share_firms": 9000}


def insert_release(connection: psycopg.Connection, *, is_synthetic: bool = True, first: str = "Torino") -> None:
    connection.execute(
        "INSERT INTO publish.release VALUES (%s, now(), '2025-05-19', 'v', %s, true, '{}', '{}')",
        (RELEASE, is_synthetic),
    )
    named = [PROVINCES[0] | {"name": first}, *PROVINCES[1:]]
    provinces = [row | {"region": "Piemonte", "share_status": s} for row, s in zip(named, STATUSES, strict=True)]
    insert_collection(connection, "province", "indicators-provinces", provinces)
    insert_collection(connection, "country", "indicators-countries", [ITALY | {"share_status": "value"}])


def insert_collection(
    connection: psycopg.Connection, level: str, collection_id: str, rows: list[dict[str, object]]
) -> None:
    fields = [
        {"name": name, "type": "string", "title": TITLE, "unit": "share, 0 to 1", "enum": None, "in_tiles": True}
        for name in rows[0]
    ]
    connection.execute(
        "INSERT INTO publish.collection VALUES (%s, %s, 1, 'indicators', %s, %s, %s, '{}', %s, %s, null, null, %s, %s)",
        (
            RELEASE,
            collection_id,
            level,
            json.dumps(TITLE),
            json.dumps(TITLE),
            json.dumps(fields),
            [6.6, 43.7, 9.3, 46.5],
            len(rows),
            level != "country",
        ),
    )
    for number, row in enumerate(rows, start=1):
        connection.execute(
            "INSERT INTO publish.geometry VALUES ('v', %s, %s, %s, '{}', '{}', "
            "ST_Multi(ST_MakeEnvelope(%s, 44, %s, 45, 4326)))",
            (level, row["code"], number, 6 + number, 7 + number),
        )
        properties = json.dumps(row)
        connection.execute(
            "INSERT INTO publish.feature VALUES (%s, %s, %s, %s, 'v', %s, %s, null, null, %s, %s, %s)",
            (RELEASE, collection_id, number, row["code"], level, row["code"], properties, properties, properties),
        )


@pytest.fixture
def client(database: str) -> Iterator[FlaskClient]:
    with read_pool(database, max_size=2) as pool:
        application = Flask("test", static_folder=None)
        install(application, Publication(pool))
        application.register_blueprint(blueprint)
        yield application.test_client()


@pytest.fixture
def released(database: str) -> None:
    with psycopg.connect(database) as connection:
        insert_release(connection)


def test_before_the_first_release_the_page_says_which_command_to_run(client: FlaskClient) -> None:
    answer = client.get("/")

    assert answer.status_code == 503
    assert "atlante demo" in answer.text
    assert "atlante publish" in answer.text


@pytest.mark.usefixtures("released")
def test_the_table_names_all_four_states_and_shows_no_value_that_is_not_published(client: FlaskClient) -> None:
    html = client.get("/?sort=name&order=asc").text
    rows = re.findall(r"<tr.*?</tr>", html[html.index("<tbody>") :], re.DOTALL)
    texts = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]

    assert texts == [
        "&lt;Novara&gt; Piemonte – – 0 non disponibile",
        "Cuneo Piemonte 50,0 % 20,0 % – 80,0 % 4 poco affidabile",
        "Torino Piemonte 12,5 % 10,0 % – 15,0 % 800 pubblicato",
        "Vercelli Piemonte – – – protetto",
    ]


@pytest.mark.usefixtures("released")
def test_values_that_are_missing_come_last_whatever_the_order(client: FlaskClient) -> None:
    def order(address: str) -> list[str]:
        return re.findall(r'<th scope="row"><a id="place-(\d+)"', client.get(address).text)

    assert order("/") == ["004", "001", "003", "002"]
    assert order("/?order=asc") == ["001", "004", "003", "002"]


@pytest.mark.usefixtures("released")
def test_the_legend_counts_classes_and_states(client: FlaskClient) -> None:
    html = client.get("/").text
    legend = html[html.index('<section class="legend"') : html.index('<section class="card"')]
    labels = re.findall(r"<span>([^<]+)</span> <span class=\"count\">(\d+)</span>", legend)

    assert [(label.replace("\u202f", ""), count) for label, count in labels] == [
        ("da 12,5% a meno di 50,0%", "1"),
        ("50,0%", "1"),
        ("poco affidabile", "1"),
        ("protetto", "1"),
        ("non disponibile", "1"),
    ]


@pytest.mark.usefixtures("released")
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("001", "sotto il valore dell&#39;Italia"),
        ("004", "non distinguibile dal valore dell&#39;Italia"),  # its interval holds Italy's 20 %
        ("002", "riguarda troppo poche imprese"),
    ],
)
def test_the_card_says_how_a_territory_stands_to_italy_or_why_it_has_no_value(
    client: FlaskClient, code: str, expected: str
) -> None:
    html = client.get(f"/?territory={code}").text
    card = html[html.index('<section class="card"') : html.index('id="sentence"')]

    assert expected in card


@pytest.mark.usefixtures("released")
def test_the_banner_of_synthetic_data_stands_in_every_language(client: FlaskClient) -> None:
    assert "DATI SINTETICI" in client.get("/").text
    assert "SYNTHETIC DATA" in client.get("/?lang=en").text
    assert "SYNTHETISCHE DATEN" in client.get("/?lang=de").text


def test_a_real_register_has_no_banner(client: FlaskClient, database: str) -> None:
    with psycopg.connect(database) as connection:
        insert_release(connection, is_synthetic=False)

    assert "SINTETICI" not in client.get("/").text


@pytest.mark.usefixtures("released")
def test_a_new_release_is_shown_at_once(client: FlaskClient, database: str) -> None:
    assert "Torino" in client.get("/").text

    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM publish.release")
        connection.execute("DELETE FROM publish.geometry")
        insert_release(connection, first="Turin")

    assert "Turin<" in client.get("/").text


@pytest.mark.usefixtures("released")
def test_what_is_not_published_is_said_and_not_passed_over(client: FlaskClient) -> None:
    html = client.get("/?indicator=gold&territory=999&lang=en").text

    assert "The indicator “gold” is not published at this level" in html
    assert "No territory of this level has the code “999”" in html


@pytest.mark.usefixtures("released")
@pytest.mark.parametrize("address", ["/", "/?lang=de&territory=001&q=tor"])
def test_nothing_is_written_into_the_page_that_the_policy_refuses(client: FlaskClient, address: str) -> None:
    answer = client.get(address)

    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'self';")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", answer.text)
    assert set(re.findall(r"""(?:src|href)=["'](?:https?:)?//""", answer.text)) == set()


def test_modules_workers_and_fonts_have_their_media_types(client: FlaskClient) -> None:
    types = {
        "vendor/maplibre-gl/maplibre-gl.mjs": "text/javascript",
        "vendor/maplibre-gl/maplibre-gl-worker.mjs": "text/javascript",
        "vendor/titillium-web/titillium-web-latin-400-normal.woff2": "font/woff2",
    }
    for name, expected in types.items():
        with client.get(f"/static/atlas/{name}") as answer:
            assert answer.mimetype == expected
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_database_that_is_gone_makes_a_page_and_not_a_traceback(client: FlaskClient) -> None:
    with read_pool("postgresql://nobody@127.0.0.1:1/nothing", max_size=1) as pool:
        pool.timeout = 0.2
        client.application.extensions["atlante.published"] = Publication(pool)

        answer = client.get("/?lang=en")

    assert answer.status_code == 503
    assert "The database does not answer" in answer.text
    assert "atlante doctor" in answer.text
