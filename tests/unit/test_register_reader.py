"""Rows of a register: each rule by a file of a few lines, and nothing lost."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import pytest

from atlante.catalogue.sources import SourceDefinition, load_sources
from atlante.registers import Extract, Reason, files, read_register, reader
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from pathlib import Path

HEADERS = {
    "name": "denominazione",
    "code": "codice fiscale ",
    "province": "pv",
    "municipality": "comune",
    "special": "data iscrizione alla sezione delle startup",
    "registered": "data iscrizione al Registro Imprese",
    "started": "data inizio dell'esercizio effettivo dell'attivita",
    "activity": "ateco 2007",
    "staff": "classe di addetti ultimo anno (2)",
    "production": "classe di produzione ultimo anno (1)",
    "capital": "classe di capitale (4)",
    "high_tech": "alto valore tecnologico",
    "rnd": "spese in ricerca e sviluppo ",
    "qualified": "forza lavoro con titoli ",
    "patents": "possesso di brevetti ",
    "women": "prevalenza femminile ",
}
GOOD = {
    "name": "ALFA S.R.L.",
    "code": "01234567890",
    "province": "TO",
    "municipality": "IVREA",
    "special": "01/02/2020",
    "registered": "31/01/2020",
    "activity": "62.01",
    "production": "B",
    "capital": "11",
    "rnd": "SI",
    "women": "Forte",
}
HEADER = "|".join(HEADERS.values())


def row(**changes: str) -> str:
    """Return a good row with some fields changed."""
    return "|".join((GOOD | changes).get(field, "") for field in HEADERS)


def numbered(n: int) -> list[str]:
    return [row(code=f"{number:011d}") for number in range(1, n + 1)]


@pytest.fixture
def source() -> SourceDefinition:
    return load_sources(default_catalogue_dir())["innovative_startups"]


def read_text(folder: Path, source: SourceDefinition, text: str) -> Extract:
    path = folder / "startups_2025-05-19.csv"
    path.write_bytes(text.encode(source.encoding))
    extract = read_register(path, source, as_of=None, today=date(2025, 5, 19))
    assert len(extract.rows) + len(extract.rejects) == extract.rows_in_file
    return extract


def read_lines(folder: Path, source: SourceDefinition, *lines: str) -> Extract:
    return read_text(folder, source, "\n".join([HEADER, *lines, ""]))


def rejected(extract: Extract) -> list[tuple[int, str, str]]:
    return list(zip(extract.rejects["row_number"], extract.rejects["field"], extract.rejects["reason"], strict=True))


def cell(extract: Extract, column: str) -> object:
    """Return the value of the only row; None where it is unknown."""
    assert len(extract.rows) == 1
    return None if extract.rows[column].isna().iloc[0] else extract.rows[column].iloc[0]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("row_number", 2),
        ("firm_id", "01234567890"),
        ("name", "ALFA S.R.L."),
        ("declared_province", "TO"),
        ("declared_region", None),
        ("activity_code", "6201"),
        ("activity_edition", "2025"),
        ("special_section_date", date(2020, 2, 1)),
        ("start_date", None),
        ("production_class", "100001-500000"),
        ("staff_class", None),
        ("capital_class", "5000000-"),
        ("has_rnd", True),
        ("has_patents", None),
        ("women_led", "strong"),
        ("young_led", None),
    ],
)
def test_a_good_row_is_read_field_by_field(
    tmp_path: Path, source: SourceDefinition, column: str, expected: object
) -> None:
    assert cell(read_lines(tmp_path, source, row()), column) == expected


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"code": "1234567890"}, "fiscal_code", Reason.WRONG_LENGTH),
        ({"code": "123456789012"}, "fiscal_code", Reason.WRONG_LENGTH),
        ({"code": "0123456789A"}, "fiscal_code", Reason.WRONG_CHARACTERS),
        ({"code": ""}, "fiscal_code", Reason.MISSING),
        ({"name": "  "}, "name", Reason.MISSING),
        ({"municipality": ""}, "declared_municipality", Reason.MISSING),
        ({"special": "31/02/2020"}, "special_section_date", Reason.NOT_A_DATE),
        ({"special": "yesterday"}, "special_section_date", Reason.NOT_A_DATE),
        ({"registered": "20/05/2025"}, "registration_date", Reason.IN_THE_FUTURE),
        ({"started": "31/12/1799"}, "start_date", Reason.TOO_EARLY),
        ({"special": "19/10/2012"}, "special_section_date", Reason.BEFORE_START),
        ({"special": "01/01/1900"}, "special_section_date", Reason.BEFORE_START),
        ({"name": "A" * 1_001}, "name", Reason.TOO_LONG),
        ({"activity": "6"}, "activity_code", Reason.NOT_AN_ACTIVITY),
        ({"activity": "1234567"}, "activity_code", Reason.NOT_AN_ACTIVITY),
        ({"activity": "J62"}, "activity_code", Reason.NOT_AN_ACTIVITY),
        ({"patents": "FORSE"}, "has_patents", Reason.UNKNOWN_WORDING),
        ({"women": "Poca"}, "women_led", Reason.UNKNOWN_WORDING),
        ({"production": "Z"}, "production_class", Reason.UNKNOWN_WORDING),
        ({"capital": "12"}, "capital_class", Reason.UNKNOWN_WORDING),
        ({"name": "A|B"}, "line", Reason.TOO_MANY_FIELDS),
    ],
)
def test_a_wrong_row_is_rejected_by_line_field_and_reason(
    tmp_path: Path, source: SourceDefinition, changes: dict[str, str], field: str, reason: Reason
) -> None:
    good = row(code="99999999999")
    extract = read_lines(tmp_path, source, good, row(**changes), good.replace("99999999999", "88888888888"))
    assert rejected(extract) == [(3, field, reason)]
    assert extract.rows["row_number"].tolist() == [2, 4]


@pytest.mark.parametrize(
    ("changes", "column", "expected"),
    [
        ({"code": "rssmra80a01h501u"}, "firm_id", "RSSMRA80A01H501U"),
        ({"special": "2020-02-29"}, "special_section_date", date(2020, 2, 29)),
        ({"special": "19/05/2025"}, "special_section_date", date(2025, 5, 19)),
        ({"special": "20/10/2012"}, "special_section_date", date(2012, 10, 20)),
        ({"started": "01/01/1800"}, "start_date", date(1800, 1, 1)),
        ({"activity": "62"}, "activity_code", "62"),
        ({"activity": "NC"}, "activity_code", None),
        ({"activity": "NC"}, "activity_edition", None),
        ({"province": "NA"}, "declared_province", "NA"),
        ({"province": "NAN"}, "declared_province", "NAN"),
        ({"municipality": "NA"}, "declared_municipality", "NA"),
        ({"name": "NULL   S.R.L.  "}, "name", "NULL S.R.L."),
        ({"name": "no data"}, "name", "no data"),
        ({"patents": "no data"}, "has_patents", None),
        ({"patents": "NO"}, "has_patents", False),
        ({"women": "NO"}, "women_led", "no"),
        ({"women": "ESCLUSIVA"}, "women_led", "exclusive"),
        ({"production": "H"}, "production_class", "50000001-"),
        ({"staff": " F"}, "staff_class", "250-"),
        ({"capital": "1 "}, "capital_class", "1-1"),
    ],
)
def test_odd_but_good_values_are_understood(
    tmp_path: Path, source: SourceDefinition, changes: dict[str, str], column: str, expected: object
) -> None:
    assert cell(read_lines(tmp_path, source, row(**changes)), column) == expected


def test_the_rejected_value_is_kept_as_it_was_declared(tmp_path: Path, source: SourceDefinition) -> None:
    extract = read_lines(tmp_path, source, row(special=" 31/02/2020 "), "A|B", row(code="99999999999"))
    assert extract.rejects["value"].tolist() == ["31/02/2020", "2 instead of 16"]


def test_a_text_without_end_is_shortened_in_the_report(tmp_path: Path, source: SourceDefinition) -> None:
    extract = read_lines(tmp_path, source, row(), row(name="A" * 2_000_000, code="99999999999"))
    assert rejected(extract) == [(3, "name", Reason.TOO_LONG)]
    assert extract.rejects["value"].tolist() == ["A" * 200]


def test_the_longest_text_is_read(tmp_path: Path, source: SourceDefinition) -> None:
    assert cell(read_lines(tmp_path, source, row(name="A" * 1_000)), "name") == "A" * 1_000


def test_the_first_day_of_the_section_binds_no_other_date(tmp_path: Path, source: SourceDefinition) -> None:
    assert cell(read_lines(tmp_path, source, row(registered="01/01/1900")), "registration_date") == date(1900, 1, 1)


def test_a_row_with_several_problems_is_one_reject(tmp_path: Path, source: SourceDefinition) -> None:
    extract = read_lines(tmp_path, source, row(), row(code="1", municipality="", special="?"))
    assert len(rejected(extract)) == 1


def test_a_second_row_of_a_firm_is_rejected_and_names_the_first(tmp_path: Path, source: SourceDefinition) -> None:
    extract = read_lines(tmp_path, source, row(code="11111111111"), row(), row(name="BETA"), row(name="GAMMA"))
    assert rejected(extract) == [(4, "firm_id", Reason.DUPLICATE_FIRM), (5, "firm_id", Reason.DUPLICATE_FIRM)]
    assert extract.rejects["value"].tolist() == ["as in row 3"] * 2
    assert extract.rows["name"].tolist() == ["ALFA S.R.L."] * 2


def test_a_firm_whose_first_row_is_rejected_is_no_duplicate(tmp_path: Path, source: SourceDefinition) -> None:
    extract = read_lines(tmp_path, source, row(patents="?"), row())
    assert rejected(extract) == [(2, "has_patents", Reason.UNKNOWN_WORDING)]


def test_line_numbers_count_blank_lines(tmp_path: Path, source: SourceDefinition) -> None:
    extract = read_lines(tmp_path, source, "", row(), "", "|" * 15, "   ", row(code="7"), "")
    assert (extract.rows["row_number"].tolist(), rejected(extract)[0][0]) == ([3], 7)
    assert (extract.rows_in_file, extract.blank_lines, extract.legend_lines) == (2, 5, 0)


def test_legend_and_rules_at_both_ends_are_no_rows(tmp_path: Path, source: SourceDefinition) -> None:
    rule = "|".join(["-----"] * len(HEADERS))
    legend = ["", "(1) A = 0-100.000 euro", f"(2) A{'|' * 15}", "Camere di commercio"]
    extract = read_lines(tmp_path, source, rule, "ELENCO STARTUP", *numbered(2), *legend)
    assert (extract.rows_in_file, len(extract.rows), extract.legend_lines, extract.blank_lines) == (2, 2, 5, 1)
    assert extract.rows["row_number"].tolist() == [4, 5]


@pytest.mark.parametrize(
    "line",
    [
        "(1) classe|di produzione",
        "A = 0-100.000 euro|B = 100.001-500.000 euro",
        "1: 1 euro|2: da 1 a 5.000",
        "Totale imprese|400",
        "Totale|1.400|imprese",
        "Data estrazione|19/05/2025",
        "Estratto il 19/05/2025|||||",
        "Dati aggiornati al|19 maggio 2025",
        "Legenda|classi",
        "Note:|i dati sono dichiarati",
    ],
)
def test_closing_lines_that_explain_are_no_rows_even_with_delimiters(
    tmp_path: Path, source: SourceDefinition, line: str
) -> None:
    extract = read_lines(tmp_path, source, *numbered(2), "", line)
    assert (extract.rows_in_file, extract.legend_lines) == (2, 1)


def test_a_closing_that_mixes_lines_with_and_without_delimiters_is_a_legend(
    tmp_path: Path, source: SourceDefinition
) -> None:
    closing = ["(1) classe|di produzione: A 100, B 500", "Totale imprese: 400", "Estratto il 19/05/2025|||||"]
    extract = read_lines(tmp_path, source, *numbered(2), *closing)
    assert (extract.rows_in_file, extract.legend_lines) == (2, 3)


@pytest.mark.parametrize(
    "name", ["(1) SRL", "TOTALE 24", "A: BETA", "LEGENDA", "NOTE: MUSICA", "ESTRATTO IL 19/05/2025"]
)
def test_a_firm_that_is_called_like_a_legend_is_a_row_whole_or_damaged(
    tmp_path: Path, source: SourceDefinition, name: str
) -> None:
    whole = read_lines(tmp_path, source, *numbered(2), row(name=name, code="77777777777"))
    assert (whole.rows["name"].tolist()[-1], whole.legend_lines) == (name, 0)
    for damaged in (row(name=name) + "|x", row(name=name, municipality=""), row(name=name).rsplit("|", 3)[0]):
        extract = read_lines(tmp_path, source, *numbered(2), damaged)
        assert (len(extract.rejects), extract.legend_lines) == (1, 0)


@pytest.mark.parametrize("cut", ["TOTALE ENERGIA S.R.L.", "TOTALE ENERGIA|SR", "LEGENDA S.R.L.", "AGGIORNATI S.R"])
def test_a_broken_off_firm_that_begins_like_a_legend_is_a_reject(
    tmp_path: Path, source: SourceDefinition, cut: str
) -> None:
    extract = read_text(tmp_path, source, "\n".join([HEADER, *numbered(2), cut]))
    assert rejected(extract) == [(4, "line", Reason.TOO_FEW_FIELDS)]


def test_a_line_without_delimiters_between_rows_is_a_reject(tmp_path: Path, source: SourceDefinition) -> None:
    first, second = numbered(2)
    assert rejected(read_lines(tmp_path, source, first, "(1) A = 0-100.000 euro", second)) == [
        (3, "line", Reason.TOO_FEW_FIELDS)
    ]


@pytest.mark.parametrize("length", [4, 30, 50])
def test_a_last_line_that_is_cut_off_is_a_reject_not_a_legend(
    tmp_path: Path, source: SourceDefinition, length: int
) -> None:
    extract = read_text(tmp_path, source, "\n".join([HEADER, *numbered(2), row()[:length]]))
    assert rejected(extract) == [(4, "line", Reason.TOO_FEW_FIELDS)]
    assert extract.legend_lines == 0


def test_a_known_legend_without_a_line_end_is_a_legend(tmp_path: Path, source: SourceDefinition) -> None:
    extract = read_text(tmp_path, source, f"{HEADER}\n{row()}\n(1) A = 0-100.000 eu")
    assert (extract.rows_in_file, extract.legend_lines) == (1, 1)


def test_a_firm_that_is_called_like_a_legend_is_a_row(tmp_path: Path, source: SourceDefinition) -> None:
    assert cell(read_lines(tmp_path, source, row(name="LEGENDA S.R.L.")), "name") == "LEGENDA S.R.L."


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_read(tmp_path: Path, source: SourceDefinition, newline: str) -> None:
    extract = read_text(tmp_path, source, newline.join([HEADER, *numbered(2), ""]))
    assert extract.rows["row_number"].tolist() == [2, 3]


def test_padding_does_not_change_what_is_read(tmp_path: Path, source: SourceDefinition) -> None:
    padded = "|".join(field.ljust(30) for field in row().split("|"))
    plain, wide = read_lines(tmp_path, source, row()), read_lines(tmp_path, source, padded)
    assert plain.rows["row_digest"].tolist() == wide.rows["row_digest"].tolist()


def test_every_stored_field_is_part_of_the_digest(tmp_path: Path, source: SourceDefinition) -> None:
    changes = [
        {"name": "BETA"}, {"province": "MI"}, {"municipality": "ROMA"}, {"special": "02/02/2020"}, {"rnd": "NO"},
        {"rnd": ""}, {"registered": ""}, {"started": "31/01/2020"}, {"activity": ""}, {"staff": "A"}, {"women": ""},
    ]  # fmt: skip
    digests = [read_lines(tmp_path, source, row(**change)).rows["row_digest"].iloc[0] for change in [{}, *changes]]
    assert len(set(digests)) == len(changes) + 1


def test_a_column_that_older_exports_lack_is_unknown(tmp_path: Path, source: SourceDefinition) -> None:
    lines = [line.rsplit("|", 1)[0] for line in (HEADER, row())]
    assert cell(read_text(tmp_path, source, "\n".join(lines)), "women_led") is None


def test_an_export_before_april_2025_is_coded_by_ateco_2007(tmp_path: Path, source: SourceDefinition) -> None:
    path = tmp_path / "startup_31032025.csv"
    path.write_text(f"{HEADER}\n{row()}\n", encoding="latin-1")
    extract = read_register(path, source, as_of=None, today=date(2025, 5, 19))
    assert cell(extract, "activity_edition") == "2007"


def test_invented_firms_make_an_extract_synthetic(tmp_path: Path, source: SourceDefinition) -> None:
    assert not read_lines(tmp_path, source, row()).is_synthetic
    assert read_lines(tmp_path, source, row(name="IMPRESA SINTETICA 000001 S.R.L.")).is_synthetic
    assert read_lines(tmp_path, source, row(), "DATI SINTETICI: imprese inventate").is_synthetic


def test_a_file_larger_than_a_block_is_read_as_one(
    tmp_path: Path, source: SourceDefinition, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [*numbered(9), row(code="7"), "", "too|few", *numbered(3), "(1) A = 0-100.000 euro"]
    whole = read_lines(tmp_path, source, *lines)
    for size in (1, 100, 200):
        monkeypatch.setattr(reader, "line_blocks", partial(files.line_blocks, size=size))
        pieces = read_lines(tmp_path, source, *lines)
        assert pieces.rows.equals(whole.rows)
        assert pieces.rejects.equals(whole.rejects)
    assert [number for number, _, _ in rejected(whole)] == [11, 13, 14, 15, 16]


TABLE_HEADER = (
    "Data_Iscrizione_StartUp,Data_Inizio_Attivita,Data_Registro_Imprese,Denominazione,nome,Provincia,Comune,Regione,"
    "AtecoCode,Settore,AltoValoreTecnologico,SpeseRnD,ForzaLavoroTitoli,PossessoBrevetti,PrevalenzaFemminile,"
    "PrevalenzaGiovanile,PrevalenzaStraniera,Status,valore di produzione,addetti,valore di capitale"
)


def table_row(name: str, short_name: str, *, special: str = "01/02/2020", municipality: str = "IVREA") -> str:
    return (
        f"{special},,31/01/2020,{name},{short_name},TO,{municipality},PIEMONTE,62,SERVIZI,NO,SI,,no data,NO,NO,NO,"
        "attiva,0-100.000 euro,0-4,Da 5 a 10mila euro"
    )


@pytest.fixture
def table() -> SourceDefinition:
    return load_sources(default_catalogue_dir())["innovative_startups_table"]


def read_table(folder: Path, table: SourceDefinition, *lines: str) -> Extract:
    return read_text(folder, table, "\n".join([TABLE_HEADER, *lines, ""]))


def test_quoted_fields_keep_their_delimiters_and_quotes(tmp_path: Path, table: SourceDefinition) -> None:
    lines = [table_row('"a, ""b"" s.r.l."', "A"), table_row("plain", "B", municipality='"TALLINN, HARJUMAA"')]
    extract = read_table(tmp_path, table, *lines)
    assert extract.rows["name"].tolist() == ['a, "b" s.r.l.', "plain"]
    assert extract.rows["declared_municipality"].tolist() == ["IVREA", "TALLINN, HARJUMAA"]


def test_an_open_quote_costs_its_own_line_alone(tmp_path: Path, table: SourceDefinition) -> None:
    lines = [table_row('"open', "A"), table_row('"x, y"', "B"), table_row('"x, y', "C"), table_row('"z, y"', "D")]
    extract = read_table(tmp_path, table, *lines)
    assert rejected(extract) == [(2, "line", Reason.UNCLOSED_QUOTE), (4, "line", Reason.UNCLOSED_QUOTE)]
    assert extract.rows["name"].tolist() == ["x, y", "z, y"]


def test_a_firm_without_fiscal_code_is_known_by_short_name_and_date(tmp_path: Path, table: SourceDefinition) -> None:
    lines = [
        table_row("mint s.r.l.", "Mint"),
        table_row("mint s.r.l.", "Mint", special="02/02/2020"),
        table_row("mint s.r.l. in liquidazione", "MINT"),
    ]
    extract = read_table(tmp_path, table, *lines)
    assert rejected(extract) == [(4, "firm_id", Reason.DUPLICATE_FIRM)]
    assert extract.rows["firm_id"].nunique() == 2


def test_a_filler_for_the_day_of_registration_is_rejected_in_the_table_too(
    tmp_path: Path, table: SourceDefinition
) -> None:
    lines = [table_row("alfa", "A", special="01/01/1900"), table_row("beta", "B", special="20/10/2012")]
    assert rejected(read_table(tmp_path, table, *lines)) == [(2, "special_section_date", Reason.BEFORE_START)]
