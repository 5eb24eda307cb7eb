"""The atlas in Chromium: drawn, chosen from, moved through, and whole without a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.browser.conftest import Picture, Watched

RATE = "/?indicator=startups_per_100k"
PROVINCES = 107
NO_WEBGL = ["--disable-gpu", "--disable-3d-apis"]


def legend(page: Page) -> list[tuple[str, int]]:
    """Return colour and count of each class, from the lowest."""
    swatches = page.locator(".legend .classes li:has(rect.class)")
    colours = swatches.locator("rect").evaluate_all("(rects) => rects.map((rect) => rect.getAttribute('fill'))")
    counts = swatches.locator(".count").all_inner_texts()
    return list(zip(colours, map(int, counts), strict=True))


def selected_row(page: Page) -> int:
    """Return the position of the selected territory in the table, from 1."""
    return int(page.locator("tr.is-selected").evaluate("(row) => row.rowIndex"))


def test_the_map_draws_provinces_in_every_colour_of_the_legend(
    atlas: Watched, picture: Callable[[Page], Picture]
) -> None:
    page = atlas.open(RATE)
    classes = legend(page)
    drawn = picture(page).count(*(colour for colour, _ in classes))

    assert len(classes) == 5
    assert sum(count for _, count in classes) == PROVINCES
    assert min(drawn) > 100


def test_everything_comes_from_this_host_and_the_guard_of_that_can_tell(atlas: Watched) -> None:
    page = atlas.open(RATE)
    assert atlas.troubles == []

    with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        page.evaluate("fetch('http://elsewhere.invalid/').catch(() => null)")

    assert atlas.troubles != []
    atlas.troubles.clear()


def test_a_click_on_the_map_selects_what_is_drawn_there(atlas: Watched, picture: Callable[[Page], Picture]) -> None:
    page = atlas.open(RATE)
    (colour, count), (_, above) = legend(page)[-2:]
    page.locator("#map canvas").click(position=picture(page).area_of(colour))

    expect(page.locator("tr.is-selected")).to_have_count(1)
    assert above + 1 <= selected_row(page) <= above + count  # sorted by value, one class follows the other


def test_a_click_on_the_sea_selects_nothing(atlas: Watched) -> None:
    page = atlas.open(f"{RATE}&territory=015")
    expect(page.locator(".card .place")).to_have_text("Milano")

    page.locator("#map canvas").click(position={"x": 5, "y": 5})

    expect(page.locator(".card .place")).to_have_count(0)
    assert "territory" not in page.url


def test_the_pointer_shows_name_and_value(atlas: Watched, picture: Callable[[Page], Picture]) -> None:
    page = atlas.open(RATE)

    page.locator("#map canvas").hover(position=picture(page).area_of(legend(page)[1][0]))

    hint = page.locator("#hint")
    expect(hint).to_be_visible()
    name = hint.locator("b").inner_text()
    row = page.locator("tbody tr", has=page.get_by_role("link", name=name, exact=True))
    assert row.locator("td.number").first.inner_text() in hint.inner_text()


def test_a_row_of_the_table_selects_and_back_returns(atlas: Watched) -> None:
    page = atlas.open(RATE)

    page.get_by_role("link", name="Bologna", exact=True).click()
    expect(page.locator(".card .place")).to_have_text("Bologna")
    page.get_by_role("link", name="Trento", exact=True).click()
    expect(page.locator(".card .place")).to_have_text("Trento")
    expect(page.locator("#sentence")).to_contain_text("Trento")
    assert "territory=022" in page.url

    page.go_back()
    expect(page.locator(".card .place")).to_have_text("Bologna")
    page.go_back()
    expect(page.locator(".card .place")).to_have_count(0)


def test_a_selection_is_outlined_on_the_map(atlas: Watched, picture: Callable[[Page], Picture]) -> None:
    outline = "#c2255c"
    page = atlas.open(RATE)
    assert picture(page).count(outline) == [0]

    page.get_by_role("link", name="Foggia", exact=True).click()
    expect(page.locator(".card .place")).to_have_text("Foggia")
    atlas.drawn()

    assert picture(page).count(outline)[0] > 50


def test_the_keyboard_alone_reaches_the_table_selects_and_keeps_its_place(atlas: Watched) -> None:
    page = atlas.open(RATE)

    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Vai alla tabella")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#table")).to_be_focused()
    first = page.locator("tbody th a").first
    name = first.inner_text()
    for _ in range(12):  # the search field, its button, the scrolling region, the headings
        page.keyboard.press("Tab")
        if first.evaluate("(link) => link === document.activeElement"):
            break
    page.keyboard.press("Enter")

    expect(page.locator(".card .place")).to_have_text(name)
    expect(first).to_be_focused()
    assert selected_row(page) == 1


def test_the_map_takes_the_keyboard_and_says_what_it_is(atlas: Watched) -> None:
    page = atlas.open(RATE)
    canvas = page.locator("#map canvas")

    assert canvas.get_attribute("tabindex") == "0"
    assert "stessi dati" in (canvas.get_attribute("aria-label") or "")
    for name in ("Ingrandisci", "Riduci", "Tutta l'Italia"):
        page.get_by_role("button", name=name).press("Enter")
        atlas.drawn()


def test_the_language_changes_and_what_was_chosen_stays(atlas: Watched) -> None:
    page = atlas.open(f"{RATE}&territory=015")
    assert page.locator("html").get_attribute("lang") == "it"

    for language, lang, words in [("Deutsch", "de", "Ausgewähltes Gebiet"), ("English", "en", "Selected territory")]:
        page.get_by_role("link", name=language).click()
        atlas.drawn()

        assert page.locator("html").get_attribute("lang") == lang
        expect(page.locator("#card-title")).to_have_text(words)
        expect(page.locator(".card .place")).to_have_text("Milano")


def test_another_indicator_and_level_are_drawn_without_loading_the_page_anew(atlas: Watched) -> None:
    page = atlas.open(RATE)
    page.evaluate("window.isStillHere = true")
    before = page.locator("#map canvas").screenshot()

    page.get_by_label("Indicatore").select_option("women_led_share")
    expect(page.locator("h1")).to_contain_text("femminile")
    page.get_by_label("Regioni").check()
    expect(page.locator("tbody tr")).to_have_count(20)
    atlas.drawn()

    assert "level=region" in page.url
    assert "indicator=women_led_share" in page.url
    assert page.evaluate("window.isStillHere")
    assert page.locator("#map canvas").screenshot() != before


def test_municipalities_come_in_pages_and_are_found_by_name(atlas: Watched) -> None:
    page = atlas.open("/?level=municipality&indicator=innovative_startups")
    expect(page.locator("tbody tr")).to_have_count(200)

    page.get_by_role("link", name="Successive").click()
    expect(page.locator(".pages p")).to_contain_text("201")
    page.get_by_label("Cerca un territorio").fill("forli")
    page.get_by_role("button", name="Cerca").click()

    expect(page.get_by_role("link", name="Forlì", exact=True)).to_be_visible()


def test_the_banner_says_that_the_data_are_synthetic(atlas: Watched) -> None:
    page = atlas.open()

    expect(page.locator(".synthetic")).to_contain_text("DATI SINTETICI")
    expect(page.locator(".synthetic")).to_be_in_viewport()


@pytest.mark.parametrize("width", [320, 390, 768])
def test_nothing_runs_over_the_edge_of_a_small_screen(
    chromium: Browser, watch: Callable[[BrowserContext], Watched], width: int
) -> None:
    page = watch(chromium.new_context(viewport={"width": width, "height": 800})).open(f"{RATE}&territory=015&lang=de")

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_javascript_everything_but_the_map_works(
    chromium: Browser, watch: Callable[[BrowserContext], Watched]
) -> None:
    watched = watch(chromium.new_context(java_script_enabled=False))
    page = watched.page
    page.goto(watched.address)

    expect(page.locator("tbody tr")).to_have_count(PROVINCES)
    expect(page.locator("#map-message")).to_contain_text("La tabella qui sotto contiene gli stessi dati")
    page.get_by_role("link", name="Territorio").click()
    expect(page.locator("tbody th").first).to_have_text("Agrigento")
    page.get_by_role("link", name="Agrigento").click()
    expect(page.locator(".card .place")).to_have_text("Agrigento")
    page.get_by_label("Indicatore").select_option("startups_per_100k")
    page.get_by_role("button", name="Mostra").click()
    expect(page.locator("h1")).to_contain_text("100.000 abitanti")
    expect(page.locator(".card .place")).to_have_text("Agrigento")


def test_without_webgl_the_page_says_so_and_the_table_still_selects(
    launch: Callable[[list[str]], Browser], watch: Callable[[BrowserContext], Watched]
) -> None:
    browser = launch(NO_WEBGL)
    watched = watch(browser.new_context(locale="it-IT"))
    page = watched.page
    page.goto(watched.address)

    expect(page.locator("#map-message")).to_contain_text("non può essere disegnata")
    page.get_by_role("link", name="Trento", exact=True).click()
    expect(page.locator(".card .place")).to_have_text("Trento")
    page.close()
    browser.close()
