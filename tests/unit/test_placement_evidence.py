"""Codes, points and postal codes beside names: which is believed, and what is kept of the others. Cases by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from atlante.catalogue.placement import Alias, ForeignPlaces, PlacementRules, load_placement_rules
from atlante.placement import DECLARED_COLUMNS, Gazetteer, build_gazetteer, resolve, suggest
from atlante.settings import default_catalogue_dir

DAY = date(2023, 1, 1)
# Belfiore and ISTAT code, name, sigla, province, region code, region: ISTAT, Elenco dei comuni italiani, 2023.
MUNICIPALITIES = [
    ("F205", "015146", "Milano", "MI", "Milano", "03", "Lombardia"),
    ("F704", "108033", "Monza", "MB", "Monza e della Brianza", "03", "Lombardia"),
    ("H501", "058091", "Roma", "RM", "Roma", "12", "Lazio"),
    ("E623", "013130", "Livo", "CO", "Como", "03", "Lombardia"),
    ("C933", "013075", "Como", "CO", "Como", "03", "Lombardia"),
    ("E624", "022106", "Livo", "TN", "Trento", "04", "Trentino-Alto Adige/Südtirol"),
    ("L378", "022205", "Trento", "TN", "Trento", "04", "Trentino-Alto Adige/Südtirol"),
]


@pytest.fixture(scope="module")
def rules() -> PlacementRules:
    return load_placement_rules(default_catalogue_dir())


@pytest.fixture(scope="module")
def municipalities() -> pd.DataFrame:
    columns = ["municipality_code", "istat_code", "name", "sigla", "province", "region_code", "region"]
    rows = pd.DataFrame(MUNICIPALITIES, columns=columns)
    return rows.assign(name_it=rows["name"], name_other=None)


@pytest.fixture(scope="module")
def gazetteer(municipalities: pd.DataFrame, rules: PlacementRules) -> Gazetteer:
    return build_gazetteer(municipalities, day=DAY, vintage_day=DAY, rules=rules)


def table(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([{column: row.get(column) for column in DECLARED_COLUMNS} for row in rows])


def place(gazetteer: Gazetteer, rules: PlacementRules, **declared: Any) -> dict[str, Any]:  # noqa: ANN401
    return {str(key): value for key, value in resolve(table(declared), gazetteer, rules).iloc[0].items()}


MILAN = {"municipality": "MILANO", "province": "MI"}


@pytest.mark.parametrize(
    ("declared", "code", "method", "confidence", "conflicts"),
    [
        (MILAN | {"istat_code": "015146"}, "F205", "code+name", 1.0, ()),
        (MILAN | {"belfiore_code": "F205", "istat_code": "15146"}, "F205", "code+name", 1.0, ()),
        # A name and its province are two pieces of evidence that agree: a code alone does not outweigh them.
        (MILAN | {"istat_code": "058091"}, "F205", "name+province", 0.8, ("code: 058091 is H501, not F205",)),
        (MILAN | {"belfiore_code": "H501"}, "F205", "name+province", 0.8, ("code: H501 is H501, not F205",)),
        (MILAN | {"istat_code": "999999"}, "F205", "name+province", 0.8, ("code: 999999 is unknown",)),
        # A name alone gives way to it.
        ({"municipality": "MILANO", "istat_code": "058091"}, "H501", "code", 0.75,
         ("name: declared MILANO, is Roma",)),
        ({"municipality": "MILANO", "istat_code": "015146"}, "F205", "code+name", 1.0, ()),
        ({"municipality": "LIVO", "istat_code": "022106"}, "E624", "code+name", 1.0, ()),
        ({"municipality": "LIVO", "province": "RM", "istat_code": "022106"}, "E624", "code+name", 0.8,
         ("province: declared RM, is TN",)),
        ({"municipality": "NOWHERE", "province": "MI", "istat_code": "015146"}, "F205", "code", 0.75,
         ("name: declared NOWHERE, is Milano",)),
        ({"istat_code": "015146"}, "F205", "code", 0.95, ()),
        ({"belfiore_code": "f205"}, "F205", "code", 0.95, ()),
        ({"istat_code": "015146", "province": "RM", "region": "LAZIO"}, "F205", "code", 0.75,
         ("province: declared RM, is MI", "region: declared LAZIO, is Lombardia")),
        # Belfiore codes don't change, ISTAT codes do.
        ({"belfiore_code": "F205", "istat_code": "058091"}, "F205", "code", 0.75,
         ("code: 058091 is H501, not F205",)),
    ],
)  # fmt: skip
def test_a_code_is_weighed_against_the_name(  # noqa: PLR0917 - a table of cases
    declared: dict[str, Any],
    code: str,
    method: str,
    confidence: float,
    conflicts: tuple[str, ...],
    gazetteer: Gazetteer,
    rules: PlacementRules,
) -> None:
    found = place(gazetteer, rules, **declared)
    assert (found["municipality_code"], found["method"]) == (code, method)
    assert (found["confidence"], found["conflicts"]) == (confidence, conflicts)


def test_an_unknown_code_without_a_name_is_a_reason_of_its_own(gazetteer: Gazetteer, rules: PlacementRules) -> None:
    assert place(gazetteer, rules, istat_code="999999")["reason"] == "unknown code"
    assert place(gazetteer, rules)["reason"] == "no municipality declared"


IN_ROME, NEAR_ROME = {"located_code": "H501"}, {"located_code": "H501", "is_outside": True}
FAR = {"is_outside": True}


@pytest.mark.parametrize(
    ("declared", "code", "method", "confidence", "conflicts"),
    [
        (MILAN | {"located_code": "F205"}, "F205", "name+province", 1.0, ()),
        (MILAN | IN_ROME, "F205", "name+province", 0.8, ("located: H501 instead of declared F205",)),
        (MILAN | NEAR_ROME, "F205", "name+province", 0.8, ("located: near H501 instead of declared F205",)),
        (MILAN | FAR, "F205", "name+province", 0.8, ("located: outside",)),
        ({"istat_code": "015146"} | IN_ROME, "F205", "code", 0.75, ("located: H501 instead of declared F205",)),
        (IN_ROME, "H501", "point", 0.85, ()),
        (NEAR_ROME, "H501", "point nearby", 0.6, ()),
        ({"municipality": "NOWHERE"} | IN_ROME, "H501", "point", 0.65, ("name: declared NOWHERE, is Roma",)),
        ({"province": "MI"} | IN_ROME, "H501", "point", 0.65, ("province: declared MI, is RM",)),
        ({"municipality": "LIVO", "located_code": "E624"}, "E624", "name+point", 0.9, ()),
        ({"municipality": "ROMA"} | IN_ROME, "H501", "name+point", 0.9, ()),
        ({"municipality": "ROMA", "located_code": "F205"}, "H501", "name", 0.4,
         ("located: F205 instead of declared H501",)),
        ({"municipality": "ROMA", "province": "MI", "region": "LOMBARDIA"} | IN_ROME, "H501", "name+point", 0.7,
         ("province: declared MI, is RM", "region: declared LOMBARDIA, is Lazio")),
        ({"municipality": "LIVO"} | IN_ROME, "H501", "point", 0.65, ("name: declared LIVO, is Roma",)),
    ],
)  # fmt: skip
def test_a_point_decides_where_nothing_declared_does_and_is_compared_otherwise(  # noqa: PLR0917 - a table of cases
    declared: dict[str, Any],
    code: str,
    method: str,
    confidence: float,
    conflicts: tuple[str, ...],
    gazetteer: Gazetteer,
    rules: PlacementRules,
) -> None:
    found = place(gazetteer, rules, **declared)
    assert (found["municipality_code"], found["method"]) == (code, method)
    assert (found["confidence"], found["conflicts"]) == (confidence, conflicts)


@pytest.mark.parametrize(
    ("declared", "conflicts"),
    [
        ({"municipality": "TALLINN", "province": "MI"}, ()),
        ({"municipality": "TALLINN", "province": "MI"} | IN_ROME, ("located: H501 instead of declared abroad",)),
        (MILAN | {"province": "EE"}, ()),
        (MILAN | {"belfiore_code": "Z404"}, ()),
        (FAR, ()),
        ({"municipality": "NOWHERE", "province": "??"} | FAR, ()),
    ],
)
def test_a_seat_abroad_is_recognised(
    declared: dict[str, Any], conflicts: tuple[str, ...], gazetteer: Gazetteer, rules: PlacementRules
) -> None:
    found = place(gazetteer, rules, **declared)
    assert (found["municipality_code"], found["reason"], found["conflicts"]) == (None, "foreign seat", conflicts)
    assert (found["method"], found["confidence"]) == ("none", 0.0)


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ({"province": "MI"}, "no municipality declared"),
        ({"municipality": "NOWHERE", "region": "LOMBARDIA"}, "unknown name"),
        ({"municipality": "LIVO"}, "homonym without province"),
    ],
)
def test_a_point_far_outside_is_no_seat_abroad_where_something_italian_is_declared(
    declared: dict[str, Any], reason: str, gazetteer: Gazetteer, rules: PlacementRules
) -> None:
    assert place(gazetteer, rules, **(declared | FAR))["reason"] == reason


def test_a_postal_code_breaks_a_tie_by_other_firms_of_the_extract(gazetteer: Gazetteer, rules: PlacementRules) -> None:
    """22010 and 38020 are seen in firms whose place is beyond doubt; 22100 says the province by its first digits."""
    tied = {"municipality": "LIVO"}
    rows = [
        {"municipality": "LIVO", "province": "CO", "postal_code": "22010"},
        {"municipality": "TRENTO", "province": "TN", "postal_code": "38122"},
        tied | {"postal_code": "22010"},
        tied | {"postal_code": "38199"},
        tied | {"postal_code": "00100"},
        tied | {"postal_code": "220"},
        tied,
    ]
    found = resolve(table(*rows), gazetteer, rules)
    assert found["municipality_code"].tolist() == ["E623", "L378", "E623", "E624", None, None, None]
    assert found["method"].tolist()[2:] == ["name+postal code"] * 2 + ["none"] * 3
    assert found["confidence"].tolist()[2] == 0.7


def test_a_postal_code_that_fits_several_namesakes_breaks_no_tie(gazetteer: Gazetteer, rules: PlacementRules) -> None:
    rows = [
        {"municipality": "LIVO", "province": "CO", "postal_code": "22010"},
        {"municipality": "LIVO", "province": "TN", "postal_code": "22010"},
        {"municipality": "LIVO", "postal_code": "22010"},
    ]
    assert resolve(table(*rows), gazetteer, rules)["reason"].tolist() == [None, None, "homonym without province"]


def test_a_postal_code_says_nothing_against_what_is_declared(gazetteer: Gazetteer, rules: PlacementRules) -> None:
    rows = [{"municipality": "TRENTO", "province": "TN", "postal_code": "38122"}, MILAN | {"postal_code": "38122"}]
    assert resolve(table(*rows), gazetteer, rules)["municipality_code"].tolist() == ["L378", "F205"]


def test_suggestions_are_the_nearest_names_those_of_the_province_first(municipalities: pd.DataFrame) -> None:
    declared = pd.DataFrame(
        {"municipality": ["MILANOO", "MONZZA", "LIVVO", "XYZ", None], "province": ["MI", "MI", "TN", "MI", None]},
        index=[3, 1, 2, 5, 4],
    )
    suggestions = suggest(declared, municipalities)
    assert suggestions.to_dict() == {
        3: "Milano (MI, F205)",
        1: "Monza (MB, F704)",
        2: "Livo (TN, E624)",
        5: "",
        4: "",
    }


@pytest.mark.parametrize("name", ["San Marino", "REPUBBLICA DI SAN MARINO", "Svizzera", "Stati Uniti d'America"])
@pytest.mark.parametrize("province", [None, "MI", "RSM"])
def test_the_name_of_a_state_is_a_seat_abroad(
    name: str, province: str | None, gazetteer: Gazetteer, rules: PlacementRules
) -> None:
    found = place(gazetteer, rules, municipality=name, province=province)
    assert (found["municipality_code"], found["reason"]) == (None, "foreign seat")


def test_a_hamlet_with_the_name_of_a_state_is_where_its_point_and_province_agree(
    gazetteer: Gazetteer, rules: PlacementRules
) -> None:
    """San Marino is a part of Carpi and of Bentivoglio as well."""
    declared = {"municipality": "SAN MARINO", "province": "MI"}
    assert place(gazetteer, rules, **declared, located_code="F205")["municipality_code"] == "F205"
    elsewhere = place(gazetteer, rules, **declared, located_code="H501")
    assert (elsewhere["reason"], elsewhere["conflicts"]) == (
        "foreign seat", ("located: H501 instead of declared abroad",),
    )  # fmt: skip
    assert place(gazetteer, rules, **declared, istat_code="015146")["municipality_code"] == "F205"


def test_the_name_of_a_state_inside_a_longer_name_means_nothing(gazetteer: Gazetteer, rules: PlacementRules) -> None:
    found = place(gazetteer, rules, municipality="SAN MARINO DI BENTIVOGLIO", province="BO")
    assert found["reason"] == "unknown name"


@pytest.mark.parametrize("name", ["ROMA CAPITALE", "Ostia", "Lido di Ostia", "OSTIA LIDO"])
def test_a_part_or_another_name_of_rome_is_rome_and_not_elsewhere(
    name: str, gazetteer: Gazetteer, rules: PlacementRules
) -> None:
    assert place(gazetteer, rules, municipality=name, province="RM")["municipality_code"] == "H501"
    assert place(gazetteer, rules, municipality=name)["municipality_code"] == "H501"
    assert place(gazetteer, rules, municipality=name, province="MI")["municipality_code"] is None


def test_an_alias_of_one_province_is_not_taken_where_nothing_confirms_it(municipalities: pd.DataFrame) -> None:
    """Bastia is Bastia Umbra in the province of Perugia, and other places in others."""
    alias = Alias(name="DUOMO", province="MI", municipality_code="F205", why="a test", source="a test")
    rules = PlacementRules(provinces=(), aliases=(alias,), foreign=ForeignPlaces(provinces=(), places={}))
    gazetteer = build_gazetteer(municipalities, day=DAY, vintage_day=DAY, rules=rules)
    assert place(gazetteer, rules, municipality="Duomo", province="MI")["method"] == "alias"
    assert place(gazetteer, rules, municipality="Duomo", region="Lombardia")["method"] == "alias"
    assert place(gazetteer, rules, municipality="Duomo")["reason"] == "homonym without province"
    assert place(gazetteer, rules, municipality="Duomo", province="RM")["reason"] == "unknown name"
    assert place(gazetteer, rules, municipality="Duomo", located_code="F205")["method"] == "name+point"
