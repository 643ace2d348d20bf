"""Every registered view answers what reports, runs and the command line ask, from what JSON brings back."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from partwise.sources import ImageSet, Recording, Table, Texts, Vocabulary
from partwise.views import VIEWS, Candidates, Learned, view_from, view_of

SAMPLES = {
    "pictures": lambda X: ImageSet.from_array(X, (2, 3)),
    "table": lambda X: Table(X=X, names=tuple("abcde"), feature_names=tuple("uvwxyz")),
    "spectrogram": lambda X: Recording.from_sound(np.tile(X.ravel(), 3), 1000, window=16),
    "texts": lambda X: Texts(
        X=csr_array(X),
        names=tuple("abcde"),
        beginnings=tuple("abcde"),
        vocabulary=Vocabulary(tuple("uvwxyz"), (1.5,) * 6, ("the",), 2),
    ),
}


@pytest.fixture(params=VIEWS)
def data(request, rng):
    return SAMPLES[request.param](rng.random((5, 6)).astype(np.float32))


@pytest.fixture
def learned(data, rng):
    return Learned(rng.random((2, data.n_features)), rng.random((data.n_samples, 2)), data.names)


def test_a_view_comes_back_from_json(data):
    view = view_of(data)
    assert view_from(data.kind, json.loads(json.dumps(data.memory()))) == view
    assert view.samples_are
    assert view.size(data.n_features)


def test_its_figures_have_keys_of_their_own_and_words(data, learned):
    view = view_of(data)
    examples = view.examples(learned, data)
    made = [view.gallery(learned), *examples]
    assert made[0].key == "parts"
    assert len({one.key for one in made}) == len(made)
    assert tuple(one.key for one in examples) == view.of_samples
    for one in made:
        assert one.draw().get_axes()
        assert one.title
        assert one.caption
        assert one.short


@pytest.mark.parametrize("counts", [(1,), (2, 3, 5)], ids=str)
def test_parts_at_several_numbers_of_them_are_shown_side_by_side(data, counts, rng):
    found = {k: rng.random((k, data.n_features)) for k in counts}
    made = view_of(data).candidates(Candidates(found, {k: rng.random(k) for k in counts}, counts[-1]))
    assert made.key == "candidates"
    assert str(counts[-1]) in made.title
    assert "how surely a part comes back" in made.caption
    figure = made.draw()
    said = [text.get_text() for text in figure.axes[0].texts]
    assert f"{counts[-1]} part{'s' * (counts[-1] > 1)}, recommended" in said
    assert len(counts) == 1 or "1 more part" in said


def test_parts_are_called_one_by_one_or_by_their_numbers(data, learned):
    called = view_of(data).called(learned)
    assert called is None or len(set(called)) == len(learned.parts)


def test_features_are_named_strongest_first(data):
    view, part = view_of(data), np.zeros(data.n_features)
    part[[1, 4]] = 1, 2
    assert view.strongest(part) == [view.feature(4), view.feature(1)]
    assert len({view.feature(place) for place in range(data.n_features)}) == data.n_features


def test_a_kind_that_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="Parts of 'smells' cannot be shown"):
        view_from("smells", {})


def test_layers_are_shown_as_a_tree_and_as_parts(data, learned, rng):
    factors = (rng.random((6, data.n_features)), rng.random((3, 6)), rng.random((2, 3)))
    deep = replace(learned, parts=factors[2] @ factors[1] @ factors[0], factors=factors)
    made = view_of(data).depth(deep)
    assert [one.key for one in made] == ["tree", "layer2", "layer1"]
    for one in made:
        assert one.draw().get_axes()
    for layer, count in zip(deep.finer, (6, 3), strict=True):
        assert layer.parts.shape == (count, data.n_features)
        np.testing.assert_allclose(layer.codes @ layer.parts, deep.codes @ deep.parts)
        energy = np.linalg.norm(layer.codes, axis=0) * np.linalg.norm(layer.parts, axis=1)
        assert (np.diff(energy) <= 0).all()


def test_a_model_without_layers_has_no_tree(data, learned):
    assert view_of(data).depth(learned) == []


def test_what_a_part_takes_away_is_named_with_a_minus(data):
    view, part = view_of(data), np.zeros(data.n_features)
    part[[1, 4]] = 1, -2
    assert view.strongest(part) == [f"−{view.feature(4)}", view.feature(1)]
    assert view.strongest(-np.abs(part)) == [f"−{view.feature(4)}", f"−{view.feature(1)}"]


def test_parts_that_take_away_are_said_to(data, learned):
    signed = replace(learned, parts=learned.parts * np.where(np.arange(data.n_features) % 2, -1, 1))
    drawing = view_of(data).gallery(signed)
    assert "take" in drawing.caption
    assert "take" not in view_of(data).gallery(learned).caption.replace("Nothing is ever taken away", "")
    assert drawing.draw().get_axes()


def test_only_sounds_can_be_separated(data):
    if data.kind == "spectrogram":
        assert view_of(data).check_separable("RUN", "mix.wav") is None
        return
    with pytest.raises(ValueError, match=r"^separate wants a run of a recording, and RUN was made of faces\. Make one"):
        view_of(data).check_separable("RUN", "faces")


def test_its_own_samples_have_its_features_as_they_stand(data):
    view = view_of(data)
    assert view.check_features(data) is None
    assert view.order(data) is None


@pytest.mark.parametrize("kind", ["table", "texts"])
def test_named_features_are_taken_by_name_and_others_are_refused(kind, rng):
    X = rng.random((5, 6)).astype(np.float32)
    view = view_of(SAMPLES[kind](X))

    def named(names):
        return Table(X=X, names=tuple("abcde"), feature_names=names, origin="x.csv")

    other = named(tuple("zyxwvu"))
    view.check_features(other)
    assert view.order(other) == [5, 4, 3, 2, 1, 0]
    view.check_features(named(None))
    assert view.order(named(None)) is None
    with pytest.raises(
        ValueError,
        match=r"^Column 4 of the run is 'x', and x\.csv has none of that name \(its column 4 is 'b'\)\. Give",
    ):
        view.check_features(named(("u", "w", "v", "b", "y", "z")))
    with pytest.raises(ValueError, match=r"was read as pictures, whose columns are something else\. Give "):
        view.check_features(SAMPLES["pictures"](X))


def test_two_columns_of_one_name_must_stand_as_in_the_run(rng):
    X = rng.random((2, 3))
    run = Table(X=X, names=("a", "b"), feature_names=("u", "u", "v"))
    view = view_of(run)
    view.check_features(run)
    assert view.order(run) is None
    for names in (("u", "v", "u"), ("v", "u", "v")):
        with pytest.raises(ValueError, match=r"in another order, and two are called '[uv]'"):
            view.check_features(Table(X=X, names=("a", "b"), feature_names=names))
