"""From an indicator to its values, whatever its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlante.catalogue.kinds import (
    CoLocation,
    Completeness,
    Composite,
    Contextual,
    Count,
    Diversity,
    Growth,
    Inequality,
    LocationQuotient,
    Mean,
    Rate,
    Share,
    SliceShare,
    Specialisation,
    SurveyEstimate,
    Survival,
)
from atlante.measures.kinds import change, composites, context, firms, structure, surveys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlante.catalogue.indicators import Indicator
    from atlante.measures.kinds.computation import Computation
    from atlante.measures.values import Values


def compute_indicator(indicator: Indicator, of: Computation, indicators: Mapping[str, Indicator]) -> list[Values]:
    """Return the values of an indicator: of one period, or one for each year; none available where something lacks.

    An indicator by year has no period at all where no year is known.
    """
    if not is_available(indicator, of):
        return [] if indicator.period == "registration-year" else [of.unavailable(indicator)]
    match indicator.spec:
        case Count() as spec:
            return firms.count(indicator, spec, of)
        case Survival() as spec:
            return change.survival(indicator, spec, of)
        case _:
            return [_one(indicator, of, indicators)]


def is_available(indicator: Indicator, of: Computation) -> bool:
    """Return whether the build has what an indicator needs: register, columns, past, context.

    Of a register without any firm everything is known: it has none.
    """
    needs, stock = indicator.needs, of.tally.populations["stock"]
    if needs.registers and of.source_id not in needs.registers:
        return False
    if len(stock.firms) and not all(stock.firms.has(column) for column in needs.columns):
        return False
    return needs.sectors <= stock.sectors and needs.context <= of.variables.keys() and of.tally.has(indicator.measures)


def _one(indicator: Indicator, of: Computation, indicators: Mapping[str, Indicator]) -> Values:  # noqa: C901, PLR0911, PLR0912 - one case a kind
    match indicator.spec:
        case Share() as spec:
            return firms.share(indicator, spec, of)
        case SliceShare() as spec:
            return firms.slice_share(indicator, spec, of)
        case Rate() as spec:
            return firms.rate(indicator, spec, of)
        case Mean() as spec:
            return firms.mean(indicator, spec, of)
        case LocationQuotient() as spec:
            return structure.quotient(indicator, spec, of)
        case Diversity() as spec:
            return structure.diversity(indicator, spec, of)
        case Specialisation() as spec:
            return structure.specialisation(indicator, spec, of)
        case Inequality() as spec:
            return structure.inequality(indicator, spec, of)
        case CoLocation() as spec:
            return structure.co_location(indicator, spec, of)
        case Completeness() as spec:
            return structure.completeness(indicator, spec, of)
        case Growth() as spec:
            return change.growth(indicator, spec, of, indicators[spec.of])
        case Contextual() as spec:
            return context.contextual(indicator, spec, of)
        case SurveyEstimate() as spec:
            return surveys.survey(indicator, spec, of)
        case Composite() as spec:
            return composites.composite(indicator, spec, of, indicators)
        case _:
            raise AssertionError(f"{indicator.id}: {indicator.kind} is computed elsewhere")
