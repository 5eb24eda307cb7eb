"""Many ranges of whole numbers at once, instead of a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from atlante.geometry.point_index.arrays import Whole, Wholes


def expand(first: Wholes, stop: Wholes) -> tuple[Whole, Whole]:
    """Return every number of the ranges first[i] <= number < stop[i], and which i it is of.

    >>> expand(np.array([5, 0, 7]), np.array([7, 0, 8]))
    (array([0, 0, 2]), array([5, 6, 7]))
    """
    lengths = (stop - first).astype(np.int64)
    which = np.repeat(np.arange(len(lengths)), lengths)
    # a range's numbers stand in the answer from `ends - lengths` on
    shift = first - (np.cumsum(lengths) - lengths)
    return which, np.arange(len(which)) + np.repeat(shift, lengths)
