"""What follows from a firm's activity code: filiere and stages, sectors, division, section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from atlante.catalogue.activities import OUTSIDE, membership
from atlante.classifications import EDITIONS, classification

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from atlante.catalogue.activities import ActivityGroup
    from atlante.catalogue.membership import Membership
    from atlante.measures.slices import Slice

type Code = tuple[str | None, str | None]
_DIGITS_OF_DIVISION: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Activities:
    """Distinct activity codes, and what each of them means.

    Attributes
    ----------
    in_slice
        Whether firms of a code are in a slice of filiere, shape (codes, slices).
    is_undecided
        Whether it is unknown: the code is missing, too short to tell, or not of its edition. Same shape.
    in_part
        By filiera: whether only some firms of a code belong, shape (codes,).
    in_sector
        By sector: 1 in it, 0 not, -1 unknown, shape (codes,).
    divisions, sections
        Their names; and the place of each code's among them, -1 where it is unknown, shape (codes,).
    """

    in_slice: NDArray[np.bool_]
    is_undecided: NDArray[np.bool_]
    in_part: Mapping[str, NDArray[np.bool_]]
    in_sector: Mapping[str, NDArray[np.int8]]
    divisions: tuple[str, ...]
    division: NDArray[np.intp]
    sections: tuple[str, ...]
    section: NDArray[np.intp]


def describe(
    codes: Sequence[Code],
    slices: Sequence[Slice],
    filiere: Mapping[str, ActivityGroup],
    sectors: Mapping[str, ActivityGroup],
) -> Activities:
    """Return what distinct pairs of activity code and edition mean; None: unknown."""
    in_slice, is_undecided = _in_slices(codes, slices, filiere)
    division_names = [_division(code) for code, _ in codes]
    section_names = [_section(code, edition) for code, edition in codes]
    divisions, sections = (tuple(sorted(set(names) - {""})) for names in (division_names, section_names))
    return Activities(
        in_slice=in_slice,
        is_undecided=is_undecided,
        in_part=_in_part(codes, filiere),
        in_sector=_in_sectors(codes, sectors),
        divisions=divisions,
        division=_numbers(division_names, divisions),
        sections=sections,
        section=_numbers(section_names, sections),
    )


def _in_slices(
    codes: Sequence[Code], slices: Sequence[Slice], filiere: Mapping[str, ActivityGroup]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    stage, is_undecided = _stages(codes, list(filiere.values()))
    place = {name: number for number, name in enumerate(filiere)}
    belongs = np.ones((len(codes), len(slices)), dtype=bool)
    undecided = np.zeros((len(codes), len(slices)), dtype=bool)
    for number, part in enumerate(slices):
        if not part.filiera:
            continue
        group = place[part.filiera]
        undecided[:, number] = is_undecided[:, group]
        if part.stage:
            belongs[:, number] = stage[:, group] == filiere[part.filiera].stage_ids.index(part.stage)
        else:
            belongs[:, number] = stage[:, group] != OUTSIDE
    return belongs, undecided


def _in_part(codes: Sequence[Code], filiere: Mapping[str, ActivityGroup]) -> dict[str, NDArray[np.bool_]]:
    known, found = _belonging(codes, list(filiere.values()))
    is_partial = np.zeros((len(codes), len(filiere)), dtype=bool)
    is_partial[known] = found.is_partial
    return {name: is_partial[:, number] for number, name in enumerate(filiere)}


def _in_sectors(codes: Sequence[Code], sectors: Mapping[str, ActivityGroup]) -> dict[str, NDArray[np.int8]]:
    stage, is_undecided = _stages(codes, list(sectors.values()))
    found = np.where(is_undecided, -1, (stage != OUTSIDE).astype(np.int8)).astype(np.int8)
    return {name: found[:, number] for number, name in enumerate(sectors)}


def _stages(codes: Sequence[Code], groups: Sequence[ActivityGroup]) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Return the stage of each code in each group, and whether it is unknown."""
    stage = np.full((len(codes), len(groups)), OUTSIDE, dtype=np.int8)
    is_undecided = np.ones((len(codes), len(groups)), dtype=bool)
    known, found = _belonging(codes, groups)
    stage[known] = found.stage
    is_undecided[known] = found.is_undecided | found.is_unknown[:, None]
    return stage, is_undecided


def _belonging(codes: Sequence[Code], groups: Sequence[ActivityGroup]) -> tuple[list[int], Membership]:
    """Return the places of the codes whose edition is known, and in which groups they are."""
    known = [number for number, (code, edition) in enumerate(codes) if code and edition in EDITIONS]
    return known, membership(groups, [(str(codes[number][0]), str(codes[number][1])) for number in known])


def _division(code: str | None) -> str:
    digits = (code or "")[:_DIGITS_OF_DIVISION]
    return digits if len(digits) == _DIGITS_OF_DIVISION and digits.isdigit() else ""


def _section(code: str | None, edition: str | None) -> str:
    if not code or edition not in EDITIONS:
        return ""
    tree = classification(edition)
    division = _division(code)
    return (tree.parent(division) or "") if division and tree.contains(division) else ""


def _numbers(names: Sequence[str], known: Sequence[str]) -> NDArray[np.intp]:
    place = {name: number for number, name in enumerate(known)}
    return np.array([place.get(name, -1) for name in names], dtype=np.intp)
