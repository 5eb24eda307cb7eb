"""What is published: the collections of a release, from ``publication.toml``."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from atlante.catalogue.levels import Level
from atlante.catalogue.text import Definition, Text, read_definition

if TYPE_CHECKING:
    from pathlib import Path


class Kind(StrEnum):
    """What one feature of a collection is."""

    TERRITORIES = "territories"  # a territory, with its codes
    INDICATORS = "indicators"  # a territory, with the latest value of every indicator
    OBSERVATIONS = "observations"  # a territory, an indicator, a period


class CollectionDefinition(Definition):
    """One collection of a release; its id is made of kind and level."""

    kind: Kind
    level: Level
    tiles: bool
    title: Text
    description: Text

    @property
    def collection_id(self) -> str:
        """The id in the address: ``provinces``, ``indicators-provinces``."""
        return self.level.plural if self.kind is Kind.TERRITORIES else f"{self.kind}-{self.level.plural}"


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
