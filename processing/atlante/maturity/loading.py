"""Answers into the database and out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from atlante.database import copy_rows, load_queries
from atlante.errors import MixedAnswers
from atlante.maturity.population import describe_firms

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from atlante.catalogue.surveys import Survey
    from atlante.database import Connection
    from atlante.maturity.answers import Answers

_QUERIES: Final = load_queries("atlante.maturity")


@dataclass(frozen=True, slots=True)
class AnswerSummary:
    """What a file of answers changed, in answers unless said otherwise.

    ``accepted + rejected = rows_in_file`` and ``new + changed + unchanged = accepted``. `firms` that answered;
    `firms_unknown` of them, with `answers_unknown`, are not in any register: they are kept, and count as soon as one is
    loaded that has them.
    """

    rows_in_file: int
    accepted: int
    rejected: int
    new: int
    changed: int
    unchanged: int
    firms: int
    firms_unknown: int
    answers_unknown: int


@dataclass(frozen=True, slots=True)
class Material:
    """What estimates are made of: the arguments of :func:`atlante.maturity.estimate`."""

    answers: pd.DataFrame
    firms: pd.DataFrame
    population: pd.DataFrame
    territories: pd.DataFrame


def load_answers(connection: Connection, answers: Answers, survey: Survey, *, run_id: int) -> AnswerSummary:
    """Load answers in the caller's transaction; nothing is committed here. The same file again changes nothing.

    Raises
    ------
    MixedAnswers
        If invented answers would stand beside real ones or belong to real firms, or the other way round.
    """
    of_survey = {"survey_id": survey.survey_id, "is_synthetic": answers.is_synthetic}
    if connection.execute(_QUERIES["has_opposite_answers"], of_survey).fetchone() == (True,):
        held = "real answers to it" if answers.is_synthetic else "synthetic answers to it"
        raise MixedAnswers(survey.survey_id, held, is_synthetic=answers.is_synthetic)
    connection.execute(_QUERIES["empty_staging"])
    _stage(connection, answers)
    opposite = connection.execute(_QUERIES["opposite_source"], of_survey).fetchone()
    if opposite is not None:
        held = f"{'a real' if answers.is_synthetic else 'a synthetic'} register {opposite[0]} with these firms"
        raise MixedAnswers(survey.survey_id, held, is_synthetic=answers.is_synthetic)
    _write_rejects(connection, answers.rejects, run_id)
    counts = _one(connection, "count_changes", of_survey) | _one(connection, "count_firms", of_survey)
    connection.execute(_QUERIES["write_answers"], of_survey | {"run_id": run_id})
    connection.execute(_QUERIES["record_file"], of_survey | _record(answers) | {"run_id": run_id})
    connection.execute(_QUERIES["empty_staging"])
    return AnswerSummary(answers.rows_in_file, len(answers.rows), len(answers.rejects), **counts)


def read_answers(connection: Connection, survey_id: str, *, until: dt.date) -> pd.DataFrame:
    """Return the latest answer of each firm to each item of a survey, up to a day.

    Returns
    -------
    pandas.DataFrame
        Columns ``firm_id``, ``item``, ``answered_on``, ``answer`` (nan: left open).
    """
    rows = connection.execute(_QUERIES["answers_until"], {"survey_id": survey_id, "until": until}).fetchall()
    frame = pd.DataFrame(rows, columns=["firm_id", "item", "answered_on", "answer"])
    return frame.astype({"answer": "float64"})


def read_material(
    connection: Connection, survey: Survey, *, source_id: str, reference_date: dt.date, vintage_id: str
) -> Material:
    """Return all that estimates for the territories of a vintage are made of: the firms as they were placed."""
    named = {"source_id": source_id, "reference_date": reference_date, "vintage_id": vintage_id}
    counted = _frame(connection, "firms_of_population", named)
    kinds = describe_firms(counted.rename(columns={"division": "activity_code"}), survey.population)
    kinds = kinds[kinds["sector"].ne("") & kinds["size"].ne("")]
    population = kinds.groupby(["municipality_code", "sector", "size"])["firms"].sum().reset_index()
    firms = _frame(connection, "firms_that_answered", named | {"survey_id": survey.survey_id})
    return Material(
        answers=read_answers(connection, survey.survey_id, until=reference_date),
        firms=describe_firms(firms, survey.population),
        population=population,
        territories=_frame(connection, "places_of_vintage", named),
    )


def list_answers(connection: Connection) -> pd.DataFrame:
    """Return the surveys that have answers: firms, answers, first and last day, whether they are invented."""
    return _frame(connection, "loaded_surveys", {})


def _stage(connection: Connection, answers: Answers) -> None:
    rows = answers.rows[["firm_id", "item", "answered_on", "answer"]].astype("object")
    rows = rows.where(rows.notna(), None)
    table = "register.survey_staging"
    copy_rows(connection, table, list(rows.columns), rows.itertuples(index=False, name=None))


def _write_rejects(connection: Connection, rejects: pd.DataFrame, run_id: int) -> None:
    columns = ["run_id", "row_number", "field", "reason", "value"]
    rows = ((run_id, *row) for row in rejects[columns[1:]].itertuples(index=False, name=None))
    copy_rows(connection, "ops.reject", columns, rows)


def _record(answers: Answers) -> dict[str, Any]:
    return {
        "sha256": answers.sha256,
        "file_name": answers.path.name,
        "rows_in_file": answers.rows_in_file,
        "rows_accepted": len(answers.rows),
        "rows_rejected": len(answers.rejects),
    }


def _one(connection: Connection, query: str, parameters: Mapping[str, Any]) -> dict[str, int]:
    cursor = connection.execute(_QUERIES[query], parameters)
    row = cursor.fetchone() or ()
    return dict(zip((column.name for column in cursor.description or ()), row, strict=True))


def _frame(connection: Connection, query: str, parameters: Mapping[str, Any]) -> pd.DataFrame:
    cursor = connection.execute(_QUERIES[query], parameters)
    columns = [column.name for column in cursor.description or ()]
    return pd.DataFrame(cursor.fetchall(), columns=columns)
