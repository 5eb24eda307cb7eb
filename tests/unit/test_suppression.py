"""What is withheld in small countries that were worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from atlante.disclosure import Rule, protect
from atlante.disclosure.suppression import _needed
from atlante.disclosure.tree import build_tree
from atlante.errors import InvalidCounts


def _table(*rows: tuple[str, int, int]) -> pd.DataFrame:
    """Return observations from (path, firms, numerator): ``IT/R1/P1/A1`` is a municipality."""
    table = pd.DataFrame(rows, columns=["path", "firms", "numerator"])
    parts = table["path"].str.split("/")
    table["territory_code"] = parts.str[-1]
    table["parent_code"] = parts.str[-2]
    table["level"] = parts.str.len().map({1: "country", 2: "region", 3: "province", 4: "municipality"})
    table["value"] = table["numerator"] / table["firms"].where(table["firms"] > 0)
    return table.assign(indicator_id="patent_share", period="2025-05-19", firms_unknown=0)


def _province(*municipalities: tuple[int, int]) -> pd.DataFrame:
    """Return a country of one region and one province, all three of which are the sum of these municipalities."""
    firms, numerator = (sum(column) for column in zip(*municipalities, strict=True))
    wholes = [(path, firms, numerator) for path in ("IT", "IT/R1", "IT/R1/P1")]
    return _table(*wholes, *((f"IT/R1/P1/A{i}", *counts) for i, counts in enumerate(municipalities, 1)))


def _withheld(table: pd.DataFrame) -> set[str]:
    status = protect(table, protected={"patent_share"})
    return set(table["territory_code"][status == "suppressed"])


def test_a_single_small_cell_takes_the_smallest_other_with_it() -> None:
    assert _withheld(_province((1, 1), (9, 4), (4, 2), (20, 9))) == {"A1", "A3"}


def test_two_small_cells_need_a_third_as_together_they_are_two_firms() -> None:
    assert _withheld(_province((1, 1), (1, 0), (9, 4), (5, 2))) == {"A1", "A2", "A4"}


def test_small_cells_that_rest_on_three_firms_of_both_kinds_need_no_other() -> None:
    assert _withheld(_province((1, 1), (2, 0), (9, 4), (5, 2))) == {"A1", "A2"}


def test_small_cells_that_are_all_without_need_one_with_as_their_sum_of_0_would_tell_each() -> None:
    assert _withheld(_province((1, 0), (2, 0), (2, 0), (4, 0), (9, 3))) == {"A1", "A2", "A3", "A5"}


def test_small_cells_that_are_all_with_need_one_without() -> None:
    assert _withheld(_province((1, 1), (2, 2), (4, 4), (9, 3))) == {"A1", "A2", "A4"}


def test_a_large_cell_that_stands_alone_needs_another_whatever_rule_withheld_it() -> None:
    table = _province((9, 4), (5, 2))
    tree = build_tree([table], [np.arange(len(table))])
    needed = _needed(tree, tree.firms == 9, Rule(), tree.firms.astype(float), by_numerators=True)
    assert tree.firms[needed].tolist() == [5]


def test_a_whole_that_is_0_everywhere_is_withheld_where_a_part_is_small() -> None:
    assert _withheld(_province((1, 0), (4, 0), (9, 0))) == {"A1", "A2", "P1", "R1", "IT"}


def test_a_province_of_one_small_municipality_is_withheld_and_so_is_another_with_a_part_of_it() -> None:
    table = _table(
        ("IT", 32, 9),
        ("IT/R1", 32, 9),
        ("IT/R1/P1", 2, 1),
        ("IT/R1/P1/A1", 2, 1),
        ("IT/R1/P2", 10, 3),
        ("IT/R1/P2/A2", 4, 2),
        ("IT/R1/P2/A3", 6, 1),
        ("IT/R1/P3", 20, 5),
        ("IT/R1/P3/A4", 20, 5),
    )
    assert _withheld(table) == {"P1", "A1", "P2", "A2"}


def test_a_territory_without_firms_is_not_available_and_hides_nothing() -> None:
    table = _province((1, 1), (0, 0), (9, 4))
    status = protect(table, protected={"patent_share"}).set_axis(table["territory_code"])
    assert status["A2"] == "not-available"
    assert status[["A1", "A3"]].tolist() == ["suppressed", "suppressed"]


def test_nothing_is_withheld_where_every_cell_rests_on_three_firms() -> None:
    assert _withheld(_province((3, 0), (3, 3), (4, 1))) == set()


def test_a_higher_threshold_withholds_larger_cells() -> None:
    status = protect(_province((4, 1), (7, 3), (9, 4)), protected={"patent_share"}, rule=Rule(threshold=5))
    assert status.tolist() == ["value", "value", "value", "suppressed", "suppressed", "value"]


def test_counts_of_the_public_register_are_published_as_they_are() -> None:
    public = _province((1, 1), (0, 0), (2, 2)).assign(indicator_id="innovative_startups", value=[3.0] * 6)
    assert set(protect(public, protected={"patent_share"})) == {"value"}


def test_indicators_are_protected_each_by_its_own_firms() -> None:
    small, large = _province((1, 1), (9, 4)), _province((5, 1), (9, 4)).assign(indicator_id="women_led_share")
    status = protect(pd.concat([small, large]), protected={"patent_share", "women_led_share"})
    assert status.tolist()[:5] == ["value", "value", "value", "suppressed", "suppressed"]
    assert status.tolist()[5:] == ["value"] * 5


def test_shares_of_the_same_firms_lose_the_same_cells() -> None:
    """The patents of A1 and A2 are mixed, their staff is not: both lose the cell that mixes the staff."""
    patents = _province((1, 1), (2, 0), (4, 2), (9, 4))
    staff = _province((1, 0), (2, 0), (4, 1), (9, 4)).assign(indicator_id="staff_share")
    status = protect(pd.concat([patents, staff]), protected={"patent_share", "staff_share"})
    withheld = ["value"] * 3 + ["suppressed"] * 3 + ["value"]
    assert status.tolist() == withheld * 2


def test_withheld_cells_are_pooled_until_they_rest_on_the_pool_of_firms() -> None:
    table = _province((1, 1), (2, 0), (4, 2), (5, 2), (20, 9))
    status = protect(table, protected={"patent_share"}, rule=Rule(pool=10))
    assert set(table["territory_code"][status == "suppressed"]) == {"A1", "A2", "A3", "A4"}


def test_a_decoy_is_withheld_without_need() -> None:
    table = _province((1, 1), (2, 0), (9, 4), (5, 2))
    status = protect(table, protected={"patent_share"}, rule=Rule(decoy_share=1, key=b"any"))
    assert (status == "suppressed").sum() == 3


def test_the_same_key_withholds_the_same_cells_and_another_others() -> None:
    table = _province((1, 1), (2, 0), *((n, 2) for n in (4, 4, 5, 5, 6, 6, 7, 7)))

    def withheld(key: bytes) -> frozenset[str]:
        status = protect(table, protected={"patent_share"}, rule=Rule(pool=12, key=key))
        return frozenset(table["territory_code"][status == "suppressed"])

    assert withheld(b"one") == withheld(b"one")
    assert len({withheld(bytes([n])) for n in range(20)}) > 1


def test_that_none_of_a_few_firms_answered_is_not_said() -> None:
    table = _province((0, 0), (5, 2), (9, 4))
    table.loc[table["territory_code"] == "A1", "firms_unknown"] = 2
    status = protect(table, protected={"patent_share"}).set_axis(table["territory_code"])
    assert status["A1"] == "suppressed"


def test_the_statuses_come_back_on_the_rows_they_belong_to() -> None:
    table = _province((1, 1), (9, 4), (4, 2)).set_index(pd.Index([60, 10, 50, 20, 40, 30]))
    status = protect(table, protected={"patent_share"})
    assert status.index.tolist() == [60, 10, 50, 20, 40, 30]
    assert status[[20, 30]].tolist() == ["suppressed", "suppressed"]


@pytest.mark.parametrize(
    ("column", "row", "value", "problem"),
    [
        ("firms", 0, 12, "Firms are not the sum"),
        ("numerator", 0, 4, "numerator is not the sum"),
        ("numerator", 4, 10, "exceeds"),
        ("numerator", 4, None, "unknown"),
        ("parent_code", 4, "P9", "parent has no row"),
        ("territory_code", 4, "A1", "two rows"),
    ],
)
def test_tables_that_contradict_themselves_are_refused(column: str, row: int, value: object, problem: str) -> None:
    table = _province((1, 1), (9, 4)).astype({column: object})
    table.loc[row, column] = value
    with pytest.raises(InvalidCounts, match=problem) as caught:
        protect(table, protected={"patent_share"})
    assert caught.value.index == row
