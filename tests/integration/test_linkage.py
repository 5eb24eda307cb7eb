"""The linkage report: what it counts adds up, and it says what to do about what is not placed."""

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

from atlante.errors import NothingLoaded
from atlante.pipeline.linkage import read_linkage

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2025, 5, 19)
# municipality, province, located, then, code, method, reason, confidence, conflicts, firms
CASES = [
    ("MILANO", "MI", "F205", "F205", "F205", "name+province", None, 1.0, [], 50),
    ("MILANO", "MI", "H501", "F205", "F205", "name+province", None, 0.8, ["located: H501 instead of declared F205"], 4),
    ("OLBIA", "OT", None, "G015", "G015", "name+former province", None, 0.9, ["province: declared OT, is SS"], 3),
    ("BUSANA", "RE", None, "M364", "M364", "name+province", None, 0.9, ["name of 1861\N{EN DASH}2015"], 2),
    ("TALLINN", "MI", None, None, None, "none", "foreign seat", 0.0, [], 5),
    ("MILANOO", "MI", None, None, None, "none", "unknown name", 0.0, [], 6),
    ("LIVO", None, None, None, None, "none", "homonym without province", 0.0, [], 1),
]


@pytest.fixture
def placed(italy: str) -> str:
    """Return the address of a database with placements of one source and day."""
    with psycopg.connect(italy) as connection:
        vintage = connection.execute("SELECT vintage_id FROM territory.vintage").fetchone()
        assert vintage is not None
        connection.cursor().executemany(
            "INSERT INTO register.placement_case (source_id, reference_date, case_id, vintage_id, "
            "declared_municipality, declared_province, located_code, municipality_then, municipality_code, method, "
            "reason, confidence, "
            "conflicts, firms) VALUES ('a_source', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [(DAY, number, vintage[0], *case) for number, case in enumerate(CASES, start=1)],
        )
    return italy


def atlante(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "atlante.cli", "linkage", *arguments]
    environment = os.environ | {"ATLANTE_DATABASE_URL": url}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_placed_foreign_and_unplaced_firms_add_up_to_all(placed: str) -> None:
    found = read_linkage(placed)
    assert (found.source_id, found.reference_date) == ("a_source", DAY)
    assert (found.firms, found.placed, found.foreign, found.unplaced) == (71, 59, 5, 7)
    assert found.methods["firms"].sum() == found.placed
    assert found.reasons["firms"].sum() == found.foreign + found.unplaced
    assert found.cases["firms"].sum() == found.firms


def test_firms_are_counted_by_method_reason_and_disagreement(placed: str) -> None:
    found = read_linkage(placed, source_id="a_source", reference_date=DAY)
    assert found.methods.to_dict("records") == [
        # (50 x 1 + 4 x 0.8 + 2 x 0.9) / 56
        {"method": "name+province", "firms": 56, "disagreeing": 6, "confidence": 0.982},
        {"method": "name+former province", "firms": 3, "disagreeing": 3, "confidence": 0.9},
    ]
    assert found.reasons.to_dict("records") == [
        {"reason": "unknown name", "firms": 6},
        {"reason": "foreign seat", "firms": 5},
        {"reason": "homonym without province", "firms": 1},
    ]
    assert found.disagreements.to_dict("records") == [
        {"kind": "located", "firms": 4, "example": "located: H501 instead of declared F205"},
        {"kind": "province", "firms": 3, "example": "province: declared OT, is SS"},
        {"kind": "name of another date", "firms": 2, "example": "name of 1861\N{EN DASH}2015"},
    ]


def test_a_name_that_is_not_known_has_a_suggestion_and_no_other_case_has(placed: str) -> None:
    suggestions = read_linkage(placed).cases.set_index("municipality")["suggestion"]
    assert suggestions["MILANOO"].startswith("Milano (MI, F205)")
    assert (suggestions.drop("MILANOO") == "").all()


@pytest.mark.parametrize("wanted", [{"source_id": "another"}, {"reference_date": date(2020, 1, 1)}])
def test_what_was_never_placed_is_an_error_that_says_what_to_do(placed: str, wanted: dict[str, object]) -> None:
    with pytest.raises(NothingLoaded, match="atlante build"):
        read_linkage(placed, **wanted)  # type: ignore[arg-type]


def test_the_command_prints_sums_cases_and_suggestions(placed: str) -> None:
    outcome = atlante(placed)
    assert outcome.returncode == 0, outcome.stderr
    for text in ("71", "name+former province", "homonym without province", "located", "Milano (MI,"):
        assert text in outcome.stdout


def test_the_command_prints_one_json_document_of_all_that_is_odd(placed: str) -> None:
    outcome = atlante(placed, "--json", "--source", "a_source", "--date", str(DAY))
    document = json.loads(outcome.stdout)
    assert (document["firms"], document["placed"], document["foreign"], document["unplaced"]) == (71, 59, 5, 7)
    assert len(document["cases"]) == 6
    assert sum(case["firms"] for case in document["cases"]) == 21


def test_the_command_writes_every_case_as_csv(placed: str, tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    outcome = atlante(placed, "--csv", str(file), "--all")
    assert outcome.returncode == 0, outcome.stderr
    cases = pd.read_csv(file)
    assert (len(cases), cases["firms"].sum()) == (7, 71)
    assert "7 cases written" in outcome.stderr


def test_a_day_that_is_none_is_a_wrong_use(placed: str) -> None:
    outcome = atlante(placed, "--date", "yesterday")
    assert outcome.returncode == 2
    assert "--date" in outcome.stderr


def test_a_database_without_placements_says_what_to_run(database: str) -> None:
    outcome = atlante(database)
    assert outcome.returncode == 1
    assert "atlante build" in outcome.stderr
