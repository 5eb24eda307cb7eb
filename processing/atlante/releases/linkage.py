"""How the firms of a territory were placed: shares by method, disagreements, points elsewhere; protected. Pure.

What a share may tell follows from the whole country:

- one that is 0 or 1 everywhere says nothing of a firm that it does not say of the register: published as it is;
- a rare one (fewer than 1 in 100 firms) is told for the country alone. Below, it is 0 nearly everywhere, and a 0 that
  tells the firms of small places takes the territory, its parent and all shares that are linked with it away. The
  commonest method is then not told either: it would be what is left;
- all others are linked and go through :func:`atlante.disclosure.protect` together: the same territories lose them all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, assert_never

import numpy as np
import pandas as pd

from atlante.catalogue.levels import COUNTRY_CODE, Level
from atlante.disclosure import Status, protect
from atlante.placement import Method, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlante.disclosure import Rule
    from atlante.releases.territories import Territories

PLACED_COLUMNS = (
    "municipality_code", "method", "firms", "disagreeing", "located", "elsewhere", "confidence",
)  # fmt: skip
"""Placed firms by municipality and method: all, those with a disagreement, those with a point, those whose point is
elsewhere than declared, and the sum of their confidence."""

CONFIDENT_LEVELS = (Level.COUNTRY,)
"""Levels at which the mean confidence is told: those of parts and whole together give away the evidence of a firm."""

CONFIDENT_FIRMS = 2000
"""Firms that it takes: with so many, what one firm adds to the mean is lost in its rounding to three digits."""

_RARE = 0.01
_DIGITS = 3
_OTHER = "other reasons"


def method_groups() -> tuple[str, ...]:
    """Return the groups of methods, each named by the first word of its methods: code, name, alias, point.

    A method that is added has its group by this.
    """
    return tuple(dict.fromkeys(_group(method) for method in Method if method is not Method.NONE))


def _group(method: str) -> str:
    return re.split(r"\W", method, maxsplit=1)[0]


class _Kind(Enum):
    """What the whole country says of a share."""

    CONSTANT = "constant"
    RARE = "rare"
    COMMON = "common"


@dataclass(frozen=True, slots=True)
class _Counts:
    """Firms of every territory of every level.

    Attributes
    ----------
    table
        ``level``, ``territory_code``, ``parent_code``, ``firms``, ``confidence``, and a column for each count.
    """

    table: pd.DataFrame

    def kind(self, count: str, of: str = "firms") -> _Kind:
        """Return what the whole country says of a share."""
        whole = self.table[self.table["level"] == Level.COUNTRY.value].iloc[0]
        least = min(whole[count], whole[of] - whole[count])
        if least == 0:
            return _Kind.CONSTANT
        return _Kind.RARE if least < _RARE * whole[of] else _Kind.COMMON

    def withheld(self, shares: Mapping[str, str], rule: Rule) -> pd.Series[bool]:
        """Return which territories lose their shares, which are linked; each is a count of some count."""
        lost = pd.Series(data=False, index=self.table.index)
        keys = self.table[["level", "territory_code", "parent_code"]]
        for denominator in sorted(set(shares.values())):
            counts = [count for count, of in shares.items() if of == denominator]
            firms = self.table[denominator]
            parts = [
                keys.assign(indicator_id=count, numerator=self.table[count], value=self.table[count] / _some(firms))
                for count in counts
            ]
            cells = pd.concat(parts).assign(firms=np.tile(firms, len(counts)), firms_unknown=0, period="")
            status = protect(cells.reset_index(drop=True), protected=counts, rule=rule)
            is_lost = (status == Status.SUPPRESSED.value).to_numpy().reshape(len(counts), -1).any(axis=0)
            lost |= is_lost
        return lost


def linkage_tables(placed: pd.DataFrame, territories: Territories, rule: Rule) -> dict[Level, pd.DataFrame]:
    """Return what is published of every level, by territory.

    Parameters
    ----------
    placed
        Columns :data:`PLACED_COLUMNS`.

    Returns
    -------
    dict
        By level, in the order of its territories: the columns of the level's territories, ``firms`` (placed there),
        and for each quality its value (nan where it is not told) and ``…_status``.
    """
    counts = _Counts(_rolled_up(placed, territories))
    table = counts.table.assign(**_qualities(counts, rule))
    qualities = [*quality_ids(), *(f"{quality}_status" for quality in quality_ids()), "firms"]
    return {
        level: of_level.merge(
            table.loc[table["level"] == level.value, ["territory_code", *qualities]],
            left_on="code",
            right_on="territory_code",
            validate="1:1",
        )
        for level, of_level in territories.tables.items()
    }


def quality_ids() -> tuple[str, ...]:
    """Return the ids of what is told of the placements of a territory."""
    groups = (f"{group}_share" for group in method_groups())
    return (*groups, "disagreement_share", "elsewhere_share", "mean_confidence")


def _rolled_up(placed: pd.DataFrame, territories: Territories) -> pd.DataFrame:
    """Return the counts of every territory, those without firms too."""
    by_municipality = _by_municipality(placed)
    municipalities = territories.tables[Level.MUNICIPALITY]
    counted = by_municipality.reindex(municipalities["code"], fill_value=0).reset_index(drop=True)
    of = {
        Level.MUNICIPALITY: municipalities["code"],
        Level.PROVINCE: municipalities["province_code"],
        Level.REGION: municipalities["region_code"],
        Level.COUNTRY: pd.Series(COUNTRY_CODE, index=municipalities.index),
    }
    rows = []
    for level, codes in of.items():
        parents = territories.tables[level].set_index("code")["parent_code"]
        summed = counted.groupby(codes.to_numpy()).sum().rename_axis("territory_code").reset_index()
        rows.append(summed.assign(level=level.value, parent_code=summed["territory_code"].map(parents)))
    return pd.concat(rows, ignore_index=True)


def _by_municipality(placed: pd.DataFrame) -> pd.DataFrame:
    counts = placed.groupby("municipality_code")[["firms", "disagreeing", "located", "elsewhere", "confidence"]].sum()
    groups = placed["method"].map(_group)
    for group in method_groups():
        of_group = placed["firms"].where(groups == group, 0)
        counts[group] = of_group.groupby(placed["municipality_code"]).sum()
    return counts.astype(dict.fromkeys(counts.columns.drop("confidence"), "int64"))


def _qualities(counts: _Counts, rule: Rule) -> dict[str, pd.Series]:
    """Return the value and the status of each quality."""
    kinds = {group: counts.kind(group) for group in method_groups()}
    if _Kind.RARE in kinds.values():
        commonest = counts.table[list(kinds)].sum().idxmax()
        kinds[str(commonest)] = _Kind.RARE
    kinds["disagreeing"] = counts.kind("disagreeing")
    kinds["located"] = counts.kind("located")
    of_located = counts.kind("elsewhere", of="located")
    shares = dict.fromkeys((count for count, kind in kinds.items() if kind is _Kind.COMMON), "firms")
    if of_located is _Kind.COMMON and kinds["located"] is not _Kind.RARE:
        shares["elsewhere"] = "located"
    withheld = counts.withheld(shares, rule)
    firms, located = counts.table["firms"], counts.table["located"]

    def status(kind: _Kind) -> pd.Series[str]:
        return _status(counts, kind, withheld, rule.threshold)

    columns: dict[str, pd.Series] = {}
    for group in method_groups():
        columns |= _share(f"{group}_share", counts, group, firms, status(kinds[group]))
    columns |= _share("disagreement_share", counts, "disagreeing", firms, status(kinds["disagreeing"]))
    elsewhere = status(_of_both(kinds["located"], of_located))
    columns |= _share("elsewhere_share", counts, "elsewhere", located, elsewhere)
    is_told = counts.table["level"].isin([level.value for level in CONFIDENT_LEVELS]) & (firms >= CONFIDENT_FIRMS)
    return columns | _share("mean_confidence", counts, "confidence", firms, _told(is_told & ~withheld))


def _of_both(located: _Kind, elsewhere: _Kind) -> _Kind:
    """Return the kind of a share of firms with a point: which firms have one must not be told, either."""
    if _Kind.RARE in (located, elsewhere):
        return _Kind.RARE
    return elsewhere if located is _Kind.CONSTANT else _Kind.COMMON


def _status(counts: _Counts, kind: _Kind, withheld: pd.Series[bool], threshold: int) -> pd.Series[str]:
    """Return the status of a share in each territory, whether or not there is something to say."""
    is_country = counts.table["level"] == Level.COUNTRY.value
    match kind:
        case _Kind.CONSTANT:
            is_told = pd.Series(counts.table.loc[is_country, "firms"].sum() >= threshold, index=withheld.index)
        case _Kind.RARE:
            is_told = is_country & ~withheld
        case _Kind.COMMON:
            is_told = ~withheld
        case _:
            assert_never(kind)
    return _told(is_told)


def _told(is_told: pd.Series[bool]) -> pd.Series[str]:
    return pd.Series(Status.VALUE.value, index=is_told.index, dtype=object).where(is_told, Status.SUPPRESSED.value)


def _share(
    quality: str, counts: _Counts, count: str, of: pd.Series[int], status: pd.Series[str]
) -> dict[str, pd.Series]:
    """Return a quality and its status; not available where no firm is, or none that could say."""
    firms = counts.table["firms"]
    is_silent = (firms == 0) | ((of == 0) & (status == Status.VALUE.value))
    status = status.mask(is_silent, Status.NOT_AVAILABLE.value)
    value = (counts.table[count] / _some(of)).round(_DIGITS)
    return {quality: value.where(status == Status.VALUE.value), f"{quality}_status": status}


def _some(firms: pd.Series[int]) -> pd.Series[float]:
    return firms.where(firms > 0).astype("float64")


@dataclass(frozen=True, slots=True)
class Linkage:
    """What became of the firms of a register: placed, foreign and unplaced add up to all.

    Attributes
    ----------
    unplaced
        Firms by reason, the most frequent first.
    """

    firms: int
    placed: int
    foreign: int
    unplaced: Mapping[str, int]

    @classmethod
    def of(cls, firms: int, placed: int, not_placed: Mapping[str, int], *, threshold: int) -> Linkage:
        """Return the linkage of a build.

        Parameters
        ----------
        not_placed
            Firms by reason, those abroad among them.
        threshold
            Reasons of fewer firms are told together, so that none of them says what became of one firm.
        """
        foreign = not_placed.get(Reason.FOREIGN.value, 0)
        others = {reason: n for reason, n in not_placed.items() if reason != Reason.FOREIGN.value and n > 0}
        few = {reason: n for reason, n in others.items() if n < threshold}
        many = sorted(((-n, reason) for reason, n in others.items() if n >= threshold))
        while many and 0 < sum(few.values()) < threshold:  # what is left over is not to be few again
            n, reason = many.pop()
            few[reason] = -n
        told = {reason: -n for n, reason in many} | ({_OTHER: sum(few.values())} if few else {})
        return cls(firms, placed, foreign, told)

    def as_dict(self) -> dict[str, object]:
        """Return it as it is stored in ``publish.release.linkage``."""
        return {"firms": self.firms, "placed": self.placed, "foreign": self.foreign, "unplaced": dict(self.unplaced)}


def with_accounts(tables: Mapping[Level, pd.DataFrame], linkage: Linkage) -> dict[Level, pd.DataFrame]:
    """Return the tables, the country's with what became of all firms of the register."""
    reasons = "; ".join(f"{reason}: {n}" for reason, n in linkage.unplaced.items())
    country = tables[Level.COUNTRY].assign(
        register_firms=linkage.firms,
        foreign=linkage.foreign,
        unplaced=sum(linkage.unplaced.values()),
        unplaced_reasons=reasons or None,
    )
    return {**tables, Level.COUNTRY: country}
