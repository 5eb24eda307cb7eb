"""Laws of the history of territories, on documents that contradict each other."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from made_documents import document, table

from atlante.territories.documents import PRECEDENCE, DocumentKind, EventKind
from atlante.territories.history import resolve_history

if TYPE_CHECKING:
    from atlante.territories.documents import Document
    from atlante.territories.history import History

CODES = ("A001", "A002", "A003")
SIGLAS = ("PD", "VI", None)
NAMES = ("UNO", "Uno", "DUE", "Due d'Adda")
FIRST = date(1990, 1, 1)
DAYS = st.integers(0, 12).map(lambda n: FIRST + timedelta(days=365 * n))
SNAPSHOTS = (DocumentKind.ISTAT_LIST, DocumentKind.BOUNDARIES, DocumentKind.UNIFIED_CODES)
ARCHIVES = (DocumentKind.ANPR, DocumentKind.CODICE_FISCALE)


@st.composite
def rows_of(draw: st.DrawFn, code: str, *, is_archive: bool) -> list[dict[str, Any]]:
    """Return what a document says of a municipality: a row, or for an archive successive ones with and without gaps."""
    labels = st.fixed_dictionaries(
        {"name": st.sampled_from(NAMES), "sigla": st.sampled_from(SIGLAS), "istat_code": st.sampled_from(["1", "2"])}
    )
    if not is_archive:
        return [{"code": code, **draw(labels)}]
    days = sorted(draw(st.sets(DAYS, min_size=1, max_size=4)))
    ends = [*days[1:], draw(st.one_of(st.none(), st.just(days[-1] + timedelta(days=200))))]
    rows = [{"code": code, "valid_from": a, "valid_to": b} for a, b in zip(days, ends, strict=True)]
    return [row | draw(labels) for row in rows if draw(st.integers(0, 4))]


@st.composite
def documents(draw: st.DrawFn) -> list[Document]:
    found = []
    for kind in draw(st.lists(st.sampled_from(SNAPSHOTS + ARCHIVES), min_size=1, max_size=5)):
        is_archive = kind in ARCHIVES
        codes = draw(st.sets(st.sampled_from(CODES), min_size=1))
        rows = [row for code in sorted(codes) for row in draw(rows_of(code, is_archive=is_archive))]
        found.append(document(kind, draw(DAYS), rows, is_snapshot=not is_archive))
    if draw(st.booleans()):
        pairs = draw(st.lists(st.tuples(st.sampled_from(CODES), st.sampled_from(CODES), DAYS), min_size=1, max_size=3))
        events = [
            {"day": day, "kind": EventKind.MERGER, "old": old, "new": new} for old, new, day in pairs if old != new
        ]
        found.append(table(*events))
    # one document of a kind and day: two that contradict each other on one day have no better one
    return list({(one.kind, one.as_of): one for one in found}.values())


def same(one: History, other: History) -> None:
    for name in ("versions", "events", "conflicts"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


def versions_of_a_municipality_never_overlap_and_each_differs_from_the_one_before(
    _: list[Document], history: History
) -> None:
    versions = history.versions
    before = versions.shift()
    is_next = versions["municipality_code"] == before["municipality_code"]
    assert (versions["valid_from"] >= before["valid_to"])[is_next].all()
    assert not (versions["valid_to"] <= versions["valid_from"]).any()
    assert not (versions["changed_after"] >= versions["valid_from"]).any()
    touches = is_next & (versions["valid_from"] == before["valid_to"])
    labels = ["name", "sigla", "istat_code", "name_it"]
    unchanged = (versions[labels].fillna("") == before[labels].fillna("")).all(axis=1)
    assert not (touches & unchanged).any()


def the_history_on_the_day_of_a_list_is_the_list(given_: list[Document], history: History) -> None:
    for listed in (one for one in given_ if one.kind is DocumentKind.ISTAT_LIST):
        said = listed.statements.set_index("municipality_code").sort_index()
        taken = history.at(listed.as_of).set_index("municipality_code")
        assert taken.index.tolist() == said.index.tolist()
        assert taken["istat_code"].tolist() == said["istat_code"].tolist()
        is_said = said["sigla"].notna()
        assert taken.loc[is_said, "sigla"].tolist() == said.loc[is_said, "sigla"].tolist()
        assert taken["name_it"].str.casefold().tolist() == said["name_it"].str.casefold().tolist()


def what_is_taken_in_a_conflict_is_what_the_history_has(_: list[Document], history: History) -> None:
    strength = {str(kind): place for place, kind in enumerate(PRECEDENCE)}
    for row in history.conflicts.itertuples():
        assert row.taken != row.other
        if row.attribute == "existence" or pd.isna(row.valid_from):
            continue
        assert strength[row.taken_from] < strength[row.other_from]
        at = history.at(row.valid_from.date()).set_index("municipality_code")
        assert at.loc[row.municipality_code, row.attribute] == row.taken


def every_end_has_an_event_and_every_beginning_whose_day_is_known(_: list[Document], history: History) -> None:
    versions, events = history.versions, history.events
    following = versions.groupby("municipality_code")["valid_from"].shift(-1)
    ends = versions[versions["valid_to"].notna() & (versions["valid_to"] != following)]
    known = set(zip(events["municipality_code"], events["event_date"], strict=True))
    assert set(zip(ends["municipality_code"], ends["valid_to"], strict=True)) <= known
    previous = versions.groupby("municipality_code")["valid_to"].shift()
    begins = versions[(versions["valid_from"] != previous) & (versions["changed_after"] != pd.Timestamp("1861-03-16"))]
    known = set(zip(events["successor_code"], events["event_date"], strict=True))
    assert set(zip(begins["municipality_code"], begins["valid_from"], strict=True)) <= known


LAWS = (
    versions_of_a_municipality_never_overlap_and_each_differs_from_the_one_before,
    the_history_on_the_day_of_a_list_is_the_list,
    what_is_taken_in_a_conflict_is_what_the_history_has,
    every_end_has_an_event_and_every_beginning_whose_day_is_known,
)


@settings(max_examples=80, deadline=None)
@given(documents())
def test_every_law_holds_of_every_history(given_: list[Document]) -> None:
    history = resolve_history(given_)  # half a second: the laws share it
    for law in LAWS:
        law(given_, history)


@settings(max_examples=20, deadline=None)
@given(documents(), st.randoms(use_true_random=False))
def test_the_order_of_documents_and_repetition_make_no_difference(given_: list[Document], random: Any) -> None:  # noqa: ANN401
    shuffled = [*given_, *given_[:1]]
    random.shuffle(shuffled)
    same(resolve_history(given_), resolve_history(shuffled))
