"""Survival: which share of a cohort of firms is still there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atlante.statistics.counts import check, check_between, check_lengths, check_table, counted
from atlante.statistics.intervals import score_interval, wilson_interval

if TYPE_CHECKING:
    from atlante.statistics.counts import CountArray, FloatArray


@dataclass(frozen=True, slots=True)
class Survival:
    """Shares that survived.

    Attributes
    ----------
    value
        From 0 (none) to 1 (all), shape (n,) or (n, k).
    standard_error
        Of the share, same shape; by Greenwood's formula of a life table.
    low, high
        Bounds in 0..1, same shape.
    """

    value: FloatArray
    standard_error: FloatArray
    low: FloatArray
    high: FloatArray


def survival_share(survivors: CountArray, cohort: CountArray, *, level: float = 0.95) -> Survival:
    """Return the share of each cohort that is still there, with Wilson's interval.

    Parameters
    ----------
    survivors, cohort
        Firms still there, and firms that entered, shape (n,) or (n, k); survivors <= cohort, nan: unknown.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Survival
        Of the same shape; all nan where a cohort has no firm or a count is unknown.

    Raises
    ------
    InvalidCounts
        If a count is negative or not whole, or survivors exceed the cohort; names the first bad index.

    References
    ----------
    Eurostat and OECD (2007), Manual on business demography statistics, KS-RA-07-010 (survival of a cohort); Wilson
    (1927), JASA 22:209-212, doi:10.1080/01621459.1927.10502953.

    >>> survival = survival_share(np.array([30, 0]), np.array([40, 0]))
    >>> survival.value, survival.low.round(3), survival.high.round(3)
    (array([0.75,  nan]), array([0.598,   nan]), array([0.858,   nan]))
    """
    left, entered = counted(survivors, "Survivors"), counted(cohort, "Firms of the cohort")
    check_lengths(left, entered, names="Survivors and cohorts")
    check(~(left > entered), "Survivors exceed the cohort")
    interval = wilson_interval(left, entered, level=level)
    n = np.where(entered > 0, entered, np.nan)
    share = left / n
    return Survival(share, np.sqrt(share * (1 - share) / n), interval.low, interval.high)


def kaplan_meier(at_risk: CountArray, exits: CountArray, *, level: float = 0.95) -> Survival:
    """Return the survival of cohorts after each time, of firms that were not all followed to the end.

    The product of 1 - exits / at risk up to each time, with Greenwood's standard error. The interval is Wilson's with
    the effective number S (1 - S) / error² of firms: it stays between 0 and 1, and equals that of
    :func:`survival_share` where every firm was followed. Where nobody left yet, that number is the firms at risk; where
    nobody is left, it is that of the time before.

    Parameters
    ----------
    at_risk
        Firms there and followed just before each time, in columns from the first to the last, shape (n, k); nan:
        unknown. Firms that are no longer followed are missing from the next column without an exit.
    exits
        Firms that left at each time, shape (n, k); exits <= at risk.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Survival
        After each time, shape (n, k). From the first time that nobody is at risk of, or something is unknown, all are
        nan; but where all have left, survival stays 0.

    Raises
    ------
    InvalidCounts
        If a count is negative or not whole, exits exceed the firms at risk, or more are at risk than were left; names
        the first bad row.

    References
    ----------
    Kaplan and Meier (1958), JASA 53:457-481, doi:10.1080/01621459.1958.10501452; Greenwood (1926), Reports on Public
    Health and Medical Subjects 33; Rothman (1978), Journal of Chronic Diseases 31:557-560,
    doi:10.1016/0021-9681(78)90043-7 (the interval).

    Times of remission of 21 patients (Freireich and others 1963, Blood 21:699-716):

    >>> at_risk, exits = np.array([[21, 17, 15, 12, 11, 7, 6]]), np.array([[3, 1, 1, 1, 1, 1, 1]])
    >>> survival = kaplan_meier(at_risk, exits)
    >>> survival.value.round(3)
    array([[0.857, 0.807, 0.753, 0.69 , 0.627, 0.538, 0.448]])
    >>> survival.standard_error.round(4)
    array([[0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]])
    """
    check_between("level", level, 0, 1)
    risk, left = counted(at_risk, "Firms at risk"), counted(exits, "Exits")
    check_table(risk, "Firms at risk")
    check_lengths(risk, left, names="Firms at risk and exits")
    check(~(left > risk), "Exits exceed the firms at risk")
    check(~(risk[:, 1:] > risk[:, :-1] - left[:, :-1]), "More firms are at risk than were left")
    n = np.where(risk > 0, risk, np.nan)
    value = np.cumprod(1 - left / n, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(left / (n * (n - left)), axis=1)
        effective = (1 - value) / (value * greenwood)
        error = value * np.sqrt(greenwood)
    all_left = np.logical_or.accumulate((risk == left) & ~np.isnan(value), axis=1)
    value, error = np.where(all_left, 0.0, value), np.where(all_left, 0.0, error)
    effective = _last_before(np.where(value == 1, n, effective), all_left, n)
    interval = score_interval(value * effective, effective, level)
    low = np.where(value == 0, 0 * effective, np.minimum(interval.low, value))
    return Survival(value, error, low, np.where(value == 1, 1.0, np.maximum(interval.high, value)))


def _last_before(effective: FloatArray, all_left: FloatArray, n: FloatArray) -> FloatArray:
    """Return the effective number of firms, of times when all have left that of the last time before."""
    if not effective.size:
        return effective
    first = np.argmax(all_left, axis=1)
    rows = np.arange(len(effective))
    kept = np.where(first > 0, effective[rows, np.maximum(first - 1, 0)], n[:, 0])
    return np.where(all_left, kept[:, np.newaxis], effective)
