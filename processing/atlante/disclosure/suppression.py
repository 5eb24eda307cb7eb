"""Which cells of a tree are withheld, so that none can be computed from the others.

Every published cell with withheld cells below it states one equation for each indicator: the numerators of the smallest
withheld cells under it, down to the next published ones, add up to a known total. Each of them lies between 0 and its
firms, or closer where something else that is published says more. One of them is determined exactly when

- it stands alone under the published cell,
- the total is the least that it can be: then each numerator is, or
- the total is the greatest that it can be: then each numerator is.

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
    from collections.abc import Sequence

    from atlante.disclosure.tree import BoolArray, FloatArray, IntArray, Tree

_HASH_BYTES = 8
_LAST = 64.0  # beyond the size of any cell: one of no firms is withheld where no other can be


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
    numerators, low, high
        Shape (n, indicators).
    """

    children: IntArray
    firms: IntArray
    numerators: IntArray
    low: IntArray
    high: IntArray

    @property
    def is_all_or_none(self) -> BoolArray:
        """Whether all of the withheld firms have the attribute that can, or none has, shape (n, indicators)."""
        is_extreme = (self.numerators == self.low) | (self.numerators == self.high)
        told: BoolArray = (self.low < self.high) & is_extreme
        return told


class Noise:
    """Numbers in 0..1 that only the key can tell, one for each name and purpose; each is made once."""

    def __init__(self, key: bytes, names: Sequence[str] = ()) -> None:
        self._key, self._names = key, names
        self._found: dict[str, FloatArray] = {}

    def of(self, tree: Tree, purpose: str) -> FloatArray:
        """Return the number of each cell for a purpose, shape (n,)."""
        found = self._found.setdefault(purpose, np.full(len(self._names), np.nan))
        for number in np.unique(tree.names[np.isnan(found[tree.names])]).tolist():
            found[number] = self._made(f"{purpose}/{self._names[number]}")
        made: FloatArray = found[tree.names].sum(axis=1) % 1
        return made

    def _made(self, name: str) -> float:
        digest = hashlib.blake2b(name.encode(), key=self._key, digest_size=_HASH_BYTES).digest()
        return int.from_bytes(digest) / 2.0 ** (8 * _HASH_BYTES)


def suppress(
    tree: Tree,
    rule: Rule,
    *,
    small: BoolArray | None = None,
    withheld: BoolArray | None = None,
    noise: Noise | None = None,
) -> BoolArray:
    """Return which cells of a tree are withheld.

    Parameters
    ----------
    tree
        Cells whose numerators and firms add up from level to level. Cells without firms have nothing to withhold.
    small
        The cells that must not be published, shape (n,); None: those that rest on fewer firms than the threshold.
    withheld
        Cells that are withheld for another reason already, shape (n,).
    noise
        Of the rule's key; without a key none is needed.

    Returns
    -------
    numpy.ndarray
        Shape (n,), True where withheld.
    """
    noise = noise or Noise(rule.key)
    order = _priority(tree, rule, noise)
    start: BoolArray = (tree.firms > 0) & (tree.firms < rule.threshold) if small is None else small
    if withheld is not None:
        start |= withheld
    found = _until_safe(tree, start, rule, order, by_numerators=False)
    return _until_safe(tree, found | _decoys(tree, found, rule, order, noise), rule, order, by_numerators=True)


def _priority(tree: Tree, rule: Rule, noise: Noise) -> FloatArray:
    """Return which cells are withheld first, lowest first, shape (n,): small ones, in an order of the key's.

    A cell of no firms comes after all others; of those first the ones that have the most to hide among.
    """
    reserve = np.zeros_like(tree.firms) if tree.reserve is None else tree.reserve
    last: FloatArray = _LAST - np.log2(1.0 + reserve)
    size = np.where(tree.firms > 0, np.log2(np.maximum(tree.firms, 1)), last)
    return np.floor(size) + noise.of(tree, "order") if rule.key else size


def _decoys(tree: Tree, withheld: BoolArray, rule: Rule, order: FloatArray, noise: Noise) -> BoolArray:
    """Return one more child of each published cell with withheld children that the key picks."""
    decoys: BoolArray = np.zeros_like(withheld)
    if not rule.decoy_share:
        return decoys
    has_withheld = ~withheld & (_withheld_below(tree, withheld).children > 0)
    picked = has_withheld & (noise.of(tree, "decoy") < rule.decoy_share)
    children = _first_child(tree, ~withheld & _can_hide(tree), picked, order)
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
    is_safe = (below.children >= 2) & (below.firms >= (rule.pool if tree.pool is None else tree.pool)) & ~is_told  # noqa: PLR2004 - one stands alone
    is_open = ~withheld & tree.has_children & (below.children > 0) & ~is_safe
    is_exposed = withheld & tree.has_children & ((below.children == 0) | is_told)
    useful = ~withheld & _can_hide(tree) & _helps(tree, below, told)
    next_child = _first_child(tree, useful, is_open | is_exposed, order)
    in_need = (next_child != NO_PARENT) | (is_open & tree.can_be_withheld)
    # From the smallest level upwards: what is withheld there may be all that is needed above.
    in_need &= tree.rank == np.min(tree.rank, where=in_need, initial=len(Level))
    needed: BoolArray = in_need & (next_child == NO_PARENT)
    needed[next_child[in_need & ~needed]] = True
    return needed


def _can_hide(tree: Tree) -> BoolArray:
    """Return which cells would hide something if they were withheld, shape (n,)."""
    hides: BoolArray = tree.can_be_withheld & (tree.low < tree.high).all(axis=1)
    return hides if tree.low.shape[1] else hides & (tree.firms > 0)


def _helps(tree: Tree, below: _Below, told: BoolArray) -> BoolArray:
    """Return which cells would make their parent's withheld total say less, shape (n,).

    Where a total is 0 only a child with the attribute does; where it is all firms, one without; as far as is open.
    """
    parent = tree.parent
    none, every = below.numerators[parent] == below.low[parent], below.numerators[parent] == below.high[parent]
    mixes = (none & (tree.numerators > tree.low)) | (every & (tree.numerators < tree.high))
    helps: BoolArray = ~told[parent].any(axis=1) | (told[parent] & mixes).any(axis=1)
    return helps


def _withheld_below(tree: Tree, withheld: BoolArray) -> _Below:
    """Return what is withheld below each cell, from the smallest level upwards."""
    is_smallest = withheld & ~tree.has_children
    firms = np.where(is_smallest, tree.firms, 0)
    numerators = np.where(is_smallest[:, np.newaxis], tree.numerators, 0)
    low = np.where(is_smallest[:, np.newaxis], tree.low, 0)
    high = np.where(is_smallest[:, np.newaxis], tree.high, 0)
    for rank in tree.ranks:
        of_rank = withheld & (tree.rank == rank)
        firms += tree.sum_to_parents(firms, of_rank)
        numerators += tree.sum_to_parents(numerators, of_rank)
        low += tree.sum_to_parents(_closer(tree, numerators, low, tree.low, np.maximum), of_rank)
        high += tree.sum_to_parents(_closer(tree, numerators, high, tree.high, np.minimum), of_rank)
    room = _closer(tree, numerators, high, tree.high, np.minimum) - _closer(tree, numerators, low, tree.low, np.maximum)
    hides = (room > 0).all(axis=1).astype(np.int64)
    return _Below(tree.sum_to_parents(hides, withheld), firms, numerators, low, high)


def _closer(tree: Tree, withheld: IntArray, below: IntArray, own: IntArray, choose: np.ufunc) -> IntArray:
    """Return the closer bound of what is withheld in each cell: the one of the cells below it, or its own."""
    of_part: IntArray = choose(below, own - (tree.numerators - withheld))
    return np.where(tree.has_children[:, np.newaxis], of_part, own)


def _first_child(tree: Tree, is_candidate: BoolArray, needs_child: BoolArray, order: FloatArray) -> IntArray:
    """Return for each cell that needs one its first candidate child, NO_PARENT where there is none."""
    parent = tree.parent
    candidates = np.flatnonzero(is_candidate & (parent != NO_PARENT) & needs_child[parent])
    sorted_ = candidates[np.argsort(order[candidates], kind="stable")]
    parents, first = np.unique(parent[sorted_], return_index=True)
    chosen = np.full(len(parent), NO_PARENT, dtype=np.int64)
    chosen[parents] = sorted_[first]
    return chosen
