"""How placements are told: what is the same everywhere, what is rare, what is pooled."""

from __future__ import annotations

import pandas as pd
import pytest

from atlante.catalogue.levels import Level
from atlante.disclosure import Rule
from atlante.geometry import BBox
from atlante.placement import Method
from atlante.releases.linkage import PLACED_COLUMNS, Linkage, linkage_tables, method_groups, with_accounts
from atlante.releases.territories import Territories

COUNTRY = Territories(
    {
        Level.MUNICIPALITY: pd.DataFrame(
            {"code": ["A001", "B002"], "parent_code": "001", "province_code": "001", "region_code": "01"}
        ),
        Level.PROVINCE: pd.DataFrame({"code": ["001"], "parent_code": ["01"]}),
        Level.REGION: pd.DataFrame({"code": ["01"], "parent_code": ["IT"]}),
        Level.COUNTRY: pd.DataFrame({"code": ["IT"], "parent_code": [None]}),
    },
    BBox(0, 0, 1, 1),
)


def _tables(*rows: tuple[object, ...]) -> dict[Level, pd.DataFrame]:
    return linkage_tables(pd.DataFrame(rows, columns=list(PLACED_COLUMNS)), COUNTRY, Rule())


def test_every_method_has_a_group_by_its_first_word() -> None:
    assert {"name", "alias"} <= set(method_groups())
    assert "none" not in method_groups()
    assert all(any(method.startswith(group) for group in method_groups()) for method in set(Method) - {Method.NONE})


def test_a_share_is_of_the_firms_placed_there() -> None:
    """30 of 40 by name; 4 disagree; of 20 points 2 are elsewhere."""
    tables = _tables(("A001", "name+province", 30, 3, 10, 1, 30.0), ("A001", "alias", 10, 1, 10, 1, 8.0))
    row = tables[Level.COUNTRY].iloc[0]
    shares = ("firms", "name_share", "alias_share", "disagreement_share", "elsewhere_share")
    assert row[list(shares)].tolist() == [40, 0.75, 0.25, 0.1, 0.1]


@pytest.mark.parametrize(("firms", "status"), [(1998, "suppressed"), (2000, "value")])
def test_the_mean_confidence_is_told_of_a_country_with_many_firms(firms: int, status: str) -> None:
    """Half of them at 1 and half at 0.9. From 31 firms at 0.987 the method of the one that is not at 1 follows."""
    half = firms // 2
    tables = _tables(("A001", "name+province", half, 0, 0, 0, half), ("B002", "alias", half, 0, 0, 0, 0.9 * half))
    row = tables[Level.COUNTRY].iloc[0]
    assert row["mean_confidence_status"] == status
    assert row["mean_confidence"] == 0.95 or status == "suppressed"
    assert set(tables[Level.REGION]["mean_confidence_status"]) <= {"suppressed", "not-available"}


def test_a_territory_without_firms_has_nothing_to_tell() -> None:
    tables = _tables(("A001", "name+province", 30, 3, 0, 0, 30.0), ("A001", "alias", 10, 1, 0, 0, 8.0))
    empty = tables[Level.MUNICIPALITY].set_index("code").loc["B002"]
    assert empty["firms"] == 0
    assert set(empty.filter(like="_status")) == {"not-available"}


def test_a_share_that_is_the_same_everywhere_is_told_of_one_firm_too() -> None:
    tables = _tables(("A001", "name+province", 40, 0, 0, 0, 40.0), ("B002", "name", 1, 0, 0, 0, 0.6))
    one = tables[Level.MUNICIPALITY].set_index("code").loc["B002"]
    assert (one["name_share"], one["name_share_status"]) == (1, "value")
    assert (one["alias_share"], one["alias_share_status"]) == (0, "value")


def test_it_is_not_told_where_the_whole_country_has_one_or_two_firms() -> None:
    tables = _tables(("B002", "name", 2, 0, 0, 0, 1.2))
    assert tables[Level.COUNTRY]["name_share_status"].tolist() == ["suppressed"]


def test_a_rare_share_and_the_commonest_method_are_told_for_the_country_alone() -> None:
    """1 of 201 firms is placed by an alias: below 1 %."""
    tables = _tables(
        ("A001", "name+province", 100, 0, 0, 0, 100.0),
        ("B002", "name+province", 100, 0, 0, 0, 100.0),
        ("B002", "alias", 1, 0, 0, 0, 0.9),
    )
    for quality in ("name_share", "alias_share"):
        found = {level: set(table[f"{quality}_status"]) for level, table in tables.items()}
        assert found == {
            Level.MUNICIPALITY: {"suppressed"},
            Level.PROVINCE: {"suppressed"},
            Level.REGION: {"suppressed"},
            Level.COUNTRY: {"value"},
        }


def test_where_points_are_rare_what_lies_elsewhere_is_told_for_the_country_alone() -> None:
    tables = _tables(("A001", "name", 300, 2, 2, 1, 180.0), ("B002", "name", 300, 0, 0, 0, 180.0))
    assert tables[Level.COUNTRY]["elsewhere_share"].tolist() == [0.5]
    assert set(tables[Level.MUNICIPALITY]["elsewhere_share_status"]) == {"suppressed"}


def test_a_withheld_value_is_no_number() -> None:
    tables = _tables(
        ("A001", "name", 5, 3, 0, 0, 3.0), ("A001", "alias", 5, 0, 0, 0, 4.5), ("B002", "name", 1, 1, 0, 0, 1)
    )
    for table in tables.values():
        for status in table.filter(like="_status"):
            assert table.loc[table[status] != "value", status.removesuffix("_status")].isna().all()


@pytest.mark.parametrize(
    ("not_placed", "told"),
    [
        ({"foreign seat": 13}, {}),
        ({"foreign seat": 13, "unknown name": 9, "unknown code": 4}, {"unknown name": 9, "unknown code": 4}),
        ({"a": 9, "b": 2, "c": 1}, {"a": 9, "other reasons": 3}),
        ({"a": 9, "b": 5, "c": 1}, {"a": 9, "other reasons": 6}),
        ({"a": 1}, {"other reasons": 1}),
    ],
)
def test_reasons_of_one_or_two_firms_are_told_together(not_placed: dict[str, int], told: dict[str, int]) -> None:
    firms = 100 + sum(not_placed.values())
    linkage = Linkage.of(firms, 100, not_placed, threshold=3)
    assert linkage.unplaced == told
    assert linkage.placed + linkage.foreign + sum(linkage.unplaced.values()) == linkage.firms


def test_the_country_says_what_became_of_every_firm() -> None:
    linkage = Linkage.of(50, 40, {"foreign seat": 6, "unknown name": 4}, threshold=3)
    row = with_accounts(_tables(("A001", "name", 40, 0, 0, 0, 24.0)), linkage)[Level.COUNTRY].iloc[0]
    assert (row["register_firms"], row["firms"], row["foreign"], row["unplaced"]) == (50, 40, 6, 4)
    assert row["unplaced_reasons"] == "unknown name: 4"
