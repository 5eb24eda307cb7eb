"""The status of every observation: what is withheld, and what can't be known."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlante.disclosure.suppression import Rule, suppress
from atlante.disclosure.tree import build_tree

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy.typing as npt

_DEFAULT = Rule()


class Status(StrEnum):
    """What a published value is. The four are told apart everywhere."""

    VALUE = "value"
    SUPPRESSED = "suppressed"  # withheld to protect firms; why this cell is not said
    NOT_AVAILABLE = "not-available"  # there is nothing to say: no firm, or no population known
    LOW_RELIABILITY = "low-reliability"  # set for estimates from samples; a register's counts have none


def protect(observations: pd.DataFrame, *, protected: Collection[str], rule: Rule = _DEFAULT) -> pd.Series[str]:
    """Return the status of every observation.

    A share of a protected indicator is withheld where it rests on fewer firms than the rule's threshold, and further
    shares are withheld until none of the first can be computed from published totals
    (:mod:`atlante.disclosure.suppression` says how). Protected indicators that are shares of the same firms are linked:
    the same cells of all of them are withheld. Whoever publishes must drop, where the status is ``suppressed``: value,
    low, high, numerator, denominator, firms and firms_unknown.

    What is shown: from the published shares at the four levels, and from the firms of every cell, no withheld numerator
    can be computed exactly. What is not: a share of exactly 0 or 1 over ``threshold`` firms or more is published, and
    tells the attribute of each; a withheld numerator may be confined to two neighbouring values; earlier releases, what
    a firm knows of itself, and laws that tie attributes to each other are not looked at.

    Parameters
    ----------
    observations
        One row per level, territory, indicator and period, with the columns level, territory_code, parent_code (null
        for the whole), indicator_id, period, value, numerator, firms and firms_unknown; firms is the denominator of a
        share.
    protected
        Ids of the indicators with the policy ``threshold``. All others are published as they are.

    Returns
    -------
    pandas.Series
        A :class:`Status` for each row, on the index of the observations.

    Raises
    ------
    InvalidCounts
        If numerators or firms of a protected indicator don't add up from level to level, or a parent has no row:
        then nothing could be promised. Names the position of the first bad row.

    References
    ----------
    Hundepool et al. (2012), Statistical Disclosure Control, ch. 4, doi:10.1002/9781118348239.

    >>> table = pd.DataFrame(
    ...     {
    ...         "level": ["municipality", "municipality", "municipality", "province"],
    ...         "territory_code": ["A001", "B002", "C003", "001"],
    ...         "parent_code": ["001", "001", "001", None],
    ...         "indicator_id": "patent_share",
    ...         "period": "2025-05-19",
    ...         "value": [1.0, 0.25, 0.5, 0.4],
    ...         "numerator": [1, 1, 5, 7],
    ...         "firms": [1, 4, 10, 15],
    ...         "firms_unknown": 0,
    ...     }
    ... )
    >>> protect(table, protected={"patent_share"}).tolist()
    ['suppressed', 'suppressed', 'value', 'value']
    """
    statuses = np.where(observations["value"].isna(), Status.NOT_AVAILABLE.value, Status.VALUE.value).astype(object)
    is_protected = observations["indicator_id"].isin(list(protected)).to_numpy()
    # That nobody of a few firms answered is a statement about each of them.
    is_silent = ((observations["firms"] == 0) & (observations["firms_unknown"] > 0)).to_numpy(dtype=bool)
    statuses[is_protected & is_silent] = Status.SUPPRESSED.value
    chosen = np.flatnonzero(is_protected)
    cells = observations.iloc[chosen]
    for linked in _linked(cells):
        tree = build_tree([cells.iloc[within] for within in linked], [chosen[within] for within in linked])
        statuses[tree.positions[suppress(tree, rule)]] = Status.SUPPRESSED.value
    return pd.Series(statuses, index=observations.index, name="status", dtype="str")


def _linked(cells: pd.DataFrame) -> list[list[npt.NDArray[np.intp]]]:
    """Return the rows of each indicator and period, those together that are shares of the same firms."""
    groups: dict[tuple[str, bytes], list[npt.NDArray[np.intp]]] = {}
    numbers = cells.groupby(["indicator_id", "period"], sort=False).ngroup().to_numpy()
    for number in range(numbers.max(initial=-1) + 1):
        within = np.flatnonzero(numbers == number)
        table = cells.iloc[within].sort_values(["level", "territory_code"])
        firms = pd.util.hash_pandas_object(table[["level", "territory_code", "firms"]], index=False)
        groups.setdefault((str(table["period"].iloc[0]), firms.to_numpy().tobytes()), []).append(within)
    return list(groups.values())
