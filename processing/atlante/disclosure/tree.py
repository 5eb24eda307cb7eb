"""The territories of one indicator as a tree: every cell is the sum of its children."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlante.catalogue.levels import Level
from atlante.errors import InvalidCounts

if TYPE_CHECKING:
    import numpy.typing as npt

    type BoolArray = npt.NDArray[np.bool_]
    type IntArray = npt.NDArray[np.int64]

_RANK = {level.value: rank for rank, level in enumerate(Level)}
NO_PARENT = -1


@dataclass(frozen=True, slots=True)
class Tree:
    """The cells of one indicator and period, children before parents, within a level by code.

    Attributes
    ----------
    positions
        Row of each cell in the observations, shape (n,).
    rank
        0 for the smallest level, shape (n,).
    parent
        Index of each cell's parent in this tree, or NO_PARENT, shape (n,).
    firms, numerator
        Firms, and those of them that have the attribute, shape (n,).
    """

    positions: IntArray
    rank: IntArray
    parent: IntArray
    firms: IntArray
    numerator: IntArray

    def sum_to_parents(self, amounts: IntArray, of: BoolArray) -> IntArray:
        """Return, for each cell, the sum over those of its children that are chosen."""
        chosen = of & (self.parent != NO_PARENT)
        total = np.zeros(len(self.parent), dtype=np.int64)
        np.add.at(total, self.parent[chosen], amounts[chosen])
        return total

    @property
    def has_children(self) -> BoolArray:
        """Whether a cell is a sum of others."""
        return self.sum_to_parents(np.ones_like(self.parent), np.ones(len(self.parent), dtype=bool)) > 0


def build_tree(cells: pd.DataFrame, positions: IntArray) -> Tree:
    """Return the tree of one indicator and period.

    Parameters
    ----------
    cells
        Rows with level, territory_code, parent_code, numerator and firms.
    positions
        Where the rows stand in the observations, shape (n,): for errors.

    Raises
    ------
    InvalidCounts
        If a parent has no row, counts contradict each other, or parts don't add up to the whole.
    """
    # Order by code, not as the rows come: which of two equal cells is withheld must not depend on it.
    order = np.lexsort((cells["territory_code"].to_numpy(dtype=str), cells["level"].map(_RANK).to_numpy()))
    ordered = cells.iloc[order]
    rank = ordered["level"].map(_RANK).to_numpy().astype(np.int64)
    numerator = ordered["numerator"].where(ordered["firms"] > 0, 0).fillna(-1)  # unknown of firms: refused below
    tree = Tree(
        positions=positions[order],
        rank=rank,
        parent=_parents(ordered, rank, positions[order]),
        firms=ordered["firms"].to_numpy().astype(np.int64),
        numerator=numerator.to_numpy().astype(np.int64),
    )
    _check(tree, ordered["parent_code"].notna().to_numpy())
    return tree


def _parents(cells: pd.DataFrame, rank: IntArray, positions: IntArray) -> IntArray:
    """Return the index of each cell's parent, which is of the next level."""
    keys = pd.MultiIndex.from_arrays([rank, cells["territory_code"]])
    if not keys.is_unique:
        raise InvalidCounts("A territory has two rows", int(positions[keys.duplicated()].min()))
    wanted = pd.MultiIndex.from_arrays([rank + 1, cells["parent_code"]])
    return np.asarray(keys.get_indexer(wanted), dtype=np.int64)


def _check(tree: Tree, needs_parent: BoolArray) -> None:
    """Raise InvalidCounts unless every cell is possible and is the sum of its children."""
    every = np.ones(len(tree.parent), dtype=bool)
    is_sum = tree.has_children
    for problem, is_bad in (
        ("A territory's parent has no row", needs_parent & (tree.parent == NO_PARENT)),
        ("A numerator is unknown, negative or exceeds the firms", (tree.numerator < 0) | (tree.numerator > tree.firms)),
        ("Firms are not the sum over the parts", is_sum & (tree.sum_to_parents(tree.firms, every) != tree.firms)),
        (
            "A numerator is not the sum over the parts",
            is_sum & (tree.sum_to_parents(tree.numerator, every) != tree.numerator),
        ),
    ):
        if is_bad.any():
            raise InvalidCounts(problem, int(tree.positions[is_bad].min()))
