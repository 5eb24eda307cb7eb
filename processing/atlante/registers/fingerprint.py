"""What decides what a row of a file means, beside the row itself."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

    from atlante.catalogue.sources import SourceDefinition

_PACKAGES: Final = ("atlante.catalogue", "atlante.registers")
_DISTRIBUTIONS: Final = ("atlante", "numpy", "pandas", "pyarrow")


def reading_of(source: SourceDefinition, reference_date: date, layout: str) -> str:
    """Return a digest of how rows are read: software, source definition, layout of the file and edition of its codes.

    The reference date itself decides nothing else: what lies in no future of one day lies in none of a later day.

    Parameters
    ----------
    layout
        Which columns there are, and how they are written.
    """
    edition = source.activity_edition(reference_date) if source.activity_editions else ""
    parts = (_software(), source.model_dump_json(), edition, layout)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def other_editions(source: SourceDefinition, reference_date: date) -> list[str]:
    """Return the editions of activity codes that extracts of other days use."""
    editions = {each.edition for each in source.activity_editions}
    return sorted(editions - {source.activity_edition(reference_date)}) if editions else []


@cache
def _software() -> str:
    """Return a digest of the code that reads, and the versions of what it reads with."""
    code = hashlib.sha256()
    for package in _PACKAGES:
        modules = (entry for entry in files(package).iterdir() if entry.name.endswith(".py"))
        for module in sorted(modules, key=lambda entry: entry.name):
            code.update(module.name.encode())
            code.update(module.read_bytes())
    return " ".join([*map(version, _DISTRIBUTIONS), code.hexdigest()])
