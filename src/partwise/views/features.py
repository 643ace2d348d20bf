"""Named features: each part is its strongest ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from partwise.sources import Dataset
from partwise.views.candidates import Candidates
from partwise.views.columns import check_columns, order_of
from partwise.views.learned import Learned
from partwise.views.view import Drawing, View


@dataclass(frozen=True)
class Features(View):
    """A table of numbers.

    Parameters
    ----------
    names : tuple of str or None
        Of the columns.
    """

    samples_are: ClassVar = "samples"
    features_are: ClassVar = "features"
    whole: ClassVar = "the whole"
    whole_of_one: ClassVar = "the whole of a sample"
    of_samples: ClassVar = ("top",)

    names: tuple[str, ...] | None = None

    @classmethod
    def remembered(cls, memory: Mapping[str, Any]) -> Self:
        """Take the names of the columns."""
        names = memory["feature_names"]
        return cls(None if names is None else tuple(names))

    def check_features(self, data: Dataset) -> None:
        """Refuse columns of other names, and what is no table and has no names to compare."""
        check_columns(self.names, data, "the columns of a table", "a table with the same columns")

    def order(self, data: Dataset) -> list[int] | None:
        """Take columns by their names."""
        return order_of(self.names, data)

    def feature(self, index: int) -> str:
        """Return the column's name, or its number from 1."""
        return f"feature {index + 1}" if self.names is None else self.names[index]

    def gallery(self, learned: Learned) -> Drawing:
        """Show each part's strongest features as bars."""
        from partwise import plots

        away = ", with a minus before what is taken away" if learned.subtracts else ""
        return Drawing(
            "parts",
            learned.title,
            f"What a row is made of{away}. "
            "In order by energy (the sum of the squares of all that it adds), most first.",
            lambda: plots.profiles_gallery(learned.parts[learned.kept], self.names, names=learned.part_names, title=""),
            "Parts",
        )

    def candidates(self, found: Candidates) -> Drawing:
        """Show the parts at several numbers of them by the names of the columns; without names as curves over them."""
        if self.names is not None:
            return super().candidates(found)
        from partwise import plots

        return Drawing(
            "candidates",
            found.title,
            f"{found.caption} Each as a curve over the features, from the first to the last, on its own scale.",
            lambda: plots.candidate_curves(
                found.parts,
                lambda part: (np.linspace(0, 1, len(part)), part),
                lambda part: f"most: {', '.join(self.strongest(part, 3))}",
                stability=found.stability,
                recommended=found.recommended,
                title="",
            ),
            "Parts",
        )

    def examples(self, learned: Learned, data: Dataset) -> list[Drawing]:
        """Show the rows that use each part most, by their names."""
        return [self.used_most(learned, learned.names, learned.labels)]
