"""Commands about the database: the private cluster, migrations and roles."""

from __future__ import annotations

from typing import Annotated

import typer

from atlante.cli.console import JsonOption, emit_json, emit_table, note
from atlante.cli.context import context_of, settings_of
from atlante.database import Cluster, database_url, migrate
from atlante.errors import InvalidSetting

app = typer.Typer(no_args_is_help=True, help="The private PostgreSQL cluster.")


def register(root: typer.Typer) -> None:
    """Add the commands that stand at the root."""
    root.command()(init)


def _cluster(context: typer.Context) -> Cluster:
    settings = settings_of(context)
    if settings.database_url:
        raise InvalidSetting("ATLANTE_DATABASE_URL", "set", "no value: its server is not Atlante's to start or stop")
    return Cluster.of(settings)


@app.command()
def start(context: typer.Context) -> None:
    """Start the private cluster; one that runs is left alone."""
    _cluster(context).start()
    note(f"running in {settings_of(context).data_dir}")


@app.command()
def stop(context: typer.Context) -> None:
    """Stop the private cluster; one that is stopped is left alone."""
    _cluster(context).stop()
    note(f"stopped in {settings_of(context).data_dir}")


@app.command()
def status(context: typer.Context, *, json: JsonOption = False) -> None:
    """Say whether the private cluster runs, and where."""
    found = _cluster(context).status().as_dict()
    if json:
        emit_json(found)
    else:
        emit_table(("", ""), found.items())


@app.command()
def url(context: typer.Context) -> None:
    """Print the database's URL, for psql and other clients."""
    typer.echo(database_url(settings_of(context)))


def init(
    context: typer.Context,
    *,
    read_password: Annotated[
        str | None,
        typer.Option(envvar="ATLANTE_READ_PASSWORD", help="Lets atlante_read log in over the network with it."),
    ] = None,
) -> None:
    """Bring the database to the current schema and make its roles; running it again changes nothing."""
    applied = migrate(context_of(context).database(), read_password=read_password)
    note(f"applied {', '.join(applied)}" if applied else "the database is up to date")
