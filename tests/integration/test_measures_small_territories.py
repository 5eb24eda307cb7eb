"""Territories of a few firms or of half a square kilometre: what is divided, smoothed, and not told of them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import psycopg
import pytest
from kilometre_grid import boundaries, square
from small_country import MUNICIPALITIES, PLACES, Firm, indicator, ingest, numbered, small_catalogue

from atlante import pipeline

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = date(2024, 12, 31)
PUBLIC = "public-register"
SMALL, LARGE = "2-5", "10-19"
MAKER, SELLER = "107110", "471110"
_TEXTS = 'title = { it = "a", en = "a", de = "a" }\ndefinition = { it = "a", en = "a", de = "a" }\n'
CHAIN = f"""
proposal = true
{_TEXTS}source = {{ it = "a", en = "a", de = "a" }}
[stages.core]
title = {{ it = "a", en = "a", de = "a" }}
[stages.core.members]
2007 = {{ "10" = 1 }}
2025 = {{ "10" = 1 }}
[stages.downstream]
title = {{ it = "a", en = "a", de = "a" }}
[stages.downstream.members]
2007 = {{ "47" = 1 }}
2025 = {{ "47" = 1 }}
"""
SHARE = '[share]\nnumerator = "low(staff_class) >= 10"\nunknown = "excluded"'
FILES = {
    "filiere/bread.toml": CHAIN,
    "indicators/density.toml": indicator('[contextual]\nof = "inhabitants"\nper = "area_km2"', disclosure=PUBLIC),
    "indicators/per_km2.toml": indicator('[rate]\nfirms = "all"\nper = "km2"', disclosure=PUBLIC),
    "indicators/large.toml": indicator(SHARE, more='smoothing = "empirical-bayes"'),
    "indicators/evenness.toml": indicator(
        '[completeness]\nmeasure = "evenness"', disclosure=PUBLIC, more="minimum = 3\nbreakdowns = { filiera = true }"
    ),
}
# 9 of 10 firms of A001, 5 of 10 of A002 and 10 of 20 of B001 are large; B002 has none.
FIRMS = [
    *[Firm("A001", staff=LARGE)] * 9,
    Firm("A001", staff=SMALL),
    Firm("A002", MAKER, LARGE),
    Firm("A002", SELLER, LARGE),
    *[Firm("A002", staff=LARGE)] * 3,
    *[Firm("A002", staff=SMALL)] * 5,
    *[Firm("B001", MAKER, LARGE)] * 2,
    *[Firm("B001", SELLER, LARGE)] * 2,
    *[Firm("B001", staff=LARGE)] * 6,
    *[Firm("B001", staff=SMALL)] * 10,
]


@pytest.fixture(scope="module")
def built(lasting_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a database with the observations of a country of four municipalities of half a square kilometre."""
    folder, url = tmp_path_factory.mktemp("small"), lasting_database("small")
    catalogue = small_catalogue(folder / "catalogue", FILES)
    shapes = {code: square(float(place), 0.0, width=0.5) for place, code in enumerate(MUNICIPALITIES)}
    pipeline.load_territories(url, boundaries(shapes, **PLACES))
    ingest(url, catalogue, folder, DAY, numbered(FIRMS))
    pipeline.build(url, catalogue, cache_dir=folder)
    return url


def _column(url: str, indicator_id: str, column: str, filiera: str = "") -> dict[str, float | None]:
    """Return a column of the observations of municipalities by code."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            psycopg.sql.SQL(
                "SELECT territory_code, {} FROM measure.observation "
                "WHERE indicator_id = %s AND level = 'municipality' AND filiera = %s AND stage = ''"
            ).format(psycopg.sql.Identifier(column)),
            (indicator_id, filiera),
        ).fetchall()
    return dict(rows)


def test_half_a_square_kilometre_is_divided_by(built: str) -> None:
    """100 residents each, and 10, 10, 20 and 0 firms."""
    assert _column(built, "density", "value") == pytest.approx(dict.fromkeys(MUNICIPALITIES, 200), rel=1e-6)
    per_km2 = {"A001": 20, "A002": 20, "B001": 40, "B002": 0}
    assert _column(built, "per_km2", "value") == pytest.approx(per_km2, rel=1e-6)


def test_a_share_is_smoothed_as_a_share(built: str) -> None:
    """By hand: m = 24/40, mean firms 40/3, s² = (0.03 - 0.24 * 3/40) / (1 - 3/40), weights 4/11, 4/11 and 8/15."""
    smoothed = _column(built, "large", "smoothed")
    assert smoothed.pop("B002") is None
    expected = {"A001": 0.6 + 0.3 * 4 / 11, "A002": 0.6 - 0.1 * 4 / 11, "B001": 0.6 - 0.1 * 8 / 15}
    assert smoothed == pytest.approx(expected)


def test_stages_of_fewer_firms_than_the_minimum_have_no_evenness(built: str) -> None:
    """A002 has a maker and a seller, B001 two of each; both have as many of either."""
    evenness = _column(built, "evenness", "value", "bread")
    assert evenness["A002"] is None
    assert evenness["B001"] == pytest.approx(1)
