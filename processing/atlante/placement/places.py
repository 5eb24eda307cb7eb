"""Where municipalities of any time are on the day and in the boundaries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from atlante.placement.labels import labels_on
from atlante.placement.succession import destinations, parts
from atlante.territories.documents import EventKind

if TYPE_CHECKING:
    import datetime as dt

    from atlante.territories.history import History


@dataclass(frozen=True, slots=True)
class Places:
    """Where each municipality is.

    Attributes
    ----------
    table
        By code: then and vintage (the one municipality of the day, of the boundaries, that holds its ground; null:
        none or several), n_vintage (how many), is_new (it began after the day of the boundaries), has_left (it is
        abroad since), name, sigla, region_code and region (on the day).
    reach
        Columns code and target: every municipality of the boundaries that holds ground of it.
    """

    table: pd.DataFrame
    reach: pd.DataFrame


def build_places(
    municipalities: pd.DataFrame, history: History | None, labels: pd.DataFrame, *, day: dt.date, vintage_day: dt.date
) -> Places:
    """Return where each municipality of any time is.

    Parameters
    ----------
    labels
        What municipalities were called and belonged to (:func:`atlante.placement.labels.dated_labels`).
    """
    then = labels_on(labels, pd.Timestamp(day).as_unit("s"))
    drawn = set(municipalities["municipality_code"])
    on_day, on_vintage = (
        destinations(history, moment, present)
        for moment, present in ((day, set(then.index[then["is_then"]])), (vintage_day, drawn))
    )
    table = then[["name", "sigla", "region_code", "region"]].copy()
    table["then"] = _only(on_day).reindex(table.index)
    table["vintage"] = _only(on_vintage).reindex(table.index)
    table["n_vintage"] = on_vintage.groupby("code").size().reindex(table.index, fill_value=0)
    table["is_new"] = labels.groupby("code")["valid_from"].min() > pd.Timestamp(vintage_day)
    table["has_left"] = table.index.isin(_left(history)) & table["then"].isna() & (table["n_vintage"] == 0)
    reach = pd.concat([on_vintage, parts(history, day, vintage_day, drawn)], ignore_index=True)
    return Places(table, reach.drop_duplicates(ignore_index=True))


def _left(history: History | None) -> pd.Series[str]:
    """Return the codes of municipalities that went to another country."""
    if history is None:
        return pd.Series(dtype=object)
    return history.events.loc[history.events["kind"] == EventKind.ABROAD, "municipality_code"]


def _only(pairs: pd.DataFrame) -> pd.Series[str]:
    """Return the target of each code that has only one."""
    return pairs[~pairs["code"].duplicated(keep=False)].set_index("code")["target"]
