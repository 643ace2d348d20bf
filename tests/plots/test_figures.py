"""What every figure promises: it copes with odd data, warns of nothing, changes nothing and overlaps no words."""

import copy

import matplotlib
import numpy as np
import pytest
from looking import overlaps, saved, words
from matplotlib.figure import Figure

from partwise import plots

SHAPES = {"tall": (6, 4), "wide": (3, 8), "colour": (5, 4, 3), "line": (1, 9)}
HOSTILE = [
    "$x_1$",
    "<script>alert(1)</script>",
    "a\nb\tc\x00\x1b",
    "\udcff\u202eevil",
    "日本\U0001f600",
    "$\\frac{$",
    "%s{}",
]


def draw(name, X, W, H, shape):
    match name:
        case "parts":
            return plots.parts_gallery(H, shape, W=W)
        case "own":
            return plots.parts_gallery(H, shape, scale="own")
        case "profiles":
            return plots.profiles_gallery(H)
        case "topics":
            return plots.topic_bars(H, [f"word{i}" for i in range(H.shape[1])])
        case "documents":
            kinds = ["a" * (1 + i % 3) for i in range(len(W))]
            words = [f"the first words of text {i}, and many more of them" for i in range(len(W))]
            return plots.top_samples(W, words, heads=["some, words, of, it"] * len(H), labels=kinds)
        case "reconstructions":
            return plots.reconstructions(X, W @ H, shape, names=[f"{i}.png" for i in range(len(X))])
        case "restored":
            known = np.arange(X.size).reshape(X.shape) % 7 > 1
            return plots.restored(X, known, np.where(known, X, W @ H), shape, names=[f"{i}.png" for i in range(len(X))])
        case "sum":
            return plots.sum_of_parts(X[0], W[0], H, shape)
        case "top":
            return plots.top_pictures(X, W, H, shape)
        case "usage":
            return plots.usage(W, H)
        case "clustermap":
            return plots.clustermap(W)
        case "how":
            return plots.how_it_works(X, H, X[0], W[0], shape)
        case "beside":
            signed = H - H.mean(axis=1, keepdims=True)
            return plots.components_beside({"NMF": H, "PCA": signed, "": H[:1]}, shape, errors={"NMF": 0.2, "PCA": 0.1})
        case "growing":
            estimates = {"NMF": {1: 0.9 * X, 5: W @ H, 2000: X}, "PCA": {5: X - W @ H, 2000: X}}
            return plots.growing_reconstructions(X, estimates, shape)
        case "recovered":
            return plots.recovered_sources(W, X, {"NMF": W[:, ::-1], "PCA": W[:, :1] - W.mean()})
        case "plane":
            return plots.parts_in_the_plane(X[:, :2], [(W, H[:, :2]), (W[:, :1], H[:1, :2])])
        case "tree":
            return plots.deep_tree([H, W @ H], [H, W], shape)
        case "topic tree":
            return plots.topic_tree([H, W @ H], [H, W])
        case "stability":
            return plots.stability_pictures(H, sure(H), shape, sure(H).mean(axis=1))
        case "stability bars":
            return plots.stability_bars(H, sure(H), sure(H).mean(axis=1), lambda place: f"feature {place}")
        case "stability spectra":
            return plots.stability_spectra(H, sure(H), 100.0 * np.arange(H.shape[1]), sure(H).mean(axis=1))
        case "consensus":
            return plots.consensus_map(*together(W), labels=["a", "b"] * (len(W) // 2) + ["a"] * (len(W) % 2))


def sure(H):
    return np.minimum(1, H / max(H.max(), 1e-9) + 0.3)


def together(W):
    """How often samples go together, and their tree."""
    from partwise.ranks.clusters import average_tree, consensus_matrix

    matrix = consensus_matrix([np.argmax(W, axis=1), np.argmin(W, axis=1)])
    return matrix, average_tree(matrix) if len(W) > 1 else None


NAMES = [
    "parts",
    "own",
    "profiles",
    "topics",
    "documents",
    "reconstructions",
    "sum",
    "top",
    "usage",
    "clustermap",
    "how",
]
NAMES += ["beside", "growing", "recovered", "plane", "tree", "topic tree"]
NAMES += ["stability", "stability bars", "stability spectra", "consensus"]
NAMES += ["restored"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_every_shape_is_drawn_without_overlap(name, shape, factors):
    figure = draw(name, *factors(shape=shape), shape)
    assert isinstance(figure, Figure)
    assert saved(figure).startswith(b"\x89PNG")
    assert overlaps(figure) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "sizes",
    [{"k": 1}, {"n": 1}, {"k": 1, "n": 1}, {"dead": 1}, {"k": 1, "dead": 0}, {"n": 2, "k": 2}, {"k": 60, "n": 30}],
    ids=str,
)
def test_every_size_is_drawn_without_overlap(name, sizes, factors):
    figure = draw(name, *factors(**sizes), (6, 4))
    saved(figure)
    assert overlaps(figure) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_inputs_and_settings_are_left_as_they_were(name, dtype, factors):
    data = factors(dtype=dtype, dead=2)
    before, settings = copy.deepcopy(data), dict(matplotlib.rcParams)
    for array in data:
        array.flags.writeable = False
    draw(name, *data, (6, 4))
    assert dict(matplotlib.rcParams) == settings
    assert all(np.array_equal(a, b) for a, b in zip(data, before, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_no_figure_stays_with_pyplot(name, factors):
    from matplotlib import pyplot

    draw(name, *factors(), (6, 4))
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("name", NAMES)
def test_all_zero_data_are_drawn(name):
    X, W, H = np.zeros((4, 24), np.float32), np.zeros((4, 3), np.float32), np.zeros((3, 24), np.float32)
    figure = draw(name, X, W, H, (6, 4))
    saved(figure)
    assert overlaps(figure) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_same_data_give_the_same_picture(name, factors):
    data = factors()
    assert saved(draw(name, *data, (6, 4))) == saved(draw(name, *data, (6, 4)))


def test_the_users_style_is_not_seen(factors):
    _, W, H = factors()
    plain = saved(plots.usage(W, H))
    with matplotlib.rc_context({"axes.facecolor": "red", "font.size": 30, "lines.linewidth": 9, "axes.titlesize": 40}):
        figure = plots.usage(W, H)
    assert saved(figure) == plain


def test_hostile_names_are_drawn_as_text(factors):
    X, W, H = factors(k=len(HOSTILE), n=len(HOSTILE))
    for figure in (
        plots.parts_gallery(H, (6, 4), W=W, names=HOSTILE),
        plots.reconstructions(X, W @ H, (6, 4), names=HOSTILE),
        plots.sum_of_parts(X[0], W[0], H, (6, 4), names=HOSTILE, title="$" + HOSTILE[1]),
        plots.top_pictures(X, W, H, (6, 4), names=HOSTILE),
        plots.usage(W, H, names=HOSTILE),
        plots.clustermap(W, names=HOSTILE, labels=HOSTILE),
        plots.profiles_gallery(H, [HOSTILE[i % 7] for i in range(24)], names=HOSTILE),
        plots.topic_bars(H, [HOSTILE[i % 7] for i in range(24)], names=HOSTILE),
        plots.top_samples(W, HOSTILE, heads=HOSTILE, labels=HOSTILE, names=HOSTILE),
        plots.components_beside(dict.fromkeys(HOSTILE, H), (6, 4), errors=dict.fromkeys(HOSTILE, 0.1)),
        plots.growing_reconstructions(X, {name: {2: W @ H} for name in HOSTILE}, (6, 4)),
        plots.recovered_sources(W, X, dict.fromkeys(HOSTILE, W), names=HOSTILE),
        plots.parts_in_the_plane(X[:, :2], [(W, H[:, :2])], names=HOSTILE, feature_names=(HOSTILE[0], HOSTILE[2])),
        plots.deep_tree([H, W @ H], [H, W], (6, 4), names=HOSTILE),
        plots.topic_tree([H, W @ H], [H, W], [HOSTILE[i % 7] for i in range(24)], names=HOSTILE),
        plots.stability_pictures(H, sure(H), (6, 4), sure(H)[:, 0], names=HOSTILE),
        plots.stability_bars(H, sure(H), sure(H)[:, 0], lambda i: HOSTILE[i % 7], names=HOSTILE),
        plots.stability_spectra(H, sure(H), 100.0 * np.arange(24), sure(H)[:, 0], names=HOSTILE),
        plots.consensus_map(*together(W), labels=HOSTILE, names=HOSTILE, samples_are=HOSTILE[3]),
    ):
        saved(figure)
        assert overlaps(figure) == []
    assert "$x_1$" in words(plots.parts_gallery(H, (6, 4), names=HOSTILE))


def test_long_names_are_cut_to_their_room(factors):
    X, W, H = factors(k=30, n=8)
    long = [f"a very long name of a part or of a picture, number {i:03d}.png" for i in range(30)]
    for figure in (
        plots.parts_gallery(H, (6, 4), W=W, names=long),
        plots.reconstructions(X, W @ H, (6, 4), names=long),
        plots.sum_of_parts(X[0], W[0], H, (6, 4), names=long),
        plots.usage(W, H, names=long),
        plots.clustermap(W, names=long),
        plots.profiles_gallery(H, [long[i % 30] for i in range(24)], names=long),
        plots.topic_bars(H, [long[i % 30] for i in range(24)], names=long),
        plots.top_samples(W, long[:1] * len(W), heads=long, labels=(long * 2)[: len(W)], names=long),
        plots.components_beside(dict.fromkeys(long[:7], H), (6, 4), errors=dict.fromkeys(long[:7], 0.1)),
        plots.growing_reconstructions(X, {name: {2: W @ H, 30: X} for name in long[:3]}, (6, 4)),
        plots.recovered_sources(W, X, dict.fromkeys(long[:3], W), names=long),
        plots.parts_in_the_plane(X[:, :2], [(W, H[:, :2])], names=long, feature_names=(3 * long[0], 3 * long[1])),
        plots.deep_tree([H, W @ H], [H, W], (6, 4), names=long[:8]),
        plots.topic_tree([H, W @ H], [H, W], [long[i % 30] for i in range(24)], names=long[:8]),
        plots.stability_pictures(H, sure(H), (6, 4), sure(H)[:, 0], names=long),
        plots.stability_bars(H, sure(H), sure(H)[:, 0], lambda i: long[i], names=long),
        plots.stability_spectra(H, sure(H), 100.0 * np.arange(24), sure(H)[:, 0], names=long),
        plots.consensus_map(*together(W), labels=long[:8], names=long[:8]),
    ):
        assert overlaps(figure) == []
    assert any("…" in text for text in words(plots.parts_gallery(H, (6, 4), names=long)))
