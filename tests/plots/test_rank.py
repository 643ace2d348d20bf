"""Figures and page of a rank report: what is marked where, in every state that a report can be in."""

import math

import numpy as np
import pytest
from looking import images, overlaps, saved, words
from matplotlib.lines import Line2D
from test_report import HOSTILE, Reader

from partwise import plots
from partwise.plots.style import ACCENT, ACCENT_SOFT
from partwise.ranks import Criterion, Curve
from partwise.report import Opinion, RankContent, ReportFigure, render_rank, span
from partwise.report.counting import answer


def curve(name, ks, values, spread=None):
    return Curve(name, tuple(ks), tuple(values), None if spread is None else tuple(spread))


def criteria(ks=range(1, 13), true=5, **picks):
    """Three that vote and two beside, the curves as they look where the number of parts is known."""
    ks = list(ks)
    k = np.array(ks, float)
    held = 0.1 + 0.5 * np.exp(-k / 2) + 0.01 * np.maximum(k - true, 0)
    gain = np.where(k < true, 0.1 / k, 1e-3)
    cosine = np.clip(1 - 0.1 * np.maximum(k - true, 0), 0.1, 1)
    said = {"said": "Because.", "reliability": "Right in 9 of 10."}
    return [
        Criterion(
            key="held-out", title="Which k predicts hidden entries best?", axis="relative error", votes=True,
            curves=(curve("held-out entries", ks, held, 0 * k + 0.01), curve("fitted entries", ks, held / 2)),
            pick=picks.get("held", true), **said,
        ),
        Criterion(
            key="permutation", title="Which parts bring more than chance?", axis="gain", votes=True, log=True,
            curves=(curve("X", ks, gain), curve("columns permuted", ks, 0.02 / k)),
            pick=picks.get("gain", true), **said,
        ),
        Criterion(
            key="bend", title="Where does the error bend?", axis="log10 of the relative error", votes=True,
            curves=(curve("X", ks, np.log10(held)),), pick=picks.get("bend", true), **said,
        ),
        Criterion(
            key="mask-stability", title="Which parts come back under other masks?", axis="cosine", threshold=0.8,
            curves=(curve("least matched cosine", ks, cosine), curve("mean matched cosine", ks, (1 + cosine) / 2)),
            pick=picks.get("mask", true), **said,
        ),
        Criterion(
            key="cophenetic", title="Which k put samples into firm groups?", axis="correlation", threshold=0.99,
            curves=(curve("cophenetic", ks, 0.95 + 0.05 * cosine),), pick=None, **said,
        ),
    ]  # fmt: skip


def with_values(one, *values):
    """Return a criterion with other values on its curves."""
    from dataclasses import replace

    curves = tuple(replace(line, values=tuple(new)) for line, new in zip(one.curves, values, strict=True))
    return replace(one, curves=curves)


NAN = [math.nan] * 12
CASES = {
    "agree": (criteria(), 5),
    "differ": (criteria(held=7, bend=2), 5),
    "no number": (criteria(held=None, gain=None, bend=None), None),
    "end of range": (criteria(held=12, gain=12, bend=12), 12),
    "one k": (criteria([4], true=4), None),
    "two k": (criteria([4, 9], true=4), 4),
    "step 5": (criteria(range(5, 65, 5), true=30), 30),
    "many k": (criteria(range(1, 201), true=30), 30),
    "votes alone": (criteria()[:3], 5),
    "one criterion": (criteria()[1:2], None),
    "none votes": (criteria()[3:], None),
    "eleven": (criteria() + 2 * criteria()[3:] + criteria()[3:4], 5),
    "not numbers": ([with_values(criteria()[0], NAN, NAN), *criteria()[1:]], 5),
    "exact fit": ([with_values(criteria()[1], [0.1, *[0.0] * 11], [0.0] * 12), *criteria()[2:]], 2),
    "level": ([with_values(criteria()[0], [0.3] * 12, [0.3] * 12), *criteria()[1:]], None),
    "partly known": ([with_values(criteria()[2], [-1, math.nan, -2, math.inf, *[math.nan] * 8])], 4),
}


@pytest.mark.parametrize("case", CASES)
def test_every_state_is_drawn_without_overlap(case):
    shown, recommended = CASES[case]
    figure = plots.rank_criteria(shown, recommended=recommended, title="12 parts. " + "Held-out error says so. " * 6)
    saved(figure)
    assert overlaps(figure) == []
    assert len(figure.axes) == len(shown)
    assert sum(text.startswith("k = ") for text in words(figure)) == sum(one.pick is not None for one in shown)
    assert words(figure).count("no pick") == sum(one.pick is None for one in shown)


def test_a_pick_is_a_point_on_the_first_curve_filled_where_it_votes():
    shown = criteria(held=7)
    figure = plots.rank_criteria(shown, recommended=5)
    for axes, one in zip(figure.axes, shown, strict=True):
        points = [line for line in axes.lines if line.get_markersize() == 9]
        if one.pick is None:
            assert not points
            continue
        (point,) = points
        assert point.get_xdata()[0] == one.pick
        assert point.get_ydata()[0] == pytest.approx(one.curves[0].at(one.pick))
        assert (point.get_markerfacecolor() == ACCENT) is one.votes


def bands_of(figure):
    return [line for line in figure.findobj(Line2D) if line.get_color() == ACCENT_SOFT]


def test_the_recommended_number_goes_through_all_panels_of_both_columns():
    figure = plots.rank_criteria(criteria(), recommended=5)
    bands = bands_of(figure)
    assert len(bands) == 2
    left, right = figure.axes[:3], figure.axes[3:]
    for band, column in zip(bands, (left, right), strict=True):
        for axes in column:
            at = figure.transFigure.inverted().transform(axes.transData.transform((5, axes.get_ylim()[0])))
            assert band.get_xdata()[0] == pytest.approx(at[0])
            assert min(band.get_ydata()) <= at[1] + 1e-9
            assert max(band.get_ydata()) >= axes.get_position().y1
    assert words(figure).count("recommended: 5") == 2
    assert not bands_of(plots.rank_criteria(criteria())), "without a number there is no band"


def test_all_panels_have_one_axis_of_k():
    figure = plots.rank_criteria([*criteria()[:2], criteria(range(2, 6))[2]], recommended=5)
    assert {axes.get_xlim() for axes in figure.axes} == {(0.5, 12.5)}


def test_lines_are_told_apart_and_named_and_levels_are_labelled():
    figure = plots.rank_criteria(criteria())
    held, gain, _, stable, _ = figure.axes
    assert {"held-out entries", "fitted entries", "limit 0.8", "limit 0.99"} <= set(words(figure))
    for axes in (held, gain, stable):
        drawn = [line for line in axes.lines if len(line.get_xdata()) == 12]
        assert len({str(line._unscaled_dash_pattern) for line in drawn}) == 2
    assert [axes.get_yscale() for axes in figure.axes] == ["linear", "log", *["linear"] * 3]
    assert len(held.collections) == 1, "the standard error"


def test_what_the_first_curve_says_is_not_squeezed_by_the_others():
    one = with_values(criteria()[0], [0.3, *[0.2] * 11], [0.3, *[1e-9] * 11])
    low, high = plots.rank_criteria([one]).axes[0].get_ylim()
    assert high - low < 0.25


def test_parts_like_those_before_stand_first_and_new_ones_after(factors):
    _, _, H = factors(k=6)
    few, more = H[[0, 1, 2]], H[[5, 2, 0, 1]]
    figure = plots.candidate_pictures({4: more, 3: few}, (6, 4), stability={4: [0.1, 0.2, 0.3, 0.4]}, recommended=4)
    saved(figure)
    assert overlaps(figure) == []
    shown = [image.get_array() for image in images(figure)]
    assert len(shown) == 7
    for first, second in zip(shown[:3], shown[3:6], strict=True):
        np.testing.assert_array_equal(first, second)
    said = words(figure)
    assert [text for text in said if text.startswith("0.")] == ["0.30", "0.40", "0.20", "0.10"]
    assert {"3 parts", "4 parts, recommended", "1 more part"} <= set(said)
    assert "come back: 0.10 to 0.40, mean 0.25" in said


@pytest.mark.parametrize(
    ("counts", "shape"), [((1,), (6, 4)), ((1, 2), (5, 4, 3)), ((3, 30), (3, 9)), ((2, 12, 65), (6, 4))], ids=str
)
def test_candidates_are_drawn_without_overlap(counts, shape):
    rng = np.random.default_rng(0)
    found = {k: rng.random((k, int(np.prod(shape)))) for k in counts}
    sure = {k: rng.random(k) for k in counts}
    telling = {
        "pictures": lambda: plots.candidate_pictures(found, shape, stability=sure, recommended=counts[0]),
        "words": lambda: plots.candidate_words(found, lambda part: [f"word {i}" for i in range(9)], stability=sure),
        "curves": lambda: plots.candidate_curves(
            found, lambda part: (np.linspace(0, 1, len(part)), part), lambda part: "440 Hz", stability=sure
        ),
    }
    for draw in telling.values():
        figure = draw()
        saved(figure)
        assert overlaps(figure) == []


def test_the_fewer_parts_the_more_is_told_of_each():
    def lines(k):
        figure = plots.candidate_words({k: np.eye(k)}, lambda part: [f"a long name {i}" for i in range(40)], title="")
        return sum(text.startswith("a long name") for text in words(figure))

    assert lines(2) == 10
    assert lines(10) == 20
    assert lines(20) == 20


def test_candidates_without_stability_and_dead_parts():
    H = np.zeros((3, 24))
    H[0] = 1
    assert "0.00" not in words(plots.candidate_pictures({3: H}, (6, 4)))
    assert "(empty)" in words(plots.candidate_words({3: H}, lambda part: []))
    saved(plots.candidate_curves({3: H}, lambda part: (np.linspace(0, 1, 24), part), lambda part: ""))


def test_wrong_inputs_are_told():
    with pytest.raises(ValueError, match="rank_criteria needs a criterion with a curve"):
        plots.rank_criteria([])
    with pytest.raises(ValueError, match="Candidates need parts"):
        plots.candidate_words({}, list)
    with pytest.raises(ValueError, match="candidate_pictures needs rows of"):
        plots.candidate_pictures({2: np.ones((2, 7))}, (6, 4))


def content(**changed):
    shown = changed.pop("criteria", criteria())
    given = {
        "title": "holiday " + HOSTILE,
        "origin": "12 pictures from " + HOSTILE,
        "n_samples": 12,
        "n_features": 24,
        "samples_are": "pictures",
        "features_are": "pixels",
        "sentence": "5 parts. " + HOSTILE,
        "recommended": 5,
        "robust": 5,
        "firm": (2, 3),
        "agree": True,
        "complete": True,
        "ks": tuple(range(1, 13)),
        "opinions": [
            Opinion(one.key, one.title, one.pick, one.said, one.reliability + HOSTILE, one.votes) for one in shown
        ],
        "least": 0.93,
        "n_restarts": 5,
        "n_fits": 120,
        "seconds": 61.0,
        "warnings": ["Rows are in different units. " + HOSTILE],
        "made_with": {HOSTILE: HOSTILE},
        "figures": [],
    }
    return RankContent(**{**given, **changed})


def read(page):
    reader = Reader()
    reader.feed(page)
    return " ".join(" ".join(reader.text).split())


def test_the_page_stands_alone_and_names_stay_text():
    figures = [ReportFigure("criteria", "Criteria", HOSTILE, plots.rank_criteria(criteria(), recommended=5))]
    page = render_rank(content(figures=figures))
    reader = Reader()
    reader.feed(page)
    assert reader.tags.count("script") == 2, "those of the template"
    assert not reader.handlers
    assert len(reader.ids) == len(set(reader.ids))
    assert not [link for link in reader.links if not link.startswith(("#", "data:"))]
    page.encode("utf-8")
    assert render_rank(content(figures=figures)) == page


def test_the_page_says_the_sentence_what_each_criterion_says_and_how_reliable_it_is():
    text = read(render_rank(content()))
    assert "The three criteria agree" in text
    assert "5 parts." in text
    assert "Rows are in different units." in text
    assert "The median of those that vote: held-out 5, permutation 5, bend 5." in text
    assert "5 parts come back when other entries are hidden" in text
    assert "cosine of 0.93" in text
    assert "At k = 2 and 3 the pictures fall into the same groups, or nearly, at all of 5 starts." in text
    for one in criteria():
        assert one.title in text
    assert text.count("Right in 9 of 10.") == 5
    assert "k tried 1 to 12" in text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"complete": False}, "Stopped on request: 120 fits so far"),
        ({"recommended": None, "agree": False}, "No clear number"),
        ({"agree": False, "criteria": criteria(held=7, bend=2)}, "Criteria differ: 2, 5 and 7"),
        ({"criteria": criteria()[1:]}, "Both criteria agree"),
        ({"criteria": criteria()[2:]}, "One criterion alone"),
        ({"n_restarts": 1}, "A single start has no cophenetic correlation"),
        ({"firm": ()}, "No number of parts puts the pictures into the same groups"),
        ({"robust": None}, "At no number of parts do all come back"),
        ({"robust": 1}, "1 part comes back"),
        ({"criteria": criteria()[3:], "recommended": None}, "None of the criteria that were asked for votes"),
        ({"criteria": criteria()[:3]}, "Whether restarts put them into the same groups was not asked."),
        ({"least": math.nan}, "5 parts come back when other entries are hidden; use so many to interpret."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_page_says_nothing_that_is_not_known(changed, said):
    page = render_rank(content(**changed))
    assert said in read(page)
    assert "nan" not in read(page).replace(HOSTILE, "").lower()


def test_the_headline_is_never_a_number_alone_and_the_rest_stands_below():
    verdict = answer(content(sentence="12 parts. All agree; the cosine is 0.94. 2 groups are firm. 3 are not (0.96)."))
    assert verdict.headline == "12 parts. All agree; the cosine is 0.94."
    assert verdict.further == "2 groups are firm. 3 are not (0.96)."
    assert answer(content(sentence="12 parts. All agree.")).headline == "12 parts. All agree."
    assert answer(content(sentence="12 parts.")).headline == "12 parts."


def test_a_range_is_written_shortly():
    assert span(range(1, 21)) == "1 to 20"
    assert span(range(5, 65, 5)) == "5 to 60, step 5"
    assert span([3]) == "3"
    assert span([2, 3, 7]) == "2, 3, 7"
    assert span([1, 2, 3, 5, 8, 13, 21]) == "7 from 1 to 21"
