"""How an invented register says that it is invented: in its name, in each firm's name and in its legend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

FIRM_MARK: Final = "IMPRESA SINTETICA"
LEGEND_MARK: Final = "DATI SINTETICI"


def is_marked_synthetic(legend: Iterable[str], names: pa.ChunkedArray[Any]) -> bool:
    """Return whether a legend line or any firm says that it is invented.

    One is enough: a label too many does no harm, one too few passes invention off as fact.
    """
    if any(line.upper().startswith(LEGEND_MARK) for line in legend):
        return True
    return bool(pc.any(pc.match_substring_regex(names, f"^{FIRM_MARK} [0-9]{{6,}}")).as_py())
