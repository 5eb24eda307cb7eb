"""Connections: always under one of the three roles, their errors always ours."""

from __future__ import annotations

from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool, PoolTimeout

from atlante.errors import DatabaseNotReady, DatabaseUnavailable, DiskFull, PipelineBusy, QueryTooSlow, ValueRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

type Connection = psycopg.Connection[tuple[Any, ...]]  # rows come from SQL: their types are known where they are read
type ReadPool = ConnectionPool[psycopg.Connection[tuple[Any, ...]]]

# The slowest honest answer, every municipality in another reference system, takes 0.4 s; a machine ten times as busy
# gets there, too. What takes longer holds a connection that others wait for.
STATEMENT_TIMEOUT: Final = "10s"
_PIPELINE_LOCK = 0x41_54_4C_41  # "ATLA": one writer to a database at a time


class Role(StrEnum):
    """Who is asking. What each may do is written in the migrations."""

    ADMIN = "atlante_admin"
    LOAD = "atlante_load"
    READ = "atlante_read"


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn what the driver raises into our errors, in this one place."""
    try:
        yield
    except psycopg.errors.DiskFull as exc:
        raise DiskFull("the database", 0, 1) from exc
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedColumn) as exc:
        raise DatabaseNotReady(f"The database lacks something: {_first_line(exc)}. Run `atlante init`.") from exc
    except psycopg.errors.InsufficientPrivilege as exc:
        raise DatabaseNotReady(
            f"The database refused: {_first_line(exc)}. Run `atlante init` with an administrator's URL."
        ) from exc
    except psycopg.errors.QueryCanceled as exc:  # an OperationalError, too; but the database does answer
        raise QueryTooSlow(_first_line(exc)) from exc
    except (psycopg.OperationalError, PoolTimeout) as exc:
        raise DatabaseUnavailable(
            f"The database does not answer: {_first_line(exc)}. Check ATLANTE_DATABASE_URL, or run `atlante db status`."
        ) from exc
    except (psycopg.DataError, psycopg.errors.InternalError_) as exc:  # the latter is how PostGIS names bad geometry
        raise ValueRefused(_first_line(exc)) from exc


def _first_line(exc: Exception) -> str:
    return str(exc).strip().split("\n", 1)[0].rstrip(".")


@contextmanager
def connect(url: str, *, role: Role | None) -> Iterator[Connection]:
    """Open a connection under a role; commit at the end, roll back on an error.

    Parameters
    ----------
    url
        ``postgresql://…``
    role
        Taken on by ``SET ROLE``; None keeps the login's own rights (migrations create the roles).

    Raises
    ------
    DatabaseUnavailable
        If the database does not answer.
    DatabaseNotReady
        If the role does not exist yet.
    """
    with translate_errors(), psycopg.connect(url, application_name="atlante") as connection:
        if role is not None:
            _take_role(connection, role)
        yield connection


def _take_role(connection: Connection, role: Role) -> None:
    try:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    except (psycopg.errors.UndefinedObject, psycopg.errors.InvalidParameterValue) as exc:
        raise DatabaseNotReady(f"The database has no role {role}. Run `atlante init`.") from exc
    connection.commit()


@contextmanager
def exclusive_transaction(connection: Connection) -> Iterator[Connection]:
    """Run the block in one transaction as the only writer of the database.

    Raises
    ------
    PipelineBusy
        If another process is writing.
    """
    with connection.transaction():
        row = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (_PIPELINE_LOCK,)).fetchone()
        if row != (True,):
            raise PipelineBusy
        yield connection


def read_pool(url: str, *, max_size: int = 8) -> ReadPool:
    """Return a pool of read-only autocommit connections under :attr:`Role.READ`; it opens on first use.

    The role is taken on whatever the login may do: the service can't read a firm, not even with an administrator's URL.
    No statement takes longer than :data:`STATEMENT_TIMEOUT`, whatever the settings of the login or the database are.
    """

    def configure(connection: Connection) -> None:
        # read_only alone reaches only transactions that the driver begins, none of which autocommit has
        connection.execute("SET default_transaction_read_only = on")
        connection.execute("SELECT set_config('statement_timeout', %s, FALSE)", (STATEMENT_TIMEOUT,))
        _take_role(connection, Role.READ)
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ  # a transaction sees one state, to its end
        connection.autocommit = True

    return ConnectionPool(
        url,
        connection_class=psycopg.Connection,
        min_size=1,
        max_size=max_size,
        open=False,
        configure=configure,
        check=ConnectionPool.check_connection,
        kwargs={"application_name": "atlante-service"},
        timeout=3,
        reconnect_timeout=1,  # then a request tries again: the pool's own back-off would outlast the outage
    )
