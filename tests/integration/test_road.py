"""The whole road: from an extract to the release, in numbers that add up."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import psycopg
import pytest
from official_export import HEADER, ROW

from atlante import pipeline
from atlante.catalogue.activities import load_filiere
from atlante.catalogue.indicators import load_indicators
from atlante.catalogue.levels import Level
from atlante.errors import MixedRegisters
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def reader(published: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(published) as connection:
        connection.execute("SET ROLE atlante_read")
        yield connection


def _total(reader: psycopg.Connection, level: Level, field: str) -> int:
    row = reader.execute(
        "SELECT sum((properties ->> %s)::double precision) FROM publish.feature AS feature "
        "JOIN publish.release AS release USING (release_id) WHERE is_current AND collection_id = %s",
        (field, f"indicators-{level.plural}"),
    ).fetchone()
    return round(row[0])


def test_every_firm_is_placed_or_counted_by_reason(reader: psycopg.Connection) -> None:
    linkage = reader.execute("SELECT linkage FROM publish.release WHERE is_current").fetchone()[0]
    assert linkage["firms"] == linkage["placed"] + linkage["foreign"] + sum(linkage["unplaced"].values())
    assert linkage["placed"] > 0.98 * linkage["firms"]


@pytest.mark.parametrize("level", Level)
def test_the_startups_of_a_level_add_up_to_the_firms_placed(reader: psycopg.Connection, level: Level) -> None:
    placed = reader.execute("SELECT (linkage ->> 'placed')::integer FROM publish.release WHERE is_current").fetchone()[
        0
    ]
    assert _total(reader, level, "innovative_startups") == placed


def test_registrations_of_all_years_add_up_to_the_firms_placed(reader: psycopg.Connection) -> None:
    """Every synthetic firm has a date of registration in the special section."""
    total = reader.execute(
        "SELECT sum((properties ->> 'value')::double precision) FROM publish.feature "
        "WHERE collection_id = 'observations-regions' AND properties ->> 'indicator' = 'registrations'"
    ).fetchone()[0]
    placed = reader.execute("SELECT (linkage ->> 'placed')::integer FROM publish.release WHERE is_current").fetchone()[
        0
    ]
    assert round(total) == placed


def test_a_suppressed_value_shows_no_number(reader: psycopg.Connection) -> None:
    rows = reader.execute(
        "SELECT properties_json::jsonb FROM publish.feature WHERE collection_id LIKE 'observations-%' "
        "AND properties ->> 'status' = 'suppressed'"
    ).fetchall()
    assert len(rows) > 1000
    assert all(row[0][name] is None for row in rows for name in ("value", "low", "high", "firms", "firms_unknown"))


def test_no_protected_value_rests_on_fewer_than_three_firms(reader: psycopg.Connection) -> None:
    protected = sorted(load_indicators(default_catalogue_dir()).protected)
    assert "women_led_share" in protected
    told = "FROM publish.feature WHERE collection_id LIKE 'observations-%%' AND properties ->> 'indicator' = ANY(%s) "
    values = "AND properties ->> 'status' IN ('value', 'low-reliability') "
    assert reader.execute(f"SELECT count(*) {told}{values}", [protected]).fetchone()[0] > 1000
    few = reader.execute(
        f"SELECT count(*) {told}{values} AND (properties ->> 'firms')::integer < 3", [protected]
    ).fetchone()
    assert few == (0,)


def test_what_is_sent_says_the_same_as_what_is_filtered(reader: psycopg.Connection) -> None:
    """Filters see no nulls: in SQL a name that is not there is NULL."""
    rows = reader.execute(
        "SELECT count(*) FROM publish.feature WHERE properties <> jsonb_strip_nulls(properties_json::jsonb)"
    ).fetchone()
    assert rows == (0,)


def test_every_collection_has_the_features_and_fields_that_it_declares(reader: psycopg.Connection) -> None:
    collections = reader.execute("SELECT collection_id, item_count, fields FROM publish.collection").fetchall()
    filiere = len(load_filiere(default_catalogue_dir()))
    assert len(collections) == 19 + filiere * len(Level)
    for collection_id, item_count, fields in collections:
        features = reader.execute(
            "SELECT count(*) FROM publish.feature WHERE collection_id = %s", (collection_id,)
        ).fetchone()
        assert features == (item_count,), collection_id
        first = reader.execute(
            "SELECT properties_json FROM publish.feature WHERE collection_id = %s LIMIT 1", (collection_id,)
        ).fetchone()[0]
        assert [field["name"] for field in fields] == list(json.loads(first)), collection_id


def test_publishing_again_makes_a_new_release_and_keeps_one_current(release: str) -> None:
    url = release
    first = pipeline.read_status(url).release
    second = pipeline.make_release(url, default_catalogue_dir())
    assert first["release_id"].endswith(".1")
    assert second.release_id.endswith(".2")
    with psycopg.connect(url) as connection:
        current = connection.execute("SELECT release_id FROM publish.release WHERE is_current").fetchall()
    assert current == [(second.release_id,)]


@pytest.mark.shared_data
def test_the_real_register_goes_the_whole_road(italy: str, shared_data: Path) -> None:
    file = shared_data / "firms" / "innovative_startups_2025-05-19.csv"
    intake = pipeline.Intake("innovative_startups_table", file, today=dt.date(2025, 5, 19))
    ingested = pipeline.ingest(italy, default_catalogue_dir(), intake)
    built = pipeline.build(italy, default_catalogue_dir())
    made = pipeline.make_release(italy, default_catalogue_dir())

    assert (ingested.load.accepted, ingested.load.rejected) == (12_292, 0)
    assert built.placement.placed == 12_279
    assert (built.placement.foreign, built.placement.unplaced) == (13, {})
    assert not made.is_synthetic
    with psycopg.connect(italy) as connection:
        values = connection.execute(
            "SELECT properties FROM publish.feature WHERE collection_id = 'indicators-countries'"
        ).fetchone()[0]
    assert values["innovative_startups"] == 12_279


def test_a_release_says_who_made_what_it_was_computed_from(reader: psycopg.Connection) -> None:
    sources = reader.execute("SELECT sources FROM publish.release WHERE is_current").fetchone()[0]
    assert [source["kind"] for source in sources] == ["synthetic register", "boundaries"]
    assert sources[1]["licence"] == "CC BY 4.0"


def test_building_again_replaces_the_build_of_the_same_day(release: str) -> None:
    with psycopg.connect(release) as connection:
        before = connection.execute("SELECT count(*) FROM measure.observation").fetchone()
    built = pipeline.build(release, default_catalogue_dir())
    with psycopg.connect(release) as connection:
        assert connection.execute("SELECT build_id FROM measure.build").fetchall() == [(built.build.build_id,)]
        assert connection.execute("SELECT count(*) FROM measure.observation").fetchone() == before
        builds = connection.execute("SELECT DISTINCT build_id FROM measure.observation").fetchall()
        assert builds == [(built.build.build_id,)]


def test_a_real_extract_is_kept_apart_from_synthetic_ones(release: str, tmp_path: Path) -> None:
    file = tmp_path / "STARTUP_26052025.csv"
    file.write_text(f"{HEADER}\n{ROW}\n", encoding="latin-1")
    intake = pipeline.Intake("innovative_startups", file, today=dt.date(2025, 5, 26))
    with pytest.raises(MixedRegisters, match="a synthetic register"):
        pipeline.ingest(release, default_catalogue_dir(), intake)
