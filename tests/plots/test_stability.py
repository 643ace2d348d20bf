"""What figures of stability show: the map as it was given, in the order of the tree, with the words of each part."""

import numpy as np
import pytest
from looking import images, words

from partwise import plots
from partwise.ranks.clusters import average_tree, consensus_matrix


def test_each_part_stands_beside_its_map_and_its_word(factors):
    H = factors(k=3)[2]
    maps = np.linspace(0, 1, H.size).reshape(H.shape)
    figure = plots.stability_pictures(H, maps, (6, 4), [0.9, 0.7, 0.2], names=["hair", None, None])
    shown = [np.asarray(image.get_array()) for image in images(figure)]
    for j in range(3):
        assert any(np.allclose(picture, maps[j].reshape(6, 4)) for picture in shown if picture.shape == (6, 4))
    said = words(figure)
    assert {"hair", "Part 2", "0.90 firm", "0.70 fair", "0.20 shaky"} <= set(said)


def test_one_run_is_not_called_shaky(factors):
    H = factors(k=2)[2]
    figure = plots.stability_pictures(H, np.full(H.shape, np.nan), (6, 4), [np.nan, np.nan])
    assert words(figure).count("not known") == 2


def test_a_bar_ends_where_it_no_longer_comes_back():
    H = np.array([[4.0, 2.0, 1.0, 0.5]])
    sure = plots.stability_bars(H, np.array([[1.0, 0.5, 0.0, 1.0]]), [0.5], str)
    plain = plots.stability_bars(H, np.ones((1, 4)), [0.5], str)
    widths = [sorted(patch.get_width() for patch in figure.axes[0].patches) for figure in (sure, plain)]
    assert sum(widths[0]) < sum(widths[1])


def test_alike_samples_stand_side_by_side():
    rng = np.random.default_rng(0)
    groups = rng.permutation(np.repeat([0, 1, 2], 8))
    matrix = consensus_matrix(np.tile(groups, (4, 1)))
    figure = plots.consensus_map(matrix, average_tree(matrix), labels=groups)
    drawn = next(np.asarray(image.get_array()) for image in images(figure) if image.get_array().shape == (24, 24))
    np.testing.assert_array_equal(drawn, np.kron(np.eye(3), np.ones((8, 8))))
    assert {"0", "1", "2"} <= set(words(figure))


def test_a_tree_of_any_depth_is_drawn():
    links = np.array([[0 if i == 0 else 2000 + i - 1, i + 1, i + 1.0, i + 2] for i in range(1999)])
    assert plots.consensus_map(np.eye(2000), links).axes


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: plots.stability_pictures(np.ones((2, 4)), np.ones((3, 4)), (2, 2), [1, 1]), "maps of the shape of H"),
        (lambda: plots.stability_bars(np.ones((2, 4)), np.ones((2, 4)), [1], str), "stability of shape"),
        (lambda: plots.stability_spectra(np.ones((2, 4)), np.ones((2, 4)), np.ones(3), [1, 1]), "as many frequencies"),
        (lambda: plots.consensus_map(np.ones((3, 2))), "square matrix"),
        (lambda: plots.consensus_map(np.eye(3), labels=["a"]), "one a sample"),
    ],
)
def test_what_does_not_belong_together_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
