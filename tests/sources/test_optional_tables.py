"""Parquet and .h5ad: names, types, sparse matrices, and what is said when the package is missing."""

import sys

import numpy as np
import pytest
from scipy import sparse

from partwise.sources import SourceError, open_source

X = np.array([[0.5, 0, 2], [0, 1, 0]])


@pytest.fixture
def frame():
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    return pandas.DataFrame(X, columns=["a", "b", "c"], index=["first", "second"])


@pytest.mark.parametrize("layout", ["index", "column"])
def test_parquet_keeps_names_of_rows_and_columns(tmp_path, frame, layout):
    frame = frame if layout == "index" else frame.rename_axis("name").reset_index()
    frame.to_parquet(tmp_path / "x.parquet", index=layout == "index")
    table = open_source(tmp_path / "x.parquet")
    assert (table.kind, table.names, table.feature_names) == ("table", ("first", "second"), ("a", "b", "c"))
    assert (table.X.dtype, table.X.flags.c_contiguous) == (np.float64, True)
    np.testing.assert_array_equal(table.X, X)


def test_parquet_without_names_counts_rows_and_keeps_whole_numbers_exact(tmp_path, frame):
    whole = frame.reset_index(drop=True).rename(columns=str).astype({"a": "int64", "b": "bool", "c": "float32"})
    whole.to_parquet(tmp_path / "x.parquet")
    table = open_source(tmp_path / "x.parquet")
    assert table.names == ("1", "2")
    np.testing.assert_array_equal(table.X, [[0, 0, 2], [0, 1, 0]])


def test_parquet_with_gaps_hands_them_to_the_model_as_missing(tmp_path, frame):
    frame.loc["first", "a"] = None
    frame.to_parquet(tmp_path / "x.parquet")
    assert np.isnan(open_source(tmp_path / "x.parquet").X[0, 0])


def test_wrong_parquet_is_told_in_one_line(tmp_path, frame):
    frame.assign(city=["Ulm", "Bonn"]).to_parquet(tmp_path / "x.parquet")
    with pytest.raises(
        SourceError, match=r"^Column 'city' of x\.parquet is (large_)?string\. X must be numeric: leave"
    ):
        open_source(tmp_path / "x.parquet")
    frame[[]].to_parquet(tmp_path / "none.parquet")
    with pytest.raises(SourceError, match=r"^none\.parquet has no columns of numbers\.$"):
        open_source(tmp_path / "none.parquet")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(SourceError, match=r"^bad\.parquet is damaged \("):
        open_source(tmp_path / "bad.parquet")


def test_parquet_with_two_columns_of_one_name_is_not_called_damaged(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    columns = [arrow.array([1.0, 2.0])] * 3
    parquet.write_table(arrow.Table.from_arrays(columns, names=["a", "b", "a"]), tmp_path / "x.parquet")
    with pytest.raises(SourceError, match=r"^x\.parquet has two columns of the name 'a'\. Rename one"):
        open_source(tmp_path / "x.parquet")


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix, sparse.csc_matrix])
def test_h5ad_keeps_names_and_sparse_matrices(tmp_path, form):
    anndata = pytest.importorskip("anndata")
    held = anndata.AnnData(form(X.astype(np.float32)))
    held.obs_names, held.var_names = ["cell 1", "cell 2"], ["CD4", "CD8A", "CD4"]
    held.write_h5ad(tmp_path / "x.h5ad")
    table = open_source(tmp_path / "x.h5ad")
    assert (table.names, table.feature_names) == (("cell 1", "cell 2"), ("CD4", "CD8A", "CD4"))
    assert isinstance(table.X, np.ndarray if form is np.asarray else sparse.csr_array)
    assert table.X.dtype == np.float32
    np.testing.assert_array_equal(table.X.toarray() if sparse.issparse(table.X) else table.X, X)


def test_wrong_h5ad_is_told_in_one_line(tmp_path):
    anndata = pytest.importorskip("anndata")
    anndata.AnnData(shape=(2, 3)).write_h5ad(tmp_path / "x.h5ad")
    with pytest.raises(SourceError, match=r"^x\.h5ad has no matrix X\.$"):
        open_source(tmp_path / "x.h5ad")
    (tmp_path / "bad.h5ad").write_bytes(b"no HDF5")
    with pytest.raises(SourceError, match=r"^bad\.h5ad is damaged \("):
        open_source(tmp_path / "bad.h5ad")


@pytest.mark.parametrize(
    ("package", "name", "extra"), [("pyarrow", "x.parquet", "parquet"), ("anndata", "x.h5ad", "anndata")]
)
def test_without_the_package_the_remedy_is_said(tmp_path, monkeypatch, package, name, extra):
    (tmp_path / name).touch()
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SourceError) as told:
        open_source(tmp_path / name)
    assert str(told.value) == f'{name} needs {package}. Try: pip install "partwise[{extra}]".'
