"""The keyboard reaches everything, and what a person chose is kept."""

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the stories need playwright").expect


def test_two_letters_go_to_every_page(tab):
    page = tab.open("/parts")
    places = {"i": "pictures", "s": "search", "x": "mix", "m": "map", "f": "fit", "c": "model", "p": "parts"}
    for letter, place in places.items():
        page.keyboard.press("g")
        page.keyboard.press(letter)
        tab.wait_at(f"/{place}")


def test_a_slash_finds_a_picture_by_its_name(tab):
    page = tab.open("/parts")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("s7/10")
    page.keyboard.press("Enter")
    tab.wait_at(r"/pictures/\d+$")
    expect(page.locator("h1")).to_have_text("s7/10.png")
    page.keyboard.press("/")
    page.keyboard.type("nobody")
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("No picture called “nobody”")


def test_a_question_mark_lists_the_keys(tab):
    page = tab.open("/mix")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    assert tab.findings() == []
    tab.shot("keys")
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()


def test_theme_and_colours_are_kept_from_page_to_page(tab):
    page = tab.open("/parts")
    colour = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(colour)
    page.keyboard.press("t")
    dark = page.evaluate(colour)
    assert dark != light
    page.keyboard.press("c")
    expect(page.locator("#colours")).to_have_attribute("aria-pressed", "true")
    tab.open("/mix")
    assert page.evaluate(colour) == dark
    expect(page.locator("#colours")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(
        "(() => { const c = document.querySelector('canvas.mini');"
        " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " return d.every((v, at) => at % 4 === 3 || v === d[at - (at % 4)]); })()"
    ), "a part in grey has as much red as green and blue"
    page.keyboard.press("t")
    assert page.evaluate(colour) == light
    tab.open("/parts")
    assert page.evaluate(colour) == light


def test_letters_typed_into_a_field_stay_letters(tab):
    page = tab.open("/parts/2")
    page.locator("#name").focus()
    page.keyboard.type("gp tc?/")
    assert page.locator("#name").input_value() == "gp tc?/"
    assert tab.path == "/parts/2"
    expect(page.locator("#help")).to_be_hidden()


def test_tab_reaches_the_content_past_the_navigation(tab):
    page = tab.open("/parts")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    tab.shot("skip")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
