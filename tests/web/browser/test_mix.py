"""Mix: sliders add up to a picture, which snaps to a real one, and the address holds it all."""

import re

import numpy as np
import pytest

from .watched import grey

expect = pytest.importorskip("playwright.sync_api", reason="the stories need playwright").expect


def weights(page):
    return page.evaluate("[...document.querySelectorAll('#sliders input')].map((one) => Number(one.value))")


def parts_of(tab):
    body = tab.page.request.get(tab.home + "/api/parts.f32").body()
    return np.frombuffer(body, "<f4").reshape(25, 56, 46)


def shown(page):
    return grey(page.locator("#stage canvas.shot"))


def test_sliders_make_the_picture_and_snap_finds_a_real_one(tab):
    page = tab.open("/mix#w=1:9,4:2")
    assert np.nonzero(weights(page))[0].tolist() == [0, 3]
    before = shown(page)
    slider = page.locator("#weight-7")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.mouse.move(box["x"] + 3, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    expect(page.locator("#what")).to_have_text("3 of 25 parts")
    page.wait_for_url(re.compile(r"#w=1:9,4:2,7:"))
    after = shown(page)
    assert not np.array_equal(after, before)
    sum_of_parts = np.tensordot(np.array(weights(page)), parts_of(tab), 1)
    assert np.abs(after - sum_of_parts.clip(0, 1)).max() < 0.006
    nearest = page.locator("#stage a.pic").get_attribute("data-number")
    tab.shot("mix-moved")
    page.get_by_role("button", name="Snap to nearest").click()
    expect(page.locator("#toast")).to_contain_text("Snapped to")
    code = tab.ask(f"/api/pictures/{nearest}")["code"]
    assert np.allclose(weights(page), code, atol=1e-3)
    expect(page.locator("#stage")).to_contain_text("the same code")
    tab.shot("mix-snapped")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#what")).to_have_text("3 of 25 parts")


def test_the_link_of_a_mix_brings_it_back(visit, faces, tab):
    page = tab.open("/mix")
    page.get_by_role("button", name="Reset").click()
    expect(page.locator("#what")).to_contain_text("All weights are zero")
    page.locator("#weight-2").press("PageUp")
    page.locator("#weight-2").press("PageUp")
    page.locator("#weight-5").press("End")
    page.wait_for_url(re.compile(r"#w=2:[\d.]+,5:[\d.]+$"))
    other = visit(faces)
    other.open(tab.path)
    assert np.allclose(weights(other.page), weights(page), rtol=1e-3)
    assert np.array_equal(shown(other.page), shown(page))
    page.reload()
    tab.ready()
    assert np.array_equal(shown(other.page), shown(page))


def test_a_locked_part_stays_when_all_others_change(tab):
    page = tab.open("/mix#w=3:5,6:1")
    page.get_by_role("button", name="Lock Part 3").click()
    expect(page.locator("#locked")).to_have_text("1 locked")
    page.get_by_role("button", name="Random").click()
    expect(page.locator("#what")).not_to_have_text("2 of 25 parts")
    assert weights(page)[2] == pytest.approx(5, rel=1e-3)
    page.get_by_role("button", name="Reset").click()
    expect(page.locator("#what")).to_have_text("1 of 25 parts")
    page.get_by_role("button", name="Unlock all").click()
    page.get_by_role("button", name="Reset").click()
    expect(page.locator("#what")).to_contain_text("All weights are zero")
    page.select_option("#show", "used")
    expect(page.locator("#sliders .empty")).to_contain_text("No part is in use")
    tab.shot("mix-empty")


def test_a_mix_is_saved_as_a_png(tab):
    from io import BytesIO

    from PIL import Image

    page = tab.open("/mix#w=1:9,4:2")
    with page.expect_download() as told:
        page.get_by_role("button", name="Save PNG").click()
    assert told.value.suggested_filename == "mix.png"
    saved = np.asarray(Image.open(BytesIO(told.value.path().read_bytes())).convert("L")) / 255
    times = saved.shape[0] // 56
    assert saved.shape == (56 * times, 46 * times)
    assert np.abs(saved[::times, ::times] - shown(page)).max() < 0.01
