"""The ministry of the interior's list "Sistema unico territoriale": ISTAT, Belfiore and electoral codes of one day.

Names are in capital letters, in two languages in the province of Bolzano only. Electoral codes are not taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlante.territories.documents.fields import BELFIORE, ISTAT
from atlante.territories.documents.frames import event_frame, statement_frame, whole_names
from atlante.territories.documents.layouts import UNIFIED_CODES, take_fields
from atlante.territories.documents.model import Document, DocumentKind
from atlante.territories.names import split_languages

if TYPE_CHECKING:
    from datetime import date

    from atlante.territories.documents.tables import TextTable


def unified_codes_document(table: TextTable, *, as_of: date) -> Document:
    """Return the statements of the list.

    Raises
    ------
    InvalidDocument
        If a column is missing, a code is not one, or comes twice.
    """
    given = take_fields(UNIFIED_CODES, table)
    fields = given.with_columns(istat_code=given["istat_code"].str.zfill(6))
    for field, kind in (("municipality_code", BELFIORE), ("istat_code", ISTAT)):
        fields.require(field, kind)
        fields.require_unique(field)
    province_codes = fields["istat_code"].str[:3]
    names = split_languages(fields["name"], province_codes)
    whole = whole_names(fields["name"], names["name_other"], fields["municipality_code"], province_codes)
    columns = {**fields.columns, "province_code": province_codes, "name": whole}
    return Document(
        kind=DocumentKind.UNIFIED_CODES,
        as_of=as_of,
        is_snapshot=True,
        source=f"Ministero dell'interno, Sistema unico territoriale ({table.path.name})",
        licence="not stated",
        sha256=table.sha256,
        statements=statement_frame(
            {**columns, "name_it": names["name_it"], "name_other": names["name_other"]}, len(whole)
        ),
        events=event_frame({}, 0),
        skipped=table.notes,
    )
