"""Measures: what is counted or summed over firms, once for all indicators that need it. Data, never SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from atlante.catalogue.expressions import ALL, Expression

type Population = Literal["stock", "previous", "entries", "exits"]

_NAMES: Final[dict[Population, str]] = {
    "stock": "firms",
    "previous": "firms of the previous reference date",
    "entries": "firms that entered since the previous reference date",
    "exits": "firms that left since the previous reference date",
}


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
