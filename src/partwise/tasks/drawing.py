"""Which figures a run has: those of its kind of source, and those of every fit; each is made when asked for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from partwise.runs import Run
from partwise.sources import Dataset
from partwise.tasks.findings import goal_of
from partwise.views import Drawing, Learned

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
    learned = learned_of(run, most_parts)
    made = [run.view.gallery(learned), *_surely(run, learned), *run.view.depth(learned)]
    if data is not None:
        made += run.view.examples(learned, data)
    return made + list(_of_the_fit(run)) + list(_together(run))


def learned_of(run: Run, most_parts: int | None = None) -> Learned:
    """Return what a run has found."""
    repeated = frozenset(one.name for one in run.duplicates)
    given = {number - 1: name for number, name in run.part_names.items()}
    return Learned(run.parts, run.codes, run.names, run.labels, repeated, most_parts, run.factors, given)


def _of_the_fit(run: Run) -> Iterator[Drawing]:
    from partwise import plots  # Matplotlib is not loaded where only words are asked for

    scale, view = run.facts["objective_scale"], run.view
    learned = learned_of(run)
    names, given = view.called(learned), [learned.given.get(place) for place in range(len(run.parts))]
    yield Drawing(
        "usage",
        "How much each part is used",
        f"In order by share of {view.whole}, most first. "
        f"A part is used where it gives more than 1 % of {view.whole_of_one}.",
        lambda: plots.usage(run.codes, run.parts, names=names, samples_are=view.samples_are, share_of=view.whole),
        "Use",
    )
    yield Drawing(
        "convergence",
        "How the fit went",
        "Seconds of the solver; measuring is not counted. The KKT residual has no unit: "
        "at 0 no small change could improve the answer.",
        lambda: plots.convergence(run.history, tol=goal_of(run.facts) or None, scale=scale),
        "Fit",
    )
    if len(run.codes) > 1 and len(run.parts) > 1:
        yield Drawing(
            "clustermap",
            f"Which {view.samples_are} use the same parts",
            f"The codes, {view.samples_are} and parts put in order of likeness; at most 2,000 {view.samples_are}, "
            "drawn by seed.",
            lambda: plots.clustermap(run.codes, labels=run.labels, names=given, samples_are=view.samples_are, title=""),
            "Likeness",
        )


def _surely(run: Run, learned: Learned) -> Iterator[Drawing]:
    """Yield the figure of what comes back, where a run was made of several."""
    if run.facts.get("n_runs", 1) > 1:
        yield run.view.surely(learned, run.tensors["stability_map"], run.facts["stability"])


def _together(run: Run) -> Iterator[Drawing]:
    """Yield the figure of samples that stay together, where a run was made of several."""
    if run.facts.get("n_runs", 1) < 2 or len(run.codes) < 2:
        return
    from partwise import plots
    from partwise.ranks.clusters import average_tree, consensus_matrix, drawn

    rows, view = drawn(len(run.codes)), run.view
    shown = (
        f"{len(rows):,} of {len(run.codes):,} {view.samples_are}, evenly spread. " if len(rows) < len(run.codes) else ""
    )

    def draw() -> "Figure":
        matrix = consensus_matrix(run.tensors["labels"])
        labels = None if run.labels is None else [run.labels[row] for row in rows]
        names = [run.names[row] for row in rows]
        return plots.consensus_map(
            matrix, average_tree(matrix), labels=labels, names=names, samples_are=view.samples_are, title=""
        )

    yield Drawing(
        "consensus",
        f"Which {view.samples_are} stay together",
        f"{shown}Yellow: in every run the same part is the strongest of both. Blocks with sharp edges are groups that "
        "do not hang on the start.",
        draw,
        "Consensus",
    )
