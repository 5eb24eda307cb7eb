"""Which groups of activities a firm's code belongs to, and at which stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atlante.catalogue.groups import OUTSIDE
from atlante.classifications import EDITIONS, classification

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from atlante.catalogue.groups import ActivityGroup


@dataclass(frozen=True, slots=True)
class Membership:
    """Codes by groups.

    Attributes
    ----------
    groups
        Ids of the groups, in the order of the columns.
    stage
        Place of the stage among those of the group (0 of a sector), -1 outside, shape (n codes, n groups).
    weight
        1: all firms of the code belong; less: some do; 0 outside. Same shape.
    is_undecided
        A short code some of whose six-digit codes belong and others don't, or whose codes are of several stages; its
        stage is -1. Same shape.
    is_unknown
        The edition has no such code: it is outside everywhere, shape (n codes,).
    """

    groups: tuple[str, ...]
    stage: NDArray[np.int8]
    weight: NDArray[np.float64]
    is_undecided: NDArray[np.bool_]
    is_unknown: NDArray[np.bool_]

    @property
    def is_partial(self) -> NDArray[np.bool_]:
        """Only some firms of the code belong, shape (n codes, n groups)."""
        return (self.weight > 0) & (self.weight < 1)


def membership(groups: Sequence[ActivityGroup], codes: Sequence[tuple[str, str]]) -> Membership:
    """Return the stage and weight of distinct codes in each group.

    The longest listed code that a code is part of decides. A short code (a section, two to five digits) belongs where
    all its six-digit codes do, at one stage, with their mean weight.

    Parameters
    ----------
    codes
        Compact code and edition, each pair once.

    Raises
    ------
    UnknownEdition
        If there is no such edition.
    """
    shape = (len(codes), len(groups))
    result = Membership(
        groups=tuple(group.id for group in groups),
        stage=np.full(shape, OUTSIDE, dtype=np.int8),
        weight=np.zeros(shape),
        is_undecided=np.zeros(shape, dtype=bool),
        is_unknown=np.zeros(len(codes), dtype=bool),
    )
    editions = np.array([edition for _, edition in codes], dtype=object)
    for edition in dict.fromkeys([*EDITIONS, *editions]):
        rows = np.flatnonzero(editions == edition)
        if len(rows):
            _fill(result, groups, edition, [codes[row][0] for row in rows.tolist()], rows)
    return result


def _fill(
    result: Membership, groups: Sequence[ActivityGroup], edition: str, codes: Sequence[str], rows: NDArray[np.int64]
) -> None:
    """Write the codes of one edition into their rows."""
    begin, end = _ranges(edition, codes)
    n_leaves = end - begin
    result.is_unknown[rows] = n_leaves == 0
    for column, group in enumerate(groups):
        table = group.leaf_table(edition)
        within = _sums(table.stage != OUTSIDE, begin, end)
        for stage in range(len(group.stage_ids)):
            is_whole = (_sums(table.stage == stage, begin, end) == n_leaves) & (n_leaves > 0)
            result.stage[rows[is_whole], column] = stage
            weight = _sums(table.weight, begin, end)[is_whole] / n_leaves[is_whole]
            result.weight[rows[is_whole], column] = weight.round(9)
        result.is_undecided[rows, column] = (within > 0) & (result.stage[rows, column] == OUTSIDE)


def _ranges(edition: str, codes: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the six-digit codes of each code begin and end; nowhere of a code that the edition lacks."""
    tree = classification(edition)
    place = {leaf: n for n, leaf in enumerate(tree.all_leaves)}
    begin, end = np.zeros(len(codes), dtype=np.int64), np.zeros(len(codes), dtype=np.int64)
    for n, code in enumerate(codes):
        leaves = tree.leaves(code) if tree.contains(code) else ()
        if leaves:  # in order of codes, those of one section, too, stand side by side
            begin[n], end[n] = place[min(leaves)], place[max(leaves)] + 1
    return begin, end


def _sums[N: (np.bool_, np.float64)](
    values: NDArray[N], begin: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the sums of ranges."""
    summed = np.concatenate([[0.0], np.cumsum(values, dtype=float)])
    return np.asarray(summed[end] - summed[begin])
