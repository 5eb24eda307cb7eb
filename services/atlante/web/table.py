"""The table below the map: filtered by name, sorted by a column, cut into pages. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from atlante.web.layer import STATUSES, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlante.web.address import Address, Column

ROWS_PER_PAGE = 200


@dataclass(frozen=True, slots=True)
class Table:
    """One page of rows.

    Attributes
    ----------
    first, last
        Positions of the shown rows among those that match, from 1; both 0 where none does.
    count
        Rows that match.
    """

    rows: tuple[Place, ...]
    page: int
    pages: int
    first: int
    last: int
    count: int


def table_of(places: Sequence[Place], address: Address) -> Table:
    """Return the rows that an address asks for; a page beyond the last is the last."""
    wanted = fold(address.q)
    found = [place for place in places if wanted in fold(place.name)]
    ordered = sort_places(found, address.sort, descending=address.order == "desc")
    pages = max(1, -(-len(ordered) // ROWS_PER_PAGE))
    page = min(address.page, pages)
    begin = (page - 1) * ROWS_PER_PAGE
    rows = tuple(ordered[begin : begin + ROWS_PER_PAGE])
    return Table(rows, page, pages, begin + 1 if rows else 0, begin + len(rows), len(ordered))


def sort_places(places: Sequence[Place], column: Column, *, descending: bool) -> list[Place]:
    """Return territories in the order of a column; missing values come last either way, ties go by name and code."""
    by_name = sorted(places, key=lambda place: (fold(place.name), place.code))
    if column == "name":
        return by_name[::-1] if descending else by_name
    if column == "status":
        return sorted(by_name, key=lambda place: STATUSES.index(place.status), reverse=descending)
    present = [place for place in by_name if getattr(place, column) is not None]
    missing = [place for place in by_name if getattr(place, column) is None]
    return sorted(present, key=attrgetter(column), reverse=descending) + missing


def fold(text: str) -> str:
    """Return a text without case and accents, for finding and sorting: ``Forlì`` is found by ``forli``."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
