"""Every page opens in every look: no error, no stranger asked, nothing too wide, nothing serious to axe-core."""

import pytest

from .watched import NARROW, WIDE

PAGES = {
    "parts": "/parts",
    "part": "/parts/3",
    "pictures": "/pictures",
    "picture": "/pictures/5",
    "search": "/search?q=7",
    "mix": "/mix",
    "map": "/map",
    "fit": "/fit",
    "ranks": "/fit?mode=ranks",
    "model": "/model",
    "api": "/api",
}


@pytest.mark.parametrize(("size", "themes"), [(WIDE, ("light", "dark")), (NARROW, ("dark", "light"))], ids=str)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_a_flaw_and_changes_its_theme(visit, faces, name, size, themes):
    tab = visit(faces, size=size, theme=themes[0])
    page = tab.open(PAGES[name])
    assert page.locator(".note.bad").count() == 0
    assert page.locator("h1").count() == 1
    for theme in themes:
        page.emulate_media(color_scheme=theme)
        assert tab.overhang() <= 0
        assert tab.findings() == []
        tab.shot(f"{name}-{size[0]}-{theme}", full=size == NARROW)


def test_the_watch_would_see_a_flaw(visit, faces):
    tab = visit(faces)
    page = tab.open("/mix")
    page.evaluate(
        """() => {
          const image = document.createElement("img");
          image.src = "http://evil.example/x.gif";
          document.querySelector("main").append(image);
          document.querySelector("#random").replaceChildren();
          document.querySelector("main").style.width = "3000px";
          console.error("seen");
        }"""
    )
    assert {finding.split()[0] for finding in tab.findings()} >= {"button-name", "image-alt"}
    assert tab.overhang() > 0
    assert any("seen" in error for error in tab.errors)
    assert any("Content Security Policy" in error for error in tab.errors)
    tab.errors.clear()


@pytest.mark.parametrize(
    ("path", "words"),
    [("/nowhere", "nothing at this address"), ("/pictures/99999", "no picture"), ("/parts/99", "no part 99")],
)
def test_an_address_that_leads_nowhere_says_so_in_words(visit, faces, path, words):
    tab = visit(faces)
    tab.forgiven = {404}
    page = tab.open(path)
    assert words in page.locator("main").inner_text().lower()
    assert tab.findings() == []
    tab.shot(f"error{path.replace('/', '-')}")
