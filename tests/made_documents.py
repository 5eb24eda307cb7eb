"""Small documents about territories, made by hand for tests."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from atlante.territories.documents import Document, DocumentKind
from atlante.territories.documents.frames import event_frame, statement_frame

if TYPE_CHECKING:
    from collections.abc import Iterable

START = date(1861, 3, 17)


def document(
    kind: DocumentKind,
    as_of: date,
    statements: Iterable[dict[str, Any]] = (),
    events: Iterable[dict[str, Any]] = (),
    *,
    is_snapshot: bool = False,
) -> Document:
    """Return a document; ``code`` in a statement is the Belfiore code, ``old`` and ``new`` in an event are."""
    said = [{**row, "municipality_code": row["code"]} for row in statements]
    for row in said:
        row.setdefault("name_it", row.get("name"))
    told = [_event(row) for row in events]
    return Document(
        kind=kind,
        as_of=as_of,
        is_snapshot=is_snapshot,
        source="a test",
        licence="CC0",
        sha256=hashlib.sha256(repr((kind, as_of, said, told)).encode()).hexdigest(),
        statements=statement_frame(_columns(said), len(said)),
        events=event_frame(_columns(told), len(told)),
    )


def archive(*rows: dict[str, Any], as_of: date = date(2023, 5, 16), kind: DocumentKind = DocumentKind.ANPR) -> Document:
    """Return an archive, which knows of dates: ANPR's unless it is said otherwise."""
    return document(kind, as_of, [{"valid_from": START, "valid_to": None, **row} for row in rows])


def listing(day: date, *rows: dict[str, Any], kind: DocumentKind = DocumentKind.ISTAT_LIST) -> Document:
    """Return a list of one day: ISTAT's unless it is said otherwise."""
    return document(kind, day, rows, is_snapshot=True)


def table(*events: dict[str, Any], kind: DocumentKind = DocumentKind.ISTAT_SUPPRESSED) -> Document:
    """Return a table of events."""
    return document(kind, max((event["day"] for event in events), default=START), events=events)


def _event(row: dict[str, Any]) -> dict[str, Any]:
    names = {"day": "event_date", "old": "old_municipality_code", "new": "new_municipality_code"}
    return {"is_partial": False} | {names.get(name, name): value for name, value in row.items()}


def _columns(rows: list[dict[str, Any]]) -> dict[str, pd.Series]:
    names = {name for row in rows for name in row if name != "code"}
    return {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names}
