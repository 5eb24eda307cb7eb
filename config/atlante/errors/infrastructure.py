"""Errors of the machine, the network and the database."""

from __future__ import annotations

from atlante.errors.base import InfrastructureError


class PostgresNotInstalled(InfrastructureError):
    """No PostgreSQL server with PostGIS is on this machine."""

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"{missing} was not found. Install PostgreSQL 15 or newer with PostGIS 3.3 or newer "
            "(Debian, Ubuntu: apt-get install postgresql-postgis), or set ATLANTE_DATABASE_URL."
        )


class ClusterFailed(InfrastructureError):
    """The private PostgreSQL cluster can't be made, started or stopped."""


class DiskFull(ClusterFailed):
    """There is no room for the database."""

    def __init__(self, path: object, free_mib: int, needed_mib: int) -> None:
        super().__init__(
            f"The disk of {path} has {free_mib} MiB free and {needed_mib} MiB are needed. "
            "Free some space, or choose another folder with ATLANTE_DATA_DIR."
        )


class PortTaken(InfrastructureError):
    """Another program listens on the port."""

    def __init__(self, host: str, port: int, setting: str) -> None:
        self.host, self.port = host, port
        super().__init__(
            f"Port {port} on {host} is taken by another program. Stop it, or choose another with {setting}."
        )


class DatabaseUnavailable(InfrastructureError):
    """The database does not answer, or the connection was lost."""


class DatabaseNotReady(InfrastructureError):
    """The database is not initialised, or by another version of Atlante."""


class QueryTooSlow(InfrastructureError):
    """A question to the database was stopped at its time limit."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"The database stopped a query: {problem}. "
            "Ask for less at once: a smaller bbox, fewer items, a simpler filter."
        )


class PipelineBusy(InfrastructureError):
    """Another process is writing to this database."""

    def __init__(self) -> None:
        super().__init__(
            "Another atlante process is loading, building or publishing in this database. Wait for it to end."
        )


class UnexpectedFailure(InfrastructureError):
    """Something failed that Atlante did not foresee."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(
            f"{type(cause).__name__}: {cause}. This is a defect: please report it with what --debug shows. "
            "Nothing was changed by this call."
        )
