"""The verb that loads answers to surveys, and what is invented for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from atlante.catalogue.surveys import load_surveys, survey_of
from atlante.database import Role, connect
from atlante.errors import RejectedRows
from atlante.maturity import (
    describe_firms,
    invent_survey,
    list_answers,
    load_answers,
    read_answer_file,
)
from atlante.pipeline.runs import QUERIES, open_run
from atlante.pipeline.verbs import write_business_extract
from atlante.registers import Snapshot
from atlante.territories import latest_vintage

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from atlante.maturity import Answers, AnswerSummary, SyntheticSurvey


@dataclass(frozen=True, slots=True)
class SurveyIntake:
    """A file of answers to load.

    Attributes
    ----------
    today
        No answer may be of a day after it.
    accept_rejects
        Load the accepted rows although others were rejected. Otherwise one rejected row keeps the whole file out.
    """

    survey_id: str
    path: Path
    today: dt.date
    accept_rejects: bool = False


@dataclass(frozen=True, slots=True)
class SyntheticRequest:
    """Which invented register and survey to write.

    Attributes
    ----------
    firms, respondents
        Firms of the register, and how many of those in the survey's population answer.
    day
        The register's reference date and the day of all answers.
    """

    survey_id: str
    firms: int
    respondents: int
    seed: int
    day: dt.date


@dataclass(frozen=True, slots=True)
class SyntheticSummary:
    """What was invented: firms of the survey's population, those who answered, and the true and the answered share.

    The shares are of firms with the basic level. The difference is the bias that weighting has to mend.
    """

    population: int
    respondents: int
    answers: int
    true_basic_share: float
    answered_basic_share: float


def load_survey(
    url: str,
    catalogue_dir: Path,
    intake: SurveyIntake,
    *,
    extra_catalogue_dir: Path | None = None,
    on_read: Callable[[Answers], None] = lambda _: None,
) -> tuple[Answers, AnswerSummary]:
    """Read a file of answers and load it.

    Parameters
    ----------
    extra_catalogue_dir
        A user's folder of definitions that are added to the catalogue's.
    on_read
        Is given what became of the rows before anything is written: the place to report rejects.

    Raises
    ------
    UnknownSurvey, UnreadableAnswers, RejectedRows, MixedAnswers
        Nothing has changed in the database.
    """
    surveys = load_surveys(catalogue_dir, extra_catalogue_dir)
    survey = survey_of(surveys, intake.survey_id)
    answers = read_answer_file(intake.path, survey, surveys, today=intake.today)
    on_read(answers)
    if len(answers.rejects) and not intake.accept_rejects:
        raise RejectedRows(intake.path, len(answers.rejects), answers.rows_in_file)
    with open_run(url, "survey load") as run:
        summary = load_answers(run.connection, answers, survey, run_id=run.run_id)
        run.summarise(summary)
    return answers, summary


def read_loaded_surveys(url: str) -> pd.DataFrame:
    """Return the surveys that have answers: firms, answers, first and last day, whether they are invented."""
    with connect(url, role=Role.LOAD) as connection:
        return list_answers(connection)


def write_synthetic_survey(
    url: str,
    catalogue_dir: Path,
    register_path: Path,
    survey_path: Path,
    request: SyntheticRequest,
    *,
    extra_catalogue_dir: Path | None = None,
) -> SyntheticSummary:
    """Write an invented business register over the newest boundaries, and answers of some of its firms."""
    survey = survey_of(load_surveys(catalogue_dir, extra_catalogue_dir), request.survey_id)
    write_business_extract(url, register_path, Snapshot(request.firms, request.seed, request.day))
    firms = describe_firms(_read_firms(register_path), survey.population)
    firms = firms[firms["sector"].ne("") & firms["size"].ne("")].merge(_regions(url), on="istat_code")
    invented = invent_survey(firms, survey, respondents=request.respondents, seed=request.seed, answered_on=request.day)
    invented.write(survey_path)
    return _summary(invented)


def _read_firms(path: Path) -> pd.DataFrame:
    names = {
        "codice_fiscale": "firm_id",
        "codice_istat": "istat_code",
        "ateco": "activity_code",
        "classe_addetti": "staff_class",
    }
    table: Any
    if path.suffix == ".parquet":
        table = pyarrow.parquet.read_table(path, columns=list(names))
    else:
        options = pyarrow.csv.ConvertOptions(
            include_columns=list(names), column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True
        )
        table = pyarrow.csv.read_csv(path, convert_options=options)
    frame: pd.DataFrame = table.to_pandas()
    return frame.rename(columns=names)


def _regions(url: str) -> pd.DataFrame:
    with connect(url, role=Role.LOAD) as connection:
        named = {"vintage_id": latest_vintage(connection).vintage_id}
        rows = connection.execute(QUERIES["region_of_municipality"], named).fetchall()
    return pd.DataFrame(rows, columns=["istat_code", "region_code"])


def _summary(invented: SyntheticSurvey) -> SyntheticSummary:
    firms = invented.firms
    is_basic = firms["score"] >= (invented.survey.basic_from or 0)
    return SyntheticSummary(
        population=len(firms),
        respondents=int(firms["has_answered"].sum()),
        answers=len(invented.answers),
        true_basic_share=round(float(is_basic.mean()), 4),
        answered_basic_share=round(float(is_basic[firms["has_answered"]].mean()), 4),
    )
