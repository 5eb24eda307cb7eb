"""Addresses, the order of the table, and the comparison with Italy."""

from __future__ import annotations

import pytest

from atlante.catalogue.levels import Level
from atlante.web.address import Address
from atlante.web.layer import Place
from atlante.web.page import compare
from atlante.web.table import ROWS_PER_PAGE, sort_places, table_of


def place(name: str, value: float | None = None, status: str = "value", **given: float | None) -> Place:
    low, high = given.get("low"), given.get("high")
    return Place(name.upper(), name, None, "Lazio", value, low, high, given.get("firms"), status)


def test_an_address_says_only_what_differs_from_the_front_page() -> None:
    assert Address().parameters() == {}
    assert Address(lang="de").parameters(territory="012") == {"lang": "de", "territory": "012"}


def test_an_address_survives_the_way_through_a_link() -> None:
    address = Address("en", Level.REGION, "rnd_share", "03", "firms", "asc", "lom", 2)
    query = {name: str(value) for name, value in address.parameters().items()}

    assert Address.from_query(query) == address


@pytest.mark.parametrize(
    "query",
    [{"lang": "fr"}, {"level": "planet"}, {"sort": "area"}, {"order": "up"}, {"page": "-1"}, {"page": "9" * 30}],
    ids=str,
)
def test_what_an_address_can_not_mean_is_as_if_it_were_not_there(query: dict[str, str]) -> None:
    assert Address.from_query(query) == Address()


def test_a_heading_sorts_from_its_natural_end_and_then_turns_round() -> None:
    assert Address().sorted_by("name") == {"sort": "name", "order": "asc"}
    assert Address().sorted_by("value") == {"order": "asc"}
    assert Address(page=3).sorted_by("firms") == {"sort": "firms"}


@pytest.mark.parametrize("descending", [True, False])
def test_missing_values_come_last_in_both_orders(*, descending: bool) -> None:
    places = [place("Roma", None, "suppressed"), place("Rieti", 2.0), place("Latina", None, "not-available")]

    ordered = sort_places([*places, place("Viterbo", 1.0)], "value", descending=descending)

    assert [found.name for found in ordered[2:]] == ["Latina", "Roma"]
    assert [found.value for found in ordered[:2]] == ([2.0, 1.0] if descending else [1.0, 2.0])


def test_a_name_is_found_without_accent_and_case() -> None:
    places = [place("Forlì-Cesena", 1.0), place("Roma", 2.0)]

    assert [found.name for found in table_of(places, Address(q="FORLI")).rows] == ["Forlì-Cesena"]
    assert table_of(places, Address(q="Atlantide")).count == 0


def test_a_page_beyond_the_last_is_the_last() -> None:
    places = [place(f"{number:04d}", float(number)) for number in range(2 * ROWS_PER_PAGE + 1)]

    table = table_of(places, Address(page=9))

    assert (table.page, table.pages, table.first, table.last, table.count) == (3, 3, 401, 401, 401)
    assert [found.value for found in table.rows] == [0.0]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(11.0, 12.0, "above"), (8.0, 9.0, "below"), (9.0, 11.0, "unclear"), (10.0, 11.0, "unclear"), (None, None, None)],
)
def test_only_a_whole_interval_on_one_side_differs_from_italy(
    low: float | None, high: float | None, expected: str | None
) -> None:
    assert compare(place("Roma", 10.0, low=low, high=high), 10.0) == expected
