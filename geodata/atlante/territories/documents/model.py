"""What every document about territories is read into: statements and events, as the document says them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

ATTRIBUTES = (
    "istat_code",
    "name",
    "name_it",
    "name_other",
    "name_transliterated",
    "sigla",
    "province_code",
    "province",
    "region_code",
    "region",
    "nuts3_2021",
    "nuts3_2024",
)
"""What a municipality has for a time; all but the names may be unknown (null)."""

STATEMENT_COLUMNS = ("municipality_code", "valid_from", "valid_to", *ATTRIBUTES, "population", "area_km2")
"""A municipality (Belfiore code) in a period: text, dates as datetime64[s], ``valid_to`` exclusive; null: not said."""

EVENT_STATEMENT_COLUMNS = (
    "event_date",
    "kind",
    "old_municipality_code",
    "old_istat_code",
    "old_name",
    "new_municipality_code",
    "new_istat_code",
    "new_name",
    "is_partial",
    "note",
)
"""One event between an old and a new municipality; null where the document does not say."""


class DocumentKind(StrEnum):
    """Kinds of documents, from the one that is believed most to the one that is believed least."""

    DECLARED = "declared"  # facts with their sources, shipped or given by the user
    ISTAT_LIST = "istat-list"
    ISTAT_SUPPRESSED = "istat-suppressed"
    BOUNDARIES = "boundaries"  # the labels of a boundary vintage
    UNIFIED_CODES = "unified-codes"  # the ministry's list of ISTAT, Belfiore and electoral codes
    ANPR = "anpr-archive"
    CODICE_FISCALE = "codicefiscale"  # the archive of the PyPI package python-codicefiscale


PRECEDENCE = tuple(DocumentKind)
"""Of two documents that disagree, the one whose kind comes first is taken; of one kind, the later one."""


class EventKind(StrEnum):
    """What happened to a municipality."""

    MERGER = "merger"  # several ceased, a new one began
    INCORPORATION = "incorporation"  # it ceased; another one, which exists on, took it in
    SPLIT = "split"  # it ceased or shrank; what is new was made of it
    CESSION = "cession"  # a part went to another one that existed
    ESTABLISHMENT = "establishment"  # it began; what it was made of is not known
    SUPPRESSION = "suppression"  # it ceased; what became of it is not known
    ABROAD = "abroad"  # it left the country
    PROVINCE = "province change"
    REGION = "region change"
    RENAMING = "renaming"
    RECODING = "recoding"


@dataclass(frozen=True, slots=True)
class Document:
    """One document.

    Attributes
    ----------
    as_of
        The last day that it speaks of: a later one it can't contradict.
    is_snapshot
        Whether it says how things were on ``as_of`` alone.
    sha256
        Of every byte that was read.
    statements
        Columns :data:`STATEMENT_COLUMNS`; may be empty.
    events
        Columns :data:`EVENT_STATEMENT_COLUMNS`; may be empty.
    skipped
        What it says and neither a statement nor an event can hold, and what was mended: a sentence each, for people.
    is_complete
        Whether it has all municipalities, as lists and archives do unless they are said to be partial: who is not in it
        did not exist.
    """

    kind: DocumentKind
    as_of: date
    is_snapshot: bool
    source: str
    licence: str
    sha256: str
    statements: pd.DataFrame
    events: pd.DataFrame
    skipped: tuple[str, ...] = ()
    is_complete: bool = True

    @property
    def document_id(self) -> str:
        """Return kind, day and the first digits of the bytes' digest."""
        return f"{self.kind}-{self.as_of}-{self.sha256[:8]}"
