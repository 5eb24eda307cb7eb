"""The private PostgreSQL cluster: what Atlante uses where no other database is given.

:mod:`server` starts and stops it, :mod:`making` makes its data folder; :mod:`installation` is PostgreSQL on this
machine, :mod:`account` the user that it runs as; :mod:`folders` and :mod:`processes` know its files and processes;
:mod:`tuning` fits its settings to the machine; :mod:`failures` names what went wrong; :mod:`address` is its URL.
"""

from atlante.database.cluster.address import database_url, ensure_database, read_url
from atlante.database.cluster.installation import Installation, find_server
from atlante.database.cluster.server import Cluster, ClusterStatus

__all__ = [
    "Cluster",
    "ClusterStatus",
    "Installation",
    "database_url",
    "ensure_database",
    "find_server",
    "read_url",
]
