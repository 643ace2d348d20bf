"""What a person sees when there is nothing, or when the server is gone: words and a remedy, never a blank page."""

import shutil

import pytest

from ..raw import begin, end

expect = pytest.importorskip("playwright.sync_api", reason="the stories need playwright").expect


@pytest.fixture
def small(saved, tmp_path):
    """A server of a few pictures that a story may take away, and the server with them."""
    shutil.copytree(saved, tmp_path / "small")
    site = begin(tmp_path / "small")
    yield site
    if site.process.poll() is None:
        end(site)


def test_a_run_that_lost_all_its_pictures_says_so_on_every_page(visit, small):
    for number in small.get("/api/pictures")["number"]:
        assert small.ask("DELETE", f"/api/pictures/{number}").status == 200
    tab = visit(small)
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


def test_a_server_that_is_gone_is_told_with_what_to_do(visit, small):
    tab = visit(small)
    search, mix, fit = (tab, visit(small), visit(small))
    search.open("/search?q=2")
    mix.open("/mix")
    fit.open("/fit")
    end(small)
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
