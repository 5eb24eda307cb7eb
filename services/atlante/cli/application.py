"""The root of the command line: global options, errors to exit codes."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from atlante.cli import (
    ateco,
    context_tables,
    data,
    database,
    demonstration,
    filiere,
    indicators,
    linkage,
    service,
    survey,
    territories,
)
from atlante.cli.console import fail
from atlante.cli.context import Context
from atlante.errors import AtlanteError, UnexpectedFailure
from atlante.settings import Settings

_INTERRUPTED = 130
_OFF = {"", "0", "false", "no", "off"}

app = typer.Typer(
    name="atlante",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Territorial innovation indicators from business registers, published as OGC features and map tiles.",
)
app.add_typer(database.app, name="db")
app.add_typer(territories.territories, name="territories")
app.add_typer(data.synthetic, name="synthetic")
app.add_typer(ateco.app, name="ateco")
app.add_typer(filiere.app, name="filiere")
app.add_typer(indicators.app, name="indicators")
app.add_typer(survey.survey, name="survey")
app.add_typer(context_tables.context_tables, name="context")
survey.register(data.synthetic)
for module in (database, data, linkage, service, demonstration):
    module.register(app)


@app.callback()
def _settings(
    context: typer.Context,
    *,
    database_url: Annotated[
        str | None,
        typer.Option(envvar="ATLANTE_DATABASE_URL", help="PostgreSQL database to use; default: a private cluster."),
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            envvar="ATLANTE_DATA_DIR", help="Folder of the private cluster; default: in the user's state folder."
        ),
    ] = None,
    database_port: Annotated[
        int | None,
        typer.Option(
            envvar="ATLANTE_DATABASE_PORT",
            help="TCP port of 127.0.0.1 for the private cluster; default: none, its Unix socket alone.",
        ),
    ] = None,
    catalogue_dir: Annotated[
        Path | None,
        typer.Option(envvar="ATLANTE_CATALOGUE_DIR", help="Folder of the TOML definitions; default: Atlante's own."),
    ] = None,
    extra_catalogue_dir: Annotated[
        Path | None,
        typer.Option(
            envvar="ATLANTE_EXTRA_CATALOGUE_DIR",
            help="Folder of your own definitions (indicators, filiere, surveys, …), added to these.",
        ),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", envvar="ATLANTE_DEBUG", help="Show tracebacks.")] = False,
) -> None:
    """Read the settings once; commands get them as a value."""
    given = {
        "ATLANTE_DATABASE_URL": database_url,
        "ATLANTE_DATA_DIR": data_dir,
        "ATLANTE_DATABASE_PORT": database_port,
        "ATLANTE_CATALOGUE_DIR": catalogue_dir,
        "ATLANTE_EXTRA_CATALOGUE_DIR": extra_catalogue_dir,
    }
    environment = dict(os.environ) | {name: str(value) for name, value in given.items() if value is not None}
    context.obj = Context(Settings.from_environment(environment), environment)
    del debug  # main() looks for it itself: the parsing of options may fail, too


def _wants_traceback() -> bool:
    return "--debug" in sys.argv or os.environ.get("ATLANTE_DEBUG", "").lower() not in _OFF


def main() -> None:
    """Run the command line and exit with its code."""
    # Ctrl-C unwinds as an exit of its own: transactions roll back, children stop, and the shell sees 130.
    signal.signal(signal.SIGINT, lambda *_: sys.exit(_INTERRUPTED))
    try:
        app()
    except AtlanteError as exc:
        if _wants_traceback():
            raise
        sys.exit(fail(exc))
    except Exception as exc:
        if _wants_traceback():
            raise
        sys.exit(fail(UnexpectedFailure(exc)))
