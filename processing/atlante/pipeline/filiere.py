"""What share of the firms of a register each filiera and its stages would have. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atlante.catalogue.activities import WHOLE, membership
from atlante.database import Role, connect
from atlante.errors import NothingLoaded
from atlante.pipeline.runs import QUERIES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from atlante.catalogue.activities import ActivityGroup


@dataclass(frozen=True, slots=True)
class ActivityCounts:
    """The firms of the newest extract of a source, by activity.

    Attributes
    ----------
    codes
        Firms by code and edition.
    without_code
        Firms whose activity is not known.
    """

    source_id: str
    reference_date: dt.date
    codes: Mapping[tuple[str, str], int]
    without_code: int


@dataclass(frozen=True, slots=True)
class GroupShare:
    """The firms that a group or one of its stages would have.

    Attributes
    ----------
    stage
        Empty: the whole group.
    firms
        Firms whose code belongs, wholly or in part.
    share
        Of the firms with a code, 0..1; nan: none has.
    partial_share
        Of `firms`: those whose code belongs in part, so that it is not known whether they do; nan: there are none.
    undecided
        Firms whose short code is too coarse to tell; counted for the whole group alone.
    """

    group: str
    stage: str
    firms: int
    share: float
    partial_share: float
    undecided: int


def read_activity_counts(url: str, source_id: str | None = None) -> ActivityCounts:
    """Return the firms of a source by activity; None: of the one with the newest extract.

    Raises
    ------
    NothingLoaded
        If there is no extract.
    """
    with connect(url, role=Role.LOAD) as connection:
        extract = connection.execute(QUERIES["latest_extract"], {"source_id": source_id}).fetchone()
        if extract is None:
            raise NothingLoaded("register extract", "atlante ingest SOURCE FILE")
        rows = connection.execute(QUERIES["activity_counts"], {"source_id": extract[0]}).fetchall()
    return ActivityCounts(
        source_id=extract[0],
        reference_date=extract[1],
        codes={(code, edition): firms for code, edition, firms in rows if code is not None},
        without_code=sum(firms for code, _, firms in rows if code is None),
    )


def group_shares(groups: Sequence[ActivityGroup], counts: ActivityCounts) -> list[GroupShare]:
    """Return the firms of each group and of its stages. Groups overlap: their firms never add up."""
    codes = list(counts.codes)
    firms = np.array([counts.codes[code] for code in codes], dtype=np.int64)
    belonging = membership(groups, codes)
    shares = []
    for column, group in enumerate(groups):
        stage, is_partial = belonging.stage[:, column], belonging.is_partial[:, column]
        undecided = int(firms[belonging.is_undecided[:, column]].sum())
        shares.append(_share(group.id, WHOLE, firms, (stage >= 0, is_partial), undecided))
        shares += [
            _share(group.id, each.id, firms, (stage == place, is_partial), 0) for place, each in enumerate(group.stages)
        ]
    return shares


def unknown_firms(counts: ActivityCounts) -> int:
    """Return the firms whose code its edition lacks: they belong nowhere."""
    codes = list(counts.codes)
    firms = np.array([counts.codes[code] for code in codes], dtype=np.int64)
    return int(firms[membership((), codes).is_unknown].sum())


def _share(
    group: str,
    stage: str,
    firms: NDArray[np.int64],
    masks: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    undecided: int,
) -> GroupShare:
    belongs, is_partial = masks
    n, total = int(firms[belongs].sum()), int(firms.sum())
    partial = int(firms[belongs & is_partial].sum())
    nan = float("nan")
    return GroupShare(group, stage, n, n / total if total else nan, partial / n if n else nan, undecided)
