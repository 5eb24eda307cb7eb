"""Days as options and arguments give them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import typer

from atlante.errors import InvalidSetting


def day_option(meaning: str) -> Any:  # noqa: ANN401 - what Typer itself returns
    """Return the option ``--as-of`` with what it means to one command."""
    return typer.Option("--as-of", envvar="ATLANTE_AS_OF", metavar="YYYY-MM-DD", help=meaning)


def parse_day(name: str, text: str) -> dt.date:
    """Return a day.

    Raises
    ------
    InvalidSetting
        If the text is not one; names the option or argument.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError as exc:
        raise InvalidSetting(name, text, "a date as YYYY-MM-DD") from exc
