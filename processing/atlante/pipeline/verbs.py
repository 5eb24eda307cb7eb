"""The verbs: load territories, ingest, build, publish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from atlante.catalogue.indicators import load_indicators
from atlante.catalogue.placement import load_placement_rules
from atlante.catalogue.publication import load_publication
from atlante.catalogue.sources import load_sources
from atlante.catalogue.text import Text
from atlante.database import Role, connect
from atlante.errors import MixedRegisters, NothingLoaded, RejectedRows, UnknownSource
from atlante.measures import compute
from atlante.pipeline.runs import QUERIES, Run, open_run
from atlante.placement import place_firms
from atlante.registers import load_extract, read_register, write_synthetic_register
from atlante.releases import ReleaseSummary, publish
from atlante.territories import latest_vintage, load_boundaries

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from atlante.catalogue.sources import SourceDefinition
    from atlante.measures import BuildSummary
    from atlante.placement import PlacementSummary
    from atlante.registers import Extract, LoadSummary
    from atlante.territories import Boundaries, Vintage


@dataclass(frozen=True, slots=True)
class Intake:
    """A file to load.

    Attributes
    ----------
    as_of
        The day that the extract shows; None: the file's name says it.
    today
        No row may speak of a day after it.
    accept_rejects
        Load the accepted rows although others were rejected. Otherwise one rejected row keeps the whole file out.
    accept_shrinkage
        Load an extract that lacks a fifth or more of the firms that the register holds.
    """

    source_id: str
    path: Path
    today: dt.date
    as_of: dt.date | None = None
    accept_rejects: bool = False
    accept_shrinkage: bool = False


@dataclass(frozen=True, slots=True)
class IngestResult:
    """An extract that was loaded: what the file held and what it changed."""

    extract: Extract
    load: LoadSummary


@dataclass(frozen=True, slots=True)
class BuildResult:
    """A computation: where the firms are, and how many values came of it."""

    source_id: str
    reference_date: dt.date
    placement: PlacementSummary
    build: BuildSummary


def load_territories(url: str, boundaries: Boundaries) -> Vintage:
    """Load a set of boundaries; loading the same again changes nothing."""
    with open_run(url, "territories load") as run:
        vintage = load_boundaries(run.connection, boundaries, run_id=run.run_id)
        run.summarise(vintage)
    return vintage


def ingest(
    url: str, catalogue_dir: Path, intake: Intake, *, on_read: Callable[[Extract], None] = lambda _: None
) -> IngestResult:
    """Read an extract and load it.

    Parameters
    ----------
    on_read
        Is given what was read, before anything is loaded: the place to report rejects.

    Raises
    ------
    UnknownSource, UnreadableRegister, ReferenceDateMissing, StaleExtract, RejectedRows, MixedRegisters,
    SuspiciousShrinkage
        Nothing has changed in the database.
    """
    sources = load_sources(catalogue_dir)
    if intake.source_id not in sources:
        raise UnknownSource(intake.source_id, sources)
    extract = read_register(intake.path, sources[intake.source_id], as_of=intake.as_of, today=intake.today)
    on_read(extract)
    if len(extract.rejects) and not intake.accept_rejects:
        raise RejectedRows(intake.path, len(extract.rejects), extract.rows_in_file)
    with open_run(url, "ingest") as run:
        _refuse_mixture(run, extract)
        load = load_extract(run.connection, extract, run_id=run.run_id, accept_shrinkage=intake.accept_shrinkage)
        run.summarise(load)
    return IngestResult(extract, load)


def build(
    url: str,
    catalogue_dir: Path,
    *,
    source_id: str | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> BuildResult:
    """Place the firms of the newest extract and compute every indicator of the catalogue.

    Parameters
    ----------
    source_id
        The source to compute from; None: the one with the newest extract.
    report
        Is told what is being done, in a few words.

    Raises
    ------
    NothingLoaded
        If there is no extract or no boundary vintage.
    """
    catalogue = load_indicators(catalogue_dir)
    rules, sources = load_placement_rules(catalogue_dir), load_sources(catalogue_dir)
    with open_run(url, "build") as run:
        extract = _latest_extract(run, source_id)
        vintage = latest_vintage(run.connection)
        of_extract: dict[str, Any] = {
            "source_id": extract["source_id"],
            "reference_date": extract["reference_date"],
            "vintage": vintage,
        }
        report("placement")
        placement = place_firms(run.connection, rules=rules, **of_extract)
        report("indicators")
        summary = compute(
            run.connection,
            catalogue,
            placement=placement,
            recipe={"extract": {key: str(value) for key, value in extract.items()}, "vintage_id": vintage.vintage_id},
            sources=_sources(sources[extract["source_id"]], vintage, extract),
            is_synthetic=extract["is_synthetic"],
            run_id=run.run_id,
            **of_extract,
        )
        run.summarise(summary)
    return BuildResult(extract["source_id"], extract["reference_date"], placement, summary)


def make_release(url: str, catalogue_dir: Path, *, report: Callable[[str], None] = lambda _: None) -> ReleaseSummary:
    """Publish the newest build as the current release.

    Raises
    ------
    NothingLoaded
        If nothing has been built.
    """
    catalogue, publication = load_indicators(catalogue_dir), load_publication(catalogue_dir)
    with open_run(url, "publish") as run:
        summary = publish(run.connection, catalogue, publication, report=report)
        run.summarise(summary)
    return summary


def write_synthetic_extract(url: str, path: Path, *, firms: int, seed: int, reference_date: dt.date) -> None:
    """Write a synthetic register over the municipalities of the newest vintage, in the official format."""
    with connect(url, role=Role.LOAD) as connection:
        vintage = latest_vintage(connection)
        rows = connection.execute(
            QUERIES["municipalities_by_population"], {"vintage_id": vintage.vintage_id}
        ).fetchall()
    municipalities = pd.DataFrame(rows, columns=["municipality_code", "name", "sigla", "region", "population"])
    write_synthetic_register(path, firms=firms, seed=seed, municipalities=municipalities, reference_date=reference_date)


def _sources(register: SourceDefinition, vintage: Vintage, extract: dict[str, Any]) -> list[dict[str, Any]]:
    """Return who made what a build is computed from, as it is shown beside the values."""
    is_synthetic = extract["is_synthetic"]
    return [
        {
            "kind": "synthetic register" if is_synthetic else "register",
            "title": register.title.as_dict(),
            "publisher": "Atlante" if is_synthetic else register.publisher,
            "licence": "CC0 1.0" if is_synthetic else register.licence,
            "date": str(extract["reference_date"]),
        },
        {
            "kind": "boundaries",
            "title": dict.fromkeys(Text.model_fields, vintage.source),
            "publisher": None,  # the title names it
            "licence": vintage.licence,
            "date": str(vintage.reference_date),
        },
    ]


def _refuse_mixture(run: Run, extract: Extract) -> None:
    """Raise if made-up firms would meet real ones: in one register they close each other."""
    parameters = {"source_id": extract.source_id, "is_synthetic": extract.is_synthetic}
    if run.connection.execute(QUERIES["has_opposite_extract"], parameters).fetchone() == (True,):
        raise MixedRegisters(extract.source_id, is_synthetic=extract.is_synthetic)


def _latest_extract(run: Run, source_id: str | None) -> dict[str, Any]:
    cursor = run.connection.execute(QUERIES["latest_extract"], {"source_id": source_id})
    row = cursor.fetchone()
    if row is None:
        raise NothingLoaded("register extract", "atlante ingest SOURCE FILE")
    return dict(zip((column.name for column in cursor.description or ()), row, strict=True))
