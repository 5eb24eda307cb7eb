"""Declared facts: those that are shipped, and what a user's own file may say."""

from __future__ import annotations

import datetime as dt
import doctest
from importlib import import_module
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from atlante.errors import InvalidDefinition, InvalidDocument
from atlante.territories.documents import (
    declared_document,
    ground_of_event,
    is_document,
    read_document,
    region_of_recoding,
)

if TYPE_CHECKING:
    from pathlib import Path

MERGER = """
[[events]]
date = 2024-01-01
kind = "merger"
old = [{ code = "H521", name = "Ronago", istat_code = "013199" }, { code = "L487" }]
new = [{ code = "M435", name = "Uggiate con Ronago" }]
source = "a law"
"""


def facts(folder: Path, text: str) -> Path:
    """Return the path of a file of facts."""
    path = folder / "facts.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_facts_are_four_splits_and_the_events_since_2023() -> None:
    """ISTAT's table of suppressed municipalities (2023, 2024); laws of Lombardy and Veneto (2026)."""
    document = declared_document()
    events = document.events.dropna(subset="old_municipality_code")
    successors = events.groupby(["event_date", "new_municipality_code"])["old_municipality_code"].agg(sorted)
    told = {(str(day.date()), code): old for (day, code), old in successors.items()}
    assert told == {
        ("1999-04-02", "M308"): ["L736"],
        ("2001-10-15", "M309"): ["E263", "F127"],
        ("2017-04-18", "M316"): ["A990", "B960", "E518", "I703"],
        ("2021-02-20", "M432"): ["L331"],
        ("2023-01-01", "M433"): ["A645", "B131", "E856"],
        ("2023-01-01", "M434"): ["F709", "L204"],
        ("2023-11-18", "B567"): ["A134", "B567"],
        ("2024-01-01", "M435"): ["H521", "L487"],
        ("2024-01-22", "M436"): ["D902", "I879"],
        ("2024-01-22", "M437"): ["A121", "M332"],
        ("2024-01-22", "M438"): ["B749", "L878"],
        ("2026-02-01", "F417"): ["E608"],
        ("2026-02-21", "M439"): ["C056", "F838"],
    }
    assert events.set_index("old_municipality_code").loc[["A134", "B567", "E608"], "kind"].tolist() == [
        "incorporation",
        "renaming",
        "incorporation",
    ]
    assert (events["is_partial"] == (events["kind"] == "split")).all()
    assert document.events["note"].str.contains("Source: ").all()
    assert (document.kind, document.as_of, document.is_snapshot) == ("declared", dt.date(2026, 2, 21), False)


def test_the_recoding_of_sardinia_is_a_date_for_the_whole_region() -> None:
    document = declared_document()
    recoding = document.events[document.events["kind"] == "recoding"].iloc[0]
    assert recoding["event_date"] == pd.Timestamp(2026, 1, 1)
    assert region_of_recoding(recoding["note"]) == "20"
    assert recoding[["old_municipality_code", "new_municipality_code", "old_istat_code"]].isna().all()


def test_notes_of_other_events_name_no_region() -> None:
    assert region_of_recoding(None) is None
    assert region_of_recoding("Source: region 20") is None


SPLIT = """
[[events]]
date = 1999-04-02
kind = "split"
is_partial = true
ground_of = ["B273", "F807"]
old = [{ code = "L736" }]
new = [{ code = "M308" }]
source = "a map"
"""


def test_an_event_may_say_whose_ground_the_part_was(tmp_path: Path) -> None:
    (note,) = declared_document(facts(tmp_path, SPLIT)).events["note"]
    assert ground_of_event(note) == "B273 F807"
    shipped = declared_document().events.set_index("new_municipality_code")["note"]
    assert ground_of_event(shipped["M308"]) == "B273"
    assert shipped.drop("M308").map(ground_of_event, na_action="ignore").dropna().empty


def test_only_of_a_part_it_can_be_said_whose_ground_it_was(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match="ground_of is of a part that one old municipality gave"):
        declared_document(facts(tmp_path, MERGER.replace("source", 'ground_of = ["B273"]\nsource')))


def test_every_old_municipality_is_joined_with_every_new_one(tmp_path: Path) -> None:
    split = MERGER.replace("merger", "split").replace('"Uggiate con Ronago" }', '"A" }, { code = "M999", name = "B" }')
    events = read_document(facts(tmp_path, split)).events
    assert list(zip(events["old_municipality_code"], events["new_municipality_code"], strict=True)) == [
        ("H521", "M435"),
        ("H521", "M999"),
        ("L487", "M435"),
        ("L487", "M999"),
    ]
    assert events["is_partial"].all()
    assert events["old_istat_code"].tolist() == ["013199", "013199", None, None]
    assert events["note"].unique().tolist() == ["Source: a law"]


def test_an_event_abroad_and_an_establishment_have_one_side(tmp_path: Path) -> None:
    text = """
    events = [
        { date = 1947-09-16, kind = "abroad", old = [{ code = "L081" }], note = "Tenda.", source = "the treaty" },
        { date = 1947-01-01, kind = "establishment", new = [{ code = "A001" }], source = "a decree" },
        { date = 1990-01-01, kind = "cession", old = [{ code = "F839" }], new = [{ code = "A001" }], source = "a law" },
    ]
    """
    events = read_document(facts(tmp_path, text)).events
    assert events["old_municipality_code"].tolist() == ["L081", None, "F839"]
    assert events["new_municipality_code"].tolist() == [None, "A001", "A001"]
    assert events["is_partial"].tolist() == [False, False, True]
    assert events.loc[0, "note"] == "Tenda. Source: the treaty"


def test_a_user_can_state_what_a_municipality_was_called(tmp_path: Path) -> None:
    text = """
    [[statements]]
    code = "L599"
    valid_from = 2026-05-01
    name = "Vallecrosia al Mare"
    population = 7000
    source = "a law"
    """
    document = read_document(facts(tmp_path, text))
    row = document.statements.iloc[0]
    assert row[["municipality_code", "valid_from", "name", "population"]].tolist() == [
        "L599",
        pd.Timestamp(2026, 5, 1),
        "Vallecrosia al Mare",
        7000,
    ]
    assert row[["valid_to", "istat_code", "area_km2"]].isna().all()
    assert document.as_of == dt.date(2026, 5, 1)
    assert read_document(tmp_path / "facts.toml", as_of=dt.date(2026, 12, 31)).as_of == dt.date(2026, 12, 31)


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ('"merger"', '"fusion"', "events.0.kind", "Input should be 'merger', 'incorporation'"),
        ('"H521"', '"h521"', "events.0.old.0.code", "String should match pattern"),
        ('"013199"', '"13199"', "events.0.old.0.istat_code", "String should match pattern"),
        ("date = 2024-01-01", "date = 2024", "events.0.date", "date"),
        ('source = "a law"', "", "events.0.source", "Field required"),
        ('source = "a law"', 'source = ""', "events.0.source", "at least 1 character"),
        ('source = "a law"', 'source = "a law"\ncode = "A001"', "events.0.code", "Extra inputs are not permitted"),
        (', { code = "L487" }', "", "events.0", "a merger makes one new municipality of several old ones"),
        ('"M435"', '"H521"', "events.0", "H521 is old and new"),
        ('"merger"', '"abroad"', "events.0", "the kind 'abroad' needs old municipalities and no others"),
        ('"merger"', '"establishment"', "events.0", "the kind 'establishment' needs new municipalities and no others"),
        ('"merger"', '"renaming"', "events.0", "renaming is of one municipality"),
        ("[[events]]", "[[event]]", "event", "Extra inputs are not permitted"),
        ("[[events]]", "[[events]", "file", "is not TOML"),
    ],
)
def test_a_fact_that_can_not_be_is_refused_with_its_key(
    tmp_path: Path, old: str, new: str, key: str, problem: str
) -> None:
    assert old in MERGER
    with pytest.raises(InvalidDefinition) as refused:
        read_document(facts(tmp_path, MERGER.replace(old, new)))
    assert refused.value.key == key
    assert problem in refused.value.problem


def test_a_period_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    text = '[[statements]]\ncode = "L599"\nvalid_from = 2026-05-01\nvalid_to = 2026-05-01\nsource = "a law"\n'
    with pytest.raises(InvalidDefinition, match="valid_to is the first day after the period"):
        read_document(facts(tmp_path, text))
    with pytest.raises(InvalidDefinition, match="give valid_from, valid_to or both"):
        read_document(facts(tmp_path, '[[statements]]\ncode = "L599"\nname = "A"\nsource = "a law"\n'))


def test_a_file_without_facts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match="there is none of"):
        read_document(facts(tmp_path, "# nothing\n"))
    with pytest.raises(InvalidDocument, match="The file is empty"):
        read_document(facts(tmp_path, ""))


def test_a_toml_file_is_a_document(tmp_path: Path) -> None:
    assert is_document(facts(tmp_path, MERGER))


@pytest.mark.parametrize("module", ["declared", "istat_list", "reading", "regions", "tables"])
def test_examples_give_what_they_say(module: str) -> None:
    outcome = doctest.testmod(import_module(f"atlante.territories.documents.{module}"))
    assert outcome.attempted > 0
    assert outcome.failed == 0
