"""Slices: the parts of all firms that an indicator is published of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from atlante.catalogue.activities import ActivityGroup
    from atlante.catalogue.indicator import Breakdowns

UNKNOWN: Final = "unknown"
SIZE_CLASSES: Final = ("micro", "small", "medium", "large", UNKNOWN)
_BOUNDS: Final = {"micro": (0, 9), "small": (10, 49), "medium": (50, 249), "large": (250, None)}


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of all firms; '' stands for all.

    Attributes
    ----------
    filiera, stage
        A filiera, and a stage of it.
    breakdown, category
        ``size_class`` or ``legal_form``, and one of its categories.
    """

    filiera: str = ""
    stage: str = ""
    breakdown: str = ""
    category: str = ""


EVERYTHING: Final = Slice()


def activity_slices(filiere: Iterable[ActivityGroup]) -> tuple[Slice, ...]:
    """Return all firms, every filiera and every stage of it, in this order."""
    slices = [EVERYTHING]
    for group in filiere:
        slices += [Slice(group.id), *(Slice(group.id, stage.id) for stage in group.stages)]
    return tuple(slices)


def slices_of(breakdowns: Breakdowns, known: Sequence[Slice]) -> list[int]:
    """Return the numbers of the slices that an indicator has, all firms first."""
    return [number for number, each in enumerate(known) if _has(breakdowns, each)]


def _has(breakdowns: Breakdowns, part: Slice) -> bool:
    if part.breakdown:
        return part.breakdown in breakdowns.by
    if part.stage:
        return breakdowns.stage
    return breakdowns.filiera or not part.filiera


def size_class(staff_class: str) -> str:
    """Return the size class that a class of persons employed lies in entirely (Recommendation 2003/361/EC).

    >>> [size_class(text) for text in ("0-4", "10-19", "50-249", "500-", "5-20", "")]
    ['micro', 'small', 'medium', 'large', 'unknown', 'unknown']
    """
    low, _, high = staff_class.partition("-")
    if not low.isdigit():
        return UNKNOWN
    for name, (least, most) in _BOUNDS.items():
        if int(low) >= least and (most is None or (high.isdigit() and int(high) <= most)):
            return name
    return UNKNOWN


def parents(slices: Sequence[Slice]) -> Mapping[int, int]:
    """Return of each stage, by number, the number of its filiera; of each filiera that of all firms."""
    number = {part: place for place, part in enumerate(slices)}
    return {
        place: number[Slice(part.filiera)] if part.stage else number[EVERYTHING]
        for place, part in enumerate(slices)
        if part.filiera
    }
