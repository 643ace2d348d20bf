"""Map: an area is selected, and the list beside it says what sets it apart."""

import re

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the stories need playwright").expect


def drag(page, start, to):
    box = page.locator("#canvas").bounding_box()
    page.mouse.move(box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + to[0] * box["width"], box["y"] + to[1] * box["height"], steps=5)
    page.mouse.up()


def chosen(page):
    return int(re.match(r"\d+", page.locator("#chosen").inner_text())[0])


def test_an_area_is_selected_and_what_sets_it_apart_is_read(tab):
    page = tab.open("/map")
    expect(page.locator("#chosen")).to_have_text("24 pictures")
    page.keyboard.down("Shift")
    drag(page, (0.02, 0.02), (0.35, 0.98))
    page.keyboard.up("Shift")
    expect(page.locator("#picked")).to_contain_text("The selected area.")
    expect(page.locator("#picked h3")).to_have_text("What sets them apart")
    count = chosen(page)
    assert 5 < count < 300
    tab.shot("map-selected")
    told = page.locator("#picked .apart li")
    words = told.first.inner_text()
    number = int(re.search(r"Part (\d+)", words)[1])
    pictures = [int(one.get_attribute("data-number")) for one in page.locator("#picked .thumbs .pic").all()]
    assert len(pictures) == min(60, count)
    if count <= 60:
        apart = tab.ask_by_post("/api/selection", {"numbers": pictures})["parts"][0]
        assert apart["number"] == number
        assert f"{abs(apart['contrast']):.2f}" in words
        assert ("more" in words) == (apart["contrast"] > 0)
    assert tab.findings() == []


def test_all_pictures_together_have_nothing_that_sets_them_apart(tab):
    page = tab.open("/map")
    page.get_by_role("button", name="Zoom out").click()
    page.get_by_role("button", name="Select an area").click()
    drag(page, (0.03, 0.03), (0.97, 0.97))
    expect(page.locator("#chosen")).to_have_text("400 pictures")
    expect(page.locator("#picked")).to_contain_text("They use the parts as all pictures do.")


def test_the_map_is_zoomed_coloured_and_left_with_keys(tab):
    page = tab.open("/map")
    expect(page.locator("#hint")).to_contain_text("400 in view")
    expect(page.locator("#hint")).to_contain_text("% of the variance")
    page.locator("#canvas").focus()
    for _ in range(4):
        page.keyboard.press("+")
    expect(page.locator("#hint")).not_to_contain_text("400 in view")
    tab.shot("map-zoomed")
    page.keyboard.press("Enter")
    expect(page.locator("#picked")).to_contain_text("nearest on the map")
    page.keyboard.press("0")
    expect(page.locator("#hint")).to_contain_text("400 in view")
    page.keyboard.press("Escape")
    expect(page.locator("#picked")).to_contain_text("Nothing selected")
    page.select_option("#colour", "part:2")
    expect(page.locator("#hint")).to_contain_text("The longer the bar, the more of it")
    tab.shot("map-coloured")
    page.get_by_role("button", name="Neighbours (t-SNE)").click()
    expect(page.locator("#hint")).to_contain_text("Only neighbourhoods mean something here", timeout=60_000)
    expect(page.locator("#hint")).to_contain_text("400 in view")
    tab.shot("map-neighbours")


def test_pointing_at_the_map_names_the_picture(tab):
    page = tab.open("/map")
    names = set(tab.ask("/api/pictures")["name"])
    box = page.locator("#canvas").bounding_box()
    for at in range(20):
        page.mouse.move(box["x"] + box["width"] * (0.3 + 0.02 * at), box["y"] + box["height"] * 0.5)
        if page.locator("#tip:not(.hide)").count():
            break
    expect(page.locator("#tip")).to_be_visible()
    assert page.locator("#tip p").inner_text() in names
