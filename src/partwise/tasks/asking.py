"""A search in plain values: what is asked, what counts in it, and what was found."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Query:
    """What others are compared with.

    Attributes
    ----------
    name : str
        What it is called.
    code : ndarray of shape (n_components,)
    number : int or None
        In the catalogue; None where it is not of the run.
    values : ndarray of shape (n_features,) or None
        What the model saw, where it is a sample that is not of the run.
    """

    name: str
    code: np.ndarray
    number: int | None = None
    values: np.ndarray | None = None


@dataclass(frozen=True)
class Hit:
    """A sample that was found.

    Attributes
    ----------
    number, row : int
        In the catalogue, and in its present order.
    name : str
    label : str or None
    score : float
        Cosine, or distance.
    """

    number: int
    row: int
    name: str
    label: str | None
    score: float


@dataclass(frozen=True)
class Counting:
    """What counts in a search.

    Attributes
    ----------
    measure : str
        A key of `partwise.search.MEASURES`.
    weights : ndarray of shape (n_components,) or None
        How much each part counts; None: each 1.
    label : str or None
        Only samples with this label.
    """

    measure: str = "cosine"
    weights: np.ndarray | None = None
    label: str | None = None
