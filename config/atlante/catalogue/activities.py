"""Filiere and sectors: groups of activities from TOML files, and which of them a firm's code belongs to.

:mod:`atlante.catalogue.groups` says what a group is, :mod:`atlante.catalogue.group_files` how its file looks,
:mod:`atlante.catalogue.membership` how codes are told to belong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlante.catalogue.group_files import Kind, Problem, inspect_group, read_group
from atlante.catalogue.groups import OUTSIDE, STAGES, WHOLE, ActivityGroup, Stage
from atlante.catalogue.membership import Membership, membership
from atlante.errors import InvalidDefinition

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "OUTSIDE",
    "STAGES",
    "WHOLE",
    "ActivityGroup",
    "Membership",
    "Problem",
    "Stage",
    "group_paths",
    "inspect_group",
    "load_filiere",
    "load_sectors",
    "membership",
]

FOLDERS: Final[dict[Kind, str]] = {"filiera": "filiere", "sector": "sectors"}


def load_filiere(catalogue_dir: Path, *extra_dirs: Path) -> dict[str, ActivityGroup]:
    """Return the filiere of ``filiere/*.toml`` in the catalogue and in folders of the user's own, by id.

    Raises
    ------
    InvalidDefinition
        If a file says something that can't be (names file, line and key), or two define one id (names both).
    """
    return _load("filiera", (catalogue_dir, *extra_dirs))


def load_sectors(catalogue_dir: Path, *extra_dirs: Path) -> dict[str, ActivityGroup]:
    """Return the sectors of ``sectors/*.toml``; as :func:`load_filiere`."""
    return _load("sector", (catalogue_dir, *extra_dirs))


def group_paths(kind: Kind, folders: tuple[Path, ...]) -> dict[str, Path]:
    """Return the files of groups by id.

    Raises
    ------
    InvalidDefinition
        If two files define one id; names both.
    """
    paths: dict[str, Path] = {}
    for folder in dict.fromkeys(folders):
        for path in sorted((folder / FOLDERS[kind]).glob("*.toml")):
            if path.stem in paths:
                raise InvalidDefinition(
                    path, "id", f"{path.stem!r} is defined by {paths[path.stem]} already; rename one"
                )
            paths[path.stem] = path
    return paths


def _load(kind: Kind, folders: tuple[Path, ...]) -> dict[str, ActivityGroup]:
    return {id_: read_group(path, kind) for id_, path in group_paths(kind, folders).items()}
