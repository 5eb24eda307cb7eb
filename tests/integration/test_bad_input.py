"""What can't be is told to whoever typed it: with file, line, key and what would be valid, or as a stated status.

Definitions are looked at by `atlante indicators check` with the shipped catalogue and a folder of one's own.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from small_country import Firm, indicator, ingest, load_boundaries, numbered, small_catalogue
from typer.testing import CliRunner

from atlante import pipeline
from atlante.cli.application import app
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from pathlib import Path

DAY, NEXT, LAST = date(2024, 10, 1), date(2024, 11, 1), date(2024, 12, 1)
SHARE = '[share]\nnumerator = {}\nunknown = "excluded"'
YOUNG = "age_years(registration_date) < 5"


def _share(condition: str) -> str:
    return indicator(SHARE.format(condition), interval="wilson", disclosure="public-register")


def _growth(of: str) -> str:
    return indicator(f'[growth]\nof = "{of}"\nform = "rate"\nbase = "previous"', disclosure="public-register")


def _composite(*parts: str) -> str:
    listed = ", ".join(f'{{ indicator = "{part}" }}' for part in parts)
    return indicator(f'[composite]\nnormalise = "min-max"\naggregate = "arithmetic"\nparts = [{listed}]')


DII_ITEM = indicator('[survey]\nsurvey = "dii_2023"\nof = "item"\nitem = "robots"', interval="design")
MINE = {
    "an unknown column": (
        {"indicators/mine.toml": _share("""'legal_from == "SPA"'""")},
        ("mine.toml, line 13: share.numerator: ", "'legal_from'", "'legal_form'"),
    ),
    "an indicator that is computed from itself": (
        {"indicators/mine.toml": _growth("yours"), "indicators/yours.toml": _growth("mine")},
        ("mine.toml, line 13: growth.of: it is computed from itself: mine → yours → mine; break the circle",),
    ),
    "a composite of itself": (
        {"indicators/mine.toml": _composite("firms", "mine")},
        ("composite.parts.1.indicator: it is computed from itself: mine → mine; break the circle",),
    ),
    "a code that exists in no edition": (
        {"indicators/mine.toml": _share("""'activity("2025", "99.99")'""")},
        ("mine.toml, line 13: share.numerator: ", "99.99", "2025"),
    ),
    "two files that define one indicator": (
        {"indicators/firms.toml": _share(f'"{YOUNG}"')},
        (
            "own/indicators/firms.toml: id: ",
            "catalogue/indicators/firms.toml defines 'firms' too",
            "rename one of them",
        ),
    ),
    "an item of another version of a survey": (
        {"indicators/mine.toml": DII_ITEM},
        ("mine.toml, line 15: survey.item: the survey 'dii_2023' does not ask 'robots'",),
    ),
}


def _definitions(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("what", MINE)
def test_what_is_wrong_with_a_definition_is_told_with_its_place_and_what_would_be_valid(
    what: str, tmp_path: Path
) -> None:
    files, said = MINE[what]
    own = _definitions(tmp_path / "own", files)
    answer = CliRunner().invoke(app, ["--extra-catalogue-dir", str(own), "indicators", "check"])
    assert answer.exit_code == 1
    told = answer.stderr + str(answer.exception)
    for words in said:
        assert words in told


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("surveys", "dii_2023.toml"),
        ("maturity", "four_axes.toml"),
        ("context", "agcom_broadband.toml"),
        ("sectors", "kis.toml"),
    ],
)
def test_two_files_that_define_one_id_are_both_named_whatever_they_define(
    folder: str, name: str, tmp_path: Path
) -> None:
    shipped = default_catalogue_dir() / folder / name
    own = _definitions(tmp_path / "own", {f"{folder}/{name}": shipped.read_text(encoding="utf-8")})
    answer = CliRunner().invoke(app, ["--extra-catalogue-dir", str(own), "indicators", "check"])
    told = answer.stderr + str(answer.exception)
    assert answer.exit_code == 1
    assert str(own / folder / name) in told
    assert str(shipped) in told


FILIERA = """
proposal = true
title = { it = "a", en = "a", de = "a" }
definition = { it = "a", en = "a", de = "a" }
source = { it = "a", en = "a", de = "a" }
[stages.core]
title = { it = "a", en = "a", de = "a" }
[stages.core.members.2007]
"62" = 1
"99.99" = 1
[stages.core.members.2025]
"62" = 1
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mine", ("line 10: stages.core.members.2007.99.99: ATECO 2007 has no code 99.99", "near it are")),
        ("moda", ("'moda' is defined by", "filiere/moda.toml already; rename one")),
    ],
)
def test_a_filiera_with_a_code_of_no_edition_or_the_id_of_another_is_refused(
    name: str, said: tuple[str, ...], tmp_path: Path
) -> None:
    own = _definitions(tmp_path / "own", {f"filiere/{name}.toml": FILIERA})
    answer = CliRunner().invoke(app, ["--extra-catalogue-dir", str(own), "filiere", "check"])
    assert answer.exit_code == 1
    told = answer.output + str(answer.exception)
    for words in said:
        assert words in told


NET = """
[rate]
firms = "all"
of = "net"
per = "firms"
among = "all"
base = "previous"
factor = 1
"""
RATES = {
    "indicators/firms.toml": indicator('[count]\nfirms = "all"', disclosure="public-register"),
    "indicators/firms_growth.toml": _growth("firms"),
    "indicators/young.toml": _share(f'"{YOUNG}"'),
    "indicators/per_inhabitant.toml": indicator(
        '[rate]\nfirms = "all"\nper = "inhabitants"\nfactor = 1', disclosure="public-register"
    ),
    "indicators/net.toml": indicator(NET, disclosure="public-register"),
    "indicators/net_growth.toml": _growth("net"),
    "indicators/researching.toml": indicator(SHARE.format('"has_rnd"'), interval="wilson"),
    "indicators/answered.toml": indicator('[survey]\nsurvey = "dii_2023"\nof = "basic"', interval="design"),
}


def test_denominators_of_0_and_below_and_what_nobody_has_data_for_are_a_stated_status(
    database: str, tmp_path: Path
) -> None:
    """B001 loses two of its four firms and then one; A002 has its first firm on the second day; B002 never has one."""
    catalogue = small_catalogue(tmp_path / "catalogue", RATES, shipped=["surveys"])
    load_boundaries(database, population=[0, 10, 4, None])
    firms = numbered([Firm("B001")] * 4 + [Firm("A001")] * 3)
    first = {number: firms[number] for number in (1, 2, 5, 6, 7)} | {8: Firm("A002")}
    last = {number: firm for number, firm in first.items() if number != 2}
    for day, extract in ((DAY, firms), (NEXT, first), (LAST, last)):
        ingest(database, catalogue, tmp_path, day, extract)
    results = pipeline.build_periods(database, catalogue, cache_dir=tmp_path)
    assert set(results[-1].build.not_available) == {"researching", "answered"}

    young = _values(database, "young", LAST)
    assert (young["B002"], young["B001"]) == (None, 1)
    per_inhabitant = _values(database, "per_inhabitant", LAST)
    assert (per_inhabitant["A001"], per_inhabitant["B002"]) == (None, None)
    assert per_inhabitant["B001"] == 0.25
    assert _values(database, "firms_growth", NEXT)["A002"] is None
    assert _values(database, "firms_growth", NEXT)["B001"] == -0.5
    assert _values(database, "firms_growth", LAST)["B002"] is None
    assert _values(database, "net", NEXT) | {"01": -0.5} == _values(database, "net", NEXT)
    assert _values(database, "net", NEXT)["A002"] is None
    assert _values(database, "net", LAST)["B001"] == -0.5
    assert _values(database, "net_growth", LAST)["B001"] is None
    assert set(_values(database, "researching", LAST).values()) == {None}

    pipeline.make_release(database, catalogue)
    with psycopg.connect(database) as connection:
        published = connection.execute(
            "SELECT properties ->> 'indicator', properties ->> 'value', properties ->> 'status' FROM publish.feature "
            "WHERE collection_id = 'observations-countries' AND properties ->> 'period' = %s",
            (str(LAST),),
        ).fetchall()
    for name in ("researching", "answered"):
        assert (name, None, "not-available") in published


def _values(url: str, indicator_id: str, day: date) -> dict[str, Any]:
    with psycopg.connect(url) as connection:
        query = "SELECT territory_code, value FROM measure.observation WHERE indicator_id = %s AND period = %s"
        return dict(connection.execute(query, (indicator_id, str(day))).fetchall())
