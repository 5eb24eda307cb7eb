"""Commands about surveys: load answers, list what there is, and invent both a register and its answers."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from atlante.cli.console import JsonOption, emit_summary, note, progress
from atlante.cli.context import ready_database, settings_of
from atlante.cli.dates import day_option, parse_day
from atlante.cli.rejects import AcceptRejectsOption, RejectsOption, report_rejects
from atlante.cli.tables import CsvOption, emit_frame

survey = typer.Typer(no_args_is_help=True, help="Answers of firms to surveys.")


def register(synthetic: typer.Typer) -> None:
    """Add the command that invents a survey to those that invent input."""
    synthetic.command("survey")(synthetic_survey)


@survey.command("load")
def load(
    context: typer.Context,
    survey_id: Annotated[str, typer.Argument(metavar="SURVEY", help="A survey of the catalogue, such as dii_2023.")],
    file: Annotated[Path, typer.Argument(help="The answers: .csv or .parquet, one row a firm and item.")],
    *,
    accept_rejects: AcceptRejectsOption = False,
    rejects: RejectsOption = None,
    json: JsonOption = False,
) -> None:
    """Read answers and load them: accepted + rejected = rows in the file."""
    from atlante.pipeline.surveys import SurveyIntake, load_survey

    url, settings = ready_database(context), settings_of(context)
    intake = SurveyIntake(survey_id, file, dt.datetime.now(dt.UTC).date(), accept_rejects=accept_rejects)
    with progress() as report:
        report(f"loading {file.name}")
        answers, summary = load_survey(
            url,
            settings.catalogue_dir,
            intake,
            extra_catalogue_dir=settings.extra_catalogue_dir,
            on_read=lambda read: report_rejects(read.rejects, rejects),
        )
    if summary.firms_unknown:
        note(
            f"{summary.firms_unknown:,} of {summary.firms:,} firms are in no register: their "
            f"{summary.answers_unknown:,} answers are kept, and count when a register is loaded that has them"
        )
    emit_summary({"survey": survey_id, "is_synthetic": answers.is_synthetic, **dataclasses.asdict(summary)}, json=json)


@survey.command("list")
def list_surveys(context: typer.Context, *, json: JsonOption = False, csv: CsvOption = False) -> None:
    """Show the surveys of the catalogue, and how many firms have answered."""
    import pandas as pd

    from atlante.catalogue.surveys import load_surveys
    from atlante.pipeline.surveys import read_loaded_surveys

    loaded = read_loaded_surveys(ready_database(context)).set_index("survey_id")
    settings = settings_of(context)
    surveys = load_surveys(settings.catalogue_dir, settings.extra_catalogue_dir)
    known = pd.DataFrame(
        [(each.survey_id, each.title.en, len(each.items)) for each in surveys.values()],
        columns=["survey", "title", "items"],
    )
    table = known.merge(loaded, left_on="survey", right_index=True, how="left")
    counts = {"firms": "Int64", "answers": "Int64"}
    emit_frame(table.fillna(dict.fromkeys(counts, 0)).astype(counts), json=json, csv=csv)


def synthetic_survey(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to write the register and the answers.", file_okay=False)],
    *,
    survey_id: Annotated[
        str, typer.Option("--survey", envvar="ATLANTE_SURVEY", help="The survey that is answered.")
    ] = "dii_2023",
    firms: Annotated[
        int, typer.Option(min=1, envvar="ATLANTE_FIRMS", help="Number of firms of the register.")
    ] = 100_000,
    respondents: Annotated[
        int, typer.Option(min=1, envvar="ATLANTE_RESPONDENTS", help="How many firms of the survey's population answer.")
    ] = 2_000,
    seed: Annotated[int, typer.Option(min=0, envvar="ATLANTE_SEED", help="The same seed makes the same files.")] = 1,
    as_of: Annotated[
        str | None, day_option("The register's reference date and the day of the answers; default: today.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write a made-up business register and a biased sample of answers, calibrated to published results."""
    from atlante.maturity import survey_file_name
    from atlante.pipeline.surveys import SyntheticRequest, write_synthetic_survey
    from atlante.registers import business_file_name

    url, settings = ready_database(context), settings_of(context)
    day = parse_day("--as-of", as_of) if as_of else dt.datetime.now(dt.UTC).date()
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / business_file_name(day), folder / survey_file_name(survey_id, day)
    request = SyntheticRequest(survey_id, firms, respondents, seed, day)
    with progress() as report:
        report("inventing firms and answers")
        summary = write_synthetic_survey(
            url, settings.catalogue_dir, *paths, request, extra_catalogue_dir=settings.extra_catalogue_dir
        )
    emit_summary({"register": paths[0], "answers_file": paths[1], **dataclasses.asdict(summary)}, json=json)
