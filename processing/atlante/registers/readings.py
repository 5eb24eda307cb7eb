"""What reading a column gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atlante.registers.arrays import AnyArray
    from atlante.registers.extract import Reason

    type Problems = tuple[tuple[Reason, NDArray[np.bool_]], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The values of a column, NULL where unknown or wrong, and the rows that have a problem, by reason.

    `tolerated` are problems that reject no row: the source takes such values for unknown.
    """

    result: AnyArray
    problems: Problems
    tolerated: Problems = ()

    def tolerant(self) -> Reading:
        """Return the same values, with no problem that rejects a row."""
        return Reading(self.result, (), self.problems)

    def turned(self) -> NDArray[np.bool_]:
        """Return the rows whose value is unknown because it is wrong."""
        turned = np.zeros(len(self.result), bool)
        for _, mask in self.tolerated:
            turned |= mask
        return turned

    def spread(self, indices: pa.Int32Array) -> Reading:
        """Return the values of rows, as a dictionary, and their problems, from those of distinct texts."""
        chosen = indices.to_numpy()
        values = pa.DictionaryArray.from_arrays(indices, self.result, safe=False)
        return Reading(values, _spread(self.problems, chosen), _spread(self.tolerated, chosen))


def _spread(problems: Problems, chosen: NDArray[np.int32]) -> Problems:
    return tuple((reason, mask[chosen]) for reason, mask in problems if mask.any())
