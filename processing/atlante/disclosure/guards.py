"""The trees that cells are protected by: one of territories for each slice, one of the parts within each territory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlante.disclosure.cells import NO_ROW
from atlante.disclosure.suppression import Rule, suppress
from atlante.disclosure.tree import NO_PARENT, Tree, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlante.disclosure.cells import BoolArray, Cells, IntArray
    from atlante.disclosure.suppression import Noise


@dataclass(slots=True)
class Guard:
    """A tree, and which of its cells must not be published.

    Attributes
    ----------
    tree
        Its positions are numbers of cells.
    small
        Cells of the tree that must not be published, shape (n,).
    has_own_bounds
        Whether the tree itself says between what its numerators lie, rather than what is known of all cells.
    """

    tree: Tree
    small: BoolArray
    rule: Rule
    has_own_bounds: bool = False
    _said: tuple[BoolArray, IntArray, IntArray] | None = field(default=None, init=False)

    def add_to(
        self, withheld: BoolArray, noise: Noise, known: tuple[IntArray, IntArray], *, is_first: bool = False
    ) -> None:
        """Mark what else has to be withheld, in place; ``known`` are bounds of the numerators of all cells."""
        tree, cells = self.tree, self.tree.positions
        if not self.has_own_bounds and tree.low.shape[1]:
            tree = tree.with_bounds(known[0][cells], known[1][cells])
        rule = self.rule if is_first else replace(self.rule, decoy_share=0.0)
        given = withheld[cells].any(axis=1)
        if self._said is not None and all(map(np.array_equal, self._said, (given, tree.low, tree.high))):
            return
        found = suppress(tree, rule, small=self.small, withheld=given, noise=noise)
        withheld[cells[found]] = True
        self._said = (found, tree.low, tree.high)

    def raise_bounds(self, withheld: BoolArray, low: IntArray, high: IntArray) -> None:
        """Bring the bounds of sums as close as those of their parts allow, in place."""
        tree, cells = self.tree, self.tree.positions
        if self.has_own_bounds or not tree.low.shape[1]:
            return
        every = np.ones(len(tree.rank), dtype=bool)
        for rank in tree.ranks[1:]:
            of = (tree.rank == rank) & tree.has_children
            chosen = cells[of]
            least, most = (tree.sum_to_parents(bound[cells], every)[of] for bound in (low, high))
            low[chosen] = np.where(withheld[chosen], np.maximum(low[chosen], least), low[chosen])
            high[chosen] = np.where(withheld[chosen], np.minimum(high[chosen], most), high[chosen])


def bounds(cells: Cells, withheld: BoolArray) -> tuple[IntArray, IntArray]:
    """Return between what numerators lie as far as all firms of a territory are published, shape (n,)."""
    if not len(cells):
        return cells.numerator, cells.numerator
    whole, own = cells.whole, cells.firms
    is_told = (whole != NO_ROW) & ~withheld[whole]
    firms, counted = cells.firms[whole], cells.numerator[whole]
    is_size_known = ~(cells.is_share & cells.lost_categories(withheld))
    low = np.where(is_told & is_size_known, np.maximum(counted - (firms - own), 0), 0)
    high = np.where(is_told, np.where(is_size_known, np.minimum(own, counted), counted), own)
    return low, high


def known_bounds(cells: Cells, withheld: BoolArray, guards: list[Guard]) -> tuple[IntArray, IntArray]:
    """Return between what each numerator lies by what is published of all firms and of parts, shape (n,)."""
    unbound = bounds(cells, withheld)
    low, high = (np.where(withheld, bound, cells.numerator) for bound in unbound)
    for _ in range(2):  # stages bound a filiera, which bounds that of the territory above
        for guard in guards:
            guard.raise_bounds(withheld, low, high)
    return np.where(withheld, low, unbound[0]), np.where(withheld, high, unbound[1])


def small_cells(cells: Cells, threshold: int) -> BoolArray:
    """Return which cells rest on too few firms, or whose complement in all firms of the territory does."""

    def is_few(firms: IntArray) -> BoolArray:
        few: BoolArray = (firms > 0) & (firms < threshold)
        return few

    outside = cells.of_whole(cells.firms, without=0) - cells.firms
    small = is_few(cells.firms) | (is_few(outside) & (cells.whole != NO_ROW) & ~cells.is_private)
    found: BoolArray = small | (
        cells.is_share & (is_few(cells.numerator) | is_few(cells.firms - cells.numerator)) & (cells.numerator >= 0)
    )
    return found


def whole_guards(cells: Cells, small: BoolArray, rule: Rule) -> Iterator[Guard]:
    """Yield the trees of territories of the shares of all firms."""
    yield from _linked_guards(cells, small, rule, cells.whole == NO_ROW)


def slice_guards(cells: Cells, small: BoolArray, rule: Rule) -> Iterator[Guard]:
    """Yield the trees of territories of every slice of the firms."""
    yield from _linked_guards(cells, small, rule, cells.whole != NO_ROW)
    private = replace(rule, pool=rule.threshold, decoy_share=0.0)
    for base, counted, has_own_bounds in _private_counts(cells):
        rows = np.flatnonzero(cells.is_private & (base > 0) & (counted >= 0))
        for group in _groups(cells, rows):
            tree = tree_of(
                cells.places,
                cells.place[group],
                firms=base[group],
                numerators=[counted[group]],
                positions=[group],
                rows=cells.positions,
            )
            yield Guard(replace(tree, firms=counted[group]), small[group], private, has_own_bounds)


def part_guards(cells: Cells, small: BoolArray, rule: Rule) -> Iterator[Guard]:
    """Yield the trees of the parts within each territory: a total is the sum of its stages, or of its categories."""
    rule = replace(rule, pool=rule.threshold, decoy_share=0.0)
    has_total = (cells.total != NO_ROW) & cells.is_protected
    for group in _of_families(cells, np.flatnonzero(has_total & ~cells.is_private & (cells.firms > 0))):
        tree = _parts(cells, group, cells.firms, cells.numerator, cells.firms)
        if not cells.is_counted[group].all():
            tree = _without_numerators(tree)
        yield Guard(tree, (small & cells.is_protected)[tree.positions[:, 0]], rule)
    for base, amount, has_own_bounds in _private_counts(cells):
        rows = np.flatnonzero(has_total & cells.is_private & (base > 0) & (amount >= 0))
        for group in _of_families(cells, rows):
            tree = _parts(cells, group, amount, amount, base)
            tree = replace(tree, pool=np.minimum(rule.pool, tree.firms))  # of a public total there may be no more
            yield Guard(tree, (small & cells.is_protected)[tree.positions[:, 0]], rule, has_own_bounds)


def _private_counts(cells: Cells) -> Iterator[tuple[IntArray, IntArray, bool]]:
    """Yield what private cells count, of which public count it is a part, and whether that is all that bounds it.

    First firms, then what shares count. The firms of a category are told by the cells that count them; those of a share
    are looked at where there are none.
    """
    is_count = cells.is_private & ~cells.is_share
    is_told = np.isin(cells.slice_, np.unique(cells.slice_[is_count]))
    is_looked_at = is_count | ~is_told | ~cells.is_private
    yield cells.of_whole(cells.firms, without=0), np.where(is_looked_at, cells.firms, -1), True
    shared = np.where(cells.is_share | ~cells.is_private, cells.numerator, -1)
    yield cells.of_whole(cells.numerator, without=0), shared, False


def _linked_guards(cells: Cells, small: BoolArray, rule: Rule, of: BoolArray) -> Iterator[Guard]:
    """Yield the trees of some cells that are protected shares, those of the same firms in one."""
    chosen = np.flatnonzero(of & cells.is_protected & ~cells.is_private & (cells.firms > 0))
    for linked in _linked(cells, chosen):
        place = cells.place[linked[0]]
        is_counted = bool(cells.is_counted[linked[0]].all())
        tree = tree_of(
            cells.places,
            place,
            firms=cells.firms[linked[0]],
            numerators=[cells.numerator[group] if is_counted else np.zeros_like(place) for group in linked],
            positions=linked,
            rows=cells.positions,
        )
        is_small = small[tree.positions].any(axis=1)
        yield Guard(tree if is_counted else _without_numerators(tree), is_small, rule)


def _without_numerators(tree: Tree) -> Tree:
    none = np.zeros((len(tree.firms), 0), dtype=np.int64)
    return replace(tree, numerators=none, low=none, high=none)


def _parts(cells: Cells, parts: IntArray, size: IntArray, counted: IntArray, most: IntArray) -> Tree:
    """Return the tree of two ranks: parts, and the totals of which they are the parts."""
    totals = np.unique(cells.total[parts])
    every = np.concatenate([parts, totals])
    above = len(parts) + np.searchsorted(totals, cells.total[parts])
    return Tree(
        positions=every[:, np.newaxis],
        rank=np.repeat([0, 1], [len(parts), len(totals)]).astype(np.int64),
        names=np.column_stack([cells.place[every], len(cells.places) + cells.slice_[every]]),
        parent=np.concatenate([above, np.full(len(totals), NO_PARENT)]).astype(np.int64),
        firms=size[every],
        numerators=counted[every][:, np.newaxis],
        low=np.zeros((len(every), 1), dtype=np.int64),
        high=np.where(np.arange(len(every)) < len(parts), most[every], counted[every])[:, np.newaxis],
        can_be_withheld=cells.is_protected[every],
        reserve=np.where(cells.above[every] == NO_ROW, 0, np.maximum(counted[cells.above[every]], 0)),
    )


def _linked(cells: Cells, chosen: IntArray) -> list[list[IntArray]]:
    """Return the cells of each indicator, period and slice, those together that are shares of the same firms."""
    groups: dict[tuple[object, ...], list[IntArray]] = {}
    for group in _groups(cells, chosen):
        firms = pd.util.hash_array(cells.place[group] * 1_000_003 + cells.firms[group]).tobytes()
        is_counted = bool(cells.is_counted[group].all())
        key = (int(cells.period[group[0]]), int(cells.slice_[group[0]]), is_counted, firms)
        groups.setdefault(key, []).append(group)
    return list(groups.values())


def _groups(cells: Cells, chosen: IntArray) -> list[IntArray]:
    """Return the chosen cells by indicator, period and slice, those of each in the order of their territories."""
    return _split(chosen, cells.family[chosen] * len(cells.slices) + cells.slice_[chosen], cells.place[chosen])


def _of_families(cells: Cells, chosen: IntArray) -> list[IntArray]:
    """Return the chosen cells by indicator, period, and what they are parts of."""
    total, breakdown = cells.slice_[cells.total[chosen]], cells.slices.breakdown
    key = (cells.family[chosen] * len(cells.slices) + total) * (breakdown.max(initial=0) + 1)
    return _split(chosen, key + breakdown[cells.slice_[chosen]], cells.place[chosen])


def _split(chosen: IntArray, key: IntArray, place: IntArray) -> list[IntArray]:
    order = np.lexsort((place, key))
    edges = np.flatnonzero(np.diff(key[order])) + 1
    return [part for part in np.split(chosen[order], edges) if len(part)]
