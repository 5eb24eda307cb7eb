"""Answers to surveys on the road: loaded once, kept apart by what is real, and made into estimates for territories."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from atlante import pipeline
from atlante.catalogue.placement import load_placement_rules
from atlante.catalogue.surveys import load_surveys
from atlante.database import Role, connect
from atlante.errors import MixedAnswers, PipelineBusy, RejectedRows, UnknownSurvey
from atlante.maturity import estimate, read_answers, read_material
from atlante.pipeline.surveys import SurveyIntake, SyntheticRequest, load_survey, write_synthetic_survey
from atlante.placement import place_firms
from atlante.registers import business_file_name
from atlante.settings import default_catalogue_dir
from atlante.territories import latest_vintage

if TYPE_CHECKING:
    from pathlib import Path

    from atlante.database import Cluster
    from atlante.maturity import AnswerSummary

CATALOGUE = default_catalogue_dir()
SURVEY = load_surveys(CATALOGUE)["dii_2023"]
DAY = dt.date(2024, 5, 31)
HEADER = "firm,survey,item,version,date,answer,provenance\n"


def load(url: str, path: Path, *, accept_rejects: bool = False) -> AnswerSummary:
    intake = SurveyIntake("dii_2023", path, dt.date(2024, 12, 31), accept_rejects=accept_rejects)
    return load_survey(url, CATALOGUE, intake)[1]


def write(folder: Path, *rows: str, name: str = "answers.csv") -> Path:
    path = folder / name
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def answer(
    firm: str = "01234567890", item: str = "erp", said: str = "yes", day: str = "2024-05-31", mark: str = ""
) -> str:
    return f"{firm},dii,{item},2023,{day},{said},{mark}"


def counted(url: str, table: str) -> int:
    with psycopg.connect(url) as connection:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table.split(".")))
        return connection.execute(query).fetchone()[0]


@pytest.fixture(scope="module")
def files(italy_template: str, server: Cluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return an invented register and the answers of some of its firms."""
    folder = tmp_path_factory.mktemp("survey")
    paths = folder / business_file_name(DAY), folder / "INDAGINE_SINTETICA.csv"
    request = SyntheticRequest("dii_2023", firms=20_000, respondents=600, seed=1, day=DAY)
    name = "made_for_surveys"
    with psycopg.connect(server.url(database="postgres"), autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(italy_template)
            )
        )
    write_synthetic_survey(server.url(database=name), CATALOGUE, *paths, request)
    return paths


@pytest.fixture
def surveyed(italy: str, files: tuple[Path, Path], tmp_path: Path) -> str:
    """Return the address of a database with the register, placed, and the answers."""
    register, answers = files
    pipeline.ingest(italy, CATALOGUE, pipeline.Intake("business_register", register, today=dt.date(2024, 12, 31)))
    load(italy, answers)
    with connect(italy, role=Role.LOAD) as connection:
        place_firms(
            connection,
            source_id="business_register",
            reference_date=DAY,
            vintage=latest_vintage(connection),
            rules=load_placement_rules(CATALOGUE),
            cache_dir=tmp_path,
        )
    return italy


def test_every_row_is_accounted_for_and_the_run_says_so(database: str, tmp_path: Path) -> None:
    path = write(tmp_path, answer(), answer(item="crm", said=""), answer(item="robots"), answer(item="ai", said="7"))
    with pytest.raises(RejectedRows, match="2 of the 4 rows"):
        load(database, path)
    assert counted(database, "ops.run") == counted(database, "register.survey_answer") == 0

    summary = load(database, path, accept_rejects=True)
    assert (summary.rows_in_file, summary.accepted, summary.rejected) == (4, 2, 2)
    assert (summary.firms, summary.firms_unknown, summary.answers_unknown) == (1, 1, 2)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT verb, summary ->> 'accepted' FROM ops.run").fetchall() == [
            ("survey load", "2")
        ]
        rejects = connection.execute("SELECT row_number, field, reason, value FROM ops.reject ORDER BY 1").fetchall()
    assert rejects == [
        (4, "item", "item of another version: 2022", "robots"),
        (5, "answer", "not an answer to this item", "7"),
    ]
    assert counted(database, "register.survey_staging") == 0


def test_the_same_file_again_changes_nothing_and_a_correction_replaces_its_answer(
    database: str, tmp_path: Path
) -> None:
    path = write(tmp_path, answer(), answer(item="crm"))
    assert load(database, path).new == 2
    again = load(database, path)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    corrected = load(database, write(tmp_path, answer(said="no"), answer(said="no", day="2024-06-30")))
    assert (corrected.new, corrected.changed, corrected.unchanged) == (1, 1, 0)
    assert (counted(database, "register.survey_answer"), counted(database, "register.survey_file")) == (3, 2)


def test_the_latest_answers_up_to_a_day_are_read(database: str, tmp_path: Path) -> None:
    load(database, write(tmp_path, answer(), answer(said="no", day="2024-06-30"), answer(item="crm", said="")))
    with connect(database, role=Role.LOAD) as connection:
        on_the_day = read_answers(connection, "dii_2023", until=DAY).set_index("item")["answer"]
        later = read_answers(connection, "dii_2023", until=dt.date(2024, 7, 1)).set_index("item")["answer"]
        assert read_answers(connection, "dii_2023", until=dt.date(2024, 1, 1)).empty
    assert (on_the_day["erp"], later["erp"]) == (1, 0)
    assert on_the_day.isna()["crm"]


def test_invented_answers_and_real_ones_are_not_mixed(database: str, tmp_path: Path) -> None:
    real, invented = write(tmp_path, answer()), write(tmp_path, answer(item="crm", mark="DATI SINTETICI"), name="b.csv")
    load(database, real)
    with pytest.raises(MixedAnswers, match="are synthetic, but this database holds real answers to it"):
        load(database, invented)
    assert counted(database, "register.survey_answer") == 1


def test_real_answers_of_invented_firms_are_refused(surveyed: str, tmp_path: Path) -> None:
    with psycopg.connect(surveyed) as connection:
        firm = connection.execute("SELECT min(firm_id) FROM register.firm").fetchone()[0]
        connection.execute("DELETE FROM register.survey_answer")
        connection.execute("DELETE FROM register.survey_file")
    with pytest.raises(MixedAnswers, match="a synthetic register business_register with these firms"):
        load(surveyed, write(tmp_path, answer(firm)))


def test_an_unknown_survey_is_refused(database: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownSurvey, match="dii_2023"):
        load_survey(database, CATALOGUE, SurveyIntake("dii_1999", write(tmp_path, answer()), DAY))


def test_one_writer_at_a_time(database: str, tmp_path: Path) -> None:
    with psycopg.connect(database) as other:
        other.execute("SELECT pg_advisory_xact_lock(x'41544C41'::integer)")
        with pytest.raises(PipelineBusy):
            load(database, write(tmp_path, answer()))


def test_the_road_from_files_to_estimates(surveyed: str) -> None:
    with connect(surveyed, role=Role.LOAD) as connection:
        place = connection.execute(
            "SELECT DISTINCT source_id, reference_date, vintage_id FROM register.placement_case"
        ).fetchone()
        names = ("source_id", "reference_date", "vintage_id")
        material = read_material(connection, SURVEY, **dict(zip(names, place, strict=True)))
    found = estimate(
        material.answers,
        material.firms,
        SURVEY,
        population=material.population,
        territories=material.territories,
    )
    basic = found.table.query("category == 'basic'")
    country = basic.query("level == 'country'").iloc[0]
    assert (found.answered, found.unknown) == (600, 0)
    assert len(found.firm_ids) + found.outside + found.undecided == 600
    assert found.outside <= 30, "a few invented points lie abroad or nowhere"
    assert found.weighting.weights.sum() == pytest.approx(country["firms"]) == material.population["firms"].sum()
    assert 0.5 < country["value"] < 0.75
    assert basic["level"].value_counts().to_dict() == {
        "municipality": len(material.territories),
        "province": 107,
        "region": 20,
        "country": 1,
    }
    assert basic.groupby("level")["n"].sum().nunique() == 1
    assert basic.groupby("level")["firms"].sum().nunique() == 1


def run(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "atlante.cli", *arguments],
        env=os.environ | {"ATLANTE_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_commands_invent_load_and_list(italy: str, tmp_path: Path) -> None:
    made = run(
        italy,
        "synthetic",
        "survey",
        str(tmp_path),
        "--firms",
        "3000",
        "--respondents",
        "50",
        "--as-of",
        "2024-05-31",
        "--json",
    )
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert (told["respondents"], told["answers"]) == (50, 600)
    assert "REGISTRO_SINTETICO" in told["register"]
    assert "INDAGINE_SINTETICA_dii_2023_2024-05-31" in told["answers_file"]

    loaded = run(italy, "survey", "load", "dii_2023", told["answers_file"], "--json")
    assert loaded.returncode == 0, loaded.stderr
    assert "50 of 50 firms are in no register" in loaded.stderr
    assert json.loads(loaded.stdout)["is_synthetic"]

    listed = json.loads(run(italy, "survey", "list", "--json").stdout)
    assert {row["survey"]: row["firms"] for row in listed}["dii_2023"] == 50
    assert {row["survey"]: row["firms"] for row in listed}["dii_2022"] == 0


def test_rejects_are_told_and_written(database: str, tmp_path: Path) -> None:
    path, rejects = write(tmp_path, answer(), answer(item="robots")), tmp_path / "rejects.csv"
    answered = run(database, "survey", "load", "dii_2023", str(path), "--rejects", str(rejects))
    assert (answered.returncode, answered.stdout) == (1, "")
    assert "line 3: item: item of another version: 2022: 'robots'" in answered.stderr
    assert "RejectedRows" in answered.stderr
    assert rejects.read_text().splitlines()[1] == "3,item,item of another version: 2022,robots"
