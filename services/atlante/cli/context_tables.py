"""Commands about the context: tables of numbers by municipality."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atlante.cli.console import JsonOption, emit_summary, note
from atlante.cli.context import ready_database, settings_of
from atlante.cli.dates import day_option, parse_day
from atlante.cli.rejects import AcceptRejectsOption, show_rejects

if TYPE_CHECKING:
    from atlante.measures.context_tables import ContextFile

context_tables = typer.Typer(no_args_is_help=True, help="What is known of municipalities and not of firms.")


@context_tables.callback()
def _commands() -> None:
    """Hold the commands together."""


@context_tables.command("load")
def load(
    context: typer.Context,
    table: Annotated[str, typer.Argument(metavar="CONTEXT", help="A table of the catalogue, such as agcom_broadband.")],
    file: Annotated[Path, typer.Argument(help="The table: text with a line for each municipality.")],
    *,
    as_of: Annotated[str | None, day_option("The day that the table shows; default: as the file's name says.")] = None,
    accept_rejects: AcceptRejectsOption = False,
    json: JsonOption = False,
) -> None:
    """Read a table of the context and load it: accepted + rejected = rows in the file."""
    from atlante.pipeline.context_tables import ContextIntake, load_context_table

    url, settings = ready_database(context), settings_of(context)
    day = parse_day("--as-of", as_of) if as_of else None
    summary = load_context_table(
        url,
        settings.catalogue_dir,
        ContextIntake(table, file, day, accept_rejects=accept_rejects),
        extra_catalogue_dir=settings.extra_catalogue_dir,
        on_read=_report,
    )
    emit_summary(dataclasses.asdict(summary), json=json)


def _report(file: ContextFile) -> None:
    if left := show_rejects(file.rejects):
        note(f"  and {left:,} more")
    if file.advice:
        note(file.advice)
