"""Tables with dates and blanks, for people, as CSV or as JSON."""

from __future__ import annotations

import csv as csv_format
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atlante.cli.console import emit_json, emit_table

if TYPE_CHECKING:
    import pandas as pd

CsvOption = Annotated[bool, typer.Option("--csv", envvar="ATLANTE_AS_CSV", help="Print CSV, dates as YYYY-MM-DD.")]


def emit_frame(frame: pd.DataFrame, *, json: bool = False, csv: bool = False, title: str | None = None) -> None:
    """Print the rows of a frame; what is null is blank, in JSON null."""
    rows = records(frame)
    if json:
        emit_json(rows)
    elif csv:
        writer = csv_format.writer(sys.stdout)
        writer.writerow(frame.columns)
        writer.writerows([_text(value) for value in row.values()] for row in rows)
    else:
        emit_table(list(frame.columns), ([_text(value) for value in row.values()] for row in rows), title=title)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as JSON knows them: days as YYYY-MM-DD, what is null as None."""
    columns = {}
    for name in frame.columns:
        column = frame[name]
        values = column.dt.strftime("%Y-%m-%d") if column.dtype.kind == "M" else column
        columns[str(name)] = values.astype(object).where(column.notna(), None).tolist()
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _text(value: Any) -> str:  # noqa: ANN401 - any value of a frame
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
