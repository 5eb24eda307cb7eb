"""Composite indicators, by hand: on a common scale, weighted, and not available where a part is not.

Four municipalities, two provinces, one region, the country; the values of the first four are what is computed with.
"""

from __future__ import annotations

import datetime as dt
import math
import tomllib
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from small_country import indicator

from atlante.catalogue.indicators import Indicator
from atlante.measures.kinds.composites import composite
from atlante.measures.kinds.computation import Computation
from atlante.measures.places import Places
from atlante.measures.values import Values, values

if TYPE_CHECKING:
    from collections.abc import Sequence

NAN = math.nan
TABLE = pd.DataFrame(
    {
        "municipality_code": ["A001", "A002", "B001", "B002"],
        "province_code": ["015", "015", "001", "001"],
        "region_code": ["01"] * 4,
    }
)
PLACES = Places(
    "a vintage",
    TABLE,
    np.array([0, 0, 1, 1]),
    np.zeros(4, dtype=np.intp),
    np.array(["municipality"] * 4 + ["province"] * 2 + ["region", "country"], dtype=object),
    np.array([*TABLE["municipality_code"], "015", "001", "01", "IT"], dtype=object),
    np.ones(8),
    np.ones(8),
)
TALLY: Any = SimpleNamespace(
    slices_of=lambda _: [0], total=lambda _measure, parts: np.full((len(parts), PLACES.n), 10, dtype=np.int64)
)
FIRST, SECOND = [0, 5, 10, 10], [1, 2, 3, 5]


def _part(numbers: Sequence[float], **more: object) -> Values:
    """Return the values of a part: those of municipalities, and 1 of everything above."""
    row = np.array([[*numbers, *[1.0] * (PLACES.n - len(numbers))]])
    given: dict[str, Any] = {"firms": np.full(row.shape, 10), **more}
    return values([0], row, **given)


def _computed(
    spec: str, first: Values, second: Values, *, polarity: str = "positive", size: int = 4, parts: str = ""
) -> list[float]:
    """Return the composite of two parts for the first territories."""
    return _composed(spec, first, second, polarity=polarity, parts=parts).value[0, :size].tolist()


def _composed(
    spec: str,
    first: Values,
    second: Values,
    *,
    polarity: str = "positive",
    parts: str = "",
    kind: str = '[count]\nfirms = "all"',
) -> Values:
    """Return the composite of two parts; ``kind`` is that of the second."""
    parts = parts or 'parts = [{ indicator = "first" }, { indicator = "second" }]'
    text = indicator(f"[composite]\n{spec}\n{parts}")
    whole = Indicator.model_validate({**tomllib.loads(text), "id": "whole"})
    kinds = {"first": '[count]\nfirms = "all"', "second": kind}
    texts = {name: indicator(each, disclosure="public-register", polarity=polarity) for name, each in kinds.items()}
    indicators = {name: Indicator.model_validate({**tomllib.loads(each), "id": name}) for name, each in texts.items()}
    empty: Any = None
    of = Computation("s", dt.date(2025, 1, 1), PLACES, TALLY, {}, empty, empty, {}, empty)
    of.results.update({"first": first, "second": second})
    assert whole.composite is not None
    return composite(whole, whole.composite, of, indicators)


MIN_MAX = 'normalise = "min-max"\naggregate = "arithmetic"'
GEOMETRIC = 'normalise = "min-max"\naggregate = "geometric"'
Z_SCORE = 'normalise = "z-score"\naggregate = "arithmetic"'
POSTS = 'parts = [{ indicator = "first", goalposts = [0.0, 8.0] }, { indicator = "second", goalposts = [5.0, 1.0] }]'


def test_values_are_put_between_the_smallest_and_the_greatest_and_weighted() -> None:
    """0, ½, 1, 1 weighs three times as much as 0, ¼, ½, 1."""
    parts = 'parts = [{ indicator = "first", weight = 3.0 }, { indicator = "second", weight = 1.0 }]'
    found = _computed(f"{MIN_MAX}\nscale = 100", _part(FIRST), _part(SECOND), parts=parts)
    assert found == pytest.approx([0, 100 * (3 * 0.5 + 0.25) / 4, 100 * (3 + 0.5) / 4, 100])


def test_less_is_better_where_the_polarity_is_negative() -> None:
    assert _computed(MIN_MAX, _part(FIRST), _part(SECOND), polarity="negative") == pytest.approx(
        [1, (0.5 + 0.75) / 2, (0 + 0.5) / 2, 0]
    )


def test_z_scores_are_distances_from_the_mean_in_standard_deviations() -> None:
    """The standard deviation of all four, not of a sample: of 1, 3, 5, 7 it is the root of 5."""
    both = _part([1, 3, 5, 7])
    assert _computed(Z_SCORE, both, both) == pytest.approx([n / math.sqrt(5) for n in (-3, -1, 1, 3)])
    assert _computed(Z_SCORE, both, both, polarity="negative")[0] == pytest.approx(3 / math.sqrt(5))


def test_goalposts_show_change_and_hold_what_lies_beyond_them() -> None:
    """10 lies beyond 8; of the second part 5 is worst and 1 is best."""
    assert _computed(MIN_MAX, _part(FIRST), _part(SECOND), parts=POSTS) == pytest.approx(
        [(0 + 1) / 2, (5 / 8 + 0.75) / 2, (1 + 0.5) / 2, (1 + 0) / 2]
    )


def test_it_is_not_available_where_a_part_is_not_and_the_others_are_measured_without_it() -> None:
    found = _computed(MIN_MAX, _part([0, 5, 10, NAN]), _part([1, 2, NAN, 5]))
    assert found[:2] == pytest.approx([0, (0.5 + 0.25) / 2])
    assert np.isnan(found[2:]).all()


@pytest.mark.parametrize("spec", [MIN_MAX, GEOMETRIC, Z_SCORE])
@pytest.mark.parametrize("same", [[3, 3, 3, 3], [0, 0, 0, 0], [0.1 + 0.2, 0.3, 0.3, 0.3]], ids=str)
def test_where_all_have_the_same_value_there_is_no_scale(spec: str, same: list[float]) -> None:
    """0.1 + 0.2 differs from 0.3 by rounding alone, which is no difference between territories."""
    assert np.isnan(_computed(spec, _part(same), _part(SECOND))).all()


def test_a_level_of_one_territory_has_no_scale_but_goalposts_give_it_one() -> None:
    assert math.isnan(_computed(MIN_MAX, _part(FIRST), _part(SECOND), size=PLACES.n)[-1])
    assert _computed(MIN_MAX, _part(FIRST), _part(SECOND), parts=POSTS, size=PLACES.n)[-1] == pytest.approx(
        (1 / 8 + 1) / 2
    )


def test_the_geometric_mean_is_0_where_a_part_is_and_not_available_where_the_other_is_unknown() -> None:
    """The parts are 0, ⅝, 1, 1 and 1, 1, ½, unknown by their goalposts; the last 0 stands beside an unknown."""
    found = _computed(GEOMETRIC, _part(FIRST), _part([1, 1, 3, NAN]), parts=POSTS)
    assert found[:3] == pytest.approx([0, math.sqrt(5 / 8), math.sqrt(0.5)])
    assert math.isnan(found[3])
    assert math.isnan(_computed(GEOMETRIC, _part([0, 5, 10, 0]), _part([1, 1, 3, NAN]), parts=POSTS)[3])


def test_it_rests_on_the_fewest_firms_and_is_as_unreliable_and_as_converted_as_its_worst_part() -> None:
    shape = (1, PLACES.n)
    few = np.full(shape, 7)
    unreliable, unknown = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=np.int64)
    unreliable[0, 1], unknown[0, 2] = True, 4
    worse = _part(SECOND, firms=few, is_low=unreliable, unknown=unknown, converted=np.full(shape, 0.25))
    found = _composed(MIN_MAX, _part(FIRST), worse)
    assert found.firms[0, 0] == 7
    assert found.is_low_reliability[0].tolist() == unreliable[0].tolist()
    assert found.firms_unknown[0, 1:3].tolist() == [0, 4]
    assert found.converted_share[0, 0] == 0.25


def test_it_does_not_rest_on_the_firms_of_the_context_which_has_none() -> None:
    context = _part(SECOND, firms=np.zeros((1, PLACES.n), dtype=np.int64))
    found = _composed(MIN_MAX, _part(FIRST), context, kind='[contextual]\nof = "inhabitants"')
    assert found.firms.tolist() == [[10] * PLACES.n]
    assert found.value[0, 3] == pytest.approx(1)


def test_a_part_without_the_slices_of_the_composite_leaves_it_not_available() -> None:
    of_slices = values([1], np.ones((1, PLACES.n)), firms=np.ones((1, PLACES.n), dtype=np.int64))
    found = _composed(MIN_MAX, _part(FIRST), of_slices)
    assert np.isnan(found.value).all()
    assert found.firms_unknown.tolist() == [[10] * PLACES.n]
