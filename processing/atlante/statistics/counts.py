"""Counts, amounts and settings, checked before anything is computed from them.

An unknown number is nan: it passes every check, and what follows from it is nan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atlante.errors import InvalidCounts, InvalidSetting

if TYPE_CHECKING:
    import numpy.typing as npt

    type BoolArray = npt.NDArray[np.bool_]
    type FloatArray = npt.NDArray[np.float64]
    type IntArray = npt.NDArray[np.int64]
    type CountArray = IntArray | FloatArray  # whole numbers from 0; as floats, nan: unknown


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
    bad = np.argwhere(~np.atleast_1d(is_valid))
    if bad.size:
        raise InvalidCounts(problem, int(bad[0, 0]))


def counted(counts: CountArray | float, name: str) -> FloatArray:
    """Return counts as floats, or refuse what can't have been counted.

    Parameters
    ----------
    counts
        Any shape; nan: unknown.
    name
        What they count, in the plural, as a message begins.

    Raises
    ------
    InvalidCounts
        If one is negative, infinite or not whole; names the first bad index.

    >>> counted(np.array([3, 0]), "Trials")
    array([3., 0.])
    >>> counted(np.array([3, 0.5]), "Trials")
    Traceback (most recent call last):
    atlante.errors.InvalidCounts: Trials are not whole numbers (first at index 1).
    """
    values = amounts(counts, name)
    check(np.isnan(values) | (values == np.floor(values)), f"{name} are not whole numbers")
    return values


def amounts(values: CountArray | float, name: str) -> FloatArray:
    """Return amounts as floats, or refuse those below 0 and infinite ones.

    Parameters
    ----------
    values
        Any shape; nan: unknown.
    name
        What they are, in the plural, as a message begins.

    Raises
    ------
    InvalidCounts
        If one is negative or infinite; names the first bad index.

    >>> amounts(np.array([0.5, np.nan, -1]), "Exposures")
    Traceback (most recent call last):
    atlante.errors.InvalidCounts: Exposures are negative (first at index 2).
    """
    numbers = numeric(values, name)
    check(~(numbers < 0), f"{name} are negative")
    return numbers


def numeric(values: CountArray | float, name: str) -> FloatArray:
    """Return numbers as floats, or refuse infinite ones.

    Raises
    ------
    InvalidCounts
        If one is infinite; names the first bad index.

    >>> numeric(np.array([-1.0, np.inf]), "Values")
    Traceback (most recent call last):
    atlante.errors.InvalidCounts: Values are infinite (first at index 1).
    """
    numbers = np.asarray(values, dtype=np.float64)
    check(~np.isinf(numbers), f"{name} are infinite")
    return numbers


def by_place(numbers: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Return one number for every place, or numbers that are given place by place as they are.

    >>> by_place(np.array(0.5), (2,)), by_place(np.array([0.1, 0.2]), (2,))
    (array([0.5, 0.5]), array([0.1, 0.2]))
    """
    return np.broadcast_to(numbers, shape) if numbers.ndim == 0 else numbers


def check_lengths(first: CountArray, *others: CountArray, names: str) -> None:
    """Refuse arrays that do not describe the same places.

    Parameters
    ----------
    first, others
        Arrays of one shape.
    names
        What they are, as a message begins.

    Raises
    ------
    InvalidCounts
        If a shape differs; the index is the first row that one of them lacks.

    >>> check_lengths(np.zeros(3), np.zeros(2), names="Successes and trials")
    Traceback (most recent call last):
    atlante.errors.InvalidCounts: Successes and trials differ in shape: (3,) and (2,) (first at index 2).
    """
    for other in others:
        if other.shape != first.shape:
            lengths = [array.shape[0] if array.ndim else 0 for array in (first, other)]
            index = min(lengths) if lengths[0] != lengths[1] else 0
            raise InvalidCounts(f"{names} differ in shape: {first.shape} and {other.shape}", index)


def check_table(table: FloatArray, name: str) -> None:
    """Refuse what has no rows of categories.

    Raises
    ------
    InvalidCounts
        If it has not two dimensions.

    >>> check_table(np.zeros(3), "Counts")
    Traceback (most recent call last):
    atlante.errors.InvalidCounts: Counts have the shape (3,); expected (territories, categories) (first at index 0).
    """
    if table.ndim != 2:  # noqa: PLR2004 -- rows and columns
        raise InvalidCounts(f"{name} have the shape {table.shape}; expected (territories, categories)", 0)


def check_between(name: str, value: float, low: float, high: float) -> None:
    """Refuse a setting outside an open range.

    Raises
    ------
    InvalidSetting
        If it is not above `low` and below `high`.

    >>> check_between("level", 95, 0, 1)
    Traceback (most recent call last):
    atlante.errors.InvalidSetting: level is 95; expected a number above 0 and below 1.
    """
    if not low < value < high:
        raise InvalidSetting(name, value, f"a number above {low} and below {high}")
