"""`atlante territories load` and what it refuses: folders, partial lists, facts that are declared no more."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest
from made_documents import archive, listing
from typer.testing import CliRunner, Result

from atlante.cli.application import app
from atlante.errors import AtlanteError, DayNotTold, InvalidBoundaries, InvalidDocument, PartialList
from atlante.pipeline.territories import load_territory_documents, territory_documents, territory_history

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from atlante.territories.documents import Document

MANY = 300
HEADER = "codice_istat,denominazione,codice_catastale,regione,provincia,sigla_provincia\n"
UNIFIED = "NR.,DESCRIZIONE COMUNE,SIGLA,CODICE ELETTORALE,CODICE ISTAT,CODICE BELFIORE\n"


def call(url: str, *arguments: object) -> Result:
    return CliRunner().invoke(app, ["--database-url", url, "territories", *map(str, arguments)])


def refused(result: Result, error: type[AtlanteError]) -> str:
    assert isinstance(result.exception, error), result.output
    return str(result.exception)


def towns(count: int = MANY, begin: int = 0) -> list[dict[str, str]]:
    """Return municipalities, Town 0 (A000) the first of all."""
    return [
        {"code": f"A{n:03}", "name": f"Town {n}", "istat_code": f"001{n:03}", "sigla": "TO", "region_code": "01"}
        for n in range(begin, begin + count)
    ]


def archived(*rows: dict[str, str]) -> Document:
    return archive(*({**row, "name": row["name"].upper()} for row in rows))


def write_list(file: Path, rows: Sequence[dict[str, str]]) -> Path:
    lines = [f"{row['istat_code']},{row['name']},{row['code']},Piemonte,Torino,TO\n" for row in rows]
    file.write_text(HEADER + "".join(lines), encoding="utf-8")
    return file


class TestAFolder:
    """Everything that can be read is loaded; the rest is named, and the call fails."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "lists"
        folder.mkdir()
        write_list(folder / "elenco_2024-02-24.csv", towns(3))
        (folder / "unico.csv").write_text(f"{UNIFIED}1,TOWN 0,TO,1,001000,A000\n2,TOWN 1,TO,2,001001,A001\n")
        return folder

    def test_names_the_file_without_a_day_and_loads_the_others(self, database: str, folder: Path) -> None:
        result = call(database, "load", folder, "--json")
        assert result.exit_code == 1
        assert len(json.loads(result.stdout)["documents"]) == 1
        assert territory_documents(database)["kind"].tolist() == ["istat-list"]
        (left_out,) = json.loads(result.stdout)["left_out"]
        assert left_out["file"] == str(folder / "unico.csv")
        told = "".join(result.stderr.split())
        assert f"Notloaded:unico.csv.{left_out['reason']}".replace(" ", "") in told
        assert f"territories load {folder / 'unico.csv'} --as-of YYYY-MM-DD" in left_out["reason"]

    def test_with_a_day_for_that_file_everything_is_loaded(self, database: str, folder: Path) -> None:
        assert call(database, "load", folder, "--as-of", "2023-05-01").exit_code == 0
        days = territory_documents(database).set_index("kind")["as_of"]
        assert days.to_dict() == {"unified-codes": date(2023, 5, 1), "istat-list": date(2024, 2, 24)}

    def test_names_what_is_no_document_and_boundaries_beside_documents(self, database: str, folder: Path) -> None:
        (folder / "unico.csv").unlink()
        (folder / "notes.csv").write_text("a,b\n1,2\n")
        (folder / "comuni.gpkg").touch()
        result = call(database, "load", folder, "--json")
        reasons = {left["file"]: left["reason"] for left in json.loads(result.stdout)["left_out"]}
        assert result.exit_code == 1
        assert "no known document" in reasons[str(folder / "notes.csv")]
        assert "load" in reasons[str(folder / "comuni.gpkg")]

    def test_of_boundaries_is_refused_by_load_and_check(self, database: str, tmp_path: Path) -> None:
        for year in (2019, 2021):
            (tmp_path / f"comuni_{year}.parquet").touch()
        problem = "several files with boundaries: comuni_2019.parquet, comuni_2021.parquet. Name one of them"
        assert problem in refused(call(database, "check", tmp_path), InvalidBoundaries)
        assert problem in refused(call(database, "load", tmp_path, "--as-of", "2020-01-01"), InvalidBoundaries)

    def test_without_boundaries_is_not_asked_for_its_day(self, database: str, folder: Path) -> None:
        assert "is a folder without boundaries" in refused(call(database, "check", folder), InvalidBoundaries)


def test_a_file_that_is_named_is_not_left_out(database: str, tmp_path: Path) -> None:
    good, bad = write_list(tmp_path / "elenco_2024-02-24.csv", towns(3)), tmp_path / "firms.csv"
    bad.write_text("id,comune\n1,AgliÃ¨\n", encoding="utf-8")
    message = refused(call(database, "load", good, bad), InvalidDocument)
    assert "no known document" in message
    assert "istat-list: " in message
    assert territory_documents(database).empty


class TestAPartialList:
    """A list of a region, named like one of the country, would end all municipalities that it lacks."""

    @pytest.fixture
    def country(self, database: str) -> str:
        load_territory_documents(database, [archived(*towns())])
        return database

    def test_is_refused_with_how_many_it_lacks_and_examples(self, country: str, tmp_path: Path) -> None:
        file = write_list(tmp_path / "region_2024-02-24.csv", towns(100))
        message = refused(call(country, "load", file), PartialList)
        assert "lacks 200 of the 300 municipalities that existed on the day before" in message
        assert "TOWN 100 (A100), TOWN 101 (A101), TOWN 102 (A102)" in message
        assert "--partial" in message
        assert len(territory_history(country).at(date(2024, 3, 1))) == MANY

    def test_speaks_only_of_what_it_has_where_that_is_said(self, country: str, tmp_path: Path) -> None:
        rows = [{**row, "name": f"Borgo {n}"} for n, row in enumerate(towns(100))]
        assert call(country, "load", write_list(tmp_path / "region_2024-02-24.csv", rows), "--partial").exit_code == 0
        there = territory_history(country).at(date(2024, 3, 1)).set_index("municipality_code")["name"]
        assert (len(there), there["A099"], there["A100"]) == (MANY, "Borgo 99", "Town 100")
        assert territory_documents(country)["is_complete"].tolist() == [True, False]

    def test_ends_the_others_where_it_is_said_to_be_whole(self, country: str, tmp_path: Path) -> None:
        file = write_list(tmp_path / "country_2024-02-24.csv", towns(100))
        assert call(country, "load", file, "--whole").exit_code == 0
        assert len(territory_history(country).at(date(2024, 3, 1))) == 100

    def test_that_lacks_a_few_is_whole(self, country: str) -> None:
        load_territory_documents(country, [listing(date(2024, 2, 24), *towns(286))])
        assert len(territory_history(country).at(date(2024, 3, 1))) == 286

    def test_is_found_among_lists_that_come_together(self, database: str) -> None:
        lists = [listing(date(2023, 1, 1), *towns()), listing(date(2024, 1, 1), *towns(100))]
        with pytest.raises(PartialList, match=r"lacks 200 of the 300 municipalities that istat-list-2023-01-01"):
            load_territory_documents(database, lists)
        assert territory_documents(database).empty

    def test_that_is_loaded_again_as_a_whole_one_is_doubted_again(self, country: str, tmp_path: Path) -> None:
        file = write_list(tmp_path / "region_2024-02-24.csv", towns(100))
        call(country, "load", file, "--partial")
        refused(call(country, "load", file), PartialList)
        assert territory_documents(country)["is_complete"].tolist() == [True, False]


class TestDeclaredFacts:
    """A file of facts is an edition: what it does not say any more does not count."""

    @staticmethod
    def declare(file: Path, *names: str) -> Path:
        facts = [
            f'[[statements]]\ncode = "A00{n}"\nvalid_from = 2024-01-01\nname = "{name}"\nsource = "a test"\n'
            for n, name in enumerate(names)
        ]
        file.write_text("".join(facts), encoding="utf-8")
        return file

    def names(self, url: str) -> list[str]:
        return territory_history(url).at(date(2024, 3, 1))["name"].tolist()

    def test_that_are_taken_out_of_the_file_are_withdrawn(self, database: str, tmp_path: Path) -> None:
        load_territory_documents(database, [archived(*towns(2))])
        file = tmp_path / "facts.toml"
        call(database, "load", "--declared", self.declare(file, "Alpha", "Beta"))
        assert self.names(database) == ["Alpha", "Beta"]
        result = call(database, "load", "--declared", self.declare(file, "Alpha"), "--json")
        assert self.names(database) == ["Alpha", "Town 1"]
        (withdrawn,) = json.loads(result.stdout)["withdrawn"]
        assert f"{withdrawn} is withdrawn" in result.stderr
        assert len(territory_documents(database)) == 2

    def test_that_come_back_count_again(self, database: str, tmp_path: Path) -> None:
        load_territory_documents(database, [archived(*towns(2))])
        file = tmp_path / "facts.toml"
        for names in (("Alpha", "Beta"), ("Alpha",), ("Alpha", "Beta")):
            call(database, "load", "--declared", self.declare(file, *names))
        assert self.names(database) == ["Alpha", "Beta"]

    def test_of_another_file_stay(self, database: str, tmp_path: Path) -> None:
        load_territory_documents(database, [archived(*towns(2))])
        call(database, "load", "--declared", self.declare(tmp_path / "mine.toml", "Alpha"))
        call(database, "load", "--declared", self.declare(tmp_path / "yours.toml", "Alpha", "Beta"))
        assert self.names(database) == ["Alpha", "Beta"]
        assert len(territory_documents(database)) == 3


class TestDays:
    """A history has a first day, and none that is to come."""

    @pytest.fixture
    def loaded(self, database: str) -> str:
        load_territory_documents(database, [archived(*towns(2))])
        return database

    @pytest.mark.parametrize(
        "arguments",
        [
            ("at", "1861-03-16"),
            ("crosswalk", "--from", "1861-03-16", "--to", "2020-01-01"),
            ("crosswalk", "--from", "2020-01-01", "--to", "1861-03-16"),
        ],
    )
    def test_before_the_history_are_refused_with_its_first(self, loaded: str, arguments: tuple[str, ...]) -> None:
        message = refused(call(loaded, *arguments), DayNotTold)
        assert "is 1861-03-16, but the history of territories begins on 1861-03-17" in message

    @pytest.mark.parametrize(
        "arguments", [("at", "2999-01-01"), ("crosswalk", "--from", "2020-01-01", "--to", "2999-01-01")]
    )
    def test_to_come_are_refused(self, loaded: str, arguments: tuple[str, ...]) -> None:
        assert "2999-01-01, but that day is to come" in refused(call(loaded, *arguments), DayNotTold)

    def test_later_than_all_documents_are_answered_with_a_warning(self, loaded: str) -> None:
        result = call(loaded, "at", "2023-05-17", "--csv")
        assert (result.exit_code, len(result.stdout.splitlines())) == (0, 3)
        assert "Documents speak until 2023-05-16" in result.stderr
        assert "Documents speak" not in call(loaded, "at", "2023-05-16").stderr

    def test_that_a_document_announces_are_answered(self, loaded: str, tmp_path: Path) -> None:
        """A law may say today what will be from a day to come."""
        file = tmp_path / "facts.toml"
        file.write_text(
            '[[statements]]\ncode = "A000"\nvalid_from = 2998-01-01\nname = "Town of Tomorrow"\nsource = "a law"\n'
        )
        assert call(loaded, "load", "--declared", file).exit_code == 0
        assert "Town of Tomorrow" in call(loaded, "at", "2998-01-01").stdout
        refused(call(loaded, "at", "2998-01-02"), DayNotTold)


def test_an_everyday_name_is_found(database: str) -> None:
    """Reggio Emilia is an alias of config/catalogue/placement: no document has it."""
    load_territory_documents(database, [archive({"code": "H223", "name": "REGGIO NELL'EMILIA", "sigla": "RE"})])
    (found,) = json.loads(call(database, "history", "reggio emilia", "--json").stdout)
    assert found["name"] == "Reggio nell'Emilia"


def test_names_of_any_language_and_everyday_ones_are_suggested(database: str) -> None:
    bolzano = {"code": "A952", "name_it": "Bolzano", "name_other": "Bozen", "sigla": "BZ", "region_code": "04"}
    load_territory_documents(database, [listing(date(2024, 1, 1), bolzano)])
    assert "Bozen" in str(call(database, "history", "Botzen").exception)
    assert "REGGIO EMILIA" in str(call(database, "history", "Regio Emilia").exception)
