"""The law of disclosure control over slices: nobody who solves all published equations learns a withheld numerator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from attack import ranges_of_sorts, ranges_over_slices
from hypothesis import example, given, settings
from hypothesis import strategies as st

from atlante.disclosure import Derivation, Rule, protect

if TYPE_CHECKING:
    from collections.abc import Sequence

_PARTS = ("upstream", "core", "downstream", "outside")
_CATEGORIES = ("micro", "small", "large")
_FEW = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 5])
_CELL = _FEW.flatmap(lambda firms: st.tuples(st.just(firms), st.integers(0, firms)))
_PROVINCES = st.lists(st.lists(st.tuples(*[_CELL] * len(_PARTS)), min_size=1, max_size=3), min_size=1, max_size=3)
_SORTS = st.lists(st.lists(st.tuples(*[_CELL] * 3), min_size=1, max_size=3), min_size=1, max_size=3)
_COUNTS = st.lists(st.lists(st.tuples(*[_FEW] * len(_CATEGORIES)), min_size=1, max_size=3), min_size=1, max_size=3)
_RULES = st.builds(
    Rule, pool=st.sampled_from([3, 6]), decoy_share=st.sampled_from([0, 0.5]), key=st.sampled_from([b"", b"k"])
)


def _territories(provinces: Sequence[Sequence[object]]) -> list[tuple[str, str, str | None, list[tuple[int, int]]]]:
    """Return level, code, parent code and members of every territory of a country with one region."""
    every = [(p, m) for p, province in enumerate(provinces) for m in range(len(province))]
    rows: list[tuple[str, str, str | None, list[tuple[int, int]]]] = [
        ("country", "IT", None, every),
        ("region", "R", "IT", every),
    ]
    for p, province in enumerate(provinces):
        rows.append(("province", f"P{p}", "R", [(p, m) for m in range(len(province))]))
        rows += [("municipality", f"M{p}{m}", f"P{p}", [(p, m)]) for m in range(len(province))]
    return rows


def _shares(provinces: Sequence[Sequence[Sequence[tuple[int, int]]]]) -> pd.DataFrame:
    """Return a protected share of all firms, of a filiera and of its stages; a municipality without one has no row."""
    slices = {
        ("", ""): range(4),
        ("f", ""): range(3),
        ("f", "upstream"): [0],
        ("f", "core"): [1],
        ("f", "downstream"): [2],
    }
    rows = []
    for (filiera, stage), parts in slices.items():
        for level, code, parent, members in _territories(provinces):
            firms, numerator = (sum(provinces[p][m][part][i] for p, m in members for part in parts) for i in (0, 1))
            if firms or not filiera or level != "municipality":
                rows.append((level, code, parent, filiera, stage, firms, numerator))
    columns = ["level", "territory_code", "parent_code", "filiera", "stage", "firms", "numerator"]
    table = pd.DataFrame(rows, columns=columns).assign(breakdown="", category="", indicator_id="patent_share")
    table["value"] = table["numerator"] / table["firms"].where(table["firms"] > 0)
    return table.assign(period="2025-05-19", firms_unknown=0, denominator=table["firms"])


def _parts_of(table: pd.DataFrame, whole: pd.Series, part: pd.Series) -> list[tuple[int, list[int]]]:
    """Return of each row that is a whole the rows of its territory that are its parts."""
    found = []
    for row in np.flatnonzero(whole):
        here = (table["level"] == table["level"].iloc[row]) & (
            table["territory_code"] == table["territory_code"].iloc[row]
        )
        found.append((int(row), np.flatnonzero(here & part).tolist()))
    return found


_OUT, _NO = ((0, 0),) * 3, (0, 0)  # firms outside of the filiera alone; none
_TOLD_BY_SEVERAL_TABLES = [
    [[(*_OUT, (3, 0)), (_NO, _NO, (1, 0), _NO)], [(_NO, _NO, (2, 1), _NO)]],
    [[(*_OUT, (3, 0)), (_NO, _NO, (1, 0), _NO), (_NO, _NO, (2, 1), _NO)], [(_NO, _NO, (1, 0), (2, 1))]],
    [
        [(*_OUT, (1, 0))],
        [(*_OUT, (1, 1)), (_NO, _NO, (1, 0), _NO)],
        [(*_OUT, (3, 0)), (_NO, _NO, (1, 0), _NO), (_NO, _NO, (2, 1), _NO)],
    ],
    [
        [(_NO, _NO, (1, 0), (2, 1))],
        [(_NO, _NO, (1, 0), _NO), (_NO, _NO, (1, 0), (2, 0)), (_NO, _NO, (2, 1), _NO)],
    ],
]


@settings(deadline=None, max_examples=25)
@example(_TOLD_BY_SEVERAL_TABLES[0], Rule())
@example(_TOLD_BY_SEVERAL_TABLES[1], Rule())
@example(_TOLD_BY_SEVERAL_TABLES[2], Rule())
@example(_TOLD_BY_SEVERAL_TABLES[3], Rule())
@given(_PROVINCES, _RULES)
def test_no_withheld_share_of_a_filiera_or_stage_follows_from_what_is_published(
    provinces: list[list[tuple[tuple[int, int], ...]]], rule: Rule
) -> None:
    """But where what is published of all firms says it: a share of 0 or 1 says it of each of them."""
    table = _shares(provinces)
    status = protect(table, protected={"patent_share"}, rule=rule)
    assert set(status[table["firms"].between(1, 2)]) <= {"suppressed"}
    in_filiera = table["filiera"] == "f"
    stages = in_filiera & (table["stage"] != "")
    parts = _parts_of(table, in_filiera & (table["stage"] == ""), stages)
    whole = table[~in_filiera].set_index(["level", "territory_code"])["firms"]
    firms = pd.Series([whole[tuple(place)] for place in table[["level", "territory_code"]].to_numpy()])
    seen = table.assign(
        slice=table["filiera"] + table["stage"], most=table["firms"], outside=(firms - table["firms"]).to_numpy()
    )
    withheld = (status == "suppressed").to_numpy()
    ranges = ranges_over_slices(seen, status, parts)
    is_told = (ranges[:, 0] == ranges[:, 1]) & in_filiera.to_numpy()[withheld]
    assert (ranges[:, 0] < ranges[:, 1])[~is_told].all()
    if is_told.any():  # then what is published of all firms says it already, whatever is published of the filiera
        of_all = status.where(~in_filiera | (table["firms"] == 0), "suppressed")
        known = pd.DataFrame(ranges_over_slices(seen, of_all, parts), index=np.flatnonzero(of_all == "suppressed"))
        known = known.loc[np.flatnonzero(withheld)[is_told]]
        assert (known[0] == known[1]).all()


def _size_classes(provinces: Sequence[Sequence[Sequence[int]]]) -> pd.DataFrame:
    """Return the public count of all firms and the same by a private category, each of every territory."""
    rows = []
    for level, code, parent, members in _territories(provinces):
        counts = [sum(provinces[p][m][c] for p, m in members) for c in range(len(_CATEGORIES))]
        rows.append((level, code, parent, "", "", sum(counts)))
        rows += [(level, code, parent, "size_class", each, n) for each, n in zip(_CATEGORIES, counts, strict=True)]
    columns = ["level", "territory_code", "parent_code", "breakdown", "category", "firms"]
    table = pd.DataFrame(rows, columns=columns).assign(filiera="", stage="", indicator_id="firms", period="2025")
    return table.assign(
        value=table["firms"].astype(float), numerator=table["firms"], firms_unknown=0, denominator=np.nan
    )


@settings(deadline=None, max_examples=25)
@given(_COUNTS, _RULES)
def test_no_withheld_count_by_size_class_follows_from_what_is_published(
    provinces: list[list[tuple[int, ...]]], rule: Rule
) -> None:
    table = _size_classes(provinces)
    status = protect(table, protected=(), private={"size_class": ()}, rule=rule)
    is_category = table["breakdown"] != ""
    assert set(status[~is_category]) == {"value"}
    assert set(status[is_category & table["firms"].between(1, 2)]) <= {"suppressed"}
    parts = _parts_of(table, ~is_category, is_category)
    all_firms = table[~is_category].set_index(["level", "territory_code"])["firms"]
    most = [all_firms[tuple(place)] for place in table[["level", "territory_code"]].to_numpy()]
    seen = table.assign(slice=table["category"], most=most, outside=most)
    for low, high in ranges_over_slices(seen, status, parts):
        assert low < high


def _with_shares(provinces: Sequence[Sequence[Sequence[tuple[int, int]]]]) -> pd.DataFrame:
    """Return the counts by private category of :func:`_size_classes`, and of each how many are of a public sort."""
    counts = _size_classes([[[firms for firms, _ in place] for place in province] for province in provinces])
    sort = _size_classes([[[of for _, of in place] for place in province] for province in provinces])
    shares = counts.assign(indicator_id="ict_share", numerator=sort["firms"], denominator=counts["firms"])
    shares["value"] = shares["numerator"] / shares["firms"].where(shares["firms"] > 0)
    return pd.concat([counts, shares], ignore_index=True)


@settings(deadline=None, max_examples=25)
@given(_SORTS, _RULES)
def test_no_withheld_share_by_size_class_follows_from_counts_and_shares_that_are_published(
    provinces: list[list[tuple[tuple[int, int], ...]]], rule: Rule
) -> None:
    """But of those shares that counts tell by themselves: all or none of the firms of a place may be of the sort."""
    table = _with_shares(provinces)
    status = protect(table, protected=(), private={"size_class": ()}, rule=rule)
    assert set(status[table["breakdown"] == ""]) <= {"value", "not-available"}
    of_counts, of_shares = ranges_of_sorts(table, status)
    assert (of_counts[:, 0] < of_counts[:, 1]).all()
    of_share = table["indicator_id"] == "ict_share"
    without = status.mask(of_share & (table["breakdown"] != ""), "suppressed")
    least, most = ranges_of_sorts(table, without)[1].T
    told_by_counts = pd.Series(least == most, index=np.flatnonzero(without[of_share] == "suppressed"))
    withheld = np.flatnonzero(status[of_share] == "suppressed")
    assert ((of_shares[:, 0] < of_shares[:, 1]) | told_by_counts[withheld].to_numpy()).all()


def test_a_value_computed_from_a_withheld_one_is_withheld() -> None:
    table = _shares([[((1, 0), (0, 0), (0, 0), (9, 3)), ((0, 0), (0, 0), (0, 0), (20, 5))]])
    growth = table.assign(indicator_id="patent_growth", numerator=np.nan)
    both = pd.concat([table, growth], ignore_index=True)
    status = protect(
        both,
        protected={"patent_share", "patent_growth"},
        derived={"patent_growth": Derivation(frozenset({"patent_share"}))},
    ).to_numpy()
    assert "suppressed" in status
    assert (status[: len(table)] == status[len(table) :]).all()


def test_an_indicator_that_nobody_answered_is_not_available_rather_than_withheld() -> None:
    table = _shares([[((0, 0),) * 4]]).assign(firms_unknown=5)
    assert set(protect(table, protected={"patent_share"})) == {"not-available"}
