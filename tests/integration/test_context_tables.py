"""Tables of the context: every row accepted or rejected by name; blank, zero and unknown are three things."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from atlante.errors import ReferenceDateMissing, RejectedRows, UnknownContext, UnreadableContext
from atlante.pipeline.context_tables import ContextIntake, load_context_table
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from pathlib import Path

HEADER = (
    "pro_com,Celle 20m x 20m raggiunte,Celle 20m x 20m raggiunte FTTH,Celle 20m x 20m raggiunte FTTC,"
    "Famiglie Residenti (calcolato),Famiglie raggiunte FTTH (calcolato)\n"
)
ROWS = {
    "1001": "1001,10,0,1,100,\n",  # a code without its zeros; no cell, so no family
    "1002": "1002,10,5,1,100,\n",  # cells, but nobody says how many families
    "1003": "1003,10,5,1,100,40\n",
    "999999": "999999,1,1,1,1,1\n",
    "1004": "1004,1,1,1,many,1\n",
}


def _file(folder: Path, *codes: str, name: str = "agcom_2025-03-31.csv") -> Path:
    path = folder / name
    path.write_text(HEADER + "".join(ROWS[code] for code in codes), encoding="utf-8")
    return path


def test_blank_zero_and_unknown_are_three_things(italy: str, tmp_path: Path) -> None:
    path = _file(tmp_path, "1001", "1002", "1003")
    summary = load_context_table(italy, default_catalogue_dir(), ContextIntake("agcom_broadband", path))
    assert (summary.rows_in_file, summary.accepted, summary.rejected) == (3, 3, 0)
    assert str(summary.reference_date) == "2025-03-31"
    with psycopg.connect(italy) as connection:
        rows = connection.execute(
            "SELECT istat_code, value FROM measure.context INNER JOIN territory.municipality USING (municipality_code) "
            "WHERE variable_id = 'families_ftth' ORDER BY istat_code"
        ).fetchall()
    assert rows == [("001001", 0), ("001002", None), ("001003", 40)]


def test_rejected_rows_are_named_and_keep_the_file_out_unless_accepted(italy: str, tmp_path: Path) -> None:
    path, told = _file(tmp_path, "1001", "999999", "1004", "1001"), []
    intake = ContextIntake("agcom_broadband", path)
    with pytest.raises(RejectedRows, match="3 of the 4 rows"):
        load_context_table(italy, default_catalogue_dir(), intake, on_read=lambda file: told.append(file.rejects))
    assert told[0]["row_number"].tolist() == [3, 4, 5]
    assert told[0]["value"].tolist() == ["999999", "many", "1001"]
    accepted = ContextIntake("agcom_broadband", path, accept_rejects=True)
    summary = load_context_table(italy, default_catalogue_dir(), accepted)
    assert (summary.accepted, summary.rejected) == (1, 3)
    with psycopg.connect(italy) as connection:
        assert connection.execute("SELECT count(*) FROM ops.reject").fetchone() == (3,)


def test_the_table_of_the_same_day_is_replaced(italy: str, tmp_path: Path) -> None:
    for codes in (("1001", "1002"), ("1003",)):
        intake = ContextIntake("agcom_broadband", _file(tmp_path, *codes))
        load_context_table(italy, default_catalogue_dir(), intake)
    with psycopg.connect(italy) as connection:
        assert connection.execute("SELECT count(*) FROM measure.context").fetchone() == (5,)


def test_what_is_no_table_of_the_context_is_refused(italy: str, tmp_path: Path) -> None:
    catalogue = default_catalogue_dir()
    with pytest.raises(UnknownContext, match="Known: agcom_broadband"):
        load_context_table(italy, catalogue, ContextIntake("nothing", tmp_path / "x.csv"))
    with pytest.raises(ReferenceDateMissing):
        load_context_table(italy, catalogue, ContextIntake("agcom_broadband", _file(tmp_path, "1001", name="a.csv")))
    other = tmp_path / "agcom_2025-03-31.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(UnreadableContext, match="there is no column"):
        load_context_table(italy, catalogue, ContextIntake("agcom_broadband", other))


def test_a_quote_that_is_never_closed_is_told_with_its_line(italy: str, tmp_path: Path) -> None:
    path = _file(tmp_path, "1003")
    path.write_text(path.read_text(encoding="utf-8") + '"' + "1004,1,1,1,1,1\n" * 10_000, encoding="utf-8")
    with pytest.raises(UnreadableContext, match="what follows line 2 is no row of a table"):
        load_context_table(italy, default_catalogue_dir(), ContextIntake("agcom_broadband", path))


def test_a_name_with_a_day_that_is_none_says_no_day(italy: str, tmp_path: Path) -> None:
    path = _file(tmp_path, "1003", name="agcom_2025-13-31.csv")
    with pytest.raises(ReferenceDateMissing):
        load_context_table(italy, default_catalogue_dir(), ContextIntake("agcom_broadband", path))
