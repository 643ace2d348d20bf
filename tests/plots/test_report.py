"""The report: one file that stands alone, honest words, and names that stay text."""

import dataclasses
import re
from html.parser import HTMLParser

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from partwise import plots
from partwise.report import ReportContent, ReportFigure, render_report
from partwise.report.inline import TOKENS, about, inline_svg
from partwise.report.verdict import duration, per_cent, reason, verdict
from partwise.wording import power

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>$x_1$\udcff'


@pytest.fixture
def content(factors, history):
    _, W, H = factors(k=4)
    names = [HOSTILE, None, "Nose", "</svg>&lt;"]
    return ReportContent(
        title="holiday " + HOSTILE,
        origin="12 pictures from " + HOSTILE,
        n_samples=1200,
        n_features=24,
        n_components=4,
        relative_error=0.1956,
        kkt_residual=1.8e-3,
        tol=1e-4,
        converged=False,
        reason="Stopped at the limit of 60 iterations. Try max_iter=400.",
        n_iter=60,
        seconds=2.2,
        n_dead_components=1,
        made_with={"solver": "hals", HOSTILE: HOSTILE},
        notes=["Another start can give other parts.", HOSTILE],
        skipped=[(HOSTILE, "not a picture: " + HOSTILE)] + [(f"{i}.png", "too short") for i in range(250)],
        duplicates=[("a.png", HOSTILE)],
        figures=[
            ReportFigure("parts", HOSTILE, HOSTILE, plots.parts_gallery(H, (6, 4), W=W, names=names)),
            ("parts-1", "Again", "", plots.parts_gallery(H, (6, 4), W=W, names=names)),
            ReportFigure("codes", "Codes", "", plots.clustermap(W, names=names)),
            ReportFigure("convergence", "Convergence", "", plots.convergence(history, tol=1e-4)),
        ],
    )


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.ids, self.links, self.handlers, self.text = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in ("href", "src", "xlink:href"):
                self.links.append(value)
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_data(self, data):
        self.text.append(data)


def read(html):
    reader = Reader()
    reader.feed(html)
    return reader


def test_the_file_stands_alone(content):
    html = render_report(content)
    assert not re.findall(r"https?://", html)
    assert "@import" not in html
    assert "default-src 'none'" in html
    reader = read(html)
    assert "link" not in reader.tags
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in reader.links)
    assert any(link.startswith("data:") for link in reader.links)
    html.encode("utf-8")


def test_names_are_text_everywhere(content):
    reader = read(render_report(content))
    assert reader.tags.count("script") == 2, "one before the first paint, one for the switch; none from a name"
    assert "img" not in reader.tags
    assert reader.handlers == []
    assert reader.tags.count("svg") == 2 + len(content.figures)
    assert "<script>alert(1)</script>" in "".join(reader.text)


def test_ids_are_unique_and_links_lead_somewhere(content):
    html = render_report(content)
    reader = read(html)
    assert len(reader.ids) == len(set(reader.ids))
    targets = [link[1:] for link in reader.links if link.startswith("#")] + re.findall(r"url\(#([^)]+)\)", html)
    assert len(targets) > 20
    assert set(targets) <= set(reader.ids)


def test_every_section_is_there_in_order(content):
    ids = read(render_report(content)).ids
    wanted = ["verdict", "numbers", "parts", "parts-1", "codes", "convergence"]
    wanted += ["notes", "skipped", "duplicates", "made-with"]
    assert [one for one in ids if one in wanted] == wanted


def test_empty_lists_leave_no_section(content):
    bare = dataclasses.replace(content, notes=(), skipped=(), duplicates=(), made_with={}, figures=())
    assert not {"notes", "skipped", "duplicates", "made-with"} & set(read(render_report(bare)).ids)


def test_long_lists_are_cut_and_counted(content):
    html = render_report(content)
    assert "251 left out" in html
    assert "The first 200 of 251; 51 more are not shown." in html
    assert "198.png" in html
    assert "199.png" not in html


def test_not_converged_is_said_first(content):
    said = verdict(content)
    assert said.state == "warn"
    assert said.pill == "Not converged: stopped after 60 iterations"
    start = "A good answer, not yet the best one. 4 parts rebuild these pictures with a relative error of 19.6\u202f%."
    assert said.headline == start
    finished = dict(said.explained)["How finished"]
    assert "the pull still left on the weights is 0.18\u202f% of the pulls that hold each other in balance" in finished
    assert "18 times too large" in finished
    assert "1 of the parts is dead" in dict(said.explained)["How good"]
    html = render_report(content)
    assert html.index(said.pill) < html.index("KKT residual")
    assert start in html


def test_converged_is_said_in_other_words(content):
    said = verdict(dataclasses.replace(content, converged=True, kkt_residual=9e-5, reason="Reached the goal."))
    assert said.state == "good"
    assert said.pill == "Converged: stopped after 60 iterations"
    assert "not yet" not in said.headline
    assert "goal 1e-4: reached" in dict(said.explained)["How finished"]


def test_a_bad_or_unmeasured_answer_is_not_called_good(content):
    for changes in ({"relative_error": 0.8}, {"relative_error": float("nan")}):
        said = verdict(dataclasses.replace(content, **changes))
        assert "good answer" not in said.headline
        assert "nan" not in said.headline
    unknown = verdict(dataclasses.replace(content, kkt_residual=float("nan")))
    assert "not measured" in dict(unknown.explained)["How finished"]
    assert "nan" not in render_report(dataclasses.replace(content, kkt_residual=float("nan"))).split("<svg")[0]


def test_figures_follow_the_theme(content):
    svg, width = inline_svg(content.figures[3].figure, "convergence")
    assert not [ink for ink in TOKENS if ink in svg]
    assert {"var(--ink)", "var(--ink-2)", "var(--line)", "var(--accent)"} <= set(re.findall(r"var\(--[\w-]+\)", svg))
    assert "#ffffff" not in svg, "the card is the background"
    assert "font-family" not in svg
    assert "<style" not in svg
    assert 800 < width < 1100


def test_the_line_under_a_title_is_text_of_the_page(content):
    figure = content.figures[0].figure
    line = about(figure)
    assert line == "One scale for all: what each part adds where it is used strongly; bar: its share of all the light."
    assert "One scale" not in inline_svg(figure, "parts")[0]
    assert "one scale" not in inline_svg(figure, "parts")[0]
    assert figure.axes[0].texts[1].get_visible()
    assert f"{line}</p>" in render_report(content)
    assert about(content.figures[3].figure) == ""


def test_no_room_is_kept_for_a_line_that_stood_alone(factors):
    X, W, H = factors()
    figures = [plots.top_pictures(X, W, H, (6, 4), title=title) for title in ("", "Title")]
    alone, titled = (float(re.findall(r'viewBox="0 0 [\d.]+ ([\d.]+)', inline_svg(one, "a")[0])[0]) for one in figures)
    assert titled - alone > 72 * 0.3


def test_navigation_is_short(content):
    figures = [ReportFigure("a", "A very long title", "", Figure(), "Short"), ("b", "As it is", "", Figure())]
    navigation = render_report(dataclasses.replace(content, figures=figures)).split("<nav")[1].split("</nav>")[0]
    assert re.findall(r">([^<]+)</a>", navigation) == ["Short", "As it is"]


def test_pixels_are_counted_once_in_colour(content):
    colour = dataclasses.replace(content, n_features=12288, image_shape=(64, 64, 3))
    assert "<dd>4,096 <small>× 3 colours</small></dd>" in render_report(colour)
    grey = dataclasses.replace(content, n_features=4096, image_shape=(64, 64))
    assert "<dd>4,096</dd>" in render_report(grey)


@pytest.mark.parametrize("tol", ["1.0e-04", "0.0001", "1e-4"])
def test_the_reason_is_written_as_the_rest(tol):
    told = f"Stopped at the limit of 1 iterations, KKT residual 2.4e-02 against tol {tol}. Increase max_iter to go on."
    wanted = "Stopped at the limit of 1 iteration, KKT residual 2.4e-2 against tol 1e-4. "
    assert reason(told) == wanted + "Increase max_iter (--max-iter) to go on."
    assert reason(reason(told)) == reason(told)
    assert reason("Stopped after 21 iterations. Try max_iter=400.") == "Stopped after 21 iterations. Try max_iter=400."


def test_one_is_not_plural(content):
    html = render_report(dataclasses.replace(content, n_samples=1, n_components=1, n_iter=1))
    assert "1 picture, 1 part<" in html
    assert "stopped after 1 iteration<" in html
    assert not re.search(r"\b1 (parts|iterations|pictures)\b", html.split("<svg")[0])


def test_pictures_keep_the_pixels_they_have(factors):
    _, _, H = factors(k=2)
    svg, _ = inline_svg(plots.parts_gallery(H, (6, 4), scale="own"), "parts")
    assert re.findall(r'width="(\d+)" height="(\d+)"', svg) == [("4", "6")] * 2
    assert svg.count('class="pixels"') == 2


def test_figures_are_left_as_they_were_and_come_out_the_same(content):
    figure, settings = content.figures[0].figure, dict(matplotlib.rcParams)
    before = [image.get_interpolation() for image in figure.axes[0].images]
    one, two = inline_svg(figure, "a"), inline_svg(figure, "a")
    assert one == two
    assert [image.get_interpolation() for image in figure.axes[0].images] == before
    assert dict(matplotlib.rcParams) == settings
    assert render_report(content) == render_report(content)


@pytest.mark.parametrize("key", ["", "1a", "a b", 'x"', "../a", "notes"])
def test_a_bad_key_is_refused(content, key):
    with pytest.raises(ValueError, match="key of its own"):
        render_report(dataclasses.replace(content, figures=[(key, "t", "c", Figure())]))


def test_the_same_key_twice_is_refused(content):
    with pytest.raises(ValueError, match="key of its own"):
        render_report(dataclasses.replace(content, figures=[("a", "t", "c", Figure()), ("a", "t", "c", Figure())]))


def test_large_sums_of_text_are_left_alone(content):
    text = "id=\"x\" url(#y) #1d1b18 style='fill: #ffffff'"
    figure = Figure()
    figure.text(0.1, 0.5, text)
    svg, _ = inline_svg(figure, "odd")
    assert 'id="x" url(#y) #1d1b18' in svg


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.1956, "19.6\u202f%"),
        (0.00004, "0.004\u202f%"),
        (7e-8, "less than 0.001\u202f%"),
        (0, "0.0\u202f%"),
        (np.nan, "not measured"),
    ],
)
def test_per_cent(value, said):
    assert per_cent(value) == said


def test_other_numbers_in_words():
    assert [power(1.8e-3), power(1e-4), power(0), power(float("nan"))] == ["1.8e-3", "1e-4", "0", "–"]
    assert [duration(2.2), duration(75), duration(7500)] == [
        "2.2\u202fs",
        "1\u202fmin 15\u202fs",
        "2\u202fh 5\u202fmin",
    ]
