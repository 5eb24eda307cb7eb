"""Definitions of a user's own: a TOML file in a folder, `build` and `publish`, and nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from running import application_on
from small_country import Firm, fiscal_code, indicator, ingest, load_boundaries, numbered, small_catalogue

from atlante import pipeline

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "add-an-indicator.md"
DAY, LATER = date(2024, 12, 31), date(2025, 3, 1)
PERIODS = ("firms", "new_registrations", "cancellations", "firms_growth")


def _run(url: str, catalogue: Path, own: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "ATLANTE_DATABASE_URL": url,
        "ATLANTE_CATALOGUE_DIR": str(catalogue),
        "ATLANTE_EXTRA_CATALOGUE_DIR": str(own),
    }
    command = [sys.executable, "-m", "atlante.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def _served(url: str, collection: str) -> dict[str, dict[str, Any]]:
    """Return the properties of the features of a collection, as the service gives them, by the feature's id."""
    with application_on(url) as application:
        answer = application.test_client().get(f"/api/collections/{collection}/items?f=json&limit=1000")
    assert answer.status_code == 200, answer.text
    return {str(feature["id"]): feature["properties"] for feature in json.loads(answer.text)["features"]}


def test_the_file_of_the_how_to_is_all_that_an_indicator_takes(database: str, tmp_path: Path) -> None:
    """Of the eight firms of 62, a knowledge-intensive service, six are registered since less than five years."""
    example = re.search(r"`own/(\S+)`.*?```toml\n(#:schema.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    own = tmp_path / "own"
    (own / example[1]).parent.mkdir(parents=True)
    (own / example[1]).write_text(example[2], encoding="utf-8")
    shipped = ("indicators/firms.toml", "sectors/kis.toml")
    catalogue = small_catalogue(tmp_path / "catalogue", {}, shipped=shipped)
    load_boundaries(database)
    young, old = (Firm("A001", registered=day) for day in ("2020-01-01", "2019-12-31"))
    other = [Firm("B001"), Firm("B001"), Firm("B001", "011000"), Firm("A001", "101100", registered="1999-01-01")]
    ingest(database, catalogue, tmp_path, DAY, numbered([young] * 4 + [old] * 2 + other))
    for verb in ("build", "publish"):
        done = _run(database, catalogue, own, verb)
        assert done.returncode == 0, done.stderr
    country = _served(database, "indicators-countries")["IT"]
    assert (country["young_kis_share"], country["young_kis_share_status"]) == (0.75, "value")
    assert country["young_kis_share_firms"] == 8
    regions = _served(database, "indicators-regions")
    assert {code: row["young_kis_share"] for code, row in regions.items()} == {
        "03": pytest.approx(4 / 6, abs=1e-3),
        "01": 1,
    }
    assert "young_kis_share" in json.dumps(list(_served(database, "catalogue").values()))


def test_what_was_built_and_is_defined_no_more_is_not_published(database: str, tmp_path: Path) -> None:
    count = indicator("[count]\nfirms = \"registration_date < '2020-01-01'\"", disclosure="public-register")
    own = _write(tmp_path / "own", {"indicators/older.toml": count})
    catalogue = small_catalogue(tmp_path / "catalogue", {}, shipped=["indicators/firms.toml"])
    load_boundaries(database)
    ingest(database, catalogue, tmp_path, DAY, numbered([Firm("A001")] * 4))
    assert _run(database, catalogue, own, "build").returncode == 0
    (own / "indicators" / "older.toml").unlink()
    refused = _run(database, catalogue, own, "publish")
    assert refused.returncode == 1
    assert "older, which the catalogue does not define" in refused.stderr
    assert _run(database, catalogue, own, "build").returncode == 0
    assert _run(database, catalogue, own, "publish").returncode == 0


def test_what_was_built_otherwise_than_it_is_defined_is_not_published(database: str, tmp_path: Path) -> None:
    def write(years: int) -> Path:
        share = f'[share]\nnumerator = "age_years(registration_date) < {years}"\nunknown = "excluded"'
        text = indicator(share, interval="wilson", disclosure="public-register")
        return _write(tmp_path / "own", {"indicators/young_share.toml": text})

    catalogue = small_catalogue(tmp_path / "catalogue", {}, shipped=["indicators/firms.toml"])
    load_boundaries(database)
    ingest(database, catalogue, tmp_path, DAY, numbered([Firm("A001")] * 4))
    assert _run(database, catalogue, write(5), "build").returncode == 0
    refused = _run(database, catalogue, write(100), "publish")
    assert refused.returncode == 1
    assert "computed young_share otherwise than the catalogue says" in refused.stderr
    assert _run(database, catalogue, write(5), "publish").returncode == 0


def test_a_filiera_that_was_changed_since_the_build_is_not_published(database: str, tmp_path: Path) -> None:
    catalogue = small_catalogue(tmp_path / "catalogue", {}, shipped=["indicators/firms.toml", "filiere/moda.toml"])
    own = tmp_path / "own"
    own.mkdir()
    load_boundaries(database)
    ingest(database, catalogue, tmp_path, DAY, numbered([Firm("A001")] * 4))
    assert _run(database, catalogue, own, "build").returncode == 0
    moda = catalogue / "filiere" / "moda.toml"
    text = moda.read_text(encoding="utf-8")
    first = next(line for line in text.splitlines() if re.match(r'"[\d.]+" = 1', line))
    moda.write_text(text.replace(first, first.replace("= 1", "= 0.5"), 1), encoding="utf-8")
    refused = _run(database, catalogue, own, "publish")
    assert refused.returncode == 1
    assert "computed filiera moda otherwise than the catalogue says" in refused.stderr
    moda.write_text(text, encoding="utf-8")
    assert _run(database, catalogue, own, "publish").returncode == 0


def test_every_period_finds_the_one_before_it(database: str, tmp_path: Path) -> None:
    """Of ten firms two are gone and five have come."""
    catalogue = small_catalogue(tmp_path, {}, shipped=[f"indicators/{name}.toml" for name in PERIODS])
    load_boundaries(database)
    firms = numbered([Firm("A001")] * 10)
    ingest(database, catalogue, tmp_path, DAY, firms)
    stayed = {number: firm for number, firm in firms.items() if number > 2}
    ingest(database, catalogue, tmp_path, LATER, stayed | dict.fromkeys(range(11, 16), Firm("B001")))
    results = pipeline.build_periods(database, catalogue, cache_dir=tmp_path)
    assert [result.reference_date for result in results] == [DAY, LATER]
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT indicator_id, period, value FROM measure.observation WHERE level = 'country' "
            "AND filiera = '' AND breakdown = ''"
        ).fetchall()
    assert {(name, period): value for name, period, value in rows} == {
        ("firms", str(DAY)): 10, ("firms", str(LATER)): 13,
        ("new_registrations", str(DAY)): None, ("new_registrations", str(LATER)): 5,  # nobody knows who came first
        ("cancellations", str(DAY)): None, ("cancellations", str(LATER)): 2,
        ("firms_growth", str(DAY)): None, ("firms_growth", str(LATER)): pytest.approx(0.3),
    }  # fmt: skip


SURVEY = """
#:schema ../schema/survey.schema.json
family = "shops"
version = "2025"
title = { it = "a", en = "Shops online", de = "a" }
definition = { it = "a", en = "a", de = "a" }
source = "a test"

[[items]]
code = "web"
title = { it = "a", en = "a", de = "a" }

[[items]]
code = "skills"
kind = "scale"
highest = 3
title = { it = "a", en = "a", de = "a" }

[estimation]
minimum_answered = 1
margins = ["size"]
low_reliability_cv = 0.5

[population]
sizes = [{ id = "all", lowest = 10 }]
sectors = [{ id = "all", title = { it = "a", en = "a", de = "a" }, divisions = ["62"] }]
"""
MODEL = """
#:schema ../schema/maturity.schema.json
is_own = true
survey = "shops_2025"
minimum_answered = 2
source = "a test"
title = { it = "a", en = "a", de = "a" }
definition = { it = "a", en = "a", de = "a" }

[[axes]]
id = "all"
title = { it = "a", en = "a", de = "a" }
weight = 1.0
items = { web = 1.0, skills = 1.0 }

[[profiles]]
id = "behind"
title = { it = "a", en = "a", de = "a" }
lowest = 0

[[profiles]]
id = "ahead"
title = { it = "a", en = "a", de = "a" }
lowest = 60
"""
ASKED = '[survey]\nsurvey = "shops_2025"\n'
OWN = {
    "surveys/shops_2025.toml": SURVEY,
    "maturity/shop_model.toml": MODEL,
    "indicators/web_share.toml": indicator(f'{ASKED}of = "item"\nitem = "web"', interval="design"),
    "indicators/ahead_share.toml": indicator(
        f'{ASKED}of = "profile"\nmodel = "shop_model"\nlevels = ["ahead"]', interval="design"
    ),
}


def _write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_survey_and_a_model_of_ones_own_are_loaded_listed_and_estimated(database: str, tmp_path: Path) -> None:
    """Twelve firms say web and a skill of 1 of 3 (67 of 100), eight no web and 3 of 3 (50 of 100)."""
    own = _write(tmp_path / "own", OWN)
    catalogue = small_catalogue(tmp_path / "catalogue", {}, shipped=["indicators/firms.toml", "surveys"])
    load_boundaries(database)
    ingest(database, catalogue, tmp_path, DAY, numbered([Firm("A001")] * 20 + [Firm("B001")] * 20))
    answers = tmp_path / "answers.csv"
    rows = [
        f"{fiscal_code(number)},shops,{item},2025,2024-12-01,{said}\n"
        for number in range(1, 21)
        for item, said in (("web", "yes" if number <= 12 else "no"), ("skills", 1 if number <= 12 else 3))
    ]
    answers.write_text("firm,survey,item,version,date,answer\n" + "".join(rows), encoding="utf-8")
    loaded = _run(database, catalogue, own, "survey", "load", "shops_2025", str(answers), "--json")
    assert loaded.returncode == 0, loaded.stderr
    assert json.loads(loaded.stdout)["accepted"] == 40
    listed = json.loads(_run(database, catalogue, own, "survey", "list", "--json").stdout)
    assert {row["survey"]: row["firms"] for row in listed}["shops_2025"] == 20
    built = _run(database, catalogue, own, "build", "--json")
    assert built.returncode == 0, built.stderr
    with psycopg.connect(database) as connection:
        observed = connection.execute(
            "SELECT indicator_id, value, firms, is_low_reliability FROM measure.observation "
            "WHERE level = 'country' AND indicator_id <> 'firms' AND filiera = '' ORDER BY 1"
        ).fetchall()
    assert observed == [
        ("ahead_share", pytest.approx(0.6), 20, False),
        ("web_share", pytest.approx(0.6), 20, False),
    ]
