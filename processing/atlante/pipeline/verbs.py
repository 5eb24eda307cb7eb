"""The verbs: load territories, ingest, build, publish."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from atlante.catalogue.indicators import load_indicators
from atlante.catalogue.placement import load_placement_rules
from atlante.catalogue.publication import load_publication
from atlante.catalogue.sources import load_sources
from atlante.catalogue.text import Text
from atlante.database import Role, connect
from atlante.errors import MixedRegisters, NothingLoaded, RejectedRows, UnknownSource
from atlante.geometry import WGS84
from atlante.measures import compute
from atlante.pipeline.runs import QUERIES, Run, open_run
from atlante.placement import Seating, place_firms, seating_vintage
from atlante.registers import BusinessRegister, Loading, load_register, open_register, write_synthetic_register
from atlante.releases import ReleaseSummary, publish
from atlante.settings import default_cache_dir
from atlante.territories import latest_vintage, load_boundaries

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from atlante.catalogue.placement import PlacementRules
    from atlante.catalogue.sources import SourceDefinition
    from atlante.measures import BuildSummary
    from atlante.placement import PlacementSummary
    from atlante.registers import Account, LoadSummary, RegisterFile, Snapshot
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
    """An extract that was loaded: what became of the file's rows, and what they changed."""

    extract: Account
    load: LoadSummary


@dataclass(frozen=True, slots=True)
class BuildResult:
    """A computation: where the firms are, and how many values came of it."""

    source_id: str
    reference_date: dt.date
    placement: PlacementSummary
    build: BuildSummary


@dataclass(frozen=True, slots=True)
class _Counts:
    """Firms of a build: placed, and those that are not by reason, seats abroad among them."""

    firms: int
    placed: int
    unplaced: dict[str, int]


def load_territories(url: str, boundaries: Boundaries) -> Vintage:
    """Load a set of boundaries; loading the same again changes nothing."""
    with open_run(url, "territories load") as run:
        vintage = load_boundaries(run.connection, boundaries, run_id=run.run_id)
        run.summarise(vintage)
    return vintage


def ingest(
    url: str,
    catalogue_dir: Path,
    intake: Intake,
    *,
    on_read: Callable[[Account], None] = lambda _: None,
    cache_dir: Path | None = None,
    meter: Callable[[int, int], None] = lambda _done, _total: None,
) -> IngestResult:
    """Read an extract and load it, block by block.

    Parameters
    ----------
    on_read
        Is given what became of the rows before anything is final: the place to report rejects.
    cache_dir
        Where the index of the boundaries is kept; None: in the user's cache folder.
    meter
        Is told how much of the file has been read, and how much there is: bytes of text, rows of Parquet.

    Raises
    ------
    UnknownSource, UnreadableRegister, ReferenceDateMissing, StaleExtract, RejectedRows, MixedRegisters,
    SuspiciousShrinkage
        Nothing has changed in the database.
    """
    sources = load_sources(catalogue_dir)
    if intake.source_id not in sources:
        raise UnknownSource(intake.source_id, sources)
    source, cache_dir = sources[intake.source_id], cache_dir or default_cache_dir(os.environ)
    with (
        open_register(intake.path, source, as_of=intake.as_of, today=intake.today) as file,
        open_run(url, "ingest") as run,
    ):

        def check(account: Account) -> None:
            on_read(account)
            if len(account.rejects) and not intake.accept_rejects:
                raise RejectedRows(intake.path, len(account.rejects), account.rows_in_file)
            _refuse_mixture(run, account)

        seating = _open_seating(run, file, load_placement_rules(catalogue_dir), cache_dir)
        loading = Loading(
            run.run_id,
            accept_shrinkage=intake.accept_shrinkage,
            seat=seating.seats_of if seating else None,
            check=check,
            advance=lambda done: meter(done, file.size),
        )
        account, load = load_register(run.connection, file, loading)
        if seating:
            seating.save()
        run.summarise(load)
    return IngestResult(account, load)


def _open_seating(run: Run, file: RegisterFile, rules: PlacementRules, cache_dir: Path) -> Seating | None:
    """Return what gives firms their seats; None where no boundaries are loaded: the build does it then."""
    vintage_id = seating_vintage(run.connection, file.source_id)
    if vintage_id is None:
        return None
    return Seating(
        run.connection,
        source_id=file.source_id,
        vintage_id=vintage_id,
        rules=rules,
        cache_dir=cache_dir,
        has_points="longitude" in file.columns,
    )


def build(
    url: str,
    catalogue_dir: Path,
    *,
    source_id: str | None = None,
    cache_dir: Path | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> BuildResult:
    """Place the firms of the newest extract and compute every indicator of the catalogue.

    Parameters
    ----------
    source_id
        The source to compute from; None: the one with the newest extract.
    cache_dir
        Where the index of the boundaries is kept; None: in the user's cache folder.
    report
        Is told what is being done, in a few words.

    Raises
    ------
    NothingLoaded
        If there is no extract or no boundary vintage.
    """
    catalogue, cache_dir = load_indicators(catalogue_dir), cache_dir or default_cache_dir(os.environ)
    rules, sources = load_placement_rules(catalogue_dir), load_sources(catalogue_dir)
    with open_run(url, "build") as run:
        extract = _latest_extract(run, source_id)
        vintage = latest_vintage(run.connection)
        of_extract: dict[str, Any] = {
            "source_id": extract["source_id"],
            "reference_date": extract["reference_date"],
            "vintage": vintage,
        }
        placement = place_firms(run.connection, rules=rules, cache_dir=cache_dir, report=report, **of_extract)
        report("indicators")
        summary = compute(
            run.connection,
            catalogue,
            placement=_Counts(placement.firms, placement.placed, placement.not_placed),
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


def write_business_extract(url: str, path: Path, snapshot: Snapshot) -> None:
    """Write an invented business register with coordinates over the municipalities of the newest vintage."""
    with connect(url, role=Role.LOAD) as connection:
        named = {"vintage_id": latest_vintage(connection).vintage_id}
        rows = connection.execute(QUERIES["municipality_polygons_by_population"], named).fetchall()
    columns = ["municipality_code", "istat_code", "name", "sigla", "population", "geom"]
    municipalities = pd.DataFrame(rows, columns=columns)
    polygons = gpd.GeoSeries.from_wkb(municipalities.pop("geom").map(bytes), crs=WGS84)
    BusinessRegister(gpd.GeoDataFrame(municipalities, geometry=polygons)).write(path, snapshot)


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


def _refuse_mixture(run: Run, extract: Account) -> None:
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
