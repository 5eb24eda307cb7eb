"""Indicators: one TOML file each in ``indicators/``; the file's name is the id. Adding a file adds an indicator.

The catalogue is what all of them make together: each measure once, and no indicator computed from itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from atlante.catalogue.indicator import Indicator, Needs
from atlante.catalogue.measures import ALL_FIRMS, Measure
from atlante.catalogue.references import load_surroundings, misfits
from atlante.catalogue.text import inspect_definition
from atlante.errors import InvalidDefinition

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["Catalogue", "Indicator", "Needs", "inspect_indicators", "load_indicators"]

INDICATORS: Final = "indicators"
OWN_FOLDERS: Final = (INDICATORS, "filiere", "sectors", "context", "surveys", "maturity")  # of a user's folder


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The indicators, by id, in the order of publication.

    Attributes
    ----------
    files
        Where each is defined.
    """

    indicators: dict[str, Indicator]
    files: dict[str, Path] = field(default_factory=dict)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What has to be counted, each measure once; the count of all firms is the first."""
        needed = [ALL_FIRMS]
        needed.extend(measure for indicator in self.indicators.values() for measure in indicator.measures)
        return tuple({measure.id: measure for measure in needed}.values())

    @property
    def protected(self) -> frozenset[str]:
        """The ids of the indicators whose values are withheld where they rest on too few firms."""
        return frozenset(name for name, indicator in self.indicators.items() if indicator.disclosure == "threshold")

    @property
    def sectors(self) -> frozenset[str]:
        """The ids of the sectors that are asked for."""
        return frozenset(name for each in self.indicators.values() for name in each.needs.sectors)

    @property
    def in_order_of_computation(self) -> tuple[Indicator, ...]:
        """The indicators, each after those that it is computed from."""
        ordered: dict[str, Indicator] = {}

        def place(name: str) -> None:
            for needed in self.indicators[name].needs.indicators:
                if needed not in ordered:
                    place(needed)
            ordered[name] = self.indicators[name]

        for name in self.indicators:
            place(name)
        return tuple(ordered.values())

    def restricted(self, names: Iterable[str]) -> Catalogue:
        """Return the catalogue of some of the indicators, in the same order."""
        kept = set(names)
        return Catalogue({name: each for name, each in self.indicators.items() if name in kept}, self.files)


def load_indicators(catalogue_dir: Path, extra_dir: Path | None = None) -> Catalogue:
    """Return the indicators of ``indicators/*.toml`` of a catalogue, and of a user's folder beside it.

    Raises
    ------
    InvalidDefinition
        If a file is not what it should be, two files define one id, an indicator is computed from one that is not there
        or from itself, or there is none at all; names file, line and key, and says what would be valid.
    """
    catalogue, problems = inspect_indicators(catalogue_dir, extra_dir)
    if problems:
        raise problems[0]
    return catalogue


def inspect_indicators(
    catalogue_dir: Path, extra_dir: Path | None = None, *, files: Sequence[Path] = ()
) -> tuple[Catalogue, list[InvalidDefinition]]:
    """Return the indicators that can be read, and everything that is wrong with the others and between them.

    Parameters
    ----------
    files
        Files of indicators anywhere, looked at as if they were in the catalogue.
    """
    problems: list[InvalidDefinition] = []
    paths: dict[str, Path] = {}
    for path in (*_listed(catalogue_dir, extra_dir), *files):
        other = paths.setdefault(path.stem, path)
        if other.resolve() != path.resolve():
            problem = f"{other} defines {path.stem!r} too; an id has one file: rename one of them"
            problems.append(InvalidDefinition(path, "id", problem))
    found = []
    for path in paths.values():
        try:
            indicator, mistakes = inspect_definition(path, Indicator, id=path.stem)
        except InvalidDefinition as exc:
            indicator, mistakes = None, [exc]
        problems += mistakes
        found += [indicator] if indicator else []
    found.sort(key=lambda indicator: (indicator.position, indicator.id))
    catalogue = Catalogue({indicator.id: indicator for indicator in found}, paths)
    if not problems:  # what refers to an indicator that can't be read would be called a mistake, too
        surroundings = load_surroundings(catalogue_dir, extra_dir)
        problems = [misfit.error(paths) for misfit in misfits(catalogue.indicators, surroundings)]
    return catalogue, problems


def _listed(catalogue_dir: Path, extra_dir: Path | None) -> list[Path]:
    """Return the files of indicators, the catalogue's first."""
    folder = catalogue_dir / INDICATORS
    listed = sorted(folder.glob("*.toml"))
    if not listed:
        raise InvalidDefinition(folder, "*.toml", "there is no indicator; expected one TOML file for each")
    if extra_dir is None:
        return listed
    folders = ", ".join(OWN_FOLDERS)
    if not extra_dir.is_dir():
        raise InvalidDefinition(extra_dir, "folder", f"there is no such folder; expected one with some of {folders}")
    stray = sorted(extra_dir.glob("*.toml"))
    if stray:
        raise InvalidDefinition(stray[0], "file", f"it is not read here; move it into one of {folders}")
    return listed + sorted((extra_dir / INDICATORS).glob("*.toml"))
