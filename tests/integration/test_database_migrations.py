"""The schema: made once, made again without harm, and never mixed up with another version's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from atlante.database import Cluster, migrate, migrations, pending_migrations
from atlante.database.migrations import Migration, all_migrations
from atlante.errors import DatabaseNotReady, DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def empty(server: Cluster) -> Iterator[str]:
    """Return the address of a database that was never migrated."""
    with psycopg.connect(server.url(database="postgres"), autocommit=True) as admin:
        admin.execute("CREATE DATABASE never_migrated")
        try:
            yield server.url(database="never_migrated")
        finally:
            admin.execute("DROP DATABASE never_migrated WITH (FORCE)")


@pytest.fixture
def one_more(monkeypatch: pytest.MonkeyPatch) -> list[Migration]:
    """Return the list of shipped migrations, to add to."""
    shipped = all_migrations()
    monkeypatch.setattr(migrations, "all_migrations", lambda: shipped)
    return shipped


def fingerprint(url: str) -> list[tuple[object, ...]]:
    """Return every column, right and applied migration of a database."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            """
            SELECT table_schema, table_name, column_name, data_type, is_nullable, column_default
            FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
            UNION ALL
            SELECT relname, relacl::text, relkind::text, relowner::regrole::text, NULL, NULL FROM pg_class
            UNION ALL
            SELECT name, sha256, applied_at::text, NULL, NULL, NULL FROM ops.migration
            ORDER BY 1, 2, 3, 4, 5, 6
            """
        ).fetchall()


NAMES = [migration.name for migration in all_migrations()]


def test_are_numbered_without_a_gap() -> None:
    assert [name[:4] for name in NAMES] == [f"{number:04}" for number in range(1, len(NAMES) + 1)]
    assert len(NAMES) >= 5


def test_on_an_empty_database_are_all_pending_and_then_all_applied(empty: str) -> None:
    assert pending_migrations(empty) == NAMES
    assert migrate(empty) == NAMES
    assert pending_migrations(empty) == []
    with psycopg.connect(empty) as connection:
        assert [row[0] for row in connection.execute("SELECT name FROM ops.migration ORDER BY name")] == NAMES


def test_twice_is_nothing(empty: str) -> None:
    migrate(empty)
    before = fingerprint(empty)
    assert migrate(empty) == []
    assert fingerprint(empty) == before


def test_by_two_processes_at_once_are_applied_once(empty: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(lambda _: migrate(empty), range(2)))
    assert answers == [[], NAMES]


def test_that_come_later_are_applied_alone(empty: str, one_more: list[Migration]) -> None:
    migrate(empty)
    one_more.append(Migration("9999_later", "CREATE TABLE publish.later (n integer);", "abc"))
    assert pending_migrations(empty) == ["9999_later"]
    assert migrate(empty) == ["9999_later"]
    with psycopg.connect(empty) as connection:
        owner = "SELECT relowner::regrole::text FROM pg_class WHERE oid = 'publish.later'::regclass"
        assert connection.execute(owner).fetchone() == ("atlante_admin",)


def test_that_fail_leave_nothing_behind(empty: str, one_more: list[Migration]) -> None:
    one_more.append(Migration("9999_wrong", "CREATE TABLE publish.wrong (n integer); SELECT 1 / 0;", "abc"))
    with pytest.raises(Exception, match="division by zero"):
        migrate(empty)
    with psycopg.connect(empty) as connection:
        assert connection.execute("SELECT to_regnamespace('publish')").fetchone() == (None,)


def test_of_a_newer_atlante_are_refused(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO ops.migration (name, sha256) VALUES ('9999_future', 'abc')")
    for verb in (migrate, pending_migrations):
        with pytest.raises(DatabaseNotReady, match=r"9999_future is unknown here.*Update Atlante"):
            verb(database)


def test_of_another_text_are_refused(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(sql.SQL("UPDATE ops.migration SET sha256 = 'abc' WHERE name = {}").format(NAMES[1]))
    for verb in (migrate, pending_migrations):
        with pytest.raises(DatabaseNotReady, match=f"{NAMES[1]} was applied with another text"):
            verb(database)


def test_on_a_server_that_is_too_old_are_refused(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "_OLDEST_POSTGIS", (99, 1))
    with pytest.raises(DatabaseNotReady, match=r"with PostGIS 3\.\d.*needs PostgreSQL 15 and PostGIS 99\.1"):
        migrate(empty)
    monkeypatch.setattr(migrations, "_OLDEST_POSTGIS", (3, 3))
    monkeypatch.setattr(migrations, "_OLDEST_SERVER", 99)
    with pytest.raises(DatabaseNotReady, match="needs PostgreSQL 99"):
        migrate(empty)


def test_where_no_server_answers_say_so() -> None:
    with pytest.raises(DatabaseUnavailable, match="ATLANTE_DATABASE_URL"):
        migrate("postgresql://atlante@127.0.0.1:1/atlante")


def test_set_the_readers_password_where_one_is_given(empty: str) -> None:
    is_set = "SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = 'atlante_read'"
    migrate(empty, read_password="it's secret")  # noqa: S106
    with psycopg.connect(empty) as connection:
        assert connection.execute(is_set).fetchone() == (True,)
        connection.execute("ALTER ROLE atlante_read PASSWORD NULL")
