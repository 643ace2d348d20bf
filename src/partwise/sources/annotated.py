"""Annotated matrices of genes and cells (.h5ad), by anndata, which comes with the extra of that name."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from .dataset import SourceError
from .numeric import Parsed, as_floats, as_sparse


def read_annotated(path: Path, name: str) -> Parsed:
    """Read the matrix X of a .h5ad file with the names of its observations and variables; sparse stays sparse.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        How messages call it.

    Returns
    -------
    X, names, feature_names
        As of `read_text`; X may be a csr_array.

    Raises
    ------
    SourceError
        anndata is not installed, or the file has no X.
    """
    try:
        import anndata
    except ImportError:
        raise SourceError(f'{name} needs anndata. Try: pip install "partwise[anndata]".') from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are not unique, and of what anndata will change
        held = anndata.read_h5ad(path)
    if held.X is None:
        raise SourceError(f"{name} has no matrix X.")
    X = np.ascontiguousarray(as_floats(held.X, name)) if isinstance(held.X, np.ndarray) else as_sparse(held.X, name)
    return X, tuple(map(str, held.obs_names)), tuple(map(str, held.var_names))
