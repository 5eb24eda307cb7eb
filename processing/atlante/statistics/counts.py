"""Counts: whole numbers from 0, checked before anything is computed from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atlante.errors import InvalidCounts

if TYPE_CHECKING:
    import numpy.typing as npt

    type BoolArray = npt.NDArray[np.bool_]
    type FloatArray = npt.NDArray[np.float64]
    type IntArray = npt.NDArray[np.int64]


def check(is_valid: BoolArray, problem: str) -> None:
    """Raise InvalidCounts at the first place where a condition does not hold.

    Parameters
    ----------
    is_valid
        What must hold, shape (n,) or (n, k); of a table, the index is the row.
    problem
        What is wrong where it does not hold.

    Raises
    ------
    InvalidCounts
        If it does not hold everywhere; names the first bad index.

    >>> check(np.array([True, False]), "A count is negative")
    Traceback (most recent call last):
    atlante.errors.InvalidCounts: A count is negative (first at index 1).
    """
    bad = np.argwhere(~is_valid)
    if bad.size:
        raise InvalidCounts(problem, int(bad[0, 0]))
