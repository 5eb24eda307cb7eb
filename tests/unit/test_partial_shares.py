"""The share of a filiera's firms whose activity belongs only in part is counted by firms, not by codes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from atlante.catalogue.groups import ActivityGroup
from atlante.catalogue.text import Text
from atlante.measures.counts import CATEGORY_COLUMNS, Counts
from atlante.measures.firms import Coded, Firms

TEXT = Text(it="x", en="x", de="x")
ATECO_2025 = ["62.10.00", "62.20.10", "01.11.00"]


def _group(name: str, weights: dict[str, float], of_2007: str) -> ActivityGroup:
    members = {code: ("", weight) for code, weight in weights.items()}
    return ActivityGroup(
        id=name, kind="filiera", title=TEXT, definition=TEXT, source=TEXT, is_proposal=True, stages=(),
        lists={"2007": {of_2007: ("", 1.0)}, "2025": members}, path=Path("x.toml"),
    )  # fmt: skip


def test_firms_of_partial_codes_are_told_as_a_share_of_the_filiera() -> None:
    """Of eight firms three are of a code that belongs wholly, two of one that belongs in part, one of none."""
    activity = np.array([0, 0, 0, 1, 1, 2, -1, -1], dtype=np.int32)
    codes = [code.replace(".", "") for code in ATECO_2025]
    columns = {
        "activity_code": Coded(activity, codes),
        "activity_edition": Coded(np.where(activity < 0, -1, 0).astype(np.int32), ["2025"]),
    }
    firms = Firms(date(2025, 5, 19), np.zeros(8, dtype=np.int32), np.zeros(8, dtype=bool), columns)
    firms.add_unknown(CATEGORY_COLUMNS.values())
    groups = [
        _group("both", {"621000": 1.0, "622010": 0.25}, "620100"),
        _group("whole", {"011100": 1.0}, "011110"),
        _group("none", {}, "011110"),
    ]
    counts = Counts(firms, 1, {group.id: group for group in groups}, {})
    assert counts.partial_shares == {"both": pytest.approx(2 / 5), "whole": 0}
