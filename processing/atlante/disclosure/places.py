"""The territories of a table of observations as numbers: level, and which is part of which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.catalogue.levels import Level
from atlante.errors import InvalidCounts

if TYPE_CHECKING:
    import numpy.typing as npt

    type BoolArray = npt.NDArray[np.bool_]
    type IntArray = npt.NDArray[np.int64]

NO_PARENT: Final = -1
_RANK: Final = {level.value: rank for rank, level in enumerate(Level)}


@dataclass(frozen=True, slots=True)
class Places:
    """Territories, the smallest level first, within a level by code: their numbers don't depend on the order of rows.

    Attributes
    ----------
    rank
        0 for the smallest level, shape (n,).
    codes
        Territory codes, shape (n,).
    parent
        Number of the territory of the next level that each is part of, or NO_PARENT, shape (n,).
    needs_parent
        Whether one is stated, shape (n,).
    """

    rank: IntArray
    codes: npt.NDArray[np.str_]
    parent: IntArray
    needs_parent: BoolArray

    def __len__(self) -> int:
        return len(self.rank)

    @property
    def names(self) -> list[str]:
        """What tells each territory from all others."""
        return [f"{rank}/{code}" for rank, code in zip(self.rank.tolist(), self.codes.tolist(), strict=True)]


def places_of(table: pd.DataFrame, positions: IntArray) -> tuple[Places, IntArray]:
    """Return the territories of a table, and the number of that of each row.

    Parameters
    ----------
    table
        Rows with level, territory_code and parent_code.
    positions
        Where the rows stand in the observations, shape (rows,): for errors.

    Raises
    ------
    InvalidCounts
        If a territory is said to be part of two others.
    """
    level, levels = pd.factorize(table["level"])
    code, codes = pd.factorize(table["territory_code"])
    above, above_codes = pd.factorize(table["parent_code"])
    number, pairs = pd.factorize(level.astype(np.int64) * max(len(codes), 1) + code)
    first = np.zeros(len(pairs), dtype=np.int64)
    first[number[::-1]] = np.arange(len(table))[::-1]
    has_other_parent = above != above[first[number]] if len(table) else np.zeros(0, dtype=bool)
    if has_other_parent.any():
        raise InvalidCounts("A territory is part of two others", int(positions[has_other_parent].min()))
    ranks = np.array([_RANK[each] for each in levels], dtype=np.int64)[level[first]] if len(table) else number
    words = np.asarray(codes, dtype=str)[code[first]] if len(table) else np.zeros(0, dtype=str)
    order = np.lexsort((words, ranks))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    number_of = {key: int(place[i]) for i, key in enumerate(zip(ranks.tolist(), words.tolist(), strict=True))}
    stated = above[first]
    parent_words = np.asarray([*above_codes, ""], dtype=str)[stated]
    parent = [number_of.get((rank + 1, word), NO_PARENT) for rank, word in zip(ranks, parent_words, strict=True)]
    parents = np.where(stated < 0, NO_PARENT, np.array(parent, dtype=np.int64))
    return Places(ranks[order], words[order], parents[order], stated[order] >= 0), place[number]
