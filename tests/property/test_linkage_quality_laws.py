"""The law of the linkage collections: how a few firms were placed follows from nothing that is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from attack import LEVELS, ranges_of_parts, ranges_of_withheld
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from atlante.catalogue.levels import Level
from atlante.disclosure import Rule
from atlante.geometry import BBox
from atlante.releases.linkage import PLACED_COLUMNS, linkage_tables, method_groups
from atlante.releases.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUPS = method_groups()
_METHODS = ("name+province", "code", "point")
_FIRMS = st.sampled_from([0, 0, 1, 1, 2, 3, 5])
_MUNICIPALITY = st.tuples(_FIRMS, _FIRMS, _FIRMS, st.integers(0, 3))  # by method, and how many of all disagree


def _lists(inner: st.SearchStrategy, most: int) -> st.SearchStrategy:
    return st.lists(inner, min_size=1, max_size=most)


COUNTRIES = _lists(_lists(_lists(_MUNICIPALITY, 3), 2), 2)
RULES = st.builds(
    Rule, pool=st.sampled_from([3, 6]), decoy_share=st.sampled_from([0, 0.5]), key=st.sampled_from([b"", b"k"])
)

type Country = list[list[list[tuple[int, int, int, int]]]]


def _municipalities(country: Country) -> Iterator[tuple[str, str, str, tuple[int, int, int, int]]]:
    for r, region in enumerate(country):
        for p, province in enumerate(region):
            for m, counts in enumerate(province):
                yield f"M{r}{p}{m}", f"P{r}{p}", f"R{r}", counts


def territories_of(country: Country) -> Territories:
    """Return the territories of a small country."""
    rows = pd.DataFrame([row[:3] for row in _municipalities(country)], columns=["code", "province_code", "region_code"])
    provinces = rows.drop_duplicates("province_code")[["province_code", "region_code"]].reset_index(drop=True)
    regions = rows["region_code"].drop_duplicates().reset_index(drop=True)
    tables = {
        Level.MUNICIPALITY: rows.assign(parent_code=rows["province_code"]),
        Level.PROVINCE: provinces.rename(columns={"province_code": "code"}).assign(
            parent_code=provinces["region_code"]
        ),
        Level.REGION: pd.DataFrame({"code": regions, "parent_code": "IT"}),
        Level.COUNTRY: pd.DataFrame({"code": ["IT"], "parent_code": [None]}),
    }
    return Territories(tables, BBox(0, 0, 1, 1))


def placed_of(country: Country, *, has_points: bool = True) -> pd.DataFrame:
    """Return the placed firms; those that disagree are the first ones, by method."""
    rows = []
    for code, _, _, (*by_method, disagreeing) in _municipalities(country):
        left = disagreeing
        for method, firms in zip(_METHODS, by_method, strict=True):
            if firms:
                of_these = min(left, firms)
                left -= of_these
                rows.append((code, method, firms, of_these, firms * has_points, of_these * has_points, 0.9 * firms))
    return pd.DataFrame(rows, columns=list(PLACED_COLUMNS))


def truth_of(country: Country) -> pd.DataFrame:
    """Return the true counts of every territory, added up by hand."""
    rows = []
    for code, province, region, (name, by_code, point, disagreeing) in _municipalities(country):
        firms = name + by_code + point
        counts = (firms, name, by_code, point, min(disagreeing, firms))
        for level, own, parent in zip(
            LEVELS, (code, province, region, "IT"), (province, region, "IT", None), strict=True
        ):
            rows.append((level, own, parent, *counts))
    table = pd.DataFrame(
        rows, columns=["level", "territory_code", "parent_code", "firms", "name", "code", "point", "disagreement"]
    )
    return table.groupby(["level", "territory_code", "parent_code"], dropna=False, as_index=False).sum()


def statuses_of(country: Country, rule: Rule, quality: str, truth: pd.DataFrame) -> pd.Series:
    """Return the published status of a quality, aligned with the truth."""
    tables = linkage_tables(placed_of(country), territories_of(country), rule)
    rows = pd.concat([table.assign(level=level.value) for level, table in tables.items()])
    status = rows.set_index(["level", "code"])[f"{quality}_status"]
    return pd.Series(status.reindex(pd.MultiIndex.from_frame(truth[["level", "territory_code"]])).to_numpy())


def _is_mixed(truth: pd.DataFrame, count: str) -> bool:
    whole = truth[truth["level"] == "country"].iloc[0]
    return bool(0 < whole[count] < whole["firms"])


@settings(deadline=None, max_examples=25)
@given(COUNTRIES, RULES)
def test_no_withheld_count_by_method_follows_from_all_that_is_published(country: Country, rule: Rule) -> None:
    """The attacker knows the firms of each territory and that the methods of a territory add up to them."""
    truth = truth_of(country)
    parts = [group for group in ("name", "code", "point") if _is_mixed(truth, group)]
    assume(len(parts) > 1)
    told = pd.DataFrame({part: statuses_of(country, rule, f"{part}_share", truth) != "suppressed" for part in parts})
    for (row, part), possible in ranges_of_parts(truth, parts, told=told).items():
        assert len(possible) > 1, (truth.loc[row].to_dict(), part)


@settings(deadline=None, max_examples=25)
@given(COUNTRIES, RULES)
def test_no_withheld_number_of_disagreements_follows_from_the_others(country: Country, rule: Rule) -> None:
    truth = truth_of(country)
    assume(_is_mixed(truth, "disagreement"))
    status = statuses_of(country, rule, "disagreement_share", truth)
    for low, high in ranges_of_withheld(truth.assign(numerator=truth["disagreement"]), status):
        assert low < high


@settings(deadline=None, max_examples=25)
@given(COUNTRIES, RULES)
def test_no_share_rests_on_one_or_two_firms_but_those_that_are_the_same_everywhere(
    country: Country, rule: Rule
) -> None:
    truth = truth_of(country)
    few = truth["firms"].between(1, 2)
    for group in ("name", "code", "point"):
        if _is_mixed(truth, group):
            assert set(statuses_of(country, rule, f"{group}_share", truth)[few]) <= {"suppressed"}


@settings(deadline=None, max_examples=25)
@given(COUNTRIES, RULES)
def test_all_shares_that_differ_are_lost_by_the_same_territories(country: Country, rule: Rule) -> None:
    truth = truth_of(country)
    mixed = [(f"{group}_share", group) for group in ("name", "code", "point")] + [
        ("disagreement_share", "disagreement")
    ]
    lost = [
        statuses_of(country, rule, quality, truth) == "suppressed"
        for quality, count in mixed
        if _is_mixed(truth, count)
    ]
    assume(lost)
    assert all(each.equals(lost[0]) for each in lost)
