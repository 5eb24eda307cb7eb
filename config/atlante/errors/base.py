"""The root of all errors and its three branches, which decide the exit code of the command line."""

from __future__ import annotations

from typing import ClassVar


class AtlanteError(Exception):
    """The root: catch this to catch everything that Atlante raises on purpose."""

    exit_code: ClassVar[int] = 1


class UsageError(AtlanteError):
    """The call can't be carried out as it was made."""

    exit_code = 2


class DataError(AtlanteError):
    """What was given can't be used. Nothing has been changed."""


class InfrastructureError(AtlanteError):
    """The machine, the network or the database."""

    exit_code = 3
