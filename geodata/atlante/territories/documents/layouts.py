"""How the headers of each kind of document are worded, over the years and by who saved the file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from textwrap import shorten
from typing import TYPE_CHECKING, NamedTuple

from atlante.errors import InvalidDocument
from atlante.territories.documents.fields import Fields
from atlante.territories.documents.model import DocumentKind
from atlante.territories.documents.tables import (
    beginning_rows,
    fold_header,
    refuse_garbled,
    separator,
    separators,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from atlante.territories.documents.tables import TextTable


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of document.

    Attributes
    ----------
    headers
        By field: patterns of folded headers, the one that is taken first comes first.
    required
        Fields that the document must have; of a group joined by ``|`` one is enough.
    tells
        Fields that only a document of this kind has all of.
    """

    kind: DocumentKind
    headers: dict[str, tuple[str, ...]]
    required: tuple[str, ...]
    tells: tuple[str, ...]

    def places(self, header: Sequence[str]) -> dict[str, int]:
        """Return the column of every field that the header has; of two columns of one wording, the first."""
        folded = [fold_header(cell) for cell in header]
        found = {}
        for field, patterns in self.headers.items():
            matching = (place for pattern in patterns for place, cell in enumerate(folded) if re.match(pattern, cell))
            place = next(matching, None)
            if place is not None:
                found[field] = place
        return found

    def missing(self, places: dict[str, int]) -> list[str]:
        """Return the required fields that no column has."""
        return [field for field in self.required if not any(option in places for option in field.split("|"))]


_ISTAT_CODE = (
    r"codice (istat )?(del )?comune (in )?formato alfanumerico",  # 2008: "Codice Istat del Comune \n(formato alfan…)"
    r"codice comune alfanumerico",
    r"codice istat",
    r"istat code$",
    r"pro com t$",  # SITUAS and boundary files
    r"codice (istat )?(del )?comune (formato )?numerico$",  # without leading zeros
    r"pro com$",
)
_BELFIORE = (r"codice catastale", r"cod catasto", r"codice belfiore", r"codcatastale$", r"municipality code$")

ISTAT_LIST = Layout(
    kind=DocumentKind.ISTAT_LIST,
    headers={
        "istat_code": _ISTAT_CODE,
        "municipality_code": _BELFIORE,
        "name": (
            r"denominazione (del comune )?(in )?italian[ao] (e )?(stranier|tedesc|altra)",
            r"denominazione corrente",
            r"denominazione (del )?comune$",
            r"denominazione$",
            r"comune$",
        ),
        "name_it": (
            r"(solo )?denominazione (del comune )?(in )?italian[ao]$",
            r"comune it$",
            r"comune dizione italiana",
        ),
        "name_other": (
            r"(solo )?denominazione (del comune )?(in )?(altra lingua|tedesc[ao]|lingua straniera|stranier[ao])",
            r"comune a$",
            r"comune dizione straniera",
        ),
        "sigla": (r"sigla",),
        "province": (
            r"denominazione (dell )?unita territoriale",
            r"denominazione provincia",
            r"den uts",
            r"provincia$",
        ),
        "metropolitan_city": (r"denominazione (della )?citta metropolitana", r"den cm$"),
        "region_code": (r"codice regione", r"cod reg$"),
        "region": (r"denominazione (della )?regione", r"regione$", r"den reg$"),
        "nuts3_2021": (r"(codice |cod )?nuts ?3 2021",),
        "nuts3_2024": (r"(codice |cod )?nuts ?3 2024",),
        "population": (r"popolazione residente",),
        "area_km2": (r"superficie (territoriale )?k",),
    },
    required=("istat_code", "municipality_code", "name|name_it", "region|region_code"),
    tells=("istat_code", "municipality_code"),
)
UNIFIED_CODES = Layout(
    kind=DocumentKind.UNIFIED_CODES,
    headers={
        "istat_code": _ISTAT_CODE,
        "municipality_code": _BELFIORE,
        "name": (r"descrizione comune", r"denominazione( comune)?$", r"comune$"),
        "sigla": (r"sigla",),
        "electoral_code": (r"codice elettorale",),
    },
    required=("istat_code", "municipality_code", "name"),
    tells=("electoral_code", "municipality_code"),
)
ISTAT_SUPPRESSED = Layout(
    kind=DocumentKind.ISTAT_SUPPRESSED,
    headers={
        "old_istat_code": (r"codice (del )?comune$",),
        "old_name": (r"denominazione (del )?comune$",),
        "is_split": (r"comune soppresso per scorporo", r".*scorporo"),
        "event_date": (r"data (dell )?evento", r"data"),
        "new_istat_code": (r"codice (del )?comune associato",),
        "new_name": (r"denominazione (del )?comune associato",),
    },
    required=("old_istat_code", "old_name", "event_date", "new_istat_code", "new_name"),
    tells=("event_date", "new_istat_code"),
)
ANPR = Layout(
    kind=DocumentKind.ANPR,
    headers={
        "valid_from": (r"dataistituzione$",),
        "last_day": (r"datacessazione$",),
        "istat_code": (r"codistat$",),
        "municipality_code": (r"codcatastale$",),
        "name_it": (r"denominazione it$",),
        "name_transliterated": (r"denomtraslitterata$",),
        "name_other": (r"altradenominazione$",),
        "province_code": (r"idprovinciaistat$",),
        "region_code": (r"idregione$",),
        "sigla": (r"siglaprovincia$",),
        "updated": (r"dataultimoagg$",),
    },
    required=("valid_from", "last_day", "istat_code", "municipality_code", "name_it", "name_other", "region_code"),
    tells=("last_day", "municipality_code"),
)

LAYOUTS = {layout.kind: layout for layout in (ANPR, ISTAT_SUPPRESSED, UNIFIED_CODES, ISTAT_LIST)}
"""Of kinds that are told apart by their headers; the first one that fits is taken."""


_SHOWN = 20  # headers of a file, in a message
_SHOWN_LENGTH = 60  # letters of one
_WORDED = 2  # ways of wording a header


class Header(NamedTuple):
    """Where a table's headers are, and what they say it is."""

    kind: DocumentKind
    row: int
    delimiter: str


def find_header(text: str, kinds: Sequence[DocumentKind] = tuple(LAYOUTS)) -> Header | None:
    """Return the headers of a text; None where it is of none of the kinds."""
    for delimiter in separators(text):
        rows = beginning_rows(text, delimiter)
        for kind, (number, row) in product(kinds, enumerate(rows)):
            if set(LAYOUTS[kind].tells) <= set(LAYOUTS[kind].places(row)):
                return Header(kind, number, delimiter)
    return None


def require_header(text: str, path: Path, kind: DocumentKind | None) -> Header:
    """Return what :func:`find_header` finds.

    Raises
    ------
    InvalidDocument
        If it finds none; says what the header is and which ones are known, or that its letters are garbled.
    """
    wanted = [kind] if kind else list(LAYOUTS)
    found = find_header(text, wanted)
    if found:
        return found
    rows = beginning_rows(text, separator(text))
    header = next((row for row in rows if any(cell.strip() for cell in row)), [])
    refuse_garbled("\n".join(map(" ".join, rows[: rows.index(header) + 1] if header else [])), path)
    cells = [shorten(cell, _SHOWN_LENGTH, placeholder=" …") for cell in header]
    shown = ", ".join(cells[:_SHOWN]) + (f" and {len(cells) - _SHOWN} more" if len(cells) > _SHOWN else "")
    raise InvalidDocument(
        path,
        f"The headers ({shown}) are those of no known document. Expected is one column for each of: "
        f"{'; '.join(_expected(LAYOUTS[kind]) for kind in wanted)}. Rename the columns, or give another file.",
    )


def _expected(layout: Layout) -> str:
    """Return what a document of a kind must have, each column by how its header may begin."""
    fields = dict.fromkeys([*layout.required, *layout.tells])
    columns = [" or ".join(_wordings(layout, field.split("|"))[:_WORDED]) for field in fields]
    return f"{layout.kind}: {', '.join(columns)}"


def take_fields(layout: Layout, table: TextTable) -> Fields:
    """Return the columns of a table that a layout knows.

    Raises
    ------
    InvalidDocument
        If a required one is missing; says which wordings are known.
    """
    places = layout.places(table.header)
    missing = layout.missing(places)
    if missing:
        wordings = "; ".join(f"{field}: {', '.join(_wordings(layout, field.split('|')))}" for field in missing)
        raise InvalidDocument(
            table.path,
            f"There is no column for {', '.join(missing)}. Known headers begin with: {wordings}. "
            f"The header is: {', '.join(table.header)}. Rename the columns.",
        )
    columns = {field: table.cells[place] for field, place in places.items()}
    return Fields(table.path, columns, {field: table.header[place] for field, place in places.items()})


def _wordings(layout: Layout, fields: Iterable[str]) -> list[str]:
    """Return the wordings of some fields as people can write them: of what a pattern leaves open, the shortest."""
    patterns = [pattern for field in fields for pattern in layout.headers[field]]
    shortest = [re.sub(r"\([^()]*\)\?|\$|\.\*", "", pattern) for pattern in patterns]
    first_options = [re.sub(r"\(([^()|]*)[^()]*\)|\[(.)[^\]]*\]", r"\1\2", pattern) for pattern in shortest]
    return list(dict.fromkeys(first_options))
