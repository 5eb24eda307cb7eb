"""Inequality: how unequally firms are spread over the municipalities of a territory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import kl_div

from atlante.statistics.counts import amounts, check, check_lengths
from atlante.statistics.territories import Membership

if TYPE_CHECKING:
    from atlante.statistics.counts import CountArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class TheilDecomposition:
    """Theil's T of each territory, in nats, shape (t,): total = between + within, exactly."""

    total: FloatArray
    between: FloatArray
    within: FloatArray


def theil_decomposition(
    values: CountArray,
    weights: CountArray,
    groups: IntArray | None = None,
    *,
    territories: IntArray | None = None,
    size: int | None = None,
) -> TheilDecomposition:
    """Return Theil's T of each territory, and its parts between and within groups of units.

    T = sum of y ln(y / p) over the units, with y a unit's share of its territory's values and p its share of the
    weights: 0 where values follow weights. Between: the same over the groups' shares. Within: the T inside of each
    group, weighted by the group's share of the values.

    Parameters
    ----------
    values
        What is spread, such as firms, of each unit, shape (m,); not negative, nan: unknown.
    weights
        Over what, such as residents, shape (m,); not negative, nan: unknown. Ones: over units.
    groups
        A number of the group of each unit, shape (m,), from 0. A group that reaches over two territories is two groups.
        None: no groups, and everything is within.
    territories
        Position of the territory of each unit, shape (m,), from 0; -1: it is left out. None: all lie in one territory.
    size
        Number of territories, t; None: up to the greatest position.

    Returns
    -------
    TheilDecomposition
        Each of shape (t,), from 0 to the greatest ln(1 / p). All are nan where a territory has no values or no weights,
        one of its units is unknown, or has a value but no weight (T has no bound there).

    Raises
    ------
    InvalidCounts
        If a number is negative, a position or group can't be, or lengths differ; names the first bad index.

    References
    ----------
    Theil (1967), Economics and information theory, North-Holland; Shorrocks (1980), Econometrica 48:613-625,
    doi:10.2307/1913126 (the decomposition).

    >>> theil = theil_decomposition(np.array([4, 0, 2, 2]), np.ones(4), np.array([0, 0, 1, 1]))
    >>> theil.total.round(3), theil.between.round(3), theil.within.round(3)
    (array([0.347]), array([0.]), array([0.347]))
    """
    spread, over = amounts(values, "Values"), amounts(weights, "Weights")
    check_lengths(spread, over, names="Values and weights")
    membership = Membership.of(len(spread), territories, size)
    y, p = (membership.shares(each)[membership.is_in] for each in (spread, over))
    inner = _groups(groups, len(spread))[membership.is_in]
    (owner, _), group = np.unique(np.stack([membership.positions, inner]), axis=1, return_inverse=True)
    group = group.reshape(-1)
    group_y, group_p = (np.bincount(group, weights=each, minlength=len(owner)) for each in (y, p))
    # kl_div(y, p) = y ln(y / p) - y + p: no term is negative, and the added ones cancel in the sum.
    between = np.bincount(owner, weights=_divergence(group_y, group_p), minlength=membership.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(group_y[group] == 0, 0.0, p * (group_y / group_p)[group])
    within = np.bincount(membership.positions, weights=_divergence(y, expected), minlength=membership.size)
    between, within = (np.where(np.isfinite(part), part, np.nan) for part in (between, within))
    is_empty = ~((membership.sum(spread) > 0) & (membership.sum(over) > 0))
    total = np.where(is_empty, np.nan, between + within)
    is_unknown = np.isnan(total)
    return TheilDecomposition(total, *(np.where(is_unknown, np.nan, part) for part in (between, within)))


def _divergence(y: FloatArray, p: FloatArray) -> FloatArray:
    divergence: FloatArray = np.maximum(kl_div(y, p), 0.0)
    return divergence


def _groups(groups: IntArray | None, units: int) -> IntArray:
    if groups is None:
        return np.zeros(units, dtype=np.int64)
    given = np.asarray(groups)
    check_lengths(np.empty(units), given, names="Units and groups")
    check(np.equal(given, np.floor(given)) & (given >= 0), "A group is not a whole number from 0")
    return given.astype(np.int64)


def gini(
    values: CountArray,
    weights: CountArray | None = None,
    *,
    territories: IntArray | None = None,
    size: int | None = None,
) -> FloatArray:
    """Return the Gini coefficient of each territory: twice the area between its Lorenz curve and equality.

    Units are ordered by value per weight; the coefficient is that of the units as a population, without the correction
    n / (n - 1) of a sample.

    Parameters
    ----------
    values, territories, size
        As of :func:`theil_decomposition`.
    weights
        As there; None: every unit alike.

    Returns
    -------
    numpy.ndarray
        Shape (t,), from 0 (values follow weights) to 1 (all in one unit without weight; of n units alike, to 1 - 1/n);
        nan where a territory has no values or no weights, or one of its units is unknown.

    Raises
    ------
    InvalidCounts
        If a number is negative, a position can't be, or lengths differ; names the first bad index.

    References
    ----------
    Gini (1914), Atti del Reale Istituto Veneto 73:1203-1248; Lerman and Yitzhaki (1989), Journal of Econometrics
    42:43-47, doi:10.1016/0304-4076(89)90074-2 (with weights).

    >>> gini(np.array([1, 3, 0, 0, 5]), territories=np.array([0, 0, 1, 1, 1])).round(3)
    array([0.25 , 0.667])
    """
    spread = amounts(values, "Values")
    over = np.ones(spread.shape) if weights is None else amounts(weights, "Weights")
    check_lengths(spread, over, names="Values and weights")
    membership = Membership.of(len(spread), territories, size)
    y, p = (membership.shares(each)[membership.is_in] for each in (spread, over))
    with np.errstate(divide="ignore", invalid="ignore"):
        steepness = np.where(p == 0, np.where(y == 0, 0.0, np.inf), y / p)
    order = np.lexsort((steepness, membership.positions))
    y, p, owner = y[order], p[order], membership.positions[order]
    unknown = np.bincount(owner, weights=np.isnan(y + p), minlength=membership.size) > 0
    y, p = np.nan_to_num(y), np.nan_to_num(p)
    # All of the territories before add up to 1 each, or to 0 where they are unknown: taken off, a curve begins at 0.
    starts = np.bincount(owner, minlength=membership.size).cumsum() - np.bincount(owner, minlength=membership.size)
    running = np.concatenate([[0.0], np.cumsum(y)])
    below = running[1:] - running[starts][owner] - y / 2
    area = np.bincount(owner, weights=p * below, minlength=membership.size)
    is_empty = ~((membership.sum(spread) > 0) & (membership.sum(over) > 0))
    return np.where(unknown | is_empty, np.nan, np.clip(1 - 2 * area, 0.0, 1.0))
