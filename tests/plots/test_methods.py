"""Figures that put methods beside each other: which tiles, scales and numbers they show, and in which words."""

import numpy as np
import pytest
from looking import images, overlaps, words
from matplotlib.patches import Polygon

from partwise import plots
from partwise.plots.plane import inside
from partwise.plots.recovered import pair_sources
from partwise.sparsity import sparsity

SHAPE = (6, 4)


def tiles(figure, shape=SHAPE):
    return [image for image in images(figure) if image.get_array().shape == shape]


def test_sparsity_is_hoyers():
    assert sparsity(np.array([[1.0, 1, 1, 1], [0, 0, -3, 0], [0, 0, 0, 0]])) == pytest.approx(
        [0, 1, np.nan], nan_ok=True
    )
    row = np.array([[3.0, 4, 0, 0]])
    assert sparsity(row)[0] == pytest.approx((2 - 7 / 5) / (2 - 1))
    assert np.isnan(sparsity(np.ones((2, 1)))).all(), "one entry is all and only one"


def test_pictures_of_one_pixel_have_no_sparsity_and_are_not_dead():
    said = words(plots.components_beside({"NMF": np.ones((2, 1))}, (1, 1)))
    assert "2 parts" in said
    assert not [line for line in said if line.startswith("sparsity 1") or "all dead" in line]


def test_each_method_has_its_scale_and_as_many_tiles(factors):
    _, _, H = factors(k=9)
    signed = 100 * (H - H.mean(axis=0))
    figure = plots.components_beside({"NMF": H, "PCA": signed}, SHAPE, most=6)
    parts, differences = tiles(figure)[:6], tiles(figure)[6:]
    assert len(differences) == 6
    assert {tile.get_cmap().name for tile in parts} == {"magma"}
    assert {tile.get_cmap().name for tile in differences} == {"RdBu_r"}
    ((low, high),) = {tile.get_clim() for tile in parts}
    assert low == 0 < high
    ((below, above),) = {tile.get_clim() for tile in differences}
    assert below == -above < 0
    for tile, row in zip([*parts, *differences], [*H[:6], *signed[:6]], strict=True):
        np.testing.assert_allclose(tile.get_array(), (row / np.linalg.norm(row)).reshape(SHAPE), rtol=1e-4)
    said = words(figure)
    assert said.count("the first 6 of 9 parts") == 2
    assert "scaled to length 1, one scale within a method" in " ".join(said)
    assert "red adds, blue takes away" in " ".join(said)
    assert f"{high:.3g}" in said
    assert f"−{above:.3g}" in said


def test_methods_say_their_error_their_sparsity_and_their_dead(factors):
    _, _, H = factors(dead=2)
    figure = plots.components_beside({"One": H, "Two": H[:2]}, SHAPE, errors={"One": 0.1234})
    alive = np.delete(H, 2, axis=0)
    assert f"relative error 12.3\u202f%, sparsity {sparsity(alive).mean():.2f}" in words(figure)
    assert f"sparsity {sparsity(H[:2]).mean():.2f}" in words(figure)
    assert {"5 parts, 1 dead", "2 parts"} <= set(words(figure))
    assert "blue" not in " ".join(words(figure)), "nothing is negative"
    assert overlaps(figure) == []


def test_blocks_stand_beside_each_other_in_even_lines(factors):
    _, _, H = factors(k=4)
    for count, across in ((1, 1), (3, 3), (4, 2), (5, 3), (7, 3)):
        figure = plots.components_beside({f"method {i}": H for i in range(count)}, SHAPE)
        heads = [text for text in figure.axes[0].texts if text.get_text().startswith("method")]
        assert len({round(text.get_position()[0], 3) for text in heads}) == across
        assert overlaps(figure) == []


@pytest.mark.parametrize("shape", [(6, 4, 3)])
def test_colour_components_are_in_colour_unless_they_are_negative(factors, shape):
    _, _, H = factors(shape=shape)
    figure = plots.components_beside({"NMF": H, "PCA": H - H.mean(axis=0)}, shape)
    assert len(tiles(figure, (6, 4, 3))) == 5
    assert len(tiles(figure, (6, 4))) == 5


def test_rebuilt_pictures_stand_by_method_and_number_with_their_error(factors):
    X, _, _ = factors()
    estimates = {"NMF": {10: 0.8 * X, 2: 0.5 * X}, "PCA": {2: 0.6 * X}}
    figure = plots.growing_reconstructions(X, estimates, SHAPE, most=2)
    shown = [tile.get_array() for tile in tiles(figure)]
    wanted = [X[0], X[1], 0.5 * X[0], 0.5 * X[1], 0.8 * X[0], 0.8 * X[1], 0.6 * X[0], 0.6 * X[1]]
    for tile, row in zip(shown, wanted, strict=True):
        np.testing.assert_allclose(tile, row.reshape(SHAPE), rtol=1e-6)
    said = words(figure)
    assert [text for text in said if "part" in text][1:] == ["2 parts", "10 parts", "2 parts", "10 parts"]
    assert [said.count(f"{error}.0\u202f%") for error in (50, 20, 40)] == [2, 2, 2]
    assert said.count("not made") == 2
    assert {tile.get_clim() for tile in tiles(figure)} == {(0, 1)}


def test_many_numbers_put_methods_under_each_other(factors):
    X, _, _ = factors()
    figure = plots.growing_reconstructions(X, {name: dict.fromkeys(range(1, 7), X) for name in ("NMF", "PCA")}, SHAPE)
    lines = [text.get_position() for text in figure.axes[0].texts if text.get_text() in ("NMF", "PCA")]
    assert lines[0][0] == lines[1][0]
    assert lines[0][1] < lines[1][1]
    assert words(figure).count("Picture") == 2
    assert overlaps(figure) == []


@pytest.fixture
def waves():
    time = np.linspace(0, 6, 200)
    return np.column_stack([np.sin(time), np.cos(3 * time), time % 1])


def test_sources_are_matched_once_each_by_the_best_sum(waves):
    order, correlation = pair_sources(waves, -2 * waves[:, [2, 0, 1]] + 5)
    assert order.tolist() == [1, 2, 0]
    assert correlation == pytest.approx([-1, -1, -1])
    # both are most like the first, and only one can have it
    both = np.column_stack([waves[:, 0] + 0.3 * waves[:, 1], waves[:, 0]])
    assert pair_sources(waves[:, :2], both)[0].tolist() == [1, 0]


def test_constants_and_missing_sources_have_no_correlation(waves):
    order, correlation = pair_sources(waves, np.full((200, 1), 0.1))
    assert sorted(order) == [-1, -1, 0]
    assert correlation.tolist() == [0, 0, 0]
    expected = np.corrcoef(waves.T, waves[:, 0] + waves[:, 1])[3, 0]
    found = pair_sources(waves[:, :1], waves[:, :1] + waves[:, 1:2])[1][0]
    assert found == pytest.approx(expected)


def test_recovered_sources_stand_under_the_true_ones(waves):
    mixtures = waves @ np.array([[1.0, 2], [0.5, 1], [2, 0.1]])
    found = {"NMF": waves[:, [2, 0, 1]], "PCA": -waves[:, [0]] + 0.5 * waves[:, [2]]}
    figure = plots.recovered_sources(waves, mixtures, found, names=["sine", "", None], example=1)
    said = words(figure)
    assert {"True sources", "One mixture", "number 2 of 2", "Found by NMF", "Found by PCA"} <= set(said)
    assert {"sine", "Source 2", "Source 3"} <= set(said)
    assert said.count("r = 1.000") == 3
    r = np.corrcoef(waves[:, 0], found["PCA"][:, 0])[0, 1]
    assert f"r = {-r:.3f}, turned over" in said
    assert said.count("none left for it") == 2
    lines = figure.axes[0].lines
    assert len(lines) == 3 + 1 + 3 + 1
    for true, one in zip(lines[:3], lines[4:7], strict=True):
        np.testing.assert_allclose(true.get_xdata(), one.get_xdata())
        np.testing.assert_allclose(np.diff(true.get_ydata()), np.diff(one.get_ydata()), atol=1e-9)
    assert np.corrcoef(lines[0].get_ydata(), lines[7].get_ydata())[0, 1] == pytest.approx(-r)
    assert overlaps(figure) == []


def test_nearly_alike_is_not_said_to_be_alike(waves):
    found = waves + 0.01 * np.random.default_rng(0).normal(size=waves.shape)
    assert "r = 1.000" not in words(plots.recovered_sources(waves, waves, {"NMF": found}))


def test_two_arrows_span_the_cone_and_one_points_to_the_mean():
    corners = np.array([[1.0, 0.2], [0.3, 1.0]])
    W = np.random.default_rng(0).random((40, 2))
    X = np.vstack([W @ corners, [[1, 0]]])
    W = np.vstack([W, [[1, 0]]])
    mean = X.mean(axis=0)
    one = (X @ mean[:, None] / (mean @ mean), mean[None, :])
    figure = plots.parts_in_the_plane(X, [(W, corners), one], names=["East", None])
    left, right = figure.axes
    assert left.get_title(loc="left") == "2 parts: 40 of 41 points lie between them"
    assert right.get_title(loc="left") == "1 part: one direction, 0.0° from the mean"
    assert {"East", "Part 2", "mean"} <= set(words(figure))
    assert len([patch for patch in left.patches if isinstance(patch, Polygon)]) == 1
    for panel, (codes, parts) in ((left, (W, corners)), (right, one)):
        tips = [note.xy for note in panel.texts if getattr(note, "arrow_patch", None)]
        np.testing.assert_allclose(tips, parts * codes.max(axis=0)[:, None])
        (lines,) = panel.collections
        np.testing.assert_allclose(np.array(lines.get_segments())[:, 1], codes @ parts)
    assert left.get_xlim() == left.get_ylim() == right.get_xlim()
    assert inside(X, corners) == 40
    assert inside(np.zeros((3, 2)), np.zeros((1, 2))) == 3


def test_errors_say_what_is_wanted(factors, waves):
    X, W, H = factors()
    with pytest.raises(ValueError, match="at least one method, got none"):
        plots.components_beside({}, SHAPE)
    with pytest.raises(ValueError, match=r"names of methods \(NMF\), got PCA"):
        plots.components_beside({"NMF": H}, SHAPE, errors={"PCA": 0.1})
    with pytest.raises(ValueError, match=r"6 x 5"):
        plots.components_beside({"NMF": H}, (6, 5))
    with pytest.raises(ValueError, match="at least one picture and one estimate"):
        plots.growing_reconstructions(X, {"NMF": {}}, SHAPE)
    with pytest.raises(ValueError, match=r"an estimate for each picture \(4\), got 2"):
        plots.growing_reconstructions(X, {"NMF": {2: X[:2]}}, SHAPE)
    with pytest.raises(ValueError, match=r"as many rows as sources \(200\), got NMF of shape \(100, 3\)"):
        plots.recovered_sources(waves, waves, {"NMF": waves[:100]})
    with pytest.raises(ValueError, match=r"one name a source \(3\), got 1"):
        plots.recovered_sources(waves, waves, {}, names=["a"])
    with pytest.raises(ValueError, match=r"one value a sample \(200\), got 3"):
        plots.recovered_sources(waves, waves, {}, time=[1, 2, 3])
    with pytest.raises(ValueError, match=r"points of shape \(n_samples, 2\)"):
        plots.parts_in_the_plane(X, [(W, H)])
    with pytest.raises(ValueError, match=r"H of shape \(k, 2\), got \(12, 5\) and \(5, 24\)"):
        plots.parts_in_the_plane(X[:, :2], [(W, H)])
