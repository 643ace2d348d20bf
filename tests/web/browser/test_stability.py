"""Stability on the page: parts in its order, the surest first, and what is said of one; of one start nothing is."""

import pytest

from ..test_stability import agreed  # noqa: F401

expect = pytest.importorskip("playwright.sync_api", reason="the stories need playwright").expect


def test_parts_stand_in_the_order_of_their_stability(visit, agreed):  # noqa: F811
    run, site = agreed
    tab = visit(site)
    page = tab.open("/parts")
    page.select_option("#sort", "stability")
    order = sorted(range(4), key=lambda place: -run.facts["stability"][place])
    shown = [int(tile.get_attribute("data-part")) for tile in page.locator("a.part").all()]
    assert [run.facts["stability"][place] for place in shown] == [run.facts["stability"][place] for place in order]
    page.locator("a.part").first.hover()
    expect(page.locator("#peek")).to_contain_text("returns on refit")
    expect(page.locator("#peek")).to_contain_text(f"{run.facts['stability'][order[0]]:.2f}")
    tab.shot("parts-stability")
    page = tab.open(f"/parts/{order[0] + 1}")
    expect(page.locator("#stats")).to_contain_text("returns on refit")
    expect(page.locator("#sure canvas")).to_have_count(2)
    tab.shot("part-stability")


def test_a_run_of_one_start_offers_no_such_order(tab):
    page = tab.open("/parts")
    expect(page.locator("#sort option[value=name]")).to_have_count(1)
    expect(page.locator("#sort option[value=stability]")).to_have_count(0)
    expect(page.locator("#peek")).not_to_contain_text("returns on refit")
    page = tab.open("/parts/1")
    expect(page.locator("#strong a").first).to_be_visible()
    expect(page.locator("#returns")).to_be_hidden()
