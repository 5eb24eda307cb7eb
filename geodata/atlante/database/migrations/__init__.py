"""The schema as numbered SQL files, applied once each, in order, in one transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files

import psycopg
from psycopg import sql

from atlante.database.connection import Role, connect, translate_errors
from atlante.errors import DatabaseNotReady

_OLDEST_SERVER = 15
_OLDEST_POSTGIS = (3, 3)


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema: a file, its text, its SHA-256."""

    name: str
    text: str
    sha256: str


def all_migrations() -> list[Migration]:
    """Return the shipped migrations in order."""
    found = []
    for file in sorted(files(__name__).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".sql"):
            text = file.read_text(encoding="utf-8")
            found.append(Migration(file.name.removesuffix(".sql"), text, hashlib.sha256(text.encode()).hexdigest()))
    return found


def migrate(url: str, *, read_password: str | None = None) -> list[str]:
    """Bring a database to the current schema; return the names of the migrations that were applied.

    Creates the extension, the three roles and the schemas where they are missing. Running it again changes nothing.

    Parameters
    ----------
    url
        A login that may create roles and the PostGIS extension.
    read_password
        If given, ``atlante_read`` may log in with it (a service on another machine).

    Raises
    ------
    DatabaseNotReady
        If the server is too old or has no PostGIS, or if the database has a migration that this version does not know
        or one whose text differs.
    """
    with connect(url, role=None) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('atlante.migrations'))")
        _create_extension(connection)
        _create_roles(connection, read_password)
        applied = _applied(connection)
        pending = _pending(applied)
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(Role.ADMIN)))
        for migration in pending:
            connection.execute(sql.SQL(migration.text))
            connection.execute(
                "INSERT INTO ops.migration (name, sha256) VALUES (%s, %s)", (migration.name, migration.sha256)
            )
    return [migration.name for migration in pending]


def pending_migrations(url: str) -> list[str]:
    """Return the names of the migrations that a database still lacks."""
    with connect(url, role=None) as connection:
        return [migration.name for migration in _pending(_applied(connection))]


def _create_extension(connection: psycopg.Connection) -> None:
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    except psycopg.errors.FeatureNotSupported as exc:
        raise DatabaseNotReady(
            "The database server has no PostGIS. Install it on that machine, or use another."
        ) from exc
    row = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'postgis'").fetchone()
    postgis = str(row[0]) if row else ""
    found = connection.info.server_version // 10_000, tuple(map(int, postgis.split(".")[:2]))
    if found < (_OLDEST_SERVER, ()) or found[1] < _OLDEST_POSTGIS:
        raise DatabaseNotReady(
            f"The database server is PostgreSQL {found[0]} with PostGIS {postgis}. "
            f"Atlante needs PostgreSQL {_OLDEST_SERVER} and PostGIS {'.'.join(map(str, _OLDEST_POSTGIS))}, or newer."
        )


def _create_roles(connection: psycopg.Connection, read_password: str | None) -> None:
    for role in Role:
        exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        if not exists:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    identifiers = sql.SQL(", ").join(map(sql.Identifier, Role))
    connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(identifiers))
    row = connection.execute("SELECT current_database()").fetchone()
    database = sql.Identifier(row[0] if row else "")
    connection.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(database, sql.Identifier(Role.ADMIN)))
    if read_password:
        connection.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(Role.READ), sql.Literal(read_password))
        )


def _applied(connection: psycopg.Connection) -> dict[str, str]:
    row = connection.execute("SELECT to_regclass('ops.migration') IS NOT NULL").fetchone()
    if row != (True,):
        return {}
    with translate_errors():
        return dict(connection.execute("SELECT name, sha256 FROM ops.migration ORDER BY name").fetchall())


def _pending(applied: dict[str, str]) -> list[Migration]:
    shipped = all_migrations()
    unknown = applied.keys() - {migration.name for migration in shipped}
    if unknown:
        raise DatabaseNotReady(
            f"The database was made by a newer Atlante (migration {min(unknown)} is unknown here). Update Atlante."
        )
    for migration in shipped:
        if applied.get(migration.name, migration.sha256) != migration.sha256:
            raise DatabaseNotReady(
                f"Migration {migration.name} was applied with another text. "
                "Use the version of Atlante that made this database."
            )
    return [migration for migration in shipped if migration.name not in applied]
