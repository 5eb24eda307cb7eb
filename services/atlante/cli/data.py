"""Commands that move data along the road: ingest, build, publish, and synthetic input."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atlante.cli.console import JsonOption, emit_json, emit_summary, emit_table, gauge, note, progress
from atlante.cli.context import ready_database, settings_of
from atlante.cli.dates import day_option, parse_day
from atlante.cli.rejects import AcceptRejectsOption, RejectsOption, report_rejects

if TYPE_CHECKING:
    from atlante.registers import Account, LoadSummary

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
    accept_rejects: AcceptRejectsOption = False,
    accept_shrinkage: Annotated[
        bool,
        typer.Option(
            "--accept-shrinkage",
            envvar="ATLANTE_ACCEPT_SHRINKAGE",
            help="Load an extract that lacks a fifth or more of the firms of the last one.",
        ),
    ] = False,
    rejects: RejectsOption = None,
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
            on_read=lambda account: _report_rows(account, rejects),
            meter=meter,
        )
    summary = {
        "source": source,
        "reference_date": result.extract.reference_date.isoformat(),
        "is_synthetic": result.extract.is_synthetic,
        **dataclasses.asdict(result.load),
        "activity_edition": result.edition.activity_edition,
    }
    if json:
        summary["edition_warning"] = result.edition.edition_warning
    emit_summary(summary, json=json)
    _explain_changes(result.load)
    if result.edition.edition_warning:
        note(f"Warning: {result.edition.edition_warning}")


def build(
    context: typer.Context,
    *,
    source: Annotated[
        str | None,
        typer.Option(envvar="ATLANTE_SOURCE", help="Source to compute from; default: every one that has an extract."),
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(
            envvar="ATLANTE_PERIOD",
            metavar="YYYY-MM-DD|all",
            help="A reference date that is loaded, or all of them, the earliest first; default: the newest.",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Place the firms of the newest extract of every source and compute every indicator.

    A release is made of one source: of the one that is built last, which is the one with the newest extract.
    """
    from atlante import pipeline

    url, settings = ready_database(context), settings_of(context)
    folders = {"extra_catalogue_dir": settings.extra_catalogue_dir}
    with progress() as report:
        if period is not None:
            day = None if period == "all" else parse_day("--period", period)
            results = pipeline.build_periods(
                url, settings.catalogue_dir, source_id=source, period=day, **folders, report=report
            )
        elif source is None:
            results = pipeline.build_all(url, settings.catalogue_dir, **folders, report=report)
        else:
            results = (pipeline.build(url, settings.catalogue_dir, source_id=source, **folders, report=report),)
    *others, last = [result.account() for result in results]
    if json:
        emit_json({**last, "other_builds": others})
    for account in (*others, last):
        if not json:
            _print_build(account)
        for warning in account["warnings"]:
            note(f"Warning: {warning}")
    if sources := sorted({account["source"] for account in others} - {last["source"]}):
        also = ", ".join(sources)
        note(f"atlante publish takes {last['source']}; for another one ({also}): atlante build --source SOURCE first.")


def _print_build(account: dict[str, Any]) -> None:
    """Print what became of the firms of a source, by method and reason; the parts add up to all."""
    rows: list[tuple[str, object]] = [(name, account[name]) for name in ("source", "reference_date", "firms", "placed")]
    rows += [(f"  {method}", n) for method, n in account["methods"].items()]
    rows += [("foreign", account["foreign"]), ("unplaced", sum(account["unplaced"].values()))]
    rows += [(f"  {reason}", n) for reason, n in account["unplaced"].items()]
    rows += [("indicators", len(account["indicators"]))]
    rows += [("  defined, but without any value", len(account["indicators_not_available"]))]
    emit_table(("", ""), [*rows, ("observations", account["observations"])])


def publish(context: typer.Context, *, json: JsonOption = False) -> None:
    """Publish the newest build as the current release, in one transaction."""
    from atlante import pipeline

    url = ready_database(context)
    with progress() as report:
        settings = settings_of(context)
        summary = pipeline.make_release(
            url, settings.catalogue_dir, extra_catalogue_dir=settings.extra_catalogue_dir, report=report
        )
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


def _report_rows(extract: Account, rejects: Path | None) -> None:
    """Tell which rows were rejected, and which values of accepted ones count as unknown."""
    report_rejects(extract.rejects, rejects)
    for field, n in extract.turned_unknown.items():
        note(f"{n:,} accepted with a wrong {field}, which counts as unknown")


def _explain_changes(changes: LoadSummary) -> None:
    """Tell how many changed rows say what they said, in another edition of the codes."""
    if changes.changed_in_edition_only:
        note(
            f"{changes.changed_in_edition_only:,} of {changes.changed:,} changed rows differ only in the edition of "
            "their activity code"
        )
