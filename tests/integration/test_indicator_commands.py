"""`atlante indicators`: what is listed, explained and found wrong, as a person sees it. No database is started."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from atlante.catalogue.schema import schemas
from atlante.settings import default_catalogue_dir

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "add-an-indicator.md"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a user's folder with the indicator of the how-to."""
    example = re.search(r"```toml\n(#:schema.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    (tmp_path / "indicators").mkdir()
    (tmp_path / "indicators" / "young_kis_share.toml").write_text(example[1], encoding="utf-8")
    return tmp_path


def _run(*arguments: str, own: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"ATLANTE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    environment |= {"ATLANTE_EXTRA_CATALOGUE_DIR": str(own)} if own else {}
    command = [sys.executable, "-m", "atlante.cli", "indicators", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_indicator_of_the_how_to_is_listed_with_ours_and_explained(own: Path) -> None:
    listed = json.loads(_run("list", "--theme", "structure", "--lang", "it", "--json", own=own).stdout)
    assert {"young_kis_share", "kis_share"} <= {each["id"] for each in listed}
    assert {each["theme"] for each in listed} == {"structure"}
    explained = json.loads(_run("explain", "young_kis_share", "--lang", "de", "--json", own=own).stdout)
    assert explained["title"] == "Anteil junger Unternehmen an wissensintensiven Dienstleistungen"
    assert explained["formula"] == (
        'n(Unternehmen mit (age_years(registration_date) < 5) and sector("kis"))'
        ' / n(Unternehmen mit sector("kis") von denen es bekannt ist)'
    )
    assert any("WHERE in_sector_kis" in each for each in explained["sql"])
    assert explained["needs"] == ["columns: activity_code, registration_date", "sectors: kis"]
    assert explained["file"] == str(own / "indicators" / "young_kis_share.toml")


def test_an_explanation_for_people_has_definition_formula_sql_source_and_method() -> None:
    text = " ".join(_run("explain", "coagglomeration_upstream_core", "--lang", "it").stdout.split())
    for part in (
        "Indice di Ellison, Glaeser e Kerr",
        "Σ (a − x)(b − x) / (1 − Σ x²)",
        "doi:10.1257/aer.100.3.1195",
        "SELECT count(*) FROM stock",
        "perimetri delle filiere",
        "2025-04-01",
    ):
        assert part in text


def test_an_unknown_indicator_is_answered_with_near_ones() -> None:
    answer = _run("explain", "women_share")
    assert answer.returncode == 2
    assert "Did you mean" in answer.stderr
    assert "women_led_share" in answer.stderr
    assert not answer.stdout


def test_an_unknown_theme_is_answered_with_those_that_there_are() -> None:
    answer = _run("list", "--theme", "sport")
    assert answer.returncode == 2
    assert "business-demography" in answer.stderr


def test_the_catalogue_has_no_mistake(own: Path) -> None:
    answer = _run("check", own=own)
    assert answer.returncode == 0, answer.stderr
    assert "no mistake" in answer.stderr


def test_every_mistake_of_a_file_is_shown_with_line_and_key(own: Path) -> None:
    file = own / "indicators" / "young_kis_share.toml"
    text = file.read_text(encoding="utf-8").replace("age_years", "age_year").replace("digits = 3", "digits = 9")
    elsewhere = own / "draft.md" / "draft_share.toml"
    elsewhere.parent.mkdir()
    elsewhere.write_text(text, encoding="utf-8")
    answer = _run("check", str(elsewhere))
    assert answer.returncode == 1
    assert "draft_share.toml, line 4: digits: " in answer.stderr
    assert re.search(r"draft_share.toml, line \d+: share.numerator: .*did you mean 'age_years'", answer.stderr)
    found = json.loads(_run("check", str(elsewhere), "--json").stdout)["problems"]
    assert [each["key"] for each in found] == ["digits", "share.numerator"]


def test_the_schemas_are_printed() -> None:
    assert _run("schema").stdout == schemas()["indicator.schema.json"]
    printed = _run("schema", "--of", "context").stdout
    assert printed == (default_catalogue_dir() / "schema" / "context.schema.json").read_text(encoding="utf-8")
