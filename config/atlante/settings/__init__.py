"""What a deployment chooses: read once from ``ATLANTE_…`` variables, then passed on as a value."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from atlante.errors import InvalidSetting

if TYPE_CHECKING:
    from collections.abc import Mapping

_SOURCE_TREE_CATALOGUE = Path(__file__).parents[2] / "catalogue"
_INSTALLED_CATALOGUE = Path(sys.prefix) / "share" / "atlante" / "catalogue"


def default_data_dir(environment: Mapping[str, str]) -> Path:
    """Return the folder of the private cluster: below the user's state folder, or ``/var/lib`` for root.

    Root's own state folder is closed to the unprivileged user that the server runs as.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/atlante")
    state = environment.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "atlante"


def default_cache_dir(environment: Mapping[str, str]) -> Path:
    """Return the folder for what can be made again, such as the index of a boundary vintage."""
    return Path(environment.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "atlante"


def default_catalogue_dir() -> Path:
    """Return the shipped catalogue: of the source tree, or of the installed wheel."""
    return _SOURCE_TREE_CATALOGUE if _SOURCE_TREE_CATALOGUE.is_dir() else _INSTALLED_CATALOGUE


@dataclass(frozen=True, slots=True)
class Settings:
    """A deployment's choices.

    Attributes
    ----------
    database_url
        A PostgreSQL database to use (``postgresql://…``). None: the private cluster.
    data_dir
        Folder of the private cluster.
    database_port
        TCP port of 127.0.0.1 that the private cluster also listens on. None: its Unix socket alone.
    catalogue_dir
        Folder of the TOML definitions.
    extra_catalogue_dir
        Folder whose indicators, filiere, sectors, context tables, surveys and models of maturity are added to these.
        None: nothing is added.
    host
        Address that the service listens on.
    port
        TCP port that it listens on.
    public_url
        The address that clients see, without a slash at the end; None: ``http://{host}:{port}``.
    """

    database_url: str | None
    data_dir: Path
    database_port: int | None
    catalogue_dir: Path
    extra_catalogue_dir: Path | None
    host: str
    port: int
    public_url: str | None

    @property
    def service_url(self) -> str:
        """The address that clients see, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Return the settings that ``ATLANTE_…`` variables make (default: of this process).

        Raises
        ------
        InvalidSetting
            If a variable can't be understood; names it.
        """
        env = os.environ if environment is None else environment
        database_port = env.get("ATLANTE_DATABASE_PORT")
        extra = env.get("ATLANTE_EXTRA_CATALOGUE_DIR")
        return cls(
            database_url=env.get("ATLANTE_DATABASE_URL") or None,
            data_dir=Path(env.get("ATLANTE_DATA_DIR") or default_data_dir(env)).expanduser().absolute(),
            database_port=_port("ATLANTE_DATABASE_PORT", database_port) if database_port else None,
            catalogue_dir=Path(env.get("ATLANTE_CATALOGUE_DIR") or default_catalogue_dir()).expanduser().absolute(),
            extra_catalogue_dir=Path(extra).expanduser().absolute() if extra else None,
            host=env.get("ATLANTE_HOST") or "127.0.0.1",
            port=_port("ATLANTE_PORT", env.get("ATLANTE_PORT") or "8080"),
            public_url=env.get("ATLANTE_PUBLIC_URL") or None,
        )


def _port(name: str, text: str) -> int:
    """Return a TCP port from text."""
    if text.isascii() and text.isdigit() and 0 < int(text) < 2**16:
        return int(text)
    raise InvalidSetting(name, text, "a port from 1 to 65535")
