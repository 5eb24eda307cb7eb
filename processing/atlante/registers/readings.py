"""What reading a column gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from atlante.registers.arrays import AnyArray
    from atlante.registers.extract import Reason

    type Problems = tuple[tuple[Reason, NDArray[np.bool_]], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The values of a column, NULL where unknown or wrong, and the rows that have a problem, by reason."""

    result: AnyArray
    problems: Problems

    def spread(self, indices: pa.Int32Array) -> Reading:
        """Return the values of rows, as a dictionary, and their problems, from those of distinct texts."""
        chosen = indices.to_numpy()
        values = pa.DictionaryArray.from_arrays(indices, self.result, safe=False)
        return Reading(values, tuple((reason, mask[chosen]) for reason, mask in self.problems if mask.any()))
