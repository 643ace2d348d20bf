"""Draw the pictures of the README again: python docs/pictures/draw.py (needs the demo extra, the Olivetti faces)."""

from pathlib import Path

import numpy as np

from partwise import NMF, plots, rank_report
from partwise.models.canonical import normalized
from partwise.search import CodeIndex
from partwise.sources import ImageSet, open_source

HERE = Path(__file__).parent


def main() -> None:
    """Fit 49 parts to the ORL faces; show faces, parts, one as a sum, who is like another; and ask how many."""
    faces = open_source("orl")
    model = NMF(49, random_state=0)
    model, codes = normalized(model, model.fit_transform(faces.X))
    parts = model.components_
    examples = faces.X[5::25]
    chosen = 105
    figure = plots.how_it_works(examples, parts, faces.X[chosen], codes[chosen], faces.shape)
    figure.savefig(HERE / "how-it-works.png", dpi=130, metadata={"Software": None})

    someone = 14
    others = np.arange(faces.n_samples) != someone
    found = CodeIndex(codes).nearest(codes[someone], 8, among=others)

    def card(row: int, note: str) -> plots.Card:
        return plots.Card(faces.picture(faces.X[row]), codes[row] @ parts, faces.names[row], note)

    hits = [card(row, f"cosine {score:.3f}") for row, score in zip(found.rows, found.scores, strict=True)]
    title = f"Most similar to {faces.names[someone]}"
    figure = plots.contact_sheet(card(someone, "query"), hits, faces.shape, title=title)
    figure.savefig(HERE / "search.png", dpi=110, metadata={"Software": None})
    restore(open_source("olivetti"))


def restore(faces: ImageSet) -> None:
    """Erase a block in one of ten faces, and fill it."""
    rng = np.random.default_rng(1)
    known = np.ones(faces.X.shape, bool)
    erased = np.arange(3, faces.n_samples, 10)
    for row in erased:
        top, left = (rng.integers(8, side - 33) for side in faces.shape)
        faces.picture(known[row])[top : top + 26, left : left + 26] = False
    X = np.where(known, faces.X, np.nan)
    filled = NMF(120, missing="mask", alpha_W=5e-4, max_iter=200, random_state=0).fit(X).fill(X).clip(0, 1)
    shown = erased[1::6][:6]
    names = [faces.names[row] for row in shown]
    figure = plots.restored(faces.X[shown], known[shown], filled[shown], faces.shape, names=names)
    figure.savefig(HERE / "restored.png", dpi=110, metadata={"Software": None})

    report = rank_report(open_source("digits").X, range(1, 21), random_state=0)
    figure = plots.rank_criteria(report.criteria, recommended=report.recommended, title=report.sentence)
    figure.savefig(HERE / "rank.png", dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
