"""Laws of crosswalks, on histories made at random: nothing is lost, nothing goes to who is not there."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from histories import Chronicle
from hypothesis import given, settings
from hypothesis import strategies as st

from atlante.territories.crosswalk import (
    Pieces,
    SeriesKind,
    convert_series,
    crosswalk,
    final_successors,
    successors,
    written_weights,
)
from atlante.territories.crosswalk.weights import shares_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlante.territories.crosswalk import FloatArray

JOINING = ("merge", "incorporate", "recode")
DIVIDING = (*JOINING, "split", "cede", "lose")
ALL = (*DIVIDING, "restore")


class UnevenWeights:
    """Sizes that follow from the codes alone, none of them round."""

    name = "uneven"

    def pieces(self, pairs: pd.DataFrame) -> Pieces:
        sizes = [
            math.sqrt(sum(map(ord, f"{code}{successor}")) % 17 + 1)
            for code, successor, _ in pairs.itertuples(index=False)
        ]
        return Pieces(np.array(sizes), ["uneven"] * len(pairs))

    def wholes(self, codes: Sequence[str]) -> FloatArray:
        return np.array([math.sqrt(int(code[1:])) for code in codes])


@st.composite
def chronicles(draw: st.DrawFn, deeds: Sequence[str] = ALL) -> Chronicle:
    """Return up to ten events among up to eight municipalities."""
    made = Chronicle(draw(st.integers(2, 6)))
    for deed in draw(st.lists(st.sampled_from(deeds), max_size=10)):
        codes = draw(st.permutations(made.codes))
        if deed == "restore":
            if made.returnable:
                made.restore(draw(st.sampled_from(made.returnable)))
        elif deed == "merge" and len(codes) > 2:
            made.merge(codes[: draw(st.integers(2, 3))])
        elif deed in {"incorporate", "cede"} and len(codes) > 1:
            getattr(made, deed)(codes[0], codes[1])
        elif deed in {"split", "recode"} or (deed == "lose" and len(codes) > 1):
            getattr(made, deed)(codes[0])
    return made


DAYS = st.integers(0, 11)
SIZES = st.lists(st.floats(0, 1e6) | st.integers(1, 3).map(float), min_size=1, max_size=130).filter(any)


@given(st.lists(SIZES, min_size=1, max_size=3))
def test_the_decimals_of_written_weights_add_up_to_exactly_one(parts: list[list[float]]) -> None:
    """As a program that computes with decimals reads them from CSV or JSON."""
    sizes = pd.Series([size for sizes in parts for size in sizes], dtype=float)
    codes = pd.Series([f"{n:03}" for n, sizes in enumerate(parts) for _ in sizes], dtype=object)
    weights = shares_of(sizes, codes)
    written = written_weights(weights, codes)
    decimals = pd.Series([Decimal(repr(weight)) for weight in written.tolist()], dtype=object)
    assert {sum(decimals[codes == code]) for code in codes.unique()} == {Decimal(1)}
    assert (written - weights).abs().max() < 1.001e-12
    assert written.between(0, 1).all()


@settings(deadline=None, max_examples=40)
@given(chronicles(), DAYS, DAYS)
def test_every_municipality_of_the_one_day_goes_to_municipalities_of_the_other(
    made: Chronicle, since: int, until: int
) -> None:
    history = made.history()
    found = successors(history, since=made.day(since), until=made.day(until))
    assert set(found["code"]) == set(history.at(made.day(since))["municipality_code"])
    assert set(found["successor_code"].dropna()) <= set(history.at(made.day(until))["municipality_code"])
    assert not found.duplicated(["code", "successor_code"]).any()


@settings(deadline=None, max_examples=40)
@given(chronicles(), DAYS, DAYS)
def test_weights_of_a_municipality_add_up_to_exactly_one(made: Chronicle, since: int, until: int) -> None:
    rows = crosswalk(made.history(), since=made.day(since), until=made.day(until), weights=UnevenWeights()).rows
    assert (rows["weight"] > 0).all()
    assert rows.groupby("code")["weight"].sum().eq(1).all()
    assert rows[::-1].groupby("code")["weight"].sum().eq(1).all()


@settings(deadline=None, max_examples=40)
@given(chronicles(), DAYS)
def test_from_a_day_to_the_same_day_everything_stays_as_it_is(made: Chronicle, day: int) -> None:
    rows = crosswalk(made.history(), since=made.day(day), until=made.day(day), weights=UnevenWeights()).rows
    assert (rows["code"] == rows["successor_code"]).all()
    assert (rows["weight"] == 1).all()
    assert (rows["events"] == "").all()


@settings(deadline=None, max_examples=40)
@given(chronicles(), DAYS, DAYS)
def test_who_is_there_on_both_days_is_among_its_own_successors(made: Chronicle, since: int, until: int) -> None:
    history = made.history()
    found = successors(history, since=made.day(since), until=made.day(until))
    itself = set(found["code"][found["code"] == found["successor_code"]])
    assert itself == set(found["code"]) & set(history.at(made.day(until))["municipality_code"])


@settings(deadline=None, max_examples=40)
@given(chronicles(), DAYS, DAYS, st.data())
def test_a_total_is_the_same_after_the_conversion(made: Chronicle, since: int, until: int, data: st.DataObject) -> None:
    table = crosswalk(made.history(), since=made.day(since), until=made.day(until), weights=UnevenWeights())
    codes = table.rows["code"].unique().tolist()
    numbers = data.draw(st.lists(st.integers(0, 10**7), min_size=len(codes) + 1, max_size=len(codes) + 1))
    series = pd.DataFrame({"code": [*codes, "Z999"], "residents": numbers})
    converted = convert_series(series, table, kind=SeriesKind.COUNT)
    assert converted.unknown["residents"].tolist() == numbers[-1:]
    total = converted.table["residents"].sum() + converted.left["residents"].sum() + numbers[-1]
    assert math.isclose(total, sum(numbers), rel_tol=1e-12)
    assert converted.table["residents_converted_share"].between(0, 1).all()
    assert (converted.table["residents_estimated_share"] <= converted.table["residents_converted_share"] + 1e-12).all()


@settings(deadline=None, max_examples=40)
@given(chronicles(JOINING), st.tuples(DAYS, DAYS, DAYS).map(sorted))
def test_where_municipalities_only_join_two_steps_are_one(made: Chronicle, days: list[int]) -> None:
    history, (first, middle, last) = made.history(), [made.day(n) for n in days]

    def step(since: object, until: object) -> dict[str, str]:
        rows = crosswalk(history, since=since, until=until, weights=UnevenWeights()).rows  # type: ignore[arg-type]
        assert (rows["weight"] == 1).all()
        return dict(zip(rows["code"], rows["successor_code"], strict=True))

    there, on = step(first, middle), step(middle, last)
    assert step(first, last) == {code: on[successor] for code, successor in there.items()}


@settings(deadline=None, max_examples=40)
@given(chronicles(DIVIDING), DAYS, DAYS)
def test_the_way_back_joins_the_same_municipalities(made: Chronicle, since: int, until: int) -> None:
    history = made.history()
    there = successors(history, since=made.day(since), until=made.day(until)).dropna(subset="successor_code")
    back = successors(history, since=made.day(until), until=made.day(since)).dropna(subset="successor_code")
    assert set(zip(there["code"], there["successor_code"], strict=True)) == set(
        zip(back["successor_code"], back["code"], strict=True)
    )


@settings(deadline=None, max_examples=40)
@given(chronicles(DIVIDING), DAYS)
def test_every_code_that_ever_was_has_final_successors(made: Chronicle, until: int) -> None:
    history = made.history()
    found = final_successors(history, made.day(until))
    assert set(found["code"]) == set(history.versions["municipality_code"])
    there = set(history.at(made.day(until))["municipality_code"])
    assert set(found["successor_code"].dropna()) <= there
    itself = found[found["code"].isin(there)]
    assert itself["code"].tolist() == itself["successor_code"].tolist()
    last_day = history.versions.set_index("municipality_code")["valid_to"].dropna() - pd.Timedelta(days=1)
    for code, day in last_day[last_day < pd.Timestamp(made.day(until))].items():
        direct = successors(history, since=day.date(), until=made.day(until))
        expected = set(direct["successor_code"][direct["code"] == code].dropna())
        assert set(found["successor_code"][found["code"] == code].dropna()) == expected
