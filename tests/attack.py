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


def ranges_over_slices(table: pd.DataFrame, status: pd.Series, parts_of: Sequence[tuple[int, list[int]]]) -> np.ndarray:
    """Return the least and the greatest numerator of each withheld row that fit everything published, shape (n, 2).

    As :func:`ranges_of_withheld`, over several slices of the same firms at once: beside the parents of every slice, the
    numerator of a slice is at most that of all firms, and the firms outside of it have what is left.

    Parameters
    ----------
    table
        Rows with level, territory_code, parent_code, slice ('' = all firms), numerator, and what is public of it: the
        greatest that it can be (``most``), and the firms that are not of the slice (``outside``).
    parts_of
        Rows that add up to a row: the stages of a filiera, the categories of all firms.
    """
    n = len(table)
    number = {key: i for i, key in enumerate(zip(table["slice"], table["level"], table["territory_code"], strict=True))}
    published = (status != "suppressed").to_numpy()
    numerator, most, beyond = (table[name].to_numpy() for name in ("numerator", "most", "outside"))
    bounds = Bounds(np.where(published, numerator, 0), np.where(published, numerator, most))
    equations: dict[int, np.ndarray] = {}
    for row, (part, level, parent) in enumerate(zip(table["slice"], table["level"], table["parent_code"], strict=True)):
        if level != "country":
            above = number[part, LEVELS[LEVELS.index(level) + 1], parent]
            equations.setdefault(above, -np.eye(1, n, above)[0])[row] = 1
    sums = [*equations.values(), *(np.isin(np.arange(n), rows) - np.eye(1, n, whole)[0] for whole, rows in parts_of)]
    constraints = [LinearConstraint(np.array(sums), 0, 0)]
    for row, (part, level, code) in enumerate(
        zip(table["slice"], table["level"], table["territory_code"], strict=True)
    ):
        if part:
            whole = number["", level, code]
            outside = np.eye(1, n, whole)[0] - np.eye(1, n, row)[0]
            constraints.append(LinearConstraint(outside[np.newaxis], 0, beyond[row]))

    def extreme(cell: int, sign: int) -> int:
        goal = sign * np.eye(1, n, cell)[0]
        solved = milp(goal, constraints=constraints, bounds=bounds, integrality=np.ones(n))
        return round(solved.x[cell])

    return np.array([(extreme(cell, 1), extreme(cell, -1)) for cell in np.flatnonzero(~published)]).reshape(-1, 2)


def ranges_of_sorts(table: pd.DataFrame, status: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the greatest count of each withheld cell that fit everything published, shape (n, 2) each.

    Two whole unknowns of each territory and category: its firms, and those of them that are of a public sort. Published
    are sums of both over all categories; the firms of a category where they or its share are; its sort where that is.

    Parameters
    ----------
    table
        Counts, and below them as many shares of a sort in the same order: level, territory_code, parent_code, category
        ('' = all firms), firms, and of shares the numerator.
    """
    n = len(table) // 2
    cells = table.iloc[:n]
    told_share = (status[n:] != "suppressed").to_numpy()
    told = np.concatenate([(status[:n] != "suppressed").to_numpy() | told_share, told_share])
    truth = np.concatenate([cells["firms"].to_numpy(), table["numerator"].to_numpy()[n:]])
    all_firms = cells[cells["category"] == ""].set_index(["level", "territory_code"])["firms"]
    most = np.tile([all_firms[tuple(place)] for place in cells[["level", "territory_code"]].to_numpy()], 2)
    bounds = Bounds(np.where(told, truth, 0), np.where(told, truth, most))
    at = {key: i for i, key in enumerate(zip(cells["level"], cells["territory_code"], cells["category"], strict=True))}
    sums = np.zeros((2 * n, 2 * n))  # the parts of each territory, of both unknowns
    of_categories = np.zeros((2 * n, 2 * n))
    for (level, code, category), row in at.items():
        parent = cells["parent_code"].iloc[row]
        for shift in (0, n):
            if level != "country":
                sums[at[LEVELS[LEVELS.index(level) + 1], parent, category] + shift, row + shift] = 1
            if category:
                of_categories[at[level, code, ""] + shift, row + shift] = 1
    equations = np.concatenate(
        [(each - np.eye(2 * n))[each.any(axis=1)] for each in (sums, of_categories) if each.any()]
    )
    is_part = np.hstack([np.eye(n), -np.eye(n)])  # the sort is at most the firms
    constraints = [LinearConstraint(equations, 0, 0), LinearConstraint(is_part, 0, np.inf)]

    def extreme(cell: int, sign: int) -> int:
        goal = sign * np.eye(1, 2 * n, cell)[0]
        solved = milp(goal, constraints=constraints, bounds=bounds, integrality=np.ones(2 * n))
        return round(solved.x[cell])

    def ranges(of: np.ndarray) -> np.ndarray:
        return np.array([(extreme(cell, 1), extreme(cell, -1)) for cell in of]).reshape(-1, 2)

    return ranges(np.flatnonzero(~told[:n])), ranges(n + np.flatnonzero(~told[n:]))
