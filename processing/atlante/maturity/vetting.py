"""The rows of a file of answers, one by one: what is accepted, and the first reason why not."""

from __future__ import annotations

import datetime as dt
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from atlante.catalogue.sources import fold_wording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atlante.catalogue.surveys import Survey

type Reject = tuple[int, str, str, str]

_WORDS: Final = {"si": 1, "yes": 1, "ja": 1, "true": 1, "vero": 1, "no": 0, "nein": 0, "false": 0, "falso": 0}
_LONGEST_KEY: Final = 64
_FIRST_DAY: Final = dt.date(2000, 1, 1)
_ITALIAN_DATE: Final = re.compile(r"(\d{2})/(\d{2})/(\d{4})")
_ISO_DATE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T]00:00:00\S*)?")  # Parquet has days with a time, too


class AnswerReason(StrEnum):
    """Why a row is not accepted."""

    WRONG_FIELDS = "not as many fields as the header"
    MISSING = "missing value"
    TOO_LONG = "text too long"
    OTHER_SURVEY = "answer to another survey"
    OTHER_VERSION = "item of another version"
    UNKNOWN_ITEM = "item of no version"
    NOT_A_DATE = "not a date"
    TOO_EARLY = "date before 2000"
    IN_THE_FUTURE = "date in the future"
    NOT_AN_ANSWER = "not an answer to this item"
    DUPLICATE = "second answer of a firm to an item on one day"


def reject_table(rejects: Sequence[Reject]) -> pd.DataFrame:
    """Return rejects as a table, with the columns of ``ops.reject`` but for the run."""
    table = pd.DataFrame(rejects, columns=["row_number", "field", "reason", "value"])
    return table.astype({"row_number": np.int64, "field": "object", "reason": "object", "value": "object"})


class Vetting:
    """The rows of a file, and the first reason why each is not accepted."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self._rows = rows
        self._field = np.full(len(rows), "", dtype=object)
        self._reason = np.full(len(rows), "", dtype=object)
        self._day: pd.Series[Any] = pd.Series(dtype="object")
        self._answer: pd.Series[float] = pd.Series(dtype="float64")

    def check(self, survey: Survey, surveys: Mapping[str, Survey], today: dt.date) -> None:
        """Look at every row, field by field."""
        rows = self._rows
        for field in ("firm_id", "survey", "item", "version", "answered_on"):
            self._reject(rows[field].eq(""), field, AnswerReason.MISSING)
        self._reject(rows["firm_id"].str.len() > _LONGEST_KEY, "firm_id", AnswerReason.TOO_LONG)
        rows["firm_id"] = rows["firm_id"].str.upper().where(rows["firm_id"].str.len() == 16, rows["firm_id"])  # noqa: PLR2004 - letters of a person's fiscal code
        self._reject(~rows["survey"].isin([survey.family, survey.survey_id]), "survey", AnswerReason.OTHER_SURVEY)
        self._reject(rows["version"].ne(survey.version), "version", AnswerReason.OTHER_VERSION)
        self._check_items(survey, surveys)
        self._check_days(today)
        self._check_answers(survey)
        self._check_duplicates()

    def accepted(self) -> pd.DataFrame:
        """Return the rows without a reason."""
        is_accepted = self._reason == ""
        rows: pd.DataFrame = self._rows.loc[is_accepted, ["row_number", "firm_id", "item"]].reset_index(drop=True)
        rows["answered_on"] = self._day[is_accepted].to_numpy()
        rows["answer"] = pd.array(self._answer[is_accepted].to_numpy(), dtype="Int16")
        return rows

    def rejects(self) -> pd.DataFrame:
        """Return the others."""
        places = np.flatnonzero(self._reason != "")
        rows = self._rows.iloc[places]
        values = [rows[field].iloc[n] for n, field in enumerate(self._field[places])]
        return reject_table(
            list(zip(rows["row_number"], self._field[places], self._reason[places], values, strict=True))
        )

    def _reject(self, is_wrong: pd.Series[bool], field: str, reason: str) -> None:
        is_first = is_wrong.to_numpy(dtype=bool) & (self._reason == "")
        self._field[is_first] = field
        self._reason[is_first] = reason

    def _check_items(self, survey: Survey, surveys: Mapping[str, Survey]) -> None:
        elsewhere: dict[str, list[str]] = {}
        for other in surveys.values():
            if other.family == survey.family:
                for code in other.codes:
                    elsewhere.setdefault(code, []).append(other.version)
        for item in self._rows.loc[~self._rows["item"].isin(survey.codes), "item"].unique():
            versions = ", ".join(elsewhere.get(item, []))
            reason = f"{AnswerReason.OTHER_VERSION}: {versions}" if versions else AnswerReason.UNKNOWN_ITEM
            self._reject(self._rows["item"].eq(item), "item", reason)

    def _check_days(self, today: dt.date) -> None:
        texts = self._rows["answered_on"]
        days = {text: _day(text) for text in texts.unique()}
        self._day = texts.map(days).astype("object")
        by_reason = {
            AnswerReason.NOT_A_DATE: [text for text, day in days.items() if day is None],
            AnswerReason.TOO_EARLY: [text for text, day in days.items() if day is not None and day < _FIRST_DAY],
            AnswerReason.IN_THE_FUTURE: [text for text, day in days.items() if day is not None and day > today],
        }
        for reason, wrong in by_reason.items():
            self._reject(texts.isin(wrong), "answered_on", reason)

    def _check_answers(self, survey: Survey) -> None:
        texts = self._rows["answer"]
        highest = self._rows["item"].map({item.code: item.highest for item in survey.items})
        is_yes_no = self._rows["item"].isin([item.code for item in survey.items if item.kind == "yes-no"])
        numbers = texts.map({text: _number(text) for text in texts.unique()}).astype("float64")
        words = texts.map({text: _WORDS.get(fold_wording(text), np.nan) for text in texts.unique()}).astype("float64")
        self._answer = numbers.where(numbers.notna() | ~is_yes_no, words)
        is_open = texts.eq("")
        self._reject(~is_open & ~(self._answer <= highest), "answer", AnswerReason.NOT_AN_ANSWER)

    def _check_duplicates(self) -> None:
        keys = self._rows[["firm_id", "item"]].assign(day=self._day, is_out=self._reason != "")
        is_again = keys[~keys["is_out"]].duplicated(["firm_id", "item", "day"]).reindex(keys.index, fill_value=False)
        self._reject(is_again, "item", AnswerReason.DUPLICATE)


def _day(text: str) -> dt.date | None:
    """Return a day written as 2024-05-31 or 31/05/2024."""
    italian, iso = _ITALIAN_DATE.fullmatch(text), _ISO_DATE.fullmatch(text)
    written = "-".join(italian.groups()[::-1]) if italian else iso[1] if iso else ""
    try:
        return dt.date.fromisoformat(written)
    except ValueError:
        return None


def _number(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() else np.nan
