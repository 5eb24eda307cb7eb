"""The four source roots are one namespace package of parts, and nothing breaks that."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE_ROOTS = [ROOT / name / "atlante" for name in ("config", "geodata", "processing", "services")]
PARTS = sorted(part for root in SOURCE_ROOTS for part in root.iterdir() if part.is_dir() and part.name != "__pycache__")
MODULES = sorted(file for root in SOURCE_ROOTS for file in root.rglob("*.py"))


@pytest.mark.parametrize("root", SOURCE_ROOTS, ids=lambda root: root.parent.name)
def test_a_source_root_holds_folders_alone(root: Path) -> None:
    """A module or an __init__.py here would hide the parts of the other three roots."""
    assert [entry.name for entry in root.iterdir() if not entry.is_dir()] == []


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_part_is_a_package_that_imports(part: Path) -> None:
    assert (part / "__init__.py").is_file()
    module = importlib.import_module(f"atlante.{part.name}")
    assert Path(str(module.__file__)).parent == part, "this is another copy of atlante"


def test_no_part_is_in_two_source_roots() -> None:
    names = [part.name for part in PARTS]
    assert len(names) == len(set(names))
    assert len(names) > 8


def test_a_file_has_at_most_400_lines() -> None:
    lengths = {str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in MODULES}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_a_file_is_not_named_after_nothing() -> None:
    empty_words = {"manager", "helper", "helpers", "utils", "util", "misc", "common"}
    assert [file.name for file in MODULES if empty_words & set(file.stem.split("_"))] == []


def test_sql_stands_in_sql_files() -> None:
    """One-liners about roles and locks are the database part's own."""
    statement = re.compile(r'"""\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|WITH|TRUNCATE|COPY)\s')
    found = [
        f"{file.parent.name}/{file.name}" for file in MODULES if statement.search(file.read_text(encoding="utf-8"))
    ]
    assert found == []
