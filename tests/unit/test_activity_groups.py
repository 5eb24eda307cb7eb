"""Filiere and sectors as TOML: what ships, what a file may say, and how a mistake is answered."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from atlante.catalogue.activities import OUTSIDE, inspect_group, load_filiere, load_sectors, membership
from atlante.catalogue.filiere import Difference, Nested, differences, nested, overlap
from atlante.classifications import classification, compact
from atlante.errors import InvalidDefinition, UnknownEdition
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from atlante.catalogue.activities import ActivityGroup

TEXTS = "".join(f'[{key}]\nit = "t"\nen = "t"\nde = "t"\n' for key in ("title", "definition", "source"))
STAGE = 'title = { it = "t", en = "t", de = "t" }\n'


def filiera(folder: Path, stages: dict[str, dict[str, str]], name: str = "mine") -> Path:
    """Write a filiera: by stage and edition the lines of a list."""
    text = f"proposal = true\n{TEXTS}"
    for stage, lists in stages.items():
        text += f"[stages.{stage}]\n{STAGE}"
        for edition, lines in lists.items():
            text += f"[stages.{stage}.members.{edition}]\n{lines}\n"
    path = folder / "filiere" / f"{name}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, stages: dict[str, dict[str, str]]) -> ActivityGroup:
    filiera(folder, stages)
    return load_filiere(folder)["mine"]


def refused(folder: Path, stages: dict[str, dict[str, str]]) -> InvalidDefinition:
    filiera(folder, stages)
    with pytest.raises(InvalidDefinition) as caught:
        load_filiere(folder)
    return caught.value


@pytest.fixture(scope="module")
def shipped() -> dict[str, ActivityGroup]:
    return load_filiere(default_catalogue_dir())


def test_ten_filiere_and_three_sectors_are_shipped(shipped: dict[str, ActivityGroup]) -> None:
    assert len(shipped) == 10
    assert all(group.is_proposal and len(group.stages) == 3 for group in shipped.values())
    assert set(load_sectors(default_catalogue_dir())) == {"htc", "ict", "kis"}


def test_every_proposal_says_that_nothing_official_is_public(shipped: dict[str, ActivityGroup]) -> None:
    for group in shipped.values():
        assert "nessun elenco ufficiale" in group.definition.it
        assert "no official list" in group.definition.en
        assert "keine öffentliche amtliche Liste" in group.definition.de


@pytest.mark.shared_data
def test_every_row_of_the_proposals_is_in_its_filiera(shipped: dict[str, ActivityGroup], shared_data: Path) -> None:
    """In 2007 with stage and weight; in 2025 a code that several rows lead to has the stage of one of them."""
    exceptions = set()
    with (shared_data / "filiere" / "filiere_ateco.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 167
    for row in rows:
        group, weight = shipped[row["filiera"]], {"full": 1, "partial": 0.5}[row["weight"]]
        assert group.members("2007")[compact(row["ateco2007"])] == (row["stage"], weight)
        for code in map(compact, row["ateco2025"].split(";")):
            table, leaves = group.leaf_table("2025"), classification("2025").all_leaves
            for leaf in classification("2025").leaves(code):
                stage = table.stage[leaves.index(leaf)]
                assert stage != OUTSIDE, (row["filiera"], leaf)
                assert table.weight[leaves.index(leaf)] >= weight
                if group.stage_ids[stage] != row["stage"]:
                    exceptions.add((row["filiera"], leaf, group.stage_ids[stage]))
    assert exceptions == {
        ("aec_costruzioni", "681200", "downstream"),  # of 41.1, which is its title; 42 leads to it too
        ("arredo_design", "162700", "upstream"),
        ("meccanica_meccatronica", "282999", "core"),
        ("turismo", "523200", "core"),
        ("veicoli_gomma_servizi", "309120", "core"),
    }


def test_the_lists_of_both_editions_agree_under_the_correspondence(shipped: dict[str, ActivityGroup]) -> None:
    assert {name: differences(group) for name, group in shipped.items() if differences(group)} == {}


def test_filiere_overlap_as_documented(shipped: dict[str, ActivityGroup]) -> None:
    """89 of the 744 six-digit codes of 2007 are in several filiere."""
    found = overlap(list(shipped.values()), "2007")
    assert (found.in_several, found.in_any) == (89, 744)
    assert (found.codes == found.codes.T).all()
    assert found.codes.diagonal().sum() > found.in_any, "adding filiere up counts some codes several times"


@pytest.mark.parametrize(
    ("sector", "edition", "inside", "outside"),
    [
        ("kis", "2007", ["620100", "511010", "861010"], ["521010", "471110", "551000"]),
        ("htc", "2025", ["211000", "303", "265110"], ["254000", "32", "101100"]),
        ("ict", "2007", ["620100", "263021", "951100"], ["639100", "265", "464310"]),
        ("ict", "2025", ["621000", "265121", "639100"], ["639200", "265110", "952100"]),
    ],
)
def test_sectors_are_those_of_eurostat(sector: str, edition: str, inside: list[str], outside: list[str]) -> None:
    group = load_sectors(default_catalogue_dir())[sector]
    found = membership([group], [(code, edition) for code in inside + outside])
    assert not found.is_unknown.any()
    assert found.stage[:, 0].tolist() == [0] * len(inside) + [OUTSIDE] * len(outside)


def test_the_longest_code_decides(tmp_path: Path) -> None:
    group = read(
        tmp_path,
        {
            "core": {"2007": '"28" = 1', "2025": '"28" = 1'},
            "downstream": {"2007": '"28.93" = 0.5', "2025": '"28.93" = 0.5\n"28.93.00" = 1'},
        },
    )
    codes = [("28", "2007"), ("2893", "2007"), ("2892", "2007"), ("289300", "2025"), ("C", "2007"), ("28999x", "2007")]
    found = membership([group], codes)
    assert found.stage[:, 0].tolist() == [OUTSIDE, 1, 0, 1, OUTSIDE, OUTSIDE]
    assert found.weight[:, 0].tolist() == [0, 0.5, 1, 1, 0, 0]
    assert found.is_undecided[:, 0].tolist() == [True, False, False, False, True, False]
    assert found.is_partial[:, 0].tolist() == [False, True, False, False, False, False]
    assert found.is_unknown.tolist() == [False] * 5 + [True]
    assert nested(group) == [
        Nested("2007", "2893", "downstream", "28", "core"),
        Nested("2025", "2893", "downstream", "28", "core"),
    ]


def test_a_short_code_belongs_with_the_mean_weight_of_its_codes(tmp_path: Path) -> None:
    group = read(tmp_path, {"core": {"2007": '"62.01" = 1', "2025": '"62.20.10" = 1\n"62.20.20" = 0.5'}})
    found = membership([group], [("6220", "2025"), ("622", "2025"), ("62", "2025")])
    assert found.weight[:, 0].tolist() == [0.75, 0.75, 0]
    assert found.is_undecided[:, 0].tolist() == [False, False, True]


def test_the_example_of_the_documentation_is_a_filiera(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "define-a-filiera.md").read_text(encoding="utf-8")
    path = tmp_path / "filiere" / "nautica.toml"
    path.parent.mkdir()
    path.write_text(page.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    group = load_filiere(tmp_path)["nautica"]
    assert group.members("2022") == {"3012": ("core", 1), "3315": ("downstream", 0.5), "7734": ("downstream", 0.5)}
    assert differences(group) == []


def test_an_unknown_edition_is_refused(tmp_path: Path) -> None:
    group = read(tmp_path, {"core": {"2007": '"62" = 1', "2025": '"62" = 1'}})
    with pytest.raises(UnknownEdition):
        membership([group], [("620100", "2002")])


def test_the_list_of_2007_serves_2022_and_its_parts(tmp_path: Path) -> None:
    group = read(tmp_path, {"core": {"2007": '"93.21.00" = 0.5\n"62" = 1', "2025": '"62" = 1'}})
    assert group.members("2022") == {"932101": ("core", 0.5), "932102": ("core", 0.5), "62": ("core", 1)}


def test_a_list_of_2022_of_its_own_is_used(tmp_path: Path) -> None:
    group = read(tmp_path, {"core": {"2007": '"62" = 1', "2022": '"63" = 1', "2025": '"62" = 1'}})
    assert group.members("2022") == {"63": ("core", 1)}


def test_a_section_stands_for_its_divisions(tmp_path: Path) -> None:
    group = read(tmp_path, {"core": {"2007": '"F" = 1', "2025": "F = 1"}})
    found = membership([group], [("411000", "2007"), ("43", "2025"), ("F", "2025"), ("620100", "2007")])
    assert found.stage[:, 0].tolist() == [0, 0, 0, OUTSIDE]


def test_a_code_that_its_edition_lacks_is_answered_with_line_and_near_codes(tmp_path: Path) -> None:
    error = refused(tmp_path, {"core": {"2007": '"62" = 1', "2025": '"62.10" = 1\n"62.01.00" = 1'}})
    lines = error.path.read_text(encoding="utf-8").splitlines()
    assert error.line
    assert lines[error.line - 1] == '"62.01.00" = 1'
    assert error.key == "stages.core.members.2025.62.01.00"
    assert "ATECO 2025 has no code 62.01.00; near it are:" in str(error)


@pytest.mark.parametrize(
    ("stages", "problem"),
    [
        ({"core": {"2007": '"62" = 1', "2025": '"6" = 1'}}, "'6' is not an activity code"),
        ({"core": {"2007": '"62" = 1\n"62.01" = 1\n"6201" = 1', "2025": '"62" = 1'}}, "6201 stands twice"),
        (
            {"core": {"2007": '"62" = 1', "2025": '"62" = 1'}, "upstream": {"2007": '"62" = 1', "2025": '"61" = 1'}},
            "62 stands in two stages, upstream and core",
        ),
        (
            {
                "core": {"2007": '"62" = 1', "2022": '"62" = 1', "2025": '"62" = 1'},
                "upstream": {"2007": '"61" = 1', "2025": '"61" = 1'},
            },
            "another stage has a list of 2022",
        ),
        ({"core": {"2007": '"62" = 1'}}, "there is no code of 2025; expected lists for 2007 and 2025"),
        ({"core": {"2007": '"62" = 0', "2025": '"62" = 1'}}, "greater than 0"),
        ({"core": {"2007": '"62" = 1.5', "2025": '"62" = 1'}}, "less than or equal to 1"),
        ({"core": {"2007": '"62" = 1', "2024": '"62" = 1'}}, "'2007', '2022' or '2025'"),
        ({"middle": {"2007": '"62" = 1', "2025": '"62" = 1'}}, "'upstream', 'core' or 'downstream'"),
        ({}, "Field required"),
    ],
)
def test_what_a_filiera_cannot_say_is_refused(tmp_path: Path, stages: dict[str, dict[str, str]], problem: str) -> None:
    assert problem in str(refused(tmp_path, stages))


def test_an_unknown_key_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    path = filiera(tmp_path, {"core": {"2007": '"62" = 1', "2025": '"62" = 1'}})
    path.write_text("weights = 1\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(InvalidDefinition, match=r"line 1: weights: there is no key 'weights' here; known are 'title'"):
        load_filiere(tmp_path)


def test_all_that_is_wrong_with_a_file_is_found_at_once(tmp_path: Path) -> None:
    path = filiera(tmp_path, {"core": {"2007": '"62" = 1\n"99.9" = 1', "2025": '"62.01" = 1\n"61" = 1'}})
    group, problems = inspect_group(path, "filiera")
    assert [problem.key for problem in problems] == ["stages.core.members.2007.99.9", "stages.core.members.2025.62.01"]
    assert group.members("2025") == {"61": ("core", 1)}


def test_files_of_a_folder_of_ones_own_are_added(tmp_path: Path) -> None:
    filiera(tmp_path, {"core": {"2007": '"62" = 1', "2025": '"62" = 1'}})
    assert len(load_filiere(default_catalogue_dir(), tmp_path)) == 11


def test_two_files_of_one_id_are_refused_naming_both(tmp_path: Path) -> None:
    path = filiera(tmp_path, {"core": {"2007": '"62" = 1', "2025": '"62" = 1'}}, name="moda")
    with pytest.raises(InvalidDefinition) as caught:
        load_filiere(default_catalogue_dir(), tmp_path)
    assert str(path) in str(caught.value)
    assert str(default_catalogue_dir() / "filiere" / "moda.toml") in str(caught.value)


@pytest.mark.parametrize("name", ["Mine", "my-own", "1st"])
def test_a_file_that_can_give_no_id_is_refused(tmp_path: Path, name: str) -> None:
    filiera(tmp_path, {"core": {"2007": '"62" = 1', "2025": '"62" = 1'}}, name=name)
    with pytest.raises(InvalidDefinition, match="the id is the file's name"):
        load_filiere(tmp_path)


def test_lists_that_disagree_are_told_code_by_code(tmp_path: Path) -> None:
    """62.10.00 took over 62.01.00 whole, 62.20.10 took over 62.02.00, and 10.11.00 nothing of these."""
    group = read(
        tmp_path,
        {
            "upstream": {"2007": '"62.02" = 1', "2025": '"10.11" = 1'},
            "core": {"2007": '"62.01" = 1', "2025": '"62.20.10" = 1'},
        },
    )
    assert differences(group) == [
        Difference("added", "101100", ("101100",)),
        Difference("missing", "621000", ("620100",)),
        Difference("stage", "622010", ("620200",)),
    ]
