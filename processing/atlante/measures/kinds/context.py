"""Variables of the context, as they are or by another variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from atlante.measures.values import Values, ratio, values

if TYPE_CHECKING:
    from atlante.catalogue.indicators import Indicator
    from atlante.catalogue.kinds import Contextual
    from atlante.measures.kinds.computation import Computation
    from atlante.measures.variables import Variable
    from atlante.statistics.counts import FloatArray

_ALL_FIRMS: Final = [0]


def contextual(indicator: Indicator, spec: Contextual, of: Computation) -> Values:
    """Return a variable of the context, or its quotient by another over the municipalities where both are known.

    The converted share of a quotient is the greater one of its two sums.
    """
    above = of.variables[spec.of]
    nothing = np.zeros((1, of.places.n), dtype=np.int64)
    if spec.per is None:
        numerator = value = of.places.known_sums(above.numbers)
        denominator, converted = np.full(value.shape, np.nan), _converted(above.numbers, above, of)
    else:
        below = of.variables[spec.per]
        is_known = ~np.isnan(above.numbers) & ~np.isnan(below.numbers)
        numbers, base = (np.where(is_known, each.numbers, np.nan) for each in (above, below))
        numerator, denominator = of.places.known_sums(numbers), of.places.known_sums(base)
        value = ratio(numerator * spec.factor, denominator, indicator.minimum)
        converted = np.maximum(_converted(numbers, above, of), _converted(base, below, of))
    return values(
        _ALL_FIRMS,
        value[None],
        firms=nothing,
        numerator=numerator[None],
        denominator=denominator[None],
        converted=converted[None],
    )


def _converted(numbers: FloatArray, of_variable: Variable, of: Computation) -> FloatArray:
    """Return the part of the sum of numbers of municipalities that was converted, 0..1, for every territory."""
    whole = of.places.known_sums(numbers)
    converted = of.places.known_sums(numbers * of_variable.converted_share)
    return np.nan_to_num(converted / np.where(whole > 0, whole, np.nan))
