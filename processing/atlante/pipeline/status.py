"""What is loaded, built and served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atlante.database import Role, connect
from atlante.pipeline.runs import QUERIES
from atlante.releases import current_release

if TYPE_CHECKING:
    from atlante.database import Connection


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a database: boundary vintages, extracts, and the release that is served (None before the first)."""

    vintages: list[dict[str, Any]]
    extracts: list[dict[str, Any]]
    release: dict[str, Any] | None


def read_status(url: str) -> Status:
    """Return the state of a database."""
    with connect(url, role=Role.LOAD) as connection:
        return Status(_rows(connection, "vintages"), _rows(connection, "extracts"), current_release(connection))


def has_real_extract(url: str) -> bool:
    """Say whether a register that is not synthetic has been loaded."""
    with connect(url, role=Role.LOAD) as connection:
        return connection.execute(QUERIES["has_real_extract"]).fetchone() == (True,)


def _rows(connection: Connection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(QUERIES[query])
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
