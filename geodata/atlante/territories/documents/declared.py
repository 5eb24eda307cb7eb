"""Facts about territories that someone declares, each with its source: ``declared.toml`` beside this module, or yours.

The file has three tables, all of them optional::

    [[events]]                   # what happened to municipalities
    date = 2024-01-01            # the first day on which it was so
    kind = "merger"              # merger, incorporation, split, cession, establishment, suppression, abroad, renaming …
    old = [{ code = "H521", name = "Ronago", istat_code = "013199" }, { code = "L487", name = "Uggiate-Trevano" }]
    new = [{ code = "M435", name = "Uggiate con Ronago" }]
    source = "Regione Lombardia, L.R. 9/2023"
    note = "…"                   # optional
    ground_of = ["B273"]         # optional, of a part: the earlier municipalities that had it before the old one did

    [[recodings]]                # the day since when a region's codes of provinces and municipalities are others
    region_code = "20"
    date = 2026-01-01
    source = "https://www.istat.it/it/archivio/6789"

    [[statements]]               # what a municipality was called or belonged to in a period
    code = "L599"
    valid_from = 2026-05-01      # and valid_to, the first day after; one of them is enough
    name = "Vallecrosia al Mare" # and any other column of a statement
    source = "…"

Every old municipality of an event is joined with every new one. The ISTAT code of one that comes of it is taken where
no document states one. A recoding becomes an event without municipalities: it gives the date to all changes of codes
that two lists of that region show; its note begins with "region 20". The note of an event with ``ground_of`` begins
with "ground of B273": of those that the old one took in, only these are divided.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Self

import pandas as pd
from pydantic import Field, model_validator

from atlante.catalogue.text import Definition, read_definition
from atlante.territories.documents.frames import event_frame, statement_frame
from atlante.territories.documents.model import (
    EVENT_STATEMENT_COLUMNS,
    STATEMENT_COLUMNS,
    Document,
    DocumentKind,
    EventKind,
)
from atlante.territories.documents.tables import read_bytes

DECLARED_FILE = Path(__file__).with_name("declared.toml")

BelfioreCode = Annotated[str, Field(pattern=r"^[A-Z][0-9]{3}$")]
IstatCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
RegionCode = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-9]|20)$")]
SaidText = Annotated[str, Field(min_length=1)]

_WITHOUT_NEW = (EventKind.ABROAD, EventKind.SUPPRESSION)
_WITHOUT_OLD = (EventKind.ESTABLISHMENT,)
_SAME = (EventKind.RENAMING, EventKind.RECODING, EventKind.PROVINCE, EventKind.REGION)
_PARTIAL = (EventKind.CESSION,)
_OF_A_PART = (EventKind.SPLIT, EventKind.CESSION)
_SEVERAL = 2


class DeclaredMunicipality(Definition):
    """A municipality before or after an event."""

    code: BelfioreCode
    name: SaidText | None = None
    istat_code: IstatCode | None = None


class DeclaredEvent(Definition):
    """Something that happened to municipalities."""

    date: date
    kind: EventKind
    old: tuple[DeclaredMunicipality, ...] = ()
    new: tuple[DeclaredMunicipality, ...] = ()
    is_partial: bool | None = None
    ground_of: tuple[BelfioreCode, ...] = ()
    note: SaidText | None = None
    source: SaidText

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        old, new = [before.code for before in self.old], [after.code for after in self.new]
        wants_old, wants_new = self.kind not in _WITHOUT_OLD, self.kind not in _WITHOUT_NEW
        if bool(old) != wants_old or bool(new) != wants_new:
            wanted = " and ".join([*["old"] * wants_old, *["new"] * wants_new])
            raise ValueError(f"the kind {self.kind.value!r} needs {wanted} municipalities and no others")
        if self.ground_of and (self.kind not in _OF_A_PART or len(old) != 1):
            raise ValueError("ground_of is of a part that one old municipality gave: of a split or a cession")
        problem = _impossible(self.kind, old, new)
        if problem:
            raise ValueError(problem)
        return self


class DeclaredRecoding(Definition):
    """The day since when the codes of a region's provinces and municipalities are others."""

    region_code: RegionCode
    date: date
    source: SaidText


class DeclaredStatement(Definition):
    """What a municipality was called or belonged to in a period."""

    code: BelfioreCode
    valid_from: date | None = None
    valid_to: date | None = None
    istat_code: IstatCode | None = None
    name: SaidText | None = None
    name_it: SaidText | None = None
    name_other: SaidText | None = None
    name_transliterated: SaidText | None = None
    sigla: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    province_code: Annotated[str, Field(pattern=r"^[0-9]{3}$")] | None = None
    province: SaidText | None = None
    region_code: RegionCode | None = None
    region: SaidText | None = None
    nuts3_2021: Annotated[str, Field(pattern=r"^IT[A-Z0-9]{3}$")] | None = None
    nuts3_2024: Annotated[str, Field(pattern=r"^IT[A-Z0-9]{3}$")] | None = None
    population: Annotated[int, Field(ge=0)] | None = None
    area_km2: Annotated[float, Field(gt=0)] | None = None
    source: SaidText

    @model_validator(mode="after")
    def _has_a_period(self) -> Self:
        if not (self.valid_from or self.valid_to):
            raise ValueError("give valid_from, valid_to or both")
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise ValueError("valid_to is the first day after the period and must be later than valid_from")
        return self


class Declarations(Definition):
    """All facts of one file."""

    events: tuple[DeclaredEvent, ...] = ()
    recodings: tuple[DeclaredRecoding, ...] = ()
    statements: tuple[DeclaredStatement, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.events or self.recodings or self.statements):
            raise ValueError("there is none of [[events]], [[recodings]] and [[statements]]")
        return self

    def days(self) -> list[date]:
        """Return every day that a fact names."""
        periods = [day for fact in self.statements for day in (fact.valid_from, fact.valid_to) if day]
        return [*(event.date for event in self.events), *(recoding.date for recoding in self.recodings), *periods]


def declared_document(path: Path | None = None, *, as_of: date | None = None) -> Document:
    """Return the facts that are shipped, or those of a file in the same format.

    Parameters
    ----------
    as_of
        Default: the latest day that a fact names.

    Raises
    ------
    InvalidDefinition
        If the file is not TOML or not what a fact must be; names the first wrong key.
    InvalidDocument
        If the file can't be read.
    """
    file = path or DECLARED_FILE
    content = read_bytes(file)
    facts = read_definition(file, Declarations)
    events = [row for event in facts.events for row in _event_rows(event)]
    events += [_recoding_row(recoding) for recoding in facts.recodings]
    return Document(
        kind=DocumentKind.DECLARED,
        as_of=as_of or max(facts.days()),
        is_snapshot=False,
        source="Declared facts, each with its source" + (f" ({file.name})" if path else ""),
        licence="CC0 1.0" if path is None else "not stated",
        sha256=hashlib.sha256(content).hexdigest(),
        statements=_statements(facts.statements),
        events=event_frame(_columns(events, EVENT_STATEMENT_COLUMNS), len(events)),
    )


def region_of_recoding(note: str | None) -> str | None:
    """Return the region that an event of kind recoding without municipalities is about.

    >>> region_of_recoding("region 20: since this day its codes are others")
    '20'
    """
    found = re.match(r"region (\d\d)\b", note or "")
    return found[1] if found else None


def ground_of_event(note: str | None) -> str | None:
    """Return the earlier municipalities whose ground went in an event, separated by blanks; None: it is not said.

    >>> ground_of_event("ground of B273 F807. Source: a map"), ground_of_event("Source: a law")
    ('B273 F807', None)
    """
    found = re.match(r"ground of ([A-Z]\d{3}(?: [A-Z]\d{3})*)\.", note or "")
    return found[1] if found else None


def _impossible(kind: EventKind, old: list[str], new: list[str]) -> str | None:
    """Return what is wrong with the codes of an event of a kind, if anything is."""
    if kind in _SAME:
        return None if old == new and len(old) == 1 else f"{kind.value} is of one municipality: old and new code differ"
    if set(old) & set(new) and kind is not EventKind.SPLIT:
        return f"{', '.join(sorted(set(old) & set(new)))} is old and new"
    if kind is EventKind.MERGER and (len(old) < _SEVERAL or len(new) != 1):
        return "a merger makes one new municipality of several old ones"
    if kind is EventKind.INCORPORATION and len(new) != 1:
        return "an incorporation is into one municipality"
    return None


def _event_rows(event: DeclaredEvent) -> list[dict[str, Any]]:
    """Return a row for every old and new municipality of an event."""
    is_partial = event.kind in _PARTIAL or len(event.new) > 1 if event.is_partial is None else event.is_partial
    ground = f"ground of {' '.join(event.ground_of)}." if event.ground_of else None
    note = " ".join(filter(None, (ground, event.note, f"Source: {event.source}")))
    return [
        {"event_date": event.date, "kind": event.kind.value, "is_partial": is_partial, "note": note}
        | _labels("old", old)
        | _labels("new", new)
        for old, new in product(event.old or (None,), event.new or (None,))
    ]


def _labels(side: str, municipality: DeclaredMunicipality | None) -> dict[str, str | None]:
    if municipality is None:
        return {}
    return {
        f"{side}_municipality_code": municipality.code,
        f"{side}_istat_code": municipality.istat_code,
        f"{side}_name": municipality.name,
    }


def _recoding_row(recoding: DeclaredRecoding) -> dict[str, Any]:
    return {
        "event_date": recoding.date,
        "kind": EventKind.RECODING.value,
        "is_partial": False,
        "note": f"region {recoding.region_code}: since this day its codes are others. Source: {recoding.source}",
    }


def _statements(facts: tuple[DeclaredStatement, ...]) -> pd.DataFrame:
    rows = [fact.model_dump() | {"municipality_code": fact.code} for fact in facts]
    return statement_frame(_columns(rows, STATEMENT_COLUMNS), len(rows))


def _columns(rows: list[dict[str, Any]], names: tuple[str, ...]) -> dict[str, pd.Series]:
    return {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names}
