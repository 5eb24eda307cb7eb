#!/usr/bin/env python3
"""Write ``docs/reference/*.md`` from the code and the catalogue, or check that they are fresh.

``tools/reference.py`` writes them, ``--check`` names those that are stale and exits with 1. Nothing of the machine that
it runs on gets into the pages.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reference_catalogue import collections, indicators, sources
from reference_markdown import code, sentences, table
from typer.main import get_command

from atlante import errors
from atlante.cli.application import app
from atlante.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


type Command = Any  # of Typer's own copy of click: a command or an option

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "reference"

# What the code finds on each machine anew, said once in words.
_FOUND_ON_THE_MACHINE = {
    "data_dir": "`$XDG_STATE_HOME/atlante`, or `~/.local/state/atlante`; `/var/lib/atlante` for root",
    "catalogue_dir": "the catalogue that comes with Atlante",
}
_COMMAND_LINE = """# Command line

`atlante [OPTIONS] COMMAND [ARGUMENTS]`. Every option has a variable that stands for it; where both are given, the
option counts. `--help` or `-h` explains any command, and has no variable.

stdout carries data only; progress and messages go to stderr. Exit codes: 0 ok, 130 interrupted, and those of the
[errors](errors.md): 1 data or check failed, 2 usage, 3 infrastructure.

## Options of every command
They stand before the command.
"""
_SETTINGS = """# Settings

What a deployment chooses, as environment variables. Each has an option of the same name on the
[command line](command-line.md#options-of-every-command); those of the service belong to
[`atlante serve`](command-line.md#atlante-serve). An empty variable is the same as none.
"""
_COMPOSE = """The options of single commands have variables, too: see the [command line](command-line.md).

## Compose
`docker-compose.yml` reads these from `.env` and gives the containers what they need of them
([Deploy with Compose](../how-to/deploy-with-compose.md)).
"""
_ERRORS = """# Errors

What a command that fails says: the class is the cause, the message says what happened, to what, and what to do. All
derive from `AtlanteError` in `atlante.errors`. `--debug` shows the traceback, too.
"""


def command_line() -> str:
    """Return the page of commands and options."""
    root = get_command(app)
    commands = (_command(name, command) for name, command in _commands(root))
    return "\n".join((f"{_COMMAND_LINE}\n{_options(root)}", *commands))


def _commands(command: Command, *before: str) -> Iterator[tuple[str, Command]]:
    """Return all commands that do something, with the words that call them."""
    for name, child in getattr(command, "commands", {None: None}).items():
        if name is None:
            yield " ".join(("atlante", *before)), command
        else:
            yield from _commands(child, *before, name)


def _command(name: str, command: Command) -> str:
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    words = " ".join(each.name.upper() if each.required else f"[{each.name.upper()}]" for each in arguments)
    options = _options(command)
    usage = " ".join(filter(None, (name, "[OPTIONS]" * bool(options), words)))
    listed = table(("argument", "is"), [(f"`{each.name.upper()}`", each.help) for each in arguments])
    tables = "\n".join(filter(None, (listed * bool(arguments), options)))
    return f"## {name}\n{sentences(command.help)}\n\n```\n{usage}\n```\n" + f"\n{tables}" * bool(tables)


def _options(command: Command) -> str:
    """Return the table of a command's options; empty if it has none."""
    options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
    rows = [
        (code((*option.opts, *option.secondary_opts)), *_meaning(option), f"`{option.envvar}`") for option in options
    ]
    return table(("option", "is", "default", "variable"), rows) if rows else ""


def _meaning(option: Command) -> tuple[str, str]:
    """Return an option's help and default; the help names a default that is found when the command runs."""
    text, _, default = option.help.removesuffix(".").partition("; default: ")
    if option.is_flag:
        spellings = option.opts if option.default else option.secondary_opts
        default = code(spellings[:1])
    elif option.default is not None:
        default = f"`{option.default}`"
    return f"{text}.", default


def settings() -> str:
    """Return the page of settings."""
    described = dict(_attributes(Settings))
    defaults = Settings.from_environment({"HOME": "/"})
    rows = []
    for field in fields(Settings):
        text, _, without = described[field.name].partition(" None: ")
        value = getattr(defaults, field.name)
        default = _FOUND_ON_THE_MACHINE.get(field.name) or (f"`{value}`" if value is not None else without.rstrip("."))
        rows.append((f"`ATLANTE_{field.name.upper()}`", f"{text.rstrip('.;')}.", default))
    chosen = table(("variable", "is", "default"), rows)
    of_compose = table(("variable", "is", "in `.env.example`"), _compose_variables())
    return f"{_SETTINGS}\n{chosen}\n{_COMPOSE}\n{of_compose}"


def _attributes(described: type) -> Iterator[tuple[str, str]]:
    """Return the attributes that a class's docstring describes."""
    section = inspect.cleandoc(described.__doc__ or "").partition("Attributes\n----------\n")[2]
    for names, text in re.findall(r"^(\w[\w, ]*)\n((?:    .*\n?)+)", section, re.MULTILINE):
        for name in names.split(", "):
            yield name, sentences(inspect.cleandoc(f"    {text.strip()}"))


def _compose_variables() -> Iterator[tuple[str, str, str]]:
    """Return what ``.env.example`` says of each variable; one comment may be for several that follow it."""
    comment = ""
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        if found := re.fullmatch(r"#?([A-Z_]+)=(.*)", line):
            is_set = "" if line[0] == "#" else f"`{found[2]}`"
            yield f"`{found[1]}`", comment, is_set or f"not set (`{found[2]}` as an example)"
        elif line.startswith("# "):
            comment = line.removeprefix("# ")


def error_tree() -> str:
    """Return the page of errors."""
    return "\n".join((_ERRORS, *map(_branch, errors.AtlanteError.__subclasses__())))


def _branch(branch: type[errors.AtlanteError]) -> str:
    rows = [
        (f"`{each.__name__}`", f"`{each.__bases__[0].__name__}`", sentences(each.__doc__)) for each in _below(branch)
    ]
    heading = f"## {branch.__name__}: exit code {branch.exit_code}\n{sentences(branch.__doc__)}\n\n"
    return heading + table(("error", "is a", "cause"), rows)


def _below(parent: type[errors.AtlanteError]) -> Iterator[type[errors.AtlanteError]]:
    """Return the errors below one, each before those below it."""
    for child in parent.__subclasses__():
        yield child
        yield from _below(child)


PAGES: dict[str, Callable[[], str]] = {
    "command-line.md": command_line,
    "settings.md": settings,
    "indicators.md": indicators,
    "errors.md": error_tree,
    "collections.md": collections,
    "sources.md": sources,
}
_NOTICE = "<!-- Written by tools/reference.py from the code and the catalogue: change those, then run it. -->\n"


def stale_pages(folder: Path) -> list[str]:
    """Return the names of pages that are not what the code and the catalogue say."""
    found = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.md")}
    wanted = {name: _NOTICE + page() for name, page in PAGES.items()}
    return sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))


def main() -> int:
    """Write the pages, or check them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a page is stale")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the pages are; default: docs/reference")
    arguments = parser.parse_args()
    if arguments.check:
        stale = stale_pages(arguments.folder)
        for name in stale:
            print(f"{arguments.folder / name} is stale: run tools/reference.py", file=sys.stderr)
        return 1 if stale else 0
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (arguments.folder / name).write_text(_NOTICE + page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
