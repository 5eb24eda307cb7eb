"""Every named query of the project is one that the migrated database understands, and says what a row is."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from atlante.database import load_queries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atlante.database import Cluster

ROOT = Path(__file__).parents[2]
SOURCE_ROOTS = ("config", "geodata", "processing", "services")
UTILITY = re.compile(r"^(COPY|TRUNCATE|ANALYZE|LOCK|CREATE TEMPORARY)\b", re.MULTILINE)
PARAMETER = re.compile(r"%\((\w+)\)s")


@pytest.fixture
def migrated(server: Cluster, template: str) -> Iterator[psycopg.Connection]:
    """Return a connection to the template of all databases: preparing writes nothing."""
    with psycopg.connect(server.url(database=template)) as connection:
        yield connection
        connection.rollback()


def packages_with_queries() -> list[str]:
    found = set()
    for source_root in SOURCE_ROOTS:
        for file in (ROOT / source_root / "atlante").rglob("*.sql"):
            if file.parent.name != "migrations":
                found.add(".".join(file.parent.relative_to(ROOT / source_root).parts))
    return sorted(found)


def named_queries() -> list[tuple[str, str]]:
    return [(package, name) for package in packages_with_queries() for name in load_queries(package)]


def numbered(text: str) -> str:
    """Return a query with $1, $2 … in place of %(names)s, one number per name, as the driver sends it."""
    numbers: dict[str, int] = {}
    text = PARAMETER.sub(lambda match: f"${numbers.setdefault(match[1], len(numbers) + 1)}", text)
    assert not re.search(r"%[^%]", text.replace("%%", "")), "a percent sign is written %%"
    return text.replace("%%", "%")


def run_utility(cursor: psycopg.Cursor, text: str) -> None:
    if "COPY" in text:
        with cursor.copy(text.encode()):
            pass
    else:
        cursor.execute(text.encode())


def test_there_are_queries() -> None:
    assert len(named_queries()) > 10


@pytest.mark.parametrize(("package", "name"), named_queries())
def test_a_named_query_prepares_on_the_migrated_database(migrated: psycopg.Connection, package: str, name: str) -> None:
    text = numbered(load_queries(package).text(name))
    if UTILITY.search(text):  # can't be prepared: run on the empty tables, then rolled back
        with migrated.cursor() as cursor:
            run_utility(cursor, text)
    else:
        migrated.execute(f"PREPARE checked AS {text}".encode())


@pytest.mark.parametrize(("package", "name"), named_queries())
def test_a_named_query_says_what_one_row_is(package: str, name: str) -> None:
    assert re.search(r"^-- grain: \S", load_queries(package).text(name), re.MULTILINE)


class TestLoading:
    """What a file of queries may hold."""

    @pytest.fixture
    def package(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Return the folder of an importable package of this test's own."""
        folder = tmp_path / "made_up_queries"
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "made_up_queries", raising=False)
        return folder

    def test_gives_each_query_under_its_name(self, package: Path) -> None:
        (package / "b.sql").write_text("-- about b\n\n-- name: second\n-- grain: one\nSELECT 2;\n")
        (package / "a.sql").write_text("-- name: first\nSELECT 1;\n\n-- name: third\nSELECT 3\nFROM x;\n")
        (package / "note.txt").write_text("-- name: not_sql\n")
        queries = load_queries("made_up_queries")
        assert list(queries) == ["first", "third", "second"]
        assert queries.text("third") == "SELECT 3\nFROM x"
        assert queries["second"].as_string() == "-- grain: one\nSELECT 2"

    def test_refuses_two_queries_of_one_name(self, package: Path) -> None:
        (package / "a.sql").write_text("-- name: same\nSELECT 1;\n")
        (package / "b.sql").write_text("-- name: same\nSELECT 2;\n")
        with pytest.raises(ValueError, match=r"made_up_queries/b\.sql: a second query 'same'"):
            load_queries("made_up_queries")

    def test_refuses_sql_without_a_name(self, package: Path) -> None:
        (package / "a.sql").write_text("SELECT 1;\n-- name: named\nSELECT 2;\n")
        with pytest.raises(ValueError, match="before the first '-- name:'"):
            load_queries("made_up_queries")

    def test_of_a_name_that_is_not_there_is_an_error(self, package: Path) -> None:
        (package / "a.sql").write_text("-- name: one\nSELECT 1;\n")
        with pytest.raises(KeyError, match="two"):
            load_queries("made_up_queries")["two"]
