"""Indexes on disk: built once for a set of polygons, then read."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

import shapely

from atlante.errors import UnreadableIndex
from atlante.geometry.point_index.index import PointIndex
from atlante.geometry.point_index.storage import read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from atlante.geometry.polygons import GeometryArray

_LONGEST_NAME = 80


def _silent(_: str) -> None:
    pass


def open_point_index(
    cache_dir: Path,
    key: str,
    codes: Sequence[str],
    geoms: GeometryArray,
    *,
    report: Callable[[str], None] = _silent,
) -> PointIndex:
    """Return the index of polygons, from the disk if it has been built before.

    What is on the disk is used only if it was made of the same codes and polygons, to the last digit. Anything else
    there is replaced. Several processes may open one index at once: some build it in vain, none reads half of it.

    Parameters
    ----------
    cache_dir
        Made if it is missing. If nothing can be written there, the index is built each time.
    key
        What the polygons are, such as a boundary vintage: part of the file's name.
    codes, geoms
        As for :meth:`PointIndex.build`.
    report
        Called with a sentence where a file can't be used or written.
    """
    digest = _digest(codes, geoms)
    path = cache_dir / f"points-{re.sub(r'[^A-Za-z0-9._-]+', '-', key)[:_LONGEST_NAME]}.npz"
    if path.exists():
        try:
            stored, found = read(path)
        except UnreadableIndex as problem:
            report(f"{problem} It is built again now.")
        else:
            if found == digest:
                return PointIndex(stored)
            report(f"{path} was made of other boundaries; it is built again now.")
    index = PointIndex.build(codes, geoms)
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        index.save(path, digest=digest)
    except OSError as problem:
        report(f"The point index can't be kept in {cache_dir} ({problem}); it will be built again next time.")
    return index


def _digest(codes: Sequence[str], geoms: GeometryArray) -> str:
    content = hashlib.blake2b(json.dumps(list(codes)).encode(), digest_size=16)
    # the same bytes on every machine, which tell where they end; what stands for a missing polygon begins none
    for shape in shapely.to_wkb(geoms, output_dimension=2, byte_order=1):
        content.update(shape or b"\0")
    return content.hexdigest()
