"""The command line on real files: bad input gives one clear error, exit code 1, and changes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from official_export import HEADER, ROW

from atlante.cli import application
from atlante.pipeline import read_status

if TYPE_CHECKING:
    from pathlib import Path


def _run(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "atlante.cli", *arguments],
        env=os.environ | {"ATLANTE_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _row(**changes: str) -> str:
    """Return the good row with fields changed by their place in the header."""
    fields = ROW.split("|")
    for place, value in changes.items():
        fields[int(place.removeprefix("f"))] = value
    return "|".join(fields)


_BAD_FILES = {
    "an empty file": (b"", "EmptyFile"),
    "a header alone": (HEADER.encode("latin-1") + b"\n", "EmptyFile"),
    "UTF-8 instead of latin-1": (
        f"{HEADER}\n".encode() + "\n".join(_row(f0=f"CAFFÈ È PIÙ CITTÀ {n}", f2=f"{n:011}") for n in range(9)).encode(),
        "WrongEncoding",
    ),
    "a missing column": (f"{HEADER.replace('|comune|', '|paese|')}\n{ROW}\n".encode("latin-1"), "MissingColumn"),
    "a duplicated header": (f"{HEADER}|comune\n{ROW}|ROMA\n".encode("latin-1"), "DuplicateColumn"),
    "a row with too many fields": (f"{HEADER}\n{ROW}|x|y\n".encode("latin-1"), "RejectedRows"),
    "a row with too few fields": (
        f"{HEADER}\n{ROW}\nBETA|SR|01234567891|MI\n{ROW}\n".encode("latin-1"),
        "RejectedRows",
    ),
    "a code of the wrong length": (f"{HEADER}\n{_row(f2='0123456')}\n".encode("latin-1"), "RejectedRows"),
    "a date in the future": (f"{HEADER}\n{_row(f5='01/02/2031')}\n".encode("latin-1"), "RejectedRows"),
    "a zip archive": (b"PK\x03\x04" + bytes(range(256)) * 8, "NotARegister"),
    "a web page": (b"<!DOCTYPE html><html><body>Servizio non disponibile</body></html>", "NotARegister"),
    "another table": (b"a,b,c\n1,2,3\n", "NotARegister"),
}


@pytest.mark.parametrize("what", _BAD_FILES)
def test_bad_input_gives_one_clear_error_and_changes_nothing(what: str, database: str, tmp_path: Path) -> None:
    content, error = _BAD_FILES[what]
    file = tmp_path / "STARTUP_19052025.csv"
    file.write_bytes(content)

    answer = _run(database, "ingest", "innovative_startups", str(file))

    assert (answer.returncode, answer.stdout) == (1, "")
    assert f"{error}: " in answer.stderr
    assert file.name in answer.stderr
    assert "Traceback" not in answer.stderr
    assert read_status(database).extracts == []


def test_rejects_are_written_with_row_field_and_reason(database: str, tmp_path: Path) -> None:
    file, rejects = tmp_path / "STARTUP_19052025.csv", tmp_path / "rejects.csv"
    file.write_text(f"{HEADER}\n{ROW}\n{_row(f2='77')}\n{_row(f2='09876543210')}\n", encoding="latin-1")
    arguments = ["ingest", "innovative_startups", str(file), "--rejects", str(rejects), "--json"]

    kept_out = _run(database, *arguments)
    loaded = _run(database, *arguments, "--accept-rejects")

    assert kept_out.returncode == 1
    header, *rows = rejects.read_text().splitlines()
    assert header == "row_number,field,reason,value"
    assert len(rows) == 1
    assert rows[0].startswith("3,fiscal_code,")
    assert loaded.returncode == 0
    summary = json.loads(loaded.stdout)
    assert (summary["rows_in_file"], summary["accepted"], summary["rejected"]) == (3, 2, 1)


def test_a_file_cut_off_at_a_line_end_is_refused_until_it_is_accepted(database: str, tmp_path: Path) -> None:
    rows = [_row(f2=f"{n:011}") for n in range(120)]
    whole, cut = tmp_path / "STARTUP_12052025.csv", tmp_path / "STARTUP_19052025.csv"
    whole.write_text("\n".join([HEADER, *rows, ""]), encoding="latin-1")
    cut.write_text("\n".join([HEADER, *rows[:60], ""]), encoding="latin-1")
    assert _run(database, "ingest", "innovative_startups", str(whole)).returncode == 0

    refused = _run(database, "ingest", "innovative_startups", str(cut))
    days = [extract["reference_date"] for extract in read_status(database).extracts]
    accepted = _run(database, "ingest", "innovative_startups", str(cut), "--accept-shrinkage", "--json")

    assert refused.returncode == 1
    assert "SuspiciousShrinkage: " in refused.stderr
    assert "60 of the 120" in refused.stderr
    assert "--accept-shrinkage" in refused.stderr
    assert len(days) == 1
    assert json.loads(accepted.stdout)["closed"] == 60


def test_an_unknown_source_is_a_usage_error_that_names_the_known_ones(database: str, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("x")
    answer = _run(database, "ingest", "patents", str(file))
    assert answer.returncode == 2
    assert "innovative_startups" in answer.stderr


def test_a_database_that_does_not_answer_is_an_infrastructure_error(tmp_path: Path) -> None:
    answer = _run(f"postgresql:///x?host={tmp_path}", "status")
    assert answer.returncode == 3
    assert answer.stderr.startswith("DatabaseUnavailable: ")


def test_an_unknown_option_is_a_usage_error() -> None:
    assert _run("postgresql:///x", "build", "--nonsense").returncode == 2


def test_building_before_anything_is_loaded_says_what_to_run(database: str) -> None:
    answer = _run(database, "build")
    assert answer.returncode == 1
    assert "atlante ingest" in answer.stderr


def test_a_file_without_a_date_in_its_name_asks_for_one(database: str, tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text(f"{HEADER}\n{ROW}\n", encoding="latin-1")
    answer = _run(database, "ingest", "innovative_startups", str(file))
    assert answer.returncode == 2
    assert "--as-of" in answer.stderr


def test_a_defect_is_reported_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(application, "app", lambda: 1 / 0)
    monkeypatch.delenv("ATLANTE_DEBUG", raising=False)
    with pytest.raises(SystemExit) as exit_:
        application.main()
    assert exit_.value.code == 3
    assert "UnexpectedFailure: ZeroDivisionError" in capsys.readouterr().err
