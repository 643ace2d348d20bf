"""What each figure shows: the right number of pictures, the right scale, the right words and numbers."""

import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
from looking import images, overlaps, saved, words

from partwise import plots
from partwise.plots.clustermap import DEEPEST, neighbours, tree
from partwise.plots.lettering import fit, readable, width_of
from partwise.plots.sums import taken_apart
from partwise.plots.usage import share_of_light, used_by


def test_common_scale_is_one_scale_and_says_so(factors):
    _, W, H = factors()
    figure = plots.parts_gallery(H, (6, 4), W=W, limit=0.6)
    shown = [image for image in images(figure) if image.get_array().shape == (6, 4)]
    assert len(shown) == 5
    assert {image.get_clim() for image in shown} == {(0, 0.6)}
    strong = np.percentile(W, 99, axis=0)
    np.testing.assert_allclose(shown[3].get_array(), (strong[3] * H[3]).reshape(6, 4), rtol=1e-5)
    assert any("one scale" in text for text in words(figure))
    assert "0.6" in words(figure)
    assert any("share of all the light" in text for text in words(figure))


def test_parts_that_take_away_are_shown_about_zero(factors):
    _, W, H = factors()
    H[1] -= H[1].max() / 2
    for figure in (plots.parts_gallery(H, (6, 4), W=W, limit=0.6), plots.parts_gallery(H, (6, 4), W=W, scale="own")):
        shown = [image for image in images(figure) if image.get_array().shape == (6, 4)]
        assert {image.cmap.name for image in shown} == {plots.ERROR}
        assert all(low == -high for low, high in (image.get_clim() for image in shown))
        assert any("blue takes away" in text for text in words(figure))
    figure = plots.sum_of_parts(W[0] @ np.abs(H), W[0], H, (6, 4))
    terms = [image for image in images(figure) if image.cmap.name == plots.ERROR and image.get_array().shape == (6, 4)]
    assert len(terms) > 3
    part = images(plots.top_pictures(W @ np.abs(H), W, H, (6, 4), parts=[1], top=2))[0]
    assert (part.cmap.name, part.get_clim()) == (plots.ERROR, (-1, 1))
    shares = share_of_light(W, H)
    assert shares.min() >= 0
    assert shares.sum() == pytest.approx(1)


@pytest.mark.parametrize("draw", [plots.profiles_gallery, plots.topic_bars])
def test_features_that_are_taken_away_are_the_longest_too_and_bear_a_minus(draw):
    figure = draw(np.array([[-3.0, 1.0, 0.0], [2.0, 1.0, 0.0]]), ["salt", "milk", "tea"])
    said = words(figure)
    assert "−salt" in said
    assert "milk" in said
    assert not any("tea" in text for text in said)
    assert not any("dead" in text or "empty" in text for text in said)
    assert any("brown: taken away" in text for text in said)


def test_own_scale_fills_each_part_and_says_so(factors):
    _, _, H = factors(dead=2)
    H[1] *= 1e-6
    figure = plots.parts_gallery(H, (6, 4), scale="own")
    peaks = [float(image.get_array().max()) for image in images(figure)]
    assert len(peaks) == 5, "no colour bar: there is no common scale to show"
    assert [round(peak) for peak in peaks] == [1, 1, 0, 1, 1]
    assert any("own scale" in text for text in words(figure))
    assert "Part 3 (dead)" in words(figure)


def test_a_rarely_used_part_is_not_shown_as_nothing(factors):
    _, W, H = factors(n=500)
    W[:, 0] = 0
    W[7, 0] = 2.0
    figure = plots.parts_gallery(H, (6, 4), W=W)
    first = next(image for image in images(figure) if image.get_array().shape == (6, 4))
    np.testing.assert_allclose(first.get_array().max(), 2 * H[0].max(), rtol=1e-5)


def test_colour_parts_are_colour_pictures(factors):
    _, W, H = factors(shape=(5, 4, 3))
    shown = [image.get_array() for image in images(plots.parts_gallery(H, (5, 4, 3), W=W))]
    assert [picture.shape for picture in shown] == [(5, 4, 3)] * 5
    assert all(0.9 < picture.max() <= 1 for picture in shown)


@pytest.mark.parametrize("count", [15, 25, 49, 100])
@pytest.mark.parametrize("shape", [(112, 92), (64, 64), (87, 65), (8, 8)])
def test_galleries_stay_legible(count, shape, factors):
    _, W, H = factors(k=count, n=3, shape=shape)
    figure = plots.parts_gallery(H, shape, W=W)
    assert overlaps(figure) == []
    tile = next(image for image in images(figure) if image.get_array().shape == shape)
    left, right = tile.get_extent()[:2]
    assert right - left >= 0.55, "a part is at least 53 pixels wide on a page"
    assert figure.get_size_inches()[1] < 12


def test_error_map_is_symmetric_about_zero(factors):
    X, W, H = factors(n=12)
    estimate = (W @ H).astype(np.float32)
    figure = plots.reconstructions(X, estimate, (6, 4), most=8)
    assert {"Picture", "Sum of parts", "Left over", "relative error"} <= set(words(figure))
    maps = [
        image for image in images(figure) if image.get_cmap().name == "RdBu_r" and image.get_array().shape == (6, 4)
    ]
    assert len(maps) == 8
    assert {image.get_clim() for image in maps} == {(-0.6, 0.6)}
    np.testing.assert_allclose(maps[2].get_array(), (X[2] - estimate[2]).reshape(6, 4), atol=1e-6)
    error = np.linalg.norm(X[2] - estimate[2]) / np.linalg.norm(X[2])
    assert f"{100 * error:.1f}\u202f%" in words(figure)


def test_pictures_are_never_stretched(factors):
    X, W, H = factors()
    for scale, limits in ((1.0, (0, 1.0)), (0.5, (0, 1.0))):
        figure = plots.reconstructions(X * np.float32(scale), W @ H, (6, 4))
        grey = [i for i in images(figure) if i.get_cmap().name == "gray"]
        assert {image.get_clim() for image in grey} == {limits}
    figure = plots.reconstructions(np.rint(X * 255), W @ H * 255, (6, 4))
    white = float(np.rint(X[:8] * 255).max())
    assert {i.get_clim() for i in images(figure) if i.get_cmap().name == "gray"} == {(0, white)}


def test_the_sum_adds_up(factors):
    _, W, H = factors(k=12)
    parts = taken_apart(W[0], H, 4)
    assert len(parts.terms) == 4
    np.testing.assert_allclose(parts.terms.sum(axis=0) + parts.others, W[0] @ H, rtol=1e-5)
    assert parts.share.sum() == pytest.approx(1)
    light = W[0][parts.order] * H[parts.order].sum(axis=1)
    assert (np.diff(light) <= 0).all()


def test_the_sum_says_how_many_others_and_how_much_is_left(factors):
    X, W, H = factors(k=12)
    figure = plots.sum_of_parts(X[0], W[0], H, (6, 4), terms=4)
    assert words(figure).count("+") == 4
    assert words(figure).count("≈") == 1
    assert words(figure).count("=") == 1
    assert "8 more parts" in words(figure)
    error = np.linalg.norm(X[0] - W[0] @ H) / np.linalg.norm(X[0])
    assert f"{100 * error:.1f}\u202f% error" in words(figure)


def test_a_sum_of_few_parts_has_no_others(factors):
    X, W, H = factors(k=3)
    W[0] = [1, 0, 2]
    figure = plots.sum_of_parts(X[0], W[0], H, (6, 4))
    assert not any("more part" in text for text in words(figure))
    assert "2 of 3 used" in words(figure)


def test_top_pictures_are_the_strongest_in_order(factors):
    X, W, H = factors(n=20)
    figure = plots.top_pictures(X, W, H, (6, 4), parts=[3], top=5)
    shown = [image.get_array() for image in images(figure)][1:]
    order = np.argsort(-W[:, 3], kind="stable")[:5]
    for picture, row in zip(shown, order, strict=True):
        np.testing.assert_allclose(picture, X[row].reshape(6, 4), rtol=1e-6)
    assert f"{W[order[0], 3]:#.3g}" in words(figure)


@pytest.mark.parametrize("name", ["top_pictures", "reconstructions", "how_it_works"])
def test_pictures_are_not_copied_whole(name):
    X = np.full((20_000, 400), 0.5, np.float32)
    W, H = np.random.default_rng(0).random((20_000, 3)), np.ones((3, 400)) / 6
    draw = {
        "top_pictures": lambda: plots.top_pictures(X, W, H, (20, 20)),
        "reconstructions": lambda: plots.reconstructions(X, X, (20, 20)),
        "how_it_works": lambda: plots.how_it_works(X, H, X[0], W[0], (20, 20)),
    }[name]
    draw()
    tracemalloc.start()
    try:
        draw()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < X.nbytes / 3


def test_convergence_has_two_panels_and_a_goal(history):
    figure = plots.convergence(history, tol=1e-4, scale=20.0)
    left, right = figure.axes
    np.testing.assert_allclose(left.lines[0].get_ydata(), [np.sqrt(h.objective / 20) for h in history])
    assert right.get_yscale() == "log"
    assert len(right.lines[0].get_xdata()) == len(history) - 1, "a residual that was not measured is left out"
    assert "goal 1e-4" in words(figure)
    saved(figure)
    assert overlaps(figure) == []


@pytest.mark.parametrize("tol", [1e-4, 3e-9])
@pytest.mark.parametrize("ratio", [0.3, 0.82, 0.99, 1.0, 1.01, 1.3, 3])
@pytest.mark.parametrize("start", [2e-4, 0.1, 1e3])
def test_goal_and_last_value_are_never_written_over_each_other(tol, ratio, start):
    residuals = np.geomspace(max(start, tol), tol * ratio, 12)
    history = [
        SimpleNamespace(iteration=i, seconds=0.1 * i, objective=1 / (i + 1), residual=one)
        for i, one in enumerate(residuals)
    ]
    for title in (None, ""):
        figure = plots.convergence(history, tol=tol, title=title)
        assert overlaps(figure) == []
        last, goal = figure.axes[1].texts
        assert goal.get_text().startswith("goal")
        higher = goal.xyann[1] - last.xyann[1]
        assert higher >= 0 if ratio <= 1 else higher <= 0, "the words stand as their values do"


def test_convergence_without_scale_is_relative_to_the_start(history):
    left = plots.convergence(history).axes[0]
    assert left.lines[0].get_ydata()[0] == 1
    assert "Objective, of its start" in left.get_title(loc="left")


@pytest.mark.parametrize("residual", [float("nan"), 0.0, 1e-4, 1e-12])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_short_and_unmeasured_histories_are_drawn(residual, count):
    history = [SimpleNamespace(iteration=i, seconds=0.0, objective=0.0, residual=residual) for i in range(count)]
    figure = plots.convergence(history, tol=1e-4)
    saved(figure)
    assert overlaps(figure) == []


def test_shares_of_light_are_a_whole(factors):
    _, W, H = factors(dead=1)
    share = share_of_light(W, H)
    assert share.sum() == pytest.approx(1)
    assert share[1] == 0
    expected = (W * H.sum(axis=1)).sum(axis=0) / (W * H.sum(axis=1)).sum()
    np.testing.assert_allclose(share, expected, rtol=1e-5)


def test_used_by_counts_samples_above_one_per_cent():
    W = np.array([[1.0, 0.0], [1.0, 0.005], [1.0, 0.5]])
    assert used_by(W, np.ones((2, 4))).tolist() == [3, 1]


def test_usage_is_sorted_and_named(factors):
    _, W, H = factors(k=3)
    figure = plots.usage(W, H, names=["Ear", None, "Nose"])
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    assert heights == sorted(heights, reverse=True)
    assert sum(heights) == pytest.approx(1)
    assert {"Ear", "2", "Nose"} <= set(words(figure))


def test_rows_are_called_what_they_are(factors):
    _, W, H = factors()
    for what in ("pictures", "samples"):
        said = " ".join(words(plots.usage(W, H, samples_are=what)) + words(plots.clustermap(W, samples_are=what)))
        assert what in said
        assert {"pictures": "samples", "samples": "pictures"}[what] not in said
    assert "Share of the whole" in words(plots.usage(W, H, share_of="the whole"))
    assert "Used by this share of the 1 sample" in words(plots.usage(W[:1], H))


def test_clustermap_starts_at_zero_and_samples_by_seed(factors):
    _, W, _ = factors(n=50)
    one, same, other = (plots.clustermap(W, max_rows=20, random_state=seed) for seed in (0, 0, 1))
    maps = [np.asarray(figure.axes[2].collections[0].get_array()) for figure in (one, same, other)]
    assert maps[0].size == 20 * 5
    assert np.array_equal(maps[0], maps[1])
    assert not np.array_equal(maps[0], maps[2])
    assert one.axes[2].collections[0].get_clim() == (0, 1)
    assert any("20 of 50" in text for text in words(one))


def test_clustermap_names_up_to_ten_classes(factors):
    _, W, _ = factors(n=30)
    few = plots.clustermap(W, labels=["cat", "dog", "owl"] * 10)
    assert {"cat", "dog", "owl"} <= set(words(few))
    many = plots.clustermap(W, labels=[f"class {i}" for i in range(30)])
    assert "class 1" not in words(many)
    assert any("30 classes, the colours come again; 0\u202f% of neighbours are of one class" in w for w in words(many))
    ten = plots.clustermap(W, labels=[f"a class with a very long name, {i % 10}" for i in range(30)])
    assert overlaps(ten) == []


def test_classes_come_in_the_order_of_their_numbers(factors):
    _, W, _ = factors(n=30)
    said = words(plots.clustermap(W, labels=[f"person {1 + i % 10}" for i in range(30)]))
    assert [text for text in said if text.startswith("person")] == [f"person {1 + i}" for i in range(10)]


def test_colours_that_come_again_stand_far_apart():
    W = np.repeat(np.eye(24), 3, axis=0) + 0.01 * np.random.default_rng(0).random((72, 24))
    labels = np.repeat([f"class {i}" for i in range(24)], 3)
    order = np.random.default_rng(1).permutation(72)
    figure = plots.clustermap(W[order], labels=labels[order])
    strip = next(axes for axes in figure.axes if axes.collections and axes.get_position().width < 0.03)
    colours = np.asarray(strip.collections[0].get_array()).ravel()
    assert len(colours) == 72
    assert all(a != b for a, b in zip(colours[::3], colours[3::3], strict=False)), (
        "no two classes side by side are alike"
    )
    alike, chance = f"{100 * 48 / 71:.0f}\u202f%", f"{100 * 2 / 71:.0f}\u202f%"
    wanted = f"{alike} of neighbours are of one class, {chance} would be by chance"
    assert any(wanted in text for text in words(figure))


def test_neighbours_of_one_class_are_counted():
    assert neighbours(["a", "a", "b", "b"]) == pytest.approx((2 / 3, 1 / 3))
    assert neighbours(["a", "b", "a", "b"]) == pytest.approx((0, 1 / 3))
    assert all(map(np.isnan, neighbours(["a"])))


@pytest.mark.parametrize("W", [np.ones((6, 3)), np.eye(40)[:, :1], np.zeros((2, 2)), np.ones((1, 1))])
def test_rows_that_make_no_tree_keep_their_order(W):
    saved(plots.clustermap(W))


def test_a_tree_too_deep_to_draw_is_left_out():
    chain = 2.5 ** np.arange(DEEPEST + 100.0)[:, None]
    assert tree(chain[: DEEPEST // 4]) is not None
    assert tree(chain) is None
    saved(plots.clustermap(np.vstack([chain, chain[:5]])))


def test_errors_say_who_wants_what(factors):
    X, W, H = factors()
    with pytest.raises(ValueError, match=r"parts_gallery needs rows of 5 x 5 = 25 values, got .*\(5, 24\)"):
        plots.parts_gallery(H, (5, 5))
    with pytest.raises(ValueError, match=r"one name a part \(5\), got 2"):
        plots.usage(W, H, names=["a", "b"])
    with pytest.raises(ValueError, match=r"scale needs"):
        plots.parts_gallery(H, (6, 4), scale="log")
    with pytest.raises(ValueError, match=r"top_pictures needs W of shape"):
        plots.top_pictures(X, W[:, :2], H, (6, 4))


def test_names_are_cut_in_the_middle_and_made_readable():
    cut = fit("holiday/2024/pictures/IMG_0042.jpg", 1.0)
    assert cut.startswith("hol")
    assert cut.endswith(".jpg")
    assert width_of(cut) <= 1.0
    assert readable("a\x00b\udcff") == "a□b□"
    assert fit("short", 1.0) == "short"


def test_contribution_maps_want_a_weight_for_each_part():
    with pytest.raises(ValueError, match=r"contribution_maps needs one weight a part \(3\), got 2\."):
        plots.contribution_maps(np.ones(6), np.ones(2), np.ones((3, 6)), (2, 3))
