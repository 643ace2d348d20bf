"""Figures of solvers side by side: words at line ends never touch, parts are matched, the best of a column is named."""

import copy

import matplotlib
import numpy as np
import pytest
from looking import images, overlaps, saved, words

from partwise import plots
from partwise.plots.labels import LINE_HEIGHT, spread
from partwise.plots.style import ACCENT

NAMES = ["hals", "a solver with a very long name of its own", "bpp", "pg", "mu", "als", "lin", "gd"]


def curves(count=8, end=None, first=0.3):
    """Curves that fall by powers; with `end` all to the same error."""
    steps = np.arange(0, 60)
    made = {}
    for index, name in enumerate(NAMES[:count]):
        error = 0.18 + (first - 0.18) * (1 + steps) ** -(0.5 + index / 4)
        if end is not None:
            error[-1] = end
        made[name] = np.column_stack([steps, steps * 0.01 * (1 + index), error])
    return made


def rows(count=8, **other):
    return [
        plots.Standing(name, None if i > 5 else 0.1 * i, 0.18 + 0.01 * i, 10.0**-i, 0.3, 0.4, 10**i, 2.0)
        for i, name in enumerate(NAMES[:count])
    ]


@pytest.mark.parametrize("count", [1, 2, 8])
def test_words_at_the_ends_of_lines_never_touch(count):
    figure = plots.rivals(curves(count, end=0.18), accent="hals")
    saved(figure)
    assert overlaps(figure) == []
    assert sum(text in NAMES for text in words(figure)) == 2 * count


@pytest.mark.parametrize(
    "curve",
    [
        [[0, 0.0, 0.5]],
        [[0, 0.0, 0.5], [1, 0.2, 0.5]],
        [[0, 0.0, 0.0], [1, 0.2, 0.0]],
        [[0, 0.0, 0.5], [1, 1e-9, 1e9], [2, 1e4, 0.0]],
        [[0, 0.0, 0.5], [1, 0.2, 0.8]],
    ],
    ids=str,
)
def test_odd_curves_are_drawn(curve):
    figure = plots.rivals({"one": curve, "other": curve})
    saved(figure)
    assert overlaps(figure) == []


def test_the_accent_is_on_one_line_a_panel_and_dashes_differ():
    figure = plots.rivals(curves(), accent="pg")
    for axes in figure.axes:
        drawn = [line for line in axes.lines if line.get_drawstyle() == "steps-post"]
        assert sum(line.get_color() == ACCENT for line in drawn) == 1
        assert len({str(line._unscaled_dash_pattern) for line in drawn}) == len(drawn)


def test_places_are_spread_and_move_as_little_as_can_be():
    assert spread([10, 100], 14, 200).tolist() == [10, 100]
    assert spread([50, 50], 14, 200).tolist() == [43, 57]
    assert spread([0, 0, 0], 14, 200).tolist() == [0, 14, 28]
    assert spread([200, 190], 14, 200).tolist() == [200, 186]
    random = np.random.default_rng(0)
    for _ in range(50):
        places = spread(random.random(9) * 200, LINE_HEIGHT, 200)
        assert np.diff(np.sort(places)).min() >= LINE_HEIGHT - 1e-9
        assert places.min() >= -1e-9
        assert places.max() <= 200 + 1e-9


@pytest.mark.parametrize("count", [1, 3, 8])
def test_standings_name_the_best_of_every_column(count):
    figure = plots.standings(rows(count))
    saved(figure)
    assert overlaps(figure) == []
    bold = [text.get_text() for text in figure.axes[0].texts if text.get_weight() == "bold"]
    assert "hals" in bold
    assert "18.00\u202f%" in bold
    assert f"1e{1 - count}" in bold


def test_standings_show_what_was_not_measured():
    nan = float("nan")
    figure = plots.standings([plots.Standing("only", None, 0.0, nan, nan, nan, 0, 0.0)])
    saved(figure)
    assert overlaps(figure) == []
    assert {"never", "–"} <= set(words(figure))


@pytest.mark.parametrize("shape", [(6, 4), (3, 8), (5, 4, 3), (1, 9)], ids=str)
@pytest.mark.parametrize("sizes", [{"k": 1}, {"k": 5, "dead": 1}, {"k": 30}], ids=str)
def test_parts_side_by_side_are_drawn_without_overlap(shape, sizes, factors):
    _, _, H = factors(shape=shape, **sizes)
    found = dict.fromkeys(NAMES[:3], H[::-1])
    figure = plots.matched_pictures(found, shape)
    saved(figure)
    assert overlaps(figure) == []
    assert len(images(figure)) == 3 * min(len(H), 20)
    figure = plots.matched_words(found, lambda part: [f"word {i}" for i in np.argsort(-part)[:5] if part[i] > 0])
    saved(figure)
    assert overlaps(figure) == []


def test_alike_parts_stand_in_one_column(factors):
    _, _, H = factors(k=4)
    figure = plots.matched_pictures({"one": H, "other": H[[2, 0, 3, 1]]}, (6, 4))
    shown = [image.get_array() for image in images(figure)]
    for first, second in zip(shown[:4], shown[4:], strict=True):
        np.testing.assert_array_equal(first, second)


def test_inputs_and_settings_are_left_as_they_were(factors):
    _, _, H = factors()
    H.flags.writeable = False
    data, settings = curves(), dict(matplotlib.rcParams)
    before = copy.deepcopy(data)
    plots.rivals(data)
    plots.matched_pictures({"one": H}, (6, 4))
    plots.matched_words({"one": H}, lambda part: ["$x_1$", "<b>"])
    plots.standings(rows())
    assert dict(matplotlib.rcParams) == settings
    assert all(np.array_equal(data[name], before[name]) for name in data)


def test_wrong_inputs_are_told():
    with pytest.raises(ValueError, match="rivals needs a curve"):
        plots.rivals({})
    with pytest.raises(ValueError, match="standings needs at least one solver"):
        plots.standings([])
    with pytest.raises(ValueError, match="need one shape"):
        plots.matched_words({"one": np.ones((2, 3)), "other": np.ones((3, 3))}, list)
