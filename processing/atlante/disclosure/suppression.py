"""Which cells of a tree are withheld, so that none can be computed from the others.

Every published cell with withheld cells below it states one equation: the numerators of the smallest withheld cells
under it, down to the next published ones, add up to a known total. Each of them lies between 0 and its firms, which
are public. One of them is determined exactly when

- it stands alone under the published cell,
- the total is 0: then each numerator is 0, or
- the total is the number of firms: then each is its firms.

So below a published cell there must be two withheld children, a total strictly between, and, as the total itself is a
value on the withheld firms, at least ``threshold`` of these. A withheld cell must have a withheld child as well, or it
is the sum of its published children. Cells are withheld one by one, the smallest first, until all of this holds; where
the children of a cell can't make it hold, the cell itself is withheld, and its parent is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atlante.catalogue.levels import Level
from atlante.disclosure.tree import NO_PARENT

if TYPE_CHECKING:
    from atlante.disclosure.tree import BoolArray, IntArray, Tree


@dataclass(frozen=True, slots=True)
class _Below:
    """What is withheld below each cell, down to the next published ones, shape (n,)."""

    children: IntArray
    firms: IntArray
    numerator: IntArray

    @property
    def is_mixed(self) -> BoolArray:
        """Whether some of the withheld firms have the attribute, and some have not."""
        return (self.numerator > 0) & (self.numerator < self.firms)


def suppress(tree: Tree, threshold: int) -> BoolArray:
    """Return which cells of a tree are withheld.

    Parameters
    ----------
    tree
        Cells whose numerators and firms add up from level to level.
    threshold
        Smallest number of firms that a published cell may rest on. Cells without firms have nothing to withhold.

    Returns
    -------
    numpy.ndarray
        Shape (n,), True where withheld.
    """
    withheld: BoolArray = (tree.firms > 0) & (tree.firms < threshold)
    while True:
        more = _needed(tree, withheld, threshold)
        if not more.any():
            return withheld
        withheld |= more


def _needed(tree: Tree, withheld: BoolArray, threshold: int) -> BoolArray:
    """Return the cells to withhold next: one child of each cell that needs one, or else the cell itself."""
    below = _withheld_below(tree, withheld)
    is_safe = (below.children >= 2) & (below.firms >= threshold) & below.is_mixed  # noqa: PLR2004 - one stands alone
    is_told = ~withheld & tree.has_children & (below.children > 0) & ~is_safe
    is_exposed = withheld & tree.has_children & ~below.is_mixed
    next_child = _smallest_useful_child(tree, withheld, below, is_told | is_exposed)
    in_need = (next_child != NO_PARENT) | is_told
    # From the smallest level upwards: what is withheld there may be all that is needed above.
    in_need &= tree.rank == np.min(tree.rank, where=in_need, initial=len(Level))
    needed: BoolArray = in_need & (next_child == NO_PARENT)
    needed[next_child[in_need & ~needed]] = True
    return needed


def _withheld_below(tree: Tree, withheld: BoolArray) -> _Below:
    """Return what is withheld below each cell, from the smallest level upwards."""
    is_smallest = withheld & ~tree.has_children
    firms, numerator = np.where(is_smallest, tree.firms, 0), np.where(is_smallest, tree.numerator, 0)
    for rank in np.unique(tree.rank):
        of_rank = withheld & (tree.rank == rank)
        firms += tree.sum_to_parents(firms, of_rank)
        numerator += tree.sum_to_parents(numerator, of_rank)
    return _Below(tree.sum_to_parents(np.ones_like(tree.parent), withheld), firms, numerator)


def _smallest_useful_child(tree: Tree, withheld: BoolArray, below: _Below, needs_child: BoolArray) -> IntArray:
    """Return for each cell that needs one the child to withhold next, NO_PARENT where none would help.

    Where the withheld total is 0 only a child with the attribute helps; where it is all firms, one without.
    """
    parent = tree.parent
    helps = (
        below.is_mixed[parent]
        | ((below.numerator[parent] == 0) & (tree.numerator > 0))
        | ((below.numerator[parent] == below.firms[parent]) & (tree.numerator < tree.firms))
    )
    is_candidate = (parent != NO_PARENT) & needs_child[parent] & ~withheld & (tree.firms > 0) & helps
    candidates = np.flatnonzero(is_candidate)
    by_size = candidates[np.argsort(tree.firms[candidates], kind="stable")]
    parents, first = np.unique(parent[by_size], return_index=True)
    chosen = np.full(len(parent), NO_PARENT, dtype=np.int64)
    chosen[parents] = by_size[first]
    return chosen
