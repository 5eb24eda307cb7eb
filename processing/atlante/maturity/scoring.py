"""From answers to scores, levels and profiles of firms.

An item that a firm left open is neither yes nor no. A firm is scored if it answered as many items as its survey or
model asks for at least, and then as far as the open ones can't matter: its score is known if nothing is open, its level
if both the lowest and the highest score that it may have lie in the same level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlante.catalogue.maturity import HIGHEST
from atlante.errors import InvalidSetting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from atlante.catalogue.maturity import MaturityModel
    from atlante.catalogue.surveys import Survey

type FloatArray = NDArray[np.float64]

_SLACK = 1e-9  # of a sum of weights: a score that reaches a cut-off but for rounding has reached it


@dataclass(frozen=True, slots=True)
class Scores:
    """What answers add up to, firm by firm.

    Attributes
    ----------
    table
        One row a firm, index ``firm_id``. ``answered``: items answered; ``lowest`` and ``highest``: bounds of the
        score, nan where too few items are answered; ``score``: nan unless both are the same; ``category``: the level or
        profile, null where it is not known. A survey with a basic level has ``is_basic`` too: true, false or null.
    categories
        All levels or profiles, from low to high.
    """

    table: pd.DataFrame
    categories: tuple[str, ...]


def wide_answers(answers: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """Return one row a firm and one column an item; the latest answer counts, nan: none.

    Parameters
    ----------
    answers
        Columns ``firm_id``, ``item``, ``answered_on``, ``answer`` (a number; nan: left open); a firm
        answers an item once a day.
    """
    days = answers.assign(answered_on=pd.to_datetime(answers["answered_on"]))
    latest = days.sort_values("answered_on", kind="stable").drop_duplicates(["firm_id", "item"], keep="last")
    table = latest.astype({"answer": np.float64}).pivot_table(
        index="firm_id", columns="item", values="answer", aggfunc="first", dropna=False
    )
    return table.reindex(columns=list(codes)).rename_axis(columns=None)


def score_dii(answers: pd.DataFrame, survey: Survey) -> Scores:
    """Return the scores and levels of firms: of the Digital Intensity Index, one point for each yes.

    Parameters
    ----------
    answers
        As in :func:`wide_answers`.
    survey
        A version that has levels.

    References
    ----------
    Eurostat, isoc_e_dii, https://ec.europa.eu/eurostat/cache/metadata/en/isoc_e_dii_esmsip2.htm.
    """
    highest = pd.Series({item.code: float(item.highest) for item in survey.items})
    table = _bounds(
        wide_answers(answers, survey.codes) / highest,
        np.array(highest, dtype=np.float64),
        survey.estimation.minimum_answered,
    )
    lowest_scores = {level.id: float(level.lowest) for level in survey.levels}
    table["category"] = _category(table, lowest_scores)
    if survey.basic_from is not None:
        table["is_basic"] = _agreed(table["lowest"] >= survey.basic_from, table["highest"] >= survey.basic_from, table)
    return Scores(table, tuple(lowest_scores))


def score_item(answers: pd.DataFrame, survey: Survey, code: str) -> Scores:
    """Return the answers of firms to one item as categories: ``no`` and ``yes``, or the steps of a scale.

    Raises
    ------
    InvalidSetting
        If the survey does not ask it.
    """
    found = next((item for item in survey.items if item.code == code), None)
    if found is None:
        raise InvalidSetting("item", code, f"an item of {survey.survey_id}: {', '.join(survey.codes)}")
    steps = ("no", "yes") if found.kind == "yes-no" else tuple(str(step) for step in range(found.highest + 1))
    table = _bounds(wide_answers(answers, [code]) / found.highest, np.array([float(found.highest)]), 1)
    table["category"] = _category(table, {step: float(number) for number, step in enumerate(steps)})
    return Scores(table, steps)


def score_model(answers: pd.DataFrame, model: MaturityModel, survey: Survey) -> Scores:
    """Return the scores (0 to 100) and profiles of firms by a declared model.

    The score is the weighted mean of the axes, each of which is the weighted mean of its items, each between 0 and its
    highest answer. Beside the columns of :class:`Scores` there is one for each axis: its own score, nan where not all
    of its items are answered.

    Parameters
    ----------
    answers
        As in :func:`wide_answers`.
    survey
        The survey of the model.
    """
    highest = pd.Series({item.code: float(item.highest) for item in survey.items})
    parts = wide_answers(answers, model.codes) / highest[list(model.codes)]
    table = _bounds(parts, HIGHEST * _weights(model), model.minimum_answered)
    table["category"] = _category(table, {profile.id: profile.lowest for profile in model.profiles})
    for axis in model.axes:
        weights = np.array(list(axis.items.values())) / sum(axis.items.values())
        table[axis.id] = HIGHEST * (parts[list(axis.items)] * weights).sum(axis=1, skipna=False)
    return Scores(table, tuple(profile.id for profile in model.profiles))


def _weights(model: MaturityModel) -> FloatArray:
    """Return the weight of each item in the whole; they add up to 1."""
    whole = sum(axis.weight for axis in model.axes)
    parts = [
        axis.weight / whole * weight / sum(axis.items.values()) for axis in model.axes for weight in axis.items.values()
    ]
    return np.array(parts, dtype=np.float64)


def _bounds(parts: pd.DataFrame, points: FloatArray, minimum_answered: int) -> pd.DataFrame:
    """Return the lowest and highest score of each row: of answers from 0 to 1, each worth some points at most."""
    values = parts.to_numpy(np.float64)
    is_open = np.isnan(values)
    answered = (~is_open).sum(axis=1)
    is_scored = answered >= minimum_answered
    known = np.nansum(values * points, axis=1)
    lowest = np.where(is_scored, known, np.nan)
    highest = np.where(is_scored, known + (is_open * points).sum(axis=1), np.nan)
    score = np.where(is_open.any(axis=1), np.nan, lowest)
    columns = {"answered": answered, "lowest": lowest, "highest": highest, "score": score}
    return pd.DataFrame(columns, index=parts.index)


def _category(table: pd.DataFrame, lowest_scores: Mapping[str, float]) -> pd.Series[str]:
    """Return the category that both bounds lie in; null where they lie in two, or there is no score."""
    if not lowest_scores:
        return pd.Series(None, index=table.index, dtype="object")
    bounds = np.array(list(lowest_scores.values())) - _SLACK
    low = np.searchsorted(bounds, table["lowest"].to_numpy(), side="right") - 1
    high = np.searchsorted(bounds, table["highest"].to_numpy(), side="right") - 1
    is_known = table["lowest"].notna().to_numpy() & (low == high)
    names = np.array([*lowest_scores, None], dtype=object)
    return pd.Series(names[np.where(is_known, low, len(lowest_scores))], index=table.index, dtype="object")


def _agreed(low: pd.Series[bool], high: pd.Series[bool], table: pd.DataFrame) -> pd.Series[bool]:
    """Return what both bounds say; null where they differ, or there is no score."""
    agreed = low.astype("boolean")
    return agreed.mask((low != high) | table["lowest"].isna())
