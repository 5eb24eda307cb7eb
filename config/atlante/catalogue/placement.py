"""How registers name places: ``placement/*.toml``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints

from atlante.catalogue.text import Definition, read_definition

if TYPE_CHECKING:
    from pathlib import Path

type Sigla = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
type BelfioreCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{3}$")]
type CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
type StateCode = Annotated[str, StringConstraints(pattern=r"^Z[0-9]{3}$")]
type Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class DeclaredProvince(Definition):
    """A province code of a register, and the provinces (by sigla) that it may mean besides its own.

    Attributes
    ----------
    kind
        ``chamber``: the district of that chamber of commerce reaches into those provinces, and nothing disagrees;
        ``former``: it was or became a province where those are, which is weaker evidence and kept as a disagreement;
        ``spelling``: another way of writing the one province.
    """

    code: Words
    sigle: tuple[Sigla, ...]
    kind: Literal["chamber", "former", "spelling"] = "chamber"
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
    """Seats abroad: province codes that say so, and names.

    Attributes
    ----------
    places
        By country, as whole words of what is declared.
    states
        By the state's code in the Belfiore list, as the whole of what is declared.
    """

    provinces: tuple[Words, ...]
    places: dict[CountryCode, tuple[Words, ...]]
    states: dict[StateCode, tuple[Words, ...]] = Field(default_factory=dict)


class Evidence(Definition):
    """How far evidence reaches.

    Attributes
    ----------
    tolerance_m
        A point outside every municipality belongs to the nearest one within this distance.
    names_remembered_years
        So long a name that was given up counts as much as one in use, where no province is declared beside it.
    """

    tolerance_m: Annotated[float, Field(ge=0)] = 2_000
    names_remembered_years: Annotated[int, Field(ge=0, le=200)] = 25


class PlacementRules(Definition):
    """Everything that is known of the names that registers use, each with its reason."""

    provinces: tuple[DeclaredProvince, ...]
    aliases: tuple[Alias, ...]
    foreign: ForeignPlaces
    evidence: Evidence = Evidence()


class _Provinces(Definition):
    provinces: tuple[DeclaredProvince, ...]


class _Aliases(Definition):
    aliases: tuple[Alias, ...]


def load_placement_rules(catalogue_dir: Path) -> PlacementRules:
    """Return the rules of ``placement/``: ``provinces``, ``aliases*``, ``foreign`` and ``evidence.toml``.

    Every file whose name begins with ``aliases`` counts: your own stand beside those that come with Atlante.

    Raises
    ------
    InvalidDefinition
        If a file is missing or says something that can't be; names file and key.
    """
    folder = catalogue_dir / "placement"
    return PlacementRules(
        provinces=read_definition(folder / "provinces.toml", _Provinces).provinces,
        aliases=load_aliases(catalogue_dir),
        foreign=read_definition(folder / "foreign.toml", ForeignPlaces),
        evidence=read_definition(folder / "evidence.toml", Evidence),
    )


def load_aliases(catalogue_dir: Path) -> tuple[Alias, ...]:
    """Return the aliases of ``placement/aliases*.toml``.

    Raises
    ------
    InvalidDefinition
        If a file is missing or says something that can't be; names file and key.
    """
    folder = catalogue_dir / "placement"
    files = sorted({folder / "aliases.toml", *folder.glob("aliases*.toml")})
    return tuple(alias for file in files for alias in read_definition(file, _Aliases).aliases)
