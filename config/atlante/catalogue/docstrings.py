"""Docstrings of models as descriptions in their JSON Schema, so that editors tell what a key means."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel

_SECTION = re.compile(r"^(\w+)\n-+$", re.MULTILINE)
_MARKUP = re.compile(r":\w+:`~?([^`]*)`|``([^`]*)``")


def describe(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Write the docstring of a model into its schema: the text before its sections, and the lines on each attribute."""
    head, attributes = read_docstring(inspect.getdoc(model) or "")
    schema["description"] = head
    for name, field in model.model_fields.items():
        described = schema.get("properties", {}).get(field.alias or name)
        if described is not None and name in attributes:
            described["description"] = attributes[name]


def read_docstring(text: str) -> tuple[str, dict[str, str]]:
    """Return what stands before the sections of a docstring in numpydoc's style, and its attributes.

    >>> read_docstring('''A table.
    ...
    ... Attributes
    ... ----------
    ... low, high
    ...     Bounds.
    ... ''')
    ('A table.', {'low': 'Bounds.', 'high': 'Bounds.'})
    """
    head, *rest = _SECTION.split(text)
    attributes = {}
    for section, content in zip(rest[::2], rest[1::2], strict=True):
        if section == "Attributes":
            for names, meaning in re.findall(r"^(\S[^\n]*)\n((?:[ \t]+[^\n]*\n?)+)", content, re.MULTILINE):
                attributes.update({name.strip(): _flat(meaning) for name in names.split(",")})
    return _flat(head), attributes


def _flat(text: str) -> str:
    return _MARKUP.sub(lambda found: found[1] or found[2], " ".join(text.split()))
