"""What `build` says and logs: the firms of every source, where they are, and points that can't be right."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import psycopg
import pytest

from atlante import pipeline
from atlante.registers import Snapshot
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2025, 6, 1)
FIRMS = 600
SWAPPED = {"longitudine": "latitudine", "latitudine": "longitudine"}


def atlante(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"ATLANTE_DATABASE_URL": url}
    command = [sys.executable, "-m", "atlante.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)


def write_extract(url: str, folder: Path, renamed: dict[str, str], *, text_too: bool = True) -> Path:
    """Write a made-up register whose headers are renamed."""
    file = folder / f"business_{DAY}.csv"
    pipeline.write_business_extract(url, file, Snapshot(FIRMS, seed=3, reference_date=DAY))
    rows = pd.read_csv(file, dtype=str).rename(columns=renamed)
    if not text_too:
        rows = rows.drop(columns=["comune", "provincia", "codice_istat", "cap"])
    rows.to_csv(file, index=False)
    return file


def ingest(url: str, file: Path) -> None:
    pipeline.ingest(url, default_catalogue_dir(), pipeline.Intake("business_register", file, today=DAY))


def logged(url: str) -> dict[str, object]:
    """Return what the last build left in the log of runs."""
    with psycopg.connect(url) as connection:
        query = "SELECT summary FROM ops.run WHERE verb = 'build' ORDER BY run_id DESC LIMIT 1"
        row = connection.execute(query).fetchone()
    assert row is not None
    return dict(row[0])


@pytest.fixture
def two_sources(release: str, tmp_path: Path) -> str:
    """Return a database with the start-ups of a release and a newer register with points."""
    ingest(release, write_extract(release, tmp_path, {}))
    return release


def test_a_register_with_latitude_and_longitude_swapped_is_told_so(italy: str, tmp_path: Path) -> None:
    """The firms are still placed by what they declare, so that nothing else would tell."""
    file = write_extract(italy, tmp_path, SWAPPED)
    points = pd.read_csv(file)["longitudine"].notna().sum()
    ingest(italy, file)
    built = pipeline.build(italy, default_catalogue_dir())
    check = built.placement.point_check
    assert check.points == points > FIRMS / 2
    assert check.outside == points
    assert 0.99 * points < check.inside_if_swapped <= points
    (warning,) = built.account()["warnings"]
    assert warning.startswith(
        f"business_register: {points:,} of {points:,} points lie outside the boundaries; "
        f"{check.inside_if_swapped:,} of them would lie inside with latitude and longitude swapped."
    )
    assert "[columns.latitude]" in warning
    assert built.placement.placed > 0.95 * FIRMS


def test_points_of_another_reference_system_are_not_said_to_be_swapped(italy: str, tmp_path: Path) -> None:
    """Degrees west instead of east."""
    file = write_extract(italy, tmp_path, {})
    rows = pd.read_csv(file, dtype=str)
    rows.assign(longitudine="-" + rows["longitudine"]).to_csv(file, index=False)
    ingest(italy, file)
    built = pipeline.build(italy, default_catalogue_dir())
    assert built.placement.point_check.inside_if_swapped == 0
    (warning,) = built.account()["warnings"]
    assert "; 0 of them would lie inside" in warning
    assert "EPSG:4326" in warning


def test_an_extract_that_is_mended_and_loaded_again_has_no_warning(italy: str, tmp_path: Path) -> None:
    ingest(italy, write_extract(italy, tmp_path, SWAPPED, text_too=False))
    before = pipeline.build(italy, default_catalogue_dir())
    ingest(italy, write_extract(italy, tmp_path, {}, text_too=False))
    after = pipeline.build(italy, default_catalogue_dir())
    assert before.placement.placed == 0
    assert before.account()["warnings"]
    assert after.placement.placed > 0.9 * FIRMS
    assert after.account()["warnings"] == []


def test_a_build_without_a_source_builds_every_source_and_the_newest_last(two_sources: str) -> None:
    results = pipeline.build_all(two_sources, default_catalogue_dir())
    assert [result.source_id for result in results] == ["innovative_startups", "business_register"]
    with psycopg.connect(two_sources) as connection:
        builds = connection.execute("SELECT source_id, firms_placed FROM measure.build ORDER BY build_id").fetchall()
    assert builds == [(result.source_id, result.placement.placed) for result in results]
    assert pipeline.make_release(two_sources, default_catalogue_dir()).reference_date == DAY


def test_every_build_is_logged_with_firms_by_method_and_reason(two_sources: str) -> None:
    results = pipeline.build_all(two_sources, default_catalogue_dir())
    summary = logged(two_sources)
    builds = summary["builds"]
    assert builds == [result.account() for result in results]
    for account in builds:
        assert account["placed"] == sum(account["methods"].values()) > 0
        assert account["firms"] == account["placed"] + account["foreign"] + sum(account["unplaced"].values())
    assert summary["source"] == "business_register"


def test_the_command_prints_every_source_by_method_and_says_which_one_is_published(two_sources: str) -> None:
    outcome = atlante(two_sources, "build")
    for text in ("innovative_startups", "business_register", "name+province", "code+name", "unplaced"):
        assert text in outcome.stdout
    assert "atlante publish takes business_register" in outcome.stderr
    assert "innovative_startups" in outcome.stderr
    document = json.loads(atlante(two_sources, "build", "--json").stdout)
    assert (document["source"], document["warnings"]) == ("business_register", [])
    assert [other["source"] for other in document["other_builds"]] == ["innovative_startups"]
    one = json.loads(atlante(two_sources, "build", "--json", "--source", "innovative_startups").stdout)
    assert (one["source"], one["other_builds"]) == ("innovative_startups", [])
    assert one["firms"] == one["placed"] + one["foreign"] + sum(one["unplaced"].values())


def test_the_command_warns_of_swapped_points(italy: str, tmp_path: Path) -> None:
    ingest(italy, write_extract(italy, tmp_path, SWAPPED))
    outcome = atlante(italy, "build")
    assert "would lie inside with latitude and longitude swapped" in outcome.stderr
    assert "swapped" not in outcome.stdout
