"""The promises of every Dataset, and sets made from arrays."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import sparse

from partwise.sources import Dataset, ImageSet, Skipped, SourceError, Table


def test_a_dataset_is_abstract():
    with pytest.raises(TypeError):
        Dataset(X=np.zeros((1, 1)), names=("a",))


def test_fingerprint_tells_values_shape_and_type_apart():
    X = np.random.default_rng(0).random((4, 6))
    names = tuple("abcd")
    same = Table(X=X, names=names).fingerprint
    assert len(same) == 64
    assert Table(X=np.asfortranarray(X), names=names).fingerprint == same
    other = X.copy()
    other[3, 5] += 1e-12
    sets = [other, X.astype(np.float32), X[::-1], sparse.csr_array(X)]
    prints = {Table(X=one, names=names).fingerprint for one in sets}
    prints.add(Table(X=X.reshape(2, 12), names=("a", "b")).fingerprint)
    assert len(prints | {same}) == 6


def test_fingerprint_of_sparse_ignores_the_order_of_storage():
    X = sparse.csr_array(np.eye(3))
    messy = sparse.csr_array((np.array([0.5, 0.5, 1, 1]), np.array([0, 0, 1, 2]), np.array([0, 2, 3, 4])), shape=(3, 3))
    assert Table(X=X, names=tuple("abc")).fingerprint == Table(X=messy, names=tuple("abc")).fingerprint
    assert messy.nnz == 4


def test_fingerprint_of_nothing():
    assert Table(X=np.zeros((0, 3)), names=()).fingerprint != Table(X=np.zeros((0, 4)), names=()).fingerprint


def test_names_and_labels_must_fit():
    with pytest.raises(ValueError, match="needs names for 2 rows, one each, got 1"):
        Table(X=np.zeros((2, 2)), names=("a",))
    with pytest.raises(ValueError, match="needs labels"):
        Table(X=np.zeros((2, 2)), names=("a", "b"), labels=("x",))
    with pytest.raises(ValueError, match="2 dimensions, got 1"):
        Table(X=np.zeros(2), names=("a",))
    with pytest.raises(ValueError, match="a name for each of 2 columns, got 1"):
        Table(X=np.zeros((1, 2)), names=("a",), feature_names=("x",))


def test_from_array_of_rows_and_of_stacks():
    rows = np.arange(24, dtype=np.float32).reshape(2, 12) / 24
    images = ImageSet.from_array(rows, (3, 4), labels=["a", "b"])
    assert (images.names, images.labels, images.color) == (("1", "2"), ("a", "b"), "gray")
    np.testing.assert_array_equal(images.picture(images.X[1]), rows[1].reshape(3, 4))
    stack = ImageSet.from_array(np.full((2, 3, 4, 3), 255, dtype=np.uint8), names=["x", "y"])
    assert (stack.shape, stack.color, stack.X.dtype, stack.X.max()) == ((3, 4, 3), "rgb", np.float32, 1)


@pytest.mark.parametrize(
    ("array", "shape", "message"),
    [
        (np.zeros((2, 12)), None, "needs shape=.height, width. for rows"),
        (np.zeros((2, 12)), (3, 5), "needs rows of 15 values, got 12"),
        (np.zeros((2, 12)), (12,), "needs shape"),
        (np.zeros((2, 3, 2, 2)), None, "needs shape"),
    ],
)
def test_from_array_of_what_does_not_fit(array, shape, message):
    with pytest.raises(ValueError, match=message):
        ImageSet.from_array(array, shape)


def test_picture_wants_one_row():
    images = ImageSet.from_array(np.zeros((2, 12)), (3, 4))
    with pytest.raises(ValueError, match=r"picture needs a row of 12 values, got an array of shape \(2, 12\)"):
        images.picture(images.X)


def test_resized_keeps_names_and_channels():
    stack = np.zeros((2, 8, 8, 3), dtype=np.float32)
    stack[0, :, :, 1] = 0.5
    images = ImageSet.from_array(stack, labels=["a", "b"]).resized((4, 6))
    assert (images.shape, images.labels, images.X.dtype) == ((4, 6, 3), ("a", "b"), np.float32)
    np.testing.assert_allclose(images.picture(images.X[0]), np.broadcast_to([0, 0.5, 0], (4, 6, 3)), atol=1e-6)
    with pytest.raises(SourceError, match="size must be"):
        images.resized((0, 1))


def test_skipped_reads_as_a_sentence():
    assert str(Skipped("a.png", "empty file")) == "a.png: empty file"
    assert str(Skipped("a.png", "is a link that leads nowhere")) == "a.png is a link that leads nowhere"


def test_importing_sources_loads_neither_pillow_nor_scikit_learn():
    code = "import sys, partwise.sources; print([m for m in ('PIL', 'sklearn', 'scipy') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_some_samples_are_taken_with_all_that_belongs_to_them():
    whole = ImageSet.from_array(np.arange(24, dtype=np.float32).reshape(4, 2, 3) / 24, labels=["a", "b", "a", "c"])
    some = whole.taken([3, 1])
    assert (some.names, some.labels, some.shape, some.from_files) == (("4", "2"), ("c", "b"), (2, 3), None)
    assert (whole.X[[3, 1]] == some.X).all()
    assert some.digests() == [whole.digests()[3], whole.digests()[1]]
