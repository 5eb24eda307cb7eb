"""Words, numbers and dates of the page."""

from __future__ import annotations

import datetime as dt
import re
import string
import tomllib
from pathlib import Path

import pytest

import atlante.web
from atlante.catalogue.levels import Level
from atlante.settings import default_catalogue_dir
from atlante.web.layer import STATUSES
from atlante.web.texts import LANGUAGES, Language, Measure, load_texts

WEB = Path(atlante.web.__file__).parent
TEXTS = tomllib.loads((WEB / "texts.toml").read_text(encoding="utf-8"))


def braces(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_every_text_exists_in_all_languages_with_the_same_gaps(key: str) -> None:
    texts = TEXTS[key]

    assert set(texts) == set(LANGUAGES)
    assert all(texts.values())
    assert braces(texts["it"]) == braces(texts["en"]) == braces(texts["de"])


def test_every_text_that_the_page_asks_for_exists() -> None:
    sources = [*(WEB / "templates").rglob("*.html"), *WEB.glob("*.py")]
    asked = {
        key
        for source in sources
        for key in re.findall(
            r"""(?<![\w.])(?:t|texts|self\.texts|self)\(\s*["']([a-z_]+)["'][,)]""", source.read_text()
        )
    }

    assert len(asked) > 30
    assert asked - TEXTS.keys() == set()
    assert {f"status_{status}" for status in STATUSES} | {f"explain_{status}" for status in STATUSES} <= TEXTS.keys()
    assert {f"level_{level}" for level in Level if level is not Level.COUNTRY} <= TEXTS.keys()


def test_every_unit_of_the_catalogue_has_words() -> None:
    definitions = sorted((default_catalogue_dir() / "indicators").glob("*.toml"))
    units = {tomllib.loads(path.read_text(encoding="utf-8"))["unit"] for path in definitions}

    assert units
    assert {f"unit: {unit}" for unit in units} - TEXTS.keys() == set()


@pytest.mark.parametrize(
    ("language", "number", "share", "date"),
    [
        ("it", "1.234,50", "12,3\u202f%", "19 maggio 2025"),
        ("en", "1,234.50", "12.3%", "19 May 2025"),
        ("de", "1.234,50", "12,3\u202f%", "19. Mai 2025"),
    ],
)
def test_numbers_shares_and_dates_are_written_as_the_language_does(
    language: Language, number: str, share: str, date: str
) -> None:
    texts = load_texts()[language]

    assert texts.number(1234.5, 2) == number
    assert Measure(texts, "share, 0 to 1", digits=3).plain(0.123) == share
    assert texts.date(dt.date(2025, 5, 19)) == date


def test_a_missing_value_is_a_dash_and_zero_is_zero() -> None:
    measure = Measure(load_texts()["it"], "firms", digits=0)

    assert (measure.plain(None), measure.plain(0.0)) == ("\u2013", "0")
    assert measure.interval(None, 3.0) == "\u2013"


def test_rates_and_shares_stand_beside_italy_and_counts_do_not() -> None:
    texts = load_texts()["it"]

    assert Measure(texts, "firms per 100,000 inhabitants", 1).is_comparable
    assert Measure(texts, "share, 0 to 1", 3).is_comparable
    assert not Measure(texts, "firms", 0).is_comparable
