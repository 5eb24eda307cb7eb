"""The verb `build`: firms are placed and every indicator is computed, for one source or for all."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from atlante.catalogue.indicators import load_indicators
from atlante.catalogue.placement import load_placement_rules
from atlante.catalogue.sources import load_sources
from atlante.catalogue.text import Text
from atlante.errors import NothingLoaded, UnknownSource
from atlante.measures import compute, days_to_place
from atlante.pipeline.definitions import read_definitions
from atlante.pipeline.runs import QUERIES, Run, open_run
from atlante.placement import place_firms
from atlante.settings import default_cache_dir
from atlante.territories import latest_vintage

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from atlante.catalogue.indicators import Catalogue
    from atlante.catalogue.placement import PlacementRules
    from atlante.catalogue.sources import SourceDefinition
    from atlante.measures import BuildSummary, Definitions
    from atlante.placement import PlacementSummary
    from atlante.territories import Vintage


@dataclass(frozen=True, slots=True)
class BuildResult:
    """A computation: where the firms are, and how many values came of it.

    ``outdated`` are later dates of the source that were built before this one: what they say of their past is not of
    this build.
    """

    source_id: str
    reference_date: dt.date
    placement: PlacementSummary
    build: BuildSummary
    outdated: tuple[dt.date, ...] = ()

    def account(self) -> dict[str, Any]:
        """Return what became of the firms, as it is logged: ``placed`` + ``foreign`` + ``unplaced`` = ``firms``.

        ``methods`` are the placed firms by method, ``unplaced`` the others by reason.
        """
        warning = self.placement.point_check.warning(self.source_id)
        return {
            "source": self.source_id,
            "reference_date": self.reference_date.isoformat(),
            "build_id": self.build.build_id,
            "firms": self.placement.firms,
            "placed": self.placement.placed,
            "methods": self.placement.methods,
            "foreign": self.placement.foreign,
            "unplaced": self.placement.unplaced,
            "indicators": list(self.build.indicators),
            "indicators_not_available": list(self.build.not_available),
            "observations": self.build.observations,
            "warnings": [*([warning] if warning else []), *self.build.notes, *self._outdated_notes()],
        }

    def _outdated_notes(self) -> list[str]:
        if not self.outdated:
            return []
        period = str(self.outdated[0]) if len(self.outdated) == 1 else "all"
        told = f"{', '.join(map(str, self.outdated))} was built before {self.reference_date}"
        remedy = f"Run `atlante build --source {self.source_id} --period {period}`."
        return [f"{self.source_id}: {told}: what changed until then is as it was known before. {remedy}"]


@dataclass(frozen=True, slots=True)
class _BuildInputs:
    """What every build of a call is made with."""

    catalogue: Catalogue
    rules: PlacementRules
    sources: Mapping[str, SourceDefinition]
    definitions: Definitions
    cache_dir: Path

    @classmethod
    def read(cls, catalogue_dir: Path, extra_catalogue_dir: Path | None, cache_dir: Path | None) -> _BuildInputs:
        return cls(
            load_indicators(catalogue_dir, extra_catalogue_dir),
            load_placement_rules(catalogue_dir),
            load_sources(catalogue_dir),
            read_definitions(catalogue_dir, extra_catalogue_dir),
            cache_dir or default_cache_dir(os.environ),
        )


@dataclass(frozen=True, slots=True)
class _Counts:
    """Firms of a build: placed, and those that are not by reason, seats abroad among them."""

    firms: int
    placed: int
    unplaced: dict[str, int]


def build(
    url: str,
    catalogue_dir: Path,
    *,
    source_id: str | None = None,
    extra_catalogue_dir: Path | None = None,
    cache_dir: Path | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> BuildResult:
    """Place the firms of the newest extract of one source and compute every indicator of the catalogue.

    Parameters
    ----------
    source_id
        The source to compute from; None: the one with the newest extract.
    extra_catalogue_dir
        A user's folder of definitions that are added to the catalogue's.
    cache_dir
        Where the index of the boundaries is kept; None: in the user's cache folder.
    report
        Is told what is being done, in a few words.

    Raises
    ------
    NothingLoaded
        If there is no extract or no boundary vintage.
    UnknownSource
        If the catalogue has no definition of the source.
    """
    inputs = _BuildInputs.read(catalogue_dir, extra_catalogue_dir, cache_dir)
    with open_run(url, "build") as run:
        extracts = _newest_extracts(run, source_id)
        result = _build_one(run, inputs, extracts[-1], report)
        run.summarise_mapping(result.account())
    return result


def build_all(
    url: str,
    catalogue_dir: Path,
    *,
    extra_catalogue_dir: Path | None = None,
    cache_dir: Path | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> tuple[BuildResult, ...]:
    """Do what :func:`build` does for every source that has an extract, in one transaction.

    Returns
    -------
    tuple
        A result per source, the one with the newest extract last: that is what a release is made of afterwards.

    Raises
    ------
    NothingLoaded
        If there is no extract or no boundary vintage.
    UnknownSource
        If the catalogue has no definition of a source that has an extract.
    """
    inputs = _BuildInputs.read(catalogue_dir, extra_catalogue_dir, cache_dir)
    with open_run(url, "build") as run:
        results = tuple(
            _build_one(run, inputs, extract, _told_of(extract["source_id"], report))
            for extract in _newest_extracts(run)
        )
        run.summarise_mapping({**results[-1].account(), "builds": [result.account() for result in results]})
    return results


def build_periods(  # noqa: PLR0913 - as the others, and which periods
    url: str,
    catalogue_dir: Path,
    *,
    source_id: str | None = None,
    period: dt.date | None = None,
    extra_catalogue_dir: Path | None = None,
    cache_dir: Path | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> tuple[BuildResult, ...]:
    """Do what :func:`build` does for one reference date that is loaded, or for all of them, in one transaction.

    Builds of other dates stay as they are. Later ones that were made before are outdated, and the results tell so.

    Parameters
    ----------
    source_id
        The source to compute from; None: every one that has an extract of the period.
    period
        The reference date; None: all, the earliest first, so that each finds its past.

    Raises
    ------
    NothingLoaded
        If there is no such extract or no boundary vintage.
    UnknownSource
        If the catalogue has no definition of a source.
    """
    inputs = _BuildInputs.read(catalogue_dir, extra_catalogue_dir, cache_dir)
    with open_run(url, "build") as run:
        extracts = _extracts(run, "extracts_of_period", {"source_id": source_id, "period": period})
        built = [
            _build_one(run, inputs, each, _told_of(f"{each['source_id']} {each['reference_date']}", report))
            for each in extracts
        ]
        results = tuple(replace(result, outdated=_outdated(run, result)) for result in built)
        run.summarise_mapping({**results[-1].account(), "builds": [result.account() for result in results]})
    return results


def _outdated(run: Run, result: BuildResult) -> tuple[dt.date, ...]:
    named = {"source_id": result.source_id, "build_id": result.build.build_id, "reference_date": result.reference_date}
    return tuple(day for (day,) in run.connection.execute(QUERIES["outdated_builds"], named).fetchall())


def _told_of(what: str, report: Callable[[str], None]) -> Callable[[str], None]:
    """Return a report whose words begin with what they are about."""
    return lambda step: report(f"{what}: {step}")


def _build_one(run: Run, inputs: _BuildInputs, extract: dict[str, Any], report: Callable[[str], None]) -> BuildResult:
    source_id, reference_date = extract["source_id"], extract["reference_date"]
    if source_id not in inputs.sources:
        raise UnknownSource(source_id, inputs.sources)
    vintage = latest_vintage(run.connection)
    of_extract: dict[str, Any] = {"source_id": source_id, "reference_date": reference_date, "vintage": vintage}
    placing: dict[str, Any] = {"rules": inputs.rules, "cache_dir": inputs.cache_dir, "report": report}
    for day in days_to_place(
        run.connection, inputs.catalogue, source_id, reference_date, vintage_id=vintage.vintage_id
    ):
        place_firms(run.connection, **{**of_extract, "reference_date": day}, **placing)
    placement = place_firms(run.connection, **of_extract, **placing)
    report("indicators")
    summary = compute(
        run.connection,
        inputs.catalogue,
        placement=_Counts(placement.firms, placement.placed, placement.not_placed),
        recipe={"extract": {key: str(value) for key, value in extract.items()}, "vintage_id": vintage.vintage_id},
        sources=_sources(inputs.sources[source_id], vintage, extract),
        is_synthetic=extract["is_synthetic"],
        run_id=run.run_id,
        definitions=inputs.definitions,
        source_columns=inputs.sources[source_id].columns,
        **of_extract,
    )
    return BuildResult(source_id, reference_date, placement, summary)


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


def _newest_extracts(run: Run, source_id: str | None = None) -> list[dict[str, Any]]:
    """Return the newest extract of a source, or of every source, the newest last."""
    return _extracts(run, "newest_extracts", {"source_id": source_id})


def _extracts(run: Run, query: str, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    cursor = run.connection.execute(QUERIES[query], asked)
    names = [column.name for column in cursor.description or ()]
    extracts = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    if not extracts:
        raise NothingLoaded("register extract", "atlante ingest SOURCE FILE")
    return extracts
