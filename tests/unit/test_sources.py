"""Source definitions: what ships is sound, and what is wrong is named."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from atlante.catalogue.sources import SourceDefinition, fold_wording, load_sources
from atlante.errors import InvalidDefinition
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from pathlib import Path

MINIMAL = """
publisher = "p"
licence = "l"
encoding = "utf-8"
delimiter = "|"
is_quoted = false
key = ["name"]
reference_dates = ['(?P<year>\\d{4})-(?P<month>\\d{2})-(?P<day>\\d{2})']
activity_editions = [{ edition = "2025" }]
title = { it = "i", en = "e", de = "d" }
[columns.name]
headers = ["name"]
required = true
[columns.declared_municipality]
headers = ["comune"]
required = true
"""


@pytest.fixture
def official() -> SourceDefinition:
    return load_sources(default_catalogue_dir())["innovative_startups"]


def load(folder: Path, text: str) -> SourceDefinition:
    (folder / "sources").mkdir(parents=True)
    (folder / "sources" / "mine.toml").write_text(text, encoding="utf-8")
    return load_sources(folder)["mine"]


def test_the_shipped_sources_are_valid_and_named_after_their_files() -> None:
    sources = load_sources(default_catalogue_dir())
    assert {"innovative_startups", "innovative_startups_table"} <= sources.keys()
    assert all(source.source_id == name for name, source in sources.items())


def test_a_minimal_definition_is_enough(tmp_path: Path) -> None:
    assert load(tmp_path, MINIMAL).columns["name"].headers == ("name",)


@pytest.mark.parametrize(
    ("file_name", "expected"),
    [
        ("STARTUP_17022020.csv", date(2020, 2, 17)),
        ("startup_01052017.csv", date(2017, 5, 1)),
        ("STARTUP_SINTETICO_19052025.csv", date(2025, 5, 19)),
        ("innovative_startups_2025-05-19.csv", date(2025, 5, 19)),
        ("startup_31022020.csv", None),
        ("export.csv", None),
    ],
)
def test_the_reference_date_is_read_from_the_name_of_the_file(
    official: SourceDefinition, file_name: str, expected: date | None
) -> None:
    assert official.reference_date(file_name) == expected


def test_the_special_section_has_no_date_before_its_law() -> None:
    """Decree-law 179/2012 of 18 October 2012 came into force on 20 October."""
    sources = load_sources(default_catalogue_dir()).values()
    columns = [source.columns["special_section_date"] for source in sources if "special_section_date" in source.columns]
    assert {column.not_before for column in columns} == {date(2012, 10, 20)}


def test_exports_up_to_march_2025_use_ateco_2007_and_later_ones_2025(official: SourceDefinition) -> None:
    assert official.activity_edition(date(2025, 3, 31)) == "2007"
    assert official.activity_edition(date(2025, 4, 1)) == "2025"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("classe di capitale (3)", "Classe di capitale (4) "),
        (
            "data inizio dell'esercizio effettivo dell'attivita",
            "Data inizio dell\u2019esercizio effettivo dell'attività",
        ),
        ("spese in ricerca e sviluppo ", "SPESE IN RICERCA E SVILUPPO"),
        ("classe val.prod.", "classe val. prod."),
    ],
)
def test_headers_that_differ_in_padding_case_accents_or_footnotes_are_one(one: str, other: str) -> None:
    assert fold_wording(one) == fold_wording(other)


def test_classes_with_different_bounds_stay_different() -> None:
    assert fold_wording("Da 1 a 2,5mln euro") != fold_wording("Da 1 a 25mln euro")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('encoding = "utf-8"', 'encoding = "ebcdic"', "encoding"),
        ('key = ["name"]', 'key = ["fiscal_code"]', "fiscal_code"),
        ("(?P<day>", "(?P<giorno>", "groups named day"),
        ("(?P<day>", "(?P<day>[", "regular expression"),
        ('[columns.declared_municipality]\nheaders = ["comune"]\nrequired = true', "", "where a firm is"),
        ("[columns.name]", '[columns.longitude]\nheaders = ["lon"]\n[columns.name]', "belong together"),
        ("[columns.name]", '[columns.name]\nwhen_wrong = "unknown"', "when_wrong belongs to coordinates"),
        ('headers = ["comune"]', 'headers = ["Name"]', "belongs to"),
        ("[columns.name]", "[columns.name]\nnot_before = 2012-10-20", "not_before belongs to dates"),
        ("[columns.name]", '[columns.colour]\nheaders = ["c"]\n[columns.name]', "colour"),
        ("[columns.name]", '[columns.has_rnd]\nheaders = ["r"]\n[columns.name]', "wordings"),
        ("[columns.name]", '[columns.has_rnd]\nheaders = ["r"]\nwordings = { maybe = ["F"] }\n[columns.name]', "maybe"),
        (
            "[columns.name]",
            '[columns.has_rnd]\nheaders = ["r"]\nwordings = { yes = ["X"], no = ["x"] }\n[columns.name]',
            "two meanings",
        ),
        ('[{ edition = "2025" }]', '[{ edition = "2025", until = 2030-01-01 }]', "until"),
    ],
)
def test_a_definition_that_can_not_be_names_what_is_wrong(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert old in MINIMAL
    with pytest.raises(InvalidDefinition, match=problem):
        load(tmp_path, MINIMAL.replace(old, new))


def test_activity_codes_need_their_edition(tmp_path: Path) -> None:
    without = MINIMAL.replace('activity_editions = [{ edition = "2025" }]\n', "")
    load(tmp_path / "without", without)
    with pytest.raises(InvalidDefinition, match="edition"):
        load(tmp_path / "with", without + '[columns.activity_code]\nheaders = ["a"]\n')


def test_a_code_or_a_point_may_say_where_a_firm_is(tmp_path: Path) -> None:
    text = MINIMAL.replace('[columns.declared_municipality]\nheaders = ["comune"]\nrequired = true\n', "")
    for number, columns in enumerate(
        (
            '[columns.declared_istat_code]\nheaders = ["i"]\n',
            '[columns.declared_belfiore_code]\nheaders = ["b"]\n',
            '[columns.longitude]\nheaders = ["x"]\n[columns.latitude]\nheaders = ["y"]\n',
        )
    ):
        assert load(tmp_path / str(number), text + columns).columns


def test_a_folder_without_sources_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match="no source definition"):
        load_sources(tmp_path)
