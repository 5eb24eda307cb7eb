"""JSON made column by column says what a JSON library says row by row."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlante.releases.json_columns import json_objects, json_texts

_NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.none()
_WORDS = st.text() | st.none()


@given(st.lists(st.tuples(_WORDS, _NUMBERS, st.integers(-(2**62), 2**62) | st.none(), _WORDS), max_size=8))
def test_every_value_is_read_back(rows: list[tuple[str | None, float | None, int | None, str | None]]) -> None:
    words, numbers, whole, coded = ([row[place] for row in rows] for place in range(4))
    table = pa.table(
        {
            'a "word"': pa.array(words, pa.string()),
            "number": pa.array(numbers, pa.float64()),
            "whole": pa.array(whole, pa.int64()),
            "coded": pa.array(coded, pa.string()).dictionary_encode(),
        }
    )
    names = ["coded", 'a "word"', "number", "whole"]
    texts = json_texts(table, names)
    expected = [{"coded": d, 'a "word"': a, "number": b, "whole": c} for a, b, c, d in rows]
    sent = [json.loads(text) for text in json_objects(texts, len(table)).to_pylist()]
    known = [json.loads(text) for text in json_objects(texts, len(table), keeps_nulls=False).to_pylist()]
    assert sent == expected
    assert all(list(one) == names for one in sent)
    assert known == [{name: value for name, value in row.items() if value is not None} for row in expected]


def test_a_number_that_is_whole_is_not_taken_for_an_integer() -> None:
    table = pa.table({"a": pa.array([5.0, -0.0, 1e22, 1e-7, None]), "b": pa.array([5, 0, 1, 2, 3])})
    objects = json_objects(json_texts(table, ["a", "b"]), len(table)).to_pylist()
    assert objects == ['{"a":5.0,"b":5}', '{"a":-0.0,"b":0}', '{"a":1e+22,"b":1}', '{"a":1e-7,"b":2}',
                       '{"a":null,"b":3}']  # fmt: skip


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_a_number_that_json_has_no_word_for_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        json_texts(pa.table({"a": pa.array([1.0, number])}), ["a"])


def test_without_fields_there_are_empty_objects() -> None:
    assert json_objects({}, 2).to_pylist() == ["{}", "{}"]
