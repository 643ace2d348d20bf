"""Matrix files whose rows stay on disk: the same numbers, a few at a time; what cannot be so is said."""

import pickle

import numpy as np
import pytest

from partwise.sources import RowStore, SourceError, open_source, read_table
from partwise.sources.row_store import AT_ONCE

ROWS = 50
DTYPES = {"f4": "f4", "f8": "f8", "f2": "f4", "u1": "f4", "?": "f4", "i2": "f4", "i4": "f8", "u8": "f8", ">f4": "f4"}


def made(rng, dtype="f4", rows=ROWS):
    values = rng.uniform(0, 50, (rows, 4))
    return (values > 25) if dtype == "?" else values.astype(dtype)


def written(path, X, kind):
    if kind == "npy":
        np.save(path / "X.npy", X)
    elif kind == "zarr":
        zarr = pytest.importorskip("zarr")
        stored = zarr.create_array(str(path / "X.zarr"), shape=X.shape, chunks=(7, 4), dtype=X.dtype)
        stored[:] = X
    else:
        arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        table = arrow.table({name: X[:, place] for place, name in enumerate("abcd")})
        parquet.write_table(table, path / "X.parquet", row_group_size=8)
    return path / f"X.{kind}"


KINDS = pytest.mark.parametrize("kind", ["npy", "zarr", "parquet"])


@KINDS
@pytest.mark.parametrize("dtype", ["f4", "f8", "u1"])
def test_the_same_numbers_as_in_memory(tmp_path, rng, kind, dtype):
    path = written(tmp_path, made(rng, dtype), kind)
    held, stored = read_table(path), open_source(path, memory=600)
    assert isinstance(stored.X, RowStore)
    assert stored.X.dtype == held.X.dtype
    np.testing.assert_array_equal(stored.X[:], held.X)
    assert (stored.names, stored.feature_names) == (held.names, held.feature_names)
    assert stored.fingerprint == held.fingerprint
    assert stored.digests() == held.digests()
    assert "its rows stay on disk" in stored.notes[0]
    assert isinstance(open_source(path, memory=10**9).X, np.ndarray)


def test_whole_numbers_are_the_same_content_on_disk_and_in_memory(tmp_path, rng):
    path = written(tmp_path, rng.integers(0, 100, (20, 5)), "npy")
    held, stored = read_table(path), open_source(path, memory=600)
    assert stored.X.dtype != held.X.dtype
    assert stored.digests() == held.digests()


@KINDS
def test_rows_are_taken_as_from_an_array(tmp_path, rng, kind):
    path = written(tmp_path, made(rng), kind)
    X, store = read_table(path).X, open_source(path, memory=300).X
    assert (store.shape, len(store), store.ndim) == (X.shape, len(X), 2)
    shuffled = rng.permutation(ROWS)
    for rows in (
        slice(3, 20),
        slice(40, 90),
        slice(9, 3),
        slice(None, None, 7),
        slice(None, None, -1),
        -1,
        5,
        [0, 49, 3, 3],
        shuffled,
        shuffled[:: AT_ONCE + 2],
        [],
        X[:, 0] > 20,
    ):
        np.testing.assert_array_equal(store[rows], X[rows] if not isinstance(rows, list) else X[np.array(rows, int)])
    np.testing.assert_array_equal(np.concatenate([rows for _, rows in store.blocks()]), X)


@KINDS
def test_rows_that_are_not_there_are_refused(tmp_path, rng, kind):
    store = open_source(written(tmp_path, made(rng), kind), memory=300).X
    for rows in (50, -51, [0, 50], [[0]], 0.5, "a", np.ones(3, bool)):
        with pytest.raises(IndexError):
            store[rows]


@pytest.mark.parametrize("stored", DTYPES)
def test_numbers_are_widened_as_they_are_read(tmp_path, rng, stored):
    X = made(rng, stored)
    store = open_source(written(tmp_path, X, "npy"), memory=100).X
    assert store.dtype == np.dtype(DTYPES[stored])
    np.testing.assert_array_equal(store[:], X.astype(DTYPES[stored]))


@KINDS
def test_a_store_goes_to_another_process(tmp_path, rng, kind):
    store = open_source(written(tmp_path, made(rng), kind), memory=300).X
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(store))[:], store[:])


def test_missing_numbers_of_parquet_are_left_for_the_model_to_refuse(tmp_path):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(arrow.table({"a": [1.0, None, 3.0] * 50}), tmp_path / "X.parquet")
    assert np.isnan(open_source(tmp_path / "X.parquet", memory=2400).X[1]).all()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda path: np.save(path, np.asfortranarray(np.ones((9, 9)))),
            r"lies by columns \(Fortran order\).*np\.save",
        ),
        (lambda path: np.save(path, np.ones((9, 9, 9))), r"X\.npy holds an array with dim 3, and a matrix has 2"),
        (lambda path: np.save(path, np.ones((9, 9), complex)), "Complex data not supported"),
        (lambda path: np.save(path, np.full((9, 9), "a")), r"could not convert str\d+ to float \(X\.npy\)"),
        (lambda path: np.save(path, np.full((9, 9), None)), "is a pickle; this program never loads pickles"),
        (lambda path: path.write_bytes(b"\x80\x04abc"), "is a pickle; this program never loads pickles"),
        (lambda path: path.write_text("1,2"), r"is not a \.npy file\. Write it with np\.save"),
        (lambda path: path.write_bytes(b"\x93NUMPY\x01\x00v\x00{'descr'"), r"X\.npy is damaged"),
        (lambda path: None, "File not found"),
    ],
)
def test_wrong_npy_files_are_refused_in_words(tmp_path, make, said):
    make(tmp_path / "X.npy")
    with pytest.raises(SourceError, match=said):
        open_source(tmp_path / "X.npy", memory=100)


def test_a_npy_file_that_is_cut_off_is_damaged(tmp_path, rng):
    path = written(tmp_path, made(rng), "npy")
    store = open_source(path, memory=100).X
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SourceError, match=r"X\.npy has become shorter"):
        store[:]
    with pytest.raises(SourceError, match=r"X\.npy is damaged"):
        open_source(path, memory=100)


def test_wrong_zarr_stores_are_refused_in_words(tmp_path, rng, monkeypatch):
    zarr = pytest.importorskip("zarr")
    (tmp_path / "empty.zarr").mkdir()
    with pytest.raises(SourceError, match=r"empty\.zarr is no zarr store \(.*\)\. Write it with zarr\.save"):
        open_source(tmp_path / "empty.zarr", memory=100)
    zarr.save_array(str(tmp_path / "stack.zarr"), np.ones((2, 3, 4)))
    with pytest.raises(SourceError, match=r"stack\.zarr holds an array with dim 3"):
        open_source(tmp_path / "stack.zarr", memory=100)
    zarr.save_group(str(tmp_path / "two.zarr"), a=np.ones((2, 3)), b=np.ones((4, 3)))
    with pytest.raises(SourceError, match=r"must hold exactly one matrix, got a \(2, 3\), b \(4, 3\)"):
        open_source(tmp_path / "two.zarr", memory=100)
    zarr.save_group(str(tmp_path / "one.zarr"), X=np.ones((20, 3)), names=np.arange(20))
    assert open_source(tmp_path / "one.zarr", memory=100).X.shape == (20, 3)
    monkeypatch.setitem(__import__("sys").modules, "zarr", None)
    with pytest.raises(SourceError, match=r'one\.zarr needs zarr\. Try: pip install "partwise\[zarr\]"'):
        open_source(tmp_path / "one.zarr", memory=100)


def test_wrong_parquet_files_are_refused_in_words(tmp_path, rng):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(arrow.table({"a": [1.0] * 9, "b": ["x"] * 9}), tmp_path / "text.parquet")
    with pytest.raises(SourceError, match=r"Column 'b' of text\.parquet is string\. X must be numeric"):
        open_source(tmp_path / "text.parquet", memory=10)
    parquet.write_table(arrow.table({"a": np.ones(1000)}), tmp_path / "long.parquet")
    with pytest.raises(SourceError, match=r"row group of 8\.0 kB.*row_group_size=125\), or allow more"):
        open_source(tmp_path / "long.parquet", memory=8000)


@pytest.mark.parametrize("place", [{"memory": 600}, {"stored": True}])
def test_rows_of_parquet_have_the_names_that_stand_in_its_first_column(tmp_path, rng, place):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    named = {"who": [f"person {row}" for row in range(ROWS)], "a": rng.random(ROWS), "b": rng.random(ROWS)}
    parquet.write_table(arrow.table(named), tmp_path / "X.parquet", row_group_size=8)
    stored = open_source(tmp_path / "X.parquet", **place)
    assert isinstance(stored.X, RowStore)
    assert stored.names == tuple(named["who"]) == read_table(tmp_path / "X.parquet").names
    assert stored.feature_names == ("a", "b")


def test_a_file_that_is_read_as_a_whole_only_is_refused_where_it_is_large(tmp_path, rng):
    np.savetxt(tmp_path / "X.csv", made(rng), delimiter=",")
    assert open_source(tmp_path / "X.csv", memory=10**9).n_samples == ROWS
    with pytest.raises(
        SourceError, match=r"X\.csv is 1\.6 kB in memory.*a \.csv is read as a whole\. Write it as one of"
    ):
        open_source(tmp_path / "X.csv", memory=1000)
