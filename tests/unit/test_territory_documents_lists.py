"""Lists of municipalities of one day: wordings and defects that the real files in ../shared/data do not have."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlante.errors import InvalidDocument, InvalidSetting, ReferenceDateMissing
from atlante.territories.codes import read_codes
from atlante.territories.documents import DocumentKind, is_document, read_document
from atlante.territories.documents.reading import day_in_name

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY = dt.date(2016, 7, 1)
HEADER = (
    "Codice Regione",
    "Progressivo del Comune (2)",
    "Codice Comune formato alfanumerico",
    "Denominazione (Italiana e straniera)",
    "Denominazione in italiano",
    "Denominazione altra lingua",
    "Denominazione Regione",
    "Denominazione dell'Unità territoriale sovracomunale \n(valida a fini statistici)",
    "Sigla automobilistica",
    "Codice Catastale del comune",
    "Codice NUTS3 2021",
)
NAPOLI = ("15", "049", "063049", "Napoli", "Napoli", "", "Campania", "Napoli", "NA", "F839", "ITF33")
BOLZANO = (
    "04", "008", "021008", "Bolzano/Bozen", "Bolzano", "Bozen", "Trentino-Alto Adige/Südtirol", "Bolzano/Bozen", "BZ",
    "A952", "ITH10",
)  # fmt: skip


def written(rows: Sequence[Sequence[str]], separator: str = ";", end: str = "\n") -> str:
    """Return rows as CSV."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=end).writerows(rows)
    return text.getvalue()


def is_a_name(text: str) -> bool:
    """Return whether a text is not blank and not what a wrong decoding leaves."""
    return bool(text.strip()) and "Ã" not in text and "\ufffd" not in text


def saved(folder: Path, content: str, encoding: str = "utf-8", name: str = "elenco_2016-07-01.csv") -> Path:
    """Return the path of a new file."""
    path = folder / name
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_list_is_read_however_it_was_saved(tmp_path: Path, separator: str, encoding: str, end: str) -> None:
    path = saved(tmp_path, written([HEADER, NAPOLI, BOLZANO], separator, end), encoding)
    rows = read_document(path).statements
    assert rows["municipality_code"].tolist() == ["F839", "A952"]
    assert rows["sigla"].tolist() == ["NA", "BZ"]
    assert rows["region"].tolist() == ["Campania", "Trentino-Alto Adige/Südtirol"]
    assert rows["name_other"].tolist() == [None, "Bozen"]
    assert rows["province_code"].tolist() == ["063", "021"]
    assert rows["nuts3_2021"].tolist() == ["ITF33", "ITH10"]


def test_a_list_of_2014_is_read(tmp_path: Path) -> None:
    """The wording of 2008 to 2014; numbers as Italian workbooks write them. No column joins the two languages."""
    header = (
        "Codice Regione", "Codice Provincia *", "Codice Comune", "Codice Istat del Comune \n(formato alfanumerico)",
        "Codice Istat del Comune \n(formato numerico)", "Codice Istat del Comune \na 103 province \n(formato numerico)",
        "Codice Catastale ", "Solo denominazione in italiano", "Solo denominazione in tedesco",
        "Comune capoluogo di provincia", "Superficie territoriale (kmq) al 09/10/2011",
        "Popolazione legale 2011 (09/10/2011)", "Denominazione Regione", "Denominazione Provincia",
        "Sigla automobilistica", "Codice NUTS3 2010",
    )  # fmt: skip
    napoli = ("15", "063", "049", "063049", "63049", "63049", "F839", "Napoli", "", "1", "1.119,02", "962.003",
              "Campania", "Napoli", "NA", "ITF33")  # fmt: skip
    bolzano = ("4", "021", "008", "021008", "21008", "21008", "A952", "Bolzano", "Bozen", "1", "52,29", "102.575",
               "Trentino-Alto Adige/Südtirol", "Bolzano/Bozen", "BZ", "ITH10")  # fmt: skip
    path = saved(tmp_path, written([header, napoli, bolzano]), "cp1252", "elenco_comuni_italiani_1gennaio2014.csv")
    document = read_document(path)
    rows = document.statements
    assert document.as_of == dt.date(2014, 1, 1)
    assert rows["istat_code"].tolist() == ["063049", "021008"]
    assert rows["region_code"].tolist() == ["15", "04"]
    assert rows["name"].tolist() == ["Napoli", None]
    assert rows["name_it"].tolist() == ["Napoli", "Bolzano"]
    assert rows["name_other"].tolist() == [None, "Bozen"]
    assert rows["area_km2"].tolist() == [1119.02, 52.29]
    assert rows["population"].isna().all(), "the legal population is that of the census"
    assert rows["nuts3_2021"].isna().all()


def test_a_metropolitan_city_of_2016_is_the_province(tmp_path: Path) -> None:
    header = (*HEADER[:7], "Denominazione Città metropolitana", "Denominazione provincia", *HEADER[8:])
    napoli = (*NAPOLI[:7], "Napoli", "-", *NAPOLI[8:])
    bolzano = (*BOLZANO[:7], "-", "Bolzano/Bozen", *BOLZANO[8:])
    rows = read_document(saved(tmp_path, written([header, napoli, bolzano]))).statements
    assert rows["province"].tolist() == ["Napoli", "Bolzano/Bozen"]


def test_a_list_with_the_columns_of_situas_is_read(tmp_path: Path) -> None:
    """The names of columns in its service; the file's name is one of its own, too."""
    header = ("COD_RIP", "COD_REG", "COD_UTS", "COD_PROV_STORICO", "PRO_COM_T", "PRO_COM", "COMUNE", "COMUNE_IT",
              "COMUNE_A", "DEN_UTS", "DEN_REG", "SIGLA_AUTOMOBILISTICA", "COD_CATASTO")  # fmt: skip
    bolzano = ("2", "4", "021", "021", "021008", "21008", "Bolzano/Bozen", "Bolzano", "Bozen", "Bolzano/Bozen",
               "Trentino-Alto Adige/Südtirol", "BZ", "A952")  # fmt: skip
    name = "Elenco dei comuni Data Indagine 01-01-2026 Stampa 11052026112716.csv"
    document = read_document(saved(tmp_path, written([header, bolzano], ","), name=name))
    assert document.as_of == dt.date(2026, 1, 1)
    row = document.statements.iloc[0]
    assert row[["istat_code", "region_code", "sigla", "municipality_code"]].tolist() == ["021008", "04", "BZ", "A952"]
    assert row[["name", "name_it", "name_other"]].tolist() == ["Bolzano/Bozen", "Bolzano", "Bozen"]
    assert row["province"] == "Bolzano/Bozen"


def test_a_workbook_that_was_saved_as_text_is_read(tmp_path: Path) -> None:
    """A title and blank lines above, codes that became numbers, blank columns and rows at the end, notes below."""
    napoli = ("15.0", "49.0", "63049.0", *NAPOLI[3:], "", "")
    rows = [["Elenco dei comuni al 1 luglio 2016"], [], (*HEADER, "", ""), napoli, ("", "") * 6]
    path = saved(tmp_path, written(rows) + "(1) Codice che permane ai soli fini statistici;;;;\n")
    document = read_document(path)
    assert document.statements["istat_code"].tolist() == ["063049"]
    assert document.statements["region_code"].tolist() == ["15"]
    assert document.skipped == ("line 7: (1) Codice che permane ai soli fini statistici",)


def test_a_single_column_of_names_is_split_by_language(tmp_path: Path) -> None:
    header = ("codice_istat", "denominazione", "codice_catastale", "regione", "popolazione_residente")
    rows = [
        ("021008", "Bolzano/Bozen", "A952", "TRENTINO-ALTO ADIGE", "106.463"),
        ("031005", "Doberdò del Lago-Doberdob", "D312", "Friuli Venezia Giulia", "1334"),
        ("007062", "Saint-Denis", "H670", "Valle d'Aosta/Vallée d'Aoste", ""),
    ]
    names = read_document(saved(tmp_path, written([header, *rows], ","))).statements
    assert names["name_it"].tolist() == ["Bolzano", "Doberdò del Lago", "Saint-Denis"]
    assert names["name_other"].tolist() == ["Bozen", "Doberdob", None]
    assert names["name"].tolist() == ["Bolzano/Bozen", "Doberdò del Lago-Doberdob", "Saint-Denis"]
    assert names["region_code"].tolist() == ["04", "06", "02"]
    assert names["population"].fillna(-1).tolist() == [106463, 1334, -1]


def test_a_row_without_a_belfiore_code_is_reported(tmp_path: Path) -> None:
    new = (*NAPOLI[:2], "063999", "Nuovo", "Nuovo", *NAPOLI[5:9], "n.d.", NAPOLI[10])
    document = read_document(saved(tmp_path, written([HEADER, NAPOLI, new])))
    assert document.statements["municipality_code"].tolist() == ["F839"]
    assert document.skipped == ("line 4: Nuovo (ISTAT 063999) has no Belfiore code.",)  # the header has two lines


def changed(row: Sequence[str], place: int, cell: str) -> list[str]:
    """Return a row with another cell."""
    return [*row[:place], cell, *row[place + 1 :]]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (
            [NAPOLI, changed(BOLZANO, 9, "A95")],
            r"line 4, column 'Codice Catastale del comune': 'A95' is not a Belfiore",
        ),
        (
            [changed(NAPOLI, 2, "6304X")],
            r"line 3, column 'Codice Comune formato alfanumerico': '06304X' is not an ISTAT",
        ),
        ([changed(NAPOLI, 0, "21"), changed(BOLZANO, 0, "99")], r"'21' is not a region code.* \(and 1 more\)"),
        ([changed(NAPOLI, 10, "ITF3")], "'ITF3' is not a NUTS 3 code such as ITC11"),
        ([NAPOLI, changed(BOLZANO, 9, "F839")], r"line 4, column 'Codice Cat.*': 'F839' is also on line 3"),
        ([NAPOLI, changed(BOLZANO, 2, "063049")], r"line 4, column 'Codice Com.*': '063049' is also on line 3"),
        (
            [NAPOLI, BOLZANO[:7]],
            r"line 4: The row has 7 cells and the header 11: it is cut off before \"Denominazione d",
        ),
        ([(*NAPOLI, "surplus")], r"line 3: The row has 12 cells and the header 11: 'surplus' is in none"),
        ([changed(NAPOLI, 9, "")], "No row has a Belfiore code"),
        ([], "There is a header and no row below it"),
    ],
)
def test_a_row_that_can_not_be_is_refused_with_its_line(
    tmp_path: Path, rows: list[Sequence[str]], problem: str
) -> None:
    with pytest.raises(InvalidDocument, match=problem):
        read_document(saved(tmp_path, written([HEADER, *rows])))


def test_a_quote_that_is_not_closed_is_refused_with_its_line(tmp_path: Path) -> None:
    text = written([HEADER, NAPOLI, BOLZANO]).replace("Bolzano;Bozen", 'Bolzano;"Bozen')
    with pytest.raises(InvalidDocument, match=r"line 4: The row that begins here can't be split into cells"):
        read_document(saved(tmp_path, text))


def test_a_population_that_is_no_number_is_refused(tmp_path: Path) -> None:
    header = (*HEADER, "Popolazione residente")
    with pytest.raises(InvalidDocument, match=r"line 3, column 'Popolazione residente': 'many' is not a number"):
        read_document(saved(tmp_path, written([header, (*NAPOLI, "many")])))


def test_a_region_that_is_none_is_refused(tmp_path: Path) -> None:
    text = written([(*HEADER[1:],), changed(NAPOLI, 6, "Padania")[1:]])
    with pytest.raises(InvalidDocument, match=r"line 3, column 'Denominazione Regione': 'Padania' is not a region"):
        read_document(saved(tmp_path, text))


def test_a_missing_column_is_named_with_the_wordings_that_are_known(tmp_path: Path) -> None:
    kept = [place for place, header in enumerate(HEADER) if not header.startswith("Denominazione")]
    rows = [[row[place] for place in kept] for row in (HEADER, NAPOLI)]
    with pytest.raises(
        InvalidDocument, match=r"no column for name\|name_it. Known headers begin with: .*denominazione"
    ):
        read_document(saved(tmp_path, written(rows)))


def test_headers_of_no_document_are_refused_with_those_that_are_known(tmp_path: Path) -> None:
    path = saved(tmp_path, "id;comune\n1;Napoli\n")
    with pytest.raises(
        InvalidDocument,
        match=r"The headers \(id, comune\) are those of no known.*istat-list: codice comune form.*catasto.* Rename",
    ):
        read_document(path)
    kinds = {kind.value for kind in (DocumentKind.ANPR, DocumentKind.ISTAT_SUPPRESSED, DocumentKind.UNIFIED_CODES)}
    with pytest.raises(InvalidDocument) as refused:
        read_document(path)
    assert all(f"{kind}: " in str(refused.value) for kind in kinds)
    assert is_document(path), "a text file is no boundary file: the reader says what is wrong with it"


_TELLING = "codice istat;codice catastale;comune"  # headers of a list


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04 and more", "This is an Excel workbook or an archive, not text. Save it as CSV"),
        (b"\xd0\xcf\x11\xe0 and more", "This is an Excel workbook, not text"),
        (f"{_TELLING}\n1;A001;AgliÃ¨\n".encode(), r"line 2: Letters are garbled \(.*AgliÃ¨.*Fetch the original"),
        (f"{_TELLING}\n1;A001;Agli\ufffd\n".encode(), "line 2: Letters are garbled"),
        ("codice;comune\n1;AgliÃ¨\n".encode(), "The headers .codice, comune. are those of no known document"),
        ("Agliè".encode() + b";\xe8\n", "line 1: Letters are garbled"),  # two encodings in one file
        (b"codice;comune\n1;\x81\n", "line 2: The bytes are not text in utf-8 or cp1252"),
        (b"codice;comune\n1;\x00\n", "line 2: The bytes are not text"),
    ],
)
def test_what_is_not_text_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "elenco.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidDocument, match=problem):
        read_document(path, as_of=DAY)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidDocument, match=r"gone\.csv: No such file or directory\. Check the path"):
        read_document(tmp_path / "gone.csv", as_of=DAY)


def test_the_day_of_a_list_comes_from_the_call_then_from_its_name(tmp_path: Path) -> None:
    path = saved(tmp_path, written([HEADER, NAPOLI]))
    assert read_document(path).as_of == DAY
    assert read_document(path, as_of=dt.date(2017, 1, 1)).as_of == dt.date(2017, 1, 1)
    with pytest.raises(ReferenceDateMissing, match=r"elenco_2016\.csv does not say which day it shows"):
        read_document(saved(tmp_path, written([HEADER, NAPOLI]), name="elenco_2016.csv"))


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("istat_elenco_comuni_2026-06-09.csv", dt.date(2026, 6, 9)),
        ("Elenco_comuni_20240222.csv", dt.date(2024, 2, 22)),
        ("Elenco-codici-statistici-e-denominazioni-al-01_07_2016.csv", dt.date(2016, 7, 1)),
        ("elenco_comuni_italiani_03032014.csv", dt.date(2014, 3, 3)),
        ("elenco_comuni_italiani_1gennaio_2014.csv", dt.date(2014, 1, 1)),
        ("Elenco al 30 Giugno 2011.csv", dt.date(2011, 6, 30)),
        ("Elenco-comuni-italiani.csv", None),
        ("elenco_2021.csv", None),
        ("elenco_2021-02-30.csv", None),
        ("dati_12345678901.csv", None),
    ],
)
def test_a_day_is_read_from_a_name_as_people_write_it(name: str, day: dt.date | None) -> None:
    assert day_in_name(name) == day


def test_a_kind_can_be_given_and_must_fit(tmp_path: Path) -> None:
    path = saved(tmp_path, written([HEADER, NAPOLI]))
    assert read_document(path, kind=DocumentKind.ISTAT_LIST).kind == DocumentKind.ISTAT_LIST
    with pytest.raises(
        InvalidDocument,
        match=r"are those of no known.*anpr-archive: dataistituzione, datacessazione, codistat, codcatastale, .*"
        r"idregione. Rename",
    ):
        read_document(path, kind=DocumentKind.ANPR)
    with pytest.raises(InvalidSetting, match="boundaries are loaded as boundaries"):
        read_document(path, kind=DocumentKind.BOUNDARIES)


def test_other_bytes_are_another_document(tmp_path: Path) -> None:
    first = read_document(saved(tmp_path, written([HEADER, NAPOLI])))
    again = read_document(saved(tmp_path, written([HEADER, NAPOLI]), name="copy_2016-07-01.csv"))
    other = read_document(saved(tmp_path, written([HEADER, NAPOLI, BOLZANO])))
    assert first.document_id == again.document_id
    assert first.document_id != other.document_id


def test_a_boundary_file_is_no_document(tmp_path: Path) -> None:
    geojson = saved(tmp_path, '{"type": "FeatureCollection", "features": []}', name="municipalities.json")
    assert not is_document(geojson)
    assert not is_document(tmp_path / "Com01012023.zip")
    assert not is_document(tmp_path / "municipalities.parquet")


def test_a_workbook_is_a_document_that_has_to_be_saved_as_text(tmp_path: Path) -> None:
    path = tmp_path / "Elenco-comuni-italiani.xlsx"
    path.write_bytes(b"PK\x03\x04")
    assert is_document(path)
    with pytest.raises(InvalidDocument, match="Save it as CSV"):
        read_document(path, as_of=DAY)


@given(
    name=st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))).filter(is_a_name),
    separator=st.sampled_from(";,\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_any_name_comes_back_as_it_was_written(name: str, separator: str, encoding: str, end: str) -> None:
    """Separators, quotes and letters of any script in a name change nothing; blanks are put in order."""
    row = [*NAPOLI[:3], name, name, "", *NAPOLI[6:]]
    with tempfile.TemporaryDirectory() as folder:
        path = saved(Path(folder), written([HEADER, row, BOLZANO], separator, end), encoding)
        rows = read_document(path).statements
    assert rows["name"].tolist() == [" ".join(name.split()), "Bolzano/Bozen"]
    assert rows["municipality_code"].tolist() == ["F839", "A952"]


def test_a_list_of_codes_for_boundaries_is_a_list_of_one_day(tmp_path: Path) -> None:
    codes = read_codes(saved(tmp_path, written([HEADER, NAPOLI]), name="without a day.csv"))
    assert codes.iloc[0].to_dict() == {
        "istat_code": "063049",
        "municipality_code": "F839",
        "province": "Napoli",
        "sigla": "NA",
        "region": "Campania",
    }
    facts = '[[recodings]]\nregion_code = "20"\ndate = 2026-01-01\nsource = "ISTAT"\n'
    with pytest.raises(InvalidDocument, match="This is of kind declared, not a list of one day"):
        read_codes(saved(tmp_path, facts, name="facts.toml"))


def test_an_unified_list_needs_unique_codes(tmp_path: Path) -> None:
    header = ("NR.", "DESCRIZIONE COMUNE", "SIGLA", "CODICE ELETTORALE", "CODICE ISTAT", "CODICE BELFIORE")
    rows = [("1", "NAPOLI", "NA", "4150510490", "63049", "F839"), ("2", "NAPOLI", "NA", "4150510490", "63049", "F840")]
    path = saved(tmp_path, written([header, rows[0]], ","))
    document = read_document(path)
    assert document.kind == DocumentKind.UNIFIED_CODES
    assert document.statements.loc[0, ["istat_code", "sigla", "name"]].tolist() == ["063049", "NA", "NAPOLI"]
    with pytest.raises(InvalidDocument, match=r"line 3, column 'CODICE ISTAT': '063049' is also on line 2"):
        read_document(saved(tmp_path, written([header, *rows], ",")))
