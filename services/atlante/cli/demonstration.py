"""``atlante demo``: the whole road on one machine, in a database of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atlante.cli.console import JsonOption
from atlante.cli.context import context_of

_SYNTHETIC_SOURCE = "innovative_startups"


def register(app: typer.Typer) -> None:
    """Add the command at the root."""
    app.command()(demo)


def demo(
    context: typer.Context,
    *,
    file: Annotated[
        Path | None,
        typer.Option("--register", envvar="ATLANTE_DEMO_REGISTER", help="A real extract; default: a synthetic one."),
    ] = None,
    source: Annotated[
        str, typer.Option(envvar="ATLANTE_DEMO_SOURCE", help="The source that the extract is of.")
    ] = _SYNTHETIC_SOURCE,
    firms: Annotated[int, typer.Option(min=1, envvar="ATLANTE_FIRMS", help="Firms of the synthetic extract.")] = 12_292,
    check: Annotated[
        bool, typer.Option("--check", envvar="ATLANTE_DEMO_CHECK", help="Verify the served answers, stop, exit.")
    ] = False,
    if_empty: Annotated[
        bool,
        typer.Option("--if-empty", envvar="ATLANTE_DEMO_IF_EMPTY", help="Do nothing where a register is loaded."),
    ] = False,
    serve_it: Annotated[
        bool, typer.Option("--serve/--no-serve", envvar="ATLANTE_DEMO_SERVE", help="Serve the release at the end.")
    ] = True,
    json: JsonOption = False,
) -> None:
    """Load, compute, publish and serve, on a private cluster of the demonstration's own."""
    from atlante.cli.whole_road import Demonstration, run

    handed = context_of(context)
    asked = Demonstration(source, file, firms, checks=check, serves=serve_it, if_empty=if_empty, json=json)
    run(asked, handed.settings, handed.environment)
