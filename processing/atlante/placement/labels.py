"""What municipalities are called and belong to, each with the time when it was so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlante.territories.history import History

NAMES: Final = ("name", "name_it", "name_other", "name_transliterated")
_LABELS = (*NAMES, "istat_code", "sigla", "province", "region_code", "region")
_PERIOD = ("valid_from", "valid_to")
_BEGINNING = pd.Timestamp("1861-03-17").as_unit("s")  # of the kingdom: no version is older
_FOR_EVER = pd.Timestamp("9999-12-31").as_unit("s")


def dated_labels(municipalities: pd.DataFrame, history: History | None) -> pd.DataFrame:
    """Return one row per municipality and period: code, valid_from, valid_to, and what it was called and belonged to.

    Municipalities of the boundaries that the history does not know have always been as the boundaries say, and so has
    everything of the others that it does not say.
    """
    vintage = municipalities.reindex(columns=["municipality_code", *_LABELS])
    vintage = vintage.assign(valid_from=_BEGINNING, valid_to=pd.Series(pd.NaT, vintage.index, dtype="datetime64[s]"))
    columns = ["municipality_code", *_PERIOD, *_LABELS]
    labels = vintage[columns]
    if history is not None and len(history.versions):
        is_unknown = ~vintage["municipality_code"].isin(history.versions["municipality_code"])
        labels = pd.concat([history.versions[columns], vintage.loc[is_unknown, columns]], ignore_index=True)
    drawn = vintage.set_index("municipality_code")
    drawn = drawn[~drawn.index.duplicated()]
    texts = {}
    for column in _LABELS:
        text = labels[column].astype(object)
        if column not in NAMES:
            text = text.where(text.notna(), labels["municipality_code"].map(drawn[column].astype(object)))
        texts[column] = text.where(text.notna(), None)
    return labels.assign(**texts).rename(columns={"municipality_code": "code"})


def labels_on(labels: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Return the labels of every code on a day, by code, with ``is_then``.

    Of a municipality that did not exist on the day they are its last ones before it, or else its first ones.
    """
    begins, ends = labels["valid_from"] > day, labels["valid_to"] <= day
    apart = np.select([begins, ends], [(labels["valid_from"] - day).dt.days, (day - labels["valid_to"]).dt.days], 0)
    order = labels.assign(is_then=~begins & ~ends, begins=begins, apart=apart)
    nearest = order.sort_values(["code", "is_then", "begins", "apart"], ascending=[True, False, True, True])
    return nearest.drop_duplicates("code").drop(columns=["begins", "apart"]).set_index("code")


def dated_names(labels: pd.DataFrame) -> pd.DataFrame:
    """Return every spelling of every name: code, text, valid_from, valid_to; bilingual names in either order."""
    it, other = labels["name_it"].fillna(""), labels["name_other"].fillna("")
    spellings = [*(labels[column] for column in NAMES), it + " " + other, other + " " + it]
    rows = labels[["code", *_PERIOD]]
    named = pd.concat([rows.assign(text=texts.astype(object)) for texts in spellings], ignore_index=True)
    return named[named["text"].notna()]


def contradicted(history: History | None, attributes: Sequence[str]) -> pd.DataFrame:
    """Return what a source says of attributes and was not taken to be true: code, text, valid_from, valid_to."""
    columns = {"municipality_code": "code", "other": "text", "valid_from": "valid_from", "valid_to": "valid_to"}
    if history is None or history.conflicts.empty:
        return pd.DataFrame(columns=list(columns.values()), dtype=object)
    said = history.conflicts[history.conflicts["attribute"].isin(attributes) & history.conflicts["other"].notna()]
    return said.rename(columns=columns)[list(columns.values())]


def merge_periods(dated: pd.DataFrame, keys: list[str], day: pd.Timestamp) -> pd.DataFrame:
    """Return one row per distinct keys: begin, end (the day after the last; NaT: still so), is_then (so on a day).

    Of several periods with a gap between them it is the one that is closest to the day.
    """
    rows = dated[keys].assign(
        begin=dated["valid_from"].astype("datetime64[s]").fillna(_BEGINNING),
        end=dated["valid_to"].astype("datetime64[s]").fillna(_FOR_EVER),
    )
    rows = rows.sort_values([*keys, "begin"], kind="stable", ignore_index=True)
    spells = rows.groupby(keys, sort=False)
    last_end = spells["end"].cummax()
    is_next = rows.duplicated(keys) & (rows["begin"] <= last_end.shift())
    spell = (~is_next).cumsum()
    merged = rows.groupby(spell).agg({**dict.fromkeys(keys, "first"), "begin": "min", "end": "max"})
    is_then = (merged["begin"] <= day) & (merged["end"] > day)
    apart = np.where(merged["end"] <= day, (day - merged["end"]).dt.days, (merged["begin"] - day).dt.days)
    nearest = merged.assign(is_then=is_then, apart=np.where(is_then, -1, apart))
    nearest = nearest.sort_values([*keys, "apart"], kind="stable").drop_duplicates(keys).drop(columns="apart")
    return nearest.assign(end=nearest["end"].where(nearest["end"] < _FOR_EVER)).reset_index(drop=True)


def period_notes(kind: str, periods: pd.DataFrame) -> pd.Series[str]:
    """Return when something was so that was not so on the day, otherwise ''.

    As "name of 1861–1923", "name of 2023", "name since 2024".
    """
    first = periods["begin"].dt.year.astype(str)
    last = (periods["end"] - pd.Timedelta(days=1)).dt.year.astype("Int64").astype("string").fillna("")
    span = first.where(first == last, first + "\N{EN DASH}" + last.astype(str))
    notes = (f"{kind} of " + span).where(periods["end"].notna(), f"{kind} since " + first)
    return pd.Series(notes.where(~periods["is_then"], ""), dtype=object)
