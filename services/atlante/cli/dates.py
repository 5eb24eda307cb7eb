"""Days as options and arguments give them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import typer

from atlante.cli.console import note
from atlante.errors import InvalidSetting

if TYPE_CHECKING:
    from collections.abc import Mapping


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


def tell_days(url: str, days: Mapping[str, dt.date], *, known_at: dt.datetime | None = None) -> None:
    """Refuse days that the history of territories does not have, and tell where it is not known whether all is.

    Parameters
    ----------
    days
        By the name of the option or argument that gives it.

    Raises
    ------
    DayNotTold
        If a day is before the history begins, or to come.
    """
    from atlante.pipeline.territories import require_days

    told_until = require_days(url, days, today=dt.datetime.now(dt.UTC).date(), known_at=known_at)
    if told_until is not None:
        note(f"Documents speak until {told_until}: what changed after that day is not known.")
