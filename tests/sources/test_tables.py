"""Matrix files: what is read, and what each wrong file is told."""

import pickle

import numpy as np
import pytest
from scipy import sparse

from partwise.sources import SourceError, Table, open_source, read_table


def test_npy_keeps_its_floats(tmp_path):
    for dtype in (np.float32, np.float64):
        np.save(tmp_path / "x.npy", np.arange(6, dtype=dtype).reshape(2, 3) / 7)
        table = open_source(tmp_path / "x.npy")
        assert isinstance(table, Table)
        assert (table.kind, table.X.dtype, table.X.shape, table.names) == ("table", dtype, (2, 3), ("1", "2"))
        assert table.X.flags.c_contiguous


@pytest.mark.parametrize(
    ("value", "dtype", "wanted"),
    [
        (255, np.uint8, np.float32),
        (2**24, np.int64, np.float32),
        (2**24 + 1, np.int64, np.float64),
        (1, bool, np.float32),
        (0.5, np.float16, np.float32),
        (0.5, ">f4", np.float32),
    ],
)
def test_other_numbers_become_floats(tmp_path, value, dtype, wanted):
    np.save(tmp_path / "x.npy", np.full((2, 2), value, dtype=dtype))
    X = read_table(tmp_path / "x.npy").X
    assert X.dtype == wanted
    assert X[0, 0] == value


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(3), r"^Expected 2D array, got 1D array instead\. Reshape with X\.reshape\(1, -1\)\.$"),
        (
            np.zeros((2, 3, 4)),
            r"^Found array with dim 3, while dim <= 2 is required by NMF\. Image stack\? use X\.resh",
        ),
        (np.zeros(()), "^Expected 2D array, got scalar array"),
        (np.zeros((2, 2), dtype=complex), "^Complex data not supported$"),
        (
            np.array([["1", "2"], ["3", "a"]]),
            r"^x\.npy: could not convert string to float: 'a' \(row 1\)\. X must be numeric\.$",
        ),
        (np.array([[b"a"]]), r"^x\.npy: could not convert string to float: 'a' \(row 0\)\. X must be numeric\.$"),
        (np.zeros((2, 2), dtype="datetime64[s]"), "X must be numeric"),
    ],
)
def test_arrays_that_are_no_matrix(tmp_path, array, message):
    np.save(tmp_path / "x.npy", array)
    with pytest.raises(SourceError, match=message):
        read_table(tmp_path / "x.npy")


def test_numbers_written_as_text_are_numbers(tmp_path):
    np.save(tmp_path / "x.npy", np.array([["1", "2.5"], ["3", "4"]]))
    X = read_table(tmp_path / "x.npy").X
    assert X.dtype == np.float64
    np.testing.assert_array_equal(X, [[1, 2.5], [3, 4]])


class Trap:
    """Its pickle would make a file when loaded."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (open, (self.path, "w"))


@pytest.mark.parametrize("name", ["model.pkl", "model.pickle", "model.joblib", "x.npy"])
def test_a_pickle_is_never_loaded(tmp_path, name):
    (tmp_path / name).write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    with pytest.raises(SourceError, match=f"^{name} is a pickle; this program never loads pickles because they can"):
        open_source(tmp_path / name)
    assert not (tmp_path / "sprung").exists()


def test_an_array_of_objects_is_a_pickle(tmp_path):
    array = np.array([[Trap(tmp_path / "sprung")]], dtype=object)
    np.save(tmp_path / "x.npy", array, allow_pickle=True)
    np.savez(tmp_path / "x.npz", x=array)
    for name in ("x.npy", "x.npz"):
        with pytest.raises(SourceError, match=f"^{name} is a pickle"):
            read_table(tmp_path / name)
    assert not (tmp_path / "sprung").exists()


def test_npz_with_one_array(tmp_path):
    np.savez_compressed(tmp_path / "x.npz", data=np.eye(3))
    np.testing.assert_array_equal(read_table(tmp_path / "x.npz").X, np.eye(3))


def test_npz_with_two_arrays_lists_them(tmp_path):
    np.savez(tmp_path / "x.npz", W=np.zeros((4, 2)), H=np.zeros((2, 3)))
    with pytest.raises(SourceError, match=r"exactly one array, got W \(4, 2\), H \(2, 3\)\."):
        read_table(tmp_path / "x.npz")


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "bsr", "dia"])
def test_sparse_npz(tmp_path, form):
    X = sparse.random(12, 8, density=0.3, random_state=0, dtype=np.float32)
    sparse.save_npz(tmp_path / "x.npz", X.asformat(form))
    table = read_table(tmp_path / "x.npz")
    assert sparse.issparse(table.X)
    assert table.X.format == "csr"
    assert table.X.dtype == np.float32
    np.testing.assert_array_equal(table.X.toarray(), X.toarray())
    assert table.fingerprint == Table(X=X.tocsc(), names=table.names).fingerprint


def test_sparse_npz_with_an_index_beyond_the_matrix(tmp_path):
    X = sparse.csr_array(np.eye(3))
    X.indices[1] = 10**6
    sparse.save_npz(tmp_path / "x.npz", X)
    with pytest.raises(SourceError, match=r"^x\.npz is damaged"):
        read_table(tmp_path / "x.npz")


@pytest.mark.parametrize(
    ("text", "X", "names", "features"),
    [
        ("1,2\n3,4\n", [[1, 2], [3, 4]], ("1", "2"), None),
        ("a,b\n1,2\n3,4\n", [[1, 2], [3, 4]], ("1", "2"), ("a", "b")),
        ("name,a,b\nann,1,2\nbob,3,4\n", [[1, 2], [3, 4]], ("ann", "bob"), ("a", "b")),
        ("ann,1,2\nbob,3,4\n", [[1, 2], [3, 4]], ("ann", "bob"), None),
        (",2001,2002\n0,1,2\n1,3,4\n", [[1, 2], [3, 4]], ("0", "1"), ("2001", "2002")),
        ("a,b\nann,1,2\nbob,3,4\n", [[1, 2], [3, 4]], ("ann", "bob"), ("a", "b")),
        ("x,2001\n1,2\n3,4\n", [[1, 2], [3, 4]], ("1", "2"), ("x", "2001")),
        ("a;b\n1;2\n3;4\n", [[1, 2], [3, 4]], ("1", "2"), ("a", "b")),
        ("\ufeff1,2\n\n3,4\n", [[1, 2], [3, 4]], ("1", "2"), None),
        ('"a,x",b\n 1 ,2e0\n3,4\n', [[1, 2], [3, 4]], ("1", "2"), ("a,x", "b")),
        ("v\n1\n2\n", [[1], [2]], ("1", "2"), ("v",)),
        ("1,nan\n", [[1, np.nan]], ("1",), None),
        ("id,a,b\nx1,1,2\nx2,3,4\n", [[1, 2], [3, 4]], ("x1", "x2"), ("a", "b")),
        (",a,b\nNA,1,2\n3,3,4\n", [[1, 2], [3, 4]], ("NA", "3"), ("a", "b")),
    ],
)
def test_csv(tmp_path, text, X, names, features):
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    table = read_table(tmp_path / "x.csv")
    np.testing.assert_array_equal(table.X, X)
    assert (table.names, table.feature_names) == (names, features)


def test_tsv_and_precision(tmp_path):
    (tmp_path / "x.tsv").write_text("a\tb\n0.1\t2\n", encoding="utf-8")
    table = read_table(tmp_path / "x.tsv")
    assert table.X.dtype == np.float64
    assert table.X[0, 0] == 0.1
    (tmp_path / "y.tsv").write_text("1\t2\n", encoding="utf-8")
    assert read_table(tmp_path / "y.tsv").X.dtype == np.float32


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "1,2\n3,4\n5,a\n",
            r"^could not convert string to float: 'a' \(row 3, column 2 of x\.csv\)\. X must be numeric: leave out "
            r"columns of other things, but for a first one of names\.$",
        ),
        ("h,i\n1,2\na,4\n", r"'a' \(row 3, column 1 of x\.csv\)"),
        ("1,a,3\n4,5,6\n", r"'a' \(row 1, column 2 of x\.csv\)"),
        ("1,2\n3,\n", r"'' \(row 2, column 2 of x\.csv\)"),
        ("h\na\n", r"'a' \(row 2, column 1 of x\.csv\)"),
        # a first column of numbers must not pass for names
        ("a,b,c\n,2,3\n3,4,5\n", r"float: '' \(row 2, column 1 of x\.csv\)"),
        ("a,b,c\nNA,2,3\n3,4,5\n", r"float: 'NA' \(row 2, column 1 of x\.csv\)"),
        ("NA,2,3\n3,4,5\n", r"float: 'NA' \(row 1, column 1 of x\.csv\)"),
        ("a;b\n1,5;2\n3;4\n", r"float: '1,5' \(row 2, column 1 of x\.csv\)"),
        ("a;b\n1,5;2\n3,5;4\n", r"float: '1,5' \(row 2, column 1 of x\.csv\)"),
        ("n,a\nann,2\nbob,3\n7,4\n", r"float: 'ann' \(row 2, column 1 of x\.csv\)"),
        ("1,2\n3\n", r"^Row 2 of x\.csv has 1 cell, the rows before have 2\.$"),
        ("a\n1,2,3\n", r"^The header of x\.csv has 1 cell, the rows have 3\.$"),
        ("a,b,c,d\n1,2\n", r"^The header of x\.csv has 4 cells, the rows have 2\.$"),
        ("", r"^x\.csv is empty\.$"),
        ("a,b\n", r"^x\.csv has a header but no rows\.$"),
    ],
)
def test_csv_that_is_no_matrix(tmp_path, text, message):
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=message):
        read_table(tmp_path / "x.csv")


def test_csv_in_another_encoding(tmp_path):
    (tmp_path / "x.csv").write_bytes("café,b\n1,2\n".encode("latin-1"))
    with pytest.raises(SourceError, match=r"^x\.csv is not UTF-8 text\."):
        read_table(tmp_path / "x.csv")


def test_damaged_and_missing_files(tmp_path):
    np.save(tmp_path / "whole.npy", np.zeros((50, 50)))
    (tmp_path / "x.npy").write_bytes((tmp_path / "whole.npy").read_bytes()[:500])
    with pytest.raises(SourceError, match=r"^x\.npy is damaged \(") as caught:
        read_table(tmp_path / "x.npy")
    assert "\n" not in str(caught.value)
    (tmp_path / "y.npy").write_bytes(b"hello")
    with pytest.raises(SourceError, match=r"^y\.npy is not a \.npy file"):
        read_table(tmp_path / "y.npy")
    (tmp_path / "z.npz").write_bytes(b"hello")
    with pytest.raises(SourceError, match=r"^z\.npz is not a \.npz file"):
        read_table(tmp_path / "z.npz")
    with pytest.raises(SourceError, match=r"^File not found: "):
        read_table(tmp_path / "none.npy")
    with pytest.raises(SourceError, match=r"^x\.xls is no matrix file\."):
        read_table(tmp_path / "x.xls")


def test_size_is_for_pictures(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((2, 2)))
    with pytest.raises(SourceError, match=r"^size is for pictures, got the table x\.npy\."):
        open_source(tmp_path / "x.npy", size=(4, 4))


def test_a_column_of_texts_is_told_how_to_be_read(tmp_path):
    (tmp_path / "x.csv").write_text("id,stars,body\nr1,3,good food good wine\nr2,4,bad food\n")
    with pytest.raises(
        SourceError, match=r"one of names\. Or, for a column of texts, give its name \(--text-column\)\.$"
    ):
        read_table(tmp_path / "x.csv")
