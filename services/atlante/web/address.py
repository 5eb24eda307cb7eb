"""The state of the page is its address: what is shown, for whom, in which order. Every link is made here."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from atlante.catalogue.levels import Level
from atlante.web.texts import LANGUAGES, Language

if TYPE_CHECKING:
    from collections.abc import Mapping

type Column = Literal["name", "value", "firms", "status"]
type Order = Literal["asc", "desc"]

_COLUMNS: tuple[str, ...] = get_args(Column.__value__)
_ORDERS: tuple[str, ...] = get_args(Order.__value__)
_LONGEST_TEXT = 100  # nobody types a longer name; whoever sends one gets no long answer


@dataclass(frozen=True, slots=True)
class Address:
    """What a request asks for. The defaults are what ``/`` shows, and are left out of links.

    Attributes
    ----------
    indicator
        An indicator's id; empty: the first that is published.
    territory
        The code of the selected territory; empty: none.
    q
        Part of a name; the table shows only territories that have it.
    page
        Page of the table, from 1.
    """

    lang: Language = "it"
    level: Level = Level.PROVINCE
    indicator: str = ""
    territory: str = ""
    sort: Column = "value"
    order: Order = "desc"
    q: str = ""
    page: int = 1

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Address:
        """Return the address that some query parameters make; what is not understood counts as not given."""
        default = cls()
        page = query.get("page", "")
        return cls(
            lang=cast("Language", _one_of(LANGUAGES, query.get("lang"), default.lang)),
            level=Level(_one_of(Level, query.get("level"), default.level)),
            indicator=query.get("indicator", "")[:_LONGEST_TEXT],
            territory=query.get("territory", "")[:_LONGEST_TEXT],
            sort=cast("Column", _one_of(_COLUMNS, query.get("sort"), default.sort)),
            order=cast("Order", _one_of(_ORDERS, query.get("order"), default.order)),
            q=query.get("q", "").strip()[:_LONGEST_TEXT],
            page=int(page) if page.isdecimal() and 0 < len(page) < len("100000") else default.page,
        )

    def parameters(self, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - of the types of the fields
        """Return the query parameters of this address with some changes, without the defaults."""
        changed, default = replace(self, **changes), Address()
        names = [field.name for field in fields(self)]
        return {name: getattr(changed, name) for name in names if getattr(changed, name) != getattr(default, name)}

    def sorted_by(self, column: Column) -> dict[str, Any]:
        """Return the parameters of a heading's link: sort by it, or the other way round if it is sorted already."""
        first: Order = "asc" if column in {"name", "status"} else "desc"
        other: Order = "desc" if self.order == "asc" else "asc"
        return self.parameters(sort=column, order=other if self.sort == column else first, page=1)


def _one_of(allowed: Any, asked: str | None, default: str) -> str:  # noqa: ANN401 - any collection of strings
    return asked if asked is not None and asked in tuple(allowed) else default
