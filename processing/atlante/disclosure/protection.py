"""The status of every observation: what is withheld, and what can't be known."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlante.disclosure.categories import sums_of_categories
from atlante.disclosure.cells import NO_ROW, cells_of
from atlante.disclosure.complements import complement_guards
from atlante.disclosure.derived import changes_of_categories, follows
from atlante.disclosure.guards import bounds, known_bounds, part_guards, slice_guards, small_cells, whole_guards
from atlante.disclosure.propagation import Propagation
from atlante.disclosure.suppression import Noise, Rule

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from atlante.disclosure.cells import BoolArray, Cells
    from atlante.disclosure.derived import Derivation
    from atlante.disclosure.guards import Guard

_DEFAULT = Rule()


class Status(StrEnum):
    """What a published value is. The four are told apart everywhere."""

    VALUE = "value"
    SUPPRESSED = "suppressed"  # withheld to protect firms; why this cell is not said
    NOT_AVAILABLE = "not-available"  # there is nothing to say: no firm, or no population known
    LOW_RELIABILITY = "low-reliability"  # set for estimates from samples; a register's counts have none


def protect(
    observations: pd.DataFrame,
    *,
    protected: Collection[str],
    rule: Rule = _DEFAULT,
    private: Mapping[str, Collection[str]] = MappingProxyType({}),
    uncounted: Collection[str] = (),
    derived: Mapping[str, Derivation] = MappingProxyType({}),
) -> pd.Series[str]:
    """Return the status of every observation.

    A share of a protected indicator is withheld where it rests on fewer firms than the rule's threshold, and further
    shares are withheld until none of the first can be computed from published totals
    (:mod:`atlante.disclosure.suppression` says how). Protected indicators that are shares of the same firms are linked:
    the same cells of all of them are withheld.

    A slice of the firms (a filiera, a stage of it, a category) has a tree of territories of its own. It counts as small
    also where the firms outside of it are few, and what is withheld outside of it must not follow by difference
    (:mod:`atlante.disclosure.complements`). Stages add up to their filiera, categories to all: within a territory what
    is withheld of them is protected as what is withheld below a published cell. At last all tables are looked at
    together (:mod:`atlante.disclosure.propagation`).

    Whoever publishes must drop, where the status is ``suppressed``: value,
    low, high, numerator, denominator, firms and firms_unknown, and whatever else was computed from them.

    What is shown: from the published shares at the four levels, and from the firms of every cell, no withheld numerator
    can be computed exactly. What is not: a share of exactly 0 or 1 over ``threshold`` firms or more is published, and
    tells the attribute of each; a withheld numerator may be confined to two neighbouring values; of slices, what
    follows by more than narrowing bounds; earlier releases, slices within one another, what a firm knows of itself, and
    laws that tie attributes to each other are not looked at.

    Parameters
    ----------
    observations
        One row per level, territory, indicator and period, with the columns level, territory_code, parent_code (null
        for the whole), indicator_id, period, value, numerator, firms and firms_unknown; firms is the denominator of a
        share. If there are slices: filiera, stage, breakdown and category, '' for all.
    protected
        Ids of the indicators with the policy ``threshold``. All others are published as they are, but for
    private
        Breakdowns by what is not on the public register: their categories are protected of every indicator. The count
        of all firms is not withheld for them, so a territory needs a row for every category, also one of no firms.
        Of each the ids of protected indicators that ask for the same, as the share of small firms does.
    uncounted
        Ids of indicators whose numerator counts no firms, such as means and estimates of surveys: they are protected by
        their firms alone.
    derived
        How indicators are computed from others, those first that others are computed from. Protected ones are withheld
        where what they are computed from is (:class:`Derivation`).

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
    if "is_low_reliability" in observations:
        is_low = observations["is_low_reliability"].to_numpy(dtype=bool) & observations["value"].notna().to_numpy()
        statuses[is_low] = Status.LOW_RELIABILITY.value
    summed = set(protected) - set(derived)
    cells = cells_of(observations, protected=summed, private=private, uncounted=uncounted)
    withheld = _withheld(cells, rule, private)
    statuses[cells.positions[withheld & cells.is_protected]] = Status.SUPPRESSED.value
    changes = [indicator for indicator, how in derived.items() if how.is_of_two_days]
    statuses[changes_of_categories(observations, changes, private)] = Status.SUPPRESSED.value
    computed = {indicator: how for indicator, how in derived.items() if indicator in protected}
    involved = {*computed, *(source for how in computed.values() for source in how.sources)}
    rows = np.flatnonzero(observations["indicator_id"].isin(involved))
    table = observations.iloc[rows]
    for indicator, how in computed.items():
        is_told = follows(table, indicator, how, statuses[rows] == Status.SUPPRESSED.value, rule=rule)
        statuses[rows[is_told]] = Status.SUPPRESSED.value
    return pd.Series(statuses, index=observations.index, name="status", dtype="str")


def _withheld(cells: Cells, rule: Rule, private: Mapping[str, Collection[str]]) -> BoolArray:
    """Return which cells are withheld when every tree has had its say and none has more to say, shape (n,)."""
    withheld = np.zeros(len(cells), dtype=bool)
    small, noise = small_cells(cells, rule.threshold), Noise(rule.key, [*cells.places.names, *cells.slices.names])
    sums = list(sums_of_categories(cells, private, rule.threshold))
    guards: list[Guard] = []
    for made in (whole_guards, slice_guards, part_guards):  # of all firms first: that bounds what is said of slices
        known = bounds(cells, withheld)
        found = list(made(cells, small, rule))
        for guard in found:
            guard.add_to(withheld, noise, known, is_first=True)
        guards += found
    complements, propagation = list(complement_guards(cells, rule)), Propagation.of(cells)
    while True:
        before = withheld.sum()
        known = known_bounds(cells, withheld, guards)
        for guard in guards:
            guard.add_to(withheld, noise, known)
        for complement in complements:
            complement.add_to(withheld, noise)
        propagation.withhold_more(withheld)
        _tie(cells, withheld)
        for each in sums:
            each.tie(withheld)
        if withheld.sum() == before:
            return withheld | _silent(cells)


def _silent(cells: Cells) -> BoolArray:
    """Return where nobody of a few firms answered, which is a statement about each, unless nobody did anywhere."""
    group = cells.family * len(cells.slices) + cells.slice_
    _, number = np.unique(group, return_inverse=True)
    answers = np.bincount(number, weights=cells.firms)
    silent: BoolArray = cells.is_protected & (cells.firms == 0) & (cells.unknown > 0)
    return silent & (answers[number] > 0) if len(cells) else silent


def _tie(cells: Cells, withheld: BoolArray) -> None:
    """Withhold, in place, what says the same as something withheld.

    What is published of a slice bounds what is withheld of all firms, and is the same where there are no others. The
    stages of a filiera, and categories, are withheld in a territory all or none: tables of two ways that lack single
    cells are too easily solved. All indicators that count the firms of a private category rest on the same ones, and
    what is a share of them shows how many they are.
    """
    withheld |= cells.lost_categories(withheld)
    has_whole = cells.is_protected & (cells.whole != NO_ROW) & (cells.firms > 0)
    withheld[has_whole & withheld[cells.whole]] = True
    is_same = has_whole & ~cells.is_private & withheld & (cells.of_whole(cells.firms, without=-1) == cells.firms)
    withheld[cells.whole[is_same]] = True
    parts = np.flatnonzero((cells.total != NO_ROW) & cells.is_protected & ~cells.is_private & (cells.firms > 0))
    lost = np.bincount(cells.total[parts], weights=withheld[parts], minlength=len(cells))
    withheld[parts] |= lost[cells.total[parts]] > 0
