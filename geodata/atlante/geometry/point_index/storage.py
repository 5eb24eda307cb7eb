"""A point index as a file: numpy arrays in an uncompressed archive, with a checksum each."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from atlante.errors import UnreadableIndex
from atlante.geometry.point_index.grid import Grid
from atlante.geometry.point_index.rings import Rings
from atlante.geometry.point_index.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORMAT = 1
"""To be raised with every change of the tables, of the grid's arithmetic, or of how a point is decided."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What an index consists of."""

    codes: tuple[str, ...]
    grid: Grid
    rings: Rings
    tables: Tables


def write(path: Path, stored: Stored, digest: str) -> None:
    """Write an index to a temporary file beside the path, and then put it in its place."""
    head = {"format": _FORMAT, "digest": digest, "grid": asdict(stored.grid), "codes": stored.codes}
    arrays = {"head": np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)}
    for part in (stored.rings, stored.tables):
        arrays |= {field.name: getattr(part, field.name) for field in fields(part)}
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        Path(name).chmod(0o644)  # a temporary file is its maker's alone; other users may read the index
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read(path: Path) -> tuple[Stored, str]:
    """Return an index and the digest that it was written with.

    Raises
    ------
    UnreadableIndex
        Says why.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            head = json.loads(archive["head"].tobytes())
            if head["format"] != _FORMAT:
                raise UnreadableIndex(path, f"it has the format {head['format']}, not {_FORMAT}")
            rings = Rings(**_arrays(archive, Rings))
            stored = Stored(tuple(head["codes"]), Grid(**head["grid"]), rings, Tables(**_arrays(archive, Tables)))
            return stored, head["digest"]
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as problem:
        raise UnreadableIndex(path, str(problem)) from problem


def _arrays(archive: Mapping[str, Any], part: type[Rings | Tables]) -> dict[str, Any]:
    return {field.name: archive[field.name] for field in fields(part)}
