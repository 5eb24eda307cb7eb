"""What is published: the collections of a release, from ``publication.toml``."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from atlante.catalogue.levels import Level
from atlante.catalogue.tables import refuse
from atlante.catalogue.text import Definition, Text, read_definition

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from atlante.catalogue.groups import ActivityGroup


class Kind(StrEnum):
    """What one feature of a collection is."""

    TERRITORIES = "territories"  # a territory, with its codes
    INDICATORS = "indicators"  # a territory, with the latest value of every indicator
    OBSERVATIONS = "observations"  # a territory, an indicator, a period
    HISTORY = "history"  # a territory in a period in which it did not change
    LINKAGE_QUALITY = "linkage-quality"  # a territory, with how the firms there were placed
    CATALOGUE = "catalogue"  # a definition: an indicator, a filiera, a sector


_PROPOSAL = Text(it=" (proposta)", en=" (proposal)", de=" (Vorschlag)")


class CollectionDefinition(Definition):
    """One collection of a release; its id is made of kind and level.

    Attributes
    ----------
    each_filiera
        Whether it stands for as many collections as there are filiere, each with the indicators of that filiera.
    filiera
        The filiera that its indicators are of; '' is all firms. Never stated in a file: see :meth:`of_filiera`.
    """

    kind: Kind
    level: Level
    tiles: bool
    each_filiera: bool = False
    filiera: str = Field(default="", exclude=True)
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
            case Kind.CATALOGUE:
                return "catalogue"
            case _:
                collection_id = f"{self.kind}-{self.level.plural}"
                return f"{collection_id}-{self.filiera}" if self.filiera else collection_id

    def of_filiera(self, filiera: ActivityGroup) -> CollectionDefinition:
        """Return the collection of one filiera: its title is added, and that it is a proposal where it is one."""

        def added(text: Text, marks: Text) -> Text:
            titles, words = filiera.title.as_dict(), marks.as_dict()
            return Text(
                **{
                    language: f"{said} – {titles[language]}{words[language] if filiera.is_proposal else ''}"
                    for language, said in text.as_dict().items()
                }
            )

        update = {
            "filiera": filiera.id,
            "title": added(self.title, _PROPOSAL),
            "description": added(self.description, _PROPOSAL),
        }
        return self.model_copy(update=update)

    @model_validator(mode="after")
    def _exists(self) -> Self:
        if self.kind is Kind.HISTORY and (self.tiles or self.level is Level.COUNTRY):
            raise refuse("history has no tiles, and none is kept of the country: tiles = false, another level")
        if self.kind is Kind.CATALOGUE and (self.tiles or self.level is not Level.COUNTRY):
            raise refuse("the catalogue has no geometry: tiles = false, level = 'country'")
        if self.each_filiera and self.kind is not Kind.INDICATORS:
            raise refuse("only indicators are published of each filiera: leave out each_filiera")
        if self.filiera and not self.each_filiera:
            raise refuse("a collection of one filiera is not stated; give each_filiera = true for all of them")
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
    tiles_indicators
        Ids of the indicators that vector tiles carry, value and status; none: all of them.
    keep_releases
        Releases that stay in the database, the current one among them.
    """

    threshold: Annotated[int, Field(ge=3)]
    pool: Annotated[int, Field(ge=3)]
    decoy_share: Annotated[float, Field(ge=0, le=1)]
    keep_releases: Annotated[int, Field(ge=1)]
    keywords: tuple[str, ...]
    tiles_indicators: tuple[str, ...] = ()
    collection: Annotated[tuple[CollectionDefinition, ...], Field(min_length=1)]

    def collections(self, filiere: Iterable[ActivityGroup]) -> tuple[CollectionDefinition, ...]:
        """Return the collections in order, one for every filiera where a definition is of each."""
        groups = tuple(filiere)
        return tuple(
            one
            for each in self.collection
            for one in ([each.of_filiera(group) for group in groups] if each.each_filiera else [each])
        )


def load_publication(catalogue_dir: Path) -> Publication:
    """Return the publication of a catalogue.

    Raises
    ------
    InvalidDefinition
        If ``publication.toml`` is wrong; names the key.
    """
    return read_definition(catalogue_dir / "publication.toml", Publication)
