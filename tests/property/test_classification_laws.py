"""Laws of conversion between editions of ATECO, and of membership in groups of activities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlante.catalogue.activities import OUTSIDE, ActivityGroup, Stage, membership
from atlante.catalogue.text import Text
from atlante.classifications import EDITIONS, classification, convert, detect_edition, dotted

PAIRS = [(a, b) for a in EDITIONS for b in EDITIONS]
TEXT = Text(it="t", en="t", de="t")


def codes(edition: str) -> st.SearchStrategy[str]:
    return st.sampled_from(classification(edition).codes)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_the_weights_of_every_code_add_to_one(source: str, target: str) -> None:
    made = convert(classification(source).codes, source, target)
    sums = np.bincount(made.code_index, weights=made.weight, minlength=len(made.codes))
    np.testing.assert_allclose(sums, np.where(made.has_no_target, 0, 1), atol=1e-9)
    assert (made.weight > 0).all()
    assert not made.is_unknown.any()
    assert set(made.target) <= set(classification(target).all_leaves)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_target_leads_back_to_its_code(source: str, target: str) -> None:
    there = convert(classification(source).all_leaves, source, target)
    back = convert(classification(target).all_leaves, target, source)
    pairs = {(there.codes[n], code) for n, code in zip(there.code_index, there.target, strict=True)}
    assert pairs == {(code, back.codes[n]) for n, code in zip(back.code_index, back.target, strict=True)}


@given(st.data())
def test_two_steps_are_one_after_the_other(data: st.DataObject) -> None:
    code = data.draw(codes("2007"))
    direct = convert([code], "2007", "2025").shares(code)
    composed: dict[str, float] = {}
    for middle, weight in convert([code], "2007", "2022").shares(code).items():
        for target, part in convert([middle], "2022", "2025").shares(middle).items():
            composed[target] = composed.get(target, 0) + weight * part
    assert composed == pytest.approx(direct)


@given(st.data(), st.sampled_from(PAIRS))
def test_a_prior_changes_weights_and_neither_sums_nor_ambiguity(data: st.DataObject, pair: tuple[str, str]) -> None:
    source, target = pair
    listed = data.draw(st.lists(codes(source), min_size=1, max_size=5, unique=True))
    leaves = st.sampled_from(classification(target).all_leaves)
    prior = data.draw(st.dictionaries(leaves, st.integers(0, 100), max_size=30))
    plain, weighed = convert(listed, source, target), convert(listed, source, target, prior=prior)
    for code, has_target in zip(plain.codes, ~plain.has_no_target, strict=True):
        shares = weighed.shares(code)
        assert sum(shares.values()) == pytest.approx(int(has_target))
        assert shares.keys() <= plain.shares(code).keys()
    assert weighed.is_ambiguous.tolist() == plain.is_ambiguous.tolist()


@given(st.data(), st.sampled_from(PAIRS))
def test_the_firms_converted_are_kept(data: st.DataObject, pair: tuple[str, str]) -> None:
    source, target = pair
    listed = data.draw(st.lists(codes(source) | st.none() | st.just("000000"), max_size=30))
    made = convert(listed, source, target)
    converted = ~(made.is_unknown | made.has_no_target)
    assert sum(made.expected().values()) == pytest.approx(int(made.firms[converted].sum()))
    assert int(made.firms.sum()) == sum(code is not None for code in listed)
    assert [None if n < 0 else made.codes[n] for n in made.positions] == listed


@given(st.data(), st.sampled_from(EDITIONS))
def test_dots_tell_nothing_of_an_edition(data: st.DataObject, edition: str) -> None:
    counts = data.draw(st.dictionaries(codes(edition), st.integers(1, 50), max_size=20))
    with_dots = {dotted(code): n for code, n in counts.items()}
    assert detect_edition(counts) == detect_edition(with_dots)


def groups(edition: str) -> st.SearchStrategy[ActivityGroup]:
    """Return groups with a list of one edition: codes of any level, of three stages, full or partial."""
    place = st.tuples(st.sampled_from(["upstream", "core", "downstream"]), st.sampled_from([1.0, 0.5]))
    stages = tuple(Stage(name, TEXT) for name in ("upstream", "core", "downstream"))

    def made(listed: dict[str, tuple[str, float]]) -> ActivityGroup:
        lists = {each: listed if each == edition else {} for each in EDITIONS}
        return ActivityGroup("g", "filiera", TEXT, TEXT, TEXT, True, stages, lists, Path("g.toml"))  # noqa: FBT003

    return st.dictionaries(codes(edition), place, min_size=1, max_size=40).map(made)


def brute_force(group: ActivityGroup, code: str, edition: str) -> tuple[int, float, bool]:
    """Return stage, weight and whether it is undecided, leaf by leaf and prefix by prefix."""
    tree, listed = classification(edition), group.members(edition)
    found = []
    for leaf in tree.leaves(code):
        above = [leaf[:n] for n in (6, 5, 4, 3, 2)] + [tree.ancestor(leaf, 1)]
        found.append(next((listed[each] for each in above if each in listed), None))
    stages = {each[0] if each else None for each in found}
    if stages == {None}:
        return OUTSIDE, 0.0, False
    if len(stages) > 1:
        return OUTSIDE, 0.0, True
    (stage,) = stages
    weight = sum(each[1] for each in found if each) / len(found)
    return ("upstream", "core", "downstream").index(str(stage)), weight, False


@given(st.data(), st.sampled_from(EDITIONS))
def test_membership_is_what_the_six_digit_codes_say(data: st.DataObject, edition: str) -> None:
    group = data.draw(groups(edition))
    asked = data.draw(st.lists(codes(edition), min_size=1, max_size=20, unique=True))
    asked += sorted(set(group.members(edition)) - set(asked))
    found = membership([group], [(code, edition) for code in asked])
    for row, code in enumerate(asked):
        stage, weight, is_undecided = brute_force(group, code, edition)
        assert (found.stage[row, 0], bool(found.is_undecided[row, 0])) == (stage, is_undecided), code
        assert found.weight[row, 0] == pytest.approx(weight)
    assert not found.is_unknown.any()
