"""What Atlante needs of a machine, one finding each."""

from __future__ import annotations

import platform
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atlante.catalogue.indicators import load_indicators
from atlante.catalogue.placement import load_placement_rules
from atlante.catalogue.publication import load_publication
from atlante.catalogue.sources import load_sources
from atlante.database import Cluster, find_server, pending_migrations
from atlante.errors import AtlanteError
from atlante.web.server import ensure_port_is_free

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from atlante.settings import Settings

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: fine, or with what to do."""

    subject: str
    is_fine: bool
    detail: str


def diagnose(settings: Settings) -> list[Finding]:
    """Look at everything that Atlante needs; nothing is started or changed."""
    return [
        _finding("Python", platform.python_version),
        _finding("PostgreSQL and PostGIS", lambda: _server(settings)),
        _finding("data folder", lambda: _data_folder(settings)),
        _finding("database", lambda: _database(settings)),
        _finding("catalogue", lambda: _catalogue(settings.catalogue_dir, settings.extra_catalogue_dir)),
        _finding("port", lambda: _port(settings)),
    ]


def _finding(subject: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, is_fine=True, detail=look())
    except AtlanteError as exc:
        return Finding(subject, is_fine=False, detail=str(exc))


def _server(settings: Settings) -> str:
    if settings.database_url:
        return "a server of its own is named by ATLANTE_DATABASE_URL"
    return str(find_server())


def _data_folder(settings: Settings) -> str:
    existing = next(folder for folder in (settings.data_dir, *settings.data_dir.parents) if folder.exists())
    return f"{settings.data_dir} ({shutil.disk_usage(existing).free // _MIB:,} MiB free)"


def _database(settings: Settings) -> str:
    if settings.database_url is None and not Cluster.of(settings).status().is_running:
        return "the private cluster is not running; it is started on demand"
    url = settings.database_url or Cluster.of(settings).url()
    pending = pending_migrations(url)
    return f"lacks {len(pending)} migrations: run `atlante init`" if pending else "up to date"


def _catalogue(folder: Path, extra: Path | None) -> str:
    indicators = load_indicators(folder, extra).indicators
    rules, sources, publication = load_placement_rules(folder), load_sources(folder), load_publication(folder)
    return (
        f"{len(indicators)} indicators, {len(sources)} sources, {len(rules.aliases)} aliases, "
        f"{len(publication.collection)} collections in {folder}" + (f" and {extra}" if extra else "")
    )


def _port(settings: Settings) -> str:
    ensure_port_is_free(settings)
    return f"{settings.port} on {settings.host} is free"
