"""Values that are computed from protected ones: what would tell a withheld value is withheld as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.disclosure.cells import SLICE

if TYPE_CHECKING:
    from collections.abc import Collection

    from atlante.disclosure.cells import BoolArray
    from atlante.disclosure.suppression import Rule

_WIDEST_LEVEL: Final = "country"


@dataclass(frozen=True, slots=True)
class Derivation:
    """How an indicator is computed from others.

    Attributes
    ----------
    sources
        Ids of the indicators that it is computed from, in the same territory and slice.
    is_of_two_days
        Whether it compares with another day. With the value of one day it tells that of the other, and which values of
        the other day are withheld is not known: it is published of all firms of the country alone.
    compared
        Those of the sources whose values are put on a scale that all territories of the level make together, such as
        from the least to the greatest. Where one of them is withheld, the scale would tell it.
    """

    sources: frozenset[str]
    is_of_two_days: bool = False
    compared: frozenset[str] = frozenset()


def follows(
    observations: pd.DataFrame,
    indicator: str,
    how: Derivation,
    is_withheld: BoolArray,
    *,
    rule: Rule,
) -> BoolArray:
    """Return the observations of an indicator that would tell something withheld, or that rest on few firms.

    A value that is computed from one that is not among the observations is withheld: nobody has protected that.

    Parameters
    ----------
    observations
        As :func:`atlante.disclosure.protect` takes them.
    is_withheld
        Shape (n,); of everything that the indicator is computed from it is known.

    Returns
    -------
    numpy.ndarray
        Shape (n,), True where withheld.
    """
    own = (observations["indicator_id"] == indicator).to_numpy()
    slice_ = [name for name in SLICE if name in observations]
    of = observations.loc[own, ["level", "territory_code", *slice_, "value", "firms"]]
    at, cell = ["level", *slice_], ["level", "territory_code", *slice_]
    found = np.array(of["firms"].between(1, rule.threshold - 1), dtype=bool)
    has_value = of["value"].notna().to_numpy()
    for source in sorted(how.sources):
        is_source = (observations["indicator_id"] == source).to_numpy()
        found |= _is_in(of, observations.loc[is_source & is_withheld, cell])
        found |= has_value & ~_is_in(of, observations.loc[is_source, cell])
        if source in how.compared:
            found |= _is_in(of, observations.loc[is_source & is_withheld, at])
    if how.is_of_two_days and has_value.any():
        is_part = (of[slice_] != "").any(axis=1) if slice_ else np.zeros(len(of), dtype=bool)
        found |= np.asarray((of["level"] != _WIDEST_LEVEL) | is_part, dtype=bool)
    told = np.zeros(len(observations), dtype=bool)
    told[own] = found
    return told


def changes_of_categories(observations: pd.DataFrame, changes: Collection[str], private: Collection[str]) -> BoolArray:
    """Return the observations that compare a private category with another day, shape (n,)."""
    if "breakdown" not in observations:
        return np.zeros(len(observations), dtype=bool)
    is_change = observations["indicator_id"].isin(list(changes)) & observations["breakdown"].isin(list(private))
    known = observations["indicator_id"][is_change & observations["value"].notna()].unique()
    return (is_change & observations["indicator_id"].isin(known)).to_numpy()


def _is_in(of: pd.DataFrame, others: pd.DataFrame) -> BoolArray:
    """Return which rows have their like among others, by all columns of those."""
    if others.empty or of.empty:
        return np.zeros(len(of), dtype=bool)
    return pd.MultiIndex.from_frame(of[others.columns]).isin(pd.MultiIndex.from_frame(others))
