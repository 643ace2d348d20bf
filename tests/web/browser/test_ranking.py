"""How many parts?: asked, watched, left and found again, cancelled, gone on with; the report, and a fit from it."""

import re
import shutil

import pytest

from ..raw import serving
from ..test_fits import finished
from .watched import NARROW, WIDE

expect = pytest.importorskip("playwright.sync_api", reason="the stories need playwright").expect
ASKED = {"from": 2, "to": 6, "restarts": 2}


def ask(page, **asked):
    for name, value in asked.items():
        page.fill(f"#ranks-form [name={name}]", str(value))
    page.locator("#ranks-form").get_by_role("button", name="Start").click()


@pytest.fixture(scope="session")
def ranked_site(faces_run, tmp_path_factory):
    """A server of faces with a rank report beside them."""
    run = shutil.copytree(faces_run, tmp_path_factory.mktemp("ranked") / "faces")
    with serving(run) as site:
        name = site.post("/api/ranks", ASKED, 202)["id"]
        assert finished(site, name, 120.0, "ranks")["state"] == "finished"
        yield site


def test_a_rank_run_goes_on_when_the_page_is_left_and_after_a_cancel(visit, own_faces):
    tab = visit(own_faces)
    page = tab.open("/fit")
    page.locator("#mode").get_by_role("button", name="How many parts?").click()
    assert tab.path == "/fit?mode=ranks"
    expect(page.locator("#ranking")).to_contain_text("Not asked yet")
    expect(page.locator("#effort")).to_contain_text("40 numbers of parts, 440 fits: about")
    tab.shot("ranks-none")
    ask(page, to=30, restarts=3)
    expect(page.locator("#ranking .pill")).to_have_text("Running")
    expect(page.locator("#ranking")).to_contain_text(
        re.compile(r"\d+ of 270 fits · last: .*, \d+ parts"), timeout=60_000
    )
    expect(page.locator("#ranking .fits-done .done").first).to_be_attached()
    expect(page.locator("#ranking .chart .l1").first).to_be_attached()
    assert tab.findings() == []
    tab.shot("ranks-running", full=True)
    tab.open("/parts")
    phone = visit(own_faces, size=NARROW, theme="dark")
    phone.open("/fit")
    expect(phone.page.locator("#ranking .pill")).to_have_text("Running")
    expect(phone.page.locator("#ranking .fits-done .done").first).to_be_attached()
    assert phone.overhang() <= 0
    assert phone.findings() == []
    phone.shot("ranks-running-390-dark", full=True)
    tab.forgiven = {409}
    page = tab.open("/fit?mode=fit")
    page.locator("#mode").get_by_role("button", name="Fit", exact=True).click()
    page.locator("#start").click()
    expect(page.locator("#form-note")).to_contain_text(
        "A rank run from 1 to 30 parts is running. Wait for it, or cancel it."
    )
    tab.forgiven = set()
    page.locator("#mode").get_by_role("button", name="How many parts?").click()
    page.locator("#ranking").get_by_role("button", name="Cancel").click()
    expect(page.locator("#report")).to_contain_text("Stopped before the end", timeout=60_000)
    expect(phone.page.locator("#report")).to_contain_text("Stopped before the end", timeout=60_000)
    expect(page.locator("#rank-runs")).to_contain_text("Cancelled, kept")
    tab.shot("ranks-cancelled", full=True)
    before = tab.ask("/api/ranks")["ranks"][0]["fits"]
    page.locator("#report").get_by_role("button", name="Go on").click()
    expect(page.locator("#ranking .pill")).to_have_text("Running")
    page.wait_for_function(
        "(seen) => Number(/(\\d+) of 270 fits/.exec(document.querySelector('#ranking').innerText)?.[1]) > seen",
        arg=before,
    )
    page.locator("#ranking").get_by_role("button", name="Cancel").click()
    expect(page.locator("#report")).to_contain_text("Stopped before the end", timeout=60_000)


@pytest.mark.parametrize(("size", "themes"), [(WIDE, ("light", "dark")), (NARROW, ("dark", "light"))], ids=str)
def test_the_report_is_found_again_and_stands_without_a_flaw(visit, ranked_site, size, themes):
    tab = visit(ranked_site, size=size, theme=themes[0])
    page = tab.open("/fit?mode=ranks")
    report = tab.ask("/api/rank-report")
    expect(page.locator("#report .verdict")).to_be_visible()
    said = " ".join(page.locator("#report .card").first.locator(".verdict, .further").all_inner_texts())
    assert said == report["sentence"]
    picks = page.locator("#report .criteria tbody tr")
    expect(picks).to_have_count(len(report["criteria"]))
    told = {one["key"]: one for one in report["criteria"]}
    expect(picks.first).to_contain_text(f"{told['held-out']['pick']}votes")
    for one in report["criteria"]:
        expect(page.locator("#report .criteria")).to_contain_text(one["said"])
        expect(page.locator("#report .criteria")).to_contain_text(one["reliability"])
    expect(page.locator("#report figure svg.chart")).to_have_count(len(report["criteria"]))
    with_pick = [one for one in report["criteria"] if one["pick"] is not None]
    expect(page.locator("#report figure svg.chart .pick")).to_have_count(len(with_pick))
    expect(page.locator("#report .parts.few canvas")).to_have_count(sum(report["candidates"]))
    assert page.locator(".note.bad").count() == 0
    assert "NaN" not in page.locator("main").inner_text()
    assert "undefined" not in page.locator("main").inner_text()
    for theme in themes:
        page.emulate_media(color_scheme=theme)
        assert tab.overhang() <= 0
        assert tab.findings() == []
        tab.shot(f"ranks-report-{size[0]}-{theme}", full=True)


def test_what_the_report_recommends_is_fitted(visit, ranked_site):
    tab = visit(ranked_site)
    page = tab.open("/fit?mode=ranks")
    k = tab.ask("/api/rank-report")["recommended"]
    button = page.locator("#report .toolbar").get_by_role("button", name=f"Fit {k} parts")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#k")).to_have_value(str(k))
    expect(page.locator("#start")).to_be_focused()
    page.fill("#max_iter", "3")
    page.locator("#start").press("Enter")
    expect(page.locator("#live h2")).to_have_text(f"{k} parts")
    expect(page.locator("#live .pill")).to_have_text("Finished at the limit")


def test_the_report_is_saved_as_a_file(visit, ranked_site):
    tab = visit(ranked_site)
    page = tab.open("/fit?mode=ranks")
    with page.expect_download() as coming:
        page.locator("#report .downloads a", has_text="The report").click()
    assert coming.value.suggested_filename == "rank.html"
    assert b"<!doctype html>" in coming.value.path().read_bytes()[:40].lower()


def test_a_wrong_range_is_told_under_its_field(tab):
    tab.forgiven = {422}
    page = tab.open("/fit?mode=ranks")
    ask(page, to=500)
    expect(page.locator("#to-help")).to_contain_text("the folder has 400 usable images")
    expect(page.locator("#ranks-form [name=to]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#ranks-form [name=to]")).to_be_focused()
    ask(page, to=9, step="")
    expect(page.locator("#step-help")).to_contain_text("a whole number")
    expect(page.locator("#ranks-form [name=to]")).not_to_have_attribute("aria-invalid", "true")
    assert tab.findings() == []
    tab.shot("ranks-wrong")
    assert tab.ask("/api/ranks")["ranks"] == []
