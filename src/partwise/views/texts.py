"""Texts: each part is a topic, its strongest words and the documents that are most about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from partwise.sources import Dataset, Vocabulary
from partwise.sources.opening import TEXT_OPTIONS
from partwise.views.columns import check_columns, order_of
from partwise.views.learned import Learned
from partwise.views.view import Drawing, View
from partwise.wording import counted


@dataclass(frozen=True)
class Topics(View):
    """Documents as weights of words.

    Parameters
    ----------
    vocabulary : Vocabulary
        The words, and what each weighs.
    """

    samples_are: ClassVar = "texts"
    features_are: ClassVar = "words"
    whole: ClassVar = "all the words"
    whole_of_one: ClassVar = "the words of a text"
    of_samples: ClassVar = ("top",)

    vocabulary: Vocabulary

    @classmethod
    def remembered(cls, memory: Mapping[str, Any]) -> Self:
        """Take the vocabulary."""
        return cls(Vocabulary.remembered(memory))

    def asked(self, kind: str) -> dict[str, Any]:
        """Read other texts with the same words and weights, wherever they stand; a matrix has them as its columns."""
        others = dict.fromkeys(option for option in TEXT_OPTIONS if option != "text_column" or kind != "records")
        return {**others, "size": None, "vocabulary": self.vocabulary}

    def check_features(self, data: Dataset) -> None:
        """Refuse columns that are other words, and what is no table and has no names to compare."""
        check_columns(self.vocabulary.words, data, "words", "texts, or a table with a column for each word of the run")

    def order(self, data: Dataset) -> list[int] | None:
        """Take the columns of a table by the words they are named after."""
        return order_of(self.vocabulary.words, data)

    def feature(self, index: int) -> str:
        """Return the word."""
        return self.vocabulary.words[index]

    def size(self, n_features: int) -> str:
        """Say how many words there are in all texts."""
        return f"{counted(n_features, 'different words')} in all"

    def called(self, learned: Learned) -> list[str]:
        """Call each topic by its name, or by its number and its strongest word."""
        return [
            learned.given.get(place) or " ".join([str(place + 1), *self.strongest(part, 1)])
            for place, part in enumerate(learned.parts)
        ]

    def gallery(self, learned: Learned) -> Drawing:
        """Show each topic's strongest words as bars."""
        from partwise import plots

        return Drawing(
            "parts",
            learned.title,
            "A text is a sum of topics, each with a weight of zero or more, and a topic is words that go together. "
            "In order by energy (the sum of the squares of all that it adds), most first. "
            f"{'A minus stands before a word that is taken away. ' if learned.subtracts else ''}"
            "No text is just such a sum, so a relative error near 100 % is usual; good topics have words that belong "
            "together.",
            lambda: plots.topic_bars(
                learned.parts[learned.kept], self.vocabulary.words, names=learned.part_names, title=""
            ),
            "Topics",
        )

    def examples(self, learned: Learned, data: Dataset) -> list[Drawing]:
        """Show the documents that use each topic most, by their first words."""
        return [self.used_most(learned, getattr(data, "beginnings", learned.names), learned.labels or learned.names)]
