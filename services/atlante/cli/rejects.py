"""Rows of a file that are rejected: what a call may do with them, and how they are told."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atlante.cli.console import note

if TYPE_CHECKING:
    import pandas as pd

AcceptRejectsOption = Annotated[
    bool,
    typer.Option(
        "--accept-rejects",
        envvar="ATLANTE_ACCEPT_REJECTS",
        help="Load the accepted rows although others are rejected.",
    ),
]
RejectsOption = Annotated[
    Path | None,
    typer.Option("--rejects", envvar="ATLANTE_REJECTS", help="Write the rejected rows to this CSV file."),
]

_SHOWN = 5


def report_rejects(rejects: pd.DataFrame, path: Path | None) -> None:
    """Tell how many rows were rejected and why, with the first of them, and write all where the call says.

    Parameters
    ----------
    rejects
        ``row_number`` (line of the file), ``field``, ``reason``, ``value``: one row for each that is rejected.
    """
    if path is not None:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(rejects.columns)
            writer.writerows(rejects.itertuples(index=False))
    for (field, reason), n in Counter(zip(rejects["field"], rejects["reason"], strict=True)).items():
        note(f"{n:,} rejected: {field}: {reason}")
    show_rejects(rejects)


def show_rejects(rejects: pd.DataFrame) -> int:
    """Tell the first rows that were rejected, and return how many more there are."""
    for row in rejects.head(_SHOWN).itertuples(index=False):
        note(f"  line {row.row_number}: {row.field}: {row.reason}: {row.value!r}")
    return max(len(rejects) - _SHOWN, 0)
