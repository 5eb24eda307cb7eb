"""Parquet extracts: what the same table says as text."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from atlante.catalogue.sources import SourceDefinition, load_sources
from atlante.errors import EmptyFile, MissingColumn, NotARegister, UnreadableRegister
from atlante.registers import Extract, Reason, read_register
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2025, 5, 19)
COLUMNS = {
    "codice_fiscale": ["00000000001", "00000000002", "00000000003", "00000000003"],
    "denominazione": ["ALFA", "BETA  S.R.L. ", 'GAMMA "G", S.P.A.', "GAMMA"],
    "stato_attivita": ["ATTIVA", None, "ATTIVA", "ATTIVA"],
    "comune": ["ROMA", "NULL", "FORLI'", "FORLI'"],
    "codice_istat": ["058091", None, "040012", "040012"],
    "longitudine": [12.5, None, 12.04, 12.04],
    "latitudine": [41.9, None, 44.22, 44.22],
    "data_iscrizione": [date(2020, 1, 2), None, date(2999, 1, 1), date(1999, 12, 31)],
    "classe_addetti": ["0", "2-5", "500+", None],
}


@pytest.fixture
def source() -> SourceDefinition:
    return load_sources(default_catalogue_dir())["business_register"]


def read(path: Path, source: SourceDefinition) -> Extract:
    extract = read_register(path, source, as_of=DAY, today=DAY)
    assert len(extract.rows) + len(extract.rejects) == extract.rows_in_file
    return extract


def write(folder: Path, table: pa.Table) -> Path:
    path = folder / "register.parquet"
    pa.parquet.write_table(table, path)
    return path


def assert_same(one: Extract, other: Extract) -> None:
    pd.testing.assert_frame_equal(one.rows, other.rows)
    pd.testing.assert_frame_equal(one.rejects, other.rejects)


def test_parquet_and_text_give_the_same_rows_and_rejects(tmp_path: Path, source: SourceDefinition) -> None:
    table = pa.table(COLUMNS)
    pa.csv.write_csv(table, tmp_path / "register.csv")
    parquet, text = read(write(tmp_path, table), source), read(tmp_path / "register.csv", source)
    assert_same(parquet, text)
    assert parquet.rows["row_number"].tolist() == [2, 3, 5]
    assert parquet.rejects["reason"].tolist() == [Reason.IN_THE_FUTURE]


def test_types_make_no_difference(tmp_path: Path, source: SourceDefinition) -> None:
    """Numbers for codes, dictionaries and timestamps: what other programs make of the same columns."""
    table = pa.table(COLUMNS)
    typed = {
        "codice_istat": pa.int64(),
        "stato_attivita": pa.dictionary(pa.int8(), pa.string()),
        "data_iscrizione": pa.timestamp("ms"),
        "denominazione": pa.large_string(),
    }
    other = pa.table([table[name].cast(typed.get(name, table[name].type)) for name in COLUMNS], names=list(COLUMNS))
    before = read(write(tmp_path, table), source)
    assert_same(read(write(tmp_path, other), source), before)


def test_a_coordinate_that_is_no_number_is_unknown(tmp_path: Path, source: SourceDefinition) -> None:
    table = pa.table(COLUMNS | {"longitudine": [float("nan")] * 4, "latitudine": [float("nan")] * 4})
    assert read(write(tmp_path, table), source).rows["longitude"].isna().all()


def test_a_damaged_file_is_refused(tmp_path: Path, source: SourceDefinition) -> None:
    path = tmp_path / "register.parquet"
    path.write_bytes(write(tmp_path, pa.table(COLUMNS)).read_bytes()[:-40])
    with pytest.raises(NotARegister, match="Parquet"):
        read(path, source)


def test_damage_in_the_middle_is_refused_too(tmp_path: Path, source: SourceDefinition) -> None:
    path = tmp_path / "register.parquet"
    pa.parquet.write_table(pa.table({name: values * 500 for name, values in COLUMNS.items()}), path)
    content = bytearray(path.read_bytes())
    content[8:400] = bytes(392)
    path.write_bytes(content)
    with pytest.raises(UnreadableRegister):
        read(path, source)


def test_a_file_without_rows_or_without_a_column_is_refused(tmp_path: Path, source: SourceDefinition) -> None:
    table = pa.table(COLUMNS)
    with pytest.raises(EmptyFile):
        read(write(tmp_path, table.slice(0, 0)), source)
    with pytest.raises(MissingColumn, match="codice_fiscale"):
        read(write(tmp_path, table.drop_columns("codice_fiscale")), source)
