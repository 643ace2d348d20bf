"""Names of files, folders, parts and runs are text: of a hundred that mean harm none does anything."""

import sys

import numpy as np
import pytest
from PIL import Image

from partwise.sources.folder import shown
from partwise.tasks.fit import Settings, fit
from partwise.tasks.look import look
from partwise.tasks.read import Reading

from ..raw import begin, end
from .hostile_names import RUN, hostile_names
from .watched import NARROW

expect = pytest.importorskip("playwright.sync_api", reason="the stories need playwright").expect

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file names")
FOREIGN = "main script, main iframe, main object, main embed, main template, main svg script, base"
OWN_WORDS = "<img src=x onerror=window.__pwned=1>"  # 40 letters at most, as a part has


@pytest.fixture(scope="module")
def harmful(tmp_path_factory):
    """A server of pictures, folders, parts and a run with such names."""
    home = tmp_path_factory.mktemp("names")
    rng = np.random.default_rng(0)
    for name in hostile_names():
        path = home / f"<svg onload={RUN}>" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (12, 10), dtype=np.uint8)).save(path, "png")
    source, out = home / f"<svg onload={RUN}>", home / f"<img src=x onerror={RUN}>"
    fitted = fit(source, out, Settings(4, {"max_iter": 30, "random_state": 0}, Reading()))
    look(fitted.run, fitted.data)
    site = begin(out)
    site.post("/api/parts/1/name", {"name": OWN_WORDS}, method="PUT")
    yield site
    end(site)


def unharmed(page):
    return page.evaluate(f"window.__pwned === undefined && !document.querySelector('{FOREIGN}')")


def test_there_are_a_hundred_names_and_all_are_pictures(harmful):
    names = harmful.get("/api/pictures")["name"]
    assert sorted(names) == sorted(shown(name) for name in hostile_names())
    assert len(names) >= 100


def test_no_page_takes_a_name_for_more_than_text(visit, harmful):
    tab = visit(harmful)
    for path in ("/parts", "/parts/1", "/mix", "/fit", "/model"):
        page = tab.open(path)
        assert unharmed(page), path
        tab.shot(f"names{path.replace('/', '-')}")
    page = tab.open("/parts")
    expect(page.locator("#parts .named")).to_have_text(OWN_WORDS)
    expect(page.locator("#foot b")).to_have_text(f"<img src=x onerror={RUN}>")
    page = tab.open("/search?q=3")
    for button in page.locator("#near button").all():
        button.click()
    expect(page.locator("#why .named").first).to_have_text(OWN_WORDS)
    assert unharmed(page)
    tab.shot("names-search")


def test_the_grid_shows_a_hundred_names_and_none_runs(visit, harmful):
    tab = visit(harmful, size=NARROW)
    page = tab.open("/pictures")
    columns = tab.ask("/api/pictures")
    seen = {}
    for _ in range(40):
        seen |= page.evaluate(
            "Object.fromEntries([...document.querySelectorAll('#grid a')]"
            ".map((one) => [one.dataset.number, one.title]))"
        )
        page.locator("#viewport").evaluate("(one) => { one.scrollTop += 400; }")
        page.wait_for_timeout(20)
        if len(seen) == len(columns["name"]):
            break
    assert len(seen) == len(columns["name"])
    for number, name in zip(columns["number"], columns["name"], strict=True):
        assert seen[str(number)].startswith(name)
    for link in page.locator("#grid a").all()[:12]:
        link.hover()
    assert unharmed(page)
    assert tab.overhang() <= 0
    tab.shot("names-pictures-390")


def test_pictures_with_such_names_open_and_none_runs(visit, harmful):
    tab = visit(harmful, size=NARROW)
    columns = tab.ask("/api/pictures")
    for number, name in list(zip(columns["number"], columns["name"], strict=True))[::11]:
        page = tab.open(f"/pictures/{number}")
        assert page.locator("h1").evaluate("(one) => one.textContent") == name
        assert unharmed(page)
        assert tab.overhang() <= 0, name
    tab.shot("names-picture-390", full=True)


def test_the_map_tells_such_names_and_none_runs(visit, harmful):
    tab = visit(harmful)
    page = tab.open("/map")
    box = page.locator("#canvas").bounding_box()
    told = set()
    for across in range(12):
        for down in range(8):
            page.mouse.move(box["x"] + (across + 0.5) * box["width"] / 12, box["y"] + (down + 0.5) * box["height"] / 8)
            told.add(page.locator("#tip").evaluate("(one) => one.textContent"))
    assert len(told) > 10
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert unharmed(page)
    tab.shot("names-map")


def test_an_upload_with_such_a_name_is_only_shown(visit, harmful, people):
    tab = visit(harmful)
    page = tab.open("/search")
    content = (people / "s1" / "1.png").read_bytes()
    for name in (f"<img src=x onerror={RUN}>.png", f'"><svg onload={RUN}>.png', "\u202egnp.exe.png", "line\nbreak.png"):
        page.set_input_files("#file", {"name": name, "mimeType": "image/png", "buffer": content})
        plain = name.replace("\u202e", "")  # what turns the direction of writing is left out
        expect(page.locator("#query-name")).to_have_text(plain)
        expect(page.locator("#why h2")).to_contain_text(plain[:5])
    assert unharmed(page)
    tab.shot("names-upload")
