"""A release of several days of one register: which builds it tells of, and what its collections show of each day.

Firms by municipality, of activity 62 (the core of the only filiera) and of agriculture: on the first day six and four
in A001, none in A002, none and five in B001; on the last nine and three in A001, two and none in A002, four and six in
B001. Provinces are 015 (A001, A002) and 001 (B001, B002).
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from running import application_on
from small_country import Firm, indicator, ingest, load_boundaries, numbered, small_catalogue

from atlante import pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

FIRST, LAST = dt.date(2023, 12, 31), dt.date(2024, 12, 31)
LATER_BOUNDARIES = dt.date(2024, 6, 1)
FARM = "011110"
FIRMS = {
    FIRST: [Firm("A001")] * 6 + [Firm("A001", FARM)] * 4 + [Firm("B001", FARM)] * 5,
    LAST: [Firm("A001")] * 9 + [Firm("A001", FARM)] * 3 + [Firm("A002")] * 2 + [Firm("B001")] * 4
    + [Firm("B001", FARM)] * 6,
}  # fmt: skip
CHOSEN, CHAIN = "indicators/chosen.toml", "filiere/chain.toml"
_TITLES = "\n".join(f'{name} = {{ it = "a", en = "a", de = "a" }}' for name in ("title", "definition", "source"))


def _chosen(firms: str) -> str:
    return indicator(f"[count]\nfirms = '{firms}'", disclosure="public-register")


def _chain(*members: str) -> str:
    codes = "\n".join(f'"{code}" = 1' for code in members)
    return f"""
proposal = true
{_TITLES}
[stages.core]
title = {{ it = "a", en = "a", de = "a" }}
[stages.core.members.2007]
{codes}
[stages.core.members.2025]
{codes}
"""


FILES = {
    CHOSEN: _chosen("all"),
    CHAIN: _chain("62"),
    "indicators/growth.toml": indicator(
        '[growth]\nof = "firms"\nform = "rate"\nbase = "previous"', disclosure="public-register"
    ),
}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a catalogue of a count, its growth, another count, and a filiera."""
    return small_catalogue(tmp_path_factory.mktemp("catalogue"), FILES, shipped=["indicators/firms.toml"])


@pytest.fixture(scope="module")
def built(lasting_database: Callable[[str], str], catalogue: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of a database in which both days are built and published, for tests that only read."""
    url, folder = lasting_database("release_periods"), tmp_path_factory.mktemp("extracts")
    _load(url, catalogue, folder)
    told = _run(url, catalogue, "build", "--period", "all")
    assert "for another one" not in told, "there is one source alone"
    _run(url, catalogue, "publish")
    return url


def _run(url: str, catalogue: Path, *arguments: str) -> str:
    """Return what a command tells beside its output."""
    environment = os.environ | {"ATLANTE_DATABASE_URL": url, "ATLANTE_CATALOGUE_DIR": str(catalogue)}
    command = [sys.executable, "-m", "atlante.cli", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def _load(url: str, catalogue: Path, folder: Path) -> None:
    load_boundaries(url)
    for day, firms in FIRMS.items():
        ingest(url, catalogue, folder, day, numbered(firms))


def _build(url: str, catalogue: Path, folder: Path, day: dt.date) -> None:
    pipeline.build_periods(url, catalogue, period=day, cache_dir=folder)


def _served(url: str, collection: str, query: str = "") -> list[dict[str, Any]]:
    """Return the properties of the features of a collection, as the service gives them."""
    with application_on(url) as application:
        answer = application.test_client().get(f"/api/collections/{collection}/items?f=json&limit=1000{query}")
    assert answer.status_code == 200, answer.text
    return [feature["properties"] for feature in json.loads(answer.text)["features"]]


def _told(url: str, name: str, *, level: str = "provinces", filiera: str = "") -> dict[str, dict[str, Any]]:
    """Return the values of the current release by period and territory, of all stages and categories."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            """
            SELECT properties ->> 'period', properties ->> 'code', (properties -> 'value')::double precision
            FROM publish.feature INNER JOIN publish.release USING (release_id)
            WHERE is_current AND collection_id = 'observations-' || %s AND properties ->> 'indicator' = %s
                AND properties ->> 'filiera' = %s AND properties ->> 'stage' = '' AND properties ->> 'breakdown' = ''
            """,
            (level, name, filiera),
        ).fetchall()
    found: dict[str, dict[str, Any]] = {}
    for period, code, value in rows:
        assert code not in found.setdefault(period, {}), "one observation of a territory, a period and a slice"
        found[period][code] = value
    return found


def _of_days(first: Mapping[str, Any], last: Mapping[str, Any]) -> dict[str, Any]:
    return {FIRST.isoformat(): first, LAST.isoformat(): last}


OF_BOTH = _of_days({"015": 10, "001": 5}, {"015": 14, "001": 10})
OF_FILIERA = _of_days({"015": 6, "001": 0}, {"015": 11, "001": 4})


def test_observations_are_of_every_day_that_is_built(built: str) -> None:
    assert _told(built, "firms") == OF_BOTH
    assert _told(built, "firms", filiera="chain") == OF_FILIERA
    assert _told(built, "firms", level="countries") == _of_days({"IT": 15}, {"IT": 24})


@pytest.mark.parametrize("day", [FIRST, LAST])
def test_datetime_selects_the_observations_of_a_day(built: str, day: dt.date) -> None:
    rows = _served(built, "observations-provinces", f"&indicator=firms&datetime={day}")
    wholes = {row["code"]: row["value"] for row in rows if not (row.get("filiera") or row.get("breakdown"))}
    assert {row["period"] for row in rows} == {day.isoformat()}
    assert wholes == OF_BOTH[day.isoformat()]


def test_growth_has_a_value_on_the_last_day_and_none_on_the_first(built: str) -> None:
    assert _told(built, "growth") == _of_days({"015": None, "001": None}, {"015": pytest.approx(0.4), "001": 1})
    assert _told(built, "growth", level="countries") == _of_days({"IT": None}, {"IT": pytest.approx(24 / 15 - 1)})


def test_wide_collections_show_the_last_day(built: str) -> None:
    rows = {row["code"]: row for row in _served(built, "indicators-provinces")}
    assert {code: row["firms"] for code, row in rows.items()} == OF_BOTH[LAST.isoformat()]
    assert {row["period"] for row in rows.values()} == {LAST.isoformat()}
    assert {code: row["growth"] for code, row in rows.items()} == {"015": pytest.approx(0.4), "001": 1}
    of_filiera = {row["code"]: row["firms"] for row in _served(built, "indicators-provinces-chain")}
    assert of_filiera == OF_FILIERA[LAST.isoformat()]


def test_a_release_of_an_earlier_day_that_is_built_anew_is_still_of_the_last_day(
    database: str, catalogue: Path, tmp_path: Path
) -> None:
    """Of the first day alone a release is of that day; once the last is built it is of that, whatever is built next."""
    _load(database, catalogue, tmp_path)
    _build(database, catalogue, tmp_path, FIRST)
    assert pipeline.make_release(database, catalogue).reference_date == FIRST
    assert _told(database, "firms") == {FIRST.isoformat(): OF_BOTH[FIRST.isoformat()]}
    _build(database, catalogue, tmp_path, LAST)
    _build(database, catalogue, tmp_path, FIRST)
    assert pipeline.make_release(database, catalogue).reference_date == LAST
    assert _told(database, "firms") == OF_BOTH
    assert _told(database, "growth")[LAST.isoformat()] == {"015": pytest.approx(0.4), "001": 1}


def test_what_was_defined_otherwise_is_told_of_the_last_day_alone(
    database: str, catalogue: Path, tmp_path: Path
) -> None:
    """Of the filiera with agriculture in it all firms are told; the count of all firms has kept its definition."""
    other = small_catalogue(
        tmp_path / "other",
        FILES | {CHOSEN: _chosen('activity("2007", "01")'), CHAIN: _chain("62", "01")},
        shipped=["indicators/firms.toml"],
    )
    _load(database, catalogue, tmp_path)
    _build(database, catalogue, tmp_path, FIRST)
    _build(database, other, tmp_path, LAST)
    pipeline.make_release(database, other)
    assert _told(database, "chosen") == {LAST.isoformat(): {"015": 3, "001": 6}}
    assert _told(database, "firms") == OF_BOTH
    assert _told(database, "firms", filiera="chain") == {LAST.isoformat(): OF_BOTH[LAST.isoformat()]}


def test_a_build_of_other_boundaries_is_left_out_until_it_is_built_anew(
    database: str, catalogue: Path, tmp_path: Path
) -> None:
    _load(database, catalogue, tmp_path)
    _build(database, catalogue, tmp_path, FIRST)
    load_boundaries(database, LATER_BOUNDARIES)
    _build(database, catalogue, tmp_path, LAST)
    pipeline.make_release(database, catalogue)
    assert _told(database, "firms") == {LAST.isoformat(): OF_BOTH[LAST.isoformat()]}
    _build(database, catalogue, tmp_path, FIRST)
    pipeline.make_release(database, catalogue)
    assert _told(database, "firms") == OF_BOTH
