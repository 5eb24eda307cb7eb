"""A country of four municipalities and a catalogue of a few files: the road from files to observations in seconds.

Lombardia has A001 and A002 in the province of Milano, Piemonte B001 and B002 in that of Torino. They stand in one row
from west to east, a kilometre high; A002 is three kilometres wide, the others one.
"""

from __future__ import annotations

import csv
import itertools
import shutil
from typing import TYPE_CHECKING, NamedTuple

from kilometre_grid import DAY, boundaries, square

from atlante import pipeline
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from pathlib import Path

LOMBARDIA, PIEMONTE = "03", "01"
MUNICIPALITIES = ("A001", "A002", "B001", "B002")
_WIDTHS = (1.0, 3.0, 1.0, 1.0)
PLACES = {
    "province_code": ["015", "015", "001", "001"],
    "istat_code": ["015001", "015002", "001001", "001002"],
    "province": ["Milano", "Milano", "Torino", "Torino"],
    "sigla": ["MI", "MI", "TO", "TO"],
    "region_code": [LOMBARDIA, LOMBARDIA, PIEMONTE, PIEMONTE],
    "region": ["Lombardia", "Lombardia", "Piemonte", "Piemonte"],
}
ISTAT_CODES = dict(zip(MUNICIPALITIES, PLACES["istat_code"], strict=True))
SOURCE = "business_register"
COPIED = ("sources", "placement", "publication.toml", "schema")
_HEADER = ("codice_fiscale", "denominazione", "ateco", "codice_istat", "classe_addetti", "data_iscrizione")
_TEXT = '{ it = "a", en = "a", de = "a" }'


def load_boundaries(url: str, day: date = DAY, **columns: object) -> None:
    """Load the boundaries of the four municipalities; columns replace what they would have."""
    starts = itertools.accumulate((0.0, *_WIDTHS))
    shapes = {code: square(x, 0, width) for code, x, width in zip(MUNICIPALITIES, starts, _WIDTHS, strict=False)}
    pipeline.load_territories(url, boundaries(shapes, day, **{**PLACES, **columns}))


def small_catalogue(folder: Path, files: Mapping[str, str], *, shipped: Iterable[str] = ()) -> Path:
    """Write a catalogue: the shipped sources and publication, and files by their path.

    Parameters
    ----------
    shipped
        Paths of shipped files that it has, too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*COPIED, *shipped):
        given, written = default_catalogue_dir() / name, folder / name
        written.parent.mkdir(parents=True, exist_ok=True)
        if given.is_dir():
            shutil.copytree(given, written)
        else:
            shutil.copy(given, written)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def indicator(
    kind: str, *, interval: str = "none", disclosure: str = "threshold", polarity: str = "positive", more: str = ""
) -> str:
    """Return the text of an indicator whose last table is that of its kind."""
    return f"""
theme = "structure"
unit = "1"
digits = 3
polarity = "{polarity}"
interval = "{interval}"
disclosure = "{disclosure}"
title = {_TEXT}
definition = {_TEXT}
source = {_TEXT}
{more}
{kind}
"""


def fiscal_code(number: int) -> str:
    """Return the fiscal code of a firm."""
    return f"{number:011}"


class Firm(NamedTuple):
    """A firm of the register: where it is, what it does, its class of persons employed, since when it is registered."""

    place: str
    activity: str = "620100"
    staff: str = "10-19"
    registered: str = "2020-01-01"


def ingest(url: str, catalogue: Path, folder: Path, day: date, firms: Mapping[int, Firm]) -> None:
    """Load a register of firms by their numbers."""
    path = folder / f"register_{day}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        writer.writerows(
            (fiscal_code(number), f"FIRM {number}", firm.activity, ISTAT_CODES[firm.place], firm.staff, firm.registered)
            for number, firm in firms.items()
        )
    intake = pipeline.Intake(SOURCE, path, today=day, accept_shrinkage=True)
    pipeline.ingest(url, catalogue, intake, cache_dir=folder)


def numbered(firms: Iterable[Firm]) -> dict[int, Firm]:
    """Return firms by numbers from 1."""
    return dict(enumerate(firms, 1))
