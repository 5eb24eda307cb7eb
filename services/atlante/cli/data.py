"""Commands that move data along the road: ingest, build, publish, and synthetic input."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atlante.cli.console import JsonOption, emit_summary, gauge, note, progress
from atlante.cli.context import ready_database, settings_of
from atlante.cli.dates import day_option, parse_day

if TYPE_CHECKING:
    from atlante.registers import Account

synthetic = typer.Typer(no_args_is_help=True, help="Made-up input, labelled as such wherever it is shown.")


def register(app: typer.Typer) -> None:
    """Add the commands that stand at the root."""
    app.command()(ingest)
    app.command()(build)
    app.command()(publish)


def ingest(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="A source of the catalogue, such as innovative_startups.")],
    file: Annotated[Path, typer.Argument(help="The extract.")],
    *,
    as_of: Annotated[
        str | None, day_option("The day that the extract shows; default: as the file's name says.")
    ] = None,
    accept_rejects: Annotated[
        bool,
        typer.Option(
            "--accept-rejects",
            envvar="ATLANTE_ACCEPT_REJECTS",
            help="Load the accepted rows although others are rejected.",
        ),
    ] = False,
    accept_shrinkage: Annotated[
        bool,
        typer.Option(
            "--accept-shrinkage",
            envvar="ATLANTE_ACCEPT_SHRINKAGE",
            help="Load an extract that lacks a fifth or more of the firms of the last one.",
        ),
    ] = False,
    rejects: Annotated[
        Path | None, typer.Option(envvar="ATLANTE_REJECTS", help="Write the rejected rows to this CSV file.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Read a register extract and load it: accepted + rejected = rows in the file."""
    from atlante import pipeline

    settings = settings_of(context)
    url = ready_database(context)
    with gauge(f"loading {file.name}") as meter:
        intake = pipeline.Intake(
            source_id=source,
            path=file,
            today=dt.datetime.now(dt.UTC).date(),
            as_of=parse_day("--as-of", as_of) if as_of else None,
            accept_rejects=accept_rejects,
            accept_shrinkage=accept_shrinkage,
        )
        result = pipeline.ingest(
            url,
            settings.catalogue_dir,
            intake,
            on_read=lambda account: _report_rejects(account, rejects),
            meter=meter,
        )
    summary = {
        "source": source,
        "reference_date": result.extract.reference_date.isoformat(),
        "is_synthetic": result.extract.is_synthetic,
        **dataclasses.asdict(result.load),
    }
    emit_summary(summary, json=json)


def build(
    context: typer.Context,
    *,
    source: Annotated[
        str | None, typer.Option(envvar="ATLANTE_SOURCE", help="Source to compute from; default: the newest extract's.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Place the firms of the newest extract and compute every indicator."""
    from atlante import pipeline

    url = ready_database(context)
    with progress() as report:
        result = pipeline.build(url, settings_of(context).catalogue_dir, source_id=source, report=report)
    summary = {
        "source": result.source_id,
        "reference_date": result.reference_date.isoformat(),
        "firms": result.placement.firms,
        "placed": result.placement.placed,
        "foreign": result.placement.foreign,
        "unplaced": result.placement.unplaced,
        "observations": result.build.observations,
    }
    emit_summary(summary, json=json)


def publish(context: typer.Context, *, json: JsonOption = False) -> None:
    """Publish the newest build as the current release, in one transaction."""
    from atlante import pipeline

    url = ready_database(context)
    with progress() as report:
        summary = pipeline.make_release(url, settings_of(context).catalogue_dir, report=report)
    emit_summary(dataclasses.asdict(summary), json=json)


@synthetic.command("register")
def synthetic_register(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to write it; a folder gets the official file name.")],
    *,
    firms: Annotated[int, typer.Option(min=1, envvar="ATLANTE_FIRMS", help="Number of firms.")] = 12_292,
    seed: Annotated[int, typer.Option(min=0, envvar="ATLANTE_SEED", help="The same seed makes the same file.")] = 1,
    as_of: Annotated[str | None, day_option("The day that it shows; default: today.")] = None,
    json: JsonOption = False,
) -> None:
    """Write a made-up register extract in the official format, with the real one's defects."""
    from atlante import pipeline
    from atlante.registers import synthetic_file_name

    url = ready_database(context)
    reference_date = parse_day("--as-of", as_of) if as_of else dt.datetime.now(dt.UTC).date()
    path = file / synthetic_file_name(reference_date) if file.is_dir() else file
    pipeline.write_synthetic_extract(url, path, firms=firms, seed=seed, reference_date=reference_date)
    emit_summary({"file": path, "firms": firms, "seed": seed, "reference_date": reference_date.isoformat()}, json=json)


@synthetic.command("business-register")
def synthetic_business_register(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="Where to write it: .csv or .parquet; a folder gets a CSV file named after the day.")
    ],
    *,
    firms: Annotated[int, typer.Option(min=1, envvar="ATLANTE_FIRMS", help="Number of firms.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, envvar="ATLANTE_SEED", help="The same seed makes the same file.")] = 1,
    changed: Annotated[
        float,
        typer.Option(min=0, max=1, envvar="ATLANTE_CHANGED", help="A later extract: the share of firms that changed."),
    ] = 0.0,
    as_of: Annotated[str | None, day_option("The day that it shows; default: today.")] = None,
    json: JsonOption = False,
) -> None:
    """Write a made-up business register with coordinates, over the municipalities of the newest boundaries."""
    from atlante import pipeline
    from atlante.registers import Snapshot, business_file_name

    url = ready_database(context)
    reference_date = parse_day("--as-of", as_of) if as_of else dt.datetime.now(dt.UTC).date()
    path = file / business_file_name(reference_date) if file.is_dir() else file
    snapshot = Snapshot(firms, seed, reference_date, changed)
    pipeline.write_business_extract(url, path, snapshot)
    emit_summary({"file": path, **dataclasses.asdict(snapshot)}, json=json)


def _report_rejects(extract: Account, path: Path | None) -> None:
    """Tell how many rows were rejected and why, and write them where the call says."""
    if path is not None:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(extract.rejects.columns)
            writer.writerows(extract.rejects.itertuples(index=False))
    for (field, reason), n in Counter(zip(extract.rejects["field"], extract.rejects["reason"], strict=True)).items():
        note(f"{n:,} rejected: {field}: {reason}")
    for row in extract.rejects.head(5).itertuples(index=False):
        note(f"  line {row.row_number}: {row.field}: {row.reason}: {row.value!r}")
