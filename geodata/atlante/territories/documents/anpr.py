"""The archive of municipalities of ANPR, the register of residents: dated records since 1861.

A record's last day is part of it. Names are in capital letters; two languages are in two columns. Not taken: numbers
of ANPR's own, prefectures, the state (it follows from the dates), and codes of names that are no longer in use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from atlante.territories.documents.fields import BELFIORE, ISTAT, REGION
from atlante.territories.documents.frames import event_frame, statement_frame
from atlante.territories.documents.layouts import ANPR, take_fields
from atlante.territories.documents.model import Document, DocumentKind

if TYPE_CHECKING:
    from datetime import date

    from atlante.territories.documents.fields import Fields
    from atlante.territories.documents.tables import TextTable

_OPEN = "9999-12-31"
_DAY_FORMAT = "%Y-%m-%d"
_NO_CODE = "ND"
_DAY = pd.Timedelta(days=1)


def anpr_document(table: TextTable, *, as_of: date | None) -> Document:
    """Return the statements of the archive.

    Records without a Belfiore code ("ND") and records that end before they begin are in ``skipped``. A region that is
    no more ("EX") or not available ("00") is null.

    Parameters
    ----------
    as_of
        Default: the latest day that the archive names.

    Raises
    ------
    InvalidDocument
        If a column is missing, or a date or code is not one.
    """
    given = take_fields(ANPR, table)
    begins, last = given.days("valid_from", _DAY_FORMAT), given.days("last_day", _DAY_FORMAT, still=_OPEN)
    updated = given.days("updated", _DAY_FORMAT) if "updated" in given else begins
    latest: date = pd.concat([begins, last, updated]).max().date()
    fields, skipped = usable_records(given.with_columns(valid_from=begins, valid_to=last + _DAY))
    for field, kind in (("municipality_code", BELFIORE), ("istat_code", ISTAT), ("name_it", (".+", "a name"))):
        fields.require(field, kind)
    regions = fields["region_code"].where(fields["region_code"].str.fullmatch(REGION[0]), None)
    columns = {**fields.columns, **split_names(fields), "region_code": regions}
    return Document(
        kind=DocumentKind.ANPR,
        as_of=as_of or latest,
        is_snapshot=False,
        source=f"Ministero dell'interno, ANPR, archivio storico dei comuni ({table.path.name})",
        licence="CC BY 4.0",
        sha256=table.sha256,
        statements=statement_frame(columns, len(regions)),
        events=event_frame({}, 0),
        skipped=(*table.notes, *skipped),
    )


def usable_records(fields: Fields) -> tuple[Fields, list[str]]:
    """Return the records that can be statements, and a sentence for each other one.

    Parameters
    ----------
    fields
        municipality_code, name_it, valid_from and valid_to (exclusive) as dates.
    """
    has_no_code = fields["municipality_code"] == _NO_CODE
    is_backwards = fields["valid_to"] <= fields["valid_from"]
    reasons = {"has no Belfiore code": has_no_code, "ends before it begins": is_backwards & ~has_no_code}
    sentences = [
        f"{has_no_code.index.name} {line}: {fields['name_it'][line]} "
        f"({_period(fields['valid_from'][line], fields['valid_to'][line])}) {reason}."
        for reason, holds in reasons.items()
        for line in has_no_code.index[holds]
    ]
    return fields.rows(~has_no_code & ~is_backwards), sentences


def _period(valid_from: pd.Timestamp, valid_to: pd.Timestamp) -> str:
    return f"{valid_from:%Y-%m-%d} to {'now' if pd.isna(valid_to) else format(valid_to - _DAY, '%Y-%m-%d')}"


def split_names(fields: Fields) -> dict[str, pd.Series]:
    """Return name, name_it and name_other of an archive's Italian and other names.

    Some Italian names are in two languages joined by a hyphen ("SGONICO-ZGONIK"); those are the whole name. Where the
    archive has two languages apart it does not say how they are joined: the whole name is null.
    """
    italian, other = fields["name_it"], fields["name_other"]
    other = other.where(other != italian, "")
    parts = italian.str.partition("-")
    ends = [bool(second) and said.endswith(second) for said, second in zip(other, parts[2], strict=True)]
    is_joined = pd.Series(ends, index=italian.index, dtype=bool)
    return {
        "name": italian.where(is_joined | (other == ""), None),
        "name_it": italian.where(~is_joined, parts[0]),
        "name_other": other.where(~is_joined, parts[2]),
    }
