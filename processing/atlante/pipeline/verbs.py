"""The verbs but for `build`: load territories, ingest, publish."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from atlante.catalogue.indicators import load_indicators
from atlante.catalogue.placement import load_placement_rules
from atlante.catalogue.publication import load_publication
from atlante.catalogue.sources import load_sources
from atlante.database import Role, connect
from atlante.errors import MixedRegisters, RejectedRows, UnknownSource
from atlante.geometry import WGS84
from atlante.measures import meanings
from atlante.pipeline.definitions import read_definitions
from atlante.pipeline.runs import QUERIES, Run, open_run
from atlante.placement import Seating, seating_vintage
from atlante.registers import (
    ActivityTally,
    BusinessRegister,
    Loading,
    load_register,
    open_register,
    write_synthetic_register,
)
from atlante.releases import ReleaseSummary, publish
from atlante.settings import default_cache_dir
from atlante.territories import latest_vintage, load_boundaries

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from atlante.catalogue.placement import PlacementRules
    from atlante.registers import Account, EditionReport, LoadSummary, RegisterFile, Snapshot
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
    """An extract that was loaded: what became of the file's rows, what they changed, and what their codes say."""

    extract: Account
    load: LoadSummary
    edition: EditionReport


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
    SuspiciousShrinkage, UndecidedEdition
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
        activities = ActivityTally()
        loading = Loading(
            run.run_id,
            accept_shrinkage=intake.accept_shrinkage,
            seat=seating.seats_of if seating else None,
            check=check,
            advance=lambda done: meter(done, file.size),
            tally=activities.add,
        )
        account, load = load_register(run.connection, file, loading)
        if seating:
            seating.save()
        run.summarise(load)
        edition = activities.report(account.source_id, account.reference_date)
        run.summarise(edition)
    return IngestResult(account, load, edition)


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


def make_release(
    url: str,
    catalogue_dir: Path,
    *,
    extra_catalogue_dir: Path | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> ReleaseSummary:
    """Publish the newest build as the current release.

    Raises
    ------
    NothingLoaded
        If nothing has been built.
    """
    catalogue, publication = load_indicators(catalogue_dir, extra_catalogue_dir), load_publication(catalogue_dir)
    definitions = read_definitions(catalogue_dir, extra_catalogue_dir)
    with open_run(url, "publish") as run:
        summary = publish(
            run.connection,
            catalogue,
            publication,
            filiere=tuple(definitions.filiere.values()),
            sectors=tuple(definitions.sectors.values()),
            meanings=meanings(catalogue, definitions),
            report=report,
        )
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


def _refuse_mixture(run: Run, extract: Account) -> None:
    """Raise if made-up firms would meet real ones: in one register they close each other."""
    parameters = {"source_id": extract.source_id, "is_synthetic": extract.is_synthetic}
    if run.connection.execute(QUERIES["has_opposite_extract"], parameters).fetchone() == (True,):
        raise MixedRegisters(extract.source_id, is_synthetic=extract.is_synthetic)
