"""Tables of the catalogue's files, and how they refuse what can't be."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from atlante.catalogue.docstrings import describe
from atlante.catalogue.text import Definition

if TYPE_CHECKING:
    from collections.abc import Iterable


class Table(Definition):
    """A table whose unknown keys are answered with the known ones. Its docstring describes it in the JSON Schema.

    Attributes
    ----------
    file_name_field
        The field that is the file's name, and no key of the table; None: the table is not a whole file.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra=describe)
    file_name_field: ClassVar[str | None] = None

    @model_validator(mode="before")
    @classmethod
    def _known_keys_only(cls, table: object) -> object:
        keys = {name: field.alias or name for name, field in cls.model_fields.items()}
        given = keys.pop(cls.file_name_field or "", None)
        for key in table if isinstance(table, dict) else ():
            if key != given and key not in keys.values():
                raise refuse(f"there is no key {key!r} here; known are {quoted(keys.values())}", key=str(key))
        return table


def refuse(problem: str, *, key: str = "") -> PydanticCustomError:
    """Return an error whose message is the problem alone, at the key that is being validated, or at one below it."""
    return PydanticCustomError("catalogue", "{problem}", {"problem": problem, "key": key})


def quoted(words: Iterable[object]) -> str:
    """Return words as a list to choose from, written as in TOML."""
    return ", ".join(repr(word).lower() if isinstance(word, bool) else repr(word) for word in words)
