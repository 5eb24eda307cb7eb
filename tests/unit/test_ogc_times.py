"""The `datetime` parameter."""

from __future__ import annotations

from datetime import date

import pytest

from atlante.ogc.times import parse_datetime, validate_datetime


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-05-01", date(2024, 5, 1), date(2024, 5, 1)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023", date(2023, 1, 1), date(2023, 12, 31)),
        ("2024-05-01T23:30:00-02:00", date(2024, 5, 2), date(2024, 5, 2)),  # the next day in UTC
        ("2024-05-01T00:00:00.5z/..", date(2024, 5, 1), None),
        ("/2024-05-01", None, date(2024, 5, 1)),
        ("../..", None, None),
        ("2020/2021-06", date(2020, 1, 1), date(2021, 6, 30)),
    ],
)
def test_text_is_read_as_days(text: str, first: date | None, last: date | None) -> None:
    assert parse_datetime(text) == (first, last)


@pytest.mark.parametrize(
    "text",
    ["", "..", "2024-5-1", "2024-02-30", "0000", "2024-05-01T12:00:00", "2024/2023", "a/b/c", "2024-05-01 00:00Z"],
)
def test_other_text_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="datetime="):
        parse_datetime(text)


def test_a_collection_without_time_ignores_it() -> None:
    assert validate_datetime({"spatial": {}}, "nonsense") is None
    assert validate_datetime({"spatial": {}, "temporal": {}}, "2024") == "2024"
