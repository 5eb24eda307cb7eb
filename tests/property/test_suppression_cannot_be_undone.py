"""The law of disclosure control: nobody who solves the published equations learns a withheld numerator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from attack import ranges_of_withheld
from hypothesis import given, settings
from hypothesis import strategies as st

from atlante.disclosure import Rule, protect

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRMS = st.sampled_from([0, 0, 1, 1, 1, 2, 2, 3, 4, 7])
_MUNICIPALITY = _FIRMS.flatmap(lambda firms: st.tuples(st.just(firms), st.integers(0, firms)))


def _lists(inner: st.SearchStrategy, most: int) -> st.SearchStrategy:
    return st.lists(inner, min_size=1, max_size=most)


COUNTRIES = _lists(_lists(_lists(_MUNICIPALITY, 4), 3), 3)


def _cells(country: list[list[list[tuple[int, int]]]]) -> Iterator[tuple[str, str, str | None, int, int]]:
    """Yield level, code, parent code, firms and numerator of every territory."""

    def total(parts: list, index: int) -> int:
        return parts[index] if isinstance(parts, tuple) else sum(total(part, index) for part in parts)

    yield "country", "IT", None, total(country, 0), total(country, 1)
    for r, region in enumerate(country):
        yield "region", f"R{r}", "IT", total(region, 0), total(region, 1)
        for p, province in enumerate(region):
            yield "province", f"P{r}{p}", f"R{r}", total(province, 0), total(province, 1)
            for m, municipality in enumerate(province):
                yield "municipality", f"M{r}{p}{m}", f"P{r}{p}", *municipality


def observations_of(country: list[list[list[tuple[int, int]]]]) -> pd.DataFrame:
    """Return the observations of one protected share over a small country."""
    table = pd.DataFrame(
        list(_cells(country)), columns=["level", "territory_code", "parent_code", "firms", "numerator"]
    )
    table["value"] = table["numerator"] / table["firms"].where(table["firms"] > 0)
    return table.assign(indicator_id="patent_share", period="2025-05-19", firms_unknown=0)


RULES = st.builds(
    Rule, pool=st.sampled_from([3, 6]), decoy_share=st.sampled_from([0, 0.5]), key=st.sampled_from([b"", b"k"])
)


@settings(deadline=None, max_examples=60)
@given(COUNTRIES, RULES)
def test_no_withheld_numerator_follows_from_what_is_published(
    country: list[list[list[tuple[int, int]]]], rule: Rule
) -> None:
    table = observations_of(country)
    status = protect(table, protected={"patent_share"}, rule=rule)
    for low, high in ranges_of_withheld(table, status):
        assert low < high


@settings(deadline=None, max_examples=40)
@given(COUNTRIES, st.randoms(use_true_random=False))
def test_linked_shares_lose_the_same_cells_and_none_is_told(
    country: list[list[list[tuple[int, int]]]], random: object
) -> None:
    first = observations_of(country)
    other = [[[(n, random.randint(0, n)) for n, _ in p] for p in region] for region in country]  # type: ignore[attr-defined]
    second = observations_of(other).assign(indicator_id="rnd_share")
    both = pd.concat([first, second], ignore_index=True)
    status = protect(both, protected={"patent_share", "rnd_share"})
    of_first, of_second = status[: len(first)], status[len(first) :].reset_index(drop=True)
    pd.testing.assert_series_equal(of_first, of_second)
    for table in (first, second):
        for low, high in ranges_of_withheld(table.reset_index(drop=True), of_first):
            assert low < high


@given(COUNTRIES)
def test_no_published_share_rests_on_one_or_two_firms(country: list[list[list[tuple[int, int]]]]) -> None:
    table = observations_of(country)
    status = protect(table, protected={"patent_share"})
    assert set(status[table["firms"].between(1, 2)]) <= {"suppressed"}


@given(COUNTRIES)
def test_withheld_cells_below_a_published_one_rest_on_three_firms_or_more(
    country: list[list[list[tuple[int, int]]]],
) -> None:
    table = observations_of(country)
    status = protect(table, protected={"patent_share"})
    municipalities = table[(table["level"] == "municipality") & (status == "suppressed")]
    provinces = table[(table["level"] == "province") & (status == "value")].set_index("territory_code")
    withheld = municipalities.groupby("parent_code")["firms"].sum()
    assert (withheld[withheld.index.isin(provinces.index)] >= 3).all()


@given(COUNTRIES)
def test_a_territory_without_firms_is_never_withheld_and_never_a_complement(
    country: list[list[list[tuple[int, int]]]],
) -> None:
    table = observations_of(country)
    status = protect(table, protected={"patent_share"})
    assert ((status == "not-available") == (table["firms"] == 0)).all()


@given(COUNTRIES, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(country: list[list[list[tuple[int, int]]]], random: object) -> None:
    table = observations_of(country)
    shuffled = table.sample(frac=1, random_state=random.randrange(2**31))  # type: ignore[attr-defined]
    expected = protect(table, protected={"patent_share"})
    pd.testing.assert_series_equal(protect(shuffled, protected={"patent_share"}).sort_index(), expected)


@given(COUNTRIES)
def test_nothing_is_withheld_where_no_cell_is_small(country: list[list[list[tuple[int, int]]]]) -> None:
    large = [[[(3 * firms, numerator) for firms, numerator in p] for p in region] for region in country]
    assert "suppressed" not in set(protect(observations_of(large), protected={"patent_share"}))
