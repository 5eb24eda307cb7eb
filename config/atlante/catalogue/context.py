"""Context: what is known of territories and not of firms, from tables by municipality; one file each in ``context/``.

Two variables are always there: ``inhabitants`` and ``area_km2``, of the boundaries that a build is made with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

from pydantic import Field, field_validator

from atlante.catalogue.tables import Table, refuse
from atlante.catalogue.text import Text, read_definition
from atlante.errors import InvalidDefinition

if TYPE_CHECKING:
    from pathlib import Path

CONTEXT: Final = "context"
INHABITANTS: Final = "inhabitants"
AREA: Final = "area_km2"
ALWAYS_THERE: Final = (INHABITANTS, AREA)

VariableId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=48)]


class ContextVariable(Table):
    """One column of a context table: a number of each municipality that adds up over municipalities.

    Attributes
    ----------
    column
        Its header.
    title
        What it counts.
    unit
        Of the number.
    zero_where_zero
        A column: where a blank stands beside a 0 in it, the blank is 0. Any other blank is unknown.
    """

    column: str = Field(min_length=1)
    title: Text
    unit: str = Field(min_length=1)
    zero_where_zero: str | None = None


class ContextTable(Table):
    """How a table of the context is written.

    Attributes
    ----------
    id
        The file's name.
    code_column
        The header of the municipality's code.
    code
        What code that is; leading zeros of ISTAT codes may be missing.
    reference_dates
        Regular expressions with groups day, month and year that find the reference date in a file's name.
    unknown
        Texts that mean "not known", beside blanks.
    variables
        What is read of it, by id.
    """

    file_name_field: ClassVar[str | None] = "id"

    id: VariableId
    title: Text
    publisher: str
    licence: str
    encoding: Literal["latin-1", "cp1252", "utf-8"]
    delimiter: Annotated[str, Field(pattern=r"^[|,;\t]$")]
    code_column: str = Field(min_length=1)
    code: Literal["istat", "belfiore"]
    reference_dates: Annotated[tuple[str, ...], Field(min_length=1)]
    unknown: tuple[str, ...] = ()
    variables: Annotated[dict[VariableId, ContextVariable], Field(min_length=1)]

    @field_validator("variables")
    @classmethod
    def _are_others(cls, variables: dict[str, ContextVariable]) -> dict[str, ContextVariable]:
        for name in variables:
            if name in ALWAYS_THERE:
                raise refuse(f"{name!r} is that of the boundaries; give the variable another id", key=name)
        return variables


def load_context(catalogue_dir: Path, extra_dir: Path | None = None) -> dict[str, ContextTable]:
    """Return the context tables of ``context/*.toml`` of a catalogue, and of a user's folder beside it, by id.

    Raises
    ------
    InvalidDefinition
        If a file is not what it should be, or two files define one id or one variable; names file, line and key.
    """
    tables: dict[str, ContextTable] = {}
    owners: dict[str, Path] = {}
    for folder in filter(None, (catalogue_dir, extra_dir)):
        for path in sorted((folder / CONTEXT).glob("*.toml")):
            table = read_definition(path, ContextTable, id=path.stem)
            for name in (table.id, *table.variables):
                if name in owners:
                    raise InvalidDefinition(path, name, f"{owners[name]} defines {name!r} too; rename one of them")
            owners.update(dict.fromkeys((table.id, *table.variables), path))
            tables[table.id] = table
    return tables
