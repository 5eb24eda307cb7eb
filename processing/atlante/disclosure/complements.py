"""The firms outside of a slice: all firms less those of the slice, which nobody publishes and everybody can compute."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlante.disclosure.cells import NO_ROW
from atlante.disclosure.suppression import Rule, suppress
from atlante.disclosure.tree import Tree, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlante.disclosure.cells import BoolArray, Cells, IntArray
    from atlante.disclosure.suppression import Noise


@dataclass(slots=True)
class ComplementGuard:
    """The tree of the firms outside of a slice: a cell is told where both all firms and the slice are published.

    Attributes
    ----------
    tree
        Its positions are the cells of all firms, shape (n, indicators).
    parts
        The cells of the slice in the same territories, shape (n, indicators); NO_ROW: no firm of it is there.
    """

    tree: Tree
    parts: IntArray
    rule: Rule
    _said: BoolArray | None = field(default=None, init=False)

    def add_to(self, withheld: BoolArray, noise: Noise) -> None:
        """Mark in place what has to be withheld of the slice, so that what is withheld outside of it is not told."""
        given = (withheld[self.tree.positions] | ((self.parts != NO_ROW) & withheld[self.parts])).any(axis=1)
        if self._said is not None and np.array_equal(self._said, given):
            return
        nothing = np.zeros(len(given), dtype=bool)
        found = suppress(self.tree, self.rule, small=nothing, withheld=given, noise=noise)
        more = self.parts[found & ~given]
        withheld[more[more != NO_ROW]] = True
        self._said = found


def complement_guards(cells: Cells, rule: Rule) -> Iterator[ComplementGuard]:
    """Yield the trees of what is outside of every slice that protected shares are published of."""
    rule = replace(rule, pool=1, decoy_share=0.0)
    is_whole = (cells.whole == NO_ROW) & cells.is_protected & ~cells.is_private & cells.is_counted & (cells.firms > 0)
    is_part = (cells.whole != NO_ROW) & cells.is_protected & ~cells.is_private & cells.is_counted & (cells.firms > 0)
    groups: dict[tuple[object, ...], list[tuple[IntArray, IntArray, IntArray]]] = {}
    wholes = _by(cells.family, np.flatnonzero(is_whole), cells.place)
    for (family, slice_), rows in _by_slice(cells, np.flatnonzero(is_part)).items():
        whole = wholes.get(family)
        if whole is None:
            continue
        part_at = np.full(len(cells.places), NO_ROW, dtype=np.int64)
        part_at[cells.place[rows]] = rows
        part = part_at[cells.place[whole]]
        firms = cells.firms[whole] - np.where(part == NO_ROW, 0, cells.firms[part])
        is_there = firms > 0
        whole, part, firms = whole[is_there], part[is_there], firms[is_there]
        same = pd.util.hash_array(cells.place[whole] * 1_000_003 + firms).tobytes()
        groups.setdefault((int(cells.period[rows[0]]), slice_, same), []).append((whole, part, firms))
    for linked in groups.values():
        if len(linked[0][0]):
            yield _guard(cells, linked, rule)


def _guard(cells: Cells, linked: list[tuple[IntArray, IntArray, IntArray]], rule: Rule) -> ComplementGuard:
    parts = np.column_stack([part for _, part, _ in linked])
    tree = tree_of(
        cells.places,
        cells.place[linked[0][0]],
        firms=linked[0][2],
        numerators=[
            cells.numerator[whole] - np.where(part == NO_ROW, 0, cells.numerator[part]) for whole, part, _ in linked
        ],
        positions=[whole for whole, _, _ in linked],
        rows=cells.positions,
    )
    return ComplementGuard(replace(tree, can_be_withheld=(parts != NO_ROW).any(axis=1)), parts, rule)


def _by(key: IntArray, chosen: IntArray, place: IntArray) -> dict[int, IntArray]:
    """Return the chosen cells by a key, those of each in the order of their territories."""
    ordered = chosen[np.lexsort((place[chosen], key[chosen]))]
    keys, starts = np.unique(key[ordered], return_index=True)
    return dict(zip(keys.tolist(), np.split(ordered, starts[1:]), strict=True)) if len(ordered) else {}


def _by_slice(cells: Cells, chosen: IntArray) -> dict[tuple[int, int], IntArray]:
    n = len(cells.slices)
    return {divmod(key, n): rows for key, rows in _by(cells.family * n + cells.slice_, chosen, cells.place).items()}
