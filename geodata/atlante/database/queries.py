"""Named queries: SQL text lives in ``.sql`` files beside the module that runs it.

A file holds queries that begin with a line ``-- name: query_name``; the lines that follow say ``-- grain:`` and, where
it matters, ``-- unit:`` and ``-- source:``. Parameters are written ``%(name)s``.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


class Queries:
    """The queries of one part, by name: ``queries["firms_of_day"]``."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    def __getitem__(self, name: str) -> sql.SQL:
        return sql.SQL(self._texts[name])  # read from our own package, never from input

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def text(self, name: str) -> str:
        """Return a query's text."""
        return self._texts[name]


def load_queries(package: str) -> Queries:
    """Return all named queries of the ``.sql`` files of a package.

    Raises
    ------
    ValueError
        If two queries have one name, or text stands before the first name.
    """
    texts: dict[str, str] = {}
    for file in sorted(files(package).iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".sql"):
            continue
        head, *parts = _NAME.split(file.read_text(encoding="utf-8"))
        if any(line and not line.startswith("--") for line in head.splitlines()):
            raise ValueError(f"{package}/{file.name}: SQL before the first '-- name:'")
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            if name in texts:
                raise ValueError(f"{package}/{file.name}: a second query {name!r}")
            texts[name] = text.strip().removesuffix(";")
    return Queries(texts)
