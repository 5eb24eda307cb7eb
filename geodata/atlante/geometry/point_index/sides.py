"""On which side of a line a point lies: for certain, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from atlante.geometry.point_index.arrays import Flags, Floats

_HALF_ULP = 2.0**-53
_RELATIVE_ERROR = (3 + 32 * _HALF_ULP) * _HALF_ULP  # a little more than Shewchuk's ccwerrboundA
_ABSOLUTE_ERROR = 1e-290  # his bound does not hold where products are too small for a float


def is_left(ax: Floats, ay: Floats, bx: Floats, by: Floats) -> tuple[Flags, Flags]:
    """Return whether the origin is on the left of the line from a to b, and whether rounding leaves that open.

    Parameters
    ----------
    ax, ay, bx, by
        Differences of coordinates, each rounded once.

    References
    ----------
    Shewchuk (1997), Discrete & Computational Geometry 18:305-363, doi:10.1007/PL00009321.
    """
    left, right = ax * by, ay * bx
    difference = left - right
    error = _RELATIVE_ERROR * (np.abs(left) + np.abs(right)) + _ABSOLUTE_ERROR
    return difference > 0, np.abs(difference) <= error
