"""Specialisation, diversity, inequality, and how the stages of a filiera lie together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, assert_never

import numpy as np

from atlante.catalogue.levels import Level
from atlante.catalogue.measures import ALL_FIRMS
from atlante.measures.values import Values, values
from atlante.statistics import (
    Interval,
    coagglomeration,
    effective_number,
    hhi,
    krugman,
    location_quotient,
    overlap,
    shannon_entropy,
    shannon_evenness,
    stages_present,
    theil_decomposition,
    theil_redundancy,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from atlante.catalogue.indicators import Indicator
    from atlante.catalogue.kinds import (
        CoLocation,
        Completeness,
        Diversity,
        Inequality,
        LocationQuotient,
        Specialisation,
    )
    from atlante.catalogue.measures import Measure
    from atlante.measures.kinds.computation import Computation
    from atlante.statistics.counts import FloatArray, IntArray

_DIVERSITIES: Final[dict[str, Callable[[Any], FloatArray]]] = {
    "effective-number": effective_number,
    "shannon": shannon_entropy,
    "hhi": hhi,
    "theil": theil_redundancy,
}
_ABOVE_MUNICIPALITIES: Final = (Level.PROVINCE, Level.REGION, Level.COUNTRY)


def quotient(indicator: Indicator, spec: LocationQuotient, of: Computation) -> Values:
    """Return location quotients of a condition, or of the filiera or stage itself."""
    parts = of.tally.slices_of(indicator.breakdowns)
    inside = of.tally.total(spec.counted, parts)
    if spec.is_of_slice:
        unknown = of.tally.undecided(spec.counted, parts)
        among = of.tally.total(spec.counted, [0]) - unknown
        is_asked = np.array([bool(of.tally.slices[part].filiera) for part in parts])
    else:
        unknown = of.tally.total(spec.measures[2], parts) if len(spec.measures) > 2 else np.zeros_like(inside)  # noqa: PLR2004
        among = of.tally.total(spec.measures[1], parts) - unknown
        is_asked = np.ones(len(parts), dtype=bool)
    value, low, high = (np.full(inside.shape, np.nan) for _ in range(3))
    for row in np.flatnonzero(is_asked):
        found = location_quotient(inside[row], among[row], int(inside[row, -1]), int(among[row, -1]))
        value[row], low[row], high[row] = found.value, found.low, found.high
    value = np.where(among >= indicator.minimum, value, np.nan)
    interval = Interval(low, high) if indicator.interval != "none" else None
    return values(parts, value, firms=among, unknown=unknown, interval=interval, numerator=inside, denominator=among)


def diversity(indicator: Indicator, spec: Diversity, of: Computation) -> Values:
    """Return how evenly firms are spread over activities, or over the stages of a filiera."""
    parts = of.tally.slices_of(indicator.breakdowns)
    rows = []
    for part in parts:
        if spec.over == "stage":
            counted, unknown = _stages(spec.counted, part, of), np.zeros(of.places.n, dtype=np.int64)
        else:
            counted, unknown = of.tally.by_activity(spec.counted, spec.over, part)
        firms = counted.sum(axis=1)
        value = _DIVERSITIES[spec.measure](counted) if counted.shape[1] else np.full(len(firms), np.nan)
        rows.append((np.where(firms >= indicator.minimum, value, np.nan), firms, unknown))
    value, firms, unknown = (np.stack(column) for column in zip(*rows, strict=True))
    undecided = 0 if indicator.undecided is None else of.tally.total(indicator.undecided, parts)
    return values(parts, value, firms=firms, unknown=unknown + undecided)


def specialisation(indicator: Indicator, spec: Specialisation, of: Computation) -> Values:
    """Return how far each territory's mix of activities is from the country's."""
    parts = of.tally.slices_of(indicator.breakdowns)
    rows = []
    for part in parts:
        counted, unknown = of.tally.by_activity(spec.counted, spec.over, part)
        firms = counted.sum(axis=1)
        value = krugman(counted, counted[-1]) if counted.shape[1] else np.full(len(firms), np.nan)
        rows.append((np.where(firms >= indicator.minimum, value, np.nan), firms, unknown))
    value, firms, unknown = (np.stack(column) for column in zip(*rows, strict=True))
    return values(parts, value, firms=firms, unknown=unknown)


def inequality(indicator: Indicator, spec: Inequality, of: Computation) -> Values:
    """Return how unequally firms per inhabitant are spread; municipalities of unknown population are left out."""
    parts = of.tally.slices_of(indicator.breakdowns)
    residents = of.places.inhabitants[: of.places.n_municipalities]
    is_known = residents > 0
    groups = None if spec.groups is None else of.places.groups(Level(spec.groups))
    firms = of.tally.total(spec.counted, parts)
    value, unknown = np.full(firms.shape, np.nan), np.zeros_like(firms)
    for row, part in enumerate(parts):
        there = of.tally.by_municipality(spec.counted, part)
        unknown[row] = of.places.rolled_up(np.where(is_known, 0, there))
        for level in _ABOVE_MUNICIPALITIES:
            at = of.places.at(level)
            found = theil_decomposition(
                np.where(is_known, there, 0).astype(np.float64),
                np.where(is_known, residents, 0.0),
                groups,
                territories=of.places.groups(level),
                size=at.stop - at.start,
            )
            value[row, at] = getattr(found, spec.part)
    firms = firms - unknown
    return values(parts, np.where(firms >= indicator.minimum, value, np.nan), firms=firms, unknown=unknown)


def co_location(indicator: Indicator, spec: CoLocation, of: Computation) -> Values:
    """Return whether two stages of each filiera are in the same municipalities."""
    parts = of.tally.slices_of(indicator.breakdowns)
    firms = of.tally.total(ALL_FIRMS, parts)
    value = np.full(firms.shape, np.nan)
    every = of.tally.by_municipality(ALL_FIRMS, 0)
    for row, part in enumerate(parts):
        found = [of.tally.stage_of(part, stage) for stage in spec.stages]
        if None in found:
            continue
        first, second = (of.tally.by_municipality(ALL_FIRMS, stage) for stage in found if stage is not None)
        for level in _ABOVE_MUNICIPALITIES:
            at = of.places.at(level)
            within: dict[str, Any] = {"territories": of.places.groups(level), "size": at.stop - at.start}
            match spec.measure:
                case "overlap":
                    value[row, at] = overlap(first, second, **within)
                case "coagglomeration":
                    value[row, at] = coagglomeration(first, second, every, **within)
                case _:
                    assert_never(spec.measure)
    return values(parts, np.where(firms >= indicator.minimum, value, np.nan), firms=firms)


def completeness(indicator: Indicator, spec: Completeness, of: Computation) -> Values:
    """Return how complete the chain of each filiera is."""
    parts = of.tally.slices_of(indicator.breakdowns)
    firms = of.tally.total(ALL_FIRMS, parts)
    value = np.full(firms.shape, np.nan)
    for row, part in enumerate(parts):
        counted = _stages(ALL_FIRMS, part, of)
        if counted.shape[1]:
            is_evenness = spec.measure == "evenness"
            value[row] = _evenness(counted, indicator) if is_evenness else _present(counted, spec.minimum_firms)
    return values(parts, value, firms=firms)


def _evenness(counted: IntArray, indicator: Indicator) -> FloatArray:
    return np.where(counted.sum(axis=1) >= indicator.minimum, shannon_evenness(counted), np.nan)


def _present(counted: IntArray, minimum_firms: int) -> FloatArray:
    return stages_present(counted, minimum_firms=minimum_firms)


def _stages(measure: Measure, part: int, of: Computation) -> IntArray:
    """Return the firms of a filiera by stage, shape (territories, stages); of what is no filiera there is no stage."""
    stages = of.tally.stages_of(part)
    if not stages:
        return np.zeros((of.places.n, 0), dtype=np.int64)
    return of.tally.total(measure, stages).T
