"""Texts in three languages, and the reading of TOML files with errors that name file, line and key."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError

from atlante.catalogue.lines import line_of
from atlante.errors import InvalidDefinition

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails


class Definition(BaseModel):
    """A table of a TOML file: unknown keys are errors, values don't change."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")


class Text(Definition):
    """One text in Italian, English and German."""

    it: str
    en: str
    de: str

    def as_dict(self) -> dict[str, str]:
        """Return the texts by language."""
        return {"it": self.it, "en": self.en, "de": self.de}


def read_definition[D: BaseModel](path: Path, model: type[D], **given: Any) -> D:  # noqa: ANN401 - fields of the model
    """Read a TOML file into a model.

    Parameters
    ----------
    given
        Fields that the file does not state itself, such as an id that is the file's name.

    Raises
    ------
    InvalidDefinition
        If the file is not TOML or not what the model asks for; names the first wrong key and its line.
    """
    definition, problems = inspect_definition(path, model, **given)
    if definition is None:
        raise problems[0]
    return definition


def inspect_definition[D: BaseModel](
    path: Path,
    model: type[D],
    **given: Any,  # noqa: ANN401 - fields of the model
) -> tuple[D | None, list[InvalidDefinition]]:
    """Return what a TOML file defines; None where it can't be, with everything that is wrong.

    Raises
    ------
    InvalidDefinition
        If it can't be read, or is not TOML.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except OSError as exc:
        raise InvalidDefinition(path, "file", exc.strerror or "can't be read") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise InvalidDefinition(path, "file", f"is not TOML: {exc}", line=getattr(exc, "lineno", None)) from exc
    try:
        return model.model_validate({**content, **given}), []
    except ValidationError as exc:
        return None, [_invalid(path, text, error) for error in exc.errors()]


def misplaced(path: Path, location: tuple[str | int, ...], problem: str) -> InvalidDefinition:
    """Return the error of a key of a file that can be read: it does not fit what other files say."""
    line = line_of(path.read_text(encoding="utf-8"), location)
    return InvalidDefinition(path, ".".join(map(str, location)), problem, line=line)


def _invalid(path: Path, text: str, error: ErrorDetails) -> InvalidDefinition:
    """Return the error of a key; a validator of a whole table may name the key below it."""
    below = str(error.get("ctx", {}).get("key", ""))
    location = (*error["loc"], *(below.split(".") if below else ()))
    key = ".".join(map(str, location)) or "file"
    return InvalidDefinition(path, key, error["msg"], line=line_of(text, location))
