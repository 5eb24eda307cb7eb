"""PostgreSQL: connections by role, named queries, migrations, and the private cluster.

The only part of Atlante that imports psycopg. Driver errors are translated here, in :func:`translate_errors`.
"""

from psycopg import sql

from atlante.database.cluster import Cluster, ClusterStatus, database_url, ensure_database, find_server, read_url
from atlante.database.connection import (
    Connection,
    ReadPool,
    Role,
    connect,
    exclusive_transaction,
    read_pool,
    translate_errors,
)
from atlante.database.copying import blocks, copy_rows, copy_table, read_table
from atlante.database.migrations import migrate, pending_migrations
from atlante.database.queries import Queries, load_queries

__all__ = [
    "Cluster",
    "ClusterStatus",
    "Connection",
    "Queries",
    "ReadPool",
    "Role",
    "blocks",
    "connect",
    "copy_rows",
    "copy_table",
    "database_url",
    "ensure_database",
    "exclusive_transaction",
    "find_server",
    "load_queries",
    "migrate",
    "pending_migrations",
    "read_pool",
    "read_table",
    "read_url",
    "sql",
    "translate_errors",
]
