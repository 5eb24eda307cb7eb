"""The history of territories in the database: what was known when, and what a document changes."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from made_documents import archive, listing

from atlante import pipeline
from atlante.database import Role, connect
from atlante.pipeline.territories import load_territory_documents, territory_documents, territory_history
from atlante.territories import Boundaries
from atlante.territories.history import read_documents, resolve_history

if TYPE_CHECKING:
    from pathlib import Path

    from atlante.territories.history import History

POPOLI = {"code": "G878", "istat_code": "068033", "sigla": "PE", "region_code": "13"}
BEFORE, AFTER = {**POPOLI, "name": "Popoli"}, {**POPOLI, "name": "Popoli Terme"}
ARCHIVE = archive(
    {**BEFORE, "name": "POPOLI"}, {"code": "A001", "name": "ABANO TERME", "sigla": "PD"}, as_of=date(2024, 6, 1)
)
LIST = listing(date(2024, 2, 1), AFTER, {"code": "A001", "name": "Abano Terme", "sigla": "PD"})
LATER = date(2025, 1, 1)


def names(history: History, day: date = LATER) -> list[str]:
    return history.at(day)["name"].tolist()


def open_and_closed(url: str) -> list[tuple[int, int]]:
    with connect(url, role=Role.LOAD) as connection:
        return connection.execute(
            "SELECT count(*) FILTER (WHERE known_to IS NULL), count(known_to) FROM territory.version "
            "UNION ALL SELECT count(*) FILTER (WHERE known_to IS NULL), count(known_to) FROM territory.event"
        ).fetchall()  # type: ignore[return-value]


def square(reference_date: date = date(2023, 1, 1)) -> Boundaries:
    """Return boundaries of one municipality."""
    labels = {"municipality_code": "G878", "istat_code": "068033", "name": "Popoli", "name_it": "Popoli"}
    labels |= {"province_code": "068", "province": "Pescara", "sigla": "PE", "region_code": "13", "region": "Abruzzo"}
    labels |= {"name_other": None, "provenance": None}
    rows = gpd.GeoDataFrame({**{k: [v] for k, v in labels.items()}, "population": pd.array([4700], dtype="Int64")},
                            geometry=[shapely.box(13.8, 42.1, 13.9, 42.2)], crs=4326)  # fmt: skip
    return Boundaries(reference_date, "a test", "CC0", f"{reference_date:%Y}".zfill(64), rows)


def test_a_database_without_documents_has_an_empty_history(database: str) -> None:
    assert territory_history(database).versions.empty
    assert territory_documents(database).empty


def test_what_is_read_back_is_what_was_resolved(database: str) -> None:
    load_territory_documents(database, [ARCHIVE, LIST])
    stored, resolved = territory_history(database), resolve_history([LIST, ARCHIVE])
    pd.testing.assert_frame_equal(stored.versions, resolved.versions)
    pd.testing.assert_frame_equal(stored.events, resolved.events)
    pd.testing.assert_frame_equal(stored.conflicts, resolved.conflicts)


def test_documents_are_kept_as_they_say_it(database: str) -> None:
    load_territory_documents(database, [ARCHIVE, LIST])
    with connect(database, role=Role.LOAD) as connection:
        kept = {document.document_id: document for document in read_documents(connection)}
    assert kept.keys() == {ARCHIVE.document_id, LIST.document_id}
    said = kept[ARCHIVE.document_id].statements
    assert said["name"].tolist() == ["POPOLI", "ABANO TERME"]
    assert said["valid_from"].tolist() == [pd.Timestamp("1861-03-17")] * 2


def test_a_document_loaded_again_changes_nothing(database: str) -> None:
    load_territory_documents(database, [ARCHIVE, LIST])
    before = open_and_closed(database)
    summary = load_territory_documents(database, [LIST, ARCHIVE])
    assert summary.documents == ()
    assert set(vars_of(summary.changes)) == {0}
    assert open_and_closed(database) == before


def vars_of(changes: object) -> list[int]:
    return [getattr(changes, name) for name in changes.__slots__]  # type: ignore[attr-defined]


def test_the_history_of_before_a_load_can_still_be_read(database: str) -> None:
    load_territory_documents(database, [ARCHIVE])
    between = dt.datetime.now(dt.UTC)
    load_territory_documents(database, [LIST])
    assert names(territory_history(database)) == ["Abano Terme", "Popoli Terme"]
    assert names(territory_history(database, known_at=between)) == ["Abano Terme", "Popoli"]
    assert names(territory_history(database, known_at=between - dt.timedelta(days=1))) == []


def test_only_rows_that_differ_are_closed_and_opened(database: str) -> None:
    """The second edition of the archive knows of one more municipality; the others rest on the same kinds."""
    load_territory_documents(database, [ARCHIVE])
    rows = [{**BEFORE, "name": "POPOLI"}, {"code": "A001", "name": "ABANO TERME", "sigla": "PD"}]
    summary = load_territory_documents(
        database, [archive(*rows, {"code": "A002", "name": "ABBADIA"}, as_of=date(2024, 7, 1))]
    )
    assert (summary.changes.versions_opened, summary.changes.versions_closed) == (1, 0)
    assert open_and_closed(database)[0] == (3, 0)


def test_all_rows_of_a_load_become_known_at_one_moment(database: str) -> None:
    load_territory_documents(database, [ARCHIVE, LIST])
    with connect(database, role=Role.LOAD) as connection:
        moments = connection.execute(
            "SELECT known_from FROM territory.version UNION SELECT known_from FROM territory.event "
            "UNION SELECT known_from FROM territory.conflict"
        ).fetchall()
    assert len(moments) == 1


def test_labels_of_boundaries_are_a_document_but_no_history_by_themselves(database: str) -> None:
    pipeline.load_territories(database, square())
    assert territory_documents(database)["kind"].tolist() == ["boundaries"]
    assert territory_history(database).versions.empty
    load_territory_documents(database, [archive({"code": "G878", "name": "POPOLI", "sigla": "PE"})])
    at = territory_history(database).at(date(2023, 1, 1)).iloc[0]
    assert (at["name"], at["istat_code"], at["region"]) == ("Popoli", "068033", "Abruzzo")


def test_boundaries_loaded_after_documents_resolve_the_history_anew(database: str) -> None:
    load_territory_documents(database, [archive({"code": "G878", "name": "POPOLI", "sigla": "PE"})])
    assert territory_history(database).at(LATER)["istat_code"].tolist() == [None]
    pipeline.load_territories(database, square())
    pipeline.load_territories(database, square())
    assert territory_history(database).at(LATER)["istat_code"].tolist() == ["068033"]


def atlante(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "atlante.cli", "territories", *arguments],
        env=os.environ | {"ATLANTE_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


class TestCommandLine:
    """The commands about the history, on documents made by hand."""

    @pytest.fixture
    def loaded(self, database: str) -> str:
        load_territory_documents(database, [ARCHIVE, LIST])
        return database

    @pytest.mark.parametrize(
        ("level", "columns", "rows"),
        [("municipality", "municipality_code", 2), ("province", "province_code", 2), ("region", "region_code", 2)],
    )
    def test_shows_the_territories_of_a_day(self, loaded: str, level: str, columns: str, rows: int) -> None:
        answer = atlante(loaded, "at", "2025-01-01", "--level", level, "--csv")
        header, *lines = answer.stdout.splitlines()
        assert (answer.returncode, len(lines)) == (0, rows)
        assert header.startswith(columns)

    def test_shows_them_as_they_were_known(self, loaded: str) -> None:
        answer = atlante(loaded, "at", "2025-01-01", "--known-at", "2020-01-01T12:00")
        assert (answer.returncode, answer.stdout) == (1, "")
        assert "known at 2020-01-01 12:00" in answer.stderr

    def test_shows_the_history_of_a_name(self, loaded: str) -> None:
        (found,) = json.loads(atlante(loaded, "history", "POPOLI TERME", "--json").stdout)
        assert found["municipality_code"] == "G878"
        assert [version["name"] for version in found["versions"]] == ["Popoli Terme"]
        assert [conflict["other"] for conflict in found["conflicts"]] == ["Popoli"]

    def test_suggests_names_for_one_that_is_not_known(self, loaded: str) -> None:
        answer = atlante(loaded, "history", "Popolli")
        assert answer.returncode == 1
        assert "UnknownTerritory: " in answer.stderr
        assert "Popoli" in answer.stderr

    def test_shows_documents_and_what_they_disagree_on(self, loaded: str) -> None:
        documents = json.loads(atlante(loaded, "documents", "--json").stdout)
        assert [(row["kind"], row["statements"]) for row in documents] == [("istat-list", 2), ("anpr-archive", 2)]
        header, line = atlante(loaded, "conflicts", "--attribute", "name_it", "--csv").stdout.splitlines()
        assert header.startswith("municipality_code,attribute")
        assert line.startswith("G878,name_it,1861-03-17,")
        assert atlante(loaded, "conflicts", "--attribute", "colour").returncode == 2

    def test_loads_lists_of_a_folder_and_declared_facts(self, database: str, tmp_path: Path) -> None:
        folder = tmp_path / "lists"
        folder.mkdir()
        header = "codice_istat,denominazione,codice_catastale,regione,provincia,sigla_provincia\n"
        for day, name in (("2024-02-24", "Vallecrosia"), ("2026-06-09", "Vallecrosia al Mare")):
            row = f"008063,{name},L599,Liguria,Imperia,IM\n"
            (folder / f"elenco_{day}.csv").write_text(header + row, encoding="utf-8")
        declared = tmp_path / "facts.toml"
        declared.write_text(
            '[[events]]\ndate = 2024-11-01\nkind = "renaming"\nsource = "a test"\n'
            'old = [{ code = "L599" }]\nnew = [{ code = "L599" }]\n'
        )
        answer = atlante(database, "load", str(folder), "--declared", str(declared), "--json")
        assert answer.returncode == 0, answer.stderr
        assert len(json.loads(answer.stdout)["documents"]) == 3
        events = territory_history(database).events
        assert events[["kind", "after"]].to_numpy().tolist() == [["renaming", "Vallecrosia al Mare"]]
        assert events["event_date"].tolist() == [pd.Timestamp("2024-11-01")]

    def test_boundaries_without_their_day_are_a_usage_error(self, database: str, tmp_path: Path) -> None:
        file = tmp_path / "comuni.gpkg"
        file.touch()
        answer = atlante(database, "load", str(file))
        assert answer.returncode == 2
        assert "--as-of" in answer.stderr
