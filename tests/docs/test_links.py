"""What the pages point to is there: files, headings, make targets, commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from atlante.cli.application import app

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part.startswith(".") or part in {"node_modules", "vendor"} for part in path.relative_to(ROOT).parts)
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
MAKE = re.compile(r"(?:^|[`&;|]|\w=\S+)\s*make ([a-z][a-z-]*)", re.MULTILINE)


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def every_page() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", PAGES, ids=named)


def prose(page: Path) -> str:
    """Return a page without its code."""
    return INLINE_CODE.sub("", FENCE.sub("", page.read_text(encoding="utf-8")))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them: no punctuation, words joined by hyphens."""
    found: dict[str, int] = {}
    for heading in re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading.strip())
        anchor = re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-")
        found[anchor] = found.get(anchor, -1) + 1
    return {f"{anchor}-{n}" if n else anchor for anchor, last in found.items() for n in range(last + 1)}


def broken_links(page: Path) -> list[str]:
    """Return the relative links of a page that lead nowhere."""
    broken = []
    text = prose(page)
    links = re.findall(r"\]\(([^)\s]+)[^)]*\)", text) + re.findall(r"^\[[^]]+\]:\s*(\S+)", text, re.MULTILINE)
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(link)
    return broken


def simple_commands(line: str) -> list[list[str]]:
    """Return the words of each command in a line of shell: between pipes, semicolons, brackets."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    commands: list[list[str]] = [[]]
    for word in lexer:
        if set(word) <= set("();<>|&"):
            commands.append([])
        else:
            commands[-1].append(word)
    return commands


def calls_of_atlante(text: str) -> list[list[str]]:
    """Return the arguments of every call of ``atlante`` in the shell code of a page, also behind another program."""
    blocks = [block for language, block in FENCE.findall(text) if language in {"sh", "bash", "console"}]
    calls = []
    for line in "\n".join(blocks).replace("\\\n", " ").splitlines():
        for words in simple_commands(line.removeprefix("$ ")):
            names = [n for n, word in enumerate(words) if re.fullmatch(r"([^=]*/)?atlante", word)]
            # in `docker run … atlante atlante init` the first is the image
            calls += [words[names[-1] + 1 :]] if names and words[names[-1] - 1] != "--tag" else []
    return calls


def refusal(arguments: list[str]) -> str | None:
    """Return what is wrong with a call of ``atlante``; nothing is run."""
    command: Any = get_command(app)
    rest = list(arguments)
    given = 0
    while rest:
        word = rest.pop(0)
        if word in {"-h", "--help"}:
            return None
        if word.startswith("-"):
            option, has_value, _ = word.partition("=")
            known = {name: each for each in command.params for name in (*each.opts, *each.secondary_opts)}
            if option not in known:
                return f"there is no option {option}"
            if not known[option].is_flag and not has_value:
                if not rest:
                    return f"{option} needs a value"
                rest.pop(0)
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return f"there is no command {word}"
            command = command.commands[word]
        else:
            given += 1
    arguments_taken = [each for each in command.params if each.param_type_name == "argument"]
    if not sum(each.required for each in arguments_taken) <= given <= len(arguments_taken):
        return f"{given} arguments"
    return "a command is missing" if hasattr(command, "commands") else None


def test_there_are_pages() -> None:
    assert {"README.md", "CONTRIBUTING.md", "docs/quickstart.md", "docs/reference/errors.md"} <= set(map(named, PAGES))


@every_page()
def test_links_and_anchors_lead_somewhere(page: Path) -> None:
    assert broken_links(page) == []


@every_page()
def test_every_make_target_that_is_mentioned_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    assert set(MAKE.findall(page.read_text(encoding="utf-8"))) <= targets


@every_page()
def test_every_command_line_is_one_that_atlante_takes(page: Path) -> None:
    calls = calls_of_atlante(page.read_text(encoding="utf-8"))
    assert {shlex.join(call): refusal(call) for call in calls if refusal(call)} == {}


def test_every_page_of_the_documentation_is_in_its_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / link).resolve() for link in re.findall(r"\]\(([^)#:]+)", prose(index))}
    assert [named(page) for page in PAGES if page.is_relative_to(index.parent) and page not in {index, *linked}] == []


class TestTheseTests:
    """A check of text that finds nothing to check would pass for ever."""

    def test_find_broken_links_and_anchors(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        page.write_text(
            "# A `b_c`: d\n[1](#a-b_c-d) [2](#nowhere) [3](gone.md) [4](https://example.org) `[5](code.md)`\n"
        )
        assert broken_links(page) == ["#nowhere", "gone.md"]

    @pytest.mark.parametrize(
        ("line", "problem"),
        [
            ("atlante demo --check", None),
            ("ATLANTE_PORT=1 .venv/bin/atlante --debug serve", None),
            ("docker compose run --rm setup atlante status --json", None),
            ("atlante demo --chekc", "there is no option --chekc"),
            ("atlante servve", "there is no command servve"),
            ("atlante ingest innovative_startups", "1 arguments"),
            ("atlante db", "a command is missing"),
            ("atlante build --source", "--source needs a value"),
        ],
    )
    def test_find_wrong_command_lines(self, line: str, problem: str | None) -> None:
        ((call),) = calls_of_atlante(f"```sh\n{line}\n```\n")
        assert refusal(call) == problem

    def test_find_make_targets(self) -> None:
        assert MAKE.findall("`make demo ARGS=--check`\nmake lint format\nA=1 make bench\nthe rates make sense") == [
            "demo",
            "lint",
            "bench",
        ]
