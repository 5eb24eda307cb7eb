"""What the root hands to every command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from atlante.database import ensure_database, pending_migrations
from atlante.errors import DatabaseNotReady
from atlante.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Context:
    """The settings of this call.

    Attributes
    ----------
    environment
        The variables that the settings came from, with the options written over them.
    """

    settings: Settings
    environment: Mapping[str, str]

    def database(self) -> str:
        """Return the URL of the database for the pipeline, starting the private cluster where none is named."""
        return ensure_database(self.settings)


def settings_of(context: typer.Context) -> Settings:
    """Return the settings of a call."""
    return context_of(context).settings


def context_of(context: typer.Context) -> Context:
    """Return what the root handed on."""
    handed: Context = context.find_object(Context) or Context(Settings.from_environment(), {})
    return handed


def ready_database(context: typer.Context) -> str:
    """Return the database's URL.

    Raises
    ------
    DatabaseNotReady
        If it lacks migrations.
    """
    url = context_of(context).database()
    if pending_migrations(url):
        raise DatabaseNotReady("The database is not initialised, or by an older Atlante. Run `atlante init`.")
    return url
