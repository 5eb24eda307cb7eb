"""Declared names to municipalities: every trap of data.md and of ISTAT's homonyms, on a gazetteer by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from atlante.catalogue.placement import Alias, DeclaredProvince, ForeignPlaces, PlacementRules, load_placement_rules
from atlante.errors import InvalidDefinition
from atlante.placement import Gazetteer, Reason, build_gazetteer, resolve
from atlante.placement.folding import fold, fold_words
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from pathlib import Path

# Belfiore code, name, sigla, province, region code, region: ISTAT, Elenco dei comuni italiani, 2023.
DAY = date(2023, 1, 1)
PIEDMONT, LOMBARDY, TRENTINO = ("01", "Piemonte"), ("03", "Lombardia"), ("04", "Trentino-Alto Adige/Südtirol")
SARDINIA, SICILY, MARCHE, EMILIA = ("20", "Sardegna"), ("19", "Sicilia"), ("11", "Marche"), ("08", "Emilia-Romagna")
MUNICIPALITIES = [
    ("B418", "Calliano", "AT", "Asti", *PIEDMONT),
    ("B419", "Calliano", "TN", "Trento", *TRENTINO),
    ("C337", "Castro", "BG", "Bergamo", *LOMBARDY),
    ("M261", "Castro", "LE", "Lecce", "16", "Puglia"),
    ("E623", "Livo", "CO", "Como", *LOMBARDY),
    ("E624", "Livo", "TN", "Trento", *TRENTINO),
    ("G415", "Peglio", "CO", "Como", *LOMBARDY),
    ("G416", "Peglio", "PU", "Pesaro e Urbino", *MARCHE),
    ("H753", "Samone", "TO", "Torino", *PIEDMONT),
    ("H754", "Samone", "TN", "Trento", *TRENTINO),
    ("I328", "San Teodoro", "ME", "Messina", *SICILY),
    ("I329", "San Teodoro", "SS", "Sassari", *SARDINIA),
    ("L658", "Valverde", "CT", "Catania", *SICILY),
    ("M419", "Colli Verdi", "PV", "Pavia", *LOMBARDY),
    ("M269", "Paterno", "PZ", "Potenza", "17", "Basilicata"),
    ("G371", "Paternò", "CT", "Catania", *SICILY),
    ("L403", "Treville", "AL", "Alessandria", *PIEDMONT),
    ("M361", "Tre Ville", "TN", "Trento", *TRENTINO),
    ("D704", "Forlì", "FC", "Forlì-Cesena", *EMILIA),
    ("H223", "Reggio nell'Emilia", "RE", "Reggio nell'Emilia", *EMILIA),
    ("F478", "Montecopiolo", "RN", "Rimini", *EMILIA),
    ("F205", "Milano", "MI", "Milano", *LOMBARDY),
    ("F704", "Monza", "MB", "Monza e della Brianza", *LOMBARDY),
    ("F839", "Napoli", "NA", "Napoli", "15", "Campania"),
    ("A952", "Bolzano/Bozen", "BZ", "Bolzano/Bozen", *TRENTINO),
    ("B745", "Carbonia", "SU", "Sud Sardegna", *SARDINIA),
    ("B354", "Cagliari", "CA", "Cagliari", *SARDINIA),
    ("F979", "Nuoro", "NU", "Nuoro", *SARDINIA),
    ("B068", "Bosa", "OR", "Oristano", *SARDINIA),
    ("A285", "Andria", "BT", "Barletta-Andria-Trani", "16", "Puglia"),
    ("B473", "Cameri", "NO", "Novara", *PIEDMONT),
    ("B474", "Camerino", "MC", "Macerata", *MARCHE),
    ("A662", "Bari", "BA", "Bari", "16", "Puglia"),
    ("A487", "Sant'Agata de' Goti", "BN", "Benevento", "15", "Campania"),
    ("A345", "L'Aquila", "AQ", "L'Aquila", "13", "Abruzzo"),
    ("A326", "Aosta", "AO", "Valle d'Aosta/Vallée d'Aoste", "02", "Valle d'Aosta/Vallée d'Aoste"),
]


@pytest.fixture(scope="module")
def rules() -> PlacementRules:
    return load_placement_rules(default_catalogue_dir())


@pytest.fixture(scope="module")
def municipalities() -> pd.DataFrame:
    columns = ["municipality_code", "name", "sigla", "province", "region_code", "region"]
    rows = pd.DataFrame(MUNICIPALITIES, columns=columns)
    parts = rows["name"].str.partition("/")
    return rows.assign(name_it=parts[0], name_other=parts[2].where(parts[2] != "", None))


def gazetteer_of(municipalities: pd.DataFrame, rules: PlacementRules) -> Gazetteer:
    """Return what is known without a history: the labels of the boundaries."""
    return build_gazetteer(municipalities, day=DAY, vintage_day=DAY, rules=rules)


@pytest.fixture(scope="module")
def gazetteer(municipalities: pd.DataFrame, rules: PlacementRules) -> Gazetteer:
    return gazetteer_of(municipalities, rules)


def place(
    municipality: str | None, province: str | None, region: str | None, gazetteer: Gazetteer, rules: PlacementRules
) -> dict[str, object]:
    declared = pd.DataFrame([(municipality, province, region)], columns=["municipality", "province", "region"])
    return {str(key): value for key, value in resolve(declared, gazetteer, rules).iloc[0].items()}


@pytest.mark.parametrize(
    ("municipality", "province", "region", "code", "method"),
    [
        ("MILANO", "MI", "LOMBARDIA", "F205", "name+province"),
        ("  milano ", "mi", None, "F205", "name+province"),
        ("MILANO", "Milano", None, "F205", "name+province"),
        ("NAPOLI", "NA", "CAMPANIA", "F839", "name+province"),
        ("NAPOLI", "NAN", "CAMPANIA", "F839", "name+province"),
        ("FORLI'", "FO", "EMILIA-ROMAGNA", "D704", "name+chamber"),
        ("Forlì", "FC", None, "D704", "name+province"),
        ("PEGLIO", "PS", "MARCHE", "G416", "name+chamber"),
        ("ANDRIA", "BA", "PUGLIA", "A285", "name+chamber"),
        ("BARI", "BA", "PUGLIA", "A662", "name+province"),
        ("CARBONIA", "CA", "SARDEGNA", "B745", "name+chamber"),
        ("CARBONIA", "CI", "SARDEGNA", "B745", "name+former province"),
        ("BOSA", "NU", "SARDEGNA", "B068", "name+chamber"),
        ("SAN TEODORO", "NU", "SARDEGNA", "I329", "name+chamber"),
        ("SAN TEODORO", "OT", "SARDEGNA", "I329", "name+former province"),
        ("BOLZANO", "BZ", None, "A952", "name+province"),
        ("BOZEN", "BZ", None, "A952", "name+province"),
        ("BOLZANO - BOZEN", "BZ", None, "A952", "name+province"),
        ("Bozen/Bolzano", "BZ", None, "A952", "name+province"),
        ("SANT`AGATA DE'  GOTI", "BN", None, "A487", "name+province"),
        ("SANT’AGATA DE’ GOTI", "BN", None, "A487", "name+province"),  # noqa: RUF001 - typographic apostrophes
        ("L AQUILA", "AQ", None, "A345", "name+province"),
        ("MILANO", None, "LOMBARDIA", "F205", "name+region"),
        ("AOSTA", None, "VALLE D'AOSTA", "A326", "name+region"),
        ("BOLZANO", None, "TRENTINO ALTO ADIGE", "A952", "name+region"),
        ("MONZA", "MI", None, "F704", "name+region"),
        ("MILANO", None, None, "F205", "name"),
        ("REGGIO EMILIA", "RE", "EMILIA-ROMAGNA", "H223", "alias"),
        ("VALVERDE", "PV", "LOMBARDIA", "M419", "alias"),
        ("VALVERDE", "CT", "SICILIA", "L658", "name+province"),
        ("MONTECOPIOLO", "PU", "MARCHE", "F478", "alias"),
        ("MONTECOPIOLO", "PS", "MARCHE", "F478", "alias"),
        ("MONTECOPIOLO", "RN", "EMILIA-ROMAGNA", "F478", "name+province"),
        ("TRE VILLE", "TN", None, "M361", "name+province"),
        ("PATERNO'", "CT", None, "G371", "name+province"),
        ("S. AGATA DE' GOTI", "BN", None, "A487", "name+province"),
        ("SANTAGATA DE GOTI", "BN", None, "A487", "name+province"),
        ("Forl\N{REPLACEMENT CHARACTER}", "FC", None, "D704", "name+province"),
        ("Forl\N{LATIN CAPITAL LETTER A WITH TILDE}¬", "FC", None, "D704", "name+province"),
        ("FORL&#039;I", "FC", None, "D704", "name+province"),
        ("SAMONE (TO)", None, None, "H753", "name+province"),
        ("SAMONE (TN)", "TN", None, "H754", "name+province"),
        ("CAMERI (NO)", "NO", None, "B473", "name+province"),  # without signs it reads Camerino
        ("L'AQUILA", "Provincia dell'Aquila", None, "A345", "name+province"),
        ("AOSTA", "Aosta", None, "A326", "name+province"),
        ("MILANO", "Città metropolitana di Milano", None, "F205", "name+province"),
        ("FORLÌ", "Forlì", None, "D704", "name+province"),
    ],
)
def test_a_declared_name_is_placed_by_the_evidence_beside_it(  # noqa: PLR0917 - a table of cases
    municipality: str,
    province: str | None,
    region: str | None,
    code: str,
    method: str,
    gazetteer: Gazetteer,
    rules: PlacementRules,
) -> None:
    found = place(municipality, province, region, gazetteer, rules)
    assert (found["municipality_code"], found["method"]) == (code, method)
    assert found["reason"] is None


@pytest.mark.parametrize(
    ("municipality", "code_by_sigla"),
    [
        ("CALLIANO", {"AT": "B418", "TN": "B419"}),
        ("CASTRO", {"BG": "C337", "LE": "M261"}),
        ("LIVO", {"CO": "E623", "TN": "E624"}),
        ("PEGLIO", {"CO": "G415", "PU": "G416"}),
        ("SAMONE", {"TO": "H753", "TN": "H754"}),
        ("SAN TEODORO", {"ME": "I328", "SS": "I329"}),
        ("PATERNO", {"PZ": "M269", "CT": "G371"}),
        ("VALVERDE", {"CT": "L658", "PV": "M419"}),
        ("TREVILLE", {"AL": "L403", "TN": "M361"}),
    ],
)
def test_homonyms_are_told_apart_by_province_and_never_guessed(
    municipality: str, code_by_sigla: dict[str, str], gazetteer: Gazetteer, rules: PlacementRules
) -> None:
    for sigla, code in code_by_sigla.items():
        assert place(municipality, sigla, None, gazetteer, rules)["municipality_code"] == code
    without = place(municipality, None, None, gazetteer, rules)
    assert (without["municipality_code"], without["reason"]) == (None, Reason.HOMONYM.value)


def test_homonyms_of_two_regions_are_told_apart_by_region(gazetteer: Gazetteer, rules: PlacementRules) -> None:
    found = place("CALLIANO", None, "PIEMONTE", gazetteer, rules)
    assert (found["municipality_code"], found["method"]) == ("B418", "name+region")


def test_homonyms_of_one_region_need_the_province(municipalities: pd.DataFrame, rules: PlacementRules) -> None:
    """No two municipalities of one region share a name today; a register of 1900 would have some."""
    twin = municipalities[municipalities["municipality_code"] == "B418"]
    twin = twin.assign(municipality_code="Z999", sigla="TO", province="Torino")
    twins = gazetteer_of(pd.concat([municipalities, twin]), rules)
    assert place("CALLIANO", None, "PIEMONTE", twins, rules)["reason"] == Reason.HOMONYM.value
    assert place("CALLIANO", "TO", "PIEMONTE", twins, rules)["municipality_code"] == "Z999"


@pytest.mark.parametrize(
    ("municipality", "province", "region", "reason"),
    [
        ("", "MI", "LOMBARDIA", "no municipality declared"),
        (None, None, None, "no municipality declared"),
        (" - ", "MI", None, "no municipality declared"),
        ("TALLINN", "MI", "LOMBARDIA", "foreign seat"),
        ("KESKLINNA LINNAOSA, TALLIN", "MI", "LOMBARDIA", "foreign seat"),
        ("STOLICHNA - SOFIA 100", "NAN", "CAMPANIA", "foreign seat"),
        ("PARIGI", "TO", "PIEMONTE", "foreign seat"),
        ("MILANO", "EE", None, "foreign seat"),
        ("PARIGINO", "TO", "PIEMONTE", "unknown name"),
        ("MILANOO", "MI", "LOMBARDIA", "unknown name"),
        ("MILANO", "NA", "CAMPANIA", "province and region elsewhere"),
        ("CALLIANO", "MI", "LOMBARDIA", "province and region elsewhere"),
    ],
)
def test_what_is_not_placed_has_a_reason(
    municipality: str | None,
    province: str | None,
    region: str | None,
    reason: str,
    gazetteer: Gazetteer,
    rules: PlacementRules,
) -> None:
    found = place(municipality, province, region, gazetteer, rules)
    assert found == {
        "municipality_then": None,
        "municipality_code": None,
        "method": "none",
        "reason": reason,
        "confidence": 0.0,
        "conflicts": (),
    }


@pytest.mark.parametrize(
    ("province", "region", "confidence", "conflicts"),
    [
        ("MI", "LOMBARDIA", 1.0, ()),
        ("MI", "CAMPANIA", 0.8, ("region: declared CAMPANIA, is Lombardia",)),
        ("NA", "LOMBARDIA", 0.6, ("province: declared NA, is MI",)),
        ("", "LOMBARDIA", 0.8, ()),
        ("", "", 0.6, ()),
        ("XX", "", 0.4, ("province: declared XX, is MI",)),
        ("XX", "YY", 0.4, ("province: declared XX, is MI", "region: declared YY, is Lombardia")),
    ],
)
def test_what_was_declared_and_is_not_so_is_kept_and_costs_confidence(
    province: str,
    region: str,
    confidence: float,
    conflicts: tuple[str, ...],
    gazetteer: Gazetteer,
    rules: PlacementRules,
) -> None:
    found = place("MILANO", province, region, gazetteer, rules)
    assert (found["municipality_code"], found["confidence"], found["conflicts"]) == ("F205", confidence, conflicts)


@pytest.mark.parametrize(("name", "province"), [("FORLI'", "FO"), ("ANDRIA", "BA"), ("NAPOLI", "NAN")])
def test_the_code_of_a_chamber_is_no_conflict(
    name: str, province: str, gazetteer: Gazetteer, rules: PlacementRules
) -> None:
    assert place(name, province, None, gazetteer, rules)["conflicts"] == ()


@pytest.mark.parametrize(
    ("name", "province", "conflict"),
    [
        ("MONTECOPIOLO", "PS", "province: declared PS, is RN"),
        ("CARBONIA", "CI", "province: declared CI, is SU"),
    ],
)
def test_a_province_of_another_time_is_kept_as_a_conflict_and_costs_little(
    name: str, province: str, conflict: str, gazetteer: Gazetteer, rules: PlacementRules
) -> None:
    found = place(name, province, None, gazetteer, rules)
    assert (found["confidence"], found["conflicts"]) == (0.9, (conflict,))


def test_a_name_that_is_only_nearly_a_municipality_s_says_so(gazetteer: Gazetteer, rules: PlacementRules) -> None:
    found = place("S. AGATA DE' GOTI", "BN", None, gazetteer, rules)
    assert found["conflicts"] == ("name: declared S. AGATA DE' GOTI, is Sant'Agata de' Goti",)
    assert found["confidence"] == 0.8


@pytest.mark.parametrize(("province", "reason"), [(None, "unknown name"), ("MI", "unknown name")])
def test_a_name_that_is_only_nearly_a_municipality_s_needs_its_province(
    province: str | None, reason: str, gazetteer: Gazetteer, rules: PlacementRules
) -> None:
    assert place("S. AGATA GOTI", province, None, gazetteer, rules)["reason"] == reason


def test_fields_that_slipped_by_one_column_are_read_where_they_stand(
    gazetteer: Gazetteer, rules: PlacementRules
) -> None:
    """`VIA ROMA D&#039;ANGELO 3, …`: the semicolon of the apostrophe cut the address in two."""
    found = place("ANGELO 3 00010, SANT'AGATA DE' GOTI (BN)  82019", "SANT'AGATA DE' GOTI", None, gazetteer, rules)
    assert (found["municipality_code"], found["method"]) == ("A487", "name+province")
    assert found["conflicts"] == ("columns: one too far to the right",)
    same = place("ANTONINO 83 20100, MILANO (MI) 83", "MILANO", None, gazetteer, rules)
    assert same["municipality_code"] == "F205"
    assert place("LOCALITA' (MI)", "MILANO", None, gazetteer, rules)["reason"] == Reason.UNKNOWN.value


def test_the_index_of_what_was_declared_is_kept(gazetteer: Gazetteer, rules: PlacementRules) -> None:
    declared = pd.DataFrame(
        {"municipality": ["NAPOLI", "LONDRA"], "province": ["NA", "MI"], "region": [None, None]}, index=[7, 3]
    )
    assert resolve(declared, gazetteer, rules)["municipality_code"].to_dict() == {7: "F839", 3: None}


def test_nothing_declared_gives_nothing(gazetteer: Gazetteer, rules: PlacementRules) -> None:
    empty = pd.DataFrame(columns=["municipality", "province", "region"], dtype=object)
    assert resolve(empty, gazetteer, rules).empty


def test_without_rules_names_are_still_placed(municipalities: pd.DataFrame) -> None:
    none = PlacementRules(provinces=(), aliases=(), foreign=ForeignPlaces(provinces=(), places={}))
    bare = gazetteer_of(municipalities, none)
    assert place("FORLI'", "FC", None, bare, none)["municipality_code"] == "D704"
    assert place("TALLINN", "MI", None, bare, none)["reason"] == Reason.UNKNOWN.value


def test_an_alias_of_a_municipality_that_is_not_in_the_boundaries_is_not_followed(municipalities: pd.DataFrame) -> None:
    alias = Alias(name="NUOVA", municipality_code="Z998", why="a test", source="a test")
    rules = PlacementRules(provinces=(), aliases=(alias,), foreign=ForeignPlaces(provinces=(), places={}))
    assert place("NUOVA", "MI", None, gazetteer_of(municipalities, rules), rules)["reason"] == Reason.UNKNOWN.value


def test_an_abolished_province_does_not_count_where_it_exists_again(municipalities: pd.DataFrame) -> None:
    """In 2026 CI is a province of its own again; the rule CI -> SU then has no SU to point to."""
    again = municipalities.assign(
        sigla=municipalities["sigla"].replace("SU", "CI"),
        province=municipalities["province"].replace("Sud Sardegna", "Sulcis"),
    )
    rule = DeclaredProvince(code="CI", sigle=("SU",), why="a test")
    rules = PlacementRules(provinces=(rule,), aliases=(), foreign=ForeignPlaces(provinces=(), places={}))
    found = place("CARBONIA", "CI", None, gazetteer_of(again, rules), rules)
    assert (found["method"], found["conflicts"]) == ("name+province", ())


@pytest.mark.parametrize(
    ("spelling", "words"),
    [
        ("Forlì", "FORLI"),
        ("FORLI'", "FORLI"),
        ("Magrè sulla strada del vino/Margreid an der Weinstraße", None),
        ("Soči", "SOCI"),
        ("Villnöß", "VILLNOSS"),
        ("Corigliano-Rossano", "CORIGLIANO ROSSANO"),
        ("  a_b  ", "A B"),
    ],
)
def test_folding_leaves_capital_letters_and_single_blanks(spelling: str, words: str | None) -> None:
    folded = fold_words(pd.Series([spelling])).item()
    assert folded == (words or "MAGRE SULLA STRADA DEL VINO MARGREID AN DER WEINSTRASSE")
    assert fold(pd.Series([spelling])).item() == folded.replace(" ", "")


def test_every_shipped_rule_is_unique_and_says_why(rules: PlacementRules) -> None:
    assert len({rule.code for rule in rules.provinces}) == len(rules.provinces)
    keys = [(fold(pd.Series([alias.name])).item(), alias.province) for alias in rules.aliases]
    assert len(set(keys)) == len(keys)
    for named in (rules.foreign.places, rules.foreign.states):
        names = [name for names in named.values() for name in names]
        assert fold_words(pd.Series(names)).tolist() == names
        assert len(set(names)) == len(names)


def test_a_wrong_rule_is_named_by_file_and_key(tmp_path: Path) -> None:
    folder = tmp_path / "placement"
    folder.mkdir()
    (folder / "provinces.toml").write_text(
        '[[provinces]]\ncode = "FO"\nsigle = ["forlì"]\nwhy = "x"\n', encoding="utf-8"
    )
    with pytest.raises(InvalidDefinition, match=r"provinces\.toml, line 3: provinces\.0\.sigle\.0"):
        load_placement_rules(tmp_path)
