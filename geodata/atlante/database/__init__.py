"""PostgreSQL: connections by role, named queries, migrations, and the private cluster.

The only part of Atlante that imports psycopg. Driver errors are translated here, in :func:`translate_errors`.
"""

from atlante.database.connection import (
    Connection,
    ReadPool,
    Role,
    connect,
    exclusive_transaction,
    read_pool,
    translate_errors,
)
from atlante.database.migrations import migrate, pending_migrations
from atlante.database.queries import Queries, load_queries

__all__ = [
    "Connection",
    "Queries",
    "ReadPool",
    "Role",
    "connect",
    "exclusive_transaction",
    "load_queries",
    "migrate",
    "pending_migrations",
    "read_pool",
    "translate_errors",
]
