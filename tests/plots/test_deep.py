"""Trees of deep parts and topics: which branches they have, how thick their lines are, and what they say."""

import numpy as np
import pytest
from looking import images, overlaps, saved, words

from partwise import plots
from partwise.plots.branches import THICKEST, branch_of
from partwise.plots.topic_tree import top_words, wrapped


def layers(sizes=(8, 5, 3), features=24, seed=0, signed=False):
    """Return components multiplied through, and factors, of some layers."""
    rng = np.random.default_rng(seed)
    factors = []
    for above, below in zip(sizes, (features, *sizes), strict=False):
        factors.append(rng.random((above, below)) ** 3 - (0.2 if signed else 0))
    components = [factors[0]]
    for factor in factors[1:]:
        components.append(factor @ components[-1])
    return components, factors


def tiles(figure, shape=(6, 4)):
    return [image for image in images(figure) if image.get_array().shape[:2] == shape]


def test_branches_are_the_strongest_and_do_not_mind_how_a_layer_is_scaled():
    components, factors = layers()
    tree = branch_of(1, components, factors, [3, 2])
    adds = factors[2][1] * np.linalg.norm(components[1], axis=1)
    order = np.argsort(-adds)[:3]
    assert [branch.part for branch in tree.below] == order.tolist()
    np.testing.assert_allclose([branch.share for branch in tree.below], adds[order] / adds.sum())
    assert tree.leaves == 6
    assert all(len(branch.below) == 2 and branch.layer == 1 for branch in tree.below)
    scale = np.array([1, 10, 0.1, 3, 1])
    scaled = [factors[0], factors[1] * scale[:, None], factors[2] / scale]
    same = [components[0], components[1] * scale[:, None], components[2]]
    again = branch_of(1, same, scaled, [3, 2])
    assert [branch.part for branch in again.below] == [branch.part for branch in tree.below]
    assert again.below[0].share == pytest.approx(tree.below[0].share)


def test_shares_of_a_whole_row_are_a_whole():
    components, factors = layers(signed=True)
    tree = branch_of(0, components, factors, [5, 8])
    assert sum(abs(branch.share) for branch in tree.below) == pytest.approx(1)
    assert any(branch.share < 0 for branch in branch_of(0, components, factors, [5, 8]).below)


def test_a_tree_shows_each_part_over_what_it_is_made_of():
    components, factors = layers()
    figure = plots.deep_tree(components, factors, (6, 4), parts=[2, 0], branches=(2, 2))
    tree = branch_of(2, components, factors, [2, 2])
    shown = [tile.get_array() for tile in tiles(figure)]
    assert len(shown) == 2 * (1 + 2 + 4)
    assert {tile.get_cmap().name for tile in tiles(figure)} == {"magma"}
    # a part comes after its branches
    order = [(below.layer, below.part) for branch in tree.below for below in (*branch.below, branch)] + [(2, 2)]
    for (layer, part), tile in zip(order, shown, strict=False):
        row = components[layer][part]
        np.testing.assert_allclose(tile, (row / np.quantile(row.astype(np.float32), 0.999)).reshape(6, 4), rtol=1e-4)
    said = words(figure)
    assert {"Part 3", "Part 1"} <= set(said)
    assert f"{100 * tree.below[0].share:.0f}\u202f%" in said
    assert any("3 from 5 from 8 parts" in text for text in said)
    assert overlaps(figure) == []


def test_lines_are_as_thick_as_shares_and_dashed_where_something_is_taken_away():
    components, factors = layers(signed=True)
    figure = plots.deep_tree(components, factors, (6, 4), parts=[0], branches=(5,))
    tree = branch_of(0, components, factors, [5])
    shares = [below.share for branch in tree.below for below in branch.below] + [one.share for one in tree.below]
    lines = figure.axes[0].lines
    np.testing.assert_allclose(
        sorted(line.get_linewidth() for line in lines), sorted(max(THICKEST * abs(share), 0.6) for share in shares)
    )
    dashed = [line for line in lines if line.get_linestyle() != "-"]
    assert len(dashed) == sum(share < 0 for share in shares) > 0
    assert any("dashed: taken away" in text for text in words(figure))
    assert {tile.get_cmap().name for tile in tiles(figure)} == {"RdBu_r"}
    assert {tile.get_clim() for tile in tiles(figure)} == {(-1, 1)}


@pytest.mark.parametrize(
    ("sizes", "shape"),
    [((1, 1), (6, 4)), ((4, 1), (1, 9)), ((1, 1, 1), (3, 8)), ((100, 49, 10), (6, 4)), ((9, 8, 7, 6), (5, 4, 3))],
    ids=str,
)
def test_trees_of_every_size_are_drawn(sizes, shape):
    components, factors = layers(sizes, int(np.prod(shape)), signed=True)
    first = range(min(2, sizes[-1]))
    names = ["a very long name of a deep part"] * sizes[-1]
    figure = plots.deep_tree(components, factors, shape, parts=first, names=names)
    saved(figure)
    assert overlaps(figure) == []


def test_dead_parts_have_no_branches():
    components, factors = layers()
    factors[2][0], components[2][0] = 0, 0
    figure = plots.deep_tree(components, factors, (6, 4), parts=[0, 1], names=["", None, "Face"])
    assert "Part 1 (dead)" in words(figure)  # an empty name is none
    assert len(tiles(figure)) == 1 + 10
    assert overlaps(figure) == []
    figure = plots.topic_tree(components, factors, parts=[0])
    assert {"Topic 1", "(dead)"} <= set(words(figure))


def test_topics_are_their_strongest_words():
    components, factors = layers()
    vocabulary = [f"word{j:02d}" for j in range(24)]
    figure = plots.topic_tree(components, factors, vocabulary, parts=[1], branches=(2, 2), top=3)
    tree = branch_of(1, components, factors, [2, 2])
    said = " ".join(words(figure))
    for branch in (tree, *tree.below, *tree.below[0].below):
        strongest = np.argsort(-components[branch.layer][branch.part])[:3]
        assert ", ".join(vocabulary[j] for j in strongest) in said
    assert f"{100 * tree.below[0].share:.0f}\u202f%" in said
    assert overlaps(figure) == []


def test_words_taken_away_have_a_minus():
    assert top_words(np.array([0.5, -2, 0, 1]), ["a", "b", "c", ""], 4) == ["−b", "feature 4", "a"]
    assert top_words(np.zeros(3), None, 4) == []


def test_words_are_cut_to_their_lines():
    many = [f"word{j}" for j in range(40)]
    lines = wrapped(many, 2.0, 2)
    assert len(lines) == 2
    assert all(line.endswith(",") for line in lines[:-1])
    kept = " ".join(lines).split(", ")
    assert 2 < len(kept) < 40
    assert kept == many[: len(kept)]
    (cut,) = wrapped(["a word without any end " * 9], 1.0, 1)
    assert "…" in cut


@pytest.mark.parametrize("sizes", [(1, 1), (1, 1, 1), (100, 49, 10), (9, 8, 7, 6)], ids=str)
def test_topics_of_every_size_are_drawn(sizes):
    components, factors = layers(sizes, 30, signed=True)
    vocabulary = [f"a very long word that has no end, number {j % 3}" if j % 2 else f"$x_{j}$" for j in range(30)]
    figure = plots.topic_tree(components, factors, vocabulary, parts=[0], top=4, names=["a name " * 20] * sizes[-1])
    saved(figure)
    assert overlaps(figure) == []


def test_errors_of_trees_say_what_is_wanted():
    components, factors = layers()
    with pytest.raises(ValueError, match="at least two layers"):
        plots.deep_tree(components[:1], factors[:1], (6, 4))
    with pytest.raises(ValueError, match=r"factor of shape \(5, 8\) in layer 2"):
        plots.topic_tree(components, [factors[0], factors[1].T, factors[2]])
    with pytest.raises(ValueError, match="parts from 0 to 2"):
        plots.deep_tree(components, factors, (6, 4), parts=[3])
    with pytest.raises(ValueError, match="one name a feature"):
        plots.topic_tree(components, factors, ["a"])
    with pytest.raises(ValueError, match=r"6 x 5"):
        plots.deep_tree(components, factors, (6, 5))
