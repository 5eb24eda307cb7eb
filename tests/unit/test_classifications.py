"""Editions of ATECO: what codes mean, what they became, and which edition a list is of."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from atlante.classifications import (
    EDITIONS,
    Coverage,
    classification,
    compact,
    convert,
    correspondence,
    detect_edition,
    dotted,
)
from atlante.classifications.correspondence import official_pairs
from atlante.classifications.editions import notes
from atlante.classifications.revision import TAKEN_OUT
from atlante.errors import InvalidActivityCode, UnknownActivityCode, UnknownEdition

if TYPE_CHECKING:
    from pathlib import Path

REUSED = {  # classes and groups of both editions that ISTAT's table does not let correspond to themselves
    "2051", "253", "2530", "254", "2540", "255", "256", "2561", "2562", "3512", "3513", "3514", "383", "3831", "3832",
    "4391", "467", "4671", "4672", "4673", "4763", "4764", "478", "4781", "4782", "4932", "5812", "5813", "612", "6120",
    "6391",
}  # fmt: skip


def startups(shared_data: Path) -> Counter[str]:
    file = shared_data / "firms" / "innovative_startups_2025-05-19.csv"
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return Counter(row["AtecoCode"] for row in csv.DictReader(lines))


@pytest.mark.parametrize(
    ("written", "code"),
    [("62.01.00", "620100"), (" 62.01 ", "6201"), ("62.0", "620"), ("62", "62"), ("62.01.0", "62010"), ("j", "J")],
)
def test_a_code_is_read_with_and_without_dots(written: str, code: str) -> None:
    assert compact(written) == code
    assert dotted(code) == written.strip().upper()


@pytest.mark.parametrize("written", ["", "1", "1.11", "6.2", "62.", "62.010", "62.0.1", "6201000", "62-01", "NC", "JK"])
def test_what_can_be_no_code_is_refused_and_never_mended(written: str) -> None:
    with pytest.raises(InvalidActivityCode, match=r"expected two to six digits"):
        compact(written)


def test_a_lost_zero_is_told_and_never_guessed() -> None:
    """011100 as spreadsheets leave it, 11100, is no code of any edition."""
    evidence = detect_edition({"11100": 3, "621000": 7})
    assert evidence.invalid == {"11100": 3}
    assert evidence.lost_zero == {"11100": 3}
    assert "with a zero in front (011100)" in str(evidence)
    assert convert(["11100"], "2025", "2022").is_unknown.tolist() == [True]


def test_an_unknown_code_is_answered_with_codes_near_it() -> None:
    with pytest.raises(UnknownActivityCode, match=r"ATECO 2025 has no code 11100\. Did you mean 011100"):
        classification("2025").title("11100")


@pytest.mark.parametrize("edition", ["2024", "", "07"])
def test_an_unknown_edition_is_answered_with_the_known_ones(edition: str) -> None:
    with pytest.raises(UnknownEdition, match="2007, 2022, 2025"):
        classification(edition)


def test_a_code_knows_its_place() -> None:
    tree = classification("2025")
    assert tree.title("621000") == "Attività di programmazione informatica"
    assert [tree.level(code) for code in ("K", "62", "621", "6210", "62100", "621000")] == [
        "section", "division", "group", "class", "category", "subcategory",
    ]  # fmt: skip
    assert [tree.parent(code) for code in ("621000", "62", "K")] == ["62100", "K", None]
    assert tree.sections["K"] == ("61", "62", "63")
    assert tree.leaves("6220") == {"622010", "622020"}
    assert tree.ancestor("621000", 1) == "K"
    assert not tree.contains("620100")


@pytest.mark.parametrize(
    ("edition", "leaves", "codes"), [("2007", 1224, 3138), ("2022", 1241, 3157), ("2025", 1290, 3257)]
)
def test_editions_are_whole(edition: str, leaves: int, codes: int) -> None:
    """The numbers of nodes that ISTAT's files have, as the package `ateco` states them."""
    tree = classification(edition)
    assert (len(tree.all_leaves), len(tree.codes)) == (leaves, codes)
    assert frozenset().union(*map(tree.leaves, tree.sections)) == set(tree.all_leaves)


def test_the_change_to_2025_is_as_large_as_documented() -> None:
    """1,241 subcategories, 402 of them with several targets; 560 codes vanish and 609 are new."""
    before, after = set(classification("2022").all_leaves), set(classification("2025").all_leaves)
    made = convert(sorted(before), "2022", "2025")
    assert (len(before), int(made.is_ambiguous.sum())) == (1241, 402)
    assert (len(before - after), len(after - before)) == (560, 609)
    assert not made.has_no_target.any()


def test_codes_that_are_used_again_with_another_meaning_are_known() -> None:
    pairs = official_pairs()
    both = set(classification("2022").codes) & set(classification("2025").codes)
    assert {code for code in both if len(code) in (3, 4) and (code, code) not in pairs} == REUSED
    assert len(REUSED) == 31


@pytest.mark.parametrize(
    ("code", "meaning", "other", "became"),
    [
        ("254", "FABBRICAZIONE DI ARMI", "Fucinatura", {"253"}),
        ("2540", "Fabbricazione di armi", "Fucinatura", {"2530"}),
        (
            "4781",
            "ambulante di prodotti alimentari",
            "autoveicoli",
            {"4711", "4721", "4722", "4723", "4724", "4725", "4726", "4727"},
        ),
        ("4673", "legname", "motocicli", {"4683"}),
    ],
)
def test_a_code_used_again_is_not_converted_to_itself(code: str, meaning: str, other: str, became: set[str]) -> None:
    assert meaning in classification("2007").title(code)
    assert other in classification("2025").title(code)
    shares = convert([code], "2007", "2025").shares(code, len(code))
    assert became <= shares.keys()
    assert code not in shares


def test_weights_are_equal_parts_of_the_targets() -> None:
    """ISTAT lets 62.01.00 become 62.10.00 alone, and 26.20.00 become 26.20.00 and 26.40.09."""
    made = convert(["62.01.00", "262000"], "2022", "2025")
    assert made.shares("620100") == {"621000": 1.0}
    assert made.shares("262000") == {"262000": 0.5, "264009": 0.5}
    assert made.is_ambiguous.tolist() == [False, True]
    assert made.coverage.tolist() == [Coverage.TOTAL, Coverage.PARTIAL, Coverage.PARTIAL]
    assert made.weighting == "equal"


def test_counts_per_target_code_are_used_where_they_are_given() -> None:
    made = convert(["262000", "261101"], "2022", "2025", prior={"26.20.00": 30, "264009": 10})
    assert made.shares("262000") == {"262000": 0.75, "264009": 0.25}
    assert made.shares("261101") == {"261100": 1.0}
    assert made.weighting == "prior"
    one_sided = convert(["262000"], "2022", "2025", prior={"264009": 1})
    assert one_sided.shares("262000") == {"264009": 1.0}
    assert one_sided.is_ambiguous.tolist() == [True], "a weight of 0 does not make a code clear"


def test_shares_of_firms_are_told() -> None:
    made = convert(pd.Series(["62.01.00", "620100", "262000", None, "999999"]), "2022", "2025")
    assert made.positions.tolist() == [0, 0, 1, -1, 2]
    assert made.firms.tolist() == [2, 1, 1]
    assert made.ambiguous_share == pytest.approx(1 / 3)
    assert made.unconverted_share == pytest.approx(1 / 4)
    assert made.expected() == {"262000": 0.5, "264009": 0.5, "621000": 2.0}
    assert np.isnan(convert([], "2022", "2025").ambiguous_share)


@pytest.mark.parametrize(
    "codes",
    [
        pd.Series(["62.01.00", None, float("nan"), pd.NA], dtype=object),
        pd.Series(["62.01.00", None, None, None], dtype="string"),
        ["62.01.00", None, float("nan"), pd.NA],
        np.array(["62.01.00", None, float("nan"), pd.NA], dtype=object),
    ],
)
def test_what_is_null_has_no_code(codes: pd.Series[str] | list[object]) -> None:
    made = convert(codes, "2022", "2025")
    assert made.codes.tolist() == ["620100"]
    assert made.positions.tolist() == [0, -1, -1, -1]


def test_a_code_that_took_over_nothing_has_no_target_and_is_not_lost() -> None:
    """46.89.00 of 2025 is in no row of ISTAT's table."""
    made = convert(["46.89.00"], "2025", "2007")
    assert (made.has_no_target.tolist(), made.is_unknown.tolist()) == ([True], [False])
    assert made.unconverted_share == 1


def test_the_update_of_2022_follows_its_rule() -> None:
    (step,) = correspondence("2007", "2022")
    before, after = set(classification("2007").all_leaves), set(classification("2022").all_leaves)
    assert all(code in step.targets[code] for code in before & after)
    assert {code: step.targets[code] for code in before - after} == {
        "011320": ("011321", "011329"),
        "011920": ("011921", "011929"),
        "162320": ("162321", "162322"),
        "932100": ("932101", "932102"),
        "970000": ("970001", "970002"),
    }
    assert {target for targets in step.targets.values() for target in targets} == after
    assert step.targets["960120"] == ("960120", "960130")


def test_what_the_update_took_out_is_quoted_from_the_notes_of_2007() -> None:
    before, after = classification("2007"), classification("2022")
    for taken in TAKEN_OUT:
        assert not before.contains(taken.code)
        assert after.contains(taken.origin)
        told = {
            edition: f"{classification(edition).title(taken.origin)} {notes(edition).get(taken.origin, '')}"
            for edition in ("2007", "2022")
        }
        if taken.quote:
            assert taken.quote in told["2007"]
            assert taken.quote not in told["2022"]
        else:
            assert taken.code[:5] == taken.origin[:5], "its neighbour in the same category"


def test_importing_reads_no_data() -> None:
    code = (
        "import atlante.classifications, ateco._load, sys; "
        "assert not ateco._load._edition_nodes and ateco._load._corr_2025_2022 is None; "
        "assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_few_codes_that_tell_editions_apart_decide_nothing() -> None:
    evidence = detect_edition({"621000": 4})
    assert evidence.verdict is None
    assert not evidence.speaks_against("2007")
    assert "That decides nothing" in str(evidence)


def test_codes_of_every_edition_decide_nothing() -> None:
    common = set(classification("2007").all_leaves) & set(classification("2025").all_leaves)
    assert detect_edition(dict.fromkeys(sorted(common), 10)).verdict is None


def test_mixed_codes_decide_nothing() -> None:
    assert detect_edition({"621000": 50, "620100": 50}).verdict is None


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_codes_of_an_edition_are_told_to_be_its(edition: str) -> None:
    evidence = detect_edition(dict.fromkeys(map(dotted, classification(edition).all_leaves), 1))
    assert evidence.verdict == edition
    assert [other for other in EDITIONS if evidence.speaks_against(other)] == (
        ["2007", "2022"] if edition == "2025" else ["2025"]
    )


@pytest.mark.shared_data
def test_the_list_of_start_ups_says_2007_and_is_of_2025(shared_data: Path) -> None:
    """12,114 of 12,292 firms have a code; all of these exist in 2025, and 3,293 (26.8 % of all rows) in 2007."""
    codes = startups(shared_data)
    codes.pop("NC")
    evidence = detect_edition(codes)
    assert evidence.firms == evidence.valid["2025"] == 12_114
    assert evidence.valid["2007"] == 3_293
    assert evidence.verdict == "2025"
    assert evidence.speaks_against("2007")
    assert "62.10.00 (4,404)" in str(evidence)


@pytest.mark.shared_data
def test_the_start_ups_are_converted_back_with_a_known_share_of_doubt(shared_data: Path) -> None:
    made = convert(list(startups(shared_data).elements()), "2025", "2007")
    assert made.firms[made.is_unknown].sum() == 178
    assert round(made.ambiguous_share, 3) == 0.161
    assert sum(made.expected().values()) == pytest.approx(12_114)
