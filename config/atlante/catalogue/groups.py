"""Groups of activities: a filiera with its stages, or a sector, as codes of ATECO in each edition."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from atlante.classifications import EDITIONS, classification, correspondence
from atlante.errors import UnknownEdition

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from atlante.catalogue.text import Text

STAGES: Final = ("upstream", "core", "downstream")
WHOLE: Final = ""  # the stage of a group without stages
LISTED: Final = ("2007", "2025")  # the editions of which every group has a list
OUTSIDE: Final = -1

type Members = Mapping[str, tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a filiera: what is upstream of its core, the core itself, or downstream."""

    id: str
    title: Text


@dataclass(frozen=True)
class ActivityGroup:
    """Codes of ATECO that make up a filiera or a sector.

    Attributes
    ----------
    is_proposal
        Nobody official has published this list.
    stages
        In order from upstream to downstream; a sector has none.
    lists
        By edition: the codes as the file lists them, compact, with stage (:data:`WHOLE` of a sector) and weight. 1: all
        firms of the code belong; less: some do, and every one is counted as a firm of the group, as which ones is not
        known; the share of such firms is shown beside (``partial_share``).
    path
        The file that defines it.
    """

    id: str
    kind: Literal["filiera", "sector"]
    title: Text
    definition: Text
    source: Text
    is_proposal: bool
    stages: tuple[Stage, ...]
    lists: Mapping[str, Members]
    path: Path

    @property
    def stage_ids(self) -> tuple[str, ...]:
        """The ids of the stages in order; of a sector :data:`WHOLE` alone."""
        return tuple(stage.id for stage in self.stages) or (WHOLE,)

    def members(self, edition: str) -> Members:
        """Return the codes of an edition with stage and weight.

        Where the file has no list for 2022, that of 2007 serves: a code that the update kept stands as it is, and one
        that it divided is replaced by its parts.

        Raises
        ------
        UnknownEdition
            If there is no such edition.
        """
        if edition in self.lists:
            return self.lists[edition]
        if edition not in EDITIONS:
            raise UnknownEdition(edition, EDITIONS)
        (step,) = correspondence("2007", "2022")
        tree, served = classification("2022"), dict[str, tuple[str, float]]()
        for code, place in self.lists["2007"].items():
            for each in (code,) if tree.contains(code) else step.targets[code]:
                served[each] = place
        return served

    def leaf_table(self, edition: str) -> LeafTable:
        """Return stage and weight of every six-digit code of an edition."""
        return self._tables[edition]

    @cached_property
    def _tables(self) -> dict[str, LeafTable]:
        return {edition: leaf_table(self.members(edition), self.stage_ids, edition) for edition in EDITIONS}


@dataclass(frozen=True, slots=True)
class LeafTable:
    """Stage and weight of the six-digit codes of an edition, in their order.

    Attributes
    ----------
    stage
        Place among the group's stages, :data:`OUTSIDE` of codes that don't belong, shape (n,).
    weight
        0 outside, shape (n,).
    """

    stage: NDArray[np.int8]
    weight: NDArray[np.float64]


def leaf_table(members: Members, stage_ids: tuple[str, ...], edition: str) -> LeafTable:
    """Return what members mean for each six-digit code: the longest listed code that it is part of decides."""
    tree = classification(edition)
    place = {leaf: n for n, leaf in enumerate(tree.all_leaves)}
    stage = np.full(len(place), OUTSIDE, dtype=np.int8)
    weight = np.zeros(len(place))
    for code in sorted(members, key=len):
        stage_id, code_weight = members[code]
        rows = [place[leaf] for leaf in tree.leaves(code)]
        stage[rows], weight[rows] = stage_ids.index(stage_id), code_weight
    return LeafTable(stage, weight)
