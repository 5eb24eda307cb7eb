"""Statements and events as data frames of the declared columns and types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from atlante.territories.documents.model import EVENT_STATEMENT_COLUMNS, STATEMENT_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATES = ("valid_from", "valid_to", "event_date")
# ISTAT joins two languages in these names; a source that writes one alone does not say the whole name.
_PROVINCES_OF_TWO_LANGUAGES = ("021", "031", "032")  # Bolzano, Gorizia, Trieste
_OTHERS_OF_TWO_LANGUAGES = ("M390",)  # San Giovanni di Fassa-Sèn Jan


def statement_frame(columns: Mapping[str, pd.Series], n: int) -> pd.DataFrame:
    """Return n statements with all their columns; what is not given or blank is null."""
    return pd.DataFrame({name: _typed(_column(columns.get(name), n), name) for name in STATEMENT_COLUMNS})


def event_frame(columns: Mapping[str, pd.Series], n: int) -> pd.DataFrame:
    """Return n events with all their columns; what is not given or blank is null, but ``is_partial``: no."""
    return pd.DataFrame({name: _typed(_column(columns.get(name), n), name) for name in EVENT_STATEMENT_COLUMNS})


def _column(given: pd.Series | None, n: int) -> pd.Series:
    """Return a column with the index 0..n; those of a file have its lines."""
    return pd.Series(None, index=range(n), dtype=object) if given is None else given.reset_index(drop=True)


def _typed(column: pd.Series, name: str) -> pd.Series:
    if name in _DATES:
        return pd.to_datetime(column).astype("datetime64[s]")
    if name == "population":
        return column.astype("Int64")
    if name == "area_km2":
        return column.astype("float64")
    if name == "is_partial":
        return column.fillna(False).astype(bool)  # noqa: FBT003 - a column of no
    text = column.astype(object)
    return text.where(text.notna() & (text != ""), None)


def whole_names(names: pd.Series, others: pd.Series, codes: pd.Series, province_codes: pd.Series) -> pd.Series:
    """Return names from one column, null where it has one language and ISTAT writes the municipality in two.

    A town with one language in such a province (Trieste) can't be told from these: its name is null as well.
    """
    has_two = province_codes.isin(_PROVINCES_OF_TWO_LANGUAGES) | codes.isin(_OTHERS_OF_TWO_LANGUAGES)
    return names.where(~has_two | others.notna(), None)
