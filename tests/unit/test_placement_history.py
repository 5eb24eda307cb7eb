"""Declarations of any date by a history made by hand: what is meant on the day, and where that is in the boundaries."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from histories import history

from atlante.catalogue.placement import Alias, Evidence, ForeignPlaces, PlacementRules
from atlante.placement import DECLARED_COLUMNS, build_gazetteer, resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from histories import Event, Version

    from atlante.territories.history import History

VINTAGE_DAY = date(2023, 1, 1)
REGIONS = {"AA": ("01", "Prima"), "BB": ("01", "Prima"), "CC": ("02", "Seconda"), "VS": ("20", "Sardegna")}
REGIONS["SU"] = REGIONS["VS"]
EPOCH = "1861-03-17"


def version(code: str, name: str, sigla: str, begin: str = EPOCH, end: str | None = None, istat: str = "") -> Version:
    region_code, region = REGIONS[sigla]
    labels = {"name": name, "name_it": name, "sigla": sigla, "province": f"Provincia {sigla}"}
    return (code, begin, end, labels | {"region_code": region_code, "region": region, "istat_code": istat or None})  # type: ignore[dict-item]


VERSIONS: Sequence[Version] = [
    version("A001", "Vecchio", "AA", end="2019-01-01", istat="001001"),
    version("A002", "Altro", "AA", end="2019-01-01", istat="001002"),
    version("M001", "Nuovo", "AA", "2019-01-01", istat="001003"),
    version("B001", "Spaccato", "BB", end="2010-05-01"),
    version("B002", "Spaccato di Sopra", "BB", "2010-05-01"),
    version("B003", "Spaccato di Sotto", "BB", "2010-05-01"),
    version("C001", "Carbonaia", "VS", "2005-05-01", "2016-04-20", istat="106001"),
    version("C001", "Carbonaia", "SU", "2016-04-20", istat="111001"),
    version("D001", "Bagni", "CC", end="2024-02-01", istat="002001"),
    version("D001", "Bagni Terme", "CC", "2024-02-01", istat="002001"),
    version("E001", "Sovizzo", "CC", end="2024-01-22", istat="002002"),
    version("E002", "Gambugliano", "CC", end="2024-01-22"),
    version("M002", "Sovizzo", "CC", "2024-01-22", istat="002003"),
    version("E003", "Alano", "CC", end="2024-01-22"),
    version("E004", "Quero", "CC", end="2024-01-22"),
    version("M003", "Setteville", "CC", "2024-01-22", istat="002004"),
    version("F001", "Omonimo", "AA"),
    version("F002", "Omonimo", "BB", end="2015-01-01"),
    version("F003", "Grande", "BB"),
    version("F004", "Lontano", "AA"),
    version("F005", "Lontano", "CC", end="1928-01-01"),
    version("F006", "Passato", "CC", end="1928-01-01"),
    version("G001", "Zara", "CC", "1923-01-01", "1947-09-16"),
    version("H001", "Uguale", "CC", end="2024-05-01"),
    version("H002", "Uguale", "CC", "2024-05-01"),  # no event tells what it was made of
    version("I001", "Intero", "AA"),
    version("I002", "Ritagliato", "AA", "2021-02-20"),
]
EVENTS: Sequence[Event] = [
    ("2019-01-01", "merger", "A001", "M001"),
    ("2019-01-01", "merger", "A002", "M001"),
    ("2010-05-01", "split", "B001", "B002"),
    ("2010-05-01", "split", "B001", "B003"),
    ("2024-01-22", "merger", "E001", "M002"),
    ("2024-01-22", "merger", "E002", "M002"),
    ("2024-01-22", "merger", "E003", "M003"),
    ("2024-01-22", "merger", "E004", "M003"),
    ("2015-01-01", "incorporation", "F002", "F003"),
    ("1928-01-01", "incorporation", "F005", "D001"),
    ("1928-01-01", "incorporation", "F006", "D001"),
    ("1947-09-16", "abroad", "G001", None),
    ("2021-02-20", "split", "I001", "I002", {"is_partial": True}),
]
RULES = PlacementRules(provinces=(), aliases=(), foreign=ForeignPlaces(provinces=("EE",), places={}))


@pytest.fixture(scope="module")
def known() -> History:
    return history(VERSIONS, EVENTS)


def boundaries(known: History) -> pd.DataFrame:
    return known.at(VINTAGE_DAY).drop(columns=["valid_from", "valid_to", "changed_after", "sources"])


def place(known: History, day: str, rules: PlacementRules = RULES, **declared: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what comes of one declaration on a day."""
    gazetteer = build_gazetteer(
        boundaries(known), known, day=date.fromisoformat(day), vintage_day=VINTAGE_DAY, rules=rules
    )
    row = pd.DataFrame([{column: declared.get(column) for column in DECLARED_COLUMNS}])
    return {str(key): value for key, value in resolve(row, gazetteer, rules).iloc[0].items()}


@pytest.mark.parametrize(
    ("day", "name", "sigla", "then", "code", "conflicts"),
    [
        ("2015-06-30", "VECCHIO", "AA", "A001", "M001", ()),
        ("2022-06-30", "VECCHIO", "AA", "M001", "M001", ("name of 1861\N{EN DASH}2018",)),
        ("2022-06-30", "NUOVO", "AA", "M001", "M001", ()),
        ("2015-06-30", "NUOVO", "AA", None, "M001", ("name since 2019",)),
        ("2025-06-30", "BAGNI", "CC", "D001", "D001", ("name of 1861\N{EN DASH}2024",)),
        ("2025-06-30", "BAGNI TERME", "CC", "D001", "D001", ()),
        ("2022-06-30", "BAGNI TERME", "CC", "D001", "D001", ("name since 2024",)),
        ("2025-06-30", "ALANO", "CC", "M003", "E003", ("name of 1861\N{EN DASH}2024",)),
        ("2022-06-30", "PASSATO", "CC", "D001", "D001", ("name of 1861\N{EN DASH}1927",)),
    ],
)
def test_a_name_is_looked_up_as_of_the_day(  # noqa: PLR0917 - a table of cases
    known: History, day: str, name: str, sigla: str, then: str | None, code: str, conflicts: tuple[str, ...]
) -> None:
    found = place(known, day, municipality=name, province=sigla)
    assert (found["municipality_then"], found["municipality_code"]) == (then, code)
    assert (found["method"], found["conflicts"]) == ("name+province", conflicts)
    assert found["confidence"] == (0.9 if conflicts else 1.0)


@pytest.mark.parametrize(
    ("day", "sigla", "method", "conflicts"),
    [
        ("2015-06-30", "VS", "name+province", ()),
        ("2015-06-30", "SU", "name+former province", ("province: declared SU, is VS",)),
        ("2022-06-30", "VS", "name+former province", ("province: declared VS, is SU",)),
        ("2022-06-30", "SU", "name+province", ()),
        ("2022-06-30", "Provincia VS", "name+former province", ("province: declared Provincia VS, is SU",)),
    ],
)
def test_a_province_counts_as_of_the_day_and_less_at_any_other(
    known: History, day: str, sigla: str, method: str, conflicts: tuple[str, ...]
) -> None:
    found = place(known, day, municipality="CARBONAIA", province=sigla)
    assert (found["municipality_code"], found["method"], found["conflicts"]) == ("C001", method, conflicts)
    assert found["confidence"] == (0.9 if conflicts else 1.0)


@pytest.mark.parametrize(
    ("day", "istat_code", "then", "code", "conflicts"),
    [
        ("2015-06-30", "106001", "C001", "C001", ()),
        ("2022-06-30", "111001", "C001", "C001", ()),
        ("2022-06-30", "106001", "C001", "C001", ("code of 2005\N{EN DASH}2016",)),
        ("2015-06-30", "111001", "C001", "C001", ("code since 2016",)),
        ("2022-06-30", "1001", "M001", "M001", ("code of 1861\N{EN DASH}2018",)),
        ("2015-06-30", "1001", "A001", "M001", ()),
        ("2015-06-30", "1001.0", "A001", "M001", ()),
    ],
)
def test_an_istat_code_is_read_as_of_the_day_with_or_without_leading_zeros(
    known: History, day: str, istat_code: str, then: str, code: str, conflicts: tuple[str, ...]
) -> None:
    found = place(known, day, istat_code=istat_code)
    assert (found["municipality_then"], found["municipality_code"], found["method"]) == (then, code, "code")
    assert (found["conflicts"], found["confidence"]) == (conflicts, 0.85 if conflicts else 0.95)


def test_a_belfiore_code_is_the_same_for_ever(known: History) -> None:
    found = place(known, "2022-06-30", belfiore_code="c001")
    assert (found["municipality_code"], found["conflicts"]) == ("C001", ())
    gone = place(known, "2022-06-30", belfiore_code="A002")
    assert (gone["municipality_code"], gone["conflicts"]) == ("M001", ("code of 1861\N{EN DASH}2018",))


def test_what_was_split_is_placed_by_its_point_alone(known: History) -> None:
    split = place(known, "2022-06-30", municipality="SPACCATO", province="BB")
    assert (split["municipality_then"], split["municipality_code"]) == (None, None)
    assert split["reason"] == "split since"
    there = place(known, "2022-06-30", municipality="SPACCATO", province="BB", located_code="B003")
    assert (there["municipality_then"], there["municipality_code"]) == ("B003", "B003")
    assert (there["method"], there["conflicts"]) == ("name+point", ("name of 1861\N{EN DASH}2010",))
    coded = place(known, "2022-06-30", belfiore_code="B001", located_code="B002")
    assert (coded["municipality_code"], coded["method"]) == ("B002", "code+point")
    elsewhere = place(known, "2022-06-30", municipality="SPACCATO", province="BB", located_code="F003")
    assert (elsewhere["municipality_code"], elsewhere["method"]) == ("F003", "point")
    assert "name: declared SPACCATO, is Grande" in elsewhere["conflicts"]


def test_what_is_newer_than_the_boundaries_is_placed_by_its_point_alone(known: History) -> None:
    newer = place(known, "2025-06-30", municipality="SETTEVILLE", province="CC")
    assert (newer["municipality_then"], newer["municipality_code"]) == ("M003", None)
    assert newer["reason"] == "newer than the boundaries"
    there = place(known, "2025-06-30", municipality="SETTEVILLE", province="CC", located_code="E004")
    assert (there["municipality_then"], there["municipality_code"]) == ("M003", "E004")
    assert (there["method"], there["conflicts"]) == ("name+point", ())
    assert place(known, "2025-06-30", istat_code="2004")["reason"] == "newer than the boundaries"


def test_a_newer_municipality_with_an_old_name_is_in_the_old_one_of_that_name(known: History) -> None:
    found = place(known, "2025-06-30", municipality="SOVIZZO", province="CC")
    assert (found["municipality_then"], found["municipality_code"]) == ("M002", "E001")
    assert found["conflicts"] == ("boundaries: E001 is part of M002",)
    there = place(known, "2025-06-30", municipality="SOVIZZO", province="CC", located_code="E002")
    assert (there["municipality_code"], there["method"]) == ("E002", "name+point")


def test_where_no_source_tells_what_a_new_municipality_was_made_of_its_name_and_province_do(known: History) -> None:
    found = place(known, "2025-06-30", municipality="UGUALE", province="CC")
    assert (found["municipality_then"], found["municipality_code"]) == ("H002", "H001")
    assert found["conflicts"] == ("boundaries: H001 is part of H002",)
    assert place(known, "2025-06-30", belfiore_code="H002")["reason"] == "newer than the boundaries"


def test_a_point_in_a_part_that_was_given_away_later_is_no_disagreement(known: History) -> None:
    """Declared in 2020, when I002 was ground of I001; the boundaries of 2023 tell them apart."""
    found = place(known, "2020-06-30", municipality="INTERO", province="AA", located_code="I002")
    assert (found["municipality_then"], found["municipality_code"]) == ("I001", "I002")
    assert (found["method"], found["conflicts"]) == ("name+point", ())
    since = place(known, "2022-06-30", municipality="INTERO", province="AA", located_code="I002")
    assert since["municipality_code"] == "I001"
    assert since["conflicts"] == ("located: I002 instead of declared I001",)


def test_a_name_given_up_not_long_ago_makes_homonyms(known: History) -> None:
    assert place(known, "2022-06-30", municipality="OMONIMO")["reason"] == "homonym without province"
    assert place(known, "2022-06-30", municipality="OMONIMO", province="AA")["municipality_code"] == "F001"
    assert place(known, "2022-06-30", municipality="OMONIMO", province="BB")["municipality_code"] == "F003"


def test_a_name_given_up_long_ago_does_not(known: History) -> None:
    found = place(known, "2022-06-30", municipality="LONTANO")
    assert (found["municipality_code"], found["method"]) == ("F004", "name")
    forgetful = RULES.model_copy(update={"evidence": Evidence(names_remembered_years=200)})
    assert place(known, "2022-06-30", forgetful, municipality="LONTANO")["reason"] == "homonym without province"
    assert place(known, "2022-06-30", municipality="PASSATO")["method"] == "name"


def test_a_municipality_that_left_the_country_is_a_seat_abroad(known: History) -> None:
    assert place(known, "2022-06-30", municipality="ZARA")["reason"] == "foreign seat"


def test_an_alias_leads_through_the_history(known: History) -> None:
    alias = Alias(name="VECCHIOTTO", municipality_code="A001", why="a test", source="a test")
    rules = RULES.model_copy(update={"aliases": (alias,)})
    found = place(known, "2022-06-30", rules, municipality="VECCHIOTTO", province="AA")
    assert (found["municipality_then"], found["municipality_code"], found["method"]) == ("M001", "M001", "alias")


def test_a_name_that_one_source_has_and_another_contradicts_is_known(known: History) -> None:
    said = pd.DataFrame(
        [("F004", "name_it", None, None, "Lontano", "istat-list", "Lontanuccio", "anpr-archive")],
        columns=list(known.conflicts.columns),
    )
    told = type(known)(known.versions, known.events, said)
    assert place(told, "2022-06-30", municipality="LONTANUCCIO", province="AA")["municipality_code"] == "F004"


def test_boundaries_that_the_history_does_not_know_speak_for_themselves(known: History) -> None:
    more = pd.concat([boundaries(known), boundaries(known).head(1).assign(
        municipality_code="Z001", name="Ignoto", name_it="Ignoto", istat_code="001099"
    )])  # fmt: skip
    gazetteer = build_gazetteer(more, known, day=date(2022, 6, 30), vintage_day=VINTAGE_DAY, rules=RULES)
    declared = pd.DataFrame({"municipality": ["IGNOTO", None], "istat_code": [None, "1099"]})
    assert resolve(declared, gazetteer, RULES)["municipality_code"].tolist() == ["Z001", "Z001"]
