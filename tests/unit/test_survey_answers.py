"""Files of survey answers: every row is accepted or rejected by its line and reason."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from atlante.catalogue.surveys import Survey, load_surveys
from atlante.errors import UnreadableAnswers
from atlante.maturity import AnswerReason, Answers, read_answer_file
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "codice_fiscale,indagine,voce,versione,data,risposta"
GOOD = "01234567890,dii,erp,2023,2024-05-31,sì"
TODAY = dt.date(2024, 12, 31)


@pytest.fixture(scope="module")
def surveys() -> dict[str, Survey]:
    return load_surveys(default_catalogue_dir())


def read(folder: Path, surveys: dict[str, Survey], *lines: str, header: str = HEADER, name: str = "a.csv") -> Answers:
    path = folder / name
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return read_answer_file(path, surveys["dii_2023"], surveys, today=TODAY)


def test_a_good_row_is_read(tmp_path: Path, surveys: dict[str, Survey]) -> None:
    answers = read(tmp_path, surveys, GOOD)
    assert answers.rows.to_dict("records") == [
        {"row_number": 2, "firm_id": "01234567890", "item": "erp", "answered_on": dt.date(2024, 5, 31), "answer": 1}
    ]
    assert (len(answers.rejects), answers.rows_in_file, answers.is_synthetic) == (0, 1, False)


@pytest.mark.parametrize(
    ("text", "answer"),
    [("sì", 1), ("SI", 1), ("yes", 1), ("ja", 1), ("1", 1), ("true", 1), ("No", 0), ("nein", 0), ("0", 0), ("", None)],
)
def test_answers_are_said_in_three_languages_and_blank_means_left_open(
    tmp_path: Path, surveys: dict[str, Survey], text: str, answer: int | None
) -> None:
    value = read(tmp_path, surveys, GOOD.replace("sì", text)).rows["answer"].iloc[0]
    assert value == answer if answer is not None else pd.isna(value)


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_any_usual_delimiter_and_order_of_columns_will_do(
    tmp_path: Path, surveys: dict[str, Survey], delimiter: str
) -> None:
    header = delimiter.join(["Date", "Answer", "Item", "Version", "Survey", "Fiscal Code"])
    row = delimiter.join(["31/05/2024", '"yes"', "erp", "2023", "dii_2023", " rssmra80a01h501u "])
    rows = read(tmp_path, surveys, row, header=header).rows
    assert rows[["firm_id", "answered_on", "answer"]].iloc[0].tolist() == ["RSSMRA80A01H501U", dt.date(2024, 5, 31), 1]


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (GOOD.replace("01234567890", ""), "firm_id", AnswerReason.MISSING),
        (GOOD.replace("01234567890", "9" * 65), "firm_id", AnswerReason.TOO_LONG),
        (GOOD.replace("dii", "selfi"), "survey", AnswerReason.OTHER_SURVEY),
        (GOOD.replace(",2023,", ",2022,"), "version", AnswerReason.OTHER_VERSION),
        (GOOD.replace("erp", "robots"), "item", "item of another version: 2022"),
        (GOOD.replace("erp", "ict_specialists"), "item", "item of another version: 2022, 2024"),
        (GOOD.replace("erp", "telepathy"), "item", AnswerReason.UNKNOWN_ITEM),
        (GOOD.replace("2024-05-31", "2024-02-30"), "answered_on", AnswerReason.NOT_A_DATE),
        (GOOD.replace("2024-05-31", "May"), "answered_on", AnswerReason.NOT_A_DATE),
        (GOOD.replace("2024-05-31", "1999-12-31"), "answered_on", AnswerReason.TOO_EARLY),
        (GOOD.replace("2024-05-31", "2025-01-01"), "answered_on", AnswerReason.IN_THE_FUTURE),
        (GOOD.replace("sì", "2"), "answer", AnswerReason.NOT_AN_ANSWER),
        (GOOD.replace("sì", "-1"), "answer", AnswerReason.NOT_AN_ANSWER),
        (GOOD.replace("sì", "maybe"), "answer", AnswerReason.NOT_AN_ANSWER),
        (GOOD + ",x", "row", AnswerReason.WRONG_FIELDS),
        ("01234567890,dii", "row", AnswerReason.WRONG_FIELDS),
        (GOOD.replace("sì", "no"), "item", AnswerReason.DUPLICATE),
    ],
)
def test_a_bad_row_is_rejected_with_its_line_and_reason(
    tmp_path: Path, surveys: dict[str, Survey], line: str, field: str, reason: str
) -> None:
    answers = read(tmp_path, surveys, GOOD, line, GOOD.replace("erp", "crm"))
    assert answers.rejects[["row_number", "field", "reason"]].iloc[0].tolist() == [3, field, reason]
    assert len(answers.rows) + len(answers.rejects) == answers.rows_in_file == 3


def test_another_day_is_no_duplicate(tmp_path: Path, surveys: dict[str, Survey]) -> None:
    assert len(read(tmp_path, surveys, GOOD, GOOD.replace("-31", "-30")).rows) == 2


def test_a_rejected_row_does_not_make_a_later_one_a_duplicate(tmp_path: Path, surveys: dict[str, Survey]) -> None:
    assert len(read(tmp_path, surveys, GOOD.replace("sì", "2"), GOOD).rows) == 1


def test_one_row_that_says_so_makes_the_file_synthetic(tmp_path: Path, surveys: dict[str, Survey]) -> None:
    lines = [GOOD + ",", GOOD.replace("erp", "crm") + ",dati sintetici"]
    assert read(tmp_path, surveys, *lines, header=HEADER + ",provenienza").is_synthetic


def test_parquet_with_typed_columns_is_read_as_its_text(tmp_path: Path, surveys: dict[str, Survey]) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame(
        {
            "firm": ["01234567890", "01234567890", "01234567890", None],
            "survey": "dii",
            "item": ["erp", "crm", "ai", "erp"],
            "version": 2023,
            "date": pd.to_datetime(["2024-05-31"] * 4),
            "answer": [1.0, 0.0, None, 1.0],
        }
    ).to_parquet(path)
    answers = read_answer_file(path, surveys["dii_2023"], surveys, today=TODAY)
    assert answers.rows["answer"].fillna(-1).tolist() == [1, 0, -1]
    assert answers.rejects[["row_number", "reason"]].to_numpy().tolist() == [[5, "missing value"]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (HEADER.encode() + b"\n", "a header and no row"),
        (HEADER.encode("utf-8") + b"\n" + GOOD.encode("latin-1") + b"\n", "is not UTF-8; save it as UTF-8"),
        (
            b"a,b,c\n1,2,3\n",
            r"no column for firm_id \(accepted headers: 'codice fiscale', .*its header is 'a', 'b', 'c'",
        ),
        (f"{HEADER},firm\n{GOOD},x\n".encode(), "columns 'codice_fiscale' and 'firm' both mean firm_id"),
        (f"{HEADER},voce\n{GOOD},x\n".encode(), "the header 'voce' stands there twice"),
    ],
)
def test_a_file_that_is_no_table_of_answers_is_refused(
    tmp_path: Path, surveys: dict[str, Survey], content: bytes, said: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableAnswers, match=said):
        read_answer_file(path, surveys["dii_2023"], surveys, today=TODAY)


def test_a_file_that_is_not_there_or_no_parquet_is_refused(tmp_path: Path, surveys: dict[str, Survey]) -> None:
    with pytest.raises(UnreadableAnswers, match="No such file"):
        read_answer_file(tmp_path / "none.csv", surveys["dii_2023"], surveys, today=TODAY)
    (tmp_path / "a.parquet").write_bytes(b"PAR?")
    with pytest.raises(UnreadableAnswers, match="it is no Parquet file"):
        read_answer_file(tmp_path / "a.parquet", surveys["dii_2023"], surveys, today=TODAY)
