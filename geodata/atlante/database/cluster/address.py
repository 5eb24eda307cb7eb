"""The address of the database that a deployment's settings mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlante.database.cluster.server import Cluster
from atlante.database.connection import Role

if TYPE_CHECKING:
    from atlante.settings import Settings


def database_url(settings: Settings) -> str:
    """Return the address of the database for whoever administers and loads it; nothing is started.

    ``ATLANTE_DATABASE_URL`` where it is set, otherwise that of the private cluster's superuser.
    """
    return settings.database_url or Cluster.of(settings).url()


def ensure_database(settings: Settings) -> str:
    """Return what :func:`database_url` returns, with the private cluster running if it is the one.

    With ``ATLANTE_DATABASE_URL`` set the private cluster is never touched.

    Raises
    ------
    PostgresNotInstalled, ClusterFailed, DiskFull, PortTaken
        If the private cluster is needed and can't run.
    """
    if not settings.database_url:
        Cluster.of(settings).start()
    return database_url(settings)


def read_url(settings: Settings) -> str:
    """Return the address of the database for the service, with the private cluster running if it is the one.

    In the private cluster it logs in as ``atlante_read``, a login that exists once the database is migrated.

    Raises
    ------
    PostgresNotInstalled, ClusterFailed, DiskFull, PortTaken
        If the private cluster is needed and can't run.
    """
    if settings.database_url:
        return settings.database_url
    cluster = Cluster.of(settings)
    cluster.start()
    return cluster.url(login=Role.READ)
