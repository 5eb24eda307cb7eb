"""What one who solves the published equations can learn of withheld counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

LEVELS = ["municipality", "province", "region", "country"]


def ranges_of_withheld(table: pd.DataFrame, status: pd.Series) -> list[tuple[int, int]]:
    """Return the least and the greatest numerator of each withheld cell that fit everything published.

    An attacker's view, with no thought of how cells were chosen: one whole unknown per cell between 0 and its firms,
    which are public; a published numerator is known; every parent is the sum of its children.
    """
    position = {key: i for i, key in enumerate(zip(table["level"], table["territory_code"], strict=True))}
    published = (status != "suppressed").to_numpy()
    numerator, firms = table["numerator"].to_numpy(), table["firms"].to_numpy()
    bounds = Bounds(np.where(published, numerator, 0), np.where(published, numerator, firms))
    sums = np.zeros((len(table), len(table)))
    for child, (level, parent) in enumerate(zip(table["level"], table["parent_code"], strict=True)):
        if level != "country":
            above = position[LEVELS[LEVELS.index(level) + 1], parent]
            sums[above, child], sums[above, above] = 1, -1
    constraint = LinearConstraint(sums, 0, 0)

    def extreme(cell: int, sign: int) -> int:
        goal = np.zeros(len(table))
        goal[cell] = sign
        solved = milp(goal, constraints=constraint, bounds=bounds, integrality=np.ones(len(table)))
        return round(solved.x[cell])

    return [(extreme(cell, 1), extreme(cell, -1)) for cell in np.flatnonzero(~published)]


def ranges_of_parts(table: pd.DataFrame, parts: Sequence[str], *, told: pd.DataFrame) -> dict[tuple[int, str], range]:
    """Return the least to the greatest count of each part of each territory that fit everything published.

    Parts are, for example, methods: those of a territory add up to its firms, which are public, and each part of a
    parent is the sum of its children's.

    Parameters
    ----------
    table
        level, territory_code, parent_code, firms and a column of true counts for each part.
    told
        Whether a part's count is published, by part, aligned with the table.
    """
    rows, n = len(table), len(table) * len(parts)
    number = {key: row for row, key in enumerate(zip(table["level"], table["territory_code"], strict=True))}
    truth = table[list(parts)].to_numpy().T.ravel()
    known = told[list(parts)].to_numpy().T.ravel()
    firms = np.tile(table["firms"].to_numpy(), len(parts))
    bounds = Bounds(np.where(known, truth, 0), np.where(known, truth, firms))
    equations = [np.tile(np.eye(1, rows, row)[0], len(parts)) for row in range(rows)]
    totals = list(table["firms"])
    for part in range(len(parts)):
        for level in LEVELS[1:]:
            for whole in np.flatnonzero(table["level"] == level):
                is_below = table["level"] == LEVELS[LEVELS.index(level) - 1]
                of = (is_below & (table["parent_code"] == table["territory_code"].iloc[whole])).to_numpy()
                equation = np.zeros(n)
                equation[part * rows + np.flatnonzero(of)] = 1
                equation[part * rows + number[level, table["territory_code"].iloc[whole]]] = -1
                equations.append(equation)
                totals.append(0)
    constraint = LinearConstraint(np.array(equations), totals, totals)

    def extreme(cell: int, sign: int) -> int:
        solved = milp(sign * np.eye(1, n, cell)[0], constraints=constraint, bounds=bounds, integrality=np.ones(n))
        return round(solved.x[cell])

    return {
        (cell % rows, parts[cell // rows]): range(extreme(cell, 1), extreme(cell, -1) + 1)
        for cell in np.flatnonzero(~known)
    }
