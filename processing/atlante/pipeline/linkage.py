"""How the firms of an extract were placed: by method and reason, with every disagreement. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from atlante.database import Role, connect
from atlante.errors import NothingLoaded
from atlante.pipeline.runs import QUERIES
from atlante.placement import Reason, suggest

if TYPE_CHECKING:
    import datetime as dt

    from atlante.database import Connection

_MOST_SUGGESTIONS: Final = 200


@dataclass(frozen=True, slots=True)
class Linkage:
    """The placement of one source on one day; placed, foreign and unplaced firms add up to all.

    Attributes
    ----------
    methods
        Placed firms by method, the most first: method, firms, disagreeing (firms with any disagreement), confidence
        (mean).
    reasons
        Firms that are not placed, those abroad among them, by reason: reason, firms.
    disagreements
        Firms by what disagrees: kind, firms, example. A firm may be in several.
    cases
        Ways of declaring and locating a seat, the most frequent first, with what came of each and, for names that are
        not known, a ``suggestion``.
    """

    source_id: str
    reference_date: dt.date
    vintage_id: str
    firms: int
    placed: int
    foreign: int
    unplaced: int
    methods: pd.DataFrame
    reasons: pd.DataFrame
    disagreements: pd.DataFrame
    cases: pd.DataFrame


def read_linkage(url: str, *, source_id: str | None = None, reference_date: dt.date | None = None) -> Linkage:
    """Return how the firms of a source were placed; None: of the newest placement.

    Raises
    ------
    NothingLoaded
        If nothing was placed for that source and day.
    """
    with connect(url, role=Role.LOAD) as connection:
        wanted = {"source_id": source_id, "reference_date": reference_date}
        newest = connection.execute(QUERIES["newest_placement"], wanted).fetchone()
        if newest is None:
            raise NothingLoaded("placement", "atlante build")
        source, day, vintage_id = newest
        cases = _frame(connection, "placement_cases", {"source_id": source, "reference_date": day})
        names = _frame(connection, "names_of_vintage", {"vintage_id": vintage_id})
    cases = cases.assign(suggestion=_suggestions(cases, names))
    return _linkage(source, day, vintage_id, cases)


def _linkage(source_id: str, day: dt.date, vintage_id: str, cases: pd.DataFrame) -> Linkage:
    firms, is_placed = cases["firms"].astype(int), cases["reason"].isna()
    is_foreign = cases["reason"] == Reason.FOREIGN
    return Linkage(
        source_id=source_id,
        reference_date=day,
        vintage_id=vintage_id,
        firms=int(firms.sum()),
        placed=int(firms[is_placed].sum()),
        foreign=int(firms[is_foreign].sum()),
        unplaced=int(firms[~is_placed & ~is_foreign].sum()),
        methods=_by_method(cases[is_placed].assign(firms=firms)),
        reasons=_counted(cases[~is_placed].assign(firms=firms), "reason"),
        disagreements=_by_disagreement(cases.assign(firms=firms)),
        cases=cases,
    )


def _by_method(placed: pd.DataFrame) -> pd.DataFrame:
    disagreeing = placed["firms"].where(placed["conflicts"].map(len) > 0, 0)
    worth = placed["confidence"].astype(float) * placed["firms"]
    groups = placed.assign(disagreeing=disagreeing, worth=worth).groupby("method", as_index=False)
    summed = groups[["firms", "disagreeing", "worth"]].sum()
    summed["confidence"] = (summed["worth"] / summed["firms"]).round(3)
    ordered = summed.sort_values(["firms", "method"], ascending=[False, True], ignore_index=True)
    return ordered.drop(columns="worth")


def _by_disagreement(cases: pd.DataFrame) -> pd.DataFrame:
    """Return firms by what disagrees, with the most frequent text as an example."""
    texts = cases[["conflicts", "firms"]].explode("conflicts").dropna(subset="conflicts")
    of_another_date = texts["conflicts"].str.extract(r"^(\w+) (?:of|since) ", expand=False) + " of another date"
    kind = texts["conflicts"].str.extract(r"^(\w+):", expand=False)
    texts = texts.assign(kind=kind.where(kind.notna(), of_another_date))
    examples = texts.sort_values(["firms", "conflicts"], ascending=[False, True]).drop_duplicates("kind")
    counted = _counted(texts.reset_index(names="case").drop_duplicates(["case", "kind"]), "kind")
    return counted.assign(example=counted["kind"].map(examples.set_index("kind")["conflicts"]))


def _counted(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    counted = rows.groupby(column)[["firms"]].sum().reset_index()
    return counted.sort_values(["firms", column], ascending=[False, True], ignore_index=True)


def _suggestions(cases: pd.DataFrame, names: pd.DataFrame) -> pd.Series[str]:
    """Return the nearest names for names that are not known; for the most frequent ones only, as each takes a while."""
    unknown = cases[cases["reason"] == Reason.UNKNOWN].head(_MOST_SUGGESTIONS)
    return suggest(unknown, names).reindex(cases.index, fill_value="")


def _frame(connection: Connection, query: str, parameters: dict[str, Any]) -> pd.DataFrame:
    cursor = connection.execute(QUERIES[query], parameters)
    return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()], dtype=object)
