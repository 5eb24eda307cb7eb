"""What can be said of filiere without firms: where they overlap, and whether their lists of two editions agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from atlante.catalogue.groups import LISTED, OUTSIDE
from atlante.classifications import classification, correspondence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from atlante.catalogue.groups import ActivityGroup

_FROM: Final = "2022"
_TO: Final = "2025"


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many six-digit codes of an edition groups have in common.

    Attributes
    ----------
    codes
        Codes that two groups share; the diagonal has those of each group, shape (n groups, n groups).
    in_any, in_several
        Codes of at least one group, and of more than one. Totals over groups count these several times: never add them.
    """

    edition: str
    groups: tuple[str, ...]
    codes: NDArray[np.int64]
    in_any: int
    in_several: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A six-digit code of 2025 on which the list of 2025 and that of 2007 disagree.

    Attributes
    ----------
    kind
        ``missing``: everything that the code took over from 2022 belongs, and the list of 2025 lacks it; ``added``: the
        list of 2025 has it, and nothing that it took over belongs; ``stage``: it stands at another stage than all that
        it took over.
    origins
        The codes of 2022 that it took over.
    """

    kind: Literal["missing", "added", "stage"]
    code: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Nested:
    """A listed code that is taken out of a shorter one of another stage: a firm is at the stage of the longest."""

    edition: str
    code: str
    stage: str
    above: str
    stage_above: str


def overlap(groups: Sequence[ActivityGroup], edition: str) -> Overlap:
    """Return how many six-digit codes of an edition each two groups share."""
    n_leaves = len(classification(edition).all_leaves)
    belongs = np.zeros((n_leaves, len(groups)), dtype=np.int64)
    for column, group in enumerate(groups):
        belongs[:, column] = group.leaf_table(edition).stage != OUTSIDE
    n_groups = belongs.sum(axis=1)
    return Overlap(
        edition=edition,
        groups=tuple(group.id for group in groups),
        codes=belongs.T @ belongs,
        in_any=int((n_groups > 0).sum()),
        in_several=int((n_groups > 1).sum()),
    )


def differences(group: ActivityGroup) -> list[Difference]:
    """Return where the lists of 2007 (as 2022 reads it) and 2025 disagree under ISTAT's correspondence.

    A code of 2025 that took over some codes of the group and others may stand in the list or not: that is a choice.
    """
    (step,) = correspondence(_TO, _FROM)
    before = _stages(group, _FROM)
    found = []
    for code, stage in _stages(group, _TO).items():
        origins = step.targets.get(code, ())
        stages = {before[origin] for origin in origins}
        if stage == OUTSIDE and origins and OUTSIDE not in stages:
            found.append(Difference("missing", code, origins))
        elif stage != OUTSIDE and stages <= {OUTSIDE}:
            found.append(Difference("added", code, origins))
        elif stage != OUTSIDE and stage not in stages:
            found.append(Difference("stage", code, origins))
    return found


def nested(group: ActivityGroup) -> list[Nested]:
    """Return the listed codes that lie in a shorter one of another stage."""
    found = []
    for edition in LISTED:
        members = group.members(edition)
        for code, (stage, _) in members.items():
            ancestors = (classification(edition).ancestor(code, digits) for digits in range(len(code) - 1, 0, -1))
            above = next((each for each in ancestors if each in members), None)
            if above and members[above][0] != stage:
                found.append(Nested(edition, code, stage, above, members[above][0]))
    return found


def _stages(group: ActivityGroup, edition: str) -> dict[str, int]:
    """Return the place of the stage of every six-digit code."""
    stages = group.leaf_table(edition).stage.tolist()
    return dict(zip(classification(edition).all_leaves, stages, strict=True))
