"""Completeness: how many stages of a chain a territory has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atlante.errors import InvalidSetting
from atlante.statistics.counts import check_table, counted

if TYPE_CHECKING:
    from atlante.statistics.counts import CountArray, FloatArray


def stages_present(counts: CountArray, *, minimum_firms: int = 1) -> FloatArray:
    """Return the share of a chain's stages that have firms enough in each territory.

    How evenly the firms are spread over the stages is told by :func:`atlante.statistics.shannon_evenness`.

    Parameters
    ----------
    counts
        Firms by territory and stage, shape (n, k); not negative, nan: unknown.
    minimum_firms
        Firms from which on a stage counts as present; 1 or more.

    Returns
    -------
    numpy.ndarray
        Shape (n,), from 0 (none, also where there is no firm at all) to 1 (every stage); nan where a stage's firms are
        unknown, and everywhere without stages.

    Raises
    ------
    InvalidCounts
        If a count is negative or not whole; names the first bad row.
    InvalidSetting
        If `minimum_firms` is below 1.

    References
    ----------
    Relative richness: Magurran (2004), Measuring biological diversity, Blackwell, ch. 3.

    >>> stages_present(np.array([[3, 1, 0], [9, 9, 9], [0, 0, 0]]), minimum_firms=2).round(3)
    array([0.333, 1.   , 0.   ])
    """
    if minimum_firms < 1:
        raise InvalidSetting("minimum_firms", minimum_firms, "a whole number from 1 up")
    firms = counted(counts, "Counts")
    check_table(firms, "Counts")
    rows, stages = firms.shape
    if not stages:
        return np.full(rows, np.nan)
    return np.where(np.isnan(firms).any(axis=1), np.nan, np.mean(firms >= minimum_firms, axis=1))
