"""Parts: a part is named once, and the name is found on every page, in the API and in the files."""

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the stories need playwright").expect


@pytest.fixture
def named(faces):
    """Number and name of the part to be named; cleared at the end."""
    yield 4, "Glasses & <beard>"
    faces.post("/api/parts/4/name", {"name": ""}, method="PUT")


def test_a_name_is_given_once_and_found_everywhere(tab, named):
    number, name = named
    page = tab.open("/parts")
    page.locator(f'.part[data-part="{number - 1}"]').hover()
    field = page.get_by_label(f"Name of part {number}")
    field.fill(name)
    field.press("Enter")
    expect(page.locator("#toast")).to_contain_text(name)
    expect(page.locator(f'.part[data-part="{number - 1}"] .cap')).to_have_text(name)
    tab.shot("parts-named")
    assert tab.ask("/api/run")["parts"][number - 1]["name"] == name
    page.reload()
    tab.ready()
    expect(page.locator(f'.part[data-part="{number - 1}"] .named')).to_have_text(name)
    page = tab.open(f"/parts/{number}")
    expect(page.locator("h1")).to_have_text(name)
    tab.shot("part-named")
    page = tab.open("/search?q=2")
    expect(page.locator("#switches").get_by_role("button", name=name)).to_have_count(1)
    page.get_by_role("button", name="Named").click()
    expect(page.locator("#why li .who .named").first).to_have_text(name)
    tab.shot("search-named")
    page = tab.open("/mix")
    expect(page.locator("#sliders").get_by_text(name)).to_be_visible()
    page.select_option("#show", "named")
    expect(page.locator("#sliders .slide:visible")).to_have_count(1)
    page = tab.open("/pictures")
    page.select_option("#order", label=name)
    expect(page.locator("#lead")).to_contain_text(f"the weight of {name}")
    page = tab.open("/map")
    page.select_option("#colour", label=name)
    page = tab.open("/pictures/2")
    expect(page.locator("#sum .named").first).to_have_text(name)
    assert tab.ask(f"/api/search?parts={name.replace('&', '%26')}:1".replace(" ", "%20"))["similar"]


def test_a_name_that_is_taken_is_refused_beside_the_field(tab, named):
    tab.forgiven = {422}
    number, name = named
    page = tab.open(f"/parts/{number}")
    page.fill("#name", name)
    page.get_by_role("button", name="Save name").click()
    expect(page.locator("h1")).to_have_text(name)
    page = tab.open("/parts/6")
    page.fill("#name", name)
    page.get_by_role("button", name="Save name").click()
    expect(page.locator("#rename-note .note")).to_contain_text("The name was not kept")
    tab.shot("part-name-taken")
    expect(page.locator("h1")).to_have_text("Part 6")


def test_pointing_at_a_part_shows_its_facts_without_a_click(tab):
    page = tab.open("/parts")
    told = tab.ask("/api/run")["parts"]
    for number in (9, 16):
        page.locator(f'.part[data-part="{number - 1}"]').hover()
        expect(page.locator("#peek .stats")).to_contain_text(f"{100 * told[number - 1]['light']:.1f}")
        strongest = page.locator("#peek .thumbs .pic").first
        expect(strongest).to_have_attribute("data-number", str(told[number - 1]["top"][0]))
    page.select_option("#sort", "used")
    order = [int(one.get_attribute("data-part")) for one in page.locator("#parts .part").all()]
    assert order == sorted(range(25), key=lambda i: -told[i]["used"])
    page.keyboard.press("c")
    tab.shot("parts-grey")
