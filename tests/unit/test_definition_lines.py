"""The line of a key in a TOML file: found for every key path that the standard library's parser reads."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from atlante.catalogue.lines import line_of, lines_of

TEXT = '''# a comment with [brackets] = and "quotes
plain = 1 # = [
"quoted key" = "a # b = [c]"
dotted.inner.key = 'x'
dates = 2025-04-01
many = """
[not.a.table]
also = "no key"
"""
literal = \'\'\'
fake = 1
\'\'\'
inline = { a = 1, b = { c = "}" } }
array = [
    "one", # first
    { d = 2, e = [3,
      4] },
]

[table.sub]
key = true
[[things]]
name = "first"
[[things]]
name = "second"
[things.detail]
deep = 1
[[things.parts]]
part = 1
[[things.parts]]
part = 2
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("plain",), 2),
        (("quoted key",), 3),
        (("dotted", "inner", "key"), 4),
        (("dates",), 5),
        (("many",), 6),
        (("literal",), 10),
        (("inline", "a"), 13),
        (("inline", "b", "c"), 13),
        (("array",), 14),
        (("array", 0), 15),
        (("array", 1, "d"), 16),
        (("array", 1, "e", 1), 17),
        (("table", "sub"), 20),
        (("table", "sub", "key"), 21),
        (("things",), 22),
        (("things", 0, "name"), 23),
        (("things", 1), 24),
        (("things", 1, "name"), 25),
        (("things", 1, "detail", "deep"), 27),
        (("things", 1, "parts", 0, "part"), 29),
        (("things", 1, "parts", 1), 30),
        (("things", 1, "parts", 1, "part"), 31),
        (("table", "sub", "missing"), 20),
        (("nothing",), None),
    ],
)
def test_a_key_path_has_its_line_or_that_of_the_table_above(path: tuple[str | int, ...], line: int | None) -> None:
    assert line_of(TEXT, path) == line


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, inner in items for found in _paths(inner, (*path, key)))]


FILES = [*sorted((Path(__file__).parents[2] / "config" / "catalogue").rglob("*.toml")), None]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}" if file else "text")
def test_every_key_that_the_parser_finds_has_a_line_that_holds_it(file: Path | None) -> None:
    text = file.read_text(encoding="utf-8") if file else TEXT
    found, lines = lines_of(text), text.splitlines()
    for path in _paths(tomllib.loads(text))[1:]:
        assert path in found
        if isinstance(path[-1], str):
            assert path[-1] in lines[found[path] - 1]
