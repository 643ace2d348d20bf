"""What a person sees when there is nothing, or when the server is gone: words and a remedy, never a blank page."""

import pytest

from ..raw import end

expect = pytest.importorskip("playwright.sync_api", reason="the stories need playwright").expect


def test_a_run_that_lost_all_its_pictures_says_so_on_every_page(visit, own_site):
    for number in own_site.get("/api/pictures")["number"]:
        assert own_site.ask("DELETE", f"/api/pictures/{number}").status == 200
    tab = visit(own_site)
    for path in ("/pictures", "/search", "/mix", "/map"):
        page = tab.open(path)
        expect(page.locator("main .empty")).to_contain_text("partwise add RUN FOLDER")
        assert tab.findings() == []
        tab.shot(f"empty{path.replace('/', '-')}")
    for path in ("/parts", "/parts/2", "/fit", "/model"):
        page = tab.open(path)
        assert page.locator(".note.bad").count() == 0, page.locator(".note.bad").all_inner_texts()
        assert "NaN" not in page.locator("main").inner_text()
        tab.shot(f"empty{path.replace('/', '-')}")


def test_a_server_that_is_gone_is_told_with_what_to_do(visit, own_site):
    tab = visit(own_site)
    search, mix, fit = (tab, visit(own_site), visit(own_site))
    search.open("/search?q=2")
    mix.open("/mix")
    fit.open("/fit")
    end(own_site)
    search.page.locator("#switches button").nth(1).click()
    expect(search.page.locator("#results-note .note")).to_contain_text("Is partwise serve still running?")
    mix.page.get_by_role("button", name="Snap to nearest").click()
    expect(mix.page.locator("#mix-note .note")).to_contain_text("The server does not answer")
    fit.page.get_by_role("button", name="Start").click()
    expect(fit.page.locator("#form-note .note")).to_contain_text("The server does not answer")
    search.shot("gone-search")
    for one in (search, mix, fit):
        assert all("ERR_CONNECTION_REFUSED" in error for error in one.errors), one.errors
        one.errors.clear()
