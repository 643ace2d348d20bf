"""Search: a picture is dropped, the ranking is read, the reason adds up, and parts are switched off."""

import base64

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the stories need playwright").expect

DROP = """([name, type, text]) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type }));
  return carried;
}"""


def drop(page, name, content, kind="image/png"):
    carried = page.evaluate_handle(DROP, [name, kind, base64.b64encode(content).decode()])
    for moment in ("dragover", "drop"):
        page.dispatch_event("#drop", moment, {"dataTransfer": carried})


def ranking(page):
    return [int(one.get_attribute("data-hit")) for one in page.locator("#near [data-hit]").all()]


def numbers(page, selector):
    return [float(text.replace("−", "-")) for text in page.locator(selector).all_inner_texts()]


def test_a_dropped_picture_finds_its_like_and_the_reason_adds_up(tab, people):
    page = tab.open("/search")
    drop(page, "my friend.png", (people / "s5" / "1.png").read_bytes())
    expect(page.locator("#query-name")).to_have_text("my friend.png")
    expect(page.locator("#query")).to_contain_text("your picture")
    names = tab.ask("/api/pictures")
    first = ranking(page)[0]
    assert names["name"][names["number"].index(first)] == "s5/1.png"
    expect(page.locator("#near .cap b").first).to_have_text("1.000")
    page.locator("#near button").nth(1).click()
    expect(page.locator("#near button").nth(1)).to_have_attribute("aria-pressed", "true")
    second = tab.ask(f"/api/pictures/{ranking(page)[1]}")["name"].removesuffix(".png")
    expect(page.locator("#why h2")).to_have_text(f"Why my friend and {second} are alike")
    cosine, mine, theirs = numbers(page, "#why .legend b")
    assert cosine + mine + theirs == pytest.approx(1, abs=2e-4)
    expect(page.locator("#why .legend")).to_contain_text("together 1.0000")
    shown = float(page.locator("#near .cap b").nth(1).inner_text())
    assert cosine == pytest.approx(shown, abs=6e-4)
    page.locator("#why .rest button").click()
    expect(page.locator("#why .rest")).to_have_count(0)
    shared = numbers(page, "#why li:not(.headrow):not(.total):not(.rest) > b")
    assert sum(shared) == pytest.approx(cosine, abs=len(shared) * 5e-5)
    assert numbers(page, "#why .total b") == [cosine]
    widths = page.evaluate("[...document.querySelectorAll('#why .whole i')].map((one) => parseFloat(one.style.width))")
    assert sum(widths) == pytest.approx(100, abs=0.02)
    tab.shot("search-dropped", full=True)


def test_a_chosen_or_pasted_file_is_as_good_as_a_dropped_one(tab, people):
    page = tab.open("/search")
    names = tab.ask("/api/pictures")
    page.set_input_files("#file", people / "s9" / "4.png")
    expect(page.locator("#query-name")).to_have_text("4.png")
    assert names["name"][names["number"].index(ranking(page)[0])] == "s9/4.png"
    content = base64.b64encode((people / "s11" / "2.png").read_bytes()).decode()
    carried = page.evaluate_handle(DROP, ["image.png", "image/png", content])
    page.evaluate("(it) => dispatchEvent(new ClipboardEvent('paste', { clipboardData: it, bubbles: true }))", carried)
    expect(page.locator("#query-name")).to_have_text("image.png")
    assert names["name"][names["number"].index(ranking(page)[0])] == "s11/2.png"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("broken.png", b"\x89PNG\r\n\x1a\n" + b"x" * 400, "Not a supported image"),
        ("letter.jpg", b"Dear friend, this is no picture.", "found: text"),
        ("empty.png", b"", "The file is empty"),
    ],
)
def test_a_file_that_is_no_picture_is_refused_in_words(tab, name, content, words):
    tab.forgiven = {400, 415, 422}
    page = tab.open("/search?q=3")
    before = ranking(page)
    drop(page, name, content)
    note = page.locator("#upload-note .note")
    expect(note).to_contain_text(f"{name} could not be used")
    told = note.inner_text()
    assert words in told
    assert not any(word in told for word in ("Traceback", "Error:", "undefined", "[object", "/tmp"))
    assert ranking(page) == before
    assert tab.findings() == []
    tab.shot(f"search-{name.split('.')[0]}")


def test_parts_switched_off_change_the_ranking_and_the_address_keeps_it(tab):
    page = tab.open("/search?q=17")
    before = ranking(page)
    page.get_by_role("button", name="Its top 5").click()
    expect(page.locator("#on")).to_have_text("5 of 25")
    on = page.locator("#switches [aria-pressed=true]").count()
    assert on == 5
    switches = page.locator("#switches button")
    off = [at + 1 for at in range(25) if switches.nth(at).get_attribute("aria-pressed") == "false"]
    told = tab.ask(f"/api/search?picture=17&n=8&weights={','.join(f'{one}:0' for one in off)}")
    expect(page.locator("#near [data-hit]").first).to_have_attribute("data-hit", str(told["similar"][0]["number"]))
    assert ranking(page) == [hit["number"] for hit in told["similar"]] != before
    page.wait_for_url("**/search?q=17*off=*")
    tab.shot("search-parts-off")
    kept = tab.path
    page.reload()
    tab.ready()
    assert tab.path == kept
    assert ranking(page) == [hit["number"] for hit in told["similar"]]
    page.get_by_role("button", name="All", exact=True).click()
    expect(page.locator("#on")).to_have_text("all")
    expect(page.locator("#near [data-hit]").first).to_have_attribute("data-hit", str(before[0]))
    page.get_by_role("button", name="None").click()
    expect(page.locator("#results-note")).to_contain_text("Switch at least one on")
    tab.shot("search-none")


def test_measure_and_label_are_kept_in_the_address(tab):
    page = tab.open("/search?q=40")
    page.select_option("#measure", "euclidean")
    page.select_option("#label", "s7")
    expect(page.locator("#took")).to_contain_text("10 pictures ranked")
    page.wait_for_url("**measure=euclidean&label=s7*")
    told = tab.ask("/api/search?picture=40&measure=euclidean&label=s7&n=8")
    assert ranking(page) == [hit["number"] for hit in told["similar"]]
    expect(page.locator("#why .note")).to_contain_text("explained by cosine")
    page.reload()
    tab.ready()
    assert page.locator("#label").input_value() == "s7"
    assert ranking(page) == [hit["number"] for hit in told["similar"]]


def test_what_the_model_sees_stands_below_each_result(tab):
    page = tab.open("/search?q=12")
    page.get_by_role("button", name="Show what the model sees").click()
    expect(page.locator("#near .under")).to_have_count(8)
    expect(page.locator("#far .under")).to_have_count(8)
    tab.shot("search-seen")
