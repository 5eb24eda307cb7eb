"""Co-location: whether firms of two sorts, such as two stages of a filiera, are in the same municipalities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atlante.statistics.counts import check, check_lengths, counted
from atlante.statistics.territories import Membership

if TYPE_CHECKING:
    from atlante.statistics.counts import CountArray, FloatArray, IntArray


def overlap(
    first: CountArray,
    second: CountArray,
    *,
    territories: IntArray | None = None,
    size: int | None = None,
) -> FloatArray:
    """Return how far two sorts of firms are spread alike over the units of each territory.

    1 - ½ sum of |a - b|, with a and b a unit's shares of the territory's firms of either sort: Finger and Kreinin's
    similarity, and the complement of Duncan's index of dissimilarity. Few firms can't overlap much even where they are
    placed alike: read it with their number.

    Parameters
    ----------
    first, second
        Firms of either sort in each unit, such as a municipality, shape (m,); not negative, nan: unknown.
    territories
        Position of the territory of each unit, shape (m,), from 0; -1: it is left out. None: all lie in one territory.
    size
        Number of territories, t; None: up to the greatest position.

    Returns
    -------
    numpy.ndarray
        Shape (t,), from 0 (no unit has both) to 1 (spread alike); nan where a territory has no firm of either sort, or
        something is unknown.

    Raises
    ------
    InvalidCounts
        If a count is negative or not whole, a position can't be, or lengths differ; names the first bad index.

    References
    ----------
    Finger and Kreinin (1979), Economic Journal 89:905-912, doi:10.2307/2231506; Duncan and Duncan (1955), American
    Sociological Review 20:210-217, doi:10.2307/2088328.

    >>> overlap(np.array([2, 2, 5, 0]), np.array([1, 3, 0, 4]), territories=np.array([0, 0, 1, 1]))
    array([0.75, 0.  ])
    """
    membership, (a, b) = _counted(territories, size, first=first, second=second)
    difference = membership.sum(np.abs(membership.shares(a) - membership.shares(b)))
    return _where_both(membership, a, b, np.clip(1 - difference / 2, 0.0, 1.0))


def coagglomeration(
    first: CountArray,
    second: CountArray,
    every: CountArray,
    *,
    territories: IntArray | None = None,
    size: int | None = None,
) -> FloatArray:
    """Return the coagglomeration of two sorts of firms over the units of each territory.

    Sum of (a - x) (b - x) over 1 - sum of x², with a and b a unit's shares of the territory's firms of either sort and
    x its share of all firms: about 0 where both are spread independently of each other, above where they seek the same
    units, below where they avoid each other. Ellison, Glaeser and Kerr take for x the mean of all industries' shares;
    the share of all firms, as in Ellison and Glaeser (1997), does not depend on how finely industries are cut.

    Parameters
    ----------
    first, second, territories, size
        As of :func:`overlap`.
    every
        All firms of each unit, shape (m,); those of both sorts are among them.

    Returns
    -------
    numpy.ndarray
        Shape (t,); nan where a territory has no firm of either sort, all of its firms are in one unit, or something is
        unknown.

    Raises
    ------
    InvalidCounts
        If a count is negative or not whole, a sort exceeds all firms, a position can't be, or lengths differ; names the
        first bad index.

    References
    ----------
    Ellison, Glaeser and Kerr (2010), American Economic Review 100:1195-1213, doi:10.1257/aer.100.3.1195, eq. 1; Ellison
    and Glaeser (1997), Journal of Political Economy 105:889-927, doi:10.1086/262098.

    >>> coagglomeration(np.array([4, 0]), np.array([4, 0]), np.array([10, 10]))
    array([1.])
    """
    membership, (a, b, x) = _counted(territories, size, first=first, second=second, every=every)
    share_a, share_b, share = (membership.shares(each) for each in (a, b, x))
    spread = 1 - membership.sum(share**2)
    is_spread = spread > np.finfo(np.float64).eps
    together = membership.sum((share_a - share) * (share_b - share))
    return _where_both(membership, a, b, together / np.where(is_spread, spread, np.nan))


def colocation_quotient(
    first: CountArray,
    second: CountArray,
    every: CountArray,
    *,
    territories: IntArray | None = None,
    size: int | None = None,
) -> FloatArray:
    """Return the co-location quotient of one sort of firms towards another one in each territory.

    Of the firms beside a firm of the first sort, which share is of the second sort, over the share to be expected if
    firms were placed at random among the places of all: (C / A) / (B / (N - 1)). All other firms of the same
    unit are its equally near neighbours, each with an equal part. It is not symmetric: suppliers may sit with their
    customers without the reverse.

    Parameters
    ----------
    first
        Firms of the sort whose neighbours are looked at, in each unit, shape (m,); not negative, nan: unknown.
    second
        Firms of the other sort, shape (m,); no firm is of both.
    every, territories, size
        As of :func:`coagglomeration`.

    Returns
    -------
    numpy.ndarray
        Shape (t,), from 0 (no unit has both); 1 as by chance, above 1 where the second sort is commoner beside the
        first. Firms alone in their unit have no neighbour and are left out of C and A. nan where a territory has no
        firm of either sort, none of the first sort has a neighbour, or something is unknown.

    Raises
    ------
    InvalidCounts
        If a count is negative or not whole, both sorts exceed all firms, a position can't be, or lengths differ; names
        the first bad index.

    References
    ----------
    Leslie and Kronenfeld (2011), Geographical Analysis 43:306-326, doi:10.1111/j.1538-4632.2011.00821.x; there, too,
    neighbours at the same distance share the part of the nearest one.

    >>> colocation_quotient(np.array([2, 0]), np.array([2, 0]), np.array([5, 6])).round(2)
    array([2.5])
    """
    membership, (a, b, x) = _counted(territories, size, first=first, second=second, every=every)
    check(~(a + b > x), "Firms of both sorts exceed all firms")
    has_neighbour = x > 1
    beside = membership.sum(np.where(has_neighbour, a * b / np.where(has_neighbour, x - 1, 1), a * 0))
    looked_at = membership.sum(np.where(x == 1, 0.0, a + 0 * x))
    seconds, firms = membership.sum(b), membership.sum(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = (beside / looked_at) / (seconds / (firms - 1))
    return _where_both(membership, a, b, np.where(looked_at > 0, quotient, np.nan))


def _counted(
    territories: IntArray | None, size: int | None, **sorts: CountArray
) -> tuple[Membership, tuple[FloatArray, ...]]:
    firms = tuple(counted(counts, f"Counts of {name} firms") for name, counts in sorts.items())
    check_lengths(*firms, names=f"Counts of {' and '.join(sorts)} firms")
    for part in firms[:2] if "every" in sorts else ():
        check(~(part > firms[-1]), "Firms of a sort exceed all firms")
    return Membership.of(len(firms[0]), territories, size), firms


def _where_both(membership: Membership, first: FloatArray, second: FloatArray, values: FloatArray) -> FloatArray:
    """Return nan where a territory lacks firms of either sort."""
    return np.where((membership.sum(first) > 0) & (membership.sum(second) > 0), values, np.nan)
