"""The catalogue as features, collections of filiere, and which fields tiles carry."""

from __future__ import annotations

import pytest

from atlante.catalogue.activities import load_filiere, load_sectors
from atlante.catalogue.indicators import load_indicators
from atlante.catalogue.publication import Kind, load_publication
from atlante.releases.definitions import definition_table
from atlante.releases.fields import fields_of
from atlante.settings import default_catalogue_dir

CATALOGUE = default_catalogue_dir()


def test_every_definition_is_a_feature_with_its_text_in_three_languages() -> None:
    indicators, filiere = load_indicators(CATALOGUE).indicators, load_filiere(CATALOGUE)
    groups = (*filiere.values(), *load_sectors(CATALOGUE).values())
    table = definition_table(indicators.values(), groups, {"moda": 0.25}).set_index(["kind", "id"])
    assert len(table) == len(indicators) + len(groups)
    assert table.index.is_unique
    assert table[["title_it", "title_en", "title_de", "definition_de", "source_en"]].notna().all(axis=None)
    assert table.loc["indicator", "formula_it"].notna().all()
    assert table.loc[("filiera", "moda"), "partial_share"] == 0.25
    assert table.loc[("filiera", "moda"), "stages"] == "upstream core downstream"


def test_a_filiera_has_a_collection_of_its_own_that_says_that_it_is_a_proposal() -> None:
    filiere = load_filiere(CATALOGUE)
    collections = {each.collection_id: each for each in load_publication(CATALOGUE).collections(filiere.values())}
    of_moda = collections["indicators-provinces-moda"]
    assert filiere["moda"].title.en in of_moda.title.en
    assert of_moda.title.en.endswith("(proposal)") == filiere["moda"].is_proposal
    assert sum(each.each_filiera for each in collections.values()) == 4 * len(filiere)


@pytest.mark.parametrize("chosen", [("rnd_share", "firms"), ()])
def test_tiles_carry_value_and_status_of_the_chosen_indicators_or_of_all(chosen: tuple[str, ...]) -> None:
    publication, indicators = load_publication(CATALOGUE), load_indicators(CATALOGUE).indicators
    wide = next(each for each in publication.collection if each.kind is Kind.INDICATORS and each.tiles)
    fields = fields_of(wide, indicators.values(), in_tiles=chosen)
    carried = {field.name for field in fields if field.in_tiles}
    for name in indicators:
        assert ({name, f"{name}_status"} <= carried) == (name in (chosen or indicators))


def test_the_map_can_show_every_indicator_that_is_published() -> None:
    assert load_publication(CATALOGUE).tiles_indicators == ()
