"""The edition of an extract's activity codes: what the source says, what the codes say, and the commands about both."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg
import pyarrow as pa
import pyarrow.parquet
import pytest

from atlante import pipeline
from atlante.errors import UndecidedEdition
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DAY = dt.date(2025, 5, 19)
SOURCE = "business_register"
OF_2025 = ["621000", "62.20.10", "721029", "105110", "410000", "62.10.00"]  # 105110 is of every edition
OF_2007 = ["620100", "62.02.00", "721909", "105110", "412000", "62.01.00"]


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """Return a catalogue of one's own whose register says that its codes are of 2007."""
    folder = tmp_path / "catalogue"
    shutil.copytree(default_catalogue_dir(), folder)
    return tell(folder, "2007")


def tell(catalogue: Path, edition: str) -> Path:
    """Make the register say which edition it has."""
    path = catalogue / "sources" / f"{SOURCE}.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    said = f'activity_editions = [{{ edition = "{edition}" }}]'
    path.write_text("\n".join(said if line.startswith("activity_editions") else line for line in lines), "utf-8")
    return catalogue


def table(codes: Sequence[str], first: int = 1) -> pa.Table:
    numbers = range(first, first + len(codes))
    return pa.table(
        {
            "codice_fiscale": [f"{n:011}" for n in numbers],
            "denominazione": [f"FIRM {n}" for n in numbers],
            "comune": ["ROMA" for _ in numbers],
            "ateco": list(codes),
        }
    )


def text(folder: Path, codes: Sequence[str], day: dt.date = DAY) -> Path:
    path = folder / f"register_{day}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        rows = table(codes)
        writer.writerow(rows.schema.names)
        writer.writerows(zip(*rows.to_pydict().values(), strict=True))
    return path


def ingest(url: str, catalogue: Path, path: Path) -> pipeline.IngestResult:
    return pipeline.ingest(url, catalogue, pipeline.Intake(SOURCE, path, today=dt.date(2026, 1, 1)))


def stored(url: str) -> list[tuple[str | None, int]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT activity_edition, count(*) FROM register.firm WHERE valid_to IS NULL GROUP BY 1 ORDER BY 1"
        ).fetchall()


def atlante(url: str | None, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {"ATLANTE_DATABASE_URL": url} if url else {}
    return subprocess.run(
        [sys.executable, "-m", "atlante.cli", *map(str, arguments)],
        env=os.environ | given | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_codes_that_contradict_the_source_are_told_with_the_evidence_and_stored_as_it_says(
    database: str, catalogue: Path, tmp_path: Path
) -> None:
    result = ingest(database, catalogue, text(tmp_path, OF_2025))
    assert result.edition.activity_edition == "2007"
    warning = result.edition.edition_warning or ""
    assert "have codes of ATECO 2007, which is not so" in warning
    assert "6 (100.0 %) in 2025" in warning
    assert "62.10.00 (2)" in warning
    assert stored(database) == [("2007", 6)]
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT summary->>'edition_warning' FROM ops.run WHERE verb = 'ingest'").fetchone()
    assert row == (warning,)


def test_codes_that_agree_with_the_source_or_tell_nothing_are_not_warned_of(
    database: str, catalogue: Path, tmp_path: Path
) -> None:
    assert ingest(database, catalogue, text(tmp_path, OF_2007)).edition.edition_warning is None
    later = text(tmp_path, ["105110"] * 6, DAY + dt.timedelta(1))
    assert ingest(database, catalogue, later).edition.edition_warning is None


@pytest.mark.parametrize(("codes", "edition"), [(OF_2025, "2025"), (OF_2007, "2007"), ([*OF_2007, "960130"], "2022")])
@pytest.mark.parametrize("is_parquet", [False, True])
def test_the_codes_decide_where_the_source_leaves_it_to_them(
    database: str, catalogue: Path, tmp_path: Path, *, codes: list[str], edition: str, is_parquet: bool
) -> None:
    path = tmp_path / f"register_{DAY}.parquet"
    if is_parquet:
        pyarrow.parquet.write_table(table(codes), path)
    else:
        path = text(tmp_path, codes)
    result = ingest(database, tell(catalogue, "detect"), path)
    assert (result.edition.activity_edition, result.edition.edition_warning) == (edition, None)
    assert stored(database) == [(edition, len(codes))]


def test_a_change_of_edition_alone_is_counted_as_such(database: str, catalogue: Path, tmp_path: Path) -> None:
    ingest(database, catalogue, text(tmp_path, OF_2025))
    again = ingest(database, tell(catalogue, "detect"), text(tmp_path, OF_2025))
    assert (again.load.changed, again.load.changed_in_edition_only) == (6, 6)
    assert stored(database) == [("2025", 6)]


def test_codes_that_decide_nothing_keep_the_extract_out(database: str, catalogue: Path, tmp_path: Path) -> None:
    with pytest.raises(UndecidedEdition, match=r"That decides nothing.*Give the edition in `activity_editions`"):
        ingest(database, tell(catalogue, "detect"), text(tmp_path, [*OF_2025, *OF_2007]))
    assert stored(database) == []


def test_an_extract_without_codes_needs_no_edition(database: str, catalogue: Path, tmp_path: Path) -> None:
    result = ingest(database, tell(catalogue, "detect"), text(tmp_path, ["NC", "NC"]))
    assert result.edition.activity_edition is None
    assert stored(database) == [(None, 2)]


@pytest.mark.shared_data
def test_the_start_up_list_that_says_2007_is_found_out(database: str, catalogue: Path, shared_data: Path) -> None:
    source = catalogue / "sources" / "innovative_startups_table.toml"
    said = source.read_text(encoding="utf-8").splitlines()
    changed = ['activity_editions = [{ edition = "2007" }]' if s.startswith("activity_editions") else s for s in said]
    source.write_text("\n".join(changed), encoding="utf-8")
    file = shared_data / "firms" / "innovative_startups_2025-05-19.csv"
    intake = pipeline.Intake("innovative_startups_table", file, today=dt.date(2026, 1, 1))
    warning = pipeline.ingest(database, catalogue, intake).edition.edition_warning or ""
    assert "3,293 (27.2 %) in 2007" in warning
    assert "12,114 (100.0 %) in 2025" in warning


def test_the_warning_reaches_the_person(database: str, catalogue: Path, tmp_path: Path) -> None:
    done = atlante(database, "--catalogue-dir", catalogue, "ingest", SOURCE, text(tmp_path, OF_2025), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["edition_warning"].startswith("The source business_register says")
    assert "Warning: The source business_register says" in done.stderr


def test_a_code_is_shown_in_every_edition_that_has_it() -> None:
    shown = json.loads(atlante(None, "ateco", "show", "25.4", "--json").stdout)
    assert [(each["edition"], each["title"].casefold().split()[0]) for each in shown] == [
        ("2007", "fabbricazione"),
        ("2022", "fabbricazione"),
        ("2025", "fucinatura"),
    ]
    assert [each["code"] for each in shown[0]["becomes"]["2025"]] == ["25.3"]
    missing = atlante(None, "ateco", "show", "62.10.00", "--edition", "2007")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "UnknownActivityCode: ATECO 2007 has no code 621000" in missing.stderr


def test_a_table_is_converted_and_its_doubt_told(tmp_path: Path) -> None:
    given, made = tmp_path / "firms.csv", tmp_path / "made.csv"
    given.write_text("name;code\na;62.01.00\nb;262000\nc;262000\nd;\ne;999999\n", encoding="utf-8")
    arguments = ["ateco", "convert", given, "--column", "code", "--from", "2022", "--to", "2025"]
    done = atlante(None, *arguments, "--csv", made, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ambiguous_share"] == pytest.approx(2 / 3)
    assert "66.7% of the rows converted" in done.stderr
    with made.open(encoding="utf-8", newline="") as file:
        rows = [(row["code"], row["target"], row["weight"], row["coverage"]) for row in csv.DictReader(file)]
    assert rows == [
        ("620100", "62.10.00", "1.0", "total"),
        ("262000", "26.20.00", "0.5", "partial"),
        ("262000", "26.40.09", "0.5", "partial"),
        ("999999", "", "", "unknown"),
    ]
    prior = tmp_path / "prior.csv"
    prior.write_text("code\n26.40.09\n264009\n26.40.09\n262000\n", encoding="utf-8")
    weighed = json.loads(atlante(None, *arguments, "--prior", prior, "--json").stdout)
    assert [pair["weight"] for pair in weighed["pairs"] if pair["code"] == "262000"] == [0.25, 0.75]


def test_the_edition_of_a_table_is_told_with_the_evidence(tmp_path: Path) -> None:
    given = tmp_path / "firms.csv"
    given.write_text("code\n" + "\n".join(OF_2025), encoding="utf-8")
    told = json.loads(atlante(None, "ateco", "detect", given, "--column", "code", "--json").stdout)
    assert (told["verdict"], told["valid"]["2025"]) == ("2025", 6)
    absent = atlante(None, "ateco", "detect", given, "--column", "ateco")
    assert absent.returncode == 1
    assert "there is no column 'ateco'. Its header is: 'code'" in absent.stderr


def test_filiere_are_listed_and_checked_without_a_database(tmp_path: Path) -> None:
    listed = json.loads(atlante(None, "filiere", "list", "--json").stdout)
    assert sum(each["kind"] == "filiera" for each in listed) == 10
    done = atlante(None, "filiere", "check", "--json", ATLANTE_DATABASE_URL="", ATLANTE_DATA_DIR=str(tmp_path / "none"))
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["problems"], document["differences"], document["shares"]) == ([], [], [])
    assert document["overlap"]["in_several"] > 0
    assert "there is no database" in done.stderr
    assert not (tmp_path / "none").exists()


def test_a_filiera_of_ones_own_is_checked_with_its_share_of_the_firms_loaded(
    database: str, catalogue: Path, tmp_path: Path
) -> None:
    ingest(database, tell(catalogue, "2025"), text(tmp_path, [*OF_2025, "62", "NC"]))
    texts = "".join(f'[{key}]\nit = "t"\nen = "t"\nde = "t"\n' for key in ("title", "definition", "source"))
    own = tmp_path / "software.toml"
    stage = '[stages.core]\ntitle = { it = "t", en = "t", de = "t" }\n'
    lists = '[stages.core.members.2007]\n"62" = 1\n[stages.core.members.2025]\n"62.10" = 1\n"62.20.10" = 0.5\n'
    own.write_text(f"proposal = true\n{texts}{stage}{lists}", encoding="utf-8")
    done = atlante(database, "filiere", "check", own, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["shares"][0] == {
        "group": "software",
        "stage": "",
        "firms": 3,
        "share": pytest.approx(3 / 7),
        "partial_share": pytest.approx(1 / 3),
        "undecided": 1,
    }
    assert {"filiera": "software", "kind": "missing", "code": "622020", "origins": ["620300"]} in document[
        "differences"
    ]
    own.write_text(own.read_text(encoding="utf-8").replace('"62.10"', '"62.01"'), encoding="utf-8")
    refused = atlante(database, "filiere", "check", own)
    assert refused.returncode == 1
    line = own.read_text(encoding="utf-8").splitlines().index('"62.01" = 1') + 1
    assert f"{own}, line {line}: stages.core.members.2025.62.01: ATECO 2025 has no code 62.01" in refused.stderr
