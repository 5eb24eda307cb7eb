"""Features from tables: what is rounded, what is joined, what is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pandas as pd
import pytest

from atlante.releases.features import feature_table, period_bounds, round_values
from atlante.releases.field import Field


@dataclass(frozen=True)
class _Indicator:
    id: str
    digits: int


def _text(word: str) -> dict[str, str]:
    return dict.fromkeys(("it", "en", "de"), word)


FIELDS = (
    Field("code", "string", _text("code"), in_tiles=True),
    Field("n", "integer", _text("n"), in_tiles=True),
    Field("note", "string", _text("note")),
)


def _observations(*rows: tuple[str, str, str, float | None, float | None, float | None]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["territory_code", "indicator_id", "period", "value", "low", "high"])
    return table.assign(firms=7, status="value")


def test_an_interval_is_rounded_outwards_with_one_digit_more_than_its_value() -> None:
    """Garwood (1936) for 7: 2.814 to 14.423."""
    table = _observations(("A", "count", "2025", 7.0, 2.8144, 14.4227))
    rounded = round_values(table, [_Indicator("count", 0)])
    assert rounded.loc[0, ["value", "low", "high"]].tolist() == [7, 2.8, 14.5]


def test_a_bound_on_the_grid_stays_there() -> None:
    table = _observations(("A", "share", "2025", 0.1 + 0.2, 0.3, 0.1 + 0.2))
    rounded = round_values(table, [_Indicator("share", 1)])
    assert rounded.loc[0, ["value", "low", "high"]].tolist() == [0.3, 0.3, 0.3]


def test_properties_keep_the_order_of_the_fields_and_write_null_for_missing() -> None:
    rows = pd.DataFrame({"note": [None, "<b>"], "n": pd.array([1, None], dtype="Int64"), "code": ["A", "B"]})
    table = feature_table(rows, FIELDS, ids=rows["code"], has_tiles=True)
    assert table.as_json().properties.to_pylist() == [
        '{"code":"A","n":1,"note":null}',
        '{"code":"B","n":null,"note":"<b>"}',
    ]
    assert [json.loads(text) for text in table.as_json().in_tiles.to_pylist()] == [{"code": "A", "n": 1}, {"code": "B"}]


def test_filters_look_into_what_is_known() -> None:
    rows = pd.DataFrame({"note": [None, "x"], "n": pd.array([1, None], dtype="Int64"), "code": ["A", "B"]})
    table = feature_table(rows, FIELDS, ids=rows["code"], has_tiles=False)
    assert table.as_json().known.to_pylist() == ['{"code":"A","n":1}', '{"code":"B","note":"x"}']


def test_a_collection_without_tiles_stores_nothing_for_them() -> None:
    rows = pd.DataFrame({"note": ["x"], "n": [1], "code": ["A"]})
    assert feature_table(rows, FIELDS, ids=rows["code"], has_tiles=False).as_json().in_tiles.to_pylist() == ["{}"]


@pytest.mark.parametrize(
    ("period", "bounds"),
    [("2024", ("2024-01-01", "2024-12-31")), ("2025-05-19", ("2025-05-19", "2025-05-19"))],
)
def test_a_period_is_a_year_or_a_day(period: str, bounds: tuple[str, str]) -> None:
    assert period_bounds(period) == bounds


def test_features_made_some_at_a_time_are_those_made_at_once() -> None:
    rows = pd.DataFrame({"note": ["a", None, "c"], "n": pd.array([1, 2, None], dtype="Int64"), "code": list("ABC")})
    shapes = [("v", "A"), (None, "B"), ("v", "C")]
    whole = feature_table(rows, FIELDS, ids=rows["code"], shapes=shapes, has_tiles=True)
    parts = list(whole.batches(2))
    assert [len(part) for part in parts] == [2, 1]
    for name in ("properties", "known", "in_tiles"):
        made = [text for part in parts for text in getattr(part.as_json(), name).to_pylist()]
        assert made == getattr(whole.as_json(), name).to_pylist()
    assert [code for part in parts for code in part.ids.to_pylist()] == ["A", "B", "C"]
    assert [code for part in parts if part.shapes for code in part.shapes[0].to_pylist()] == ["v", None, "v"]
