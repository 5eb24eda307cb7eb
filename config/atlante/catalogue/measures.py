"""Measures: counts of firms under conditions. Conditions are data of the catalogue, never SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from atlante.catalogue.columns import COLUMNS
from atlante.catalogue.text import Definition

if TYPE_CHECKING:
    from collections.abc import Iterable


def refuse(problem: str) -> PydanticCustomError:
    """Return an error whose message is the problem alone, at the key that is being validated."""
    return PydanticCustomError("catalogue", "{problem}", {"problem": problem})


def quoted(words: Iterable[object]) -> str:
    """Return words as a list to choose from, written as in TOML."""
    return ", ".join(repr(word).lower() if isinstance(word, bool) else repr(word) for word in words)


class Table(Definition):
    """A table whose unknown keys are answered with the known ones."""

    @model_validator(mode="before")
    @classmethod
    def _known_keys_only(cls, table: object) -> object:
        known = [field.alias or name for name, field in cls.model_fields.items() if name != "id"]
        if isinstance(table, dict):
            for key in table:
                if key not in (*known, "id"):
                    raise refuse(f"there is no key {key!r} here; known are {quoted(known)}")
        return table


class Predicate(Table):
    """A condition on one column of a firm: its value is one of those given. Of an unknown value it is unknown.

    Attributes
    ----------
    column
        A column of ``register.firm`` that may be measured (:data:`atlante.catalogue.columns.COLUMNS`).
    values
        In TOML the key ``is``: true or false of a flag, a list of words of a text.
    """

    column: str
    values: tuple[bool | str, ...] = Field(alias="is")

    @field_validator("column")
    @classmethod
    def _is_measurable(cls, column: str) -> str:
        if column not in COLUMNS:
            raise refuse(f"{column!r} can't be measured; measurable columns are {quoted(COLUMNS)}")
        return column

    @field_validator("values", mode="before")
    @classmethod
    def _are_possible(cls, given: object, info: ValidationInfo) -> tuple[bool | str, ...]:
        if "column" not in info.data:
            return ()  # the column is wrong and has been reported
        values = tuple(given) if isinstance(given, list) else (given,)
        possible = COLUMNS[info.data["column"]].values
        accepted = tuple(value for value in values if isinstance(value, bool | str) and value != "")
        for value in values:
            if value not in accepted or (possible is not None and value not in possible):
                expected = "words" if possible is None else quoted(possible)
                raise refuse(f"{value!r} is not a value of {info.data['column']}; expected {expected}")
        if not values or len(set(values)) < len(values):
            raise refuse("expected one value or more, each once")
        return accepted

    def __str__(self) -> str:
        return f"{self.column} is {' or '.join(sorted(str(value).lower() for value in self.values))}"


@dataclass(frozen=True, slots=True)
class Measure:
    """A count of firms: those that fulfil ``where`` and for which it is unknown whether they fulfil ``unknown``.

    Attributes
    ----------
    where
        Conditions, all of which hold.
    unknown
        Conditions whose conjunction is unknown; empty: nothing is asked.
    """

    where: tuple[Predicate, ...] = ()
    unknown: tuple[Predicate, ...] = ()

    @property
    def id(self) -> str:
        """Its meaning in words: equal measures have one id, and are counted once."""
        words = "firms"
        if self.where:
            words += " where " + " and ".join(sorted(set(map(str, self.where))))
        if self.unknown:
            words += "; unknown whether " + " and ".join(sorted(set(map(str, self.unknown))))
        return words


ALL_FIRMS = Measure()
