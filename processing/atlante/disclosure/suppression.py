"""Which cells of a tree are withheld, so that none can be computed from the others.

Every published cell with withheld cells below it states one equation for each indicator: the numerators of the smallest
withheld cells under it, down to the next published ones, add up to a known total. Each of them lies between 0 and its
firms. One of them is determined exactly when

- it stands alone under the published cell,
- the total is 0: then each numerator is 0, or
- the total is the number of firms: then each is its firms.

Cells are withheld in three steps:

1. By firms alone, so that the choice says nothing about numerators: the small cells, and others until the withheld
   cells below every published one are two at least and rest on the pool of firms. A withheld cell must have a withheld
   child as well, or it is the sum of its published children. Where the children of a cell can't do, the cell itself
   is withheld, and its parent is looked at.
2. Decoys: one more child of some published cells, which a secret key picks.
3. By numerators: further children wherever a total is still 0 or all firms, for any of the indicators. Without the
   decoys and the pool, that one more cell is withheld there would say so; with them it is one explanation of several.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atlante.catalogue.levels import Level
from atlante.disclosure.tree import NO_PARENT

if TYPE_CHECKING:
    from atlante.disclosure.tree import BoolArray, FloatArray, IntArray, Tree

_HASH_BYTES = 8


@dataclass(frozen=True, slots=True)
class Rule:
    """How much is withheld.

    Attributes
    ----------
    threshold
        Smallest number of firms that a published cell may rest on.
    pool
        Smallest number of firms that the withheld cells below a published one rest on together.
    decoy_share
        Share of the published cells with withheld children that lose one more child, 0..1.
    key
        Secret that picks the decoys, and one of several children of about the same size. The same key picks the same.
    """

    threshold: int = 3
    pool: int = 3
    decoy_share: float = 0.0
    key: bytes = b""


@dataclass(frozen=True, slots=True)
class _Below:
    """What is withheld below each cell, down to the next published ones.

    Attributes
    ----------
    children, firms
        Shape (n,).
    numerators
        Shape (n, indicators).
    """

    children: IntArray
    firms: IntArray
    numerators: IntArray

    @property
    def is_all_or_none(self) -> BoolArray:
        """Whether all of the withheld firms have the attribute, or none has, shape (n, indicators)."""
        told: BoolArray = (self.numerators == 0) | (self.numerators == self.firms[:, np.newaxis])
        return told


def suppress(tree: Tree, rule: Rule) -> BoolArray:
    """Return which cells of a tree are withheld.

    Parameters
    ----------
    tree
        Cells whose numerators and firms add up from level to level. Cells without firms have nothing to withhold.

    Returns
    -------
    numpy.ndarray
        Shape (n,), True where withheld.
    """
    order = _priority(tree, rule)
    small: BoolArray = (tree.firms > 0) & (tree.firms < rule.threshold)
    withheld = _until_safe(tree, small, rule, order, by_numerators=False)
    return _until_safe(tree, withheld | _decoys(tree, withheld, rule, order), rule, order, by_numerators=True)


def _priority(tree: Tree, rule: Rule) -> FloatArray:
    """Return which cells are withheld first, lowest first, shape (n,): small ones, in an order of the key's."""
    if not rule.key:
        return tree.firms.astype(np.float64)
    size: FloatArray = np.floor(np.log2(np.maximum(tree.firms, 1)))
    return size + _noise(tree, rule, "order")


def _noise(tree: Tree, rule: Rule, purpose: str) -> FloatArray:
    """Return a number in 0..1 for each cell that only the key can tell, shape (n,)."""
    digests = (
        hashlib.blake2b(f"{purpose}/{rank}/{code}".encode(), key=rule.key, digest_size=_HASH_BYTES).digest()
        for rank, code in zip(tree.rank, tree.codes, strict=True)
    )
    numbers = np.frombuffer(b"".join(digests), dtype=">u8")
    return numbers / 2.0 ** (8 * _HASH_BYTES)


def _decoys(tree: Tree, withheld: BoolArray, rule: Rule, order: FloatArray) -> BoolArray:
    """Return one more child of each published cell with withheld children that the key picks."""
    decoys: BoolArray = np.zeros_like(withheld)
    if not rule.decoy_share:
        return decoys
    has_withheld = ~withheld & (_withheld_below(tree, withheld).children > 0)
    picked = has_withheld & (_noise(tree, rule, "decoy") < rule.decoy_share)
    children = _first_child(tree, ~withheld & (tree.firms > 0), picked, order)
    decoys[children[children != NO_PARENT]] = True
    return decoys


def _until_safe(tree: Tree, withheld: BoolArray, rule: Rule, order: FloatArray, *, by_numerators: bool) -> BoolArray:
    """Return what is withheld when more and more is, until nothing is left to do."""
    while True:
        more = _needed(tree, withheld, rule, order, by_numerators=by_numerators)
        if not more.any():
            return withheld
        withheld = withheld | more


def _needed(tree: Tree, withheld: BoolArray, rule: Rule, order: FloatArray, *, by_numerators: bool) -> BoolArray:
    """Return the cells to withhold next: one child of each cell that needs one, or else the cell itself."""
    below = _withheld_below(tree, withheld)
    told = below.is_all_or_none & by_numerators
    is_told = told.any(axis=1)
    is_safe = (below.children >= 2) & (below.firms >= rule.pool) & ~is_told  # noqa: PLR2004 - one stands alone
    is_open = ~withheld & tree.has_children & (below.children > 0) & ~is_safe
    is_exposed = withheld & tree.has_children & ((below.children == 0) | is_told)
    useful = ~withheld & (tree.firms > 0) & _helps(tree, below, told)
    next_child = _first_child(tree, useful, is_open | is_exposed, order)
    in_need = (next_child != NO_PARENT) | is_open
    # From the smallest level upwards: what is withheld there may be all that is needed above.
    in_need &= tree.rank == np.min(tree.rank, where=in_need, initial=len(Level))
    needed: BoolArray = in_need & (next_child == NO_PARENT)
    needed[next_child[in_need & ~needed]] = True
    return needed


def _helps(tree: Tree, below: _Below, told: BoolArray) -> BoolArray:
    """Return which cells would make their parent's withheld total say less, shape (n,).

    Where a total is 0 only a child with the attribute does; where it is all firms, one without.
    """
    parent, firms = tree.parent, tree.firms[:, np.newaxis]
    none, every = below.numerators[parent] == 0, below.numerators[parent] == below.firms[parent][:, np.newaxis]
    mixes = (none & (tree.numerators > 0)) | (every & (tree.numerators < firms))
    helps: BoolArray = ~told[parent].any(axis=1) | (told[parent] & mixes).any(axis=1)
    return helps


def _withheld_below(tree: Tree, withheld: BoolArray) -> _Below:
    """Return what is withheld below each cell, from the smallest level upwards."""
    is_smallest = withheld & ~tree.has_children
    firms = np.where(is_smallest, tree.firms, 0)
    numerators = np.where(is_smallest[:, np.newaxis], tree.numerators, 0)
    for rank in np.unique(tree.rank):
        of_rank = withheld & (tree.rank == rank)
        firms += tree.sum_to_parents(firms, of_rank)
        numerators += tree.sum_to_parents(numerators, of_rank)
    return _Below(tree.sum_to_parents(np.ones_like(tree.parent), withheld), firms, numerators)


def _first_child(tree: Tree, is_candidate: BoolArray, needs_child: BoolArray, order: FloatArray) -> IntArray:
    """Return for each cell that needs one its first candidate child, NO_PARENT where there is none."""
    parent = tree.parent
    candidates = np.flatnonzero(is_candidate & (parent != NO_PARENT) & needs_child[parent])
    sorted_ = candidates[np.argsort(order[candidates], kind="stable")]
    parents, first = np.unique(parent[sorted_], return_index=True)
    chosen = np.full(len(parent), NO_PARENT, dtype=np.int64)
    chosen[parents] = sorted_[first]
    return chosen
