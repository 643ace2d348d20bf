"""Model: the verdict stands in words, and every download is the file."""

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the stories need playwright").expect


def test_the_verdict_comes_first_and_every_download_is_the_file(tab, faces_run):
    page = tab.open("/model")
    facts = tab.ask("/api/run")["facts"]
    verdict = page.locator("#verdict")
    expect(verdict.locator(".pill")).to_contain_text("Converged" if facts["converged"] else "Not converged")
    expect(verdict).to_contain_text(f"{100 * facts['relative_error']:.1f}")
    expect(page.locator("#curve svg")).to_be_visible()
    expect(page.locator("#residual svg")).to_be_visible()
    expect(page.locator("#made")).to_contain_text("random_state")
    links = {link.get_attribute("href").removeprefix("/api/files/"): link for link in page.locator("#files a").all()}
    assert {"report.html", "codes.csv", "run.json", "model.safetensors"} < set(links)
    for name, link in links.items():
        if name.startswith("figures/"):  # after ten downloads from one page Chromium asks first
            content = page.request.get(f"{tab.home}/api/files/{name}").body()
        else:
            with page.expect_download() as told:
                link.click()
            assert told.value.suggested_filename == name
            content = told.value.path().read_bytes()
        if name == "codes.csv":
            assert len(content.decode().splitlines()) == 1 + 400
        else:
            assert content == (faces_run / name).read_bytes(), name
