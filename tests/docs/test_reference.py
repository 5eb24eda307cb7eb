"""The reference is what the code says, and the code says enough for a reference."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from atlante import errors
from atlante.cli.application import app

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
INDICATORS = sorted((ROOT / "config" / "catalogue" / "indicators").glob("*.toml"))
READERS = ("config", "geodata", "processing", "services", "tools", "docker-compose.yml", "Makefile")


def page(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")


def commands() -> dict[str, Any]:
    """Return every command by the words that call it, groups and the root among them."""
    found, waiting = {}, [("atlante", get_command(app))]
    while waiting:
        name, command = waiting.pop()
        found[name] = command
        waiting += [(f"{name} {word}", child) for word, child in getattr(command, "commands", {}).items()]
    return found


def error_classes() -> list[type[errors.AtlanteError]]:
    classes = [
        value
        for _, value in inspect.getmembers(errors, inspect.isclass)
        if value.__module__.startswith(errors.__name__)
    ]
    assert len(classes) > 20
    return classes


def reference(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "tools/reference.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_pages_are_fresh() -> None:
    outcome = reference("--check")
    assert outcome.returncode == 0, outcome.stderr


def test_a_stale_or_superfluous_page_is_named(tmp_path: Path) -> None:
    assert reference("--folder", str(tmp_path)).returncode == 0
    assert {file.name for file in tmp_path.iterdir()} == {file.name for file in REFERENCE.iterdir()}
    (tmp_path / "errors.md").write_text("# Errors\n")
    (tmp_path / "gone.md").write_text("# Gone\n")
    outcome = reference("--check", "--folder", str(tmp_path))
    assert outcome.returncode == 1
    assert re.findall(r"(\w+\.md) is stale", outcome.stderr) == ["errors.md", "gone.md"]


@pytest.mark.parametrize("file", sorted(REFERENCE.glob("*.md")), ids=lambda file: file.stem)
def test_a_page_says_nothing_of_the_machine_that_wrote_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for private in (str(ROOT), str(Path.home()), sys.prefix):
        assert private == "/" or private not in text


@pytest.mark.parametrize("name", sorted(commands()))
def test_a_command_says_what_it_does_and_takes(name: str) -> None:
    """Arguments need no variable: a call without them is another call. `--help` is click's own and not among them."""
    command = commands()[name]
    assert command.help
    assert command.help.endswith(".")
    for parameter in command.params:
        assert parameter.help, f"{name} {parameter.name} has no help"
        assert parameter.help.endswith("."), f"{name} {parameter.name}: its help is no sentence"
        if parameter.param_type_name == "option":
            assert re.fullmatch("ATLANTE_[A-Z_]+", str(parameter.envvar)), f"{name} {parameter.opts[0]} has no variable"


@pytest.mark.parametrize("name", sorted(commands()))
def test_a_command_is_documented_with_its_options(name: str) -> None:
    command, text = commands()[name], page("command-line")
    if not hasattr(command, "commands"):
        text = re.split(r"^## ", text.partition(f"\n## {name}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
        assert text
    for parameter in command.params:
        for spelling in (*parameter.opts, *parameter.secondary_opts):
            assert (f"`{spelling}`" if spelling.startswith("-") else f"`{spelling.upper()}`") in text


def test_every_error_is_in_the_tree_below_its_parent() -> None:
    """The tree of the module's docstring: three spaces and a branch for each generation."""
    parents: list[str] = []
    drawn = {}
    tree = inspect.cleandoc(errors.__doc__ or "").partition("    AtlanteError\n")[2]
    for indent, name in re.findall(r"^    ([│ ]*)[├└]── (\w+)", tree, re.MULTILINE):
        depth = len(indent) // 4
        parents[depth:] = [name]
        drawn[name] = parents[depth - 1] if depth else "AtlanteError"
    assert drawn == {
        each.__name__: each.__bases__[0].__name__ for each in error_classes() if each.__bases__[0] is not Exception
    }


@pytest.mark.parametrize("error", error_classes(), ids=lambda error: error.__name__)
def test_every_error_is_documented_under_its_exit_code(error: type[errors.AtlanteError]) -> None:
    if error is errors.AtlanteError:
        assert f"`{error.__name__}`" in page("errors")
        return
    sections = [
        text
        for text in page("errors").split("\n## ")
        if re.search(rf"^\| `{error.__name__}` |^{error.__name__}:", text, re.MULTILINE)
    ]
    assert [re.match(r"\w+: exit code (\d)", text)[1] for text in sections] == [str(error.exit_code)]  # type: ignore[index]


def test_every_variable_that_is_read_is_documented() -> None:
    files = [path for name in READERS for path in (ROOT / name, *(ROOT / name).rglob("*")) if path.is_file()]
    code = [path for path in files if path.suffix in {".py", ".sh", ".yml", ""} and "__pycache__" not in path.parts]
    read = {
        name
        for path in code
        for name in re.findall(r"\bATLANTE_[A-Z]+(?:_[A-Z]+)*\b", path.read_text(encoding="utf-8"))
    }
    documented = set(re.findall(r"`(ATLANTE_[A-Z_]+)`", page("settings") + page("command-line")))
    assert len(read) > 15
    assert read == documented


@pytest.mark.parametrize("file", INDICATORS, ids=lambda file: file.stem)
def test_every_indicator_is_documented_in_three_languages(file: Path) -> None:
    definition = tomllib.loads(file.read_text(encoding="utf-8"))
    section = page("indicators").partition(f"\n## {file.stem}\n")[2].partition("\n## ")[0]
    for texts in (definition["title"], definition["definition"]):
        assert texts.keys() == {"it", "en", "de"}
        for text in texts.values():
            assert f"| {text} |" in section
