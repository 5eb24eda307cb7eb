"""Markdown for the reference pages."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


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
