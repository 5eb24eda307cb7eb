"""Lists that claim to be whole and lack many municipalities: of a region, or cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlante.errors import PartialList
from atlante.territories.documents.model import DocumentKind
from atlante.territories.history.days import day_number
from atlante.territories.history.resolving import existing_on

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from atlante.territories.documents.model import Document

MOST_LACKING_SHARE: Final = 0.05
"""So large a part of the municipalities of the day before a list may lack; between 2008 and 2026 it was 4 in 100."""

_MOST_LACKING: Final = 10  # so many it may lack in any case: of a few municipalities a few are a large part
_LISTS: Final = (DocumentKind.ISTAT_LIST, DocumentKind.UNIFIED_CODES)


def require_whole_lists(documents: Sequence[Document], document_ids: Collection[str]) -> None:
    """Raise if one of some lists lacks more than :data:`MOST_LACKING_SHARE` of the municipalities of the day before.

    They are those that existed according to all documents but these lists; where these tell of none, those of the list
    of the nearest other day.

    Parameters
    ----------
    documents
        All that are loaded, those of ``document_ids`` among them.

    Raises
    ------
    PartialList
        With how many it lacks, and examples.
    """
    doubted = [each for each in documents if each.document_id in document_ids and is_whole_list(each)]
    if not doubted:
        return
    others = [each for each in documents if each.document_id not in {one.document_id for one in doubted}]
    existing = existing_on(others, [day_number(each.as_of) - 1 for each in doubted])
    for one, told in zip(doubted, existing, strict=True):
        codes, by_whom = (
            (told, "existed on the day before by the other documents") if told else _nearest(one, documents)
        )
        lacking = sorted(codes - _codes(one))
        if len(lacking) > max(_MOST_LACKING, MOST_LACKING_SHARE * len(codes)):
            raise PartialList(one.document_id, _named(lacking, documents), len(codes), by_whom)


def is_whole_list(document: Document) -> bool:
    """Return whether a document is a list of one day and says that who is not in it did not exist."""
    return document.is_complete and document.kind in _LISTS


def _nearest(one: Document, documents: Sequence[Document]) -> tuple[set[str], str]:
    """Return the municipalities of the list of the nearest other day, none where there is no other."""
    others = [each for each in documents if is_whole_list(each) and each.as_of != one.as_of]
    if not others:
        return set(), ""
    nearest = min(others, key=lambda each: (abs((each.as_of - one.as_of).days), each.document_id))
    return _codes(nearest), f"{nearest.document_id} has"


def _codes(document: Document) -> set[str]:
    return set(document.statements["municipality_code"])


def _named(codes: Sequence[str], documents: Sequence[Document]) -> list[str]:
    """Return codes with the first name that a document has for each."""
    names: dict[str, str] = {}
    for document in documents:
        said = document.statements[["municipality_code", "name_it"]].dropna()
        names |= dict(zip(said["municipality_code"], said["name_it"], strict=True))
    return [f"{names[code]} ({code})" if code in names else code for code in codes]
