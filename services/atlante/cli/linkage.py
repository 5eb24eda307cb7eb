"""The command that shows how firms were placed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atlante.cli.console import JsonOption, emit_json, emit_table, note, progress
from atlante.cli.context import ready_database
from atlante.cli.dates import parse_day
from atlante.cli.tables import emit_frame, records

if TYPE_CHECKING:
    import pandas as pd

    from atlante.pipeline.linkage import Linkage

_SHOWN = 20
_UNPLACED = ["firms", "reason", "municipality", "province", "istat_code", "suggestion"]
_DISAGREEING = ["firms", "municipality", "province", "placed_in", "method", "confidence", "conflicts"]


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command()(linkage)


def linkage(
    context: typer.Context,
    *,
    source: Annotated[
        str | None, typer.Option(envvar="ATLANTE_SOURCE", help="Whose firms; default: the newest placement's.")
    ] = None,
    date: Annotated[
        str | None,
        typer.Option(envvar="ATLANTE_DATE", metavar="YYYY-MM-DD", help="The reference date; default: the newest."),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(envvar="ATLANTE_CSV", help="Write every way of declaring a seat to this file, placed or not."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", envvar="ATLANTE_ALL", help="Show all cases, not the most frequent ones alone.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show how the firms of an extract were placed, and everything that disagrees.

    For operators: nothing of it is protected.
    """
    from atlante.pipeline.linkage import read_linkage

    url = ready_database(context)
    with progress() as report:
        report("reading placements")
        found = read_linkage(url, source_id=source, reference_date=parse_day("--date", date) if date else None)
    if csv is not None:
        _flat(found.cases).to_csv(csv, index=False)
        note(f"{len(found.cases):,} cases written to {csv}")
    if json:
        emit_json(_document(found))
    else:
        _print(found, limit=None if everything else _SHOWN)


def _print(found: Linkage, *, limit: int | None) -> None:
    unplaced = found.cases[found.cases["reason"].notna()]
    disagreeing = found.cases[found.cases["conflicts"].map(len) > 0]
    emit_table(("", ""), _summary(found).items())
    emit_frame(found.methods, title="\nPlaced by")
    emit_frame(found.reasons, title="\nNot placed")
    emit_frame(found.disagreements, title="\nDisagreements (a firm may have several)")
    for cases, columns, title in (
        (unplaced, _UNPLACED, "\nCases that are not placed"),
        (disagreeing, _DISAGREEING, "\nCases with disagreements"),
    ):
        if len(cases):
            emit_frame(cases[columns].head(limit or len(cases)), title=title)
        if limit and len(cases) > limit:
            note(f"{len(cases) - limit:,} more: --all shows them, --csv writes them")


def _summary(found: Linkage) -> dict[str, Any]:
    return {
        "source": found.source_id,
        "reference_date": found.reference_date.isoformat(),
        "vintage": found.vintage_id,
        "firms": found.firms,
        "placed": found.placed,
        "foreign": found.foreign,
        "unplaced": found.unplaced,
    }


def _document(found: Linkage) -> dict[str, Any]:
    """Return everything but the cases without any trouble."""
    is_odd = found.cases["reason"].notna() | (found.cases["conflicts"].map(len) > 0)
    tables = {"methods": found.methods, "reasons": found.reasons, "disagreements": found.disagreements}
    return (
        _summary(found)
        | {name: records(table) for name, table in tables.items()}
        | {"cases": records(found.cases[is_odd])}
    )


def _flat(cases: pd.DataFrame) -> pd.DataFrame:
    return cases.assign(conflicts=cases["conflicts"].map("; ".join))
