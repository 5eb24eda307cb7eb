"""The verb `build`: firms are placed and every indicator is computed, for one source or for all."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atlante.catalogue.indicators import load_indicators
from atlante.catalogue.placement import load_placement_rules
from atlante.catalogue.sources import load_sources
from atlante.catalogue.text import Text
from atlante.errors import NothingLoaded, UnknownSource
from atlante.measures import compute
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
    from atlante.measures import BuildSummary
    from atlante.placement import PlacementSummary
    from atlante.territories import Vintage


@dataclass(frozen=True, slots=True)
class BuildResult:
    """A computation: where the firms are, and how many values came of it."""

    source_id: str
    reference_date: dt.date
    placement: PlacementSummary
    build: BuildSummary

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
            "indicators_not_computed": list(self.build.not_computed),
            "observations": self.build.observations,
            "warnings": [warning] if warning else [],
        }


@dataclass(frozen=True, slots=True)
class _BuildInputs:
    """What every build of a call is made with."""

    catalogue: Catalogue
    rules: PlacementRules
    sources: Mapping[str, SourceDefinition]
    cache_dir: Path

    @classmethod
    def read(cls, catalogue_dir: Path, extra_catalogue_dir: Path | None, cache_dir: Path | None) -> _BuildInputs:
        return cls(
            load_indicators(catalogue_dir, extra_catalogue_dir),
            load_placement_rules(catalogue_dir),
            load_sources(catalogue_dir),
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


def _told_of(source_id: str, report: Callable[[str], None]) -> Callable[[str], None]:
    """Return a report whose words begin with the source that they are about."""
    return lambda step: report(f"{source_id}: {step}")


def _build_one(run: Run, inputs: _BuildInputs, extract: dict[str, Any], report: Callable[[str], None]) -> BuildResult:
    source_id, reference_date = extract["source_id"], extract["reference_date"]
    if source_id not in inputs.sources:
        raise UnknownSource(source_id, inputs.sources)
    vintage = latest_vintage(run.connection)
    of_extract: dict[str, Any] = {"source_id": source_id, "reference_date": reference_date, "vintage": vintage}
    placement = place_firms(run.connection, rules=inputs.rules, cache_dir=inputs.cache_dir, report=report, **of_extract)
    report("indicators")
    summary = compute(
        run.connection,
        inputs.catalogue,
        placement=_Counts(placement.firms, placement.placed, placement.not_placed),
        recipe={"extract": {key: str(value) for key, value in extract.items()}, "vintage_id": vintage.vintage_id},
        sources=_sources(inputs.sources[source_id], vintage, extract),
        is_synthetic=extract["is_synthetic"],
        run_id=run.run_id,
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
    cursor = run.connection.execute(QUERIES["newest_extracts"], {"source_id": source_id})
    names = [column.name for column in cursor.description or ()]
    extracts = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    if not extracts:
        raise NothingLoaded("register extract", "atlante ingest SOURCE FILE")
    return extracts
