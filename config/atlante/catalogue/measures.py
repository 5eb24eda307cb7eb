"""Measures: what is counted or summed over firms, once for all indicators that need it. Data, never SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from pydantic import ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from atlante.catalogue.docstrings import describe
from atlante.catalogue.expressions import ALL, Expression
from atlante.catalogue.text import Definition

if TYPE_CHECKING:
    from collections.abc import Iterable

type Population = Literal["stock", "previous", "entries", "exits"]

_NAMES: Final[dict[Population, str]] = {
    "stock": "firms",
    "previous": "firms of the previous reference date",
    "entries": "firms that entered since the previous reference date",
    "exits": "firms that left since the previous reference date",
}


def refuse(problem: str, *, key: str = "") -> PydanticCustomError:
    """Return an error whose message is the problem alone, at the key that is being validated, or at one below it."""
    return PydanticCustomError("catalogue", "{problem}", {"problem": problem, "key": key})


def quoted(words: Iterable[object]) -> str:
    """Return words as a list to choose from, written as in TOML."""
    return ", ".join(repr(word).lower() if isinstance(word, bool) else repr(word) for word in words)


class Table(Definition):
    """A table whose unknown keys are answered with the known ones. Its docstring describes it in the JSON Schema."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra=describe)

    @model_validator(mode="before")
    @classmethod
    def _known_keys_only(cls, table: object) -> object:
        known = [field.alias or name for name, field in cls.model_fields.items() if name != "id"]
        if isinstance(table, dict):
            for key in table:
                if key not in (*known, "id"):
                    raise refuse(f"there is no key {key!r} here; known are {quoted(known)}")
        return table


@dataclass(frozen=True, slots=True)
class Measure:
    """A count of firms, or the sums of a number over them.

    Attributes
    ----------
    where
        The condition that holds. Firms of which it is unknown are not among them.
    of
        Which firms: of the reference date (``stock``), of the source's reference date before it (``previous``), those
        that entered or left between the two.
    value
        None: the firms are counted. A number: of the firms of which it is known, their count, the sum of it and the sum
        of its squares are taken.
    """

    where: Expression = ALL
    of: Population = "stock"
    value: Expression | None = None

    @property
    def id(self) -> str:
        """Its meaning in words: equal measures have one id, and are counted once."""
        words = _NAMES[self.of] if self.where.is_all else f"{_NAMES[self.of]} where {self.where}"
        return words if self.value is None else f"{self.value} of {words}"

    def readable_sql(self) -> str:
        """Return its SQL with values written out, for people; it is never run: the catalogue is counted in one pass."""
        number = self.value.readable_sql() if self.value else None
        selected = f"count({number}), sum({number}), sum(({number}) ^ 2)" if number else "count(*)"
        where = "" if self.where.is_all else f" WHERE {self.where.readable_sql()}"
        return f"SELECT {selected} FROM {self.of}{where}"  # noqa: S608 - for people to read

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the register that it reads."""
        return self.where.columns | (self.value.columns if self.value else frozenset())

    @property
    def sectors(self) -> frozenset[str]:
        """The sectors that it asks for."""
        return self.where.sectors | (self.value.sectors if self.value else frozenset())


ALL_FIRMS: Final = Measure()
