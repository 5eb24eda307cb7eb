"""Folders of definitions: a catalogue's, and a user's own beside it; the id of a definition is its file's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlante.errors import InvalidDefinition

if TYPE_CHECKING:
    from pathlib import Path


def definition_files(catalogue_dir: Path, extra_dir: Path | None, folder: str) -> dict[str, Path]:
    """Return the TOML files of a folder of a catalogue, and of a user's folder beside it, by id.

    Raises
    ------
    InvalidDefinition
        If both define one id; names both files.
    """
    files: dict[str, Path] = {}
    for root in filter(None, (catalogue_dir, extra_dir)):
        for path in sorted((root / folder).glob("*.toml")):
            if path.stem in files:
                problem = f"{files[path.stem]} defines {path.stem!r} too; an id has one file: rename one of them"
                raise InvalidDefinition(path, "id", problem)
            files[path.stem] = path
    return files
