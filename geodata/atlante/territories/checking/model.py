"""What a check of boundaries finds."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date


class FindingKind(StrEnum):
    """What can be wrong with boundaries, or only worth knowing."""

    INVALID_GEOMETRY = "invalid geometry"
    NO_GEOMETRY = "no geometry"
    HOLE = "hole"  # ground inside the country that no municipality has
    OVERLAP = "overlap"  # ground that two municipalities have
    SLIVER = "sliver"  # a hole, an overlap or a lost part that is too narrow to be ground
    UNFITTED_BORDER = "unfitted border"  # neighbours have other vertices on their common border
    MISSING_POLYGON = "municipality without polygon"
    UNKNOWN_MUNICIPALITY = "polygon without municipality"
    CODE = "code disagrees"
    DUPLICATE_CODE = "duplicate code"
    AREA_JUMP = "area jump"
    KNOWN_HOLE = "known hole"  # another state, or what the source leaves out
    NAME = "name differs"


_WORTH_KNOWING = {FindingKind.KNOWN_HOLE, FindingKind.NAME}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Attributes
    ----------
    codes
        Belfiore codes of the municipalities that it is about, or that lie around it; the ISTAT code of one whose
        Belfiore code is not known.
    names
        Their names, in the same order.
    figure, unit
        How much: km² of a hole or an overlap, km of a border, the share by which an area jumps, a number of codes.
    detail
        What it is, for people.
    remedy
        What can be done.
    """

    kind: FindingKind
    codes: tuple[str, ...]
    names: tuple[str, ...]
    figure: float
    unit: str
    detail: str
    remedy: str

    @property
    def is_wrong(self) -> bool:
        """Return whether it has to be mended; otherwise it is only worth knowing."""
        return self.kind not in _WORTH_KNOWING

    def as_dict(self) -> dict[str, Any]:
        """Return the attributes, and whether it is wrong."""
        return {**asdict(self), "kind": str(self.kind), "is_wrong": self.is_wrong}


@dataclass(frozen=True, slots=True)
class BoundaryReport:
    """What the check of one set of boundaries found.

    Attributes
    ----------
    reference_date
        The day that the boundaries show.
    source
        Where they are from.
    municipalities
        Number of their rows.
    findings
        By kind, then the largest first.
    """

    reference_date: date
    source: str
    municipalities: int
    findings: tuple[Finding, ...]

    @property
    def is_clean(self) -> bool:
        """Return whether nothing has to be mended."""
        return not any(finding.is_wrong for finding in self.findings)

    def counts(self) -> dict[FindingKind, int]:
        """Return how often each kind was found, in the order of kinds."""
        found = Counter(finding.kind for finding in self.findings)
        return {kind: found[kind] for kind in FindingKind if found[kind]}


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return findings by kind, the largest first."""
    order = list(FindingKind)
    return tuple(sorted(findings, key=lambda each: (order.index(each.kind), -abs(each.figure), each.codes)))
