"""The territories of linked indicators as a tree: every cell is the sum of its children."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from atlante.disclosure.places import NO_PARENT, places_of
from atlante.errors import InvalidCounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

    from atlante.disclosure.places import Places

    type BoolArray = npt.NDArray[np.bool_]
    type IntArray = npt.NDArray[np.int64]
    type FloatArray = npt.NDArray[np.float64]

__all__: Final = ["NO_PARENT", "Tree", "build_tree", "tree_of"]


@dataclass(frozen=True)
class Tree:
    """The cells of indicators that are shares of the same firms, children before parents, within a level by code.

    Attributes
    ----------
    positions
        Row of each cell in the table that the tree was made of, by indicator, shape (n, indicators).
    rank
        0 for the smallest level, shape (n,).
    names
        Numbers of the names that tell a cell from others, shape (n, 1), or (n, 2) where it takes two.
    parent
        Index of each cell's parent in this tree, or NO_PARENT, shape (n,).
    firms
        Firms, shape (n,).
    numerators
        Those of them that have the attribute, by indicator, shape (n, indicators).
    low, high
        Between which each numerator lies as far as is known without this tree, shape (n, indicators). A withheld cell
        with no room between them hides nothing.
    can_be_withheld
        False where a cell is published whatever follows from it, shape (n,).
    reserve
        Of cells of no firms: how many there are in cells among which it could hide, shape (n,); None: not known.
    pool
        How many firms the withheld children of each cell rest on together at least, shape (n,); None: as the rule says.
    """

    positions: IntArray
    rank: IntArray
    names: IntArray
    parent: IntArray
    firms: IntArray
    numerators: IntArray
    low: IntArray
    high: IntArray
    can_be_withheld: BoolArray
    reserve: IntArray | None = None
    pool: IntArray | None = None

    def sum_to_parents(self, amounts: IntArray, of: BoolArray) -> IntArray:
        """Return, for each cell, the sum over those of its children that are chosen; amounts of shape (n, …)."""
        children, starts, parents = self._families
        total = np.zeros(amounts.shape, dtype=np.int64)
        if len(children):
            is_chosen = of[children].reshape(-1, *[1] * (amounts.ndim - 1))
            total[parents] = np.add.reduceat(np.where(is_chosen, amounts[children], 0), starts, axis=0)
        return total

    @cached_property
    def has_children(self) -> BoolArray:
        """Whether a cell is a sum of others."""
        found: BoolArray = np.zeros(len(self.parent), dtype=bool)
        found[self._families[2]] = True
        return found

    @cached_property
    def ranks(self) -> IntArray:
        """The ranks that there are, the smallest first."""
        return np.unique(self.rank)

    @cached_property
    def _families(self) -> tuple[IntArray, IntArray, IntArray]:
        """The cells that have a parent, parent by parent; where each family begins; and the parents."""
        below = np.flatnonzero(self.parent != NO_PARENT)
        children = below[np.argsort(self.parent[below], kind="stable")]
        parents, starts = np.unique(self.parent[children], return_index=True)
        return children, starts, parents

    def with_bounds(self, low: IntArray, high: IntArray) -> Tree:
        """Return the same tree with other bounds of the numerators."""
        other = replace(self, low=low, high=high)
        other.__dict__.update({name: self.__dict__[name] for name in _OF_SHAPE if name in self.__dict__})
        return other


_OF_SHAPE: Final = ("has_children", "ranks", "_families")


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
    found = [places_of(table, where) for table, where in zip(tables, positions, strict=True)]
    first = np.argsort(found[0][1], kind="stable")
    return tree_of(
        found[0][0],
        np.sort(found[0][1]),
        firms=tables[0]["firms"].to_numpy().astype(np.int64)[first],
        numerators=[
            table["numerator"].fillna(-1).to_numpy().astype(np.int64)[np.argsort(place, kind="stable")]
            for table, (_, place) in zip(tables, found, strict=True)
        ],
        positions=[where[np.argsort(place, kind="stable")] for where, (_, place) in zip(positions, found, strict=True)],
    )


def tree_of(
    places: Places,
    place: IntArray,
    *,
    firms: IntArray,
    numerators: Sequence[IntArray],
    positions: Sequence[IntArray],
    rows: IntArray | None = None,
) -> Tree:
    """Return the tree of cells, one a territory, which are in the order of their territories.

    Parameters
    ----------
    place
        Number of each cell's territory, rising, shape (n,).
    firms
        Shape (n,).
    numerators, positions
        By indicator, shape (n,) each; an unknown numerator of firms is -1.
    rows
        Where positions stand in the observations, for errors; None: they are that.

    Raises
    ------
    InvalidCounts
        As :func:`build_tree`.
    """
    of = np.column_stack(list(positions))
    stand = of if rows is None else rows[of]
    is_twice = np.concatenate([[False], place[1:] == place[:-1]])
    if is_twice.any():
        raise InvalidCounts("A territory has two rows", int(stand[is_twice].min()))
    index = np.full(len(places) + 1, NO_PARENT, dtype=np.int64)  # the last one: of no parent
    index[place] = np.arange(len(place))
    counts = np.column_stack(list(numerators))
    tree = Tree(
        positions=of,
        rank=places.rank[place],
        names=place[:, np.newaxis],
        parent=index[places.parent[place]],
        firms=firms,
        numerators=np.where(firms[:, np.newaxis] > 0, counts, 0),
        low=np.zeros(counts.shape, dtype=np.int64),
        high=np.repeat(firms[:, np.newaxis], counts.shape[1], axis=1),
        can_be_withheld=np.ones(len(firms), dtype=bool),
    )
    _check(tree, places.needs_parent[place], stand)
    return tree


def _check(tree: Tree, needs_parent: BoolArray, rows: IntArray) -> None:
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
            raise InvalidCounts(problem, int(rows[np.broadcast_to(is_bad, rows.shape)].min()))
