"""The wide and the tidy tables of a level, from protected observations."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from scipy.stats import chi2

from atlante.catalogue.indicators import load_indicators
from atlante.releases.observations import LevelObservations, SliceName
from atlante.settings import default_catalogue_dir

INDICATORS = load_indicators(default_catalogue_dir()).indicators
TERRITORIES = pd.DataFrame(
    {"code": ["A", "B", "C"], "name": ["a", "b", "c"], "sigla": ["AA", "AA", None],
     "population": pd.array([1000, 500, None], dtype="Int64"), "area_km2": [10.0, 5.0, 2.0]}
)  # fmt: skip
NO_EVENT = chi2.ppf(0.975, 2) / 2  # Garwood (1936): the upper bound of no event


def _row(code: str, indicator: str, value: float | None, status: str = "value", **more: object) -> dict[str, Any]:
    row: dict[str, Any] = {
        "territory_code": code, "indicator_id": indicator, "period": "2025-05-19", "filiera": "", "stage": "",
        "breakdown": "", "category": "", "value": value, "low": None, "high": None, "smoothed": None,
        "rank_low": None, "rank_high": None, "firms": 4, "firms_unknown": 0, "converted_share": 0.0, "status": status,
    }  # fmt: skip
    return row | more


def _observations(*rows: dict[str, Any], of: tuple[str, ...]) -> LevelObservations:
    return LevelObservations(pd.DataFrame(rows), TERRITORIES, [INDICATORS[name] for name in of])


def test_a_wide_table_takes_the_latest_period_and_says_what_is_missing() -> None:
    of = _observations(
        _row("A", "registrations", 5, period="2023"),
        _row("A", "registrations", 6, period="2024"),
        _row("B", "registrations", None, "suppressed", period="2024", firms=None),
        of=("registrations",),
    )
    wide = of.wide("", [INDICATORS["registrations"]], "2025-05-19").to_pydict()
    assert wide["code"] == ["A", "B", "C"]
    assert wide["registrations"] == [6, None, None]
    assert wide["registrations_firms"] == [4, None, None]
    assert wide["registrations_status"] == ["value", "suppressed", "not-available"]
    assert wide["registrations_period"] == ["2024"] * 3


def test_a_territory_without_a_firm_of_a_filiera_has_a_count_of_0_with_its_interval_and_no_share() -> None:
    names = ("firms", "firms_per_1000", "women_led_share")
    of = _observations(*(_row("A", name, 1, filiera="moda") for name in names), of=names)
    wide = of.wide("moda", [INDICATORS[name] for name in names], "2025-05-19").to_pydict()
    assert wide["firms"] == [1, 0, 0]
    assert wide["firms_firms"] == [4, 0, 0]
    assert wide["firms_status"] == ["value"] * 3
    assert wide["firms_high"][1:] == pytest.approx([NO_EVENT, NO_EVENT])
    assert wide["firms_per_1000"] == [1, 0, None]  # of C nobody knows the inhabitants
    assert wide["firms_per_1000_high"][1] == pytest.approx(NO_EVENT / 500 * 1000)
    assert wide["firms_per_1000_status"] == ["value", "value", "not-available"]
    assert wide["women_led_share_status"] == ["value", "not-available", "not-available"]


def test_what_is_withheld_of_a_filiera_is_not_taken_for_0() -> None:
    of = _observations(
        _row("A", "firms", 9, filiera="moda"), _row("B", "firms", None, "suppressed", filiera="moda"), of=("firms",)
    )
    wide = of.wide("moda", [INDICATORS["firms"]], "2025-05-19").to_pydict()
    assert wide["firms"] == [9, None, 0]
    assert wide["firms_status"] == ["value", "suppressed", "value"]


def test_a_filiera_that_nobody_counted_is_not_available_anywhere() -> None:
    of = _observations(_row("A", "firms", 9), of=("firms",))
    assert of.wide("moda", [INDICATORS["firms"]], "2025-05-19").to_pydict()["firms_status"] == ["not-available"] * 3


def test_values_of_an_earlier_reference_date_are_not_shown_as_those_of_the_release() -> None:
    """Municipalities have no row of a filiera that no firm is left of, but they have some of the day before."""
    of = _observations(
        _row("A", "firms", 3, filiera="moda", period="2024-05-19"),
        _row("A", "registrations", 5, filiera="moda", period="2024"),
        of=("firms", "registrations"),
    )
    names = ("firms", "registrations")
    wide = of.wide("moda", [INDICATORS[name] for name in names], "2025-05-19").to_pydict()
    assert wide["firms"] == [None] * 3
    assert wide["firms_firms"] == [None] * 3
    assert wide["firms_status"] == ["not-available"] * 3
    assert (wide["registrations"][0], wide["registrations_period"][0]) == (5, "2024")


def test_a_tidy_table_has_a_row_for_each_observation_with_an_id_of_its_slice() -> None:
    of = _observations(
        _row("B", "firms", 2, filiera="moda", stage="core"),
        _row("A", "firms", 3, breakdown="size_class", category="micro"),
        _row("C", "registrations", 1, period="2024"),
        of=("registrations", "firms"),
    )
    table, ids, (begins, ends) = of.tidy()
    assert ids.to_pylist() == ["registrations.C.2024", "firms.A.2025-05-19.size_class.micro",
                               "firms.B.2025-05-19.moda.core"]  # fmt: skip
    assert begins.to_pylist() == ["2024-01-01", "2025-05-19", "2025-05-19"]
    assert ends.to_pylist() == ["2024-12-31", "2025-05-19", "2025-05-19"]
    assert table.column("sigla").to_pylist() == [None, "AA", "AA"]
    assert table.column("value").to_pylist() == [1, 3, 2]
    assert table.column("stage").to_pylist() == ["", "", "core"]


def test_what_no_territory_has_is_left_out_where_asked_but_what_is_withheld_is_not() -> None:
    of = _observations(
        _row("A", "rnd_share", None, "not-available"),
        _row("A", "firms", None, "suppressed"),
        _row("B", "firms", None, "not-available"),
        of=("firms", "rnd_share"),
    )
    table, *_ = of.tidy(only_available=True)
    assert table.column("indicator").to_pylist() == ["firms", "firms"]


def test_slices_whose_names_differ_in_signs_alone_have_different_ids() -> None:
    names = ("SOCIETA' SEMPLICE", "Società semplice", "societa-semplice", "社会")
    assert len({SliceName("", "", "legal_form", name).suffix for name in names}) == len(names)
    assert SliceName("moda", "core").suffix == ".moda.core"
