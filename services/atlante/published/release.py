"""A release and its collections, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from atlante.geometry import BBox

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

type Text = Mapping[str, str]  # by language: it, en, de
type FieldType = Literal["string", "integer", "number", "date"]


def in_language(text: Text, language: str) -> str:
    """Return a text in a language; in Italian where it has not been translated."""
    return text.get(language) or text["it"]


@dataclass(frozen=True, slots=True)
class Field:
    """One property of a collection's features."""

    name: str
    type: FieldType
    title: Text
    unit: str | None
    enum: tuple[str, ...] | None
    is_in_tiles: bool

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Return the field that an entry of ``publish.collection.fields`` describes."""
        enum = document.get("enum")
        return cls(
            name=document["name"],
            type=document["type"],
            title=document["title"],
            unit=document.get("unit"),
            enum=tuple(enum) if enum else None,
            is_in_tiles=bool(document.get("in_tiles")),
        )


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection of a release; the columns of ``publish.collection``."""

    collection_id: str
    kind: Literal["territories", "indicators", "observations", "history", "linkage-quality", "catalogue"]
    level: str
    title: Text
    description: Text
    keywords: tuple[str, ...]
    fields: Mapping[str, Field]
    bbox: BBox
    begins: date | None
    ends: date | None
    item_count: int
    has_tiles: bool

    @property
    def has_time(self) -> bool:
        """Whether ``datetime`` selects among its features."""
        return self.begins is not None

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> Self:
        """Return the collection of a row of the query ``collections``."""
        collection_id, kind, level, title, description, keywords, fields, bbox, *rest = row
        begins, ends, item_count, has_tiles = rest
        return cls(
            collection_id=collection_id,
            kind=kind,
            level=level,
            title=title,
            description=description,
            keywords=tuple(keywords),
            fields={field["name"]: Field.of(field) for field in fields},
            bbox=BBox(*bbox),
            begins=begins,
            ends=ends,
            item_count=item_count,
            has_tiles=has_tiles,
        )


@dataclass(frozen=True, slots=True)
class Release:
    """A published, immutable state of everything that the service answers."""

    release_id: str
    published_at: datetime
    reference_date: date
    vintage_id: str
    is_synthetic: bool
    sources: tuple[Mapping[str, Any], ...]
    collections: Mapping[str, Collection]

    @classmethod
    def of(cls, row: tuple[Any, ...], collections: Iterable[Collection]) -> Self:
        """Return the release of a row of the query ``current_release``, with its collections in order."""
        release_id, published_at, reference_date, vintage_id, is_synthetic, sources = row
        by_id = {collection.collection_id: collection for collection in collections}
        return cls(release_id, published_at, reference_date, vintage_id, is_synthetic, tuple(sources), by_id)

    @property
    def key(self) -> str:
        """What tells this state from every other, also from one that had the same id and was replaced."""
        return f"{self.release_id}@{self.published_at.timestamp():.6f}"
