"""Blocks of lines without a defect, split by Arrow's own reader of CSV.

Nearly every block is clean, and takes a third of the time here. What is not, by any sign, is left to `lines.py`, which
knows what to do about each line.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pyarrow as pa
import pyarrow.csv

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from atlante.registers.arrays import AnyArray
    from atlante.registers.lines import Dialect

_QUOTE, _NEWLINE, _RETURN = b'"\n\r'
_ENCODED: Final = pa.dictionary(pa.int32(), pa.string())


def split_clean(
    block: bytes, dialect: Dialect, width: int, positions: Mapping[str, int], *, plain: Collection[str]
) -> dict[str, AnyArray] | None:
    """Return the columns of a block, or None where a line has another number of fields, is blank or oddly quoted.

    Parameters
    ----------
    block
        Lines of UTF-8.
    positions
        Which column holds which field.
    plain
        Fields that come as text; the others come as dictionaries.
    """
    if dialect.is_quoted and not _is_well_quoted(block, ord(dialect.delimiter)):
        return None
    names = {place: name for name, place in positions.items()}
    try:
        table = pa.csv.read_csv(
            BytesIO(block),
            # one piece: each column has one dictionary
            pa.csv.ReadOptions(
                use_threads=False, block_size=len(block) + 1, column_names=[names.get(n, str(n)) for n in range(width)]
            ),
            pa.csv.ParseOptions(
                delimiter=dialect.delimiter, quote_char='"' if dialect.is_quoted else False, newlines_in_values=False
            ),
            pa.csv.ConvertOptions(
                column_types={name: pa.string() if name in plain else _ENCODED for name in positions},
                include_columns=list(positions),
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    n_lines = block.count(b"\n") + (not block.endswith(b"\n"))
    if len(table) != n_lines:  # a blank line was passed over, or a lone carriage return taken for the end of one
        return None
    return {name: cast("AnyArray", cast("Any", table[name]).combine_chunks()) for name in positions}


def _is_well_quoted(block: bytes, delimiter: int) -> bool:
    """Return whether every quote begins or ends a field, or is doubled within one."""
    if b'"' not in block:
        return True
    octets = np.frombuffer(b"\n" + block + b"\n", np.uint8)
    quotes = np.flatnonzero(octets == _QUOTE)
    if len(quotes) % 2:
        return False
    ends = (delimiter, _NEWLINE, _QUOTE)
    return _are_all(octets[quotes[::2] - 1], ends) and _are_all(octets[quotes[1::2] + 1], (*ends, _RETURN))


def _are_all(octets: NDArray[np.uint8], allowed: tuple[int, ...]) -> bool:
    is_allowed = np.zeros(256, bool)
    is_allowed[list(allowed)] = True
    return bool(is_allowed[octets].all())
