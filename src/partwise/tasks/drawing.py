"""Which figures a run has: each is made when asked for, from the run and, where pictures are shown, from its data."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from partwise import plots
from partwise.runs import Run
from partwise.sources import Dataset
from partwise.wording import counted

#: What the navigation of a report calls a figure, by its key.
SHORT = {
    "parts": "Parts",
    "sum": "Sum",
    "reconstructions": "Rebuilt",
    "top": "Where",
    "usage": "Use",
    "convergence": "Fit",
    "clustermap": "Likeness",
}

Shape = tuple[int, int] | tuple[int, int, int]


@dataclass(frozen=True)
class Drawing:
    """One figure to be made: its file name, its words, and how to make it."""

    key: str
    title: str
    caption: str
    draw: Callable[[], Figure]


def drawings(run: Run, data: Dataset | None, most_parts: int | None = None) -> list[Drawing]:
    """Return the figures of a run, in the order of the report.

    Parameters
    ----------
    run : Run
    data : Dataset or None
        The samples that the run was made of; without them the figures that show samples are left out.
    most_parts : int or None
        Show only so many of the strongest parts.
    """
    kept = slice(0, most_parts)
    made = list(_of_parts(run, kept))
    if run.shape is not None and data is not None:
        made += _of_pictures(run, data, run.shape, kept)
    return made + list(_of_the_fit(run))


def example_rows(run: Run, X: np.ndarray, most: int = 8) -> np.ndarray:
    """Return rows from the best rebuilt to the worst, evenly spaced among at most 500: they flatter nobody."""
    seen = np.unique(np.linspace(0, len(X) - 1, min(500, len(X))).astype(int))
    left = X[seen] - run.codes[seen] @ run.parts
    size = np.linalg.norm(X[seen], axis=1)
    error = np.linalg.norm(left, axis=1) / np.where(size > 0, size, 1)
    order = seen[np.argsort(error, kind="stable")]
    return order[np.linspace(0, len(order) - 1, min(most, len(order))).astype(int)]


def _of_parts(run: Run, kept: slice) -> Iterator[Drawing]:
    count, all_parts = len(run.parts[kept]), counted(len(run.parts), "parts")
    title = f"The {all_parts}" if count == len(run.parts) else f"The {count} strongest of {all_parts}"
    if run.shape is not None:
        shape = run.shape
        yield Drawing(
            "parts",
            title,
            "Every picture is a sum of these, each with a weight of zero or more. "
            "Nothing is ever taken away, so each part has to be something that is really there. "
            "In order by energy (the sum of the squares of all that it adds), most first.",
            lambda: plots.parts_gallery(run.parts[kept], shape, W=run.codes[:, kept], title=""),
        )
    else:
        yield Drawing(
            "parts",
            title,
            "What a row is made of. In order by energy (the sum of the squares of all that it adds), most first.",
            lambda: plots.profiles_gallery(run.parts[kept], run.feature_names, title=""),
        )


def _of_pictures(run: Run, data: Dataset, shape: Shape, kept: slice) -> list[Drawing]:
    X = data.X
    rows = example_rows(run, X)
    # neither the best nor the worst: the example in the middle stands for most
    typical = int(rows[len(rows) // 2])
    count = len(run.parts[kept])
    some = np.linspace(0, count - 1, min(8, count)).astype(int)
    # of files with the same content only one is an example
    again = {one.name for one in run.duplicates}
    distinct = np.array([name not in again for name in run.names])
    return [
        Drawing(
            "sum",
            "One picture as a sum of its parts",
            f"{data.names[typical]}: its strongest parts, what they add up to, and what is left over.",
            lambda: plots.sum_of_parts(X[typical], run.codes[typical], run.parts, shape, title=""),
        ),
        Drawing(
            "reconstructions",
            "Pictures beside what the parts make of them",
            "From the best rebuilt to the worst. Left over: red is light still missing, blue is too much.",
            lambda: plots.reconstructions(
                X[rows], run.codes[rows] @ run.parts, shape, names=[data.names[i] for i in rows], title=""
            ),
        ),
        Drawing(
            "top",
            "Where parts are used most",
            f"{len(some)} of {counted(count, 'parts')}, by energy, most first, and the pictures that use each most.",
            lambda: plots.top_pictures(
                X, run.codes * distinct[:, None], run.parts, shape, parts=some.tolist(), title=""
            ),
        ),
    ]


def _of_the_fit(run: Run) -> Iterator[Drawing]:
    scale = run.facts["objective_scale"]
    samples, whole, one = (
        ("pictures", "all the light", "the light of a picture")
        if run.shape is not None
        else ("samples", "the whole", "the whole of a sample")
    )
    yield Drawing(
        "usage",
        "How much each part is used",
        f"In order by share of {whole}, most first. A part is used where it gives more than 1 % of {one}.",
        lambda: plots.usage(run.codes, run.parts, samples_are=samples, share_of=whole),
    )
    yield Drawing(
        "convergence",
        "How the fit went",
        "Seconds of the solver; measuring is not counted. The KKT residual has no unit: "
        "at 0 no small change could improve the answer.",
        lambda: plots.convergence(run.history, tol=run.facts["tol"] or None, scale=scale),
    )
    if len(run.codes) > 1 and len(run.parts) > 1:
        yield Drawing(
            "clustermap",
            f"Which {samples} use the same parts",
            f"The codes, {samples} and parts put in order of likeness; at most 2,000 {samples}, drawn by seed.",
            lambda: plots.clustermap(run.codes, labels=run.labels, samples_are=samples, title=""),
        )
