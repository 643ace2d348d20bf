"""Fit: started, watched, left and found again, cancelled, opened."""

import re

import pytest

from .watched import NARROW

expect = pytest.importorskip("playwright.sync_api", reason="the stories need playwright").expect


def iteration(page):
    return int(re.search(r"Iteration (\d+)", page.locator("#live").inner_text())[1])


def test_a_fit_goes_on_when_the_page_is_left_and_what_it_has_is_opened(visit, own_faces):
    tab = visit(own_faces)
    page = tab.open("/fit")
    expect(page.locator("#live")).to_contain_text("No fit yet")
    page.fill("#k", "9")
    page.fill("#max_iter", "100000")
    page.fill("#tol", "0")
    page.select_option("#solver", "mu")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#live .pill")).to_have_text("Running")
    expect(page.locator("#live")).to_contain_text(re.compile(r"Iteration \d+ of at most 100000 .* left at most"))
    expect(page.locator("#live svg").first).to_be_visible()
    expect(page.locator("#live .forming canvas")).to_have_count(9)
    assert tab.findings() == []
    tab.shot("fit-running", full=True)
    seen = iteration(page)
    page.wait_for_function(
        "(seen) => Number(/Iteration (\\d+)/.exec(document.querySelector('#live').innerText)?.[1]) > seen", arg=seen
    )
    tab.open("/parts")
    phone = visit(own_faces, size=NARROW, theme="dark")
    phone.open("/fit")
    expect(phone.page.locator("#live .pill")).to_have_text("Running")
    expect(phone.page.locator("#live .forming canvas")).to_have_count(9)
    phone.shot("fit-running-390-dark", full=True)
    page = tab.open("/fit")
    expect(page.locator("#live .pill")).to_have_text("Running")
    expect(page.locator("#live")).to_contain_text("Iteration")
    assert iteration(page) > seen
    page.locator("#live").get_by_role("button", name="Cancel").click()
    expect(page.locator("#live .pill")).to_have_text("Cancelled, kept", timeout=30_000)
    expect(page.locator("#live")).to_contain_text("the parts of the last iteration are kept")
    expect(phone.page.locator("#live .pill")).to_have_text("Cancelled, kept")
    expect(page.locator("#runs")).to_contain_text("faces-k9")
    tab.shot("fit-cancelled", full=True)
    page.locator("#live").get_by_role("button", name="Open this run").click()
    tab.wait_at("/model$")
    expect(page.locator("#foot")).to_contain_text("faces-k9")
    expect(page.locator("#foot")).to_contain_text("9 parts")
    page = tab.open("/parts")
    expect(page.locator("h1")).to_have_text("9 parts")
    expect(page.locator("#parts .part")).to_have_count(9)


def test_a_wrong_number_is_told_under_its_field(tab):
    tab.forgiven = {422}
    page = tab.open("/fit")
    page.fill("#k", "4000")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#k-help")).to_contain_text("between 1 and 1000")
    expect(page.locator("#k")).to_have_attribute("aria-invalid", "true")
    page.fill("#k", "500")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#k-help")).to_contain_text("the folder has 400 usable images")
    tab.shot("fit-wrong")
    page.fill("#k", "5")
    page.fill("#tol", "small")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#tol-help")).to_contain_text("a number such as 1e-4")
    expect(page.locator("#k")).not_to_have_attribute("aria-invalid", "true")
    assert tab.findings() == []
    assert tab.ask("/api/fits")["fits"] == []
