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
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from typer.main import get_command

from atlante import errors
from atlante.catalogue.indicators import Catalogue, Indicator, load_indicators
from atlante.catalogue.publication import Kind, load_publication
from atlante.catalogue.sources import FIELD_KINDS, Column, SourceDefinition, load_sources
from atlante.cli.application import app
from atlante.releases.fields import Field, fields_of
from atlante.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from atlante.catalogue.levels import Level

type Command = Any  # of Typer's own copy of click: a command or an option

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "config" / "catalogue"
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
_INDICATORS = """# Indicators

What is computed for every territory. An indicator is a file in `config/catalogue/indicators/`; its name is the id, and
the name of the property in the [collections](collections.md). Beside the value a feature has its interval, the firms
that it rests on, and its status: `value`, `suppressed`, `not-available` or `low-reliability`
([glossary](../glossary.md#indicators)).
"""
_ERRORS = """# Errors

What a command that fails says: the class is the cause, the message says what happened, to what, and what to do. All
derive from `AtlanteError` in `atlante.errors`. `--debug` shows the traceback, too.
"""
_COLLECTIONS = """# Collections

What a release holds, under `/api/collections/`. It is said in `config/catalogue/publication.toml`. *Tiles*: whether a
collection has vector tiles, and whether they carry a field.
"""
_SOURCES = """# Sources

Registers that `atlante ingest SOURCE FILE` can read. A source is a file in `config/catalogue/sources/`
([how to add one](../how-to/load-your-own-register.md#another-register)). In headers and texts, case, accents,
punctuation, blanks and footnote marks don't matter.
"""
_FEATURE_IS = {
    Kind.TERRITORIES: "A territory with its codes, population, area and full border.",
    Kind.INDICATORS: "A territory with the latest value of every indicator, side by side, and its full border.",
    Kind.OBSERVATIONS: "A territory, an indicator and a period, with a generalised border; `datetime` selects periods.",
}
_ENCODINGS = {"utf-8": "UTF-8", "latin-1": "ISO 8859-1 (latin-1)", "cp1252": "Windows-1252"}


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    cells = ([cell.replace("|", r"\|") for cell in row] for row in rows)
    head, *body = (f"| {' | '.join(line)} |\n" for line in (header, *cells))
    return "".join((head, f"|{'---|' * len(header)}\n", *body))


def code(words: Iterable[object]) -> str:
    """Return words as code, separated by commas."""
    return ", ".join(f"`` {word} ``" if "`" in str(word) else f"`{word}`" for word in words)


def sentences(text: str | None) -> str:
    """Return a docstring's first paragraph on one line, with ``code`` as Markdown writes it."""
    paragraph = inspect.cleandoc(text or "").partition("\n\n")[0]
    return re.sub(r"``([^`]+)``", r"`\1`", " ".join(paragraph.split()))


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


def indicators() -> str:
    """Return the page of indicators."""
    catalogue = _catalogue().indicators
    rows = [(f"[`{name}`](#{name})", each.title.en, each.kind, each.unit) for name, each in catalogue.items()]
    listed = table(("id", "title", "kind", "unit"), rows)
    return "\n".join((f"{_INDICATORS}\n{listed}", *map(_indicator, catalogue.values())))


def _indicator(indicator: Indicator) -> str:
    rows = [
        ("kind", indicator.kind),
        ("unit", indicator.unit),
        ("digits after the point", str(indicator.digits)),
        ("computed as", _formula(indicator)),
        ("period", "reference date" if indicator.period == "reference-date" else "each year of registration"),
        ("interval", _INTERVALS[indicator.interval]),
        *([("unknown", _UNKNOWN[indicator.unknown])] if indicator.unknown else ()),
        ("disclosure", _DISCLOSURE[indicator.disclosure]),
        ("better is", {"positive": "more", "negative": "less", "neutral": "neither"}[indicator.polarity]),
        *((f"title, {language}", text) for language, text in indicator.title.as_dict().items()),
        *((f"definition, {language}", text) for language, text in indicator.definition.as_dict().items()),
        ("source", indicator.source.en),
    ]
    return f"## {indicator.id}\n" + table(("", indicator.title.en), rows)


_INTERVALS = {
    "garwood": "exact Poisson (Garwood), 95 %",
    "wilson": "Wilson score, 95 %",
    "none": "none",
}
_UNKNOWN = {
    "excluded": "firms of which it is unknown are left out, and counted in `firms_unknown`",
    "counted-as-not-declared": "firms of which it is unknown count as not declaring: the share is a lower bound",
}
_DISCLOSURE = {
    "public-register": "published as it is: it is on the public register",
    "threshold": "withheld where it rests on too few firms ([why](../explanation/why-suppression.md))",
}


def _formula(indicator: Indicator) -> str:
    """Return in words how an indicator follows from counts of firms."""
    counted = indicator.counted.id
    match indicator.kind:
        case "count":
            return f"number of {counted}" + " registered in the year" * (indicator.period == "registration-year")
        case "rate":
            per = indicator.denominator.per if indicator.denominator else 1
            return f"{per:,} · number of {counted} ÷ inhabitants"
        case "share":
            known = " of which it is known" * (indicator.unknown == "excluded")
            return f"number of {counted} ÷ number of {indicator.asked.id}{known}"
        case "diversity":
            return f"exp(Σ p · ln(1/p)), p: each activity division's share of the {counted} with a known activity"
        case _:
            assert_never(indicator.kind)


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


def collections() -> str:
    """Return the page of collections and their fields."""
    publication = load_publication(CATALOGUE)
    listed = [
        (
            f"`{each.collection_id}`",
            each.title.en,
            each.title.it,
            f"[{each.kind}](#{each.kind})",
            "yes" if each.tiles else "",
        )
        for each in publication.collection
    ]
    limits = f"Threshold of suppression: {publication.threshold} firms. Releases kept: {publication.keep_releases}."
    all_of_them = table(("id", "title", "in Italian", "a feature is", "tiles"), listed)
    return "\n".join((f"{_COLLECTIONS}\n{limits}\n\n{all_of_them}", *map(_kind, Kind)))


def _kind(kind: Kind) -> str:
    """Return the fields of one kind of collection, each with the levels that have it."""
    levels = [each.level for each in load_publication(CATALOGUE).collection if each.kind is kind]
    found: dict[str, tuple[Field, list[Level]]] = {}
    for level in levels:
        for field in fields_of(kind, level, _catalogue().indicators.values()):
            found.setdefault(field.name, (field, []))[1].append(level)
    rows = [
        (
            f"`{field.name}`",
            field.title["en"],
            field.type,
            field.unit if field.unit and field.unit != "1" else "",
            "all" if having == levels else ", ".join(having),
            "yes" if field.in_tiles else "",
        )
        for field, having in found.values()
    ]
    return f"## {kind}\n{_FEATURE_IS[kind]}\n\n" + table(("field", "is", "type", "unit", "levels", "tiles"), rows)


def sources() -> str:
    """Return the page of register sources."""
    found = load_sources(CATALOGUE)
    listed = table(("source", "is"), [(f"[`{name}`](#{name})", each.title.en) for name, each in found.items()])
    return "\n".join((f"{_SOURCES}\n{listed}", *map(_source, found.values())))


def _source(source: SourceDefinition) -> str:
    editions = [
        f"ATECO {each.edition}"
        + (f" until {each.until}" if each.until else " after it" * (len(source.activity_editions) > 1))
        for each in source.activity_editions
    ]
    rows = [
        ("publisher", source.publisher),
        ("licence", source.licence),
        ("encoding", _ENCODINGS[source.encoding]),
        ("between fields", f"`{source.delimiter}`" + ("; fields may be in double quotes" if source.is_quoted else "")),
        ("a firm is identified by", code(source.key)),
        ("day in the file's name", code(source.reference_dates)),
        ("lines that only explain", f"`{source.legend}`" if source.legend else "none"),
        ("texts for “not known”", code(source.unknown) + " and blanks" if source.unknown else "blanks"),
        ("activity codes", ", ".join(editions)),
    ]
    columns = [
        (f"`{name}`", _holds(name, each), _need(each), code(each.headers)) for name, each in source.columns.items()
    ]
    wordings = [
        (f"`{name}`", meaning, code(texts))
        for name, column in source.columns.items()
        for meaning, texts in column.wordings.items()
    ]
    return (
        f"## {source.source_id}\n{source.title.en}\n\n{table(('', ''), rows)}\n"
        f"{table(('field', 'holds', 'must be there', 'accepted headers'), columns)}\n"
        f"Texts and what they mean; any other is rejected:\n\n{table(('field', 'means', 'texts'), wordings)}"
    )


def _holds(name: str, column: Column) -> str:
    first = f" from {column.not_before} on" if column.not_before else ""
    return FIELD_KINDS[name].value + first


def _need(column: Column) -> str:
    if column.required:
        return "in every row"
    return "in the header" if column.in_every_file else ""


@cache
def _catalogue() -> Catalogue:
    return load_indicators(CATALOGUE)


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
