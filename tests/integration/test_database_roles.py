"""Who may do what is a law of the database: the service can't read a firm, whatever SQL it is made to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from atlante.database import Role, connect, read_pool
from atlante.errors import DatabaseNotReady

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import LiteralString

OWN_SCHEMAS = ("ops", "territory", "register", "measure", "publish")

# What is ours or anybody's: all but PostgreSQL's own catalogs and what an extension brought.
RELATIONS = """
    FROM pg_class AS relation
    JOIN pg_namespace AS schema ON schema.oid = relation.relnamespace
    WHERE schema.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND schema.nspname NOT LIKE 'pg_temp%%'
    AND NOT EXISTS (
        SELECT 1 FROM pg_depend
        WHERE classid = 'pg_class'::regclass AND objid = relation.oid AND deptype = 'e'
    )
"""


def login(database: str, role: Role) -> psycopg.Connection:
    return psycopg.connect(make_conninfo(database, user=role), autocommit=True)


@pytest.fixture
def reader(database: str) -> Iterator[psycopg.Connection]:
    """Return a connection that logged in as the service does."""
    with login(database, Role.READ) as connection:
        yield connection


@pytest.fixture
def loader(database: str) -> Iterator[psycopg.Connection]:
    """Return a connection that logged in as the pipeline may."""
    with login(database, Role.LOAD) as connection:
        yield connection


def names(connection: psycopg.Connection, query: LiteralString, *arguments: object) -> list[str]:
    return [row[0] for row in connection.execute(query, arguments)]


def test_the_reader_can_select_every_table_of_publish(reader: psycopg.Connection) -> None:
    query = (
        "SELECT format('%%I.%%I', nspname, relname)" + RELATIONS + "AND nspname = 'publish' AND relkind IN ('r', 'v')"
    )
    tables = names(reader, query)
    assert "publish.release" in tables
    for table in tables:
        reader.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table.split("."))))


def test_the_reader_can_read_no_table_view_sequence_or_column_anywhere_else(reader: psycopg.Connection) -> None:
    others = RELATIONS + " AND schema.nspname <> 'publish'"
    tables = " AND relation.relkind IN ('r', 'p', 'v', 'm', 'f')"
    assert len(names(reader, "SELECT relname" + others + tables)) > 10, "there must be something to protect"
    assert (
        names(reader, "SELECT relname" + others + tables + " AND has_any_column_privilege(relation.oid, 'SELECT')")
        == []
    )
    sequences = " AND CASE relkind WHEN 'S' THEN has_sequence_privilege(relation.oid, 'SELECT, USAGE, UPDATE') END"
    assert names(reader, "SELECT relname" + others + sequences) == []
    assert names(reader, "SELECT nspname FROM pg_namespace WHERE has_schema_privilege(oid, 'USAGE') ORDER BY 1") == [
        "information_schema",
        "pg_catalog",
        "public",
        "publish",
    ]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT name FROM register.firm",
        "SELECT count(*) FROM register.firm",
        "SELECT 1 FROM register.staging",
        "SELECT municipality_code FROM register.placement",
        "SELECT answer FROM register.survey_answer",
        "SELECT answer FROM register.survey_staging",
        "SELECT value FROM measure.observation",
        "SELECT value FROM measure.context",
        "SELECT value FROM ops.reject",
        "SELECT name FROM territory.region",
        "TABLE register.firm",
        "COPY register.firm TO STDOUT",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT query_to_xml('SELECT name FROM register.firm', true, true, '')",
        "CREATE VIEW publish.leak AS SELECT name FROM register.firm",
    ],
)
def test_the_reader_is_refused_what_is_not_published(reader: psycopg.Connection, query: LiteralString) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(query)


def test_the_reader_learns_nothing_of_values_from_the_statistics_of_the_planner(database: str) -> None:
    """PostgreSQL keeps the commonest values of every column in pg_stats, shown to who may read the column."""
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute("INSERT INTO ops.run (verb, software_version) SELECT 'ingest', '1' FROM generate_series(1, 50)")
        admin.execute("ANALYZE ops.run")
        assert names(admin, "SELECT attname FROM pg_stats WHERE schemaname = 'ops' AND tablename = 'run'")
    with login(database, Role.READ) as reader:
        assert names(reader, "SELECT DISTINCT schemaname FROM pg_stats WHERE schemaname = ANY(%s)", ["ops"]) == []


def test_the_reader_can_write_to_no_table(reader: psycopg.Connection) -> None:
    writes = " AND relkind IN ('r', 'p', 'v', 'f') AND has_table_privilege(relation.oid, %s)"
    for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"):
        assert names(reader, "SELECT relname" + RELATIONS + writes, right) == []
    columns = (
        " AND relkind IN ('r', 'p', 'v', 'f') AND has_any_column_privilege(relation.oid, 'INSERT, UPDATE, REFERENCES')"
    )
    assert names(reader, "SELECT relname" + RELATIONS + columns) == []


def test_the_reader_can_make_nothing(reader: psycopg.Connection) -> None:
    assert names(reader, "SELECT nspname FROM pg_namespace WHERE has_schema_privilege(oid, 'CREATE')") == []
    assert names(reader, "SELECT 1 WHERE has_database_privilege(current_database(), 'CREATE')") == []
    for statement in ("CREATE TABLE publish.more (n int)", "CREATE TABLE public.more (n int)", "CREATE SCHEMA more"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(statement)


@pytest.mark.parametrize("role", ["atlante_load", "atlante_admin", "atlante", "pg_read_all_data"])
def test_the_reader_can_become_nobody_else(reader: psycopg.Connection, role: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))


def test_the_reader_has_no_power_of_its_own(reader: psycopg.Connection) -> None:
    powers = "rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
    assert names(reader, "SELECT rolname FROM pg_roles WHERE rolname LIKE 'atlante_%%' AND (" + powers + ")") == []
    others = "SELECT rolname FROM pg_roles WHERE pg_has_role(oid, 'MEMBER') AND rolname <> current_user"
    assert names(reader, others) == []


def test_no_function_of_ours_runs_with_its_owners_rights(reader: psycopg.Connection) -> None:
    query = """
        SELECT proname FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
        WHERE prosecdef AND nspname NOT IN ('pg_catalog', 'information_schema')
        AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
        AND has_function_privilege(pg_proc.oid, 'EXECUTE')
    """
    assert names(reader, query) == []


@pytest.mark.parametrize(("schema", "is_readable"), [(schema, schema == "publish") for schema in OWN_SCHEMAS])
def test_a_table_that_a_later_migration_makes_is_protected_from_the_start(
    database: str, schema: str, *, is_readable: bool
) -> None:
    table = sql.Identifier(schema, "later")
    with connect(database, role=Role.ADMIN) as connection:
        connection.execute(sql.SQL("CREATE TABLE {} (id bigint GENERATED ALWAYS AS IDENTITY, n int)").format(table))
    with login(database, Role.LOAD) as loader:
        loader.execute(sql.SQL("INSERT INTO {} (n) VALUES (1)").format(table))
    with login(database, Role.READ) as reader:
        if is_readable:
            assert reader.execute(sql.SQL("SELECT n FROM {}").format(table)).fetchall() == [(1,)]
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(sql.SQL("SELECT n FROM {}").format(table))


@pytest.mark.parametrize("schema", [*OWN_SCHEMAS, "public"])
def test_the_loader_can_not_make_or_change_a_table(loader: psycopg.Connection, schema: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        loader.execute(sql.SQL("CREATE TABLE {} (n int)").format(sql.Identifier(schema, "more")))
    for statement in ("DROP TABLE register.firm", "ALTER TABLE publish.release ADD COLUMN n int"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            loader.execute(statement)


def test_the_loader_can_not_become_the_administrator(loader: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        loader.execute("SET ROLE atlante_admin")


def test_the_loader_can_write_to_every_table_of_ours(loader: psycopg.Connection) -> None:
    query = "SELECT format('%%I.%%I', nspname, relname)" + RELATIONS + "AND relkind = 'r'"
    tables = names(loader, query)
    assert len(tables) > 15
    for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"):
        refused = query + "AND NOT has_table_privilege(relation.oid, %s)"
        assert names(loader, refused, right) == []


def test_the_pool_takes_the_readers_role_with_an_administrators_address(database: str) -> None:
    with read_pool(database, max_size=2) as pool, pool.connection() as connection:
        assert connection.execute("SELECT session_user, current_user").fetchone() == ("atlante", "atlante_read")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT name FROM register.firm")


def test_the_pool_can_not_write_even_where_the_reader_was_allowed_to(database: str) -> None:
    with psycopg.connect(database) as admin:
        admin.execute("GRANT DELETE ON publish.release TO atlante_read")
    with read_pool(database, max_size=2) as pool, pool.connection() as connection:
        assert connection.autocommit
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("DELETE FROM publish.release")


def test_a_role_that_is_not_there_says_to_initialise(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE ROLE plain LOGIN")
    try:
        refused = pytest.raises(DatabaseNotReady, match="permission denied to set role")
        with refused, connect(make_conninfo(database, user="plain"), role=Role.READ):
            pass
    finally:
        with psycopg.connect(database) as connection:
            connection.execute("DROP ROLE plain")
