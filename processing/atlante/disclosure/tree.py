"""The territories of linked indicators as a tree: every cell is the sum of its children."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlante.catalogue.levels import Level
from atlante.errors import InvalidCounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    type BoolArray = npt.NDArray[np.bool_]
    type IntArray = npt.NDArray[np.int64]
    type FloatArray = npt.NDArray[np.float64]

_RANK = {level.value: rank for rank, level in enumerate(Level)}
NO_PARENT = -1


@dataclass(frozen=True, slots=True)
class Tree:
    """The cells of indicators that are shares of the same firms, children before parents, within a level by code.

    Attributes
    ----------
    positions
        Row of each cell in the observations, by indicator, shape (n, indicators).
    rank
        0 for the smallest level, shape (n,).
    codes
        Territory codes, shape (n,).
    parent
        Index of each cell's parent in this tree, or NO_PARENT, shape (n,).
    firms
        Firms, shape (n,).
    numerators
        Those of them that have the attribute, by indicator, shape (n, indicators).
    """

    positions: IntArray
    rank: IntArray
    codes: npt.NDArray[np.str_]
    parent: IntArray
    firms: IntArray
    numerators: IntArray

    def sum_to_parents(self, amounts: IntArray, of: BoolArray) -> IntArray:
        """Return, for each cell, the sum over those of its children that are chosen; amounts of shape (n, …)."""
        chosen = of & (self.parent != NO_PARENT)
        total = np.zeros(amounts.shape, dtype=np.int64)
        np.add.at(total, self.parent[chosen], amounts[chosen])
        return total

    @property
    def has_children(self) -> BoolArray:
        """Whether a cell is a sum of others."""
        return self.sum_to_parents(np.ones_like(self.parent), np.ones(len(self.parent), dtype=bool)) > 0


def build_tree(tables: Sequence[pd.DataFrame], positions: Sequence[IntArray]) -> Tree:
    """Return the tree of indicators of one period that are shares of the same firms.

    Parameters
    ----------
    tables
        One for each indicator: rows with level, territory_code, parent_code, numerator and firms, of the same
        territories.
    positions
        Where the rows stand in the observations, shape (n,) each: for errors.

    Raises
    ------
    InvalidCounts
        If a parent has no row, counts contradict each other, or parts don't add up to the whole.
    """
    sorted_ = [_sorted(table, where) for table, where in zip(tables, positions, strict=True)]
    first, first_positions = sorted_[0]
    rank = first["level"].map(_RANK).to_numpy().astype(np.int64)
    # unknown of firms: -1, which is refused below
    numerators = [cells["numerator"].where(cells["firms"] > 0, 0).fillna(-1).to_numpy() for cells, _ in sorted_]
    tree = Tree(
        positions=np.column_stack([where for _, where in sorted_]),
        rank=rank,
        codes=first["territory_code"].to_numpy(dtype=str),
        parent=_parents(first, rank, first_positions),
        firms=first["firms"].to_numpy().astype(np.int64),
        numerators=np.column_stack(numerators).astype(np.int64),
    )
    _check(tree, first["parent_code"].notna().to_numpy())
    return tree


def _sorted(cells: pd.DataFrame, positions: IntArray) -> tuple[pd.DataFrame, IntArray]:
    """Return rows by level and code: which of two equal cells is withheld must not depend on the order they come in."""
    order = np.lexsort((cells["territory_code"].to_numpy(dtype=str), cells["level"].map(_RANK).to_numpy()))
    return cells.iloc[order], positions[order]


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
    is_sum, firms = tree.has_children[:, np.newaxis], tree.firms[:, np.newaxis]
    impossible = (tree.numerators < 0) | (tree.numerators > firms)
    for problem, is_bad in (
        ("A territory's parent has no row", (needs_parent & (tree.parent == NO_PARENT))[:, np.newaxis]),
        ("A numerator is unknown, negative or exceeds the firms", impossible),
        ("Firms are not the sum over the parts", is_sum & (tree.sum_to_parents(firms, every) != firms)),
        (
            "A numerator is not the sum over the parts",
            is_sum & (tree.sum_to_parents(tree.numerators, every) != tree.numerators),
        ),
    ):
        if is_bad.any():
            raise InvalidCounts(problem, int(tree.positions[np.broadcast_to(is_bad, tree.positions.shape)].min()))
