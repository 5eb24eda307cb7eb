"""Files that can't be read as a whole: each gives one clear error that names the cause."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from datetime import date
from typing import TYPE_CHECKING

import pytest

from atlante.catalogue.sources import SourceDefinition, load_sources
from atlante.errors import (
    DuplicateColumn,
    EmptyFile,
    InvalidSetting,
    MissingColumn,
    NotARegister,
    ReferenceDateMissing,
    UnreadableRegister,
    WrongEncoding,
)
from atlante.registers import Extract, read_register
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from pathlib import Path

HEADER = (
    "denominazione|codice fiscale |pv|comune|data iscrizione alla sezione delle startup|"
    "data iscrizione al Registro Imprese|data inizio dell'esercizio effettivo dell'attività|ateco 2007|"
    "classe addetti|classe val.prod.|classe cap.sociale|alto valore tecnologico|spese in ricerca e sviluppo |"
    "forza lavoro con titoli |possesso di brevetti "
)
ROW = "ALFA S.R.L.|01234567890|TO|IVREA|01/02/2020|01/02/2020||62.01|A|B|3|SI|SI||"


@pytest.fixture
def source() -> SourceDefinition:
    return load_sources(default_catalogue_dir())["innovative_startups"]


def read(
    folder: Path, source: SourceDefinition, content: bytes | str, *, name: str = "startup_01022021.csv"
) -> Extract:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("latin-1"))
    return read_register(path, source, as_of=None, today=date(2021, 2, 1))


def test_a_clean_file_is_read(tmp_path: Path, source: SourceDefinition) -> None:
    extract = read(tmp_path, source, f"{HEADER}\n{ROW}\n")
    assert (extract.rows_in_file, len(extract.rejects), extract.legend_lines, extract.blank_lines) == (1, 0, 0, 0)
    assert extract.reference_date == date(2021, 2, 1)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "nothing"),
        ("\n \r\n", "blank lines"),
        (f"{HEADER}\n", "no rows"),
        (f"{HEADER}\n\n(1) legenda\n", "no rows"),
    ],
)
def test_a_file_without_rows_is_empty(tmp_path: Path, source: SourceDefinition, content: str, what: str) -> None:
    with pytest.raises(EmptyFile, match=what):
        read(tmp_path, source, content)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04 and so on", "xlsx"),
        (b"\xd0\xcf\x11\xe0 and so on", "xls"),
        (b"%PDF-1.7", "PDF"),
        (gzip.compress(b"x"), "gzip"),
        (b"  <!DOCTYPE html><html></html>", "web page"),
        (b'<?xml version="1.0"?>', "XML"),
        (b"just a letter\nto a friend\n", "first line"),
        (b"colour|size\nred|3\n", "none of its columns"),
    ],
)
def test_another_kind_of_file_is_called_by_its_name(
    tmp_path: Path, source: SourceDefinition, content: bytes, kind: str
) -> None:
    with pytest.raises(NotARegister, match=kind):
        read(tmp_path, source, content)


def zipped(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (zipped("[Content_Types].xml", "xl/workbook.xml"), r"an Excel workbook \(\.xlsx\).*save the sheet as CSV"),
        (zipped("mimetype", "content.xml"), r"LibreOffice document.*save the sheet as CSV"),
        (zipped("register.csv"), r"a ZIP archive of register\.csv.*unpack it"),
        (b"ARROW1\0\0 and so on\0\0\0", "an Arrow"),
        (bytes(range(256)) * 8, "a binary file"),
        (b"PARE and so on\0\0\0", "an encrypted Parquet file"),
    ],
)
def test_a_binary_file_is_refused_with_what_it_is_and_what_would_be_valid(
    tmp_path: Path, source: SourceDefinition, content: bytes, kind: str
) -> None:
    valid = rf"it is .*valid is a table as text in {source.encoding}, .* or as Parquet"
    with pytest.raises(NotARegister, match=kind) as raised:
        read(tmp_path, source, content)
    assert re.search(valid, str(raised.value))


def test_a_header_that_begins_like_the_signature_of_a_format_is_text(tmp_path: Path, source: SourceDefinition) -> None:
    with pytest.raises(NotARegister, match="none of its columns is known"):
        read(tmp_path, source, b"ORCHARD|BZh\nx|y\n")


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("utf-16-le", "NUL"), ("cp850", "0x85")],
)
def test_text_in_another_encoding_is_refused(
    tmp_path: Path, source: SourceDefinition, encoding: str, found: str
) -> None:
    with pytest.raises(WrongEncoding, match=found):
        read(tmp_path, source, f"{HEADER}\n{ROW}\n".encode(encoding))


def test_the_wrong_byte_is_named_by_its_position(tmp_path: Path, source: SourceDefinition) -> None:
    content = f"{HEADER}\n{ROW}\n".encode("latin-1")
    with pytest.raises(WrongEncoding) as raised:
        read(tmp_path, source, content + b"L\x8dAQUILA")
    assert raised.value.position == len(content) + 1


WINDOWS_NAMES = ["L\u2019AQUILA \u2013 100 €", "“ALFA” S.R.L.", "E ALTRO… S.R.L.", "MARCHIO™", "ŠKODA", "PERÒ • FORLÌ"]


def test_the_official_export_may_have_the_signs_that_windows_puts_in(tmp_path: Path, source: SourceDefinition) -> None:
    rows = [ROW.replace("ALFA S.R.L.", name).replace("01234567890", f"{n:011}") for n, name in enumerate(WINDOWS_NAMES)]
    extract = read(tmp_path, source, "\n".join([HEADER, *rows, ""]).encode("cp1252"))
    assert extract.rows["name"].tolist() == WINDOWS_NAMES


def test_a_header_with_the_apostrophe_of_windows_is_known(tmp_path: Path, source: SourceDefinition) -> None:
    content = f"{HEADER.replace("dell'", 'dell\u2019')}\n{ROW}\n"
    assert read(tmp_path, source, content.encode("cp1252")).rows_in_file == 1


def test_every_character_of_latin_1_is_read_as_itself(tmp_path: Path, source: SourceDefinition) -> None:
    characters = "".join(map(chr, [*range(0xA1, 0xAD), *range(0xAE, 0x100)]))
    extract = read(tmp_path, source, f"{HEADER}\n{ROW.replace('ALFA', characters)}\n")
    assert extract.rows["name"].tolist() == [f"{characters} S.R.L."]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("cp850", "Città più perché"),
        ("cp850", "Comò über alles"),  # 0x81 is no character
        ("cp850", "Può darsi"),
        ("mac_roman", "Città"),
        ("mac_roman", "Perché Forlì"),
    ],
)
def test_text_of_dos_and_macintosh_is_told_by_signs_inside_words(
    tmp_path: Path, source: SourceDefinition, encoding: str, name: str
) -> None:
    header = HEADER.replace("attività", "attivita")
    with pytest.raises(WrongEncoding):
        read(tmp_path, source, f"{header}\n{ROW.replace('ALFA', name)}\n".encode(encoding))


def test_a_slip_among_signs_that_are_in_place_is_read(tmp_path: Path, source: SourceDefinition) -> None:
    name = "L\u2019ALTRA D\u2019ITALIA \u2013 A•B"
    extract = read(tmp_path, source, f"{HEADER}\n{ROW.replace('ALFA S.R.L.', name)}\n".encode("cp1252"))
    assert extract.rows["name"].tolist() == [name]


def test_utf_8_with_a_broken_character_is_refused(tmp_path: Path, source: SourceDefinition) -> None:
    content = f"{HEADER.replace('attività', 'attivita')}\n{ROW.replace('ALFA', 'PIÙ CITTÀ È')}\n".encode()
    with pytest.raises(WrongEncoding):
        read(tmp_path, source, content.replace(b"IVREA", b"IVR\xc8A"))


def test_a_sign_of_windows_in_latin_1_is_named_with_the_encoding_that_reads_it(
    tmp_path: Path, source: SourceDefinition
) -> None:
    content = f"{HEADER}\n{ROW.replace('ALFA', 'L\u2019AQUILA')}\n".encode("cp1252")
    with pytest.raises(WrongEncoding, match=r'0x92.* \u2019 in Windows-1252.*`encoding = "cp1252"`') as raised:
        read(tmp_path, source.model_copy(update={"encoding": "latin-1"}), content)
    assert "Save it" not in str(raised.value)


def test_text_of_dos_in_latin_1_is_not_called_windows(tmp_path: Path, source: SourceDefinition) -> None:
    with pytest.raises(WrongEncoding) as raised:
        read(tmp_path, source.model_copy(update={"encoding": "latin-1"}), f"{HEADER}\n{ROW}\n".encode("cp850"))
    assert "Windows" not in str(raised.value)


def test_latin_1_given_to_a_utf_8_source_is_refused(tmp_path: Path, source: SourceDefinition) -> None:
    with pytest.raises(WrongEncoding, match="0xE0"):
        read(tmp_path, source.model_copy(update={"encoding": "utf-8"}), f"{HEADER}\n{ROW}\n")


def test_a_utf_8_source_may_begin_with_a_byte_order_mark(tmp_path: Path, source: SourceDefinition) -> None:
    unicode_source = source.model_copy(update={"encoding": "utf-8"})
    extract = read(tmp_path, unicode_source, f"{HEADER}\n{ROW.replace('ALFA', 'ŠKODA')}\n".encode("utf-8-sig"))
    assert extract.rows["name"].tolist() == ["ŠKODA S.R.L."]


def test_accents_in_latin_1_are_read(tmp_path: Path, source: SourceDefinition) -> None:
    assert read(tmp_path, source, f"{HEADER}\n{ROW.replace('ALFA', 'CAFFÈ')}\n").rows["name"].tolist() == [
        "CAFFÈ S.R.L."
    ]


def test_a_missing_column_is_named_with_what_stands_there_instead(tmp_path: Path, source: SourceDefinition) -> None:
    with pytest.raises(MissingColumn, match=r"declared_municipality.*'comune'.*'town'"):
        read(tmp_path, source, f"{HEADER.replace('comune', 'town')}\n{ROW}\n")


def test_a_renamed_flag_is_a_missing_column_not_unknown_values(tmp_path: Path, source: SourceDefinition) -> None:
    with pytest.raises(MissingColumn, match="has_patents"):
        read(tmp_path, source, f"{HEADER.replace('possesso di brevetti', 'brevetti o altro')}\n{ROW}\n")


def test_one_header_twice_is_refused_with_its_columns(tmp_path: Path, source: SourceDefinition) -> None:
    with pytest.raises(DuplicateColumn, match="'comune' in columns 4, 16"):
        read(tmp_path, source, f"{HEADER}|COMUNE\n{ROW}|ROMA\n")


def test_two_headers_of_one_field_are_refused(tmp_path: Path, source: SourceDefinition) -> None:
    with pytest.raises(DuplicateColumn, match="columns 3, 16"):
        read(tmp_path, source, f"{HEADER}|provincia\n{ROW}|TO\n")


def test_without_a_date_in_the_name_the_reference_date_must_be_given(tmp_path: Path, source: SourceDefinition) -> None:
    with pytest.raises(ReferenceDateMissing, match="--as-of"):
        read(tmp_path, source, f"{HEADER}\n{ROW}\n", name="export.csv")


def test_the_date_that_is_given_wins_over_the_name(tmp_path: Path, source: SourceDefinition) -> None:
    read(tmp_path, source, f"{HEADER}\n{ROW}\n")
    path = tmp_path / "startup_01022021.csv"
    extract = read_register(path, source, as_of=date(2020, 6, 1), today=date(2021, 2, 1))
    assert extract.reference_date == date(2020, 6, 1)


def test_an_extract_can_not_show_a_day_to_come(tmp_path: Path, source: SourceDefinition) -> None:
    with pytest.raises(InvalidSetting, match="2021-02-02"):
        read(tmp_path, source, f"{HEADER}\n{ROW}\n", name="startup_02022021.csv")


def test_a_file_that_is_not_there_is_said_to_be_unreadable(tmp_path: Path, source: SourceDefinition) -> None:
    with pytest.raises(UnreadableRegister, match="No such file"):
        read_register(tmp_path / "none.csv", source, as_of=date(2020, 1, 1), today=date(2021, 1, 1))
