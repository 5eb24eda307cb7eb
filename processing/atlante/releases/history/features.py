"""The rows of the history collections, with the outline of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

import pandas as pd

from atlante.catalogue.levels import Level
from atlante.releases.history.outlines import municipality_outlines, publish_outlines, whole_outlines
from atlante.releases.history.versions import municipality_versions, texts
from atlante.releases.history.wholes import PROVINCES, REGIONS, whole_versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlante.database import Connection
    from atlante.releases.history.outlines import Outline
    from atlante.releases.history.reading import HistorySource

_DATES = ("valid_from", "valid_to", "changed_after", "boundary_date")
_ONE_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HistoryFeatures:
    """The versions of one level.

    Attributes
    ----------
    table
        One row a version, by code and date: what its feature says, dates as ISO text.
    ids
        Code and first day: ``A001.1924-11-14``.
    periods
        First and last day, ISO; ``infinity`` where it is still so.
    shapes
        Its row in ``publish.geometry``: vintage_id and territory_code; the vintage None where no outline is known.
    """

    table: pd.DataFrame
    ids: pd.Series[str]
    periods: list[tuple[str, str]]
    shapes: list[tuple[str | None, str]]


class HistoryLevels:
    """The versions of every level, each made when it is asked for; those of municipalities serve all."""

    def __init__(self, connection: Connection, source: HistorySource, vintage_id: str) -> None:
        self._connection, self._source, self._vintage_id = connection, source, vintage_id
        self._versions = municipality_versions(source.history)
        self._outlines = municipality_outlines(self._versions, source, vintage_id)

    def features(self, level: Level) -> HistoryFeatures:
        """Return the versions of a level; their outlines are in ``publish`` then."""
        match level:
            case Level.MUNICIPALITY:
                versions = self._versions
                outlines = [self._outlines.get(ground) for ground in versions["ground"]]
            case Level.PROVINCE | Level.REGION:
                labels = PROVINCES if level is Level.PROVINCE else REGIONS
                versions = whole_versions(self._versions, labels, shown=self._outlines)
                of_wholes = whole_outlines(versions, level, self._outlines, self._source, self._vintage_id)
                outlines = [of_wholes.get(grounds) for grounds in versions["grounds"]]
            case Level.COUNTRY:
                raise AssertionError("publication.toml refuses a history of the country")
            case _:
                assert_never(level)
        publish_outlines(self._connection, level, [outline for outline in outlines if outline is not None])
        return _features(versions, outlines)


def _features(versions: pd.DataFrame, outlines: Sequence[Outline | None]) -> HistoryFeatures:
    days = pd.Series([outline.boundary_date if outline else None for outline in outlines], dtype=object)
    table = versions.assign(
        boundary_date=pd.to_datetime(days),
        provenance=texts([outline.provenance if outline else None for outline in outlines]),
    )
    last_days = (table["valid_to"] - _ONE_DAY).dt.strftime("%Y-%m-%d").fillna("infinity")
    for column in _DATES:
        table[column] = table[column].dt.strftime("%Y-%m-%d")
    return HistoryFeatures(
        table,
        table["code"] + "." + table["valid_from"],
        list(zip(table["valid_from"], last_days, strict=True)),
        [
            (outline.vintage_id, outline.territory_code) if outline else (None, code)
            for outline, code in zip(outlines, table["code"], strict=True)
        ],
    )
