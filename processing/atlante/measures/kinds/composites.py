"""Several indicators in one number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from atlante.catalogue.levels import Level
from atlante.measures.values import Values, values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atlante.catalogue.indicators import Indicator
    from atlante.catalogue.kinds import Composite
    from atlante.measures.kinds.computation import Computation
    from atlante.statistics.counts import FloatArray


_NOISE: Final = 1e-12  # relative to the largest value: a spread below it is of rounding, not of territories


def composite(indicator: Indicator, spec: Composite, of: Computation, indicators: Mapping[str, Indicator]) -> Values:
    """Return several indicators in one number, over the territories of each level.

    It is not available where one of them is not, nor on a level where the values of one do not differ and no goalposts
    are given. It is of low reliability where one of them is.
    """
    parts = of.tally.slices_of(indicator.breakdowns)
    found = {part.indicator: of.results[part.indicator] for part in spec.parts}
    if any(not set(parts) <= set(each.parts) for each in found.values()):
        return of.unavailable(indicator)
    weights = np.array([part.weight for part in spec.parts]) / sum(part.weight for part in spec.parts)

    def rows[N: np.generic](name: str, numbers: NDArray[N]) -> NDArray[N]:
        """Return the rows of an indicator that the composite has, too."""
        return numbers[[list(found[name].parts).index(row) for row in parts]]

    columns = []
    for part in spec.parts:
        number = rows(part.indicator, found[part.indicator].value)
        is_negative = indicators[part.indicator].polarity == "negative"
        columns.append(_normalised(number, spec, part.goalposts, of, is_negative=is_negative))
    table = np.stack(columns)
    if spec.aggregate == "arithmetic":
        value = np.tensordot(weights, table, 1)
    else:
        with np.errstate(divide="ignore"):
            value = np.exp(np.tensordot(weights, np.log(table), 1))
    of_firms = [name for name in found if indicators[name].kind != "contextual"]  # context rests on no firm at all
    return values(
        parts,
        value * spec.scale,
        firms=np.stack([rows(name, found[name].firms) for name in of_firms or found]).min(axis=0),
        unknown=np.stack([rows(name, each.firms_unknown) for name, each in found.items()]).max(axis=0),
        converted=np.stack([rows(name, each.converted_share) for name, each in found.items()]).max(axis=0),
        is_low=np.stack([rows(name, each.is_low_reliability) for name, each in found.items()]).any(axis=0),
    )


def _normalised(
    number: FloatArray, spec: Composite, goalposts: tuple[float, float] | None, of: Computation, *, is_negative: bool
) -> FloatArray:
    """Return the values of one part on a common scale, level by level."""
    scaled = np.full(number.shape, np.nan)
    for level in Level:
        at = of.places.at(level)
        known = number[:, at]
        if goalposts is not None:
            scaled[:, at] = np.clip((known - goalposts[0]) / (goalposts[1] - goalposts[0]), 0, 1)
            continue
        low, spread = _scale(known, is_z_score=spec.normalise == "z-score")
        largest = np.abs(np.nan_to_num(known)).max(axis=1, keepdims=True, initial=0)
        each = (known - low) / np.where(spread > _NOISE * largest, spread, np.nan)
        if is_negative:
            each = -each if spec.normalise == "z-score" else 1 - each
        scaled[:, at] = each
    return scaled


def _scale(known: FloatArray, *, is_z_score: bool) -> tuple[FloatArray, FloatArray]:
    """Return what is taken away from the values of each row, and what they are divided by; nan where none is known."""
    is_there = ~np.isnan(known)
    n = is_there.sum(axis=1, keepdims=True)
    some = np.where(n > 0, n, np.nan)
    if is_z_score:
        mean = np.where(is_there, known, 0).sum(axis=1, keepdims=True) / some
        spread = np.sqrt(np.where(is_there, (known - mean) ** 2, 0).sum(axis=1, keepdims=True) / some)
        return mean, spread
    low = np.where(is_there, known, np.inf).min(axis=1, keepdims=True, initial=np.inf)
    high = np.where(is_there, known, -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high - low, np.nan)
