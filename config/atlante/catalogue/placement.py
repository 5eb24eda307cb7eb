"""How registers name places: ``placement/*.toml``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import StringConstraints

from atlante.catalogue.text import Definition, read_definition

if TYPE_CHECKING:
    from pathlib import Path

type Sigla = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
type BelfioreCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{3}$")]
type CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
type Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class DeclaredProvince(Definition):
    """A province code of a register, and the provinces (by sigla) that it may mean besides its own."""

    code: Words
    sigle: tuple[Sigla, ...]
    why: Words


class Alias(Definition):
    """A name of a municipality that its names in the boundaries don't show.

    With a province it counts only where that province is declared, which need not be today's.
    """

    name: Words
    province: Sigla | None = None
    municipality_code: BelfioreCode
    why: Words
    source: Words


class ForeignPlaces(Definition):
    """Seats abroad: province codes that say so, and places by country."""

    provinces: tuple[Words, ...]
    places: dict[CountryCode, tuple[Words, ...]]


class PlacementRules(Definition):
    """Everything that is known of the names that registers use, each with its reason."""

    provinces: tuple[DeclaredProvince, ...]
    aliases: tuple[Alias, ...]
    foreign: ForeignPlaces


class _Provinces(Definition):
    provinces: tuple[DeclaredProvince, ...]


class _Aliases(Definition):
    aliases: tuple[Alias, ...]


def load_placement_rules(catalogue_dir: Path) -> PlacementRules:
    """Return the rules of ``placement/provinces.toml``, ``aliases.toml`` and ``foreign.toml``.

    Raises
    ------
    InvalidDefinition
        If a file is missing or says something that can't be; names file and key.
    """
    folder = catalogue_dir / "placement"
    return PlacementRules(
        provinces=read_definition(folder / "provinces.toml", _Provinces).provinces,
        aliases=read_definition(folder / "aliases.toml", _Aliases).aliases,
        foreign=read_definition(folder / "foreign.toml", ForeignPlaces),
    )
