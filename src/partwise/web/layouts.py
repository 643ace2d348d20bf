"""Ways to lay out all pictures in two dimensions; slow ones work in a thread of their own while the page waits."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from threading import Thread
from time import monotonic
from typing import Any

import numpy as np

MOST_NEIGHBOURED = 50_000  # pictures; beyond it t-SNE and UMAP take longer than anybody waits
FEWEST_NEIGHBOURED = 10
PERPLEXITY = 30.0


@dataclass(frozen=True)
class Layout:
    """Where pictures lie.

    Attributes
    ----------
    places : ndarray of shape (n, 2)
    axes : list of str
        What left to right and upwards mean; empty texts where they mean nothing.
    """

    places: np.ndarray
    axes: list[str]


@dataclass
class Laying:
    """A layout that is being made.

    Attributes
    ----------
    began : float
    layout : Layout or None
        Once it is there.
    failed : str or None
        Why it is not.
    """

    began: float = field(default_factory=monotonic)
    layout: Layout | None = None
    failed: str | None = None

    def begin(self, method: str, codes: np.ndarray) -> "Laying":
        """Make it in a thread."""
        Thread(target=self._work, args=(method, codes), name=f"partwise-map-{method}", daemon=True).start()
        return self

    def _work(self, method: str, codes: np.ndarray) -> None:
        try:
            self.layout = METHODS[method](codes)
        except Exception as error:  # a thread has nobody to raise to
            traceback.print_exc()
            self.failed = f"{method} made a mistake ({type(error).__name__}); the terminal shows it."


def methods(n_pictures: int) -> list[str]:
    """Return the methods that can be used for so many pictures here."""
    slow = ["tsne", *(["umap"] if find_spec("umap") else [])]
    return ["pca", *(slow if FEWEST_NEIGHBOURED <= n_pictures <= MOST_NEIGHBOURED else [])]


def components(codes: np.ndarray) -> Layout:
    """Lay codes out by their first two principal components, and say how much of the variance each holds."""
    centred = codes - codes.mean(axis=0, dtype=np.float64) if len(codes) else codes
    variance, directions = np.linalg.eigh(centred.T @ centred)
    variance, directions = variance[::-1][:2], directions[:, ::-1][:, :2]
    # the sign of a direction is free: its largest entry is made positive, so that a map does not flip
    directions = directions * np.where(
        directions[np.abs(directions).argmax(axis=0), range(directions.shape[1])] < 0, -1, 1
    )
    whole = float((centred**2).sum()) or 1.0
    places = np.zeros((len(codes), 2))
    places[:, : directions.shape[1]] = centred @ directions
    named = zip(("first", "second"), variance, strict=False)
    axes = [f"{name} component, {100 * max(one, 0) / whole:.0f} % of the variance" for name, one in named]
    return Layout(places, [*axes, "nothing"][:2])


def tsne(codes: np.ndarray) -> Layout:
    """Lay codes out so that neighbours stay neighbours (t-SNE, van der Maaten and Hinton 2008; Barnes-Hut)."""
    from sklearn.manifold import TSNE  # takes a second

    perplexity = min(PERPLEXITY, (len(codes) - 1) / 3)
    model = TSNE(init="pca", perplexity=perplexity, max_iter=500, n_iter_without_progress=100, random_state=0)
    return Layout(np.asarray(model.fit_transform(codes.astype(np.float32))), ["", ""])


def umap(codes: np.ndarray) -> Layout:
    """Lay codes out so that neighbours stay neighbours (UMAP, McInnes and others 2018)."""
    from umap import UMAP  # an optional package

    return Layout(np.asarray(UMAP(n_components=2, metric="cosine", random_state=0).fit_transform(codes)), ["", ""])


METHODS: dict[str, Callable[[np.ndarray], Any]] = {"pca": components, "tsne": tsne, "umap": umap}
