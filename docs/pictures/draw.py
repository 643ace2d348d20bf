"""Draw the picture of the README again: python docs/pictures/draw.py (needs the demo extra)."""

from pathlib import Path

from partwise import NMF, plots
from partwise.models.canonical import normalized
from partwise.sources import open_source

HERE = Path(__file__).parent


def main() -> None:
    """Fit 49 parts to the ORL faces and show faces, parts, and one face as a sum of parts."""
    faces = open_source("orl")
    model = NMF(49, random_state=0)
    model, codes = normalized(model, model.fit_transform(faces.X))
    examples = faces.X[5::25]
    chosen = 105
    figure = plots.how_it_works(examples, model.components_, faces.X[chosen], codes[chosen], faces.shape)
    figure.savefig(HERE / "how-it-works.png", dpi=130, metadata={"Software": None})


if __name__ == "__main__":
    main()
