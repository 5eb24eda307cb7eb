"""What is published: the collections of a release, from ``publication.toml``."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from atlante.catalogue.levels import Level
from atlante.catalogue.measures import refuse
from atlante.catalogue.text import Definition, Text, read_definition

if TYPE_CHECKING:
    from pathlib import Path


class Kind(StrEnum):
    """What one feature of a collection is."""

    TERRITORIES = "territories"  # a territory, with its codes
    INDICATORS = "indicators"  # a territory, with the latest value of every indicator
    OBSERVATIONS = "observations"  # a territory, an indicator, a period
    HISTORY = "history"  # a territory in a period in which it did not change
    LINKAGE_QUALITY = "linkage-quality"  # a territory, with how the firms there were placed


class CollectionDefinition(Definition):
    """One collection of a release; its id is made of kind and level."""

    kind: Kind
    level: Level
    tiles: bool
    title: Text
    description: Text

    @property
    def collection_id(self) -> str:
        """The id in the address: ``provinces``, ``provinces-history``, ``indicators-provinces``."""
        match self.kind:
            case Kind.TERRITORIES:
                return self.level.plural
            case Kind.HISTORY:
                return f"{self.level.plural}-history"
            case _:
                return f"{self.kind}-{self.level.plural}"

    @model_validator(mode="after")
    def _exists(self) -> Self:
        if self.kind is Kind.HISTORY and (self.tiles or self.level is Level.COUNTRY):
            raise refuse("history has no tiles, and none is kept of the country: tiles = false, another level")
        return self


class Publication(Definition):
    """The collections in the order in which they are listed, and what they have in common.

    Attributes
    ----------
    threshold
        Smallest number of firms that a protected value may rest on.
    pool
        Smallest number of firms that the withheld values below a published one rest on together.
    decoy_share
        Share of the published values with withheld ones below them that lose one more, so that losing one says little.
    keep_releases
        Releases that stay in the database, the current one among them.
    """

    threshold: Annotated[int, Field(ge=3)]
    pool: Annotated[int, Field(ge=3)]
    decoy_share: Annotated[float, Field(ge=0, le=1)]
    keep_releases: Annotated[int, Field(ge=1)]
    keywords: tuple[str, ...]
    collection: Annotated[tuple[CollectionDefinition, ...], Field(min_length=1)]


def load_publication(catalogue_dir: Path) -> Publication:
    """Return the publication of a catalogue.

    Raises
    ------
    InvalidDefinition
        If ``publication.toml`` is wrong; names the key.
    """
    return read_definition(catalogue_dir / "publication.toml", Publication)
