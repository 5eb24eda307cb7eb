"""Several extracts of one source over years: flows, growth, cohorts and breaks, worked out by hand.

Firms of A001 by number, and from which to which extract they are there (2021 is the first, 2025 the last):
1-20 are there in 2021, of which 1-12 registered in 2021; 1-3 and 13 are gone in 2022, when 21-26 come; 4 and 14 are
gone in 2023, when 31-33 come; 5, 6 and 15 are gone in 2024. A002 has the firms 41-45 until 2023. B001 has 51-53 from
2022 on. So there are 20, 22, 23, 20 firms in A001; 5, 5, 5, 0 in A002; 0, 3, 3, 3 in B001; none in B002.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from kilometre_grid import boundaries, square
from small_country import PLACES, SOURCE, Firm, indicator, ingest, load_boundaries, small_catalogue

from atlante import pipeline
from atlante.errors import NothingLoaded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAYS = [dt.date(year, 12, 31) for year in (2021, 2022, 2023, 2024)]
SHIPPED = [
    f"indicators/{name}.toml"
    for name in (
        "firms", "new_registrations", "cancellations", "net_registration_rate", "registration_rate", "firms_growth",
        "firms_growth_1y", "firms_cagr_3y", "firms_index", "survival_1y", "survival_3y",
    )
]  # fmt: skip
PUBLIC = {"disclosure": "public-register"}
FILES = {
    "indicators/survival_2y.toml": indicator(
        '[survival]\nafter_years = 2\ndate = "registration_date"', more="minimum = 10", **PUBLIC
    ),
    "indicators/firms_change.toml": indicator(
        '[growth]\nof = "firms"\nform = "difference"\nbase = "previous"', **PUBLIC
    ),
    "indicators/net_rate_growth.toml": indicator(
        '[growth]\nof = "net_registration_rate"\nform = "rate"\nbase = "previous"', **PUBLIC
    ),
    "indicators/refused.toml": indicator(
        '[growth]\nof = "firms"\nform = "rate"\nbase = "previous"\n[[series_breaks]]\ndate = 2024-01-01\n'
        'refuses = true\nreason = { it = "a", en = "a", de = "a" }',
        **PUBLIC,
    ),
    "indicators/flagged.toml": indicator(
        '[growth]\nof = "firms"\nform = "rate"\nbase = "previous"\n[[series_breaks]]\ndate = 2024-01-01\n'
        'refuses = false\nreason = { it = "a", en = "a", de = "a" }',
        **PUBLIC,
    ),
}


def firms_of(day: dt.date) -> dict[int, Firm]:
    """Return the firms of an extract."""
    gone = {2022: {1, 2, 3, 13}, 2023: {4, 14}, 2024: {5, 6, 15}}
    left = set[int]().union(*(each for year, each in gone.items() if year <= day.year))
    here = [*range(1, 21), *(range(21, 27) if day.year > 2021 else ()), *(range(31, 34) if day.year > 2022 else ())]
    registered = {**dict.fromkeys(range(1, 13), "2021-05-01"), **dict.fromkeys(range(21, 27), "2022-03-01")}
    firms = {n: Firm("A001", registered=registered.get(n, "2010-01-01")) for n in here if n not in left}
    firms |= {n: Firm("A002", registered="2010-01-01") for n in range(41, 46) if day.year < 2024}
    return firms | {n: Firm("B001", registered="2010-01-01") for n in range(51, 54) if day.year > 2021}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a catalogue of what changes."""
    return small_catalogue(tmp_path_factory.mktemp("catalogue"), FILES, shipped=SHIPPED)


def _load(url: str, catalogue: Path, folder: Path) -> None:
    load_boundaries(url)
    for day in DAYS:
        ingest(url, catalogue, folder, day, firms_of(day))


@pytest.fixture(scope="module")
def years(lasting_database: Callable[[str], str], catalogue: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of a database in which all four years are built, for tests that only read."""
    url, folder = lasting_database("periods"), tmp_path_factory.mktemp("extracts")
    _load(url, catalogue, folder)
    results = pipeline.build_periods(url, catalogue, period=None, cache_dir=folder)
    assert [result.reference_date for result in results] == DAYS
    assert all(result.account()["warnings"] == [] for result in results)
    return url


def told(url: str, name: str, period: dt.date | str, column: str = "value") -> dict[str, Any]:
    """Return what a build observed of all firms, by territory; the period of a cohort is its year."""
    with psycopg.connect(url) as connection:
        return dict(
            connection.execute(
                f"SELECT territory_code, {column} FROM measure.observation WHERE indicator_id = %s AND period = %s "
                "AND filiera = '' AND breakdown = '' ORDER BY build_id",
                (name, str(period)),
            ).fetchall()
        )


def test_registrations_and_cancellations_are_counted_between_two_extracts(years: str) -> None:
    first, second, third, fourth = DAYS
    assert set(told(years, "new_registrations", first).values()) == {None}
    entered = [told(years, "new_registrations", day) for day in (second, third, fourth)]
    left = [told(years, "cancellations", day) for day in (second, third, fourth)]
    assert [each["A001"] for each in entered] == [6, 3, 0]
    assert [each["A001"] for each in left] == [4, 2, 3]
    assert [each["IT"] for each in entered] == [9, 3, 0]
    assert [each["IT"] for each in left] == [4, 2, 8]
    assert left[2]["A002"] == 5  # where no firm is any more


def test_the_net_rate_is_per_100_firms_of_the_day_before(years: str) -> None:
    rate = told(years, "net_registration_rate", DAYS[1])
    assert rate["A001"] == pytest.approx(100 * (6 - 4) / 20)
    assert rate["IT"] == pytest.approx(100 * (9 - 4) / 25)
    assert rate["A002"] is rate["B001"] is rate["B002"] is None  # fewer than ten firms, or none
    assert set(told(years, "net_registration_rate", DAYS[0]).values()) == {None}


def test_growth_is_from_the_extract_before_and_from_0_there_is_none(years: str) -> None:
    growth = told(years, "firms_growth", DAYS[1])
    assert growth["A001"] == pytest.approx(0.1)
    assert growth["IT"] == pytest.approx(30 / 25 - 1)
    assert growth["B001"] is growth["B002"] is None
    assert told(years, "firms_growth", DAYS[3])["A002"] == -1
    assert told(years, "firms_growth_1y", DAYS[1]) == growth
    assert set(told(years, "firms_growth", DAYS[0]).values()) == {None}
    change = told(years, "firms_change", DAYS[1])
    assert (change["A001"], change["B001"], change["B002"], change["IT"]) == (2, 3, 0, 5)


def test_growth_from_a_negative_base_is_not_available(years: str) -> None:
    """The net rates of the country: 5 of 25 in 2022, 1 of 30 in 2023, -8 of 31 in 2024, whose growth has a sign."""
    growth = [told(years, "net_rate_growth", day)["IT"] for day in DAYS]
    assert growth[:2] == [None, None]
    assert growth[2:] == [pytest.approx((1 / 30) / (5 / 25) - 1), pytest.approx((-8 / 31) / (1 / 30) - 1)]


def test_yearly_growth_over_three_years_needs_an_extract_of_then(years: str) -> None:
    last = told(years, "firms_cagr_3y", DAYS[3])
    assert last["A001"] == 0
    assert last["IT"] == pytest.approx((23 / 25) ** (365.2425 / 1096) - 1)
    assert set(told(years, "firms_cagr_3y", DAYS[2]).values()) == {None}


def test_an_index_is_100_on_the_day_of_its_base_and_not_available_before(years: str) -> None:
    index = told(years, "firms_index", DAYS[3])
    assert index["A001"] == index["B001"] == index["IT"] == 100
    assert index["A002"] is None
    assert set(told(years, "firms_index", DAYS[2]).values()) == {None}


def test_a_cohort_is_followed_from_the_end_of_its_year(years: str) -> None:
    """Twelve firms registered in 2021: nine, eight and six of them are there one, two and three years later."""
    for name, share in (("survival_1y", 9 / 12), ("survival_2y", 8 / 12), ("survival_3y", 6 / 12)):
        values = told(years, name, "2021")
        assert (values["A001"], values["IT"]) == (share, share)
        assert values["B001"] is None
    assert told(years, "survival_1y", "2021", "(numerator, denominator)")["A001"] == ("9", "12")
    assert told(years, "survival_1y", "2022", "(numerator, denominator)")["A001"] == ("6", "6")
    assert told(years, "survival_1y", "2022")["A001"] is None  # six are fewer than ten
    assert told(years, "survival_1y", "2024") == {}


def test_a_break_of_the_series_refuses_a_comparison_or_flags_it(years: str) -> None:
    assert told(years, "refused", DAYS[2])["IT"] == pytest.approx(31 / 30 - 1)
    assert set(told(years, "refused", DAYS[3]).values()) == {None}
    assert set(told(years, "refused", DAYS[3], "denominator").values()) == {None}
    assert told(years, "flagged", DAYS[3])["A001"] == pytest.approx(20 / 23 - 1)
    assert told(years, "flagged", DAYS[3], "is_low_reliability")["A001"] is True
    assert told(years, "flagged", DAYS[2], "is_low_reliability")["A001"] is False


def test_an_extract_that_is_not_built_is_not_passed_over_and_its_firms_are_placed(
    database: str, catalogue: Path, tmp_path: Path
) -> None:
    """What is counted between extracts needs no build of the earlier one, growth does."""
    _load(database, catalogue, tmp_path)
    pipeline.build_periods(database, catalogue, period=DAYS[1], cache_dir=tmp_path)
    result = pipeline.build(database, catalogue, source_id=SOURCE, cache_dir=tmp_path)
    assert told(database, "cancellations", DAYS[3])["IT"] == 8
    assert set(told(database, "firms_growth", DAYS[3]).values()) == {None}
    (note, *_) = [each for each in result.account()["warnings"] if str(DAYS[2]) in each]
    assert f"--period {DAYS[2]}" in note
    (earlier,) = pipeline.build_periods(database, catalogue, period=DAYS[2], cache_dir=tmp_path)
    (outdated,) = [each for each in earlier.account()["warnings"] if "was built before" in each]
    assert f"--period {DAYS[3]}" in outdated
    assert set(told(database, "firms_growth", DAYS[3]).values()) == {None}  # other builds stay as they are
    (last,) = pipeline.build_periods(database, catalogue, period=DAYS[3], cache_dir=tmp_path)
    assert not [each for each in last.account()["warnings"] if "was built before" in each]
    assert told(database, "firms_growth", DAYS[3])["IT"] == pytest.approx(23 / 31 - 1)
    with pytest.raises(NothingLoaded, match="register extract"):
        pipeline.build_periods(database, catalogue, period=dt.date(2020, 1, 1), cache_dir=tmp_path)


def test_builds_that_defined_an_indicator_otherwise_are_not_compared(database: str, tmp_path: Path) -> None:
    text = "[count]\nfirms = '{}'"
    growth = indicator('[growth]\nof = "chosen"\nform = "rate"\nbase = "previous"', **PUBLIC)
    first, second = (
        small_catalogue(
            tmp_path / name,
            {"indicators/chosen.toml": indicator(text.format(where), **PUBLIC), "indicators/more.toml": growth},
        )
        for name, where in (("first", "all"), ("second", "known(registration_date)"))
    )
    _load(database, first, tmp_path)
    pipeline.build_periods(database, first, period=DAYS[2], cache_dir=tmp_path)
    (result,) = pipeline.build_periods(database, second, period=DAYS[3], cache_dir=tmp_path)
    assert set(told(database, "more", DAYS[3]).values()) == {None}
    assert "chosen was defined otherwise" in result.account()["warnings"][0]
    pipeline.build_periods(database, first, period=DAYS[3], cache_dir=tmp_path)
    assert told(database, "more", DAYS[3])["IT"] == pytest.approx(23 / 31 - 1)


def test_a_build_on_other_boundaries_is_compared_where_the_ground_is_the_same(
    database: str, catalogue: Path, tmp_path: Path
) -> None:
    """A002 is gone from later boundaries and A001 lies where both were, and nobody tells why."""
    load_boundaries(database)
    for day in DAYS[:2]:
        ingest(database, catalogue, tmp_path, day, firms_of(day))
    pipeline.build_periods(database, catalogue, period=DAYS[0], cache_dir=tmp_path)
    chosen = [0, 2, 3]
    shapes = {"A001": square(0.0, 0.0, 4.0), "B001": square(4.0, 0.0), "B002": square(5.0, 0.0)}
    columns = {name: [values[place] for place in chosen] for name, values in PLACES.items()}
    pipeline.load_territories(database, boundaries(shapes, dt.date(2024, 1, 1), **columns))
    (result,) = pipeline.build_periods(database, catalogue, period=DAYS[1], cache_dir=tmp_path)
    change = told(database, "firms_change", DAYS[1])
    firms = told(database, "firms", DAYS[1])
    assert change["A001"] is None
    assert (change["B001"], change["B002"]) == (3, 0)
    assert change["IT"] == firms["IT"] - 25
    assert change["015"] == firms["015"] - 25
    assert any("what ground 1 municipality had then" in each for each in result.account()["warnings"])
