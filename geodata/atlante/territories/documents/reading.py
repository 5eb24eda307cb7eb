"""Reading a document of any kind: what it is, and which day it shows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from atlante.errors import InvalidSetting, ReferenceDateMissing
from atlante.territories.documents.anpr import anpr_document
from atlante.territories.documents.codicefiscale import codicefiscale_document
from atlante.territories.documents.declared import declared_document
from atlante.territories.documents.istat_list import istat_list_document
from atlante.territories.documents.layouts import LAYOUTS, require_header
from atlante.territories.documents.model import Document, DocumentKind
from atlante.territories.documents.suppressed import suppressed_document
from atlante.territories.documents.tables import as_text, parse_table, read_bytes
from atlante.territories.documents.unified_codes import unified_codes_document

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIXES = (".csv", ".tsv", ".txt", ".tab", ".toml", ".xls", ".xlsx", ".ods")  # no boundary file is one of these
_ARCHIVE = re.compile(rb'^\s*\[\s*\{[^}]*"date_created"')
_BY_SUFFIX = {".toml": DocumentKind.DECLARED, ".json": DocumentKind.CODICE_FISCALE}
_WITH_DAYS = {DocumentKind.ANPR: anpr_document, DocumentKind.ISTAT_SUPPRESSED: suppressed_document}
_OF_ONE_DAY = {DocumentKind.UNIFIED_CODES: unified_codes_document, DocumentKind.ISTAT_LIST: istat_list_document}
_SNIFFED_BYTES = 4096
_MONTHS = (
    "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre",
    "novembre", "dicembre",
)  # fmt: skip
_DAYS = (
    re.compile(r"(?<!\d)(?P<year>\d{4})[-_. ]?(?P<month>\d{2})[-_. ]?(?P<day>\d{2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d{1,2})[-_. ](?P<month>\d{1,2})[-_. ](?P<year>\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4})(?!\d)"),
    re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})[-_. ]*(?P<month>{'|'.join(_MONTHS)})[-_. ]*(?P<year>\d{{4}})(?!\d)"),
)
_EARLIEST, _LATEST = 1861, 2100  # years that a file's name can mean


def is_document(path: Path) -> bool:
    """Return whether a file is a document rather than boundaries: a table or text by its name, or an archive of names.

    A table that is of no known kind is a document that can't be read: :func:`read_document` says why.
    """
    if path.suffix.lower() in _SUFFIXES:
        return True
    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    with path.open("rb") as file:
        return _ARCHIVE.match(file.read(_SNIFFED_BYTES)) is not None


def read_document(path: Path, *, as_of: date | None = None, kind: DocumentKind | None = None) -> Document:
    """Return what a document says.

    Parameters
    ----------
    as_of
        The day that it shows, or the last one that it speaks of. Default: the day in the file's name. An archive or a
        table of events speaks at least of the latest day that it names.
    kind
        Default: by the file's name and its headers.

    Raises
    ------
    InvalidDocument, InvalidDefinition
        If it can't be read, or says what can't be; with line and column.
    ReferenceDateMissing
        If it is a list of one day and neither the call nor the file's name says which.
    InvalidSetting
        If documents of this kind are not read from files.
    """
    kind = kind or _BY_SUFFIX.get(path.suffix.lower())
    if kind is DocumentKind.DECLARED:
        return declared_document(path, as_of=as_of)
    if kind is DocumentKind.CODICE_FISCALE:
        return codicefiscale_document(path, as_of=as_of)
    if kind is not None and kind not in LAYOUTS:
        raise InvalidSetting("kind", str(kind), f"one of {', '.join(LAYOUTS)}; boundaries are loaded as boundaries")
    return _read_table(path, kind, as_of)


def _read_table(path: Path, kind: DocumentKind | None, as_of: date | None) -> Document:
    content = read_bytes(path)
    header = require_header(as_text(content, path), path, kind)
    table = parse_table(path, content, header_row=header.row, delimiter=header.delimiter)
    named = day_in_name(path.name)
    if header.kind in _WITH_DAYS:
        document = _WITH_DAYS[header.kind](table, as_of=as_of)
        # a name such as "… dal 17-03-1861" says since when, not until when
        return replace(document, as_of=as_of or max(document.as_of, named or document.as_of))
    day = as_of or named
    if day is None:
        raise ReferenceDateMissing(path)
    return _OF_ONE_DAY[header.kind](table, as_of=day)


def day_in_name(name: str) -> date | None:
    """Return the day that a file's name says, None where it says none; a year alone is none.

    >>> day_in_name("elenco_comuni_italiani_1gennaio_2014.xls"), day_in_name("Elenco-al-01_07_2016.csv")
    (datetime.date(2014, 1, 1), datetime.date(2016, 7, 1))
    """
    for pattern in _DAYS:
        for found in pattern.finditer(name.lower()):
            month = found["month"]
            number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month)
            try:
                day = date(int(found["year"]), number, int(found["day"]))
            except ValueError:
                continue
            if _EARLIEST <= day.year <= _LATEST:
                return day
    return None
