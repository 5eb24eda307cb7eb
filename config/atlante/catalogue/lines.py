"""Where a key of a TOML file stands: the line of a key path, which the parser of the standard library does not tell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

type Path = tuple[str | int, ...]

_STRING: Final = re.compile(r'"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL)
_KEY: Final = re.compile(r'[ \t]*("(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|[A-Za-z0-9_-]+)[ \t]*')
_SKIPPED: Final = re.compile(r"(?:\s|,|#[^\n]*)+")
_CLOSING: Final = {"[": "]", "{": "}"}


class _Scan:
    """One pass over a valid document, noting each key and each element of an array where it begins."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.found: dict[Path, int] = {}
        self._tables: dict[Path, int] = {}  # arrays of tables: elements so far

    def document(self) -> None:
        table: Path = ()
        while self._skip():
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _skip(self) -> bool:
        skipped = _SKIPPED.match(self.text, self.at)
        self.at = skipped.end() if skipped else self.at
        return self.at < len(self.text)

    def _note(self, path: Path, start: int) -> None:
        self.found.setdefault(path, self.text.count("\n", 0, start) + 1)

    def _keys(self) -> list[tuple[str, int]]:
        """Read a key, dotted or not: its parts, each with where it begins."""
        parts = []
        while key := _KEY.match(self.text, self.at):
            parts.append((key[1].strip("\"'"), key.start(1)))
            self.at = key.end()
            if self.text[self.at : self.at + 1] != ".":
                break
            self.at += 1
        return parts

    def _header(self) -> Path:
        is_array = self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        parts = self._keys()
        path: Path = ()
        for number, (part, start) in enumerate(parts, start=1):
            path = (*path, part)
            self._note(path, start)
            if is_array and number == len(parts):
                self._tables[path] = self._tables.get(path, -1) + 1
            if path in self._tables:  # a header below an array of tables speaks of its last element
                path = (*path, self._tables[path])
                self._note(path, start)
        self.at += 2 if is_array else 1
        return path

    def _pair(self, table: Path) -> None:
        path = table
        for part, start in self._keys():
            path = (*path, part)
            self._note(path, start)
        self.at = self.text.index("=", self.at) + 1
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip()
        opening = self.text[self.at]
        if string := _STRING.match(self.text, self.at):
            self.at = string.end()
        elif opening in _CLOSING:
            self.at += 1
            self._members(path, opening)
        else:
            while self.at < len(self.text) and self.text[self.at] not in ",]}\n#":
                self.at += 1

    def _members(self, path: Path, opening: str) -> None:
        number = 0
        while self._skip() and self.text[self.at] != _CLOSING[opening]:
            if opening == "{":
                self._pair(path)
            else:
                self._note((*path, number), self.at)
                self._value((*path, number))
                number += 1
        self.at += 1


def lines_of(text: str) -> Mapping[Path, int]:
    """Return the line, from 1, of every key path of a valid TOML document; elements of arrays are numbers from 0."""
    scan = _Scan(text)
    scan.document()
    return scan.found


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    r"""Return the line of a key path, or that of the nearest table above it; None where nothing of it is there.

    >>> line_of('a = 1\n[b]\nc = [\n  { d = 2 },\n]', ("b", "c", 0, "d"))
    4
    """
    found = lines_of(text)
    parts = tuple(path)
    while parts and parts not in found:
        parts = parts[:-1]
    return found.get(parts)
