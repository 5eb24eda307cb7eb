"""Between Arrow and numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

type AnyArray = pa.Array[Any]  # what a column holds is known when it runs

NO_TEXT = pa.scalar(None, pa.string())


def as_mask(condition: AnyArray) -> NDArray[np.bool_]:
    """Return a condition as numpy; unknown is no."""
    known: Any = pc.fill_null(condition, pa.scalar(value=False))
    mask: NDArray[np.bool_] = known.to_numpy(zero_copy_only=False)
    return mask


def at(places: NDArray[np.integer[Any]]) -> pa.Int64Array:
    """Return positions as Arrow takes them."""
    return pa.array(places, pa.int64())


def as_large(columns: Iterable[AnyArray]) -> list[AnyArray]:
    """Return columns as text that may exceed 2 GiB together."""
    return [column.cast(pa.large_string()) for column in columns]


def join_texts(columns: Iterable[AnyArray], between: str, *, null: str = "") -> AnyArray:
    """Return each row's texts, joined."""
    parts: list[Any] = [*as_large(columns), pa.scalar(between, pa.large_string())]
    joined: AnyArray = pc.binary_join_element_wise(*parts, null_handling="replace", null_replacement=null)
    return joined


def as_text(column: AnyArray) -> AnyArray:
    """Return a column of any type as text."""
    values: Any = column
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    text: AnyArray = values.cast(pa.string())
    return text
