"""What is withheld because something withheld could be computed from it, in tables that were worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from atlante.catalogue.columns import COLUMNS
from atlante.disclosure import Derivation, Rule, protect
from atlante.measures.counts import CATEGORY_COLUMNS
from atlante.releases.protection import PRIVATE_BREAKDOWNS

_CATEGORIES = ("micro", "small", "medium", "large", "unknown")
_PATHS = {"M1": "P1", "M2": "P1", "M3": "P2", "P1": "R", "P2": "R", "R": "IT", "IT": None}
_LEVELS = {"M": "municipality", "P": "province", "R": "region", "I": "country"}


def _added_up(cells: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the counts of every territory from those of its municipalities."""
    found = dict(cells)
    for code in ("P1", "P2", "R", "IT"):
        found[code] = np.sum([found[part] for part, whole in _PATHS.items() if whole == code], axis=0)
    return found


def _row(code: str, indicator: str, firms: int, numerator: int, **slice_: str) -> dict[str, object]:
    words = dict.fromkeys(("filiera", "stage", "breakdown", "category"), "") | slice_
    return {
        "level": _LEVELS[code[0]], "territory_code": code, "parent_code": _PATHS[code], "indicator_id": indicator,
        "period": "2025", "firms": firms, "numerator": numerator, "firms_unknown": 0,
        "value": numerator / firms if firms else np.nan, **words,
    }  # fmt: skip


def _share(indicator: str, counts: dict[str, tuple[int, int]], **slice_: str) -> pd.DataFrame:
    """Return a share of firms in every territory: numerator and firms of each municipality are given."""
    found = _added_up({code: np.array(count) for code, count in counts.items()})
    return pd.DataFrame([_row(code, indicator, int(n[1]), int(n[0]), **slice_) for code, n in found.items()])


def _by_class(counts: dict[str, tuple[int, ...]]) -> pd.DataFrame:
    """Return the public count of firms and the same by size class, from those of each municipality."""
    found = _added_up({code: np.array(count) for code, count in counts.items()})
    rows = [_row(code, "firms", int(n.sum()), int(n.sum())) for code, n in found.items()]
    for code, n in found.items():
        rows += [
            _row(code, "firms", int(firms), int(firms), breakdown="size_class", category=category)
            for category, firms in zip(_CATEGORIES, n, strict=True)
        ]
    return pd.DataFrame(rows).assign(value=lambda table: table["firms"].astype(float))


def _withheld(table: pd.DataFrame, status: pd.Series) -> set[tuple[str, str]]:
    """Return territory and category of what is withheld."""
    lost = table[(status == "suppressed").to_numpy()]
    return set(zip(lost["territory_code"], lost["category"], strict=True))


def test_a_firm_alone_hides_among_classes_that_have_firms_and_those_without_any_are_published() -> None:
    """The pool can't be reached in M1, of which all know that it has one firm: that must not take all classes away."""
    table = _by_class({"M1": (0, 0, 0, 0, 1), "M2": (5, 3, 0, 0, 9), "M3": (8, 4, 0, 0, 9)})
    lost = _withheld(table, protect(table, protected=(), private={"size_class": ()}))
    of_m1 = {category for code, category in lost if code == "M1"}
    assert {"micro", "unknown"} <= of_m1
    assert not {category for _, category in lost} & {"large", "medium"}
    assert not {code for code, _ in lost} & {"R", "IT"}


def test_counts_by_class_stay_where_only_a_share_of_them_is_withheld() -> None:
    counts = _by_class({"M1": (5, 4, 0, 0, 9), "M2": (6, 3, 0, 0, 9), "M3": (8, 4, 0, 0, 9)})
    ict = {"M1": (1, 5), "M2": (3, 6), "M3": (4, 8)}
    whole = _share("ict", {"M1": (9, 18), "M2": (9, 18), "M3": (10, 21)})
    of_micro = _share("ict", ict, breakdown="size_class", category="micro")
    rest = _share("ict", {"M1": (8, 13), "M2": (6, 12), "M3": (6, 13)}, breakdown="size_class", category="unknown")
    table = pd.concat([counts, whole, of_micro, rest], ignore_index=True)
    status = protect(table, protected=(), private={"size_class": ()})
    lost = table[(status == "suppressed").to_numpy()]
    assert set(lost["indicator_id"]) == {"ict"}
    assert {"M1"} < set(lost["territory_code"])


def test_a_share_of_small_firms_is_withheld_where_it_would_tell_a_withheld_class() -> None:
    counts = {"M1": (9, 1, 0, 0, 9), "M2": (6, 3, 0, 0, 9), "M3": (8, 4, 0, 0, 9)}
    share = _share("micro_share", {code: (n[0], sum(n[:4])) for code, n in counts.items()})
    table = pd.concat([_by_class(counts), share], ignore_index=True)
    status = protect(table, protected={"micro_share"}, private={"size_class": ["micro_share"]})
    lost = table[(status == "suppressed").to_numpy()]
    assert "M1" in set(lost["territory_code"][lost["indicator_id"] == "micro_share"])
    of_m1 = set(lost["category"][(lost["territory_code"] == "M1") & (lost["category"] != "")])
    assert "small" in of_m1
    assert len(of_m1) >= 2


def test_a_value_computed_from_one_that_is_published_at_no_such_level_is_withheld() -> None:
    source = _share("rnd", {"M1": (2, 9), "M2": (3, 8), "M3": (4, 9)})
    index = source.assign(indicator_id="index", numerator=np.nan)
    table = pd.concat([source[source["level"] != "province"], index], ignore_index=True)
    source_alone = table[table["indicator_id"] == "index"]
    how = {"index": Derivation(frozenset({"rnd"}))}
    status = protect(table, protected={"index"}, derived=how)[source_alone.index]
    assert set(source_alone["level"][status == "suppressed"]) == {"province"}


def test_a_change_of_a_protected_share_is_told_of_the_country_alone() -> None:
    """With the share of today it tells that of the other day, of which nobody knows what was withheld."""
    source = _share("rnd", {"M1": (2, 9), "M2": (3, 8), "M3": (4, 9)})
    growth = source.assign(indicator_id="growth", numerator=np.nan)
    table = pd.concat([source, growth], ignore_index=True)
    how = {"growth": Derivation(frozenset({"rnd"}), is_of_two_days=True)}
    status = protect(table, protected={"rnd", "growth"}, derived=how)
    assert set(status[table["indicator_id"] == "rnd"]) == {"value"}
    told = table[(table["indicator_id"] == "growth") & (status == "value")]
    assert told["level"].tolist() == ["country"]


def test_no_change_of_a_private_class_is_told() -> None:
    counts = _by_class({"M1": (5, 4, 3, 3, 9), "M2": (6, 3, 3, 3, 9), "M3": (8, 4, 3, 3, 9)})
    growth = counts.assign(indicator_id="growth", value=0.5)
    table = pd.concat([counts, growth], ignore_index=True)
    how = {"growth": Derivation(frozenset({"firms"}), is_of_two_days=True)}
    status = protect(table, protected=(), private={"size_class": ()}, derived=how, uncounted={"growth"})
    is_growth, is_class = table["indicator_id"] == "growth", table["category"] != ""
    assert set(status[is_growth & is_class]) == {"suppressed"}
    assert set(status[is_growth & ~is_class]) == {"value"}
    assert set(status[~is_growth]) == {"value"}


def test_a_scale_from_the_least_to_the_greatest_of_a_level_is_not_told_where_one_of_them_is_withheld() -> None:
    source = _share("rnd", {"M1": (1, 2), "M2": (3, 8), "M3": (4, 9)})
    index = source.assign(indicator_id="index", numerator=np.nan)
    table = pd.concat([source, index], ignore_index=True)
    is_index = table["indicator_id"] == "index"
    status = {
        compared: protect(
            table, protected={"rnd", "index"}, derived={"index": Derivation(frozenset({"rnd"}), compared=compared)}
        )
        for compared in (frozenset[str](), frozenset({"rnd"}))
    }
    assert status[frozenset()][is_index & (table["territory_code"] == "M3")].tolist() == ["value"]
    of_level = status[frozenset({"rnd"})][is_index & (table["level"] == "municipality")]
    assert set(of_level) == {"suppressed"}
    assert set(status[frozenset({"rnd"})][is_index & (table["level"] == "country")]) == {"value"}


def test_what_is_withheld_does_not_depend_on_the_order_of_rows() -> None:
    counts = {"M1": (9, 1, 0, 2, 9), "M2": (6, 3, 1, 0, 9), "M3": (8, 4, 2, 0, 1)}
    table = pd.concat(
        [_by_class(counts), _share("micro_share", {code: (n[0], sum(n[:4])) for code, n in counts.items()})],
        ignore_index=True,
    )
    given = {"protected": {"micro_share"}, "private": {"size_class": ["micro_share"]}, "rule": Rule(key=b"any")}
    expected = protect(table, **given)
    assert "suppressed" in set(expected)
    for seed in range(5):
        shuffled = table.sample(frac=1, random_state=seed)
        pd.testing.assert_series_equal(protect(shuffled, **given).sort_index(), expected)


def test_private_breakdowns_are_those_by_columns_that_are_not_on_the_public_register() -> None:
    private = {name: column for name, column in CATEGORY_COLUMNS.items() if not COLUMNS[column].is_public}
    assert private == PRIVATE_BREAKDOWNS
