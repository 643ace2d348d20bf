"""Pictures: each part is a picture, and each sample a sum of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from partwise.sources import Dataset
from partwise.views.candidates import Candidates
from partwise.views.learned import Learned
from partwise.views.view import SURE, Drawing, View, beside
from partwise.wording import counted

Shape = tuple[int, int] | tuple[int, int, int]


@dataclass(frozen=True)
class Pictures(View):
    """Pictures of one size.

    Parameters
    ----------
    sides : (height, width) or (height, width, 3)
    """

    samples_are: ClassVar = "pictures"
    features_are: ClassVar = "pixels"
    whole: ClassVar = "all the light"
    whole_of_one: ClassVar = "the light of a picture"
    of_samples: ClassVar = ("sum", "reconstructions", "top")

    sides: Shape

    @classmethod
    def remembered(cls, memory: Mapping[str, Any]) -> Self:
        """Take the shape of a picture."""
        return cls(tuple(memory["shape"]))

    @property
    def shape(self) -> Shape:
        """The shape of one picture."""
        return self.sides

    def size(self, n_features: int) -> str:
        """Say how many pixels a picture has."""
        colour = " in colour" if len(self.shape) == 3 else ""
        return f"{' × '.join(map(str, self.shape[:2]))} pixels{colour}"

    def facts(self) -> dict[str, Any]:
        """Return the shape and the colours."""
        return {"image_shape": list(self.shape), "color": "rgb" if len(self.shape) == 3 else "gray"}

    def asked(self, kind: str) -> dict[str, Any]:
        """Bring other pictures to the size of the parts; what is none has the right columns or is refused."""
        return {"size": self.shape[:2] if kind in ("folder", "picture", "sample") else None}

    def check_count(self, n_components: int, n_samples: int) -> None:
        """Refuse more parts than pictures."""
        if n_components > n_samples:
            raise ValueError(
                f"You asked for {n_components} parts but the folder has {counted(n_samples, 'usable images')}. "
                f"Choose at most {n_samples}."
            )

    def feature(self, index: int) -> str:
        """Return the place of a pixel, from 1 at the upper left."""
        row, column, *channel = (int(place) for place in np.unravel_index(index, self.shape))
        colour = f", {('red', 'green', 'blue')[channel[0]]}" if channel else ""
        return f"row {row + 1}, column {column + 1}{colour}"

    def lines(self, learned: Learned) -> list[str]:
        """Return nothing: a picture is seen, and lists of pixels tell nobody anything."""
        return []

    def gallery(self, learned: Learned) -> Drawing:
        """Show the parts as pictures, on one scale."""
        from partwise import plots

        kept = learned.kept
        adding = "Nothing is ever taken away, so each part has to be something that is really there. "
        return Drawing(
            "parts",
            learned.title,
            "Every picture is a sum of these, each with a weight of zero or more. "
            f"{'A part may take light away. ' if learned.subtracts else adding}"
            "In order by energy (the sum of the squares of all that it adds), most first.",
            lambda: plots.parts_gallery(
                learned.parts[kept], self.shape, W=learned.codes[:, kept], names=learned.part_names, title=""
            ),
            "Parts",
        )

    def surely(self, learned: Learned, maps: np.ndarray, stability: Sequence[float]) -> Drawing:
        """Show each part as a picture, and beside it where it comes back."""
        from partwise import plots

        kept = learned.kept
        return Drawing(
            "stability",
            "What comes back from other starts",
            f"Each part, and beside it how sure every pixel is. {SURE}",
            lambda: plots.stability_pictures(
                learned.parts[kept], maps[kept], self.shape, stability[kept], names=learned.part_names, title=""
            ),
            "Stability",
        )

    def side_by_side(self, found: Mapping[str, np.ndarray]) -> Drawing:
        """Show the parts of several solvers as pictures."""
        from partwise import plots

        return Drawing(
            "found",
            "The parts each one found",
            beside(found, 20),
            lambda: plots.matched_pictures(found, self.shape, most=20, title=""),
            "Parts",
        )

    def candidates(self, found: Candidates) -> Drawing:
        """Show the parts at several numbers of them as pictures."""
        from partwise import plots

        return Drawing(
            "candidates",
            found.title,
            f"{found.caption} Each part on its own scale.",
            lambda: plots.candidate_pictures(
                found.parts, self.shape, stability=found.stability, recommended=found.recommended, title=""
            ),
            "Parts",
        )

    def tree(self, learned: Learned) -> Drawing:
        """Show the deepest parts over those that they are made of, as pictures; its key is "tree"."""
        from partwise import plots

        words = super().tree(learned)
        components, factors, names = learned.components, learned.factors, self.called(learned)
        return replace(words, draw=lambda: plots.deep_tree(components, factors, self.shape, names=names, title=""))

    def examples(self, learned: Learned, data: Dataset) -> list[Drawing]:
        """Show one picture as a sum, some from the best rebuilt to the worst, and where parts are strongest."""
        from partwise import plots

        X, parts, codes = data.X, learned.parts, learned.codes
        rows = example_rows(learned, X)
        # neither the best nor the worst: the example in the middle stands for most
        typical = int(rows[len(rows) // 2])
        names = self.called(learned)
        some, count = learned.spread, len(parts[learned.kept])
        return [
            Drawing(
                "sum",
                "One picture as a sum of its parts",
                f"{learned.names[typical]}: its strongest parts, what they add up to, and what is left over.",
                lambda: plots.sum_of_parts(X[typical], codes[typical], parts, self.shape, names=names, title=""),
                "Sum",
            ),
            Drawing(
                "reconstructions",
                "Pictures beside what the parts make of them",
                "From the best rebuilt to the worst. Left over: red is light still missing, blue is too much.",
                lambda: plots.reconstructions(
                    X[rows], codes[rows] @ parts, self.shape, names=[learned.names[i] for i in rows], title=""
                ),
                "Rebuilt",
            ),
            Drawing(
                "top",
                "Where parts are used most",
                f"{len(some)} of {counted(count, 'parts')}, by energy, most first, each with the pictures that use it.",
                lambda: plots.top_pictures(
                    X, learned.codes_shown_once, parts, self.shape, parts=some, names=names, title=""
                ),
                "Where",
            ),
        ]


def example_rows(learned: Learned, X: np.ndarray, most: int = 8) -> np.ndarray:
    """Return rows from the best rebuilt to the worst, evenly spaced among at most 500: they flatter nobody."""
    seen = np.unique(np.linspace(0, len(X) - 1, min(500, len(X))).astype(int))
    left = X[seen] - learned.codes[seen] @ learned.parts
    size = np.linalg.norm(X[seen], axis=1)
    error = np.linalg.norm(left, axis=1) / np.where(size > 0, size, 1)
    order = seen[np.argsort(error, kind="stable")]
    return order[np.linspace(0, len(order) - 1, min(most, len(order))).astype(int)]
