"""What leaves of smoothed values and ranks, which are computed from several territories at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from atlante.catalogue.indicators import load_indicators
from atlante.catalogue.levels import Level
from atlante.disclosure import Rule
from atlante.geometry import BBox
from atlante.releases.protection import protect_observations
from atlante.releases.territories import Territories
from atlante.settings import default_catalogue_dir

_CATALOGUE = load_indicators(default_catalogue_dir())
_SURVEY = "dii_basic_2024"
_WORDS = ("filiera", "stage", "breakdown", "category")
_NUMBERS = ("low", "high", "denominator", "converted_share")


def _table(codes: list[str], parents: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({"code": codes, "parent_code": parents})


def _territories(n: int) -> Territories:
    """Return a country of two regions; the first has two provinces, the first of which has n municipalities."""
    tables = {
        Level.MUNICIPALITY: _table([f"M{i}" for i in range(n)] + ["N", "O"], ["P0"] * n + ["P1", "P2"]),
        Level.PROVINCE: _table(["P0", "P1", "P2"], ["R0", "R0", "R1"]),
        Level.REGION: _table(["R0", "R1"], ["IT", "IT"]),
        Level.COUNTRY: _table(["IT"], [None]),
    }
    return Territories(tables, BBox(0, 0, 1, 1))


def _observations(indicator: str, firms: dict[str, int], numerators: dict[str, int] | None = None) -> pd.DataFrame:
    """Return an estimate of every territory, smoothed and ranked, from the firms of each municipality."""
    territories = _territories(len(firms) - 2)
    above = {
        code: parent
        for table in territories.tables.values()
        for code, parent in zip(table["code"], table["parent_code"], strict=True)
    }
    rows = []
    for level, table in territories.tables.items():
        for code in table["code"]:
            of = [each for each in firms if code in (each, above[each], above[above[each]], "IT")]
            n = sum(firms[each] for each in of)
            inside = sum((numerators or {}).get(each, firms[each] // 2) for each in of)
            rows.append((level.value, code, n, inside))
    found = pd.DataFrame(rows, columns=["level", "territory_code", "firms", "numerator"])
    found = found.assign(**dict.fromkeys(_WORDS, ""), **dict.fromkeys(_NUMBERS, 0.5))
    return found.assign(
        indicator_id=indicator, period="2025", numerator=found["numerator"].astype(float), smoothed=0.5, rank_low=1,
        rank_high=2, firms_unknown=0, is_low_reliability=False, value=np.where(found["firms"] > 0, 0.5, np.nan),
    )  # fmt: skip


def _protected(observations: pd.DataFrame, pool: int = 3) -> pd.DataFrame:
    territories = _territories((observations["level"] == "municipality").sum() - 2)
    return protect_observations(observations, territories, _CATALOGUE, Rule(pool=pool)).set_index("territory_code")


def test_an_estimate_drawn_towards_a_withheld_territory_is_not_told() -> None:
    """Nobody answered in M0: its smoothed value is that of its province, which rests on two answers."""
    firms = {"M0": 0, "M1": 1, "M2": 1, "N": 9, "O": 9}
    found = _protected(_observations(_SURVEY, firms))
    assert found.loc["P0", "status"] == "suppressed"
    assert found.loc["M0", "status"] == "not-available"
    assert np.isnan(found.loc["M0", "smoothed"])
    assert found.loc["O", "smoothed"] == pytest.approx(0.5)


def test_of_a_withheld_value_no_number_is_left() -> None:
    found = _protected(_observations("rnd_share", {"M0": 1, "M1": 5, "N": 9, "O": 9}))
    row = found.loc["M0"]
    assert row["status"] == "suppressed"
    numbers = ["value", "smoothed", "rank_low", "rank_high", "numerator", "firms", "firms_unknown", *_NUMBERS]
    assert row[numbers].isna().all()


def test_territories_where_nobody_answered_do_not_hide_those_that_did() -> None:
    """Two are withheld that have firms, and two where nobody answered: ranks of two could follow from the others'."""
    observations = _observations("rnd_share", {"M0": 1, "M1": 5, "M2": 0, "M3": 0, "N": 9, "O": 9})
    observations.loc[observations["territory_code"].isin(["M2", "M3"]), "firms_unknown"] = 1
    found = _protected(observations)
    lost = found[(found["status"] == "suppressed") & (found["level"] == "municipality")]
    assert set(lost.index) == {"M0", "M1", "M2", "M3"}
    assert found.loc[["N", "O"], ["smoothed", "rank_low", "rank_high"]].isna().all(axis=None)
    assert found.loc[["N", "O"], "status"].tolist() == ["value", "value"]
