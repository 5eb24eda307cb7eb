"""Texts in three languages, and the reading of TOML files with errors that name file and key."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError

from atlante.errors import InvalidDefinition

if TYPE_CHECKING:
    from pathlib import Path


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
        If the file is not TOML or not what the model asks for; names the first wrong key.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise InvalidDefinition(path, "file", exc.strerror or "can't be read") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise InvalidDefinition(path, "file", f"is not TOML: {exc}") from exc
    try:
        return model.model_validate({**content, **given})
    except ValidationError as exc:
        first = exc.errors()[0]
        raise InvalidDefinition(path, ".".join(map(str, first["loc"])) or "file", first["msg"]) from exc
