"""One field of a collection, as queryables, schema, tiles, page and QGIS files read it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

type FieldType = Literal["string", "integer", "number", "date"]


@dataclass(frozen=True, slots=True)
class Field:
    """One property of the features of a collection.

    Attributes
    ----------
    title
        In Italian, English and German.
    unit
        Unit of measure; None for codes and names.
    enum
        All values that can occur; None where they are not a short list.
    in_tiles
        Whether vector tiles carry it.
    """

    name: str
    type: FieldType
    title: dict[str, str]
    unit: str | None = None
    enum: tuple[str, ...] | None = None
    in_tiles: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the field as it is stored in ``publish.collection.fields``."""
        return asdict(self)


def text(it: str, en: str, de: str) -> dict[str, str]:
    """Return a title in three languages."""
    return {"it": it, "en": en, "de": de}
