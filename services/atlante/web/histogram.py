"""The distribution behind a legend: how many territories have which value, drawn as bars. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlante.web.classes import ClassInterval


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, in the units of the drawing; y grows downwards."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars in a drawing of a given size, and the scale that places marks on it."""

    width: float
    height: float
    low: float
    high: float
    bars: tuple[Bar, ...]

    def x_of(self, value: float) -> float:
        """Return where a value stands, from 0 to ``width``; values beyond the ends stand at the ends."""
        return round(float(np.clip((value - self.low) / (self.high - self.low), 0, 1)) * self.width, 1)


def histogram(
    values: Sequence[float],
    classes: Sequence[ClassInterval],
    *,
    width: float = 320,
    height: float = 72,
    bins: int = 32,
) -> Histogram | None:
    """Return the histogram of some values, each bar in the colour of the class of its mean.

    Parameters
    ----------
    values
        Published values, none of them nan. None comes back where there are no two that differ.
    width, height
        Size of the drawing; the fullest bar is as high as the drawing, and none that counts a value is under 2.
    """
    if len(classes) < 2:  # noqa: PLR2004 - nothing is distributed
        return None
    counts, edges = np.histogram(values, bins=bins)
    totals, _ = np.histogram(values, bins=bins, weights=values)
    lows = np.array([interval.low for interval in classes])
    means = totals / np.maximum(counts, 1)
    positions = np.clip(np.searchsorted(lows, means, side="right") - 1, 0, None)
    heights = np.where(counts, np.maximum(counts / counts.max() * height, 2), 0)
    step = width / bins
    bars = tuple(
        Bar(round(i * step, 2), round(height - tall, 2), round(step - 1, 2), round(float(tall), 2), classes[at].colour)
        for i, (tall, at) in enumerate(zip(heights, positions, strict=True))
        if tall
    )
    return Histogram(width, height, float(edges[0]), float(edges[-1]), bars)
