"""How an invented register says that it is invented: in its name, in each firm's name and in its legend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow.compute as pc

from atlante.registers.arrays import as_mask
from atlante.registers.extract import MARKED_SYNTHETIC

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from atlante.registers.arrays import AnyArray

FIRM_MARK: Final = "IMPRESA SINTETICA"
LEGEND_MARK: Final = "DATI SINTETICI"


def is_marked_synthetic(legend: Iterable[str]) -> bool:
    """Return whether a legend line says that the firms are invented.

    One line or one firm is enough: a label too many does no harm, one too few passes invention off as fact.
    """
    return any(line.upper().startswith(LEGEND_MARK) for line in legend)


def synthetic_notes(names: AnyArray) -> NDArray[np.uint8]:
    """Return the notes of rows by their firms' names: which of them say that the firm is invented."""
    return as_mask(pc.match_substring_regex(names, f"^{FIRM_MARK} [0-9]{{6,}}")).astype(np.uint8) * MARKED_SYNTHETIC
