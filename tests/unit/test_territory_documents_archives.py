"""Archives of dated records and the table of events: defects that the real files do not have. Values by hand."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from atlante.errors import InvalidDocument
from atlante.territories.documents import Document, codicefiscale_document, is_document, read_document

if TYPE_CHECKING:
    from pathlib import Path

ANPR_HEADER = (
    '"ID","DATAISTITUZIONE","DATACESSAZIONE","CODISTAT","CODCATASTALE","DENOMINAZIONE_IT","DENOMTRASLITTERATA",'
    '"ALTRADENOMINAZIONE","ALTRADENOMTRASLITTERATA","ID_PROVINCIA","IDPROVINCIAISTAT","IDREGIONE","IDPREFETTURA",'
    '"STATO","SIGLAPROVINCIA","FONTE","DATAULTIMOAGG","COD_DENOM"\n'
)
SUPPRESSED_HEADER = (
    "Anno;Sigla Automobilistica;Codice Unità territoriale sovracomunale (Uts);Codice Comune;Denominazione Comune;"
    "Comune soppresso per scorporo;Data evento;Codice del Comune associato alla variazione;Denominazione Comune "
    "associato alla variazione;Codice Unità territoriale sovracomunale associato alla variazione;Sigla Automobilistica "
    "associata alla variazione;;\n"
)


def anpr(folder: Path, *records: str) -> Document:
    """Return the document of an archive; a record is begin, end, ISTAT, Belfiore, name, other name, region, sigla."""
    rows = []
    for record in records:
        begins, ends, istat, belfiore, name, other, region, sigla = record.split("|")
        cells = ["1", begins, ends, istat, belfiore, name, name, other, other, "63", istat[:3], region, "", "C", sigla]
        rows.append(",".join(f'"{cell}"' for cell in [*cells, "", "2016-06-17", ""]) + "\n")
    path = folder / "archivio.csv"
    path.write_text(ANPR_HEADER + "".join(rows), encoding="utf-8-sig")
    return read_document(path)


def suppressed(folder: Path, *events: str) -> Document:
    """Return the document of a table; an event is old code, old name, mark of a split, day, new code, new name."""
    rows = []
    for event in events:
        old, old_name, mark, day, new, new_name = event.split("|")
        rows.append(f"{day[-4:]};NA;063;{old};{old_name};{mark};{day};{new};{new_name};063;NA;;\n")
    path = folder / "soppressi.csv"
    path.write_text(SUPPRESSED_HEADER + "".join(rows), encoding="utf-8")
    return read_document(path)


def test_the_last_day_of_a_record_is_part_of_it(tmp_path: Path) -> None:
    document = anpr(
        tmp_path,
        "1900-01-01|1900-01-31|063049|F839|NAPOLI||15|NA",
        "1900-02-01|1900-02-01|063049|F839|NAPOLI||15|NA",
        "1900-02-02|9999-12-31|063049|F839|NAPOLI||15|NA",
    )
    rows = document.statements
    assert rows["valid_from"].tolist() == [pd.Timestamp(1900, 1, 1), pd.Timestamp(1900, 2, 1), pd.Timestamp(1900, 2, 2)]
    assert rows["valid_to"].tolist() == [pd.Timestamp(1900, 2, 1), pd.Timestamp(1900, 2, 2), pd.NaT]
    assert str(rows["valid_to"].dtype) == "datetime64[s]"
    assert rows["sigla"].tolist() == ["NA"] * 3
    assert document.as_of == dt.date(2016, 6, 17)
    assert document.skipped == ()


def test_records_that_can_be_no_statement_are_counted_and_named(tmp_path: Path) -> None:
    document = anpr(
        tmp_path,
        "1900-01-01|9999-12-31|063049|F839|NAPOLI||15|NA",
        "1900-01-01|1927-01-11|063801|ND|BARRA||15|NA",
        "1900-01-01|9999-12-31|063802|ND|STILL||15|NA",
        "1927-01-12|1927-01-11|063803|A001|NEVER||15|NA",
    )
    assert document.statements["name"].tolist() == ["NAPOLI"]
    assert document.skipped == (
        "line 3: BARRA (1900-01-01 to 1927-01-11) has no Belfiore code.",
        "line 4: STILL (1900-01-01 to now) has no Belfiore code.",
        "line 5: NEVER (1927-01-12 to 1927-01-11) ends before it begins.",
    )


def test_two_records_of_one_municipality_and_period_are_both_kept(tmp_path: Path) -> None:
    document = anpr(
        tmp_path,
        "1861-03-17|1928-01-25|016828|D588|FILAGO||03|BG",
        "1861-03-17|1928-01-25|016098|D588|MARNE||03|BG",
    )
    assert document.statements["istat_code"].tolist() == ["016828", "016098"]


def test_names_in_two_languages_are_told_from_joined_ones(tmp_path: Path) -> None:
    document = anpr(
        tmp_path,
        "1923-01-01|9999-12-31|021008|A952|BOLZANO|BOZEN|04|BZ",
        "2009-01-29|9999-12-31|032005|I715|SGONICO-ZGONIK|ZGONIK|06|TS",
        "2009-01-29|9999-12-31|031022|I479|SAVOGNA-SOVODNJE|COMUNE DI SAVOGNA-OBCINA SOVODNJE|06|GO",
        "1861-03-17|9999-12-31|007044|I442|SARRE|SARRE|02|AO",
        "1923-01-01|9999-12-31|021118|I604|SENALE-SAN FELICE|UNSERE LIEBE FRAU IM WALDE-ST. FELIX|04|BZ",
    )
    names = document.statements[["name", "name_it", "name_other"]].to_numpy().tolist()
    assert names == [
        [None, "BOLZANO", "BOZEN"],
        ["SGONICO-ZGONIK", "SGONICO", "ZGONIK"],
        ["SAVOGNA-SOVODNJE", "SAVOGNA", "SOVODNJE"],
        ["SARRE", "SARRE", None],
        [None, "SENALE-SAN FELICE", "UNSERE LIEBE FRAU IM WALDE-ST. FELIX"],
    ]


@pytest.mark.parametrize(("region", "said"), [("15", "15"), ("EX", None), ("00", None)])
def test_a_region_that_is_no_more_is_unknown(tmp_path: Path, region: str, said: str | None) -> None:
    rows = anpr(tmp_path, f"1900-01-01|9999-12-31|063049|F839|NAPOLI||{region}|NA").statements
    assert rows.loc[0, "region_code"] == said


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ("1900-02-30|9999-12-31|063049|F839|A||15|NA", "line 2, column 'DATAISTITUZIONE': '1900-02-30' is not a day"),
        ("1900-01-01|31/12/1999|063049|F839|A||15|NA", "column 'DATACESSAZIONE': '31/12/1999' is not a day .* YYYY-MM"),
        ("1900-01-01||063049|F839|A||15|NA", "line 2, column 'DATACESSAZIONE': '' is not a day"),
        ("1900-01-01|9999-12-31|063049|F83|A||15|NA", "line 2, column 'CODCATASTALE': 'F83' is not a Belfiore code"),
        ("1900-01-01|9999-12-31|63049|F839|A||15|NA", "line 2, column 'CODISTAT': '63049' is not an ISTAT code"),
        ("1900-01-01|9999-12-31|063049|F839|||15|NA", "line 2, column 'DENOMINAZIONE_IT': '' is not a name"),
    ],
)
def test_a_record_that_can_not_be_is_refused_with_its_place(tmp_path: Path, record: str, problem: str) -> None:
    with pytest.raises(InvalidDocument, match=problem):
        anpr(tmp_path, record)


def test_an_archive_that_lacks_a_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "archivio.csv"
    path.write_text("DATAISTITUZIONE,DATACESSAZIONE,CODCATASTALE\n1900-01-01,9999-12-31,F839\n", encoding="utf-8")
    with pytest.raises(InvalidDocument, match="no column for istat_code, name_it, name_other, region_code"):
        read_document(path)


def test_events_are_told_by_what_the_table_marks_and_repeats(tmp_path: Path) -> None:
    events = suppressed(
        tmp_path,
        "063801|Barra|0|01/01/1926|063049|Napoli",  # alone: into one that existed
        "063802|Uno||01/01/2014|063090|Due Terre",  # together, after 1950: a new one
        "063803|Due||01/01/2014|063090|Due Terre",
        "063804|Tre||01/01/2016|063090|Due Terre",  # it had taken in others before: it existed
        "063805|Quattro||01/01/2016|063090|Due Terre",
        "063806|Colle Alto||01/02/1928|063091|Colle",  # together, with a word of theirs: a new one
        "063807|Colle Basso||01/02/1928|063091|Colle",
        "063808|Cinque||01/03/1928|063092|Nola",  # together, without: into one that existed
        "063809|Sei||01/03/1928|063092|Nola",
        "063810|Sette Otto|1|01/04/1947|063093|Sette",
        "063810|Sette Otto|1|01/04/1947|063094|Otto",
        "063811|Nove|1|01/05/1947|063095|Nove Nuovo",
        "063812|Tenda||16/09/1947||Stato estero",
    ).events
    assert events["kind"].tolist() == [
        "incorporation", "merger", "merger", "incorporation", "incorporation", "merger", "merger", "incorporation",
        "incorporation", "split", "split", "split", "abroad",
    ]  # fmt: skip
    assert events.index[events["is_partial"]].tolist() == [9, 10]
    assert events.loc[12, ["new_istat_code", "new_name", "note"]].tolist() == [None, None, "Stato estero"]
    assert events.loc[0, "event_date"] == pd.Timestamp(1926, 1, 1)
    assert events[["old_municipality_code", "new_municipality_code"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        (["063801|Barra||1926-01-01|063049|Napoli"], "column 'Data evento': '1926-01-01' is not a day .* DD/MM/YYYY"),
        (["063801|Barra||31/02/1926|063049|Napoli"], "line 2, column 'Data evento': '31/02/1926' is not a day"),
        (["63801|Barra||01/01/1926|063049|Napoli"], "line 2, column 'Codice Comune': '63801' is not an ISTAT code"),
        (["063801|Barra||01/01/1926||Napoli"], "line 2, column 'Codice del Comune ass.*There is no successor"),
        (["063801|Barra||01/01/1926|063049|Napoli"] * 2, "line 3, .*: This event of '063801' was said before"),
    ],
)
def test_an_event_that_can_not_be_is_refused_with_its_place(tmp_path: Path, events: list[str], problem: str) -> None:
    with pytest.raises(InvalidDocument, match=problem):
        suppressed(tmp_path, *events)


def test_a_table_shows_the_day_of_its_latest_event_unless_told(tmp_path: Path) -> None:
    document = suppressed(tmp_path, "063801|Barra||01/01/1926|063049|Napoli", "063802|B||05/05/1927|063049|Napoli")
    assert document.as_of == dt.date(1927, 5, 5)
    assert read_document(tmp_path / "soppressi.csv", as_of=dt.date(2024, 1, 1)).as_of == dt.date(2024, 1, 1)
    content = (tmp_path / "soppressi.csv").read_bytes()
    for name, as_of in (("dal 17-03-1861", dt.date(1927, 5, 5)), ("al 30-06-2024", dt.date(2024, 6, 30))):
        path = tmp_path / f"soppressi {name}.csv"
        path.write_bytes(content)
        assert read_document(path).as_of == as_of


def packaged_record(**changes: str) -> dict[str, object]:
    """Return one record as python-codicefiscale writes it."""
    record = {
        "active": True,
        "code": "F839",
        "date_created": "1900-01-01T00:00:00",
        "date_deleted": "",
        "name": "Napoli",
        "name_alt": "",
        "name_alt_trans": "",
        "name_slugs": ["napoli"],
        "name_trans": "Napoli",
        "province": "NA",
    }
    return {**record, **changes}


def packaged(folder: Path, *records: dict[str, object]) -> Path:
    """Return the path of an archive as python-codicefiscale has it."""
    path = folder / "municipalities.json"
    path.write_text(json.dumps(records, indent=4), encoding="utf-8")
    return path


def test_the_packaged_archive_is_read_from_the_installed_package() -> None:
    """Release 0.12.1 has 19,373 records, 28 of them without a code, up to 21 February 2026."""
    document = codicefiscale_document()
    assert len(document.statements) + len(document.skipped) >= 19_373
    assert document.as_of >= dt.date(2026, 2, 21)
    assert not document.is_snapshot
    assert "python-codicefiscale" in document.source
    assert document.licence == "CC BY 4.0 (data of ANPR); MIT (the package)"
    lirio = document.statements[document.statements["municipality_code"] == "E608"].iloc[0]
    assert lirio[["valid_from", "valid_to"]].tolist() == [pd.Timestamp(1861, 3, 17), pd.Timestamp(2026, 2, 1)]
    rows = document.statements.set_index("municipality_code")
    assert rows.loc[["H845"], "name_other"].iloc[-1] == "Števerjan"  # garbled in the release: "Å Teverjan"


def test_a_name_that_is_its_own_other_name_has_no_other(tmp_path: Path) -> None:
    path = packaged(tmp_path, packaged_record(name_alt="Napoli"), packaged_record(code="A952", name_alt="Bozen"))
    assert is_document(path)
    rows = read_document(path).statements
    assert rows["name_other"].tolist() == [None, "Bozen"]
    assert rows["name"].tolist() == ["Napoli", None]


def test_a_day_with_a_colon_too_many_is_read(tmp_path: Path) -> None:
    record = packaged_record(date_created="1934-01-01:T00:00:00", date_deleted="1934-01-01T00:00:00")
    rows = codicefiscale_document(packaged(tmp_path, record)).statements
    assert rows.loc[0, ["valid_from", "valid_to"]].tolist() == [pd.Timestamp(1934, 1, 1), pd.Timestamp(1934, 1, 2)]


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        (packaged_record(date_created="soon"), "column 'date_created': record 1: 'soon' is not a day"),
        (packaged_record(code="F8"), "column 'code': record 1: 'F8' is not a Belfiore code"),
        (packaged_record() | {"code": None}, "column 'code': record 1: '' is not a Belfiore code"),
        ({"code": "F839"}, r"This is not the archive that is known: KeyError\('date_created'\)"),
    ],
)
def test_a_packaged_record_that_can_not_be_is_refused(tmp_path: Path, record: dict[str, object], problem: str) -> None:
    with pytest.raises(InvalidDocument, match=problem):
        codicefiscale_document(packaged(tmp_path, record))


def test_an_archive_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "municipalities.json"
    path.write_text('[{"code": "F839", "date_created"', encoding="utf-8")
    with pytest.raises(InvalidDocument, match="This is not the archive that is known: JSONDecodeError"):
        codicefiscale_document(path)
    with pytest.raises(InvalidDocument, match="The archive holds no record"):
        codicefiscale_document(packaged(tmp_path))
