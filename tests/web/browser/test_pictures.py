"""Pictures: the grid is ordered, walked and opened; a picture is built from its parts, one by one."""

import re

import numpy as np
import pytest

from .watched import grey

expect = pytest.importorskip("playwright.sync_api", reason="the stories need playwright").expect

# a picture that is whole in the middle of the view
IN_VIEW = """() => {
  const { top, bottom } = document.querySelector("#viewport").getBoundingClientRect();
  const inside = (box) => box.top > top + 100 && box.bottom < bottom - 100;
  return [...document.querySelectorAll("#grid a")].find((one) => inside(one.getBoundingClientRect()))?.dataset.number;
}"""
FOCUSED = "Number(document.activeElement.dataset.number ?? 0)"


def first(page, many=6):
    return page.evaluate(
        "(many) => [...document.querySelectorAll('#grid li')].sort((a, b) => a.ariaPosInSet - b.ariaPosInSet)"
        ".slice(0, many).map((one) => Number(one.querySelector('a').dataset.number))",
        many,
    )


def test_an_order_is_chosen_and_the_way_back_finds_the_place_again(tab):
    page = tab.open("/pictures")
    columns = tab.ask("/api/pictures")
    for by, descending in (("error", "true"), ("brightness", "false"), ("part:3", "true")):
        value = f"{by}:descending" if by == "error" else by
        page.select_option("#order", value)
        page.wait_for_url(re.compile(re.escape(f"order={value}")))
        rows = tab.ask(f"/api/order?by={by}&descending={descending}")["rows"]
        assert first(page) == [columns["number"][row] for row in rows[:6]]
    tab.shot("pictures-by-part")
    page.locator("#viewport").evaluate("(one) => { one.scrollTop = 900; }")
    number = page.wait_for_function(IN_VIEW).json_value()
    link = page.locator(f'#grid a[data-number="{number}"]')
    top = page.locator("#viewport").evaluate("(one) => one.scrollTop")
    link.click()
    tab.wait_at(f"/pictures/{number}$")
    page.go_back()
    tab.wait_at(r"/pictures\?order=part:3")
    assert page.locator("#viewport").evaluate("(one) => one.scrollTop") == pytest.approx(top, abs=2)


def test_a_label_leaves_only_its_pictures(tab):
    page = tab.open("/pictures")
    page.select_option("#label", "s12")
    expect(page.locator("#lead")).to_contain_text("10 of 400")
    expect(page.locator("#grid li")).to_have_count(10)


def test_arrow_keys_walk_the_grid_and_enter_opens_a_picture(tab):
    page = tab.open("/pictures")
    page.locator("#viewport").focus()
    order = first(page, 400)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FOCUSED) == order[0]
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FOCUSED) == order[1]
    columns = page.evaluate("new Set([...document.querySelectorAll('#grid li')].map((one) => one.style.left)).size")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(FOCUSED) == order[1 + columns]
    page.keyboard.press("End")
    last = tab.ask("/api/order?by=name")["rows"][-1]
    assert page.evaluate(FOCUSED) == tab.ask("/api/pictures")["number"][last]
    tab.shot("pictures-end")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    tab.wait_at(f"/pictures/{order[0]}$")


def test_thumbnails_in_the_grid_are_the_pictures(tab, people):
    page = tab.open("/pictures")
    page.wait_for_function(
        "() => [...document.querySelectorAll('canvas.strip')].some((c) =>"
        " c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v))"
    )
    tile = page.evaluate(
        """() => {
          const link = document.querySelector('#grid li a.window');
          const strip = document.querySelector('canvas.strip');
          const dots = strip.width / strip.clientWidth;
          const box = link.getBoundingClientRect();
          const [wide, high] = [Math.round(box.width * dots), Math.round(box.height * dots)];
          const data = strip.getContext('2d').getImageData(0, 0, wide, high).data;
          return [high, wide, [...data].filter((_, at) => at % 4 === 0)];
        }"""
    )
    from PIL import Image

    seen = np.array(tile[2], float).reshape(tile[0], tile[1])
    number = first(page, 1)[0]
    name = tab.ask(f"/api/pictures/{number}")["name"]
    true = np.asarray(Image.open(people / name).resize((tile[1], tile[0])), float)
    inner = np.s_[10:-10, 10:-10]
    assert np.corrcoef(seen[inner].ravel(), true[inner].ravel())[0, 1] > 0.97


def test_a_picture_is_built_part_by_part(tab):
    page = tab.open("/pictures/21")
    facts = tab.ask("/api/pictures/21")
    used = sum(value != 0 for value in facts["code"])
    expect(page.locator("#lead")).to_contain_text(f"Rebuilt from {used} of 25 parts")
    step = page.locator("#step")
    assert step.get_attribute("max") == str(used)
    left = page.locator("#figures figure").nth(2)
    errors = []
    for count in range(used + 1):
        step.evaluate(
            "(one, value) => { one.value = value; one.dispatchEvent(new Event('input', { bubbles: true })); }", count
        )
        errors.append(float(re.search(r"([\d.]+)\s*%", left.inner_text())[1]))
        if count == 4:
            tab.shot("picture-four-parts")
    assert errors[0] == 100
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] == pytest.approx(100 * facts["error"], abs=0.051)
    parts = np.frombuffer(page.request.get(tab.home + "/api/parts.f32").body(), "<f4").reshape(25, 56, 46)
    whole = np.tensordot(np.array(facts["code"]), parts, 1)
    assert np.abs(grey(page.locator("#figures canvas").nth(1)) - whole.clip(0, 1)).max() < 0.006
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator("#count")).to_contain_text("+ ")
    page.get_by_role("button", name="Pause").click()
    page.locator("#near a").first.click()
    tab.wait_at(r"/search\?q=21&with=\d+")
    expect(page.locator("#why .total")).to_contain_text("Sum = cosine")


def test_arrow_keys_go_to_the_picture_beside_and_stop_at_the_end(tab):
    page = tab.open("/pictures/1")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    tab.wait_at("/pictures/2$")
    page.keyboard.press("ArrowLeft")
    tab.wait_at("/pictures/1$")


def test_a_picture_is_removed_only_when_it_is_said_twice(visit, own_faces):
    tab = visit(own_faces)
    page = tab.open("/pictures/3")
    page.get_by_role("button", name="Remove from this run").click()
    tab.shot("picture-removal")
    assert tab.findings() == []
    page.get_by_role("button", name="Keep").click()
    assert tab.ask("/api/run")["n"] == 400
    page.get_by_role("button", name="Remove from this run").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    tab.wait_at("/pictures/4$")
    assert tab.ask("/api/run")["n"] == 399
    page = tab.open("/pictures")
    expect(page.locator("#lead")).to_contain_text("399 pictures")
    assert 3 not in first(page, 400)
